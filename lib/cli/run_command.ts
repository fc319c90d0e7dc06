/** `run PACK`: runs a flow, shows its nodes as they end, prints its output. */

import { RunnerError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { OWN_FOLDER } from "../base/own_folder.ts";
import type { RunResult } from "../base/result.ts";
import { resolveOptions } from "../options.ts";
import type { RecordedEvent } from "../record/line_writer.ts";
import { toRunJson } from "../record/run_json.ts";
import { requireRunPermissions } from "../preflight.ts";
import { startRun } from "../runner.ts";
import type { InputSource, RunCommand } from "./command.ts";
import { EXIT, exitCodeOfResult } from "./exit_codes.ts";
import { openedPaths, packInput } from "./pack_input.ts";
import { type CommandIo, jsonText, nodeName, resultLines, visible } from "./print.ts";

/** Carries out the command and gives the exit code. */
export async function runCommand(command: RunCommand, io: CommandIo): Promise<number> {
  const { pack, input, options } = command;
  requireRunPermissions({
    read: [...openedPaths(pack, options), ...(input?.kind === "file" ? [input.path] : [])],
    artifactsDir: options.artifactsDir ?? `${OWN_FOLDER}/runs`,
    cacheDir: resolveOptions(options).cacheDir,
  });
  const source = await packInput(pack, options, io);
  const run = startRun(source, { ...options, input: await readInput(input, io), signal: io.interrupt });
  const printer = new ProgressPrinter(io, command.quiet);
  for await (const event of run) printer.print(event);
  const record = await run.record;
  if (record !== null && command.json) io.stdout(jsonText(toRunJson(record)));
  try {
    return report(await run.result, command, io);
  } finally {
    if (record !== null) io.stderr(`record: ${visible(record.artifactsDir)}\n`);
  }
}

function report(result: RunResult, command: RunCommand, io: CommandIo): number {
  if (!command.json && result.error === null) io.stdout(jsonText(result.output));
  for (const line of resultLines(result)) io.stderr(`${line}\n`);
  const code = exitCodeOfResult(result, command.failOnWait);
  return code === EXIT.ok && result.recordFault !== undefined ? EXIT.failed : code;
}

async function readInput(source: InputSource | null, io: CommandIo): Promise<Json> {
  if (source === null) return {};
  const place = source.kind === "file" ? source.path : source.kind === "stdin" ? "standard input" : "--input";
  const text = source.kind === "text" ? source.text : await readText(source, io);
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new RunnerError("input.invalid", "Input is no JSON", {
      place,
      cause,
      hint: `Quote it for the shell: --input '{"name":"Ada"}'`,
    });
  }
}

async function readText(source: Exclude<InputSource, { kind: "text" }>, io: CommandIo): Promise<string> {
  const stdin = source.kind === "stdin";
  try {
    return stdin ? new TextDecoder().decode(await io.stdin()) : await Deno.readTextFile(source.path);
  } catch (cause) {
    if (io.interrupt.aborted) {
      throw new RunnerError("run.cancelled", "Run was cancelled before its input was read");
    }
    const place = stdin ? "standard input" : source.path;
    throw new RunnerError("input.invalid", "Input cannot be read", { place, cause, hint: "Check the path" });
  }
}

/** Prints a line for every node that ends, every warning, and every verdict that a stricter policy would not let pass. */
class ProgressPrinter {
  readonly #io: CommandIo;
  /** Whether nodes are left out. */
  readonly #quiet: boolean;
  readonly #started = new Map<string, number>();

  constructor(io: CommandIo, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  print({ ts, event }: RecordedEvent): void {
    switch (event.type) {
      case "node.started":
        this.#started.set(event.callId, Date.parse(ts));
        break;
      case "node.ended":
      case "node.failed": {
        const ms = Date.parse(ts) - (this.#started.get(event.callId) ?? Date.parse(ts));
        this.#started.delete(event.callId);
        if (this.#quiet) break;
        const status = event.type === "node.ended" ? "ok" : event.status;
        const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
        const why = event.type === "node.failed" ? `: ${event.failure.message}` : "";
        this.#line(`${status.padEnd(9)} ${nodeName(event)}  ${event.component}${again}  ${ms} ms${why}`);
        break;
      }
      case "verify": {
        const { verdict, place, reason, waived = false } = event.verdict;
        if (waived || verdict === "mismatch") this.#line(`${verdict.padEnd(9)} ${place}: ${reason}`);
        break;
      }
      case "warning":
        this.#line(`warning   ${event.message}${event.place === undefined ? "" : ` (${event.place})`}`);
    }
  }

  #line(text: string): void {
    this.#io.stderr(`${visible(text)}\n`);
  }
}
