/** Packs, caches and folders that change, or are shared, while they are in use: rows 14, 35 and 36 of the faults. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { concatBytes } from "../../lib/base/bytes.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import { writeZip } from "../../lib/pack/zip.ts";
import { runPack } from "../../lib/runner.ts";
import { completeTranscript, filesOf, packPath, tempFolder } from "../_helpers.ts";
import { command } from "../cli/_helpers.ts";
import { DEVOK, newSpec, noise, UTF8, write } from "../pack/_packs.ts";
import { call, listing } from "./_hostile.ts";

const MIB = 1024 * 1024;
const DEMO = packPath("demo.gtpack");
const HELLO = [{ text: "Hello, Ada!", visits: "You were here 1 time" }];

/** Writes the files of a pack into a folder. */
async function writeFolder(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  for (const [name, bytes] of files) await write(`${path}/${name}`, bytes);
  return path;
}

/** The files of the demo pack, behind noise for which it does not stay in memory. */
async function largeDemo(): Promise<Map<string, Uint8Array>> {
  const files = await filesOf(packPath("demo-unsigned.gtpack"));
  files.delete("sbom.cbor");
  return new Map([...["1", "2", "3"].map((name) => [`assets/${name}`, noise(11 * MIB)] as const), ...files]);
}

/** What a change of a pack's component may lead to: the component that was verified, or none. */
async function assertVerifiedOrNone(
  path: string,
  change: () => Promise<void>,
  component: Uint8Array,
): Promise<string> {
  const pack = await openPack(path, DEVOK);
  await change();
  const bytes: unknown = await pack.components[0]?.bytes().catch((error: unknown) => error);
  if (bytes instanceof Uint8Array) {
    assertEquals(bytes.toHex(), component.toHex());
    return "verified";
  }
  if (bytes instanceof RunnerError) return bytes.code;
  throw bytes;
}

Deno.test("a pack that changes between verification and run gives what was verified, or nothing", async (t) => {
  const files = await largeDemo(), archive = await writeZip(files);
  const evil = new Map(files),
    name = "components/greet.wasm",
    component = files.get(name) ?? new Uint8Array();
  evil.set(name, new Uint8Array(component.length).fill(7));
  evil.set("assets/3", new Uint8Array(11 * MIB));
  const forged = await writeZip(evil), asset = "assets/3";
  await t.step("an archive on disk that another takes the place of", async () => {
    await using folder = await tempFolder();
    const path = await write(`${folder.path}/x.gtpack`, archive);
    const end = await assertVerifiedOrNone(path, async () => {
      await Deno.writeFile(`${path}.new`, forged);
      await Deno.rename(`${path}.new`, path);
    }, component);
    assert(["verified", "pack.changed"].includes(end), end);
  });
  await t.step("an archive on disk that is removed", async () => {
    await using folder = await tempFolder();
    const path = await write(`${folder.path}/x.gtpack`, archive);
    const pack = await openPack(path, DEVOK);
    await Deno.remove(path);
    const error = await assertRejects(() => pack.read(asset), RunnerError);
    assertEquals(error.code, "pack.changed");
  });
  await t.step("an archive on disk of which one file changes", async () => {
    await using folder = await tempFolder();
    const path = await write(`${folder.path}/x.gtpack`, archive);
    const pack = await openPack(path, DEVOK);
    await Deno.writeFile(path, forged);
    const error = await assertRejects(() => pack.read(asset), RunnerError);
    assertEquals([error.code, error.place], ["pack.changed", asset]);
  });
  await t.step("an archive in memory", async () => {
    await using folder = await tempFolder();
    const path = await write(`${folder.path}/x.gtpack`, await Deno.readFile(DEMO));
    const end = await assertVerifiedOrNone(path, () => Deno.writeFile(path, forged), component);
    assertEquals(end, "verified");
  });
  await t.step("a folder", async () => {
    await using folder = await tempFolder();
    const path = await writeFolder(`${folder.path}/x`, await filesOf(DEMO));
    const end = await assertVerifiedOrNone(
      path,
      () => Deno.writeFile(`${path}/${name}`, forged.slice(0, 9)),
      component,
    );
    assertEquals(end, "verified");
  });
  await t.step("a run of an archive that changes all the time", async () => {
    await using folder = await tempFolder();
    const path = await write(`${folder.path}/x.gtpack`, archive);
    const stop = new AbortController();
    const changing = keepChanging(path, [forged, archive], stop.signal);
    for (let i = 0; i < 3; i++) {
      const options = { input: { name: "Ada" }, artifactsDir: `${folder.path}/run${i}`, cacheDir: null };
      const result = await runPack(path, options).catch((error: unknown) => error);
      if (result instanceof RunnerError) assert(/^(?:pack|component)\./.test(result.code), result.code);
      else await completeTranscript(`${folder.path}/run${i}`);
    }
    stop.abort();
    await changing;
  });
});

