/** Archives, honest and hostile. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { deflateRawSync } from "node:zlib";
import { blake3Hex, sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Limits } from "../../lib/base/limits.ts";
import type { Progress } from "../../lib/base/progress.ts";
import type { PackSource } from "../../lib/pack/source.ts";
import { heldArchive } from "../../lib/pack/archive_file.ts";
import { zipSource } from "../../lib/pack/zip_source.ts";
import { LIMITS, noise, UTF8 } from "./_packs.ts";
import { type Around, descriptor, header, join, type RawEntry, rawZip, zip64Sizes } from "./_raw_zip.ts";

function open(bytes: Uint8Array, limits: Limits = LIMITS): Promise<PackSource> {
  return zipSource(heldArchive(bytes), { kind: "memory", label: "x.gtpack", limits });
}

function refusal(bytes: Uint8Array, limits?: Limits): Promise<RunnerError> {
  return assertRejects(() => open(bytes, limits), RunnerError);
}

const HELLO = UTF8.encode("hello ".repeat(20));

/** Two entries, the second of which lies within the data of the first. */
function sharing(): RawEntry[] {
  const inner = rawZip([{ name: "y", data: HELLO }]);
  return [{ name: "x", data: inner }, { name: "y", data: HELLO, offset: 31 }];
}

Deno.test("zipSource() reads stored and deflated entries in the archive's order", async () => {
  const bytes = rawZip([{ name: "b", data: HELLO, deflate: true }, { name: "dir/" }, {
    name: "a",
    data: HELLO,
  }]);
  const source = await open(bytes);
  const blake3 = await blake3Hex(HELLO);
  assertEquals(source.entries, [{ name: "b", size: 120, blake3 }, { name: "a", size: 120, blake3 }]);
  assertEquals([await source.read("b"), await source.read("a"), await source.read("c")], [
    HELLO,
    HELLO,
    undefined,
  ]);
  assertEquals([source.bytes, source.digest], [bytes.length, `sha256:${await sha256Hex(bytes)}`]);
});

Deno.test("zipSource() reads names as their flag says", async () => {
  // 0x81 is the same letter in code page 437, so the two are twins.
  const twins = rawZip([{ name: "ü" }, { name: Uint8Array.of(0x81), flags: 0 }]);
  assertEquals((await refusal(twins)).code, "pack.duplicate_entry");
  const other = await open(rawZip([{ name: Uint8Array.of(0x9b), flags: 0 }]));
  assertEquals(other.entries[0]?.name, "¢");
  assertEquals(
    (await refusal(rawZip([{ name: Uint8Array.of(0xff), flags: 0x800 }]))).code,
    "pack.unsafe_path",
  );
});

Deno.test("zipSource() ignores a name in an extra field that would replace the stored one", async () => {
  const name = UTF8.encode("safe"), other = UTF8.encode("../evil");
  const { crc32 } = await import("node:zlib");
  const extra = join([header([[0x7075, 2], [5 + other.length, 2], [1, 1], [crc32(name), 4]]), other]);
  assertEquals((await open(rawZip([{ name, extra }]))).entries[0]?.name, "safe");
});

Deno.test("zipSource() refuses what is no archive", async (t) => {
  const table: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(), 'File "x.gtpack" is empty'],
    ["text", UTF8.encode("hello\n".repeat(100)), 'File "x.gtpack" is no zip archive'],
  ];
  for (const [name, bytes, message] of table) {
    await t.step(name, async () => {
      const error = await refusal(bytes);
      assertEquals([error.code, error.message], ["pack.not_zip", message]);
    });
  }
});

Deno.test("zipSource() tells every truncation", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(9000));
  const bytes = rawZip([{ name: "a", data: noise }, { name: "b", data: noise }]);
  for (
    let length = 4;
    length < bytes.length;
    length += length < 100 || length > bytes.length - 150 ? 1 : 512
  ) {
    assertEquals((await refusal(bytes.subarray(0, length))).code, "pack.truncated", `at ${length}`);
  }
});

