/** Changes to bytes that tests choose at random, but the same each time. */

import fc from "fast-check";
import { concatBytes } from "../../lib/base/bytes.ts";

/** Numbers below a bound, the same for the same seed (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) % below;
  };
}

/** One change; places are fractions of what it is applied to. */
export interface Mutation {
  readonly type: "flip" | "set" | "fill" | "cut" | "insert" | "repeat" | "swap" | "end";
  /** Where. */
  readonly at: number;
  /** How many bytes. */
  readonly length: number;
  /** What is written. */
  readonly value: number;
}

/** Bytes at which readers go wrong: signs, bounds, heads of CBOR, marks of text formats. */
const TELLING = [
  0,
  1,
  0x1f,
  0x20,
  0x22,
  0x5f,
  0x7f,
  0x80,
  0x9f,
  0xbf,
  0xc2,
  0xf9,
  0xfb,
  0xfe,
  0xff,
  0x0a,
  0x3a,
  0x7b,
];

/** Any change. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  type: fc.constantFrom("flip", "set", "fill", "cut", "insert", "repeat", "swap", "end"),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5000 })),
  value: fc.oneof(fc.constantFrom(...TELLING), fc.integer({ min: 0, max: 255 })),
});

/** A copy of bytes with changes one after the other. */
export function mutated(bytes: Uint8Array, edits: readonly Mutation[]): Uint8Array {
  return edits.reduce((changed, edit) => mutate(changed, edit), bytes);
}

/** A copy of bytes with one change within a range of them. */
export function mutate(
  bytes: Uint8Array,
  change: Mutation,
  range: readonly [number, number] = [0, bytes.length],
): Uint8Array {
  const { type, length, value } = change;
  const at = range[0] + Math.floor(change.at * Math.max(range[1] - range[0], 0));
  const before = bytes.subarray(0, at),
    there = bytes.subarray(at, at + length),
    after = bytes.subarray(at + length);
  switch (type) {
    case "flip":
      return concatBytes([
        before,
        Uint8Array.of((bytes[at] ?? 0) ^ 1 << (value & 7)),
        bytes.subarray(at + 1),
      ]);
    case "set":
      return concatBytes([before, Uint8Array.of(value), bytes.subarray(at + 1)]);
    case "fill":
      return concatBytes([before, new Uint8Array(there.length).fill(value), after]);
    case "cut":
      return concatBytes([before, after]);
    case "insert":
      return concatBytes([before, new Uint8Array(length).fill(value), bytes.subarray(at)]);
    case "repeat":
      return concatBytes([before, there, there, after]);
    case "swap":
      return concatBytes([before, after.subarray(0, length), there, after.subarray(length)]);
    case "end":
      return before.slice();
  }
}

/** The parts of an archive: local headers with names, data, the records of the directory, the end record. */
export function regionsOf(archive: Uint8Array): (readonly [number, number])[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
  const end = archive.length - 22, directory = view.getUint32(end + 16, true);
  const regions: (readonly [number, number])[] = [[end, archive.length], [directory, end]];
  for (let at = directory; at < end;) {
    const next = at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true);
    const start = view.getUint32(at + 42, true), data = start + 30 + view.getUint16(start + 26, true);
    regions.push([at, next], [start, data], [data, data + view.getUint32(at + 20, true)]);
    at = next;
  }
  return regions;
}
