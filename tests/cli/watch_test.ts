/** `run --watch`: the loop with files that a test makes up, and the command as a process of its own. */

import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { parseCommand } from "../../lib/cli/command.ts";
import { type Contents, watch, type WatchedFiles, type WatchParts } from "../../lib/cli/watch.ts";
import { readTranscript } from "../../lib/record/read.ts";
import { exists, packPath, sharedCache, type TempFolder, tempFolder } from "../_helpers.ts";
import { FLOW, goodFiles, sources } from "../_sources.ts";
import { assertCalm, callMain, command, startCommand, until } from "./_helpers.ts";

const CACHE = sharedCache();

/** Files that are what a test says; who rests is woken by every change. */
class MadeFiles implements WatchedFiles {
  #texts: ReadonlyMap<string, string>;
  #changes = 0;
  #rest = Promise.withResolvers<void>();

  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = new Map(Object.entries(texts));
  }

  /** A text that is undefined takes its file away. */
  set(texts: Readonly<Record<string, string | undefined>>): void {
    const all = Object.entries({ ...Object.fromEntries(this.#texts), ...texts });
    this.#texts = new Map(all.flatMap(([path, text]) => text === undefined ? [] : [[path, text]]));
    this.#changes++;
    this.#rest.resolve();
    this.#rest = Promise.withResolvers();
  }

  glance(): ReadonlyMap<string, string> {
    return new Map(this.#texts.keys().map((path) => [path, String(this.#changes)]));
  }

  look(): ReadonlyMap<string, string> {
    return this.glance();
  }

  contents(): Promise<Contents> {
    const gone = this.#texts.has("pack") ? [] : ["pack"];
    return Promise.resolve({ signs: this.glance(), digests: this.#texts, gone });
  }

  async rest(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve());
    await (signal.aborted ? undefined : Promise.race([this.#rest.promise, aborted.promise]));
  }
}

/** The loop over made-up files: what it says and does is a list of words, and tests say when a run ends. */
function loop(files: MadeFiles, more: Partial<WatchParts> = {}) {
  const words: string[] = [], interrupt = new AbortController();
  let end = Promise.withResolvers<void>();
  const code = watch({
    files,
    prepare: () => Promise.resolve(),
    async run(signal) {
      words.push("run");
      end = Promise.withResolvers();
      signal.addEventListener("abort", () => end.resolve());
      await end.promise;
      words.push(signal.aborted ? "stopped" : "ended");
    },
    idle() {
      words.push("idle");
      return Promise.resolve();
    },
    unread: () => false,
    say: (line) => void words.push(line),
    sleep: () => new Promise((resolve) => setTimeout(resolve)),
    interrupt: interrupt.signal,
    ...more,
  });
  return {
    words,
    code,
    interrupt: () => interrupt.abort(),
    end: () => end.resolve(),
    /** Waits until so many words were said. */
    said: (count: number) => until(() => Promise.resolve(words.length >= count ? true : undefined)),
  };
}

Deno.test("watch() runs again when content changes, and only then", async () => {
  const files = new MadeFiles({ pack: "1", input: "a" });
  const { words, code, interrupt, end, said } = loop(files);
  await said(1);
  end();
  await said(3);
  files.set({});
  files.set({ input: "a" });
  // In one moment, as whoever checks out another branch does; what is back as it was is no change.
  files.set({ input: "b" });
  files.set({ input: "a", "flows/new": "x", pack: "2" });
  await said(5);
  end();
  await said(7);
  interrupt();
  assertEquals(await code, 0);
  assertEquals(words, ["run", "ended", "idle", "changed: flows/new, pack", "run", "ended", "idle"]);
});

Deno.test("watch() stops a run for a change, and begins the next when it has ended", async () => {
  const files = new MadeFiles({ pack: "1" });
  const { words, code, interrupt, said } = loop(files);
  await said(1);
  files.set({ pack: "2" });
  await said(4);
  interrupt();
  assertEquals(await code, 130);
  assertEquals(words, [
    "run",
    "changed: pack (this run is stopped, and another begins)",
    "stopped",
    "run",
    "stopped",
  ]);
});

Deno.test("watch() takes what comes within a moment as one change, also while it looks", async () => {
  const files = new MadeFiles({ pack: "1" });
  const more = ["a", "b", "c"];
  const { words, code, interrupt, end, said } = loop(files, {
    sleep() {
      const next = more.shift();
      if (next !== undefined) files.set({ [next]: "" });
      return Promise.resolve();
    },
  });
  await said(1);
  end();
  await said(3);
  files.set({ pack: "2" });
  await said(5);
  interrupt();
  await code;
  assertEquals(words.slice(3), ["changed: a, b, c and 1 more", "run", "stopped"]);
});

Deno.test("watch() begins no run before the last has ended, however long that takes", async () => {
  const files = new MadeFiles({ pack: "1" });
  const words: string[] = [], slow = Promise.withResolvers<void>();
  const { code, interrupt, said } = loop(files, {
    async run(signal) {
      words.push("run");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await slow.promise;
      words.push("ended");
    },
  });
  await until(() => Promise.resolve(words.length === 1 ? true : undefined));
  files.set({ pack: "2" });
  await said(1);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(words, ["run"]);
  slow.resolve();
  await until(() => Promise.resolve(words.length === 3 ? true : undefined));
  assertEquals(words, ["run", "ended", "run"]);
  interrupt();
  await code;
});

Deno.test("watch() hears of a change that comes while it stops a run", async () => {
  const files = new MadeFiles({ pack: "1" });
  const runs: string[] = [];
  const { words, code, interrupt, said } = loop(files, {
    async run(signal) {
      const { digests } = await files.contents();
      runs.push(digests.get("pack")!);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (runs.length === 1) files.set({ pack: "3" });
    },
  });
  await until(() => Promise.resolve(runs.length === 1 ? true : undefined));
  files.set({ pack: "2" });
  await until(() => Promise.resolve(runs.length === 2 ? true : undefined));
  interrupt();
  await code;
  assertEquals(runs, ["1", "3"]);
  await said(1);
  assertEquals(words.length, 1);
});

Deno.test("watch() waits for a file that is gone, whatever else changes meanwhile", async () => {
  const files = new MadeFiles({ pack: "1", input: "a" });
  const { words, code, interrupt, end, said } = loop(files);
  await said(1);
  end();
  await said(3);
  files.set({ pack: undefined });
  await said(4);
  files.set({ input: "b" });
  files.set({ pack: "1", input: "a" });
  await said(5);
  files.set({ pack: undefined });
  await said(6);
  files.set({ pack: "2" });
  await said(8);
  interrupt();
  assertEquals(await code, 130);
  assertEquals(words.slice(3, 8), [
    "gone: pack (waited for)",
    "back, and unchanged",
    "gone: pack (waited for)",
    "changed: pack",
    "run",
  ]);
});

Deno.test("watch() does not wait for what was not there when the run began, and takes it for a change when it comes", async () => {
  const files = new MadeFiles({ input: "a" });
  const { words, code, interrupt, end, said } = loop(files);
  await said(1);
  end();
  await said(3);
  files.set({ input: "b" });
  await said(5);
  end();
  await said(7);
  files.set({ pack: "1" });
  await said(9);
  interrupt();
  await code;
  assertEquals(words.filter((word) => word.startsWith("changed")), ["changed: input", "changed: pack"]);
});

Deno.test("watch() begins no run after one whose output nobody read", async () => {
  const files = new MadeFiles({ pack: "1" });
  let unread = false;
  const { words, code, end, said } = loop(files, { unread: () => unread });
  await said(1);
  end();
  await said(3);
  files.set({ pack: "2" });
  await said(5);
  unread = true;
  end();
  assertEquals(await code, 0);
  assertEquals(words, ["run", "ended", "idle", "changed: pack", "run", "ended"]);
});

Deno.test("watch() names three files at most", async () => {
  const files = new MadeFiles({ pack: "1" });
  const { words, code, interrupt, end, said } = loop(files);
  await said(1);
  end();
  await said(3);
  files.set({ a: "", b: "", c: "", d: "", e: "" });
  await said(5);
  interrupt();
  await code;
  assertEquals(words[3], "changed: a, b, c and 2 more");
});

Deno.test("watch() ends with what a run throws, and stops to wait", async () => {
  const { code } = loop(new MadeFiles({ pack: "1" }), { run: () => Promise.reject(new Error("No way")) });
  await assertRejects(() => code, Error, "No way");
});

/** A watch that is a process. */
class Watching implements AsyncDisposable {
  stdout = "";
  stderr = "";
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  /** How much of what it said was looked at. */
  #at = 0;

  constructor(args: readonly string[], { cwd, permissions = ["-A"] }: {
    cwd: string;
    permissions?: readonly string[];
  }) {
    this.#child = startCommand(["run", "--watch", ...args, "--cache-dir", CACHE], { cwd, permissions });
    this.#read = Promise.all([
      this.#take(this.#child.stdout, (text) => void (this.stdout += text)),
      this.#take(this.#child.stderr, (text) => void (this.stderr += text)),
    ]);
  }

  async #take(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) add(decoder.decode(bytes, { stream: true }));
  }

  /** The next line that begins so, and that no earlier call has passed. */
  async line(start: string): Promise<string> {
    return await until(() => {
      const lines = this.stderr.slice(this.#at);
      const at = lines.startsWith(start) ? 0 : lines.indexOf(`\n${start}`) + 1;
      const end = lines.indexOf("\n", at);
      if (at === 0 && !lines.startsWith(start) || end < 0) return Promise.resolve(undefined);
      this.#at += end + 1;
      return Promise.resolve(lines.slice(at, end));
    }).catch(() => {
      throw new Error(`No line begins with "${start}":\n${this.stderr.slice(this.#at)}`);
    });
  }

  /** Interrupts it. */
  async interrupt(): Promise<number> {
    this.#child.kill("SIGINT");
    const [{ code }] = await Promise.all([this.#child.status, this.#read]);
    assertCalm(this.stderr);
    return code;
  }

  /** The documents on standard output, one a line. */
  get documents(): JsonObject[] {
    assert(this.stdout.endsWith("\n"));
    return this.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  }

  /** All lines about changes. */
  get changes(): string[] {
    return this.stderr.split("\n").filter((line) => /^(?:changed|gone|back)/.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await Promise.all([this.#child.status, this.#read]);
  }
}

/** Puts a file in the place of another at once, as editors and `build` do. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  if (typeof content === "string") await Deno.writeTextFile(`${path}.new`, content);
  else await Deno.writeFile(`${path}.new`, content);
  await Deno.rename(`${path}.new`, path);
}

async function packFolder(name: string): Promise<TempFolder> {
  const temp = await tempFolder();
  await Deno.copyFile(packPath(name), `${temp.path}/my.gtpack`);
  await Deno.writeTextFile(`${temp.path}/in.json`, '{"name":"Ada"}');
  return temp;
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name:
    "run --watch runs again when its pack or its input is replaced, with a run directory and a line of JSON each time",
  ignore,
  async fn() {
    await using temp = await packFolder("demo.gtpack");
    const cwd = temp.path;
    await using watching = new Watching(["my.gtpack", "--input", "@in.json", "--json"], { cwd });
    const first = await watching.line("watching ");
    assertMatch(first, /^watching my\.gtpack, in\.json \(ran [0-9a-f]{12}, Ctrl-C ends\)$/);

    await replace(`${cwd}/my.gtpack`, await Deno.readFile(packPath("demo-unsigned.gtpack")));
    assertEquals(await watching.line("changed"), "changed: my.gtpack");
    assertNotEquals(await watching.line("watching "), first, "the digest is another");

    // Twice, as whoever was told of a file that was replaced once hears no more.
    for (const name of ["Bob", "Zoë"]) {
      await replace(`${cwd}/in.json`, JSON.stringify({ name }));
      assertEquals(await watching.line("changed"), "changed: in.json");
      await watching.line("watching ");
    }
    assertEquals(await watching.interrupt(), 0);
    const { documents } = watching;
    assertEquals(documents.map(({ status }) => status), ["Success", "Success", "Success", "Success"]);
    assertEquals(
      documents.map(({ output }) => JSON.stringify(output).match(/Hello, (.+?)!/)?.[1]),
      ["Ada", "Ada", "Bob", "Zoë"],
    );
    assertEquals(new Set(documents.map(({ pack_digest }) => pack_digest)).size, 2);
    assertEquals(new Set(documents.map(({ artifacts_dir }) => artifacts_dir)).size, 4);
  },
});

Deno.test({
  name: "run --watch does not run again for a file that comes back as it was",
  ignore,
  async fn() {
    await using temp = await packFolder("demo.gtpack");
    const cwd = temp.path, input = `${cwd}/in.json`;
    await using watching = new Watching(["my.gtpack", "--input", "@in.json", "--json"], { cwd });
    await watching.line("watching ");
    await Deno.remove(input);
    assertEquals(await watching.line("gone"), "gone: in.json (waited for)");
    await Deno.writeTextFile(input, '{"name":"Ada"}');
    await watching.line("back, and unchanged");
    assertEquals(await watching.interrupt(), 0);
    assertEquals(watching.documents.length, 1);
  },
});

Deno.test({
  name: "run --watch never runs again for what it writes itself into the folder that it watches",
  ignore,
  async fn() {
    await using folder = await sources(await goodFiles());
    const cwd = folder.path;
    const own = ["--artifacts-dir", "run", "--state", "state.db", "--record"];
    await using watching = new Watching([".", "--input", '{"name":"Ada"}', "--json", ...own], { cwd });
    await watching.line("watching ");
    for (const word of ["Good day", "Good night"]) {
      await Deno.writeTextFile(`${cwd}/flows/main.ygtc`, FLOW.replace("{{node", `${word}: {{node`));
      assertEquals(await watching.line("changed"), "changed: flows/main.ygtc");
      await watching.line("watching ");
    }
    assertEquals(await watching.interrupt(), 0);
    assertEquals(watching.changes, ["changed: flows/main.ygtc", "changed: flows/main.ygtc"]);
    assert(await exists(`${cwd}/state.db`) && await exists(`${cwd}/run/tape.jsonl`));
    // The one directory that was named has the last run.
    const { documents } = watching;
    assertEquals(documents.length, 3);
    assertEquals(documents.at(-1), JSON.parse(await Deno.readTextFile(`${cwd}/run/run.json`)));
  },
});

Deno.test({
  name: "run --watch goes on after what cannot run, until it is mended",
  ignore,
  async fn(t) {
    await t.step("a pack", async () => {
      await using temp = await packFolder("demo.gtpack");
      const cwd = temp.path, good = await Deno.readFile(`${cwd}/my.gtpack`);
      await Deno.writeTextFile(`${cwd}/my.gtpack`, "no archive");
      await using watching = new Watching(["my.gtpack", "--input", "@in.json", "--json"], { cwd });
      assertMatch(await watching.line("error"), /^error\[pack\.not_zip\]/);
      assertEquals(await watching.line("watching"), "watching my.gtpack, in.json (Ctrl-C ends)");
      await Deno.writeTextFile(`${cwd}/in.json`, "{no json");
      await replace(`${cwd}/my.gtpack`, good);
      assertMatch(await watching.line("error"), /^error\[input\.invalid\]: Input is no JSON \(in\.json\)/);
      await watching.line("watching");
      await replace(`${cwd}/in.json`, '{"name":"Bob"}');
      await watching.line("success");
      await watching.line("watching");
      assertEquals(await watching.interrupt(), 0);
      const { documents } = watching;
      assertEquals(documents.map(({ status, error }) => status ?? (error as JsonObject).code), [
        "Failure",
        "input.invalid",
        "Success",
      ]);
    });
    await t.step("sources", async () => {
      await using folder = await sources(await goodFiles());
      const cwd = folder.path, args = [".", "--input", '{"name":"Ada"}'];
      await using watching = new Watching(args, { cwd });
      await watching.line("success");
      await Deno.writeTextFile(`${cwd}/pack.yaml`, "pack_id: [\n");
      await watching.line("error[build.failed]");
      await Deno.writeTextFile(`${cwd}/pack.yaml`, "pack_id: made\nversion: 0.2.0\n");
      await watching.line("success");
      await watching.line("watching");
      assertEquals(await watching.interrupt(), 0);
    });
  },
});

Deno.test({
  name: "run --watch stops a guest that does not end when its input changes, and when it is interrupted",
  ignore,
  async fn() {
    await using temp = await packFolder("spin.gtpack");
    const cwd = temp.path;
    const args = ["my.gtpack", "--flow", "loop", "--input", "@in.json", "--json"];
    await using watching = new Watching(args, { cwd });
    const spinning = (count: number) =>
      until(async () => {
        const runs = `${cwd}/.greentic/runs`;
        const dirs = await Array.fromAsync(Deno.readDir(runs)).catch(() => []);
        const lines = await Promise.all(
          dirs.map(({ name }) => readTranscript(`${runs}/${name}`).catch(() => [])),
        );
        const started = lines.filter((each) =>
          each.some(({ phase, node_id: id }) => phase === "start" && id !== null)
        );
        return started.length === count ? true : undefined;
      });
    await spinning(1);
    await replace(`${cwd}/in.json`, "{}");
    await watching.line("changed: in.json (this run is stopped, and another begins)");
    await spinning(2);
    const start = performance.now();
    assertEquals(await watching.interrupt(), 130);
    assert(performance.now() - start < 5_000, "the process is gone soon after the signal");
    assertEquals(watching.documents.map(({ status }) => status), ["Cancelled", "Cancelled"]);
    // Of the run that was stopped for a change one line tells.
    assertEquals(watching.stderr.match(/^error\[run\.cancelled\]/gm)?.length, 1);
  },
});

Deno.test({
  name: "run --watch ends once whoever read its output has gone, as `head` does",
  ignore,
  async fn() {
    await using temp = await packFolder("order.gtpack");
    const args = ["run", "--watch", "my.gtpack", "--json", "--cache-dir", CACHE];
    const child = startCommand(args, { cwd: temp.path });
    await child.stdout.cancel();
    const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
    assertCalm(stderr);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^waiting: flow order/m);
    assert(!stderr.includes("watching "), stderr);
  },
});

Deno.test({
  name: "run --watch needs no more permissions than a run, and names them at once",
  ignore,
  async fn() {
    await using folder = await sources(await goodFiles());
    const cwd = folder.path, map = `${cwd}/map.json`;
    await Deno.writeTextFile(map, "{}");
    const args = [".", "--input", '{"name":"Ada"}', "--components-map", "map.json"];
    for (const permissions of [[], ["--allow-read=."]]) {
      const [run, watch] = await Promise.all(
        [[], ["--watch"]].map((flag) =>
          command(["run", ...flag, ...args, "--cache-dir", CACHE], { cwd, permissions })
        ),
      );
      assertEquals([run!.code, watch!.code], [4, 4]);
      assertEquals(watch!.stderr, run!.stderr);
    }
    const granted = ["--allow-read=.", `--allow-read=${CACHE}`, "--allow-write=.greentic", "--ignore-env"];
    const permissions = [...granted, `--allow-write=${CACHE}`];
    await using watching = new Watching(args, { cwd, permissions });
    await watching.line("success");
    await watching.line("watching");
    await replace(`${cwd}/flows/main.ygtc`, FLOW.replace("{{node", "Again: {{node"));
    await watching.line("success");
    await watching.line("watching");
    // What a change wants and was not permitted is told, and may be changed back.
    await replace(map, '{"greet":"/etc/hostname"}');
    await watching.line("error[permission.missing]");
    await watching.line("watching");
    await replace(map, "{}");
    await watching.line("success");
    assertEquals(await watching.interrupt(), 0);
    assert(watching.stdout.includes("Again: Hello, Ada!"), watching.stdout);
  },
});

Deno.test("run alone has --watch: what goes on or looks back happens once", () => {
  for (const name of ["resume", "replay", "doctor", "lint", "inspect", "verify"]) {
    const error = assertThrows(() => parseCommand([name, "x", "--watch"]), RunnerError);
    assertEquals(error.message, `Option "--watch" is none of "${name}"`);
  }
});

Deno.test("run --watch ends at once where no change of a file helps", async (t) => {
  await using temp = await packFolder("demo.gtpack");
  const pack = `${temp.path}/my.gtpack`, absent = `${temp.path}/absent`;
  const table: [args: string[], code: number, error: RegExp][] = [
    [["-"], 2, /^error\[usage\]: Standard input cannot be watched/],
    [[pack, "--input", "-"], 2, /^error\[usage\]: Standard input cannot be watched/],
    [[pack, "--turns", "-"], 2, /^error\[usage\]: Standard input cannot be watched/],
    [[pack, "--tenant", "a b"], 2, /^error\[option\.invalid\]/],
    [[absent], 3, /^error\[pack\.not_found\]/m],
    [[pack, "--input", `@${absent}`], 2, /^error\[input\.invalid\]: Input cannot be read/],
    [[pack, "--mocks", `${absent}.yaml`], 2, /^error\[mocks\.invalid\]/],
    [[temp.path, "--artifacts-dir", temp.path], 2, /^error\[usage\]: Folder ".+" cannot be watched/],
  ];
  if (!ignore) {
    table.push([[pack, "--input", "@/dev/null"], 2, /^error\[usage\]: Path "\/dev\/null" cannot be watched/]);
  }
  for (const [args, code, error] of table) {
    await t.step(args.map((arg) => arg.replace(temp.path, "…")).join(" "), async () => {
      const dirs = args.includes("--artifacts-dir") ? [] : ["--artifacts-dir", `${temp.path}/run`];
      const done = await callMain(["run", "--watch", ...args, "--cache-dir", CACHE, ...dirs]);
      assertEquals([done.code, done.reads], [code, []], done.stderr);
      assertMatch(done.stderr, error);
      assert(!done.stderr.includes("watching"), done.stderr);
    });
  }
});
