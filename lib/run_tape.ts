/**
 * Where what comes to a run from outside goes by: straight through, kept on a tape on its way, or given by the tape of an
 * earlier run in the place of all who would give it. Never reads or writes a tape itself.
 */

import { systemClock } from "./base/clock.ts";
import type { RunnerError } from "./base/errors.ts";
import { MAX_TIMER_MS } from "./base/limits.ts";
import type { TapePlayer, TapeRecorder } from "./base/tape.ts";
import type { Capability } from "./host/capability.ts";
import type { AroundScript } from "./host/tools/mock.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Tape } from "./record/tape_reader.ts";
import type { RunRecord } from "./run_record.ts";

/** What a replay gets in the place of the world. */
export interface Replay {
  readonly tape: Tape;
  /** What its record hides of that. */
  readonly hidden: readonly string[];
  /** Why the recorded run was not granted what it needed, or null. */
  readonly refusal: RunnerError | null;
}

/** What a run has in the place of the world. */
export interface RunTape {
  /** Keeps what guests draw from clocks and randomness, or null. */
  readonly recorder: TapeRecorder | null;
  /** Why the run is not granted what it needs, or null: a replay was refused what its recorded run was. */
  readonly refusal: RunnerError | null;
  /** Gives what guests drew, or null. */
  readonly player: TapePlayer | null;
  /** The capability as guests reach it. */
  around(capability: Capability): Capability;
  /** Stands between service nodes and the scripts of a tools mock. */
  readonly aroundScript: AroundScript;
  /** The time for templates. */
  now(): Date;
  /** Waits between two attempts of a node; an abort ends the wait at once. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What stands between a run and the world. */
export async function runTape(
  { record: keeps }: Pick<ResolvedOptions, "record">,
  record: RunRecord,
  replay: Replay | undefined,
): Promise<RunTape> {
  if (replay === undefined && !keeps) return LIVE;
  const { recordingTape, replayingTape } = await import("./taped_run.ts");
  if (replay === undefined) return recordingTape(LIVE, record.tape, record.hearPut);
  const { tape, hidden, refusal } = replay;
  for (const secret of hidden) record.hide(secret);
  return replayingTape(tape, {
    refusal,
    hear({ name, value }) {
      record.hide(new TextDecoder().decode(value));
      tape.seal.add(name, value);
    },
  });
}

/** Everything as it comes. */
const LIVE: RunTape = {
  recorder: null,
  refusal: null,
  player: null,
  around: (capability) => capability,
  aroundScript: (_call, _place, read) => read(),
  now: () => systemClock.now(),
  sleep: waitFor,
};

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}
