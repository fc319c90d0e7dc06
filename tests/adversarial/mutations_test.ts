/** Packs and their documents with anything changed: what comes in opens, or is refused by a documented code, and soon. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeCbor } from "../../lib/base/cbor.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { buildPack } from "../../lib/build.ts";
import { BuildError } from "../../lib/build_error.ts";
import { inspectPack } from "../../lib/inspect.ts";
import { writeZip } from "../../lib/pack/zip.ts";
import { readLock } from "../../lib/pack/lock.ts";
import { openPack } from "../../lib/pack/open.ts";
import { filesOf, packPath, tempFolder } from "../_helpers.ts";
import { DEVOK, must, UTF8, write } from "../pack/_packs.ts";
import { listing, PEAK_MIB, script, SOON_MS, tree } from "./_hostile.ts";
import type { Tally } from "./_mutate_regions.ts";
import { mutate, mutated, type Mutation, mutation, regionsOf } from "./_mutate.ts";

const NAMES = Array.from(
  Deno.readDirSync(new URL("../../fixtures/packs", import.meta.url)),
  ({ name }) => name,
)
  .filter((name) => name.endsWith(".gtpack")).sort();
const ARCHIVES = await Promise.all(NAMES.map((name) => Deno.readFile(packPath(name))));
const FILES = await Promise.all(NAMES.map((name) => filesOf(packPath(name))));
const ERRORS = await Deno.readTextFile(new URL("../../lib/base/errors.ts", import.meta.url));
const CODES = new Set(Array.from(ERRORS.matchAll(/^ {2}\| "([a-z_.]+)"/gm), ([, code]) => code));

const anyPack = fc.nat({ max: NAMES.length - 1 });
const changes = fc.array(mutation, { minLength: 1, maxLength: 3 });

/** Checks that something comes to an end, soon, and well or with a documented error. */
async function survives(work: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    assert(error.code !== "internal" && CODES.has(error.code), `${error.code}: ${error.message}`);
    const findings = error instanceof BuildError ? error.findings : [];
    for (const { code } of findings) assert(code !== "internal" && CODES.has(code), code);
  }
  const took = performance.now() - begin;
  assert(took < SOON_MS, `took ${Math.round(took)} ms`);
}

/** A test of a property, after which the working directory is as it was, with everything in it. */
function property<Ts extends [unknown, ...unknown[]]>(
  name: string,
  runs: { numRuns: number },
  ...rest: [...{ [K in keyof Ts]: fc.Arbitrary<Ts[K]> }, (...args: Ts) => Promise<void>]
): void {
  Deno.test(name, async () => {
    const before = await tree(Deno.cwd());
    await fc.assert(fc.asyncProperty(...rest as Parameters<typeof fc.asyncProperty<Ts>>), {
      seed: 11,
      ...runs,
    });
    assertEquals(await tree(Deno.cwd()), before);
  });
}

property(
  "openPack() survives archives with changes in any part",
  { numRuns: 500 },
  anyPack,
  fc.array(fc.tuple(fc.nat(), mutation), { minLength: 1, maxLength: 3 }),
  async (pack: number, edits: [number, Mutation][]) => {
    const archive = must(ARCHIVES[pack]), regions = regionsOf(archive);
    let changed = archive as Uint8Array;
    for (const [region, edit] of edits) changed = mutate(changed, edit, regions[region % regions.length]);
    await survives(() => openPack(changed, DEVOK));
  },
);

property(
  "openPack() survives what is spliced from two archives",
  { numRuns: 200 },
  anyPack,
  anyPack,
  fc.nat(),
  fc.nat(),
  async (a: number, b: number, from: number, to: number) => {
    const first = must(ARCHIVES[a]), second = must(ARCHIVES[b]);
    const [edges, others] = [regionsOf(first).flat(), regionsOf(second).flat()];
    const head = first.subarray(0, edges[from % edges.length]),
      tail = second.subarray(others[to % others.length]);
    const spliced = new Uint8Array(head.length + tail.length);
    spliced.set(head);
    spliced.set(tail, head.length);
    await survives(() => openPack(spliced, DEVOK));
  },
);

