import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../lib/base/digest.ts";
import { Ahead, parseNote } from "../../lib/component/ahead.ts";
import { ComponentCache } from "../../lib/component/cache.ts";
import { listCache, pruneCache } from "../../lib/component/cache_upkeep.ts";
import { type Prepared, TOOLS } from "../../lib/component/prepare.ts";
import { tempFolder } from "../_helpers.ts";

const RUN = Promise.resolve("run");
const DAY_MS = 24 * 60 * 60 * 1000;

function key(letter: string): string {
  return letter.repeat(64);
}

function prepared(letter: string, tools: string = TOOLS): Prepared {
  return {
    ...{ key: key(letter), tools, place: `components/${letter}.wasm`, digest: `sha256:${key(letter)}` },
    ...{ shape: { imports: [], exports: [] }, glue: "x", cores: [] },
  };
}

/** A cache with a file of each kind: `a` whole, `b` outdated, `c` damaged, `d` of another version. */
async function withCache(work: (folder: string) => Promise<void>): Promise<void> {
  await using temp = await tempFolder();
  const folder = temp.path;
  const cache = new ComponentCache(folder);
  await cache.store(prepared("a"));
  await cache.store(prepared("b", "older tools"));
  await cache.write(`${key("c")}.component`, new TextEncoder().encode("greentic-component-cache 2 0\n"));
  await cache.write(`${key("d")}.component`, new TextEncoder().encode("greentic-component-cache 1 0\n{}"));
  const note = (keys: string[]) => new TextEncoder().encode(JSON.stringify(keys));
  await cache.write(`${key("1")}.ahead`, note([key("a"), key("b")]));
  await cache.write(`${key("2")}.ahead`, note([key("b")]));
  await cache.write(`${key("3")}.ahead`, new TextEncoder().encode("no note"));
  await Deno.writeTextFile(`${folder}/${key("e")}.component.new.tmp`, "");
  await Deno.writeTextFile(`${folder}/${key("f")}.component.old.tmp`, "");
  await age(`${folder}/${key("f")}.component.old.tmp`, 1);
  await Deno.writeTextFile(`${folder}/README.md`, "mine");
  await Deno.mkdir(`${folder}/folder`);
  await work(folder);
}

async function age(path: string, days: number): Promise<void> {
  const then = new Date(Date.now() - days * DAY_MS);
  await Deno.utime(path, then, then);
}

function names(files: readonly { readonly name: string }[]): string[] {
  return files.map(({ name }) => name.replace(/^(.)\1{63}/, "$1")).sort();
}

Deno.test("listCache() tells every file and what it is", async () => {
  await withCache(async (folder) => {
    const files = await listCache(folder);
    assertEquals(files.map(({ name, state }) => `${name.replace(/^(.)\1{63}/, "$1")} ${state}`), [
      "1.ahead note",
      "2.ahead note",
      "3.ahead note",
      "README.md foreign",
      "a.component whole",
      "b.component outdated",
      "c.component damaged",
      "d.component outdated",
      "e.component.new.tmp leftover",
      "f.component.old.tmp leftover",
    ]);
    const [whole] = files.filter(({ state }) => state === "whole");
    assertEquals([whole!.place, whole!.digest], ["components/a.wasm", `sha256:${key("a")}`]);
  });
  assertEquals(await listCache("/nowhere/at/all"), []);
});

Deno.test("pruneCache() removes what is of no use, and nothing else", async () => {
  await withCache(async (folder) => {
    const useless = [
      "2.ahead",
      "3.ahead",
      "b.component",
      "c.component",
      "d.component",
      "f.component.old.tmp",
    ];
    assertEquals(names(await pruneCache(folder, { dryRun: true })), useless);
    assertEquals((await listCache(folder)).length, 10);
    assertEquals(names(await pruneCache(folder)), useless);
    assertEquals(names(await listCache(folder)), [
      "1.ahead",
      "README.md",
      "a.component",
      "e.component.new.tmp",
    ]);
    assertEquals(await pruneCache(folder), []);
    assertEquals(await pruneCache("/nowhere/at/all"), []);
  });
});

