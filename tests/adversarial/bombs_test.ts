/** Archives that lie about sizes or are cut off, through the command: rows 2, 6 and 7 of the faults to survive. */

import { assert } from "@std/assert";
import { constants, crc32, deflateRawSync } from "node:zlib";
import { RunnerError } from "../../lib/base/errors.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { DEVOK, newSpec, noise, UTF8 } from "../pack/_packs.ts";
import { header, join, type RawEntry, rawZip } from "../pack/_raw_zip.ts";
import { assertFlat, assertRefused, SOON_MS } from "./_hostile.ts";

const MIB = 1024 * 1024;
const EMPTY = new Uint8Array();

/** A stream of zeros for `parts` times 16 MiB, of 16 KiB each. */
function zeros(parts: number): Uint8Array {
  const part = deflateRawSync(new Uint8Array(16 * MIB), { finishFlush: constants.Z_FULL_FLUSH });
  const last = Uint8Array.of(3, 0);
  return join([...Array.from({ length: parts }, () => new Uint8Array(part)), last]);
}

/** Entries with long headers, so that quoting adds next to nothing: each stream quotes the headers of all that
 * follow and ends in one kernel. */
function overlapBomb(count: number): Uint8Array {
  let data = noise(8 * 1024), packed: Uint8Array = new Uint8Array(deflateRawSync(data));
  let rows: { name: Uint8Array; crc: number; size: number; packed: number; length: number }[] = [];
  for (let i = count - 1; i >= 0; i--) {
    const name = UTF8.encode(`f${i}`), extra = new Uint8Array(5000), crc = crc32(data);
    const sizes = [[crc, 4], [packed.length, 4], [data.length, 4]] as const;
    const local = header([
      [0x04034b50, 4],
      [20, 2],
      [0, 2],
      [8, 2],
      [0x210000, 4],
      ...sizes,
      [name.length, 2],
      [extra.length, 2],
    ]);
    const head = join([local, name, extra]);
    rows = [
      { name, crc, size: data.length, packed: packed.length, length: head.length + packed.length },
      ...rows,
    ];
    if (i === 0) return join([head, packed, ...ends(rows)]);
    // A stored block that is not the last quotes the header; what follows is the next entry's own stream.
    const quote = header([[0, 1], [head.length, 2], [0xffff - head.length, 2]]);
    data = new Uint8Array(join([head, data]));
    packed = new Uint8Array(join([quote, head, packed]));
  }
  return EMPTY;
}

function ends(
  rows: readonly { name: Uint8Array; crc: number; size: number; packed: number; length: number }[],
): Uint8Array[] {
  const whole = rows[0]?.length ?? 0;
  const directory = rows.flatMap(({ name, crc, size, packed, length }) => [
    header([
      ...[[0x02014b50, 4], [0x031e, 2], [20, 2], [0, 2], [8, 2], [0x210000, 4], [crc, 4]] as const,
      ...[[packed, 4], [size, 4], [name.length, 2], [0, 8], [0x81a40000, 4], [whole - length, 4]] as const,
    ]),
    name,
  ]);
  const length = directory.reduce((sum, part) => sum + part.length, 0), count = rows.length;
  return [
    ...directory,
    header([[0x06054b50, 4], [0, 4], [count, 2], [count, 2], [length, 4], [whole, 4], [0, 2]]),
  ];
}

/** An archive with an end record of 64 bits in which one field lies; places count from that record. */
function zip64Lie(at: number, value: bigint): Uint8Array {
  const archive = rawZip([{ name: "x", data: UTF8.encode("hello") }], { zip64: true });
  new DataView(archive.buffer).setBigUint64(archive.length - 98 + at, value, true);
  return archive;
}

/** A record whose sizes stand in an extra field of 64 bits. */
function wide(fields: readonly bigint[]): RawEntry {
  const extra = new Uint8Array(4 + fields.length * 8), view = new DataView(extra.buffer);
  view.setUint16(0, 1, true);
  view.setUint16(2, fields.length * 8, true);
  fields.forEach((value, i) => view.setBigUint64(4 + i * 8, value, true));
  const ones = 0xffffffff;
  return {
    name: "x",
    data: UTF8.encode("hello"),
    size: ones,
    packedSize: ones,
    offset: fields.length > 2 ? ones : 0,
    extra,
    localExtra: extra,
  };
}

function nested(depth: number): Uint8Array {
  let archive = rawZip([{ name: "manifest.cbor" }]);
  for (let i = 0; i < depth; i++) {
    archive = rawZip([{ name: `level${i}.gtpack`, data: archive, deflate: i % 2 > 0 }]);
  }
  return archive;
}

