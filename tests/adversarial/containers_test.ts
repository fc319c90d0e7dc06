/** Archives that mean harm, through the command: rows 1, 3 to 5, 8 and 9 of the faults to survive. */

import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { encodeCbor } from "../../lib/base/cbor.ts";
import { buildPack } from "../../lib/pack/build.ts";
import { newSpec, unpack, UTF8 } from "../pack/_packs.ts";
import { type Around, header, join, type RawEntry, rawZip } from "../pack/_raw_zip.ts";
import { openPack } from "../../lib/pack/open.ts";
import { DEVOK } from "../pack/_packs.ts";
import { assertRefused } from "./_hostile.ts";

const HELLO = UTF8.encode("hello ".repeat(20));
const EMPTY = new Uint8Array();

function file(name: RawEntry["name"], more: Partial<RawEntry> = {}): RawEntry {
  return { name, data: HELLO, ...more };
}

/** A row: the name of the step, the archive, the code, and what the message names. */
type Row = readonly [step: string, archive: Uint8Array, code: string, names?: string];

async function refuseAll(t: Deno.TestContext, rows: readonly Row[]): Promise<void> {
  for (const [step, archive, code, names] of rows) {
    await t.step(step, () => assertRefused(archive, { code, ...(names === undefined ? {} : { names }) }));
  }
}

Deno.test("the command refuses what is no archive", async (t) => {
  await refuseAll(t, [
    ["nothing", EMPTY, "pack.not_zip", "x.gtpack"],
    ["text", UTF8.encode("hello\n".repeat(1000)), "pack.not_zip"],
    ["terminal commands", UTF8.encode("\x1b]0;owned\x07\x1b[2J".repeat(50)), "pack.not_zip"],
    ["a single byte", Uint8Array.of(0x50), "pack.not_zip"],
    ["another archive", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), "pack.not_zip"],
    ["all ones", new Uint8Array(100_000).fill(0xff), "pack.not_zip"],
    ["the beginning alone", Uint8Array.of(0x50, 0x4b, 3, 4), "pack.truncated"],
    ["an end record alone", rawZip([]), "manifest.missing"],
    ["a split archive's mark", join([Uint8Array.of(0x50, 0x4b, 7, 8), EMPTY]), "pack.not_zip"],
  ]);
});

Deno.test("the command refuses every name that leads out of the pack", async (t) => {
  const names: string[] = [
    ..."../x ../../x a/../../x a/../x .. ../ a/.. a/../ ./x . ./ /x // /etc/passwd a//b ///".split(" "),
    ..."..\\x a\\..\\..\\x \\x \\\\?\\x \\\\server\\share\\x C:\\x C:/x C:x c:x/../y a\\b".split(" "),
    ..."a/./b a/. ./../x ..//x x/..//../y %2e%2e/../x ../manifest.cbor".split(" "),
  ];
  const odd = ["x\0.txt", "\0", "../\0", "a\nb", "a\rb", "\x1b[2J", "a\x7fb", "a\tb/..", ""];
  const rows = [...names, ...odd].map((name): Row => [
    JSON.stringify(name),
    rawZip([file("manifest.cbor"), file(name)]),
    "pack.unsafe_path",
  ]);
  await refuseAll(t, rows);
  await refuseAll(t, [
    ["in code page 437", rawZip([file(UTF8.encode("../x"), { flags: 0 })]), "pack.unsafe_path"],
    ["invalid UTF-8", rawZip([file(Uint8Array.of(0x61, 0xff, 0x62))]), "pack.unsafe_path"],
    ["overlong UTF-8", rawZip([file(Uint8Array.of(0x2e, 0x2e, 0xc0, 0xaf, 0x78))]), "pack.unsafe_path"],
    ["a surrogate", rawZip([file(Uint8Array.of(0xed, 0xa0, 0x80))]), "pack.unsafe_path"],
    ["in a long row", rawZip([file("../".repeat(5000) + "x")]), "pack.unsafe_path"],
  ]);
});

