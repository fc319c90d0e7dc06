/** Folders as packs. */

import { assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Progress } from "../../lib/base/progress.ts";
import { folderSource } from "../../lib/pack/folder_source.ts";
import { memorySource } from "../../lib/pack/memory_source.ts";
import { LIMITS, UTF8 } from "./_packs.ts";

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("folderSource() lists files by name and reads like a source in memory", async () => {
  await inFolder(async (path) => {
    const files = new Map([["B", UTF8.encode("2")], ["a/x y/ü", UTF8.encode("1")], [
      "a.txt",
      new Uint8Array(),
    ]]);
    await Deno.mkdir(`${path}/a/x y`, { recursive: true });
    await Deno.mkdir(`${path}/empty`);
    for (const [name, bytes] of files) await Deno.writeFile(`${path}/${name}`, bytes);
    const source = await folderSource(path, { label: "p", limits: LIMITS });
    assertEquals(source.entries.map(({ name }) => name), ["B", "a.txt", "a/x y/ü"]);
    assertEquals([source.kind, source.label, source.bytes], ["folder", "p", 2]);
    assertEquals(await source.read("a/x y/ü"), UTF8.encode("1"));
    assertEquals(source.digest, (await memorySource(files, LIMITS)).digest);
    const address = new URL(`file://${path}/`);
    assertEquals((await folderSource(address, { label: "p", limits: LIMITS })).entries, source.entries);
  });
});

Deno.test("folderSource() does not change with the folder", async () => {
  await inFolder(async (path) => {
    await Deno.writeTextFile(`${path}/a`, "before");
    const source = await folderSource(path, { label: "p", limits: LIMITS });
    await Deno.writeTextFile(`${path}/a`, "after");
    assertEquals(await source.read("a"), UTF8.encode("before"));
  });
});

Deno.test("folderSource() refuses links, unsafe names and too much", async (t) => {
  const table: [string, string, (path: string) => Promise<void>, Partial<typeof LIMITS>][] = [
    ["a link", "pack.unsupported.link", (path) => Deno.symlink("/etc/hostname", `${path}/link`), {}],
    ["a link to a folder", "pack.unsupported.link", (path) => Deno.symlink("/etc", `${path}/link`), {}],
    ["a backslash", "pack.unsafe_path", (path) => Deno.writeTextFile(`${path}/a\\b`, ""), {}],
    ["a large file", "pack.limit.entry", (path) => Deno.writeTextFile(`${path}/a`, "12345"), {
      maxEntryBytes: 4,
    }],
    ["a large folder", "pack.limit.archive", (path) => Deno.writeTextFile(`${path}/a`, "12345"), {
      maxArchiveBytes: 6,
    }],
    ["many files", "pack.limit.entries", (path) => Deno.writeTextFile(`${path}/a`, ""), { maxEntries: 1 }],
  ];
  for (const [name, code, prepare, limits] of table) {
    await t.step({
      name,
      ignore: Deno.build.os === "windows",
      fn: () =>
        inFolder(async (path) => {
          await Deno.writeTextFile(`${path}/other`, "12");
          await prepare(path);
          const opened = () => folderSource(path, { label: "p", limits: { ...LIMITS, ...limits } });
          assertEquals((await assertRejects(opened, RunnerError)).code, code);
        }),
    });
  }
});

Deno.test("folderSource() leaves out what this program writes where it runs", async () => {
  await inFolder(async (path) => {
    await Deno.mkdir(`${path}/.greentic/runs/x`, { recursive: true });
    await Deno.mkdir(`${path}/a/.greentic`, { recursive: true });
    for (const name of [".greentic/runs/x/run.json", "a/.greentic/file", "manifest.cbor"]) {
      await Deno.writeTextFile(`${path}/${name}`, "");
    }
    const source = await folderSource(path, { label: "p", limits: LIMITS });
    assertEquals(source.entries.map(({ name }) => name), ["a/.greentic/file", "manifest.cbor"]);
  });
});

Deno.test("folderSource() tells how much it has read, from nothing to all", async () => {
  await inFolder(async (path) => {
    await Deno.writeFile(`${path}/a`, new Uint8Array(7));
    await Deno.writeFile(`${path}/b`, new Uint8Array(3));
    const told: Progress[] = [];
    await folderSource(path, {
      label: "p",
      limits: LIMITS,
      progress: (progress) => void told.push(progress),
    });
    assertEquals(told, [0, 7, 10].map((bytes) => ({ type: "reading", pack: "p", bytes, of: 10 })));
  });
});