Deno.test("zipSource() refuses hostile archives by code and entry", async (t) => {
  const bomb = new Uint8Array(4_000_000);
  const file = (more: Partial<RawEntry>): RawEntry[] => [{ name: "x", data: HELLO, ...more }];
  const link = { attributes: 0xa1ff0000 }, device = { attributes: 0x21a40000 };
  const zip64 = join([
    header([[1, 2], [16, 2]]),
    new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x80]),
    header([[120, 8]]),
  ]);
  const table: [string, RawEntry[], string][] = [
    ["climbing", [{ name: "../x" }], "pack.unsafe_path"],
    ["absolute", [{ name: "/x" }], "pack.unsafe_path"],
    ["a drive", [{ name: "C:\\x" }], "pack.unsafe_path"],
    ["a climbing folder", [{ name: "a/../../" }], "pack.unsafe_path"],
    ["a NUL", [{ name: "x\0.txt" }], "pack.unsafe_path"],
    ["a link", file(link), "pack.unsupported.link"],
    ["a link written as DOS", file({ ...link, madeBy: 20 }), "pack.unsupported.link"],
    ["a device", file(device), "pack.unsupported.file_type"],
    ["encryption", file({ flags: 1 }), "pack.unsupported.encryption"],
    ["another method", file({ method: 12 }), "pack.unsupported.method"],
    ["the same name twice", [...file({}), ...file({ data: bomb })], "pack.duplicate_entry"],
    ["names differing by case", [...file({}), ...file({ name: "X" })], "pack.duplicate_entry"],
    ["a wrong checksum", file({ crc: 1 }), "pack.corrupt.checksum"],
    ["a folder with contents", [{ name: "x/", data: HELLO, attributes: 0x41ed0010 }], "pack.corrupt.size"],
    ["another local name", file({ localName: "y" }), "pack.corrupt.header"],
    ["another local size", file({ localSize: 1 }), "pack.corrupt.header"],
    ["a header elsewhere", file({ offset: 1 }), "pack.corrupt.header"],
    ["one header for two names", [...file({}), { name: "y", data: HELLO, offset: 0 }], "pack.corrupt.header"],
    ["shared bytes", sharing(), "pack.corrupt.overlap"],
    ["data that reaches into the directory", file({ packedSize: 160, size: 160 }), "pack.corrupt.overlap"],
    [
      "a gap between entries",
      [...file({ behind: new Uint8Array(12) }), { name: "y" }],
      "pack.corrupt.extra_data",
    ],
    ["a gap before the directory", file({ behind: new Uint8Array(16) }), "pack.corrupt.extra_data"],
    [
      "a gap of no descriptor's size",
      file({ flags: 0x808, behind: new Uint8Array(13) }),
      "pack.corrupt.extra_data",
    ],
    [
      "far more packed than it unpacks to",
      file({ method: 8, packed: new Uint8Array(4096) }),
      "pack.corrupt.size",
    ],
    [
      "a stream larger than declared",
      file({ data: UTF8.encode("hello ".repeat(200)), deflate: true, size: 1024 }),
      "pack.corrupt.compression",
    ],
    ["a stream smaller than declared", file({ deflate: true, size: 121 }), "pack.corrupt.size"],
    [
      "bytes after the stream",
      file({ method: 8, packed: Uint8Array.of(3, 0, 0), size: 0, crc: 0 }),
      "pack.corrupt.extra_data",
    ],
    ["a broken stream", file({ method: 8, packed: Uint8Array.of(0xff, 0xff) }), "pack.corrupt.compression"],
    ["a bomb", file({ data: bomb, deflate: true }), "pack.limit.ratio"],
    ["a large size", file({ size: 2 ** 31 }), "pack.limit.entry"],
    [
      "a size beyond numbers",
      file({ size: 0xffffffff, packedSize: 0xffffffff, extra: zip64 }),
      "pack.limit.entry",
    ],
  ];
  for (const [name, entries, code] of table) {
    await t.step(name, async () => {
      const error = await refusal(rawZip(entries));
      assertEquals(error.code, code, error.message);
    });
  }
});