property(
  "inspectPack() survives manifests with any change, and nothing that would tell",
  { numRuns: 300 },
  anyPack,
  changes,
  async (pack: number, edits: Mutation[]) => {
    const files = new Map(FILES[pack]);
    // Without inventory and signature the changed manifest is what is read.
    for (const name of files.keys()) if (/^(?:sbom|signatures)/.test(name)) files.delete(name);
    files.set(
      "manifest.cbor",
      mutated(must(files.get("manifest.cbor")), edits),
    );
    await survives(async () => await inspectPack(await writeZip(files)));
  },
);

Deno.test("openPack() survives every kind of change in every part of every archive, in little memory", async () => {
  const before = await tree(Deno.cwd());
  const { opened, parts, codes, longestMs, mib } = JSON.parse(
    await script("_mutate_regions.ts", NAMES),
  ) as Tally;
  assertEquals(await tree(Deno.cwd()), before);
  // Two for each archive beside three for each of its entries.
  const entries = FILES.reduce((count, files) => count + files.size, 0);
  assertEquals([parts, opened], [2 * NAMES.length + 3 * entries, 64 * parts]);
  for (const code of Object.keys(codes)) {
    assert(code === "ok" || code !== "internal" && CODES.has(code), `${code}: ${codes[code]} times`);
  }
  assert(longestMs < SOON_MS, `took ${Math.round(longestMs)} ms`);
  // What was opened before is not swept up at once.
  assert(mib < 2 * PEAK_MIB, `${Math.round(mib)} MiB`);
});

const DOCUMENTS = /^(?:sbom\..*|signatures\/.*)$/;

property(
  "openPack() survives inventories, envelopes and chains with any change",
  { numRuns: 300 },
  anyPack,
  fc.nat(),
  changes,
  async (pack: number, which: number, edits: Mutation[]) => {
    const files = new Map(FILES[pack]), names = [...files.keys()].filter((name) => DOCUMENTS.test(name));
    const name = must(names[which % names.length]);
    files.set(name, mutated(must(files.get(name)), edits));
    await survives(async () => await openPack(await writeZip(files), DEVOK));
  },
);

const LOCKS: readonly JsonObject[] = [
  {
    schema_version: 1,
    components: [{ name: "c", source_ref: "oci://r/c@sha256:1", resolved_digest: "ab".repeat(32) }],
  },
  {
    version: 1,
    components: { c: { component_id: "c", resolved_digest: `sha256:${"ab".repeat(32)}`, operations: [] } },
  },
];
const LOCK_TEXTS = LOCKS.flatMap((
  lock,
) => [UTF8.encode(JSON.stringify(lock)), encodeCbor(lock, { order: "canonical" })]);

property(
  "readLock() survives lock files with any change",
  { numRuns: 150 },
  fc.nat(),
  changes,
  async (which: number, edits: Mutation[]) => {
    await using folder = await tempFolder();
    const bytes = mutated(must(LOCK_TEXTS[which % LOCK_TEXTS.length]), edits);
    const path = await write(`${folder.path}/pack.lock`, bytes);
    await survives(() => readLock(path, { allowMissingHash: false }));
    assertEquals(await listing(folder.path), ["pack.lock"]);
  },
);

const PACK_YAML = `pack_id: my.pack
version: 0.1.0
kind: application
components:
  - { id: my.comp, version: 1.0.0, wasm: components/my.wasm, supports: [job] }
flows: &flows
  - flows/main.ygtc
assets: *flows
dependencies: [{ alias: a, pack_id: b, version_req: ">=1" }]
extensions: { x: { kind: x, version: "1", inline: { a: [1, 2.5, null, true] } } }
`;
const FLOW =
  'id: main\ntype: job\nstart: say\nnodes:\n  say:\n    emit.response: { text: "{{in.input.name}}" }\n    routing: [{ out: true }]\n';

property(
  "buildPack() survives pack.yaml and flows with any change",
  { numRuns: 200 },
  fc.boolean(),
  fc.boolean(),
  changes,
  async (inFlow: boolean, legacy: boolean, edits: Mutation[]) => {
    await using folder = await tempFolder();
    const changed = (text: string) => mutated(UTF8.encode(text), edits);
    await write(
      `${folder.path}/pack.yaml`,
      inFlow ? PACK_YAML.replace(/components:\n.*\n/, "") : changed(PACK_YAML),
    );
    await write(`${folder.path}/flows/main.ygtc`, inFlow ? changed(FLOW) : FLOW);
    await survives(() => buildPack(folder.path, { layout: legacy ? "legacy" : "new" }));
    assertEquals(await listing(folder.path), ["flows", "flows/main.ygtc", "pack.yaml"]);
  },
);
