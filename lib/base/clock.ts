/**
 * Time as the runner sees it: a wall clock for stamps and a clock that never runs backwards for durations.
 * Reads the real time only through `systemClock`, and never mixes the two clocks.
 */

/** Tells the time. Whoever measures or stamps takes one of these instead of asking the platform. */
export interface Clock {
  /** The wall time: for stamps, never for durations. */
  now(): Date;
  /** Milliseconds since some fixed moment, never running backwards: for durations. */
  monotonicMs(): number;
}

/** The clocks of the machine. */
export const systemClock: Clock = Object.freeze({
  now(): Date {
    return new Date();
  },
  monotonicMs(): number {
    return performance.now();
  },
});

/**
 * A clock for tests: each reading is `stepMs` later than the one before. The two clocks step independently,
 * the monotonic one from 0.
 */
export function fixedClock(startIso: string, stepMs: number = 1): Clock {
  const startMs = Date.parse(startIso);
  if (Number.isNaN(startMs)) throw new RangeError(`Start "${startIso}" is not a time`);
  let wallReadings = 0;
  let monotonicReadings = 0;
  return {
    now(): Date {
      return new Date(startMs + stepMs * wallReadings++);
    },
    monotonicMs(): number {
      return stepMs * monotonicReadings++;
    },
  };
}

/** How long a program may go on without timers and signals having their turn, in milliseconds. */
const BREATH_MS = 25;

/** Gives a function that lets timers and signals have their turn when the last one is long ago. */
export function breather(clock: Clock = systemClock): () => Promise<void> | undefined {
  let last = clock.monotonicMs();
  return () => {
    if (clock.monotonicMs() - last < BREATH_MS) return undefined;
    return new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
      last = clock.monotonicMs();
    });
  };
}

/** RFC 3339 in UTC, the fraction without trailing zeros: `2025-12-16T12:10:15.5Z`, `2025-12-16T12:10:15Z`. */
export function formatUtc(time: Date): string {
  return time.toISOString().replace(/\.?0+Z$/, "Z");
}