Deno.test("zipSource() unpacks data that comes in many pieces, and tells what is wrong with it", async (t) => {
  const data = noise(3_000_000), packed = new Uint8Array(deflateRawSync(data)), half = packed.length >> 1;
  const broken = packed.slice();
  // The first block is followed by others, whose heads a stream of zeros is none of.
  broken.fill(0xff, half, half + 100_000);
  const large = (more: Partial<RawEntry> = {}): Uint8Array =>
    rawZip([{ name: "before", data: HELLO }, { name: "x", data, packed, method: 8, ...more }, { name: "y" }]);
  const source = await open(large());
  assertEquals(source.entry("x")?.blake3, await blake3Hex(data));
  const table: [string, Partial<RawEntry>, string][] = [
    ["a byte after the stream", { packed: join([packed, Uint8Array.of(0)]), size: 3_000_001 }, "size"],
    ["a byte after the stream of the right size", { packed: join([packed, Uint8Array.of(0)]) }, "extra_data"],
    ["pieces after the stream", {
      packed: join([Uint8Array.of(3, 0), packed.subarray(0, 2_900_000)]),
      data: new Uint8Array(),
      size: 2_900_000,
    }, "size"],
    ["a stream that ends early", { packed: packed.subarray(0, half), size: half }, "compression"],
    ["a stream larger than declared", { size: 2_998_000 }, "compression"],
    ["a stream smaller than declared", { size: 3_000_001 }, "size"],
    ["a broken stream", { packed: broken }, "(?:compression|checksum)"],
    ["a wrong checksum", { crc: 1 }, "checksum"],
    ["no data", { packed: new Uint8Array(), data: new Uint8Array() }, "compression"],
  ];
  for (const [name, more, code] of table) {
    await t.step(name, async () => {
      const error = await refusal(large(more));
      assert(new RegExp(`^pack\\.corrupt\\.${code}$`).test(error.code), error.code);
      assertEquals(error.place, "x");
    });
  }
});

Deno.test("zipSource() ignores the executable bit and unstated attributes", async () => {
  const entries: RawEntry[] = [
    { name: "a", attributes: 0x81ed0000 },
    { name: "b", attributes: 0 },
    { name: "c", attributes: 0x01a40000 },
    { name: "d", attributes: 0x20, madeBy: 20 },
  ];
  assertEquals((await open(rawZip(entries))).entries.length, 4);
});

Deno.test("zipSource() refuses data around the archive", async () => {
  const around = UTF8.encode("#!/bin/sh\n");
  assertEquals((await refusal(rawZip([{ name: "x" }], { before: around }))).code, "pack.corrupt.extra_data");
  assertEquals((await refusal(rawZip([{ name: "x" }], { after: around }))).code, "pack.corrupt.extra_data");
});

Deno.test("zipSource() refuses an end record that contradicts the directory", async (t) => {
  const table: [string, Around][] = [
    ["bytes behind the directory", { between: new Uint8Array(10) }],
    ["bytes behind the directory, counted as its own", { between: new Uint8Array(10), slack: 10 }],
    ["a directory longer than its records", { slack: 10 }],
    ["a directory shorter than its records", { slack: -10 }],
    ["fewer entries than records", { more: -1 }],
    ["more entries than records", { more: 1 }],
  ];
  for (const [name, around] of table) {
    await t.step(name, async () => {
      const error = await refusal(rawZip([{ name: "x", data: HELLO }, { name: "y", data: HELLO }], around));
      assertEquals([error.code, error.place], ["pack.corrupt.directory", "x.gtpack"], error.message);
    });
  }
});

Deno.test("zipSource() takes descriptors behind the data that announces them", async (t) => {
  for (const [signed, wide] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    for (const deflate of [false, true]) {
      const packed = deflate ? deflateRawSync(HELLO).length : HELLO.length;
      const behind = descriptor(HELLO, { packed, signed, wide });
      await t.step(`${behind.length} bytes, ${deflate ? "deflated" : "stored"}`, async () => {
        const entry = { data: HELLO, deflate, flags: 0x808, bare: true, behind };
        const source = await open(rawZip([{ name: "a", ...entry }, { name: "b", ...entry }]));
        assertEquals([await source.read("a"), await source.read("b")], [HELLO, HELLO]);
      });
    }
  }
  assertEquals((await refusal(rawZip([{ name: "a", data: HELLO, bare: true }]))).code, "pack.corrupt.header");
});

Deno.test("zipSource() reads sizes and end records of 64 bits", async () => {
  const extra = zip64Sizes(120, 120), ones = 0xffffffff;
  const entry = { name: "a", data: HELLO, size: ones, packedSize: ones, extra, localExtra: extra };
  for (const zip64 of [false, true]) {
    const source = await open(rawZip([entry, { name: "b", data: HELLO }], { zip64 }));
    assertEquals(source.entries.map(({ name, size }) => [name, size]), [["a", 120], ["b", 120]]);
    assertEquals(await source.read("a"), HELLO);
  }
});

