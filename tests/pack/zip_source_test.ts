/** Archives, honest and hostile. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Limits } from "../../lib/base/limits.ts";
import type { PackSource } from "../../lib/pack/source.ts";
import { zipSource } from "../../lib/pack/zip_source.ts";
import { LIMITS, UTF8 } from "./_packs.ts";
import { header, join, type RawEntry, rawZip } from "./_raw_zip.ts";

function open(bytes: Uint8Array, limits: Limits = LIMITS): Promise<PackSource> {
  return zipSource(bytes, { kind: "memory", label: "x.gtpack", limits });
}

function refusal(bytes: Uint8Array, limits?: Limits): Promise<RunnerError> {
  return assertRejects(() => open(bytes, limits), RunnerError);
}

const HELLO = UTF8.encode("hello ".repeat(20));

Deno.test("zipSource() reads stored and deflated entries in the archive's order", async () => {
  const bytes = rawZip([{ name: "b", data: HELLO, deflate: true }, { name: "dir/" }, {
    name: "a",
    data: HELLO,
  }]);
  await using source = await open(bytes);
  assertEquals(source.entries, [{ name: "b", size: 120 }, { name: "a", size: 120 }]);
  assertEquals([await source.read("b"), await source.read("a"), await source.read("c")], [
    HELLO,
    HELLO,
    undefined,
  ]);
  assertEquals([source.bytes, await source.digest()], [bytes.length, `sha256:${await sha256Hex(bytes)}`]);
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
    [
      "a component",
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0),
      'File "x.gtpack" is WebAssembly and no pack',
    ],
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
    ["a link", file(link), "pack.unsupported"],
    ["a link written as DOS", file({ ...link, madeBy: 20 }), "pack.unsupported"],
    ["a device", file(device), "pack.unsupported"],
    ["encryption", file({ flags: 1 }), "pack.unsupported"],
    ["another method", file({ method: 12 }), "pack.unsupported"],
    ["the same name twice", [...file({}), ...file({ data: bomb })], "pack.duplicate_entry"],
    ["names differing by case", [...file({}), ...file({ name: "X" })], "pack.duplicate_entry"],
    ["a wrong checksum", file({ crc: 1 }), "pack.corrupt"],
    ["a folder with contents", [{ name: "x/", data: HELLO, attributes: 0x41ed0010 }], "pack.corrupt"],
    ["another local name", file({ localName: "y" }), "pack.corrupt"],
    ["another local size", file({ localSize: 1 }), "pack.corrupt"],
    ["a header elsewhere", file({ offset: 1 }), "pack.corrupt"],
    ["shared bytes", [...file({}), { name: "y", localName: "x", data: HELLO, offset: 0 }], "pack.corrupt"],
    ["a stream larger than declared", file({ data: bomb, deflate: true, size: 1024 }), "pack.corrupt"],
    ["a stream smaller than declared", file({ deflate: true, size: 121 }), "pack.corrupt"],
    [
      "bytes after the stream",
      file({ method: 8, packed: Uint8Array.of(3, 0, 0), size: 0, crc: 0 }),
      "pack.corrupt",
    ],
    ["a broken stream", file({ method: 8, packed: Uint8Array.of(0xff, 0xff) }), "pack.corrupt"],
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
  assertEquals((await refusal(rawZip([{ name: "x" }], { before: around }))).code, "pack.corrupt");
  assertEquals((await refusal(rawZip([{ name: "x" }], { after: around }))).code, "pack.corrupt");
});

Deno.test("zipSource() holds the limits", async () => {
  const many = Array.from({ length: 101 }, (_, i): RawEntry => ({ name: `e${i}` }));
  assertEquals((await refusal(rawZip(many), { ...LIMITS, maxEntries: 100 })).code, "pack.limit.entries");
  const bytes = rawZip([{ name: "x", data: HELLO }]);
  assertEquals(
    (await refusal(bytes, { ...LIMITS, maxArchiveBytes: bytes.length - 1 })).code,
    "pack.limit.archive",
  );
  assertEquals((await open(bytes, { ...LIMITS, maxArchiveBytes: bytes.length })).entries.length, 1);
});

Deno.test("zipSource() stops when it is told to, with the reason unchanged", async () => {
  const reason = new Error("enough");
  const options = { kind: "memory", label: "x", limits: LIMITS, signal: AbortSignal.abort(reason) } as const;
  const error = await assertRejects(() => zipSource(rawZip([{ name: "x" }]), options));
  assert(error === reason);
});

Deno.test("zipSource() gives its bytes back when disposed", async () => {
  const source = await open(rawZip([{ name: "x", data: HELLO }]));
  await source[Symbol.asyncDispose]();
  assertEquals(await source.read("x"), undefined);
});
