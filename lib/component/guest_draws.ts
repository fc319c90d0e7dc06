/**
 * Where a guest's clocks and randomness come from: its grants, or what an earlier run drew from them; and what it drew,
 * kept for a later run. Never touches deadlines, which have a clock of their own.
 *
 * 1. What comes to a guest does not depend on whether it is kept.
 * 2. Each clock and the randomness is given back in its own order, whatever the guest asks for between.
 * 3. A guest that asks for more than an earlier one did gets what is the same in every replay, and never an error.
 */

import type { NodePlace } from "../base/call.ts";
import type { Draws } from "../base/tape.ts";
import { type FillRandom, type GuestClock, guestClock, guestRandom } from "./guest_clock.ts";
import type { GuestCall } from "./messages.ts";

/** Most readings that are kept of one call, of both clocks together. */
export const MAX_READINGS = 1_000_000;

/** Most random bytes that are kept of one call. */
export const MAX_RANDOM_BYTES = 16 * 1024 * 1024;

/** Milliseconds by which each reading beyond a recording moves its clock on. */
const ADVANCE_MS = 1;

/** The clocks and the randomness of one call. */
export interface GuestSources {
  /** Tells the time. */
  readonly clock: GuestClock;
  /** Gives random bytes. */
  readonly fill: FillRandom;
}

/** What a call draws from: what it drew before, or else what it was granted. `sleep` blocks for real. */
export function guestSources(
  { draws, place, wasi }: Pick<GuestCall, "draws" | "place" | "wasi">,
  sleep: (milliseconds: number) => void,
): GuestSources {
  if (draws !== null) return replayed(draws, { place, startMs: wasi.clock?.nowMs ?? null, sleep });
  const seed = wasi.seed === null ? null : seedOf(wasi.seed, place);
  return { clock: guestClock(wasi.clock, sleep), fill: guestRandom(seed) };
}

function seedOf(seed: string, { flowPath, flowId, nodeId, callId }: NodePlace): string {
  return [seed, ...flowPath, flowId, nodeId, callId].join("\n");
}

/** What an earlier run drew. Only a wall clock that it never read may have to start with the machine's time. */
function replayed(
  draws: Draws,
  { place, startMs, sleep }: {
    place: NodePlace;
    startMs: number | null;
    sleep: (milliseconds: number) => void;
  },
): GuestSources {
  const wall = new Readings(draws.wallMs, () => startMs ?? Date.now());
  const monotonic = new Readings(draws.monotonicMs, () => 0);
  const beyond = guestRandom(seedOf("replay", place));
  let drawn = 0, sleeps = 0;
  return {
    clock: {
      wallMs: () => wall.next(),
      monotonicMs: () => monotonic.next(),
      sleep(milliseconds) {
        // It never woke, and must not now: what stopped it then stops it again.
        if (++sleeps === draws.stoppedInSleep) sleep(Infinity);
        wall.pass(milliseconds);
        monotonic.pass(milliseconds);
      },
    },
    fill(bytes) {
      const recorded = draws.random.subarray(drawn, drawn += bytes.length);
      bytes.set(recorded);
      if (recorded.length < bytes.length) beyond(bytes.subarray(recorded.length));
    },
  };
}

/** The readings of one clock: those that were recorded, then ones that go on from the last. */
class Readings {
  readonly #recorded: readonly number[];
  readonly #start: () => number;
  #read = 0;
  #next: number | null = null;

  /** `start` tells the time when nothing was recorded. */
  constructor(recorded: readonly number[], start: () => number) {
    this.#recorded = recorded;
    this.#start = start;
  }

  next(): number {
    const recorded = this.#recorded[this.#read];
    if (recorded !== undefined) {
      this.#read++;
      return recorded;
    }
    const now = this.#beyond();
    this.#next = now + ADVANCE_MS;
    return now;
  }

  /** Lets time pass. What was recorded says by itself how much of it did. */
  pass(milliseconds: number): void {
    if (this.#read < this.#recorded.length) return;
    this.#next = this.#beyond() + Math.max(0, milliseconds);
  }

  #beyond(): number {
    const last = this.#recorded.at(-1);
    return this.#next ?? (last === undefined ? this.#start() : last + ADVANCE_MS);
  }
}

/** Keeps what a guest draws from its sources. */
export class DrawKeeper implements GuestSources {
  readonly clock: GuestClock;
  readonly fill: FillRandom;
  readonly #wallMs: number[] = [];
  readonly #monotonicMs: number[] = [];
  /** Grows as needed, so that many small draws do not become many small arrays. */
  #random = new Uint8Array(64);
  #randomLength = 0;
  #truncated = false;
  #sleeps = 0;
  #isAsleep = false;

  /** Draws from other sources. */
  constructor({ clock, fill }: GuestSources) {
    this.clock = {
      wallMs: () => this.#keep(this.#wallMs, clock.wallMs()),
      monotonicMs: () => this.#keep(this.#monotonicMs, clock.monotonicMs()),
      sleep: (milliseconds) => {
        this.#sleeps++;
        // A guest that is stopped does not come back from here.
        this.#isAsleep = true;
        clock.sleep(milliseconds);
        this.#isAsleep = false;
      },
    };
    this.fill = (bytes) => {
      fill(bytes);
      this.#keepRandom(bytes);
    };
  }

  /** What was kept. */
  draws(): Draws {
    return {
      wallMs: this.#wallMs,
      monotonicMs: this.#monotonicMs,
      random: this.#random.slice(0, this.#randomLength),
      truncated: this.#truncated,
      stoppedInSleep: this.#isAsleep ? this.#sleeps : 0,
    };
  }

  #keep(readings: number[], reading: number): number {
    if (this.#wallMs.length + this.#monotonicMs.length < MAX_READINGS) readings.push(reading);
    else this.#truncated = true;
    return reading;
  }

  #keepRandom(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, MAX_RANDOM_BYTES - this.#randomLength);
    if (kept.length < bytes.length) this.#truncated = true;
    const length = this.#randomLength + kept.length;
    if (length > this.#random.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#random.length));
      larger.set(this.#random.subarray(0, this.#randomLength));
      this.#random = larger;
    }
    this.#random.set(kept, this.#randomLength);
    this.#randomLength = length;
  }
}
