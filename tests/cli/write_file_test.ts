/** Files that commands write: a whole one or none, whatever happens meanwhile. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { requireOther, writeWhole } from "../../lib/cli/write_file.ts";
import { tempFolder } from "../_helpers.ts";
import { namesBelow } from "./_helpers.ts";

const SIZE = 8 * 1024 * 1024;

Deno.test("writeWhole() shows readers the file before or the file after, and never a part of one", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/x.gtpack`;
  await writeWhole(path, new Uint8Array(SIZE));
  let writing = true, reads = 0;
  async function write(): Promise<void> {
    for (let value = 1; value <= 100; value++) await writeWhole(path, new Uint8Array(SIZE).fill(value));
    writing = false;
  }
  async function read(): Promise<void> {
    while (writing) {
      const bytes = await Deno.readFile(path);
      // All of them would take so long that few files were read while another is written.
      const seen = [0, 0.25, 0.5, 0.75].map((part) => bytes[part * SIZE]);
      assertEquals([bytes.length, new Set([...seen, bytes.at(-1)]).size], [SIZE, 1]);
      reads++;
    }
  }
  await Promise.all([write(), read()]);
  assert(reads > 0);
  assertEquals([(await Deno.readFile(path))[0], await namesBelow(folder.path)], [100, ["x.gtpack"]]);
});

Deno.test("writeWhole() leaves what was there, and nothing else, when it cannot write", async (t) => {
  await t.step("a name for which there is no longer one", async () => {
    await using folder = await tempFolder();
    // What is written first has a longer name, which no system takes.
    const name = "x".repeat(250), path = `${folder.path}/${name}`;
    await Deno.writeTextFile(path, "before");
    const error = await assertRejects(() => writeWhole(path, new Uint8Array(100)), RunnerError);
    assertEquals([error.code, error.place], ["artifacts.write", path]);
    assertEquals([await Deno.readTextFile(path), await namesBelow(folder.path)], ["before", [name]]);
  });
  await t.step("a folder in its place", async () => {
    await using folder = await tempFolder();
    await Deno.mkdir(`${folder.path}/x.gtpack/inner`, { recursive: true });
    const write = () => writeWhole(`${folder.path}/x.gtpack`, new Uint8Array(100));
    assertEquals((await assertRejects(write, RunnerError)).code, "artifacts.write");
    assertEquals(await namesBelow(folder.path), ["x.gtpack", "x.gtpack/inner"]);
  });
  await t.step("a file in the place of its folder", async () => {
    await using folder = await tempFolder();
    await Deno.writeTextFile(`${folder.path}/file`, "before");
    const write = () => writeWhole(`${folder.path}/file/x.gtpack`, new Uint8Array(100));
    assertEquals((await assertRejects(write, RunnerError)).code, "artifacts.write");
    assertEquals(await namesBelow(folder.path), ["file"]);
  });
});

Deno.test("requireOther() refuses to write over what is read, and into folders of it, also over links", async (t) => {
  await using folder = await tempFolder();
  const { path } = folder, kept = `${path}/assets`;
  await Deno.mkdir(kept);
  await Deno.writeTextFile(`${kept}/there.txt`, "");
  await Deno.symlink(kept, `${path}/link`);
  const table: [name: string, out: string, refused: boolean][] = [
    ["the folder", kept, true],
    ["a file in it", `${kept}/there.txt`, true],
    ["one that is not there yet", `${kept}/new/my.gtpack`, true],
    ["over a link", `${path}/link/my.gtpack`, true],
    ["beside it", `${path}/my.gtpack`, false],
    ["a longer name", `${kept}.gtpack`, false],
  ];
  for (const [name, out, refused] of table) {
    await t.step(name, async () => {
      const said = await requireOther(out, [kept]).catch((error: RunnerError) => error.code);
      assertEquals(said, refused ? "usage" : undefined);
    });
  }
});
