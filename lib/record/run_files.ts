/**
 * Reads of a run directory whatever can be read: that of a run which was killed, of the reference runner, or one whose
 * files are damaged. What cannot be read is told, and the rest is there.
 *
 * Run directories are passed around: a link in one may lead to what its reader would not show to others. No link is
 * followed, and nothing is read that is no file.
 */

import { RunnerError } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import type { RunResult } from "../base/result.ts";
import { fromFlowsJson, type RecordedFlow } from "./flows_json.ts";
import { ioError } from "./io_error.ts";
import type { TranscriptLine } from "./line.ts";
import { damaged, parseArtifact, readLine } from "./read.ts";
import { FLOWS_FILE, STATE_FILE, TRANSCRIPT_FILE } from "./run_dir.ts";
import { fromRunJson } from "./run_json.ts";

/** One file of a node's log. */
export interface LogFile {
  /** Its name in the folder of logs. */
  readonly name: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** What it says, or its last part when it is long. */
  readonly text: string;
}

/** What a run directory holds. */
export interface RunFiles {
  /** The directory. */
  readonly dir: string;
  /** What `run.json` says, or null when there is none that can be read. */
  readonly result: RunResult | null;
  /** `run.json` as it stands there, or null: unlike the result it does not say what the run did not. */
  readonly run: Json;
  /** The lines of `transcript.jsonl` that can be read. */
  readonly lines: readonly TranscriptLine[];
  /** What `flows.json` says, or null when there is none. */
  readonly flows: readonly RecordedFlow[] | null;
  /** What `state.json` says, or null when there is none. */
  readonly state: Json;
  /** The logs of nodes, by name. */
  readonly logs: readonly LogFile[];
  /** What could not be read, and why, one sentence each. */
  readonly faults: readonly string[];
}

/** The most that is read of one log, and of all, in bytes. */
const MAX_LOG_BYTES = 256 * 1024, MAX_LOGS_BYTES = 8 * 1024 * 1024;

/**
 * Reads a run directory.
 *
 * @throws {RunnerError} `artifacts.read` when there is neither a result nor a line of a transcript in it, and
 * `permission.missing`.
 */
export async function readRunFiles(dir: string): Promise<RunFiles> {
  const faults: RunnerError[] = [];
  const run = await document(`${dir}/run.json`, faults);
  const transcript = await transcriptLines(`${dir}/${TRANSCRIPT_FILE}`, faults);
  const result = run === undefined ? null : attempt(() => fromRunJson(run), faults);
  if (result === null && transcript.lines.length === 0) {
    throw faults[0] ?? new RunnerError("artifacts.read", `There is no run in "${dir}"`, {
      place: dir,
      hint: "Give the directory of a run, which holds run.json and transcript.jsonl",
    });
  }
  const flows = await document(`${dir}/${FLOWS_FILE}`, faults);
  const known = flows === undefined ? null : fromFlowsJson(flows) ?? null;
  if (flows !== undefined && known === null) {
    faults.push(damaged(`${dir}/${FLOWS_FILE}`, "its form is unknown"));
  }
  return {
    dir,
    result,
    run: run ?? null,
    lines: transcript.lines,
    flows: known,
    state: await document(`${dir}/${STATE_FILE}`, faults) ?? null,
    logs: await logFiles(`${dir}/logs`, faults),
    faults: [...faults.map(({ message }) => message), ...transcript.notes],
  };
}

/** A JSON document, or undefined when there is none. */
async function document(path: string, faults: RunnerError[]): Promise<Json | undefined> {
  const bytes = await fileBytes(path, faults);
  return bytes === undefined
    ? undefined
    : attempt(() => parsedObject(new TextDecoder().decode(bytes), path), faults) ?? undefined;
}

async function transcriptLines(
  path: string,
  faults: RunnerError[],
): Promise<{ lines: TranscriptLine[]; notes: string[] }> {
  const bytes = await fileBytes(path, faults) ?? new Uint8Array();
  const lines: TranscriptLine[] = [], wrong: RunnerError[] = [];
  let seq = 0;
  // What follows the last line feed is empty, or a line whose writer was killed.
  for (let from = 0, to = bytes.indexOf(10); to >= 0; from = to + 1, to = bytes.indexOf(10, from), seq++) {
    const place = `${path}:${seq + 1}`;
    const line = attempt(
      () => readLine(new TextDecoder().decode(bytes.subarray(from, to)), { place, seq }),
      wrong,
    );
    if (line !== null) lines.push(line);
  }
  const [first] = wrong;
  if (first === undefined) return { lines, notes: [] };
  if (lines.length === 0) faults.push(first);
  const notes = lines.length === 0
    ? []
    : [`${wrong.length} of ${seq} lines of the transcript cannot be read; the first: ${first.message}`];
  return { lines, notes };
}

async function logFiles(folder: string, faults: RunnerError[]): Promise<LogFile[]> {
  const names: string[] = [];
  try {
    if (!(await Deno.lstat(folder)).isDirectory) return [];
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".log")) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) faults.push(ioError("read", folder, error));
    return [];
  }
  const logs: LogFile[] = [];
  let left = MAX_LOGS_BYTES;
  for (const name of names.sort()) {
    const bytes = await fileBytes(`${folder}/${name}`, faults);
    if (bytes === undefined) continue;
    const kept = bytes.subarray(-Math.max(1, Math.min(MAX_LOG_BYTES, left)));
    left -= kept.length;
    logs.push({ name, bytes: bytes.length, text: new TextDecoder().decode(kept) });
  }
  return logs;
}

/** The bytes of a file, or undefined when there is none; what is no file, and not a link to one either, is a fault. */
async function fileBytes(path: string, faults: RunnerError[]): Promise<Uint8Array | undefined> {
  try {
    if ((await Deno.lstat(path)).isFile) return await Deno.readFile(path);
    faults.push(damaged(path, "it is no regular file"));
  } catch (error) {
    const fault = ioError("read", path, error);
    if (fault.code === "permission.missing") throw fault;
    if (!(error instanceof Deno.errors.NotFound)) faults.push(fault);
  }
  return undefined;
}

function parsedObject(text: string, place: string): Json {
  const value = parseArtifact(text, place);
  if (!isObject(value)) throw damaged(place, "it is no object");
  return value;
}

/** What comes of some work, or null when it finds a fault, which is kept. */
function attempt<T>(work: () => T, faults: RunnerError[]): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    faults.push(error);
    return null;
  }
}
