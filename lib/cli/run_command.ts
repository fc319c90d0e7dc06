/** `run PACK`: runs a flow, shows its nodes as they end, prints its output; with `--watch` whenever something changes. */

import { RunnerError } from "../base/errors.ts";
import { isArray, type Json } from "../base/json.ts";
import type { RunResult } from "../base/result.ts";
import { toRunJson } from "../record/run_json.ts";
import { type PathNeed, read } from "../host_touches.ts";
import { neededToRun, requireRunPermissions } from "../preflight.ts";
import { type HeardRun, hearRun, Runner } from "../runner.ts";
import { inputHint } from "../base/hints.ts";
import { completeOptions } from "./host_files.ts";
import type { RunCommand } from "./command.ts";
import { EXIT, exitCodeOfResult } from "./exit_codes.ts";
import { permittedInput } from "./pack_input.ts";
import type { RunningCommand } from "./running.ts";
import { type CommandIo, failureLines, jsonLine, jsonText, recordLines, resultLines } from "./print.ts";
import { ProgressPrinter } from "./progress.ts";
import { slowestLines } from "./slowest.ts";
import { levelOf } from "./steps.ts";
import { tellError } from "./tell_error.ts";
import type { InputSource } from "./values.ts";

/** Carries out the command and gives the exit code. */
export async function runCommand(command: RunCommand, io: CommandIo): Promise<number> {
  if (command.watch) return await runAgain(command, io);
  const { pack } = command;
  const also = answerNeeds(command);
  const options = await completeOptions(
    command.options,
    command,
    async (options) => (await neededToRun({ source: pack === "-" ? null : pack, options, also })).needs,
  );
  const source = await permittedInput(pack, options, {
    io,
    check: (source) => requireRunPermissions({ source, options, also }),
  });
  const given = { ...options, ...await readAnswers(command, io), signal: io.interrupt };
  const { progress, print } = new ProgressPrinter(io, levelOf(command));
  return await show(hearRun(source, { ...given, progress }, print), command, io);
}

/** Runs whenever something changes, with one runner, so that nothing is made ready twice. */
async function runAgain(command: RunCommand, io: CommandIo): Promise<number> {
  const { watchRuns } = await import("./watch_runs.ts");
  const { pack } = command, also = answerNeeds(command);
  await using runner = new Runner();
  return await watchRuns(command, io, {
    answers: answerFiles(command),
    needs: async (options) => (await neededToRun({ source: pack, options, also })).needs,
    async start(options, io) {
      await requireRunPermissions({ source: pack, options, also });
      const given = { ...options, ...await readAnswers(command, io), signal: io.interrupt };
      const { progress, print } = new ProgressPrinter(io, levelOf(command));
      return hearRun(pack, { ...given, progress }, print, runner);
    },
    show: (run, io, tell) => show(run, command, io, { document: jsonLine, tell }),
  });
}

/** The files that the input of a run and the answers to its waits are read from. */
export function answerFiles(command: Pick<RunningCommand, "input" | "turns">): string[] {
  return answerNeeds(command).map(({ path }) => path);
}

/** What reading them needs. */
export function answerNeeds(
  { input, turns }: Pick<RunningCommand, "input" | "turns">,
): PathNeed[] {
  return [
    ...(input?.kind === "file" ? [read(input.path, "The input is read", "--input")] : []),
    ...(turns === null || turns === "-" ? [] : [read(turns, "The answers are read", "--turns")]),
  ];
}

/** How {@linkcode show} tells what is no output and no result. */
export interface ShowOptions {
  /** How JSON is printed. @default {jsonText} */
  readonly document?: (value: Json) => string;
  /**
   * Tells an error in the place of which there is no result, and gives the exit code; the record is told after it. What it
   * throws ends everything. @default as an error that ends a command
   */
  readonly tell?: (error: unknown) => number;
}

