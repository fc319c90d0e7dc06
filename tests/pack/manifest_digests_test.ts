/** What manifests say about the files beside them, kept and broken. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeCbor, encodeCbor } from "../../lib/base/cbor.ts";
import { blake3Hex, sha256Hex } from "../../lib/base/digest.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { Verdict } from "../../lib/base/verdict.ts";
import { buildPack, packFiles } from "../../lib/pack/build.ts";
import { openPack } from "../../lib/pack/open.ts";
import type { PackSpec } from "../../lib/pack/pack_spec.ts";
import { PackRefused } from "../../lib/pack/verify.ts";
import { ASK, DEVOK, legacySpec, must, newSpec, STRICT, tampered, UTF8 } from "./_packs.ts";

const WASM = "components/demo.ask@0.1.0/component.wasm", FLOW = "flows/main/flow.json";
const RECORD = "components/demo.ask.manifest.cbor";

type Files = Map<string, Uint8Array>;

/** The verdicts of one check, whether they let the pack pass or not. */
async function verdicts(archive: Uint8Array | Files, check: string): Promise<Verdict[]> {
  const seen: Verdict[] = [];
  await openPack(archive, { ...DEVOK, onVerdict: (verdict) => seen.push(verdict) }).catch((error) => {
    if (!(error instanceof PackRefused)) throw error;
  });
  return seen.filter((verdict) => verdict.check === check);
}

function cbor(files: Files, name: string): JsonObject {
  return decodeCbor(must(files.get(name))) as JsonObject;
}

/** Changes the one flow and the one component in a manifest of the older layout. */
function legacyManifest(change: { flow?: JsonObject; component?: JsonObject }): (files: Files) => void {
  return (files) => {
    const manifest = cbor(files, "manifest.cbor");
    const [flow] = manifest["flows"] as JsonObject[], [component] = manifest["components"] as JsonObject[];
    const changed = {
      ...manifest,
      flows: [{ ...flow, ...change.flow }],
      components: [{ ...component, ...change.component }],
    };
    files.set("manifest.cbor", encodeCbor(changed, { order: "given" }));
  };
}

Deno.test("checkManifestHashes() compares flows and components with the older layout's digests", async () => {
  for (const sbom of [true, false]) {
    const [verdict, ...more] = await verdicts(await buildPack(legacySpec({ sbom })), "manifest_hashes");
    assertEquals([verdict?.verdict, verdict?.place, more.length], ["verified", "manifest.cbor", 0]);
    assertEquals(verdict?.reason, "2 flows and components match");
  }
  assertEquals(await verdicts(await buildPack(newSpec()), "manifest_hashes"), []);
});

Deno.test("checkManifestHashes() refuses a file that differs under every policy", async (t) => {
  const other = UTF8.encode('{"id":"main","type":"messaging","nodes":{}}');
  const wrong = { hash_blake3: "0".repeat(64) };
  const flowHash = await blake3Hex(must((await packFiles(legacySpec())).get(FLOW)));
  const table: [string, (files: Files) => void, string, string, string][] = [
    ["a flow", (files) => files.set(FLOW, other), FLOW, await blake3Hex(other), flowHash],
    ["a component", (files) => files.set(WASM, other), WASM, await blake3Hex(other), await blake3Hex(ASK)],
    ["the digest of a flow", legacyManifest({ flow: wrong }), FLOW, flowHash, wrong.hash_blake3],
    [
      "the digest of a component",
      legacyManifest({ component: wrong }),
      WASM,
      await blake3Hex(ASK),
      wrong.hash_blake3,
    ],
  ];
  for (const [name, change, place, actual, listed] of table) {
    await t.step(name, async () => {
      const archive = await tampered(legacySpec({ sbom: false }), change);
      const error = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
      assertEquals([error.code, error.place], ["verify.manifest_hash", place]);
      const reason = `digest is ${actual}, the manifest has ${listed}`;
      assertEquals(error.message, `File "${place}" is not the one of the manifest: ${reason}`);
      const found = (await verdicts(archive, "manifest_hashes")).map(({ verdict }) => verdict);
      assertEquals(found, ["mismatch", "verified"]);
      await assertRejects(() => openPack(archive, STRICT), PackRefused);
    });
  }
});

Deno.test("checkManifestHashes() says which digests it cannot read, and takes either case", async (t) => {
  const upper = { hash_blake3: (await blake3Hex(ASK)).toUpperCase() };
  const table: [string, { flow?: JsonObject; component?: JsonObject }, [string, string][]][] = [
    ["capitals", { component: upper }, [["verified", "2"]]],
    ["none", { flow: { hash_blake3: null } }, [["verified", "1"], ["skipped", "1"]]],
    ["too short", { flow: { hash_blake3: "abc" } }, [["verified", "1"], ["skipped", "1"]]],
    ["another algorithm", { component: { hash_blake3: `sha256:${"0".repeat(64)}` } }, [["verified", "1"], [
      "skipped",
      "1",
    ]]],
    ["both", { flow: { hash_blake3: "" }, component: { hash_blake3: "x" } }, [["skipped", "2"]]],
    ["of files that are not there", { flow: { file_json: "a" }, component: { file_wasm: "b" } }, []],
  ];
  for (const [name, change, expected] of table) {
    await t.step(name, async () => {
      const archive = await tampered(legacySpec({ sbom: false }), legacyManifest(change));
      const found = await verdicts(archive, "manifest_hashes");
      assertEquals(found.map(({ verdict, reason }) => [verdict, reason.split(" ")[0]]), expected);
    });
  }
});

