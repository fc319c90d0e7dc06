/** Packs that are too large to be held, and change on disk while they are open. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { blake3Hex, sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { openSource } from "../../lib/pack/open_source.ts";
import type { PackSource } from "../../lib/pack/source.ts";
import { writeZip } from "../../lib/pack/zip.ts";
import { tempFolder } from "../_helpers.ts";
import { DEVOK, LIMITS, newSpec, noise, UTF8 } from "./_packs.ts";
import { type RawEntry, rawZip } from "./_raw_zip.ts";

const MIB = 1024 * 1024;
/** Text that packs to some 80 KiB, more than is read ahead. */
const TEXT = UTF8.encode(Array.from({ length: 40_000 }, (_, i) => `${i * i} `).join(""));

/** Entries of more than is held, with something small before and behind. */
function entries(): RawEntry[] {
  return [
    { name: "small", data: UTF8.encode("small") },
    { name: "text", data: TEXT, deflate: true },
    { name: "a", data: noise(12 * MIB) },
    { name: "b", data: noise(12 * MIB) },
    { name: "empty" },
    { name: "c", data: noise(12 * MIB - 1) },
    { name: "last", data: UTF8.encode("last") },
  ];
}

async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(bytes);
}

function open(path: string): Promise<PackSource> {
  return openSource(path, { limits: LIMITS });
}

async function assertChanged(source: PackSource, name: string): Promise<void> {
  const error = await assertRejects(() => source.read(name), RunnerError);
  assertEquals([error.code, error.place], ["pack.changed", name]);
  assertEquals(error.message, `File "${name}" changed while the pack was in use`);
}

Deno.test("zipSource() reads an archive that lies on disk", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`, given = entries(), bytes = rawZip(given);
  await Deno.writeFile(path, bytes);
  const source = await open(path);
  assertEquals([source.kind, source.label, source.bytes], ["zip", path, bytes.length]);
  assertEquals(source.digest, `sha256:${await sha256Hex(bytes)}`);
  assertEquals(source.entries.map(({ name }) => name), given.map(({ name }) => name));
  for (const { name, data = new Uint8Array() } of given) {
    const blake3 = await blake3Hex(data), read = await source.read(String(name));
    assertEquals(source.entry(String(name)), { name: String(name), size: data.length, blake3 });
    assert(read !== undefined && await blake3Hex(read) === blake3, String(name));
  }
});

Deno.test("zipSource() tells every entry on disk that changed, and no other", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`, given = entries(), bytes = rawZip(given);
  await Deno.writeFile(path, bytes);
  const source = await open(path);
  const place = bytes.length - 13 * MIB;
  await overwrite(path, place, Uint8Array.of((bytes[place] ?? 0) ^ 1));
  await assertChanged(source, "b");
  for (const name of ["small", "text", "a", "c", "empty", "last"]) {
    const read = await source.read(name);
    assert(read !== undefined && await blake3Hex(read) === source.entry(name)?.blake3, name);
  }
});

Deno.test("zipSource() tells an archive on disk that became shorter", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`;
  await Deno.writeFile(path, rawZip(entries()));
  const source = await open(path);
  await Deno.truncate(path, 20 * MIB);
  await assertChanged(source, "b");
  await assertChanged(source, "c");
  assertEquals((await source.read("a"))?.length, 12 * MIB);
});

Deno.test("zipSource() checks an archive on disk as one in memory", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`, filler = entries().slice(2);
  const table: [string, RawEntry, string][] = [
    ["a wrong checksum", { name: "x", data: TEXT, crc: 1 }, "pack.corrupt.checksum"],
    ["a wrong checksum, deflated", { name: "x", data: TEXT, deflate: true, crc: 1 }, "pack.corrupt.checksum"],
    ["another local name", { name: "x", localName: "y", data: TEXT }, "pack.corrupt.header"],
    ["a gap", { name: "x", data: TEXT, behind: new Uint8Array(12) }, "pack.corrupt.extra_data"],
    ["a broken stream", { name: "x", data: TEXT, method: 8, packed: TEXT }, "pack.corrupt.compression"],
  ];
  for (const [name, entry, code] of table) {
    await t.step(name, async () => {
      await Deno.writeFile(path, rawZip([...filler, entry]));
      const error = await assertRejects(() => open(path), RunnerError);
      assertEquals([error.code, error.place], [code, "x"]);
    });
  }
  await t.step("an end too early", async () => {
    const bytes = rawZip(filler);
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 10));
    assertEquals((await assertRejects(() => open(path), RunnerError)).code, "pack.truncated");
  });
});

Deno.test("openPack() hands out what was verified or nothing, when a large pack changes", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`;
  const assets = new Map(["1", "2", "3"].map((name) => [name, noise(11 * MIB)]));
  const files = await packFiles(newSpec({ assets }));
  const archive = await writeZip(files);
  await Deno.writeFile(path, archive);
  const pack = await openPack(path, DEVOK);
  assertEquals([pack.source.kind, pack.digest], ["zip", `sha256:${await sha256Hex(archive)}`]);
  assertEquals(await pack.components[0]?.bytes(), UTF8.encode("\0asm-ask"));
  await Deno.writeFile(path, new Uint8Array(archive.length));
  const error = await assertRejects(() => pack.read("assets/2"), RunnerError);
  assertEquals([error.code, error.place], ["pack.changed", "assets/2"]);
});

Deno.test("folderSource() tells a file that changed where it does not hold it", async (t) => {
  await using folder = await tempFolder();
  for (const name of ["a", "b", "c", "d"]) await Deno.writeFile(`${folder.path}/${name}`, noise(12 * MIB));
  await Deno.writeTextFile(`${folder.path}/e`, "small");
  const source = await open(folder.path);
  const [c, d] = [await Deno.readFile(`${folder.path}/c`), await Deno.readFile(`${folder.path}/d`)];
  await t.step("as it was", async () => {
    assert((await source.read("c"))?.toHex() === c.toHex());
  });
  const changes: [string, (path: string) => Promise<void>][] = [
    ["one byte", (path) => overwrite(path, 5 * MIB, Uint8Array.of((c[5 * MIB] ?? 0) ^ 1))],
    ["shorter", (path) => Deno.truncate(path, 5)],
    ["longer", (path) => Deno.writeFile(path, Uint8Array.of(1), { append: true })],
    ["a link to another file", async (path) => {
      await Deno.remove(path);
      await Deno.symlink("a", path);
    }],
  ];
  for (const [name, change] of changes) {
    await t.step(name, async () => {
      await change(`${folder.path}/c`);
      await assertChanged(source, "c");
      await Deno.remove(`${folder.path}/c`);
      await Deno.writeFile(`${folder.path}/c`, c);
      assertEquals((await source.read("c"))?.length, c.length);
    });
  }
  await t.step("the others", async () => {
    await Deno.writeTextFile(`${folder.path}/a`, "another");
    await Deno.writeTextFile(`${folder.path}/e`, "another");
    assertEquals([(await source.read("a"))?.length, await source.read("e")], [
      12 * MIB,
      UTF8.encode("small"),
    ]);
    assert((await source.read("d"))?.toHex() === d.toHex());
  });
});