Deno.test("zipSource() takes sizes of 64 bits that say what the usual ones say, and refuses all others", async (t) => {
  const both = zip64Sizes(120, 120), lie = zip64Sizes(5, 5), ones = 0xffffffff;
  const more = (...fields: readonly (readonly [number, number])[]) =>
    header([[1, 2], [fields.reduce((sum, [, width]) => sum + width, 0), 2], ...fields]);
  const wide = { size: ones, packedSize: ones, extra: both, localExtra: both };
  const bare = { flags: 0x808, bare: true, behind: descriptor(HELLO, { signed: true, wide: false }) };
  const directory = "pack.corrupt.directory", own = "pack.corrupt.header";
  const table: [string, Partial<RawEntry>, string | undefined][] = [
    ["wanted", wide, undefined],
    [
      "wanted, beside other fields",
      { ...wide, extra: join([header([[9, 2], [1, 2], [7, 1]]), both]) },
      undefined,
    ],
    ["wanted, and the offset with them", { ...wide, extra: more([120, 8], [120, 8], [0, 8]) }, undefined],
    [
      "wanted, and the disk with them",
      { ...wide, extra: more([120, 8], [120, 8], [0, 8], [0, 4]) },
      undefined,
    ],
    ["not wanted, but true", { extra: both, localExtra: both }, undefined],
    ["left to a descriptor", { ...bare, localExtra: zip64Sizes(0, 0) }, undefined],
    ["partly left to a descriptor", { ...bare, localSize: 120 }, undefined],
    ["falsely left to a descriptor", { ...bare, localSize: 119 }, own],
    ["two fields, the last of them true", { ...wide, extra: join([lie, both]) }, directory],
    ["two fields, the first of them true", { ...wide, extra: join([both, lie]) }, directory],
    ["not wanted, and false", { extra: lie }, directory],
    ["wanted, with a false offset", { ...wide, extra: more([120, 8], [120, 8], [7, 8]) }, directory],
    ["wanted, on another disk", { ...wide, extra: more([120, 8], [120, 8], [0, 8], [1, 4]) }, directory],
    ["on another disk", { disk: 3 }, directory],
    ["false in the entry's own header", { ...wide, localExtra: lie }, own],
    ["two fields in the entry's own header", { ...wide, localExtra: join([both, both]) }, own],
    ["not wanted, and false in the entry's own header", { localExtra: lie }, own],
    ["absent from the entry's own header", { ...wide, localExtra: new Uint8Array() }, own],
    ["false before a descriptor", { ...bare, localExtra: lie }, own],
  ];
  for (const [name, entry, code] of table) {
    await t.step(name, async () => {
      const archive = rawZip([{ name: "x", data: HELLO, ...entry }, { name: "y", data: HELLO }]);
      if (code === undefined) assertEquals(await (await open(archive)).read("x"), HELLO);
      else assertEquals((await refusal(archive)).code, code);
    });
  }
});

Deno.test("zipSource() holds the limits", async () => {
  const many = Array.from({ length: 101 }, (_, i): RawEntry => ({ name: `e${i}` }));
  assertEquals((await refusal(rawZip(many), { ...LIMITS, maxEntries: 100 })).code, "pack.limit.entries");
  const bytes = rawZip([{ name: "x", data: HELLO }]);
  assertEquals((await open(bytes, { ...LIMITS, maxArchiveBytes: bytes.length })).entries.length, 1);
});

Deno.test("zipSource() stops when it is told to, with the reason unchanged", async () => {
  const reason = new Error("enough");
  const options = { kind: "memory", label: "x", limits: LIMITS, signal: AbortSignal.abort(reason) } as const;
  const error = await assertRejects(() => zipSource(heldArchive(rawZip([{ name: "x" }])), options));
  assert(error === reason);
});

Deno.test("zipSource() tells how much it has read, from nothing to all", async () => {
  const bytes = rawZip([{ name: "a", data: noise(2_500_000) }]);
  const told: Progress[] = [];
  await zipSource(heldArchive(bytes), {
    kind: "memory",
    label: "x.gtpack",
    limits: LIMITS,
    progress: (progress) => void told.push(progress),
  });
  const read = [0, 1024 * 1024, 2 * 1024 * 1024, bytes.length];
  assertEquals(
    told,
    read.map((each) => ({ type: "reading", pack: "x.gtpack", bytes: each, of: bytes.length })),
  );
});