Deno.test("the command refuses archives that unpack to far more than they are", async (t) => {
  const gigabyte = zeros(64), honest = zeros(1);
  const stream = (more: Partial<RawEntry>) =>
    rawZip([{ name: "bomb", method: 8, packed: gigabyte, ...more }]);
  const tiny = (count: number) => rawZip(Array.from({ length: count }, (_, i) => ({ name: `e${i}` })));
  const dense = join([noise(128 * 1024), new Uint8Array(15 * MIB)]);
  const shared = { name: "a", data: noise(MIB) };
  const naming = (names: number, more: Partial<RawEntry>) =>
    rawZip([
      shared,
      ...Array.from({ length: names }, (_, i): RawEntry => ({ name: `n${i}`, offset: 0, ...more })),
    ]);
  const rows: [string, Uint8Array, string][] = [
    ["1 GiB from 1 MiB, told", stream({ size: 1024 * MIB }), "pack.limit.entry"],
    ["1 GiB, told as 1 KiB", stream({ size: 1024 }), "pack.corrupt.size"],
    ["1 GiB, told as 16 MiB", stream({ size: 16 * MIB }), "pack.corrupt.compression"],
    [
      "16 MiB from 16 KiB",
      rawZip([{ name: "bomb", method: 8, packed: honest, size: 16 * MIB }]),
      "pack.limit.ratio",
    ],
    [
      "five times 15 MiB",
      rawZip([1, 2, 3, 4, 5].map((i) => ({ name: `${i}`, data: dense, deflate: true }))),
      "pack.limit.archive",
    ],
    ["100 000 entries", tiny(100_000), "pack.limit.entries"],
    [
      "100 000 entries in 64 bits",
      rawZip(Array.from({ length: 100_000 }, (_, i) => ({ name: `e${i}` })), { zip64: true }),
      "pack.limit.entries",
    ],
    ["10 001 entries", tiny(10_001), "pack.limit.entries"],
    [
      "200 000 entries of 64 bits, whose directory is too long",
      rawZip(Array.from({ length: 200_000 }, (_, i) => ({ name: `entry number ${i}` })), { zip64: true }),
      "pack.limit.entries",
    ],
    ["9900 names of 350 folders", deep(9900, 350), "pack.unsafe_path"],
    ["names of 60 KB", deep(100, 30_000), "pack.unsafe_path"],
    ["1000 records of one stream", naming(1000, { data: EMPTY }), "pack.corrupt.header"],
    [
      "50 records of one stream and name",
      naming(50, { ...shared, packed: EMPTY, packedSize: MIB }),
      "pack.duplicate_entry",
    ],
    ["20 streams that quote each other", overlapBomb(20), "pack.corrupt.overlap"],
    ["archives in archives", nested(30), "manifest.missing"],
    ["a comment of 64 KiB", commented(0xffff), "manifest.missing"],
    [
      "1000 extra fields of 3 KiB",
      rawZip(Array.from({ length: 1000 }, (_, i) => ({ name: `e${i}`, extra: new Uint8Array(3000) }))),
      "manifest.missing",
    ],
    [
      "a directory of more than 32 MiB",
      rawZip(Array.from({ length: 600 }, (_, i) => ({ name: `e${i}`, extra: new Uint8Array(0xfff0) }))),
      "pack.corrupt.directory",
    ],
  ];
  for (const [step, archive, code] of rows) await t.step(step, () => assertRefused(archive, { code }));
  for (const [step, archive, code] of rows.filter(([step]) => /GiB|100 000|names|quote|32 MiB/.test(step))) {
    await t.step(`${step}: in little memory`, () => assertFlat(archive, code));
  }
});

/** Entries in folders of their own, so many deep. */
function deep(count: number, depth: number): Uint8Array {
  return rawZip(Array.from({ length: count }, (_, i) => ({ name: `${i}/${"a/".repeat(depth - 1)}x` })));
}

function commented(length: number): Uint8Array {
  const archive = rawZip([{ name: "x" }], { after: new Uint8Array(length).fill(0x50) });
  new DataView(archive.buffer).setUint16(archive.length - length - 2, length, true);
  return archive;
}

Deno.test("the command refuses lies of 64 bits", async (t) => {
  const huge = 2n ** 63n, most = 2n ** 64n - 1n;
  // Beyond 2^53 no reader that counts in floating point can go on; below, the lie itself is told.
  const end = (what: string, at: number, values: readonly bigint[]) =>
    values.map((value): [string, Uint8Array, string] => {
      const code = value < 2n ** 53n ? "pack.corrupt.directory" : "pack.limit.entry";
      return [`${what} of ${value}`, zip64Lie(at, value), code];
    });
  const beyond = [huge, most, 2n ** 53n], any = [...beyond, 2n ** 53n - 1n, 2n ** 40n];
  const rows: [string, Uint8Array, string][] = [
    ["a size of 2^63", rawZip([wide([huge, 5n])]), "pack.limit.entry"],
    ["a size of 2^40", rawZip([wide([2n ** 40n, 5n])]), "pack.limit.entry"],
    ["a packed size of 2^63", rawZip([wide([5n, huge])]), "pack.limit.entry"],
    ["a packed size of 2^40", rawZip([wide([5n, 2n ** 40n])]), "pack.truncated"],
    ["an offset of 2^63", rawZip([wide([5n, 5n, huge])]), "pack.limit.entry"],
    ["an offset of 2^40", rawZip([wide([5n, 5n, 2n ** 40n])]), "pack.corrupt.extra_data"],
    ["no size where one is announced", rawZip([wide([])]), "pack.corrupt.directory"],
    ...end("a count", 32, any),
    ...end("a directory", 40, any),
    ...end("a directory's offset", 48, any),
    ...end("a locator's offset", 56 + 8, beyond),
  ];
  for (const [step, archive, code] of rows) await t.step(step, () => assertRefused(archive, { code }));
});

Deno.test("the command tells an archive that was cut off, wherever that is", async (t) => {
  const archive = await buildPack(newSpec({ assets: new Map([["noise", noise(100_000)]]) }));
  for (let length = 4096; length < archive.length; length += 4096) {
    await t.step(`after ${length} bytes`, async () => {
      await assertRefused(archive.subarray(0, length), { code: "pack.truncated" });
    });
  }
  await t.step("after each of the last and first bytes", async () => {
    const lengths = Array.from({ length: 1200 }, (_, i) => archive.length - 1 - i);
    for (const length of [...lengths, ...Array.from({ length: 200 }, (_, i) => i + 4)]) {
      const begin = performance.now();
      const error = await openPack(archive.subarray(0, length), DEVOK).then(
        () => undefined,
        (error) => error,
      );
      assert(error instanceof RunnerError && error.code === "pack.truncated", `${length}: ${error?.code}`);
      assert(performance.now() - begin < SOON_MS);
    }
  });
});
