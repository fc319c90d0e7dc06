/**
 * The loop of `run --watch`: runs, waits until what is watched has another content, and runs again; a run that is still
 * going on then is stopped first. Never looks at a file itself, and never knows what a run is.
 *
 * W1. What counts is content: it is taken before a run begins and compared with what is there when all is silent.
 * W2. One run at a time: the next begins when the one before has ended.
 * W3. A file that is gone is no change. It is waited for.
 * W4. When whoever read what runs print has gone, no run follows.
 */

import { EXIT } from "./exit_codes.ts";

/** What is there, as far as it can be told without reading it: two that are equal mean that nothing changed. */
export type Signs = ReadonlyMap<string, string>;

/** What is there. */
export interface Contents {
  readonly signs: Signs;
  /** Digests by path. */
  readonly digests: ReadonlyMap<string, string>;
  /** Files and folders that should be there and are not. */
  readonly gone: readonly string[];
}

/** The files that are watched. */
export interface WatchedFiles {
  /** What is there at a glance; of folders perhaps what was there up to two seconds ago. */
  glance(): Signs;
  /** What is there now, without reading it. */
  look(): Signs;
  /** What is there now. */
  contents(): Promise<Contents>;
  /** Waits until it is time to glance again: when something stirs, after a while, or when the signal is aborted. */
  rest(signal: AbortSignal): Promise<void>;
}

/** What the loop works with. */
export interface WatchParts {
  readonly files: WatchedFiles;
  /** Makes ready for the next run: what is watched may be other files than before. */
  readonly prepare: () => Promise<void>;
  /** Carries out one run, until its end or until the signal is aborted. What it throws ends the loop. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Tells that nothing runs now. */
  readonly idle: () => Promise<void>;
  /** Whether whoever read what runs print has gone. */
  readonly unread: () => boolean;
  /** Tells one line. */
  readonly say: (line: string) => void;
  /** Waits for some milliseconds, or until the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the loop. */
  readonly interrupt: AbortSignal;
}

/** How long nothing may change before a change counts, in milliseconds. */
const SILENCE_MS = 100;
/** Most files that a line names. */
const MAX_NAMES = 3;

/**
 * Runs until it is interrupted or nobody reads it, and gives the exit code: that of an interrupted run when one was going
 * on, otherwise that of success. There is no other way to end a watch, so neither is a failure while nothing runs.
 */
export async function watch(parts: WatchParts): Promise<number> {
  const { files, prepare, run, idle, unread, say, interrupt } = parts;
  for (;;) {
    await prepare();
    const seen = await files.contents();
    if (interrupt.aborted) return EXIT.interrupted;
    const stop = new AbortController(), over = new AbortController();
    const running = run(AbortSignal.any([interrupt, stop.signal])).then(() => "ended" as const);
    try {
      const change = nextChange(parts, seen, AbortSignal.any([interrupt, over.signal]));
      const first = await Promise.race([running, change]);
      if (interrupt.aborted) {
        await running;
        return EXIT.interrupted;
      }
      if (first === "ended") {
        if (unread()) return EXIT.ok;
        await idle();
        const names = await change;
        if (names === null) return EXIT.ok;
        say(`changed: ${listed(names)}`);
      } else if (first !== null) {
        say(`changed: ${listed(first)} (this run is stopped, and another begins)`);
        stop.abort(new Error("What it reads has changed"));
        await running;
      }
    } finally {
      // Whatever ends the loop leaves nothing behind that goes on.
      over.abort();
      stop.abort();
    }
  }
}

/** Waits until content differs from what was seen, and gives the names of what differs; null when it is aborted. */
async function nextChange(
  { files, say, sleep }: WatchParts,
  seen: Contents,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  let signs = seen.signs, missed = false;
  for (;;) {
    await files.rest(signal);
    if (signal.aborted) return null;
    const now = files.glance();
    if (same(now, signs)) continue;
    signs = now;
    for (let before: Signs | null = null; before === null || !same(before, signs);) {
      before = signs;
      await sleep(SILENCE_MS, signal);
      if (signal.aborted) return null;
      signs = files.look();
    }
    const found = await files.contents();
    signs = found.signs;
    // What was not there when the run began is not waited for: that it comes is a change.
    const gone = found.gone.filter((path) => !seen.gone.includes(path));
    if (gone.length > 0) {
      if (!missed) say(`gone: ${listed(gone)} (waited for)`);
      missed = true;
      continue;
    }
    const names = differing(seen.digests, found.digests);
    if (names.length > 0) return names;
    if (missed) say("back, and unchanged");
    missed = false;
  }
}

function same(some: Signs, others: Signs): boolean {
  return some.size === others.size && some.entries().every(([path, sign]) => others.get(path) === sign);
}

/** The paths that have another digest than before, or are only in one of the two. */
function differing(before: Contents["digests"], now: Contents["digests"]): string[] {
  const paths = new Set([...before.keys(), ...now.keys()]);
  return [...paths].filter((path) => before.get(path) !== now.get(path)).sort();
}

/** Names in a line. */
export function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return more <= 0 ? names.join(", ") : `${names.slice(0, MAX_NAMES).join(", ")} and ${more} more`;
}
