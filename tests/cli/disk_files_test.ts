/** Files on disk that are watched: which count, when they count as changed, and when it is time to look. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { DiskFiles, pause, type Watched, type WatchedPath } from "../../lib/cli/disk_files.ts";
import { sources } from "../_sources.ts";
import { tempFolder } from "../_helpers.ts";
import { write } from "../pack/_packs.ts";
import { until } from "./_helpers.ts";

function watched(path: string, more: Partial<Watched> = {}, counts: WatchedPath["counts"] = "pack"): Watched {
  return { paths: [{ path, needed: true, counts }], written: [], maxFiles: 1000, ...more };
}

/** The files that count below a folder. */
async function counted(
  folder: string,
  more: Partial<Watched> = {},
  counts: WatchedPath["counts"] = "pack",
): Promise<string[]> {
  using files = new DiskFiles();
  files.aim(watched(folder, more, counts));
  const { signs, digests } = await files.contents();
  assertEquals([...signs.keys()], [...digests.keys()]);
  return [...digests.keys()].map((path) => path.slice(folder.length + 1)).sort();
}

Deno.test("DiskFiles counts what a pack is made of, and not what lies beside it", async (t) => {
  await using folder = await sources({
    "pack.yaml": "pack_id: made\nversion: 0.1.0\n",
    "flows/main.ygtc": "id: main\n",
    "assets/.well-known/key": "1",
    "assets/dist/page.html": "1",
  });
  const { path } = folder;
  const own = await counted(path);
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
      assertEquals(await counted(path), own);
    });
  }
  await t.step("dist, where pack.yaml names it", async () => {
    await write(`${path}/dist/greet.wasm`, "1");
    await write(
      `${path}/pack.yaml`,
      "pack_id: made\nversion: 0.1.0\ncomponents: [{id: a, wasm: dist/greet.wasm}]\n",
    );
    assertEquals(await counted(path), [...own, "dist/greet.wasm"].sort());
  });
  await t.step("of a folder of components, components", async () => {
    assertEquals(await counted(path, {}, "components"), ["dist/greet.wasm"]);
  });
});

Deno.test("DiskFiles leaves out what a run writes, also through links and before it is there", async () => {
  await using folder = await sources({ "flows/main.ygtc": "id: main\n" });
  const { path } = folder;
  await Deno.mkdir(`${path}/out`);
  await Deno.symlink(`${path}/out`, `${path}/link`);
  await Deno.symlink(`${path}/flows`, `${path}/more`);
  using files = new DiskFiles();
  files.aim(watched(path, { written: [`${path}/link/run`, `${path}/state.db`] }));
  for (const name of ["out/run/run.json", "out/run/logs/a.log", "state.db", "state.db-wal", "out/mine.txt"]) {
    await write(`${path}/${name}`, "1");
  }
  const names = [...files.look().keys()].map((each) => each.slice(path.length + 1)).sort();
  // Each folder counts once, whatever its names; which of them, the system's order tells.
  assertEquals(names.map((name) => name.replace("link/", "out/").replace("more/", "flows/")), [
    "flows/main.ygtc",
    "out/mine.txt",
  ]);
  assertEquals(files.written, []);
  files.aim(watched(path, { written: [`${path}/more/..`] }));
  assertEquals(files.written, [path]);
});

Deno.test("DiskFiles tells content by its bytes: a touch, a move and a restored file are none", async (t) => {
  await using temp = await tempFolder();
  const path = `${temp.path}/my.gtpack`;
  await Deno.writeTextFile(path, "one");
  using files = new DiskFiles();
  files.aim(watched(path));
  const first = await files.contents();
  // Two writes in one tick of the system's clock have the same time: here each has its own.
  async function writeAt(text: string, time: number): Promise<void> {
    await Deno.writeTextFile(path, text);
    await Deno.utime(path, time, time);
  }
  const table: [name: string, change: () => Promise<void>, same: boolean][] = [
    ["a touch", () => Deno.utime(path, 1, 1), true],
    ["another of the same bytes in its place", async () => {
      await Deno.writeTextFile(`${path}.new`, "one");
      await Deno.rename(`${path}.new`, path);
    }, true],
    ["other bytes of the same size", () => writeAt("two", 2), false],
    ["what was there before", () => writeAt("one", 3), true],
  ];
  for (const [name, change, same] of table) {
    await t.step(name, async () => {
      const before = files.look();
      await change();
      const now = await files.contents();
      assertNotEquals(now.signs, before);
      assertEquals(now.digests.get(path) === first.digests.get(path), same);
    });
  }
  await t.step("a file that is gone", async () => {
    await Deno.remove(path);
    const now = await files.contents();
    assertEquals([now.gone, now.digests.size], [[path], 0]);
  });
  await t.step("one that is too large to be read: its size and time", async () => {
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 65 * 1024 * 1024);
    const large = await files.contents();
    await Deno.utime(path, 1, 1);
    assertNotEquals((await files.contents()).digests, large.digests);
  });
});

