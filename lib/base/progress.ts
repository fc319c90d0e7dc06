/**
 * What long work tells of itself while it goes on, for whoever waits. None of it is part of a record, and nothing
 * depends on whether somebody hears it.
 */

import type { RunStage } from "./result.ts";

/** A run came to its next stage, or to its end. */
export interface StageProgress {
  /** Tells them apart. */
  readonly type: "stage";
  /** The stage that begins, or null when the last one has ended. */
  readonly stage: RunStage | null;
}

/** A part of a pack was read and checked. */
export interface ReadingProgress {
  /** Tells them apart. */
  readonly type: "reading";
  /** The pack, as it was named. */
  readonly pack: string;
  /** How much of it was read, in bytes; 0 at first. */
  readonly bytes: number;
  /** How much there is, in bytes. */
  readonly of: number;
}

/** A component that is in no cache begins to be transpiled and metered: the thread is busy until that is done. */
export interface PreparingProgress {
  /** Tells them apart. */
  readonly type: "preparing";
  /** The component's id in the pack. */
  readonly id: string;
  /** Its size, in bytes. */
  readonly bytes: number;
  /** Which one it is of those that were looked for, from 1. */
  readonly number: number;
  /** How many of them there are, as far as it is known. */
  readonly of: number;
}

/** A component is ready to be called. */
export interface PreparedProgress {
  /** Tells them apart. */
  readonly type: "prepared";
  /** The component's id in the pack. */
  readonly id: string;
  /** `sha256:` and the hex digest of its bytes. */
  readonly digest: string;
  /** Whether it came from the cache. */
  readonly cacheHit: boolean;
  /** Time that it took, in milliseconds. */
  readonly prepareMs: number;
}

/** Anything that long work tells of itself. */
export type Progress = StageProgress | ReadingProgress | PreparingProgress | PreparedProgress;

/** Hears of progress the moment it is made, on the thread that makes it. */
export type OnProgress = (progress: Progress) => void;
