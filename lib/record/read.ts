/**
 * Reads what a run left in its directory.
 * Never changes it, and never reads a file that a newer runner wrote in a shape unknown here.
 */

import { messageOf, RunnerError } from "../base/errors.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  stringMember,
  textWithinDepth,
} from "../base/json.ts";
import type { RunResult } from "../base/result.ts";
import { ioError } from "./io_error.ts";
import { LINE_VERSION, makeLine, metricsJson, type TranscriptLine } from "./line.ts";
import { readRegularText } from "./regular_file.ts";
import { FLOWS_FILE, TRANSCRIPT_FILE } from "./run_dir.ts";
import { fromRunJson } from "./run_json.ts";

/** A run as its directory tells it, whether or not it came to its end. */
export interface KeptRun {
  /** What `run.json` holds; null for a run that was killed, or goes on still. */
  readonly result: RunResult | null;
  /** The same as it is written: what is not in it was not known, while the result has defaults. */
  readonly document: JsonObject;
  /** What `transcript.jsonl` holds. */
  readonly lines: readonly TranscriptLine[];
  /** What `flows.json` holds, or null when there is none. */
  readonly flows: Json;
}

/**
 * Reads a run directory, also that of a run which was killed and has no `run.json`.
 *
 * @throws {RunnerError} `artifacts.read` when the transcript is absent, or a file is damaged or newer than this runner.
 */
export async function readKeptRun(dir: string): Promise<KeptRun> {
  const lines = await readTranscript(dir);
  const document = await readIfThere(`${dir}/run.json`);
  const result = document === undefined ? null : fromRunJson(document);
  return {
    result,
    document: isObject(document) ? document : {},
    lines,
    flows: await readIfThere(`${dir}/${FLOWS_FILE}`) ?? null,
  };
}

/** The newest run directories right in a folder, by their names, which begin with the time of the run. */
export function newestRuns(folder: string, most: number): string[] {
  try {
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort().reverse();
    const runs = names.filter((name) => isThere(`${folder}/${name}/${TRANSCRIPT_FILE}`));
    return runs.slice(0, most).map((name) => `${folder}/${name}`);
  } catch {
    return []; // no folder, or none that may be looked into
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

/** A JSON document that a run left, or undefined when there is none. */
async function readIfThere(path: string): Promise<Json | undefined> {
  const missing = new RunnerError("artifacts.read", `There is no "${path}"`);
  try {
    return await readJson(path, { missing });
  } catch (error) {
    if (error === missing) return undefined;
    throw error;
  }
}

/**
 * Reads a JSON document that a run left.
 *
 * @param missing What is thrown when there is no such file.
 */
export async function readJson(path: string, { missing }: { missing: RunnerError }): Promise<Json> {
  let text: string;
  try {
    text = await readRegularText(path);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? missing : ioError("read", path, error);
  }
  return parseArtifact(text, path);
}

/** Reads the transcript alone, also that of a run which was killed and has no `run.json`. */
export async function readTranscript(dir: string): Promise<TranscriptLine[]> {
  const path = `${dir}/${TRANSCRIPT_FILE}`;
  const lines = (await readText(path)).split("\n");
  // What follows the last line feed is empty, or a line whose writer was killed.
  lines.pop();
  return lines.map((line, i) => readLine(line, { place: `${path}:${i + 1}`, seq: i }));
}

/**
 * Reads one line of a transcript; `place` names it, and `seq` is its number where it has none of its own.
 *
 * @throws {RunnerError} `artifacts.read` when it is damaged or newer than this runner.
 */
export function readLine(text: string, { place, seq }: { place: string; seq: number }): TranscriptLine {
  return lineFromJson(parseArtifact(text, place), { place, seq });
}

async function readText(path: string): Promise<string> {
  try {
    return await readRegularText(path);
  } catch (error) {
    throw ioError("read", path, error);
  }
}

/** Deepest nesting of what a run leaves: values of its flow, and what stands around them. */
const MAX_DEPTH = 2 * MAX_JSON_DEPTH;

/**
 * Parses what a run left; `place` names it.
 *
 * @throws {RunnerError} `artifacts.read` when it is no JSON, or nests deeper than any run writes.
 */
export function parseArtifact(text: string, place: string): Json {
  if (!textWithinDepth(text, MAX_DEPTH)) throw damaged(place, `it nests deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(place, messageOf(error));
  }
}

function lineFromJson(json: Json, { place, seq }: { place: string; seq: number }): TranscriptLine {
  if (!isObject(json) || stringMember(json, "phase") === undefined) throw damaged(place, "it has no phase");
  const version = json.version ?? 0;
  if (typeof version !== "number") throw damaged(place, "its version is no number");
  if (version > LINE_VERSION) {
    throw new RunnerError(
      "artifacts.read",
      `Version ${version} of the transcript is newer than ${LINE_VERSION}, the newest known`,
      { hint: "Read it with the version of the runner that wrote it, or a newer one", place },
    );
  }
  return complete(json, seq);
}

/** A line of the reference has fewer keys, and null where we write empty lists and metrics. */
function complete(json: JsonObject, seq: number): TranscriptLine {
  const empty = makeLine({ phase: "run", status: "ok" }, {
    ts: "",
    seq,
    sessionId: "",
    entryFlowId: "unknown",
    durationMs: null,
  });
  const text = (name: TextField) => stringMember(json, name) ?? empty[name];
  return {
    ...empty,
    ...json,
    attempt: typeof json.attempt === "number" ? json.attempt : null,
    call_id: text("call_id"),
    component: text("component"),
    defaults_applied: isArray(json.defaults_applied) ? json.defaults_applied : [],
    error: isObject(json.error) ? json.error : null,
    flow_id: text("flow_id") ?? empty.flow_id,
    flow_path: strings(json.flow_path),
    host_call_id: text("host_call_id"),
    metrics: { ...metricsJson({}, null), ...(isObject(json.metrics) ? json.metrics : {}) },
    node_id: text("node_id"),
    operation: text("operation"),
    redactions: strings(json.redactions),
    status: text("status") ?? empty.status,
    target: text("target"),
    version: LINE_VERSION,
  };
}

/** The fields of a line that hold a text or nothing: what else a damaged line has there counts as nothing. */
type TextField =
  | "call_id"
  | "component"
  | "flow_id"
  | "host_call_id"
  | "node_id"
  | "operation"
  | "status"
  | "target";

function strings(json: Json | undefined): string[] {
  return isArray(json) ? json.filter((item) => typeof item === "string") : [];
}

/** The error for a file of a run that says what no run writes. */
export function damaged(place: string, why: string): RunnerError {
  return new RunnerError("artifacts.read", `Run artifact "${place}" is damaged: ${why}`, {
    hint: "Give the directory of a run whose files were not edited",
    place,
  });
}