/** A pack whose manifest lists these manifests of components. */
function listing(...rows: readonly Json[]): PackSpec {
  const inline: JsonObject = { schema_version: 1, entries: rows };
  const extensions = { "greentic.pack.component_manifests@v1": { kind: "k", version: "1", inline } };
  return newSpec({ sbom: false, extensions });
}

const ROW: JsonObject = { component_id: "demo.ask", manifest_file: RECORD, encoding: "cbor" };

/** Changes the manifest of the one component, and gives it without a digest in the list. */
function record(change: (record: JsonObject) => Json): (files: Files) => void {
  return (files) => files.set(RECORD, encodeCbor(change(cbor(files, RECORD)), { order: "canonical" }));
}

Deno.test("checkComponentManifests() finds manifests that say what the pack's manifest says", async (t) => {
  const built = must((await packFiles(listing())).get(RECORD));
  const hash = `sha256:${await sha256Hex(built)}`, unchanged = () => {};
  const table: [string, JsonObject, (files: Files) => void][] = [
    ["as they were built", { ...ROW, content_hash: hash }, unchanged],
    ["a digest in capitals", { ...ROW, content_hash: `sha256:${hash.slice(7).toUpperCase()}` }, unchanged],
    ["no digest", ROW, unchanged],
    ["null written out", ROW, record((record) => ({ ...record, config_schema: null, more: null }))],
    [
      "what is empty left out",
      ROW,
      record(({ id, version, world }) => ({
        ...{ id: id ?? null, version: version ?? null, world: world ?? null },
        capabilities: { wasi: { random: false, clocks: false } },
      })),
    ],
    ["keys in another order", ROW, (files) => {
      const entries = Object.entries(cbor(files, RECORD)).reverse();
      files.set(RECORD, encodeCbor(Object.fromEntries(entries), { order: "given" }));
    }],
  ];
  for (const [name, row, change] of table) {
    await t.step(name, async () => {
      const found = await verdicts(await tampered(listing(row), change), "component_manifests");
      assertEquals(found.map(({ verdict, place, reason }) => [verdict, place, reason]), [
        ["verified", "manifest.cbor", "1 component manifest matches"],
      ]);
    });
  }
});

Deno.test("checkComponentManifests() refuses one that differs", async (t) => {
  const zeros = `sha256:${"0".repeat(64)}`, kept = () => {};
  const differs = "it differs from what the pack's manifest says of the component";
  const table: [string, Json, (files: Files) => void, string, string][] = [
    ["another digest", { ...ROW, content_hash: zeros }, kept, RECORD, `the manifest has ${zeros}`],
    [
      "a digest of another kind",
      { ...ROW, content_hash: "blake3:00" },
      kept,
      RECORD,
      'its digest "blake3:00" is not sha256: and hex',
    ],
    ["no file", ROW, (files) => files.delete(RECORD), RECORD, "the file is not in the pack"],
    [
      "no CBOR",
      ROW,
      (files) => files.set(RECORD, Uint8Array.of(0xff)),
      RECORD,
      "CBOR is not usable at byte 0",
    ],
    ["another world", ROW, record((record) => ({ ...record, world: "w" })), RECORD, differs],
    ["another id", ROW, record((record) => ({ ...record, id: "other" })), RECORD, differs],
    ["more", ROW, record((record) => ({ ...record, more: false })), RECORD, differs],
    [
      "less",
      ROW,
      record(({ id, version }) => ({ id: id ?? null, version: version ?? null })),
      RECORD,
      differs,
    ],
    ["more within", ROW, record((record) => ({ ...record, resources: { cpu: 0 } })), RECORD, differs],
    ["no map", ROW, record(() => []), RECORD, differs],
    ["no component", { manifest_file: RECORD }, kept, "manifest.cbor", "names no component and file"],
    ["no path", { component_id: "demo.ask" }, kept, "manifest.cbor", "names no component and file"],
    ["no row", "demo.ask", kept, "manifest.cbor", "names no component and file"],
  ];
  for (const [name, row, change, place, reason] of table) {
    await t.step(name, async () => {
      const archive = await tampered(listing(row), change);
      const error = await assertRejects(() => openPack(archive, DEVOK), PackRefused);
      assertEquals([error.code, error.place], ["verify.component_manifest", place]);
      assert(error.message.includes(reason), error.message);
    });
  }
  await t.step("one of two", async () => {
    const found = await verdicts(
      await buildPack(listing(ROW, { ...ROW, content_hash: zeros })),
      "component_manifests",
    );
    assertEquals(found.map(({ verdict }) => verdict), ["mismatch", "verified"]);
  });
});

Deno.test("checkComponentManifests() says nothing where nothing is listed", async () => {
  for (const spec of [newSpec(), listing(), legacySpec()]) {
    assertEquals(await verdicts(await buildPack(spec), "component_manifests"), []);
  }
});
