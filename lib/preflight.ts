/**
 * Finds out what a run needs of Deno before any of it happens, so that everything missing is named at once.
 */

import { RunnerError } from "./base/errors.ts";
import {
  isGranted,
  missingPermissions,
  type Need,
  permissionFlags,
  type ReasonedNeed,
} from "./base/permission.ts";
import { resolveOptions, type RunOptions } from "./options.ts";
import type { PackInput } from "./pack/pack_input.ts";
import { preparationOf } from "./preparation.ts";
import { openingNeeds, type Preparation, runTouches } from "./run_touches.ts";

/** A run that is about to begin. */
export interface RunToStart {
  /** What names its pack; null when its bytes are yet to come. */
  readonly source: PackInput | null;
  /** Its options. */
  readonly options: RunOptions;
  /** What its caller reads for it. */
  readonly also: readonly ReasonedNeed[];
}

/**
 * Checks that Deno permits everything a run touches. What cannot be known without a permission that is missing is taken for
 * what needs most, so that nobody is asked twice.
 *
 * @throws {RunnerError} `permission.missing`, with all missing flags as one line in its hint.
 */
export async function requireRunPermissions(run: RunToStart): Promise<void> {
  const { needs, least } = await neededToRun(run);
  const error = missingPermissions(needs);
  if (error === undefined) return;
  if (least === null) throw error;
  // A pack that is yet to come is looked at when it is there: only then what its components need is known.
  if (missingPermissions(least) !== undefined) throw withAlternative(error, least);
}

/** What a run needs as far as can be known now. */
export interface NeededToRun {
  /** All that it may need. */
  readonly needs: readonly ReasonedNeed[];
  /** What will do if its components are prepared already; null where it is known whether they are. */
  readonly least: readonly ReasonedNeed[] | null;
}

/** Finds out what a run needs as far as can be known now. */
export async function neededToRun({ source, options, also }: RunToStart): Promise<NeededToRun> {
  const opening = await openingNeeds(source, options);
  const known = await preparationOf(source, options, opening);
  return {
    needs: runNeeds(options, { opening, also, preparation: known ?? "needed" }),
    least: known === null ? runNeeds(options, { opening, also, preparation: "done" }) : null,
  };
}

/** What everything that a run touches needs of Deno. */
export function runNeeds(
  options: RunOptions,
  { opening, also, preparation }: {
    opening: readonly ReasonedNeed[];
    also: readonly ReasonedNeed[];
    preparation: Preparation;
  },
): ReasonedNeed[] {
  return [...opening, ...runTouches(resolveOptions(options), { also, preparation })];
}

/** The error with what will do where components are prepared already. */
function withAlternative(error: RunnerError, needs: readonly Need[]): RunnerError {
  const { code, message, hint, rows = [] } = error;
  const flags = permissionFlags(needs.filter((need) => !isGranted(need)));
  return new RunnerError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    rows: [...rows, `once its components are in the cache, less will do: ${flags}`],
  });
}
