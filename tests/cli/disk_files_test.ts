/** Files on disk that are watched: which count, when they count as changed, and when it is time to look. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { DiskFiles, pause, type Watched } from "../../lib/cli/disk_files.ts";
import { sources } from "../_sources.ts";
import { tempFolder } from "../_helpers.ts";
import { write } from "../pack/_packs.ts";
import { until } from "./_helpers.ts";

function watched(path: string, more: Partial<Watched> = {}): Watched {
  return { paths: [{ path, needed: true, counts: "pack" }], written: [], maxFiles: 1000, ...more };
}

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

Deno.test("DiskFiles tells a watched folder that is itself what a run writes to, and what cannot be read twice", async () => {
  await using folder = await sources({ "flows/main.ygtc": "id: main\n" });
  const { path } = folder;
  await Deno.symlink(path, `${path}/link`);
  using files = new DiskFiles();
  files.aim(watched(path, { written: [`${path}/run`] }));
  assertEquals([files.written, files.unwatchable], [[], []]);
  files.aim(watched(path, { written: [`${path}/link`] }));
  assertEquals(files.written, [path]);
  if (Deno.build.os === "windows") return;
  files.aim(watched("/dev/null"));
  assertEquals(files.unwatchable, ["/dev/null"]);
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
