/** What several tests need: the fixture packs, packs made on the spot, folders that go away, transcripts. */

import { assert, assertEquals } from "@std/assert";
import type { Json, JsonObject } from "../lib/base/json.ts";
import type { RunResult } from "../lib/base/result.ts";
import { DEVOK } from "./pack/_packs.ts";
import { buildPack } from "../lib/pack/build.ts";
import { openPack } from "../lib/pack/open.ts";
import { type KeptRun, readKeptRun, readTranscript } from "../lib/record/read.ts";
import type { TranscriptLine } from "../lib/record/line.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** The path of a fixture pack. */
export function packPath(name: string): string {
  return decodeURIComponent(new URL(`packs/${name}`, FIXTURES).pathname);
}

/** One node of {@linkcode makePack}. */
export interface NodeSketch {
  readonly id: string;
  /** A component of the pack, or a kind such as `emit.response`. */
  readonly component: string;
  readonly operation?: string;
  readonly payload?: Json;
  /** The next node; without it the flow ends. */
  readonly next?: string;
}

/** The document of a flow that starts at its first node. */
export function flowDocument(id: string, nodes: readonly NodeSketch[]): JsonObject {
  return {
    id,
    kind: "job",
    entrypoints: { default: nodes[0]?.id ?? "none" },
    nodes: nodes.map(({ id, component, operation, payload = {}, next }) => ({
      id,
      component: { id: component, ...(operation === undefined ? {} : { operation }) },
      input: { mapping: payload },
      routing: next === undefined ? "end" : { next: { node_id: next } },
    })),
  };
}

/** The document of a flow that cannot run: two routes of its only node have no guard. */
export function brokenFlow(id: string): JsonObject {
  return {
    id,
    kind: "job",
    entrypoints: { default: "a" },
    nodes: [{
      id: "a",
      component: { id: "emit.response" },
      routing: { custom: [{ to: "a" }, { out: true }] },
    }],
  };
}

/** What {@linkcode makePack} makes a pack of. */
export interface PackSketch {
  readonly flows: Readonly<Record<string, readonly NodeSketch[]>>;
  /** Names of fixture components; `id=name` gives one another id. */
  readonly components?: readonly string[];
  /** Texts by their paths below `assets/`. */
  readonly assets?: Readonly<Record<string, string>>;
  /** Flow documents taken as they are, before the others. */
  readonly documents?: Readonly<Record<string, JsonObject>>;
}

/** The bytes of an unsigned pack. */
export async function makePack(
  { flows, components = [], documents = {}, assets = {} }: PackSketch,
): Promise<Uint8Array> {
  return await buildPack({
    layout: "new",
    id: "made",
    version: "0.1.0",
    createdAt: "2026-01-01T00:00:00Z",
    flows: [
      ...Object.entries(documents).map(([id, document]) => ({ id, document })),
      ...Object.entries(flows).map(([id, nodes]) => ({ id, document: flowDocument(id, nodes) })),
    ],
    components: await Promise.all(components.map(async (named) => {
      const [id = named, name = id] = named.split("=");
      return {
        id,
        version: "0.1.0",
        world: "greentic:component/node@0.4.0",
        bytes: await Deno.readFile(new URL(`components/${name}/${name}.wasm`, FIXTURES)),
      };
    })),
    assets: new Map(Object.entries(assets).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  });
}

/** The files of a pack by name. */
export async function filesOf(path: string): Promise<Map<string, Uint8Array>> {
  const pack = await openPack(path, DEVOK);
  const files = new Map<string, Uint8Array>();
  for (const { name } of pack.entries) files.set(name, await pack.read(name));
  return files;
}

/** A folder that goes away with its owner. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder; `await using` removes it. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A folder for prepared components, kept until the tests of the file are over. */
export function sharedCache(): string {
  const path = Deno.makeTempDirSync();
  globalThis.addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
  return path;
}

/** Every file below a folder by its path there, as text. */
export async function textsBelow(folder: string, prefix: string = ""): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${prefix}`)) {
    const path = prefix === "" ? name : `${prefix}/${name}`;
    if (isDirectory) { for (const [file, text] of await textsBelow(folder, path)) texts.set(file, text); }
    else texts.set(path, await Deno.readTextFile(`${folder}/${path}`));
  }
  return texts;
}

/** Whether a path is there. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/**
 * Runs a script, which finds everything that `mod.ts` exports in scope, in a process of its own. The process is ended
 * after 10 s: a script that does not come to its end by itself has no exit code.
 */
export async function runScript(
  script: string,
  { cwd }: { cwd: string },
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const mod = new URL("../mod.ts", import.meta.url);
  const names = Object.keys(await import(mod.href)).join(", ");
  const file = `${cwd}/script.ts`;
  await Deno.writeTextFile(file, `import { ${names} } from ${JSON.stringify(mod.href)};\n${script}`);
  const config = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--cached-only", "--config", config, file],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return {
    code: signal === null ? code : null,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** What the directory of a run tells that has come to its end. */
export async function readRun(dir: string): Promise<KeptRun & { readonly result: RunResult }> {
  const { result, ...rest } = await readKeptRun(dir);
  if (result === null) throw new Error(`There is no run.json in "${dir}"`);
  return { result, ...rest };
}

/** Checks that a transcript is complete: first and last line, numbers, and an end for every start. Returns its lines. */
export async function completeTranscript(dir: string): Promise<TranscriptLine[]> {
  const lines = await readTranscript(dir);
  assertEquals(lines.map(({ seq }) => seq), lines.map((_, index) => index));
  assertEquals([lines.at(0)?.phase, lines.at(-1)?.phase], ["run", "run"]);
  const open = new Set<string>();
  for (const { phase, call_id: id } of lines) {
    if (id === null) continue;
    if (phase === "start") assert(!open.has(id), `call ${id} starts once`);
    if (phase === "start") open.add(id);
    if (phase === "end" || phase === "error") assert(open.delete(id), `call ${id} ends once`);
  }
  assertEquals([...open], [], "every start has its end");
  return lines;
}