Deno.test("the command opens packs whose extra fields tell another name, under the stored one", async () => {
  const files = await unpack(await buildPack(newSpec()));
  const entries = [...files].map(([name, data]): RawEntry => {
    const other = UTF8.encode("../evil"), field = [[0x7075, 2], [5 + other.length, 2], [1, 1]] as const;
    return { name, data, extra: join([header([...field, [crc32(UTF8.encode(name)), 4]]), other]) };
  });
  const pack = await openPack(rawZip(entries), DEVOK);
  assertEquals(pack.entries.map(({ name }) => name), [...files.keys()]);
});

Deno.test("the command refuses everything that is no regular file", async (t) => {
  const unix = (mode: number) => mode * 0x10000;
  const kinds: [string, number, string][] = [
    ["a link", 0o120777, "link"],
    ["a pipe", 0o010644, "file_type"],
    ["a character device", 0o020644, "file_type"],
    ["a block device", 0o060644, "file_type"],
    ["a socket", 0o140644, "file_type"],
    ["a folder under a file's name", 0o040755, "file_type"],
    ["a whiteout", 0o160000, "file_type"],
  ];
  const hosts: [string, number][] = [["Unix", 0x031e], ["DOS", 0x0014], ["OS X", 0x131e], ["NTFS", 0x0a14]];
  const rows = kinds.flatMap(([what, mode, code]) =>
    hosts.map(([host, madeBy]): Row => {
      const archive = rawZip([file("x", { attributes: unix(mode), madeBy })]);
      return [`${what}, written under ${host}`, archive, `pack.unsupported.${code}`, '"x"'];
    })
  );
  const dos = rawZip([file("x", { attributes: 0x10, madeBy: 20 })]);
  await refuseAll(t, [...rows, ["a folder by its DOS bit", dos, "pack.unsupported.file_type", '"x"']]);
});

Deno.test("the command ignores executable, setuid and sticky bits", async () => {
  const files = await unpack(await buildPack(newSpec()));
  const modes = [0o100755, 0o104755, 0o107777, 0o000755, 0];
  const entries = [...files].map(([name, data], i): RawEntry => {
    return { name, data, attributes: (modes[i % modes.length] ?? 0) * 0x10000 };
  });
  assertEquals((await openPack(rawZip(entries), DEVOK)).id, "demo.pack");
});

Deno.test("the command refuses names that some system takes for one", async (t) => {
  const pairs: [string, string, string][] = [
    ["the same name", "x", "x"],
    ["case", "x", "X"],
    ["case of a folder", "a/x", "A/x"],
    ["Unicode form", "\u00e9", "e\u0301"],
    ["case and form", "\u00c9", "e\u0301"],
    ["the Kelvin sign", "k", "\u212a"],
    ["the Angstrom sign", "\u00e5", "\u212b"],
    ["Hangul in parts", "\uac00", "\u1100\u1161"],
    ["a final sigma", "\u03c3", "\u03c2"],
    ["a final sigma within a word", "A\u03a3", "a\u03c3"],
    ["a caron in parts", "J\u030c", "\u01f0"],
    ["the long s", "\u017f", "s"],
    ["the sharp s", "\u00df", "ss"],
    ["the manifest twice", "manifest.cbor", "manifest.cbor"],
    ["two manifests", "manifest.cbor", "Manifest.CBOR"],
    ["two inventories", "sbom.cbor", "SBOM.cbor"],
  ];
  await refuseAll(
    t,
    pairs.map((
      [step, a, b],
    ): Row => [step, rawZip([file(a), file("other"), file(b)]), "pack.duplicate_entry", b]),
  );
});

Deno.test("the command refuses a file that is a folder too", async (t) => {
  await refuseAll(t, [
    ["a file in it", rawZip([file("a/b"), file("a")]), "pack.duplicate_entry", '"a"'],
    ["a file deep in it, by case", rawZip([file("A"), file("a/b/c")]), "pack.duplicate_entry", '"A"'],
    [
      "the folder itself",
      rawZip([file("a"), { name: "a/", attributes: 0x41ed0010 }]),
      "pack.duplicate_entry",
      '"a"',
    ],
  ]);
});

