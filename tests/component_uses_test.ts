/** What `run.json` says of components: how each was resolved, and what pins it. */

import { assertEquals, assertRejects } from "@std/assert";
import { sha256Hex } from "../lib/base/digest.ts";
import { buildPack } from "../lib/pack/build.ts";
import { RunnerError, runPack } from "../mod.ts";
import { sharedCache, tempFolder } from "./_helpers.ts";
import { component } from "./_sources.ts";
import { newSpec, sourcesExtension } from "./pack/_packs.ts";

const cacheDir = sharedCache();
const BYTES = await component("greet");
const DIGEST = `sha256:${await sha256Hex(BYTES)}`;
const OTHER = `sha256:${"0".repeat(64)}`;
const ENTRY = "components/greet.wasm";

/** A pack that greets, with a row for its component in its table; without the component where that is remote. */
function greeting(digest: string, remote: boolean): Promise<Uint8Array> {
  const document = {
    id: "main",
    kind: "messaging",
    entrypoints: { default: "greet" },
    nodes: [{
      id: "greet",
      component: { id: "greet", operation: "greet" },
      input: { mapping: "{{entry}}" },
      routing: "end",
    }],
  };
  const artifact = remote ? "remote" : { inline: { wasm_path: ENTRY } };
  const row = { name: "greet", source: "oci://r/greet@sha256:1", resolved: { digest }, artifact };
  return buildPack(newSpec({
    flows: [{ id: "main", document }],
    components: remote ? [] : [{ id: "greet", version: "0.1.0", world: "w", bytes: BYTES }],
    extensions: sourcesExtension([row]),
  }));
}

/** The components in `run.json`. */
async function recorded(artifactsDir: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(`${artifactsDir}/run.json`)).components;
}

const REFERENCE = { reference: "oci://r/greet@sha256:1" };

Deno.test("runPack() records the digest that is demanded of a component, and who demands it", async (t) => {
  await using temp = await tempFolder();
  const mine = `${temp.path}/mine.wasm`;
  await Deno.writeFile(mine, BYTES);
  const lock = `${temp.path}/pack.lock`;
  const row = { name: "greet", source_ref: "oci://r/locked@sha256:2", resolved_digest: DIGEST };
  await Deno.writeTextFile(lock, JSON.stringify({ schema_version: 1, components: [row] }));
  const map = { greet: mine };
  const table = [
    ["the table", DIGEST, {}, ["pack", ENTRY], { pinned: DIGEST, pinned_by: "table", ...REFERENCE }],
    ["the table, a map", OTHER, { map }, ["map", mine], { pinned: OTHER, pinned_by: "table", ...REFERENCE }],
    ["a lock", OTHER, { lock }, ["pack", ENTRY], {
      pinned: DIGEST,
      pinned_by: "lock",
      reference: "oci://r/locked@sha256:2",
    }],
  ] as const;
  for (const [name, digest, components, [origin, entry], said] of table) {
    await t.step(name, async () => {
      const artifactsDir = `${temp.path}/${name}`;
      const pack = await greeting(digest, false);
      await runPack(pack, { input: { name: "Ada" }, components, cacheDir, artifactsDir });
      const [{ world: _world, cache_hit: _hit, prepare_ms: _ms, ...use }] = await recorded(artifactsDir) as [
        Record<string, unknown>,
      ];
      assertEquals(use, { id: "greet", origin, entry, digest: DIGEST, ...said });
    });
  }
});

Deno.test("runPack() records components that could not be had as far as they are known", async () => {
  await using temp = await tempFolder();
  const artifactsDir = `${temp.path}/run`;
  const pack = await greeting(OTHER, true);
  const run = () => runPack(pack, { input: { name: "Ada" }, cacheDir, artifactsDir });
  const error = await assertRejects(run, RunnerError);
  assertEquals(error.code, "pack.missing_entry");
  assertEquals(await recorded(artifactsDir), [{
    id: "greet",
    origin: "pack",
    entry: ENTRY,
    digest: null,
    pinned: OTHER,
    pinned_by: "table",
    ...REFERENCE,
    world: null,
    cache_hit: false,
    prepare_ms: 0,
  }]);
});