Deno.test("DiskFiles waits only for what a run needs", async () => {
  await using temp = await tempFolder();
  using files = new DiskFiles();
  files.aim({
    paths: [
      { path: `${temp.path}/a`, needed: true, counts: "all" },
      { path: `${temp.path}/b`, needed: false, counts: "all" },
    ],
    written: [],
    maxFiles: 1000,
  });
  assertEquals(files.gone, [`${temp.path}/a`]);
  assertEquals((await files.contents()).gone, files.gone);
  assertEquals(files.names, [`${temp.path}/a`]);
  await Deno.writeTextFile(`${temp.path}/b`, "");
  assertEquals([...(await files.contents()).digests.keys()], [`${temp.path}/b`]);
});

Deno.test("DiskFiles looks no further than the number of files that a pack may have", async () => {
  await using folder = await sources({ "a": "", "b": "", "c": "", "d": "", "e/f": "", "g/h": "" });
  using files = new DiskFiles();
  files.aim(watched(folder.path, { maxFiles: 2 }));
  assertEquals(files.look().size, 3);
});

/** Whether glances show something else than before, within a moment shorter than that in which all is looked through. */
async function stirs(files: DiskFiles, change: () => Promise<unknown>): Promise<boolean> {
  const before = [...files.glance()], never = new AbortController().signal;
  const start = performance.now();
  await change();
  while (performance.now() - start < 1500) {
    await files.rest(never);
    if ([...files.glance()].join() !== before.join()) return true;
  }
  return false;
}

Deno.test({
  name:
    "DiskFiles hears of a change in a folder when it happens, also in folders that are new or were replaced",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await sources({ "flows/main.ygtc": "id: main\n" });
    const { path } = folder;
    using files = new DiskFiles();
    files.aim(watched(path));
    files.glance();
    await files.rest(new AbortController().signal);
    const changes = [
      () => write(`${path}/flows/main.ygtc`, "id: other\n"),
      () => write(`${path}/flows/new/deep/a.ygtc`, "1"),
      () => write(`${path}/flows/new/deep/b.ygtc`, "1"),
      () => Deno.remove(`${path}/flows/new/deep/b.ygtc`),
      async () => {
        await Deno.rename(`${path}/flows`, `${path}/old`);
        await Deno.mkdir(`${path}/flows`);
      },
      () => write(`${path}/flows/main.ygtc`, "id: main\n"),
      () => write(`${path}/flows/main.ygtc`, "id: once-more\n"),
      async () => {
        await Deno.remove(`${path}/flows`, { recursive: true });
        await write(`${path}/flows/main.ygtc`, "id: in-its-place\n");
      },
      () => write(`${path}/flows/main.ygtc`, "id: again\n"),
      () => write(`${path}/flows/main.ygtc`, "id: and-again\n"),
    ];
    for (const [i, change] of changes.entries()) assert(await stirs(files, change), `change ${i}`);
  },
});

Deno.test("DiskFiles finds a change of which the system tells nothing, after a while", async () => {
  await using folder = await sources({ "flows/other": "1" });
  await using temp = await tempFolder();
  const real = `${temp.path}/main.ygtc`;
  await Deno.writeTextFile(real, "1");
  // What a link leads to is in a folder that nobody tells of.
  await Deno.symlink(real, `${folder.path}/flows/main.ygtc`);
  using files = new DiskFiles();
  files.aim(watched(folder.path));
  const never = new AbortController().signal;
  await files.rest(never);
  files.glance();
  await files.rest(never);
  const before = [...files.glance()].join();
  await Deno.writeTextFile(real, "22");
  assertEquals([...files.glance()].join(), before);
  await until(async () => {
    await files.rest(never);
    return [...files.glance()].join() === before ? undefined : true;
  });
});

Deno.test("pause() ends with its signal", async () => {
  const controller = new AbortController();
  const paused = pause(100_000, controller.signal);
  controller.abort();
  await paused;
  await pause(100_000, controller.signal);
});
