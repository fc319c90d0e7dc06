/**
 * The clocks and the randomness of one guest: those of the machine, or pretended ones that are the same in every run.
 * Never decides which.
 */

/** A clock that is pretended. */
export interface PretendedClock {
  /** Wall time at the start of every call, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Milliseconds by which each reading moves the clock on. */
  readonly advanceMs: number;
}

/** What tells a guest the time, and lets it wait. */
export interface GuestClock {
  /** Wall time in milliseconds since 1970. */
  wallMs(): number;
  /** Time in milliseconds that never runs backwards. */
  monotonicMs(): number;
  /** Blocks for some milliseconds; a pretended clock moves on at once. */
  sleep(milliseconds: number): void;
}

/** The machine's clocks, or pretended ones. `sleep` blocks for real. */
export function guestClock(
  pretended: PretendedClock | null,
  sleep: (milliseconds: number) => void,
): GuestClock {
  if (pretended === null) return { wallMs: () => Date.now(), monotonicMs: () => performance.now(), sleep };
  const { nowMs, advanceMs } = pretended;
  let elapsed = 0;
  function read(): number {
    const now = elapsed;
    elapsed += advanceMs;
    return now;
  }
  return {
    wallMs: () => nowMs + read(),
    monotonicMs: read,
    sleep: (milliseconds) => void (elapsed += Math.max(0, milliseconds)),
  };
}

/** Fills bytes. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => void;

/** Most random bytes that the platform gives at once. */
export const RANDOM_CHUNK = 65536;

/** The platform's randomness, or for a seed the same bytes each time: xoshiro128** by Blackman and Vigna. */
export function guestRandom(seed: string | null): FillRandom {
  if (seed === null) return (bytes) => void crypto.getRandomValues(bytes);
  const [a, b, c, d] = [0, 1, 2, 3].map((part) => hash32(`${part}:${seed}`));
  const state = { a: a!, b: b!, c: c!, d: d! | 1 };
  function next(): number {
    const result = Math.imul(rotl(Math.imul(state.b, 5), 7), 9);
    const t = state.b << 9;
    state.c ^= state.a;
    state.d ^= state.b;
    state.b ^= state.c;
    state.a ^= state.d;
    state.c ^= t;
    state.d = rotl(state.d, 11);
    return result;
  }
  return (bytes) => {
    for (let at = 0, word = 0; at < bytes.length; at++) {
      word = at % 4 === 0 ? next() : word >>> 8;
      bytes[at] = word;
    }
  };
}

function rotl(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a, then the last mix of MurmurHash3, so that seeds that differ by one letter have nothing in common. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
