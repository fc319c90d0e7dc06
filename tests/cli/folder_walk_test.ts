/** Folders that are watched: which of their files count. */

import { assertEquals } from "@std/assert";
import { realPlace } from "../../lib/cli/file_signs.ts";
import { type Counts, FolderWalk } from "../../lib/cli/folder_walk.ts";
import { sources } from "../_sources.ts";
import { write } from "../pack/_packs.ts";

/** The files that count below a folder. */
function counted(
  folder: string,
  { counts = "pack", written = [], maxFiles = 1000 }: {
    counts?: Counts;
    written?: readonly string[];
    maxFiles?: number;
  } = {},
): string[] {
  const walk = new FolderWalk();
  walk.add(folder, { counts, maxFiles, written: new Set(written.map(realPlace)) });
  return [...walk.signs.keys()].map((path) => path.slice(folder.length + 1)).sort();
}

Deno.test("FolderWalk counts what a pack is made of, and not what lies beside it", async (t) => {
  await using folder = await sources({
    "pack.yaml": "pack_id: made\nversion: 0.1.0\n",
    "flows/main.ygtc": "id: main\n",
    "assets/.well-known/key": "1",
    "assets/dist/page.html": "1",
  });
  const { path } = folder;
  const own = counted(path);
  assertEquals(own, ["assets/.well-known/key", "assets/dist/page.html", "flows/main.ygtc", "pack.yaml"]);
  const left = [
    ...[".git/HEAD", ".greentic/runs/1/run.json", ".vscode/settings.json", "node_modules/x/y.js", ".env"],
    ...["dist/my.gtpack", "my.gtpack", "my.gtpack.0123abcd.tmp", "flows/.greentic/cache/x"],
    ...["flows/.main.ygtc.swp", "flows/main.ygtc~", "flows/4913", "flows/#main.ygtc#", "flows/.#main.ygtc"],
    ...["flows/main.ygtc___jb_tmp___", "flows/.DS_Store"],
  ];
  for (const name of left) {
    await t.step(name, async () => {
      await write(`${path}/${name}`, "left");
      assertEquals(counted(path), own);
    });
  }
  await t.step("dist, where pack.yaml names it", async () => {
    await write(`${path}/dist/greet.wasm`, "1");
    await write(
      `${path}/pack.yaml`,
      "pack_id: made\nversion: 0.1.0\ncomponents: [{id: a, wasm: dist/greet.wasm}]\n",
    );
    assertEquals(counted(path), [...own, "dist/greet.wasm"].sort());
  });
  await t.step("of a folder of components, components", () => {
    assertEquals(counted(path, { counts: "components" }), ["dist/greet.wasm"]);
  });
});

Deno.test("FolderWalk leaves out what a run writes, also through links and before it is there", async () => {
  await using folder = await sources({ "flows/main.ygtc": "id: main\n" });
  const { path } = folder;
  await Deno.mkdir(`${path}/out`);
  await Deno.symlink(`${path}/out`, `${path}/link`);
  await Deno.symlink(`${path}/flows`, `${path}/more`);
  const places = [`${path}/link/run`, `${path}/state.db`].map(realPlace);
  for (const name of ["out/run/run.json", "out/run/logs/a.log", "state.db", "state.db-wal", "out/mine.txt"]) {
    await write(`${path}/${name}`, "1");
  }
  assertEquals(places, [`${path}/out/run`, `${path}/state.db`]);
  // Each folder counts once, whatever its names; which of them, the system's order tells.
  const names = counted(path, { written: places });
  assertEquals(names.map((name) => name.replace("link/", "out/").replace("more/", "flows/")), [
    "flows/main.ygtc",
    "out/mine.txt",
  ]);
});

Deno.test("FolderWalk names files as its user would", async () => {
  await using folder = await sources({ "flows/main.ygtc": "id: main\n" });
  const { path } = folder;
  for (const root of [path, `${path}/`]) {
    const walk = new FolderWalk();
    walk.add(root, { counts: "pack", maxFiles: 9, written: new Set() });
    assertEquals([[...walk.signs.keys()], [...walk.folders.keys()]], [[`${path}/flows/main.ygtc`], [
      path,
      `${path}/flows`,
    ]]);
  }
});

Deno.test("FolderWalk takes nothing of what is no folder", async () => {
  await using folder = await sources({ "a": "" });
  assertEquals([counted(`${folder.path}/a`), counted(`${folder.path}/absent`)], [[], []]);
});

Deno.test("FolderWalk looks no further than the number of files that a pack may have", async () => {
  await using folder = await sources({ "a": "", "b": "", "c": "", "d": "", "e/f": "", "g/h": "" });
  assertEquals(counted(folder.path, { maxFiles: 2 }).length, 3);
});
