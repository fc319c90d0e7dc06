/**
 * What a run is replayed from: everything that came to its guests from outside, in the order in which it came. Only types.
 */

import type { HostCall, HostReply, NodePlace } from "./call.ts";
import type { Json } from "./json.ts";

/** An answer of the host to a guest, with what the record said of it; null when the guest was stopped before it came. */
export type TapedAnswer = {
  /** What the guest got. */
  readonly reply: HostReply;
  /** How the call went. */
  readonly status: "ok" | "error" | "denied";
  /** Who answered. */
  readonly provider: "mock" | "real" | "refuse";
  /** What was answered, for the record. */
  readonly outputs: Json;
} | null;

/** What a guest read of clocks and randomness during one call, in its order. */
export interface Draws {
  /** Readings of the wall clock, in milliseconds since 1970. */
  readonly wallMs: readonly number[];
  /** Readings of the clock that never runs backwards, in milliseconds. */
  readonly monotonicMs: readonly number[];
  /** All random bytes, one draw behind the other. */
  readonly random: Uint8Array;
  /** Whether there were more than are kept. */
  readonly truncated: boolean;
  /** Which of its sleeps the guest was stopped in, from 1; 0 for none. */
  readonly stoppedInSleep: number;
}

/** Keeps what comes to guests. */
export interface TapeRecorder {
  /** Keeps the answer to a call. */
  answered(call: HostCall, answer: TapedAnswer): void;
  /** Keeps what a guest read during a call that has ended. */
  drawn(place: NodePlace, draws: Draws): void;
  /** Keeps the time that templates were told. */
  told(now: Date): void;
}

/** Gives what came to guests, in the place of all who gave it. */
export interface TapePlayer {
  /** The answer that a call had, or undefined when nothing like it was recorded. */
  answer(call: HostCall): TapedAnswer | undefined;
  /** What the guest of a call read; null leaves the call its own clocks and randomness. */
  draws(place: NodePlace): Draws | null;
  /** The next time that templates were told, or undefined when they were told no more. */
  now(): Date | undefined;
}