/** Prints what came of a run whose events are printed as they are heard, at last its record, and gives the exit code. */
export async function show(
  run: HeardRun,
  command: RunningCommand,
  io: CommandIo,
  { document = jsonText, tell }: ShowOptions = {},
): Promise<number> {
  const record = await run.record;
  if (record !== null && command.json) io.stdout(document(toRunJson(record)));
  const code = await told(run, command, io, {
    record,
    tell: tell ?? ((error) => tellError(error, io, { json: command.json && record === null })),
  });
  for (const line of record === null ? [] : recordLines(record)) io.stderr(`${line}\n`);
  return code;
}

/** Tells the result of a run, or the error in its place. */
async function told(
  run: HeardRun,
  command: RunningCommand,
  io: CommandIo,
  { record, tell }: { record: RunResult | null; tell: (error: unknown) => number },
): Promise<number> {
  try {
    return toldResult(await run.result, command, io);
  } catch (error) {
    // There is no result to tell it.
    const fault = record?.exportFault;
    for (const line of fault === undefined ? [] : failureLines(fault, "warning")) io.stderr(`${line}\n`);
    return tell(error);
  }
}

/** Tells a result, and gives the exit code. */
function toldResult(result: RunResult, command: RunningCommand, io: CommandIo): number {
  if (!command.json && result.error === null) io.stdout(jsonText(result.output));
  const slowest = command.quiet ? [] : slowestLines(result);
  for (const line of [...slowest, ...resultLines(result)]) io.stderr(`${line}\n`);
  const code = exitCodeOfResult(result, command.failOnWait);
  return code === EXIT.ok && result.recordFault !== undefined ? EXIT.failed : code;
}

/** The input of a run and the answers to its waits. */
export async function readAnswers(
  { input, turns }: RunningCommand,
  io: CommandIo,
): Promise<{ input: Json; turns?: readonly Json[] }> {
  const answers = turns === null ? {} : { turns: await readTurns(turns, io) };
  return { input: await readInput(input, io), ...answers };
}

async function readInput(source: InputSource | null, io: CommandIo): Promise<Json> {
  if (source === null) return {};
  const place = source.kind === "file" ? source.path : source.kind === "stdin" ? "standard input" : "--input";
  const text = source.kind === "text" ? source.text : await readText(source, io);
  return parseJson(text, {
    what: "Input",
    place,
    hint: `Write it as JSON: ${inputHint('{"name":"Ada"}')}`,
  });
}

/** The answers in a file: a list of JSON values. */
async function readTurns(path: string, io: CommandIo): Promise<readonly Json[]> {
  const hint = `Write a list of answers, one for each time that the flow waits: [{"name":"Ada"}, "yes"]`;
  const text = await readText(path === "-" ? { kind: "stdin" } : { kind: "file", path }, io);
  const answers = parseJson(text, { what: "File of answers", place: path, hint });
  if (isArray(answers)) return answers;
  throw new RunnerError("input.invalid", "File of answers holds no list", { place: path, hint });
}

function parseJson(text: string, { what, place, hint }: { what: string; place: string; hint: string }): Json {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new RunnerError("input.invalid", `${what} is no JSON`, { place, cause, hint });
  }
}

async function readText(source: Exclude<InputSource, { kind: "text" }>, io: CommandIo): Promise<string> {
  const stdin = source.kind === "stdin";
  try {
    const bytes = stdin ? await io.stdin() : await Deno.readFile(source.path, { signal: io.interrupt });
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (io.interrupt.aborted) {
      throw new RunnerError("run.cancelled", "Run was cancelled before its input was read");
    }
    const place = stdin ? "standard input" : source.path;
    const [what, hint] = cause instanceof TypeError
      ? ["Input is no text in UTF-8", "Save it as UTF-8"]
      : ["Input cannot be read", "Check the path"];
    throw new RunnerError("input.invalid", what, { place, cause, hint });
  }
}