Deno.test("listCache() takes a file for damaged whose digest holds and whose header says nothing of use", async (t) => {
  const whole = {
    ...{ key: key("a"), tools: TOOLS, place: "p", digest: "d" },
    ...{ imports: [], exports: [], parts: [["glue", 4]] },
  };
  const headers: [name: string, header: unknown][] = [
    ["null", null],
    ["a part that is null", { ...whole, parts: [null] }],
    ["a part without a name", { ...whole, parts: [[null, 4]] }],
    ["a part of negative length", { ...whole, parts: [["glue", -4]] }],
    ["a part whose length is a text", { ...whole, parts: [["glue", "4"]] }],
    ["no exports", { ...whole, exports: undefined }],
    ["an import that is no text", { ...whole, imports: [7] }],
    ["a place that is no text", { ...whole, place: {} }],
  ];
  await using temp = await tempFolder();
  const folder = temp.path, cache = new ComponentCache(folder);
  const store = async (header: unknown) => {
    const rest = new TextEncoder().encode(`${JSON.stringify(header)}\nglue`);
    const line = new TextEncoder().encode(`greentic-component-cache 2 ${await sha256Hex(rest)}\n`);
    await cache.write(`${key("a")}.component`, Uint8Array.of(...line, ...rest));
  };
  await store(whole);
  assertEquals((await listCache(folder)).map(({ state }) => state), ["whole"]);
  for (const [name, header] of headers) {
    await t.step(name, async () => {
      await store(header);
      assertEquals(await cache.load(key("a")), null);
      assertEquals((await listCache(folder)).map(({ state }) => state), ["damaged"]);
      assertEquals(names(await pruneCache(folder)), ["a.component"]);
    });
  }
});

Deno.test("pruneCache() removes what was written long ago, with the notes about it", async () => {
  await withCache(async (folder) => {
    await pruneCache(folder);
    await age(`${folder}/${key("a")}.component`, 31);
    assertEquals(names(await pruneCache(folder, { olderThanMs: 40 * DAY_MS })), []);
    assertEquals(names(await pruneCache(folder, { olderThanMs: 30 * DAY_MS })), ["1.ahead", "a.component"]);
  });
});

Deno.test("pruneCache() with all leaves only what others put there", async () => {
  await withCache(async (folder) => {
    await pruneCache(folder, { all: true });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["README.md", "folder"]);
  });
});

Deno.test("parseNote() takes keys and nothing else", () => {
  const parse = (text: string) => parseNote(new TextEncoder().encode(text));
  assertEquals(parse(JSON.stringify([key("a"), "../../etc", 7, key("b"), null])), [key("a"), key("b")]);
  for (const text of ["", "no", "{}", '"x"', "[]", "[[]]"]) assertEquals(parse(text), [], text);
  assertEquals(parse(JSON.stringify(Array(100).fill(key("a")))).length, 64);
  assertEquals(parseNote(null), []);
});

Deno.test("Ahead never fails: not without a cache, with a broken one, nor with a note about what is gone", async () => {
  await withCache(async (folder) => {
    for (const dir of [null, `${folder}/README.md/below`, `${folder}/README.md`, folder]) {
      const ahead = new Ahead(dir, new Map(), RUN);
      await ahead.start(null);
      await ahead.note([key("9")]);
    }
    const compiled = new Map();
    const ahead = new Ahead(folder, compiled, RUN);
    await ahead.start(null);
    assertEquals(compiled.size, 0);
    await ahead.note([key("a")]);
    await new Ahead(folder, compiled, RUN).start(null);
    assertEquals([...compiled.keys()], [key("a")]);
    const other = new Map();
    await new Ahead(folder, other, Promise.resolve("another run")).start(null);
    assertEquals(other.size, 0);
  });
});