Deno.test("the command refuses data that is not what the archive says", async (t) => {
  const method = (method: number): Row => [
    `method ${method}`,
    rawZip([file("m.bin", { method })]),
    method === 8 ? "pack.corrupt.compression" : "pack.unsupported.method",
    '"m.bin"',
  ];
  const methods = Array.from({ length: 99 }, (_, i) => method(i + 1));
  const around = (around: Around) => rawZip([file("a"), file("b")], around);
  const inner = rawZip([file("y")]);
  const end = around({}).slice(-22), junk = UTF8.encode("#!/bin/sh\nrm\n");
  const comment = (length: number, text: Uint8Array) => {
    const archive = around({ after: text });
    new DataView(archive.buffer).setUint16(archive.length - text.length - 2, length, true);
    return archive;
  };
  const ending = (at: number, value: number, width: 2 | 4) => {
    const archive = around({}), view = new DataView(archive.buffer), offset = archive.length - 22 + at;
    if (width === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    return archive;
  };
  await refuseAll(t, [
    ...methods,
    ["encrypted", rawZip([file("e", { flags: 0x801 })]), "pack.unsupported.encryption", '"e"'],
    ["strongly encrypted", rawZip([file("e", { flags: 0x841 })]), "pack.unsupported.encryption", '"e"'],
    ["a wrong checksum", rawZip([file("e", { crc: 7 })]), "pack.corrupt.checksum", '"e"'],
    ["data before", around({ before: junk }), "pack.corrupt.extra_data"],
    ["data behind", around({ after: junk }), "pack.corrupt.extra_data"],
    ["an archive before", around({ before: inner }), "pack.corrupt.extra_data"],
    ["an archive behind", around({ after: inner }), "pack.corrupt.extra_data"],
    ["two end records", around({ after: end }), "pack.corrupt.directory"],
    ["two end records, one within the comment", comment(22, end), "pack.corrupt.directory"],
    [
      "an end record within the comment",
      comment(32, join([new Uint8Array(10).fill(0x78), header([[0x06054b50, 4], [0, 18]])])),
      "pack.corrupt.directory",
    ],
    [
      "the mark of one, begun by the comment's length",
      comment(0x4b50, join([Uint8Array.of(5, 6), new Uint8Array(0x4b4e)])),
      "pack.corrupt.directory",
    ],
    ["a comment shorter than what follows", comment(3, junk), "pack.corrupt.extra_data"],
    ["a gap", rawZip([file("a", { behind: junk }), file("b")]), "pack.corrupt.extra_data", '"a"'],
    ["a directory elsewhere", ending(16, 0, 4), "pack.corrupt.directory"],
    ["a directory behind the end", ending(16, 0x7fffffff, 4), "pack.corrupt.directory"],
    ["a directory of no length", ending(12, 0, 4), "pack.corrupt.directory"],
    ["a directory of 4 GiB", ending(12, 0xfffffffe, 4), "pack.corrupt.directory"],
    ["a second disk", ending(4, 1, 2), "pack.corrupt.directory"],
    ["the directory on a second disk", ending(6, 1, 2), "pack.corrupt.directory"],
    ["other entries on this disk than in all", ending(8, 1, 2), "pack.corrupt.directory"],
    ["a comment beyond the end", ending(20, 500, 2), "pack.corrupt.directory"],
    ["no entries, says the end record", ending(10, 0, 2), "pack.corrupt.directory"],
  ]);
});

Deno.test("the command tells what is wrong with the manifest of an archive", async (t) => {
  const manifest = (value: Parameters<typeof encodeCbor>[0]) =>
    rawZip([{ name: "manifest.cbor", data: encodeCbor(value, { order: "given" }) }]);
  await refuseAll(t, [
    ["none", rawZip([file("x")]), "manifest.missing", "manifest.cbor"],
    ["none but a JSON twin", rawZip([file("manifest.json")]), "manifest.missing"],
    ["one folder too deep", rawZip([file("pack/manifest.cbor")]), "manifest.missing"],
    ["a newer schema", manifest({ schema_version: "pack-v2", symbols: {} }), "manifest.newer", "pack-v1"],
    ["a far newer schema", manifest({ schema_version: "pack-v99999999999999999999" }), "manifest.newer"],
    ["a newer packVersion", manifest({ meta: { packVersion: 2 } }), "manifest.newer", "packVersion 1"],
    ["neither layout", manifest({ hello: 1 }), "manifest.invalid", "pack-v1"],
    ["no map", manifest([1, 2]), "manifest.invalid"],
  ]);
});
