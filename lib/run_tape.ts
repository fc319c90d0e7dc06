/**
 * Where what comes to a run from outside goes by: straight through, kept on a tape on its way, or given by the tape of an
 * earlier run in the place of all who would give it. Never reads or writes a tape itself.
 */

import { systemClock } from "./base/clock.ts";
import { MAX_TIMER_MS } from "./base/limits.ts";
import type { TapePlayer, TapeRecorder } from "./base/tape.ts";
import type { Capability } from "./host/capability.ts";
import type { AroundScript } from "./host/tools/mock.ts";

/** What a run has in the place of the world. */
export interface RunTape {
  /** Keeps what guests draw from clocks and randomness, or null. */
  readonly recorder: TapeRecorder | null;
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

/** Everything as it comes. */
export const LIVE: RunTape = {
  recorder: null,
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
