/** What a comparison tells of each of its two runs. Never compares them. */

import type { JsonObject } from "../base/json.ts";
import type { KeptRun } from "./read.ts";
import { durationOf } from "./run_costs.ts";
import { endingOf, flowOf } from "./run_facts.ts";

/** What is told of each of the two runs. */
export interface ComparedRun {
  /** Its directory, absolute. */
  readonly dir: string;
  /** Whether it has a `run.json`: one that was killed, or goes on still, has none. */
  readonly finished: boolean;
  /** Its pack, or null when it is not known. */
  readonly packId: string | null;
  /** The version of its pack, or null when it is not known. */
  readonly packVersion: string | null;
  /** Its flow, or null when none was chosen. */
  readonly flowId: string | null;
  /** How it ended: a status of results, or `unfinished`. */
  readonly status: string;
  /** Its wall time, in milliseconds, or null when it did not end. */
  readonly durationMs: number | null;
  /** The run directory of the run that it resumed, or null. */
  readonly parentRun: string | null;
  /** Versions of the runner and the engines beneath it; empty when they are not known. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A run with the directory that it was read from. */
export interface PlacedRun extends KeptRun {
  /** Absolute. */
  readonly dir: string;
}

/** What is told of a run. */
export function comparedRun(run: PlacedRun): ComparedRun {
  const { dir, result } = run;
  return {
    dir,
    finished: result !== null,
    packId: result?.packId ?? null,
    packVersion: result?.packVersion ?? null,
    flowId: flowOf(run),
    status: endingOf(run),
    durationMs: durationOf(run),
    parentRun: result?.parentRun ?? null,
    environment: result?.environment ?? {},
  };
}

/** The same as JSON. */
export function comparedJson(
  { packId, packVersion, flowId, durationMs, parentRun, environment, ...rest }: ComparedRun,
): JsonObject {
  return {
    ...rest,
    pack_id: packId,
    pack_version: packVersion,
    flow_id: flowId,
    duration_ms: durationMs,
    parent_run: parentRun,
    environment: { ...environment },
  };
}
