/** An archive's bytes, held and on disk. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { concatBytes } from "../../lib/base/bytes.ts";
import { sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import {
  archiveAt,
  type ArchiveFile,
  heldArchive,
  readAtMost,
  readUserFile,
} from "../../lib/pack/archive_file.ts";
import { tempFolder } from "../_helpers.ts";
import { UTF8 } from "./_packs.ts";

const MIB = 1024 * 1024;
/** More than is held. */
const LARGE = 32 * MIB + 4321;

/** A sparse file of this size with some bytes in it. */
async function sparse(
  path: string,
  size: number,
  marks: readonly (readonly [number, string])[],
): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, size);
  for (const [at, text] of marks) await overwrite(path, at, UTF8.encode(text));
}

async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(bytes);
}

async function collect(file: ArchiveFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces()) pieces.push(piece.slice());
  return concatBytes(pieces);
}

Deno.test("archiveAt() holds what is small and leaves what is large on disk", async () => {
  await using folder = await tempFolder();
  for (const [size, held] of [[0, true], [10, true], [32 * MIB, true], [32 * MIB + 1, false]] as const) {
    const path = `${folder.path}/${size}`;
    await sparse(path, size, []);
    const file = await archiveAt(path);
    assertEquals([file.size, file.held], [size, held]);
    assertEquals((await archiveAt(new URL(`file://${path}`))).held, held);
  }
});

Deno.test("archiveAt() gives a file's bytes by read(), pieces() and sha256() alike", async (t) => {
  await using folder = await tempFolder();
  for (const size of [3 * MIB + 77, LARGE]) {
    const path = `${folder.path}/${size}`;
    await sparse(path, size, [[0, "start"], [MIB - 2, "edge"], [size - 3, "end"]]);
    const bytes = await Deno.readFile(path), file = await archiveAt(path);
    await t.step(`${file.held ? "held" : "on disk"}: ranges`, async () => {
      const ranges = [
        ...[[0, 5], [2, 4], [0, 5], [MIB - 4, MIB + 4], [MIB - 4, MIB + 4], [MIB, MIB]],
        ...[[size - 3, size], [size - 100_000, size], [0, 200_000], [100, 70_000], [size, size]],
      ] as [number, number][];
      for (const [start, end] of ranges) {
        const read = await file.read(start, end);
        assertEquals(read.length, end - start);
        // Equality of large arrays is slow to show, not to find.
        assert(read.toHex() === bytes.subarray(start, end).toHex(), `${start} to ${end}`);
      }
      assertEquals((await file.read(size - 3, size + 100)).length, 3);
    });
    await t.step(`${file.held ? "held" : "on disk"}: pieces`, async () => {
      const whole = await collect(file);
      assertEquals(whole.length, size);
      assertEquals(await file.sha256(), await sha256Hex(bytes));
      assertEquals(await sha256Hex(whole), await sha256Hex(bytes));
      await collect(file);
      assertEquals(await file.sha256(), await sha256Hex(bytes));
    });
  }
});

Deno.test("archiveAt() answers reads at the same time, each with its own bytes", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  const marks = Array.from({ length: 20 }, (_, i): [number, string] => [i * MIB, `mark ${i}`.padEnd(8)]);
  await sparse(path, LARGE, marks);
  const file = await archiveAt(path);
  const read = await Promise.all(marks.map(([at]) => file.read(at, at + 8)));
  assertEquals(read.map((bytes) => new TextDecoder().decode(bytes)), marks.map(([, text]) => text));
});

Deno.test("heldArchive() gives the bytes it holds", async () => {
  const bytes = UTF8.encode("hello"), file = heldArchive(bytes);
  assertEquals([file.size, file.held, await file.sha256()], [5, true, await sha256Hex(bytes)]);
  assertEquals([await file.read(1, 3), await file.read(4, 9)], [UTF8.encode("el"), UTF8.encode("o")]);
  assertEquals([await collect(file), await collect(heldArchive(new Uint8Array()))], [
    bytes,
    new Uint8Array(),
  ]);
});

Deno.test("archiveAt() does not change with a file that is held", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  await Deno.writeTextFile(path, "before");
  const file = await archiveAt(path);
  await Deno.writeTextFile(path, "after that");
  assertEquals([await collect(file), file.size], [UTF8.encode("before"), 6]);
});

Deno.test("archiveAt() tells a file on disk that becomes shorter", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  await sparse(path, LARGE, []);
  const file = await archiveAt(path);
  await Deno.truncate(path, MIB + 10);
  assertEquals((await file.read(MIB, MIB + 100)).length, 10);
  const error = await assertRejects(() => collect(file), RunnerError);
  assertEquals([error.code, error.place], ["pack.changed", path]);
});

Deno.test("archiveAt() reads no more than was there, however the file grows", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  await sparse(path, LARGE, [[LARGE - 3, "end"]]);
  const file = await archiveAt(path), before = await sha256Hex(await Deno.readFile(path));
  await Deno.truncate(path, LARGE + MIB);
  assertEquals((await collect(file)).length, LARGE);
  assertEquals([await file.sha256(), (await file.read(LARGE - 3, LARGE + 50)).length], [before, 3]);
});

Deno.test("archiveAt() digests what it gave, not what was there before", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x`;
  await sparse(path, LARGE, []);
  const file = await archiveAt(path);
  await collect(file);
  const before = await file.sha256();
  await overwrite(path, 20 * MIB, UTF8.encode("changed"));
  assertEquals(await sha256Hex(await collect(file)), await file.sha256());
  assertNotEquals(await file.sha256(), before);
});

Deno.test("readAtMost() stops at its limit", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/x`, "hello");
  for (const [limit, text] of [[0, ""], [4, "hell"], [5, "hello"], [2 ** 40, "hello"]] as const) {
    assertEquals(await readAtMost(`${folder.path}/x`, limit), UTF8.encode(text));
  }
});

Deno.test("readUserFile() says what is wrong with a file that was named", async (t) => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/x`, "hello");
  assertEquals(await readUserFile(`${folder.path}/x`, 5, "lock.invalid"), UTF8.encode("hello"));
  const table = [
    ["absent", "does not exist"],
    ["x/below", "does not exist"],
    ["", "is a folder"],
    ["x", "is larger than 4 bytes"],
  ] as const;
  for (const [name, what] of table) {
    await t.step(name === "" ? "a folder" : name, async () => {
      const path = name === "" ? folder.path : `${folder.path}/${name}`;
      const error = await assertRejects(() => readUserFile(path, 4, "lock.invalid"), RunnerError);
      assertEquals([error.code, error.place], ["lock.invalid", path]);
      assertEquals(error.message, `File "${path}" ${what}`);
    });
  }
});

Deno.test({
  name: "readUserFile() names the permission that is missing",
  permissions: { read: false },
  async fn() {
    const error = await assertRejects(() => readUserFile("a/pack.lock", 10, "lock.invalid"), RunnerError);
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=a/pack.lock"]);
  },
});
