/**
 * Tells in what two runs differ, from their run directories alone. Never runs anything, never opens a pack, and never
 * writes.
 */

import { RunnerError } from "./base/errors.ts";
import { quoted } from "./base/paths.ts";
import { array, checkNames, invalid, object, text } from "./option_checks.ts";
import type { PlacedRun } from "./record/compared_run.ts";
import { newestRuns, readKeptRun } from "./record/read.ts";
import { absolutePath, SNAPSHOT_FILE, TAPE_FILE, TRANSCRIPT_FILE } from "./record/run_dir.ts";
import { type RunsDifference, runsDifference } from "./record/runs_difference.ts";
import { DIFFERENCE_SUBJECTS, type DifferenceSubject } from "./record/value_difference.ts";

export type { ComparedRun } from "./record/compared_run.ts";
export type { CostPair, NodeCost, RunCost } from "./record/run_costs.ts";
export { type RunsDifference, runsDifferenceJson } from "./record/runs_difference.ts";
export type { DifferenceSubject, ValueDifference } from "./record/value_difference.ts";

/** Options of a comparison. */
export interface DiffOptions {
  /** Subjects that do not count, such as `pack` and `component` to see only what two packs do differently. @default {[]} */
  readonly ignore?: readonly DifferenceSubject[];
  /** Most differences that are listed; all are counted. @default {1000} */
  readonly most?: number;
}

/** Most differences that are listed unless more are asked for. */
const MOST = 1000;

/** What `diffRuns` of the module does; `lib/on_demand.ts` says what that is. */
export async function diffRuns(a: string, b: string, options: DiffOptions = {}): Promise<RunsDifference> {
  checkNames("option", Object.keys(object("options", options)), ["ignore", "most"]);
  const { ignore = [], most = MOST } = options;
  checkNames("subject", array("ignore", ignore), DIFFERENCE_SUBJECTS);
  if (!Number.isSafeInteger(most) || most < 1) throw invalid("most", most, "a whole number from 1");
  return runsDifference(await placedRun("A", a), await placedRun("B", b), { ignore, most });
}

/** The run directory that a path names: itself, or the folder of one of its files. */
export function runDirectory(path: string): string {
  const [, folder, file] = /^(?:(.*)[\\/])?([^\\/]*)$/s.exec(path) ?? [];
  if (file === undefined || !FILES.includes(file)) return path;
  return folder === undefined ? "." : folder === "" ? "/" : folder;
}

/** Files of a run directory that people name when they mean the run. */
const FILES: readonly string[] = ["run.json", TRANSCRIPT_FILE, SNAPSHOT_FILE, TAPE_FILE];

async function placedRun(name: "A" | "B", path: string): Promise<PlacedRun> {
  const dir = absolutePath(runDirectory(text(name === "A" ? "a" : "b", path)));
  try {
    return { dir, ...await readKeptRun(dir) };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { code, message, place, cause } = error;
    const runs = code === "artifacts.read" ? newestRuns(dir, 2) : [];
    const hint = runs.length === 0
      ? error.hint
      : `Name one of the runs in it, such as ${runs.map((run) => quoted(run)).join(" ")}`;
    throw new RunnerError(code, `Run ${name} cannot be compared: ${message}`, {
      place: place?.startsWith(dir) ? place : `${dir}/${place ?? ""}`,
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