async function keepChanging(
  path: string,
  contents: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    await Deno.writeFile(path, contents[i % contents.length] ?? new Uint8Array());
    await new Promise<void>((resolve) => setTimeout(resolve, 3));
  }
}

Deno.test("a folder with a file that grows is opened as one state of it, or refused", async () => {
  await using folder = await tempFolder();
  const path = await writeFolder(`${folder.path}/x`, await packFiles(newSpec({ sbom: false })));
  const stop = new AbortController();
  const growing = (async () => {
    while (!stop.signal.aborted) {
      await Deno.writeFile(`${path}/assets/log`, UTF8.encode("line\n"), { append: true });
    }
  })();
  for (let i = 0; i < 100; i++) {
    const opened = await openPack(path, DEVOK).catch((error: unknown) => error);
    assert(
      !(opened instanceof Error) || opened instanceof RunnerError && opened.code === "pack.changed",
      String(opened),
    );
  }
  stop.abort();
  await growing;
});

/** Runs the demo in a process of its own. */
function demo(cwd: string, ...args: string[]): ReturnType<typeof command> {
  return command(["run", DEMO, "--input", '{"name":"Ada"}', ...args], { cwd });
}

Deno.test("two processes fill one cold cache at once, and both succeed", async () => {
  await using folder = await tempFolder();
  const runs = await Promise.all([demo(folder.path), demo(folder.path)]);
  for (const { code, stdout, stderr } of runs) {
    assertEquals([code, JSON.parse(stdout || "null")], [0, HELLO], stderr);
  }
  const files = await listing(`${folder.path}/.greentic`);
  const cached = files.filter((name) => name.startsWith("cache/"));
  assertEquals(cached.map((name) => name.replace(/.*\./, "")).sort(), ["ahead", "component", "component"]);
  // Each has a run directory of its own, with a whole record in it.
  const dirs = files.filter((name) => /^runs\/[^/]+$/.test(name));
  assertEquals(dirs.length, 2);
  for (const dir of dirs) await completeTranscript(`${folder.path}/.greentic/${dir}`);
  const third = await demo(folder.path);
  assertEquals([third.code, await cacheOf(folder.path)], [0, cached], third.stderr);
});

async function cacheOf(cwd: string): Promise<string[]> {
  return (await listing(`${cwd}/.greentic`)).filter((name) => name.startsWith("cache/"));
}

Deno.test("a cache entry that was truncated, edited or replaced is built again", async (t) => {
  await using folder = await tempFolder();
  const cacheDir = `${folder.path}/cache`;
  const runs = async (name: string) => {
    const more = ["--cache-dir", cacheDir, "--artifacts-dir", `${folder.path}/${name}`];
    const { code, stdout, stderr } = await call(["run", DEMO, "--input", '{"name":"Ada"}', ...more]);
    assertEquals([code, JSON.parse(stdout || "null")], [0, HELLO], stderr);
  };
  await runs("cold");
  const names = await listing(cacheDir), good = new Map<string, Uint8Array>();
  for (const name of names) good.set(name, await Deno.readFile(`${cacheDir}/${name}`));
  const changes: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["empty", () => new Uint8Array()],
    ["half", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["without its last byte", (bytes) => bytes.subarray(0, -1)],
    ["a byte longer", (bytes) => concatBytes([bytes, Uint8Array.of(0)])],
    [
      "one bit edited in the middle",
      (bytes) => bytes.map((byte, i) => i === bytes.length >> 1 ? byte ^ 1 : byte),
    ],
    ["noise", (bytes) => noise(bytes.length)],
    ["another one's", () => good.get(names.at(-1) ?? "") ?? new Uint8Array()],
    ["a first line alone", (bytes) => bytes.subarray(0, bytes.indexOf(10) + 1)],
  ];
  for (const [step, change] of changes) {
    await t.step(step, async () => {
      for (const [name, bytes] of good) await Deno.writeFile(`${cacheDir}/${name}`, change(bytes));
      await runs(step);
      assertEquals(await listing(cacheDir), names);
      for (const [name, bytes] of good) {
        assert(
          (await Deno.readFile(`${cacheDir}/${name}`)).toHex() === bytes.toHex(),
          `${name} was built again`,
        );
      }
    });
  }
});

Deno.test("two runs in one directory at once do not write into each other's record", async () => {
  await using folder = await tempFolder();
  const dir = `${folder.path}/run`, args = ["--artifacts-dir", dir, "--json"];
  const runs = await Promise.all([demo(folder.path, ...args), demo(folder.path, ...args)]);
  const done = runs.filter(({ code }) => code === 0);
  assert(done.length > 0, runs.map(({ stderr }) => stderr).join("\n"));
  // One has the directory; the other says that it is taken, or still gives its result.
  for (const { stdout } of done) assertEquals(JSON.parse(stdout).status, "Success");
  for (const { code, stderr } of runs) assert(code === 0 || stderr.includes("error[artifacts."), stderr);
  await completeTranscript(dir);
});
