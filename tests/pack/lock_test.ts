/** Lock files of both formats, and every rule about them. */

import { assertEquals, assertRejects } from "@std/assert";
import { encodeCbor } from "../../lib/base/cbor.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { ListedSource } from "../../lib/pack/component_sources.ts";
import { readLock } from "../../lib/pack/lock.ts";
import { tempFolder } from "../_helpers.ts";
import { UTF8 } from "./_packs.ts";

const HEX = "ab".repeat(32), SHA256 = `sha256:${HEX}`;
const REF = "oci://registry/c@sha256:1";
const REMOTE: JsonObject = { name: "c", source_ref: REF, resolved_digest: SHA256 };
const BUNDLED: JsonObject = { name: "c", source_ref: REF, bundled_path: "blobs/c.wasm", wasm_sha256: HEX };

/** Reads a lock that was written into a folder of its own. */
async function lockOf(
  content: Json | Uint8Array,
  options = { allowMissingHash: false },
): Promise<ListedSource[]> {
  await using folder = await tempFolder();
  const path = `${folder.path}/pack.lock`;
  await Deno.writeFile(path, content instanceof Uint8Array ? content : UTF8.encode(JSON.stringify(content)));
  try {
    const rows = await readLock(path, options);
    const listed = [...rows.rows];
    assertEquals(listed.map(({ id }) => rows.find(id)), listed);
    return listed;
  } catch (error) {
    if (error instanceof RunnerError) assertEquals(error.place, path);
    throw error;
  }
}

/** What is wrong with a lock, without its path. */
async function fault(content: Json | Uint8Array, options?: { allowMissingHash: boolean }): Promise<string> {
  const error = await assertRejects(() => lockOf(content, options), RunnerError);
  assertEquals(error.code, "lock.invalid");
  return error.message.replace(/^Lock file ".*?" /, "");
}

function runnerLock(...components: readonly Json[]): JsonObject {
  return { schema_version: 1, components };
}

function packerLock(components: JsonObject): JsonObject {
  return { version: 1, components };
}

Deno.test("readLock() reads the runner's lock in either spelling", async (t) => {
  const remote: ListedSource = { id: "c", name: "c", reference: REF, digest: SHA256 };
  const bundled: ListedSource = { ...remote, entry: "blobs/c.wasm" };
  const table: [string, JsonObject, ListedSource][] = [
    ["remote", REMOTE, remote],
    ["remote, spelt as before", { name: "c", ref: REF, digest: SHA256 }, remote],
    ["remote, said so", { ...REMOTE, bundled: false }, remote],
    ["bundled", BUNDLED, bundled],
    ["bundled, said so", { ...BUNDLED, bundled: true }, bundled],
    ["bundled, spelt as before", { name: "c", ref: REF, path: "blobs/c.wasm", sha256: SHA256 }, bundled],
    ["both spellings that agree", { ...BUNDLED, ref: REF, path: "blobs/c.wasm", sha256: HEX }, bundled],
    [
      "both spellings of one digest, with and without prefix",
      { ...REMOTE, digest: HEX.toUpperCase() },
      remote,
    ],
    ["both spellings of one bundled digest", { ...BUNDLED, sha256: SHA256 }, bundled],
    ["an id of its own", { ...REMOTE, component_id: "my.c" }, { ...remote, id: "my.c" }],
    ["null for what is absent", { ...REMOTE, component_id: null, ref: null, bundled_path: null }, remote],
    ["a digest without prefix", { ...REMOTE, resolved_digest: HEX }, remote],
    ["a digest in capitals", { ...REMOTE, resolved_digest: `SHA256:${HEX.toUpperCase()}` }, remote],
    ["a bundled digest of its own", { ...BUNDLED, resolved_digest: `sha256:${"0".repeat(64)}` }, bundled],
    ["fields that nobody knows", { ...REMOTE, more: [1] }, remote],
  ];
  for (const [name, row, expected] of table) {
    await t.step(name, async () => assertEquals(await lockOf(runnerLock(row)), [expected]));
  }
  await t.step("several, in their order", async () => {
    const rows = await lockOf(runnerLock({ ...REMOTE, name: "z" }, { ...BUNDLED, name: "a" }));
    assertEquals(rows.map(({ id }) => id), ["z", "a"]);
  });
  await t.step("none", async () => assertEquals(await lockOf(runnerLock()), []));
});

Deno.test("readLock() refuses a row of the runner's lock that says too little or too much", async (t) => {
  const without = (row: JsonObject, key: string): JsonObject => ({ ...row, [key]: null });
  const two = (key: string, b: string, a = "x") =>
    `has two values for "${key}" of component "c": "${a}" and "${b}"`;
  const digest = (text: string) => `has "${text}" for component "c", which is no SHA-256 digest`;
  const table: [string, JsonObject, string][] = [
    ["no name", without(REMOTE, "name"), "has a component without a name"],
    ["no reference", without(REMOTE, "source_ref"), 'says not where component "c" comes from (source_ref)'],
    ["two references", { ...REMOTE, source_ref: "x", ref: "y" }, two("source_ref", "y")],
    ["two paths", { ...BUNDLED, bundled_path: "x", path: "y" }, two("bundled_path", "y")],
    ["two bundled digests", { ...BUNDLED, wasm_sha256: "x", sha256: "y" }, two("wasm_sha256", "y")],
    ["two digests", { ...REMOTE, resolved_digest: "x", digest: "y" }, two("resolved_digest", "y")],
    [
      "bundled nowhere",
      { ...without(BUNDLED, "bundled_path"), bundled: true },
      'has no bundled_path for component "c", which is bundled',
    ],
    ["bundled without digest", without(BUNDLED, "wasm_sha256"), 'has no wasm_sha256 for component "c"'],
    [
      "bundled with a remote digest",
      { ...without(BUNDLED, "wasm_sha256"), resolved_digest: SHA256 },
      'has no wasm_sha256 for component "c"',
    ],
    ["remote without digest", without(REMOTE, "resolved_digest"), 'has no resolved_digest for component "c"'],
    [
      "remote with a bundled digest",
      { ...without(REMOTE, "resolved_digest"), wasm_sha256: HEX },
      'has no resolved_digest for component "c"',
    ],
    ["another algorithm", { ...REMOTE, resolved_digest: `blake3:${HEX}` }, digest(`blake3:${HEX}`)],
    ["a short digest", { ...BUNDLED, wasm_sha256: HEX.slice(1) }, digest(HEX.slice(1))],
    ["a long digest", { ...REMOTE, resolved_digest: `${SHA256}0` }, digest(`${SHA256}0`)],
    ["an empty digest", { ...REMOTE, resolved_digest: "" }, digest("")],
  ];
  for (const [name, row, message] of table) {
    await t.step(name, async () => assertEquals(await fault(runnerLock(row)), message));
  }
  for (const row of ["c", null, [REMOTE], 1]) {
    await t.step(JSON.stringify(row), async () => {
      assertEquals(await fault(runnerLock(row)), "has a component without a name");
    });
  }
});

Deno.test("readLock() lets a bundled digest be left out, and no other, where that is allowed", async () => {
  const allowed = { allowMissingHash: true };
  const row = { ...BUNDLED, wasm_sha256: null };
  assertEquals(await lockOf(runnerLock(row), allowed), [
    { id: "c", name: "c", reference: REF, entry: "blobs/c.wasm" },
  ]);
  const remote = { ...REMOTE, resolved_digest: null };
  assertEquals(await fault(runnerLock(remote), allowed), 'has no resolved_digest for component "c"');
  assertEquals(await fault(packerLock({ c: {} }), allowed), 'has no resolved_digest for component "c"');
  const broken = { ...BUNDLED, wasm_sha256: "x" };
  assertEquals(
    await fault(runnerLock(broken), allowed),
    'has "x" for component "c", which is no SHA-256 digest',
  );
});

Deno.test("readLock() refuses two components of one name or id", async (t) => {
  const table: [string, JsonObject, JsonObject, string][] = [
    ["the same name", REMOTE, BUNDLED, 'has the component "c" twice'],
    [
      "the same id",
      { ...REMOTE, name: "a", component_id: "x" },
      { ...REMOTE, name: "b", component_id: "x" },
      'has the component "x" twice',
    ],
    [
      "a name that is an id",
      REMOTE,
      { ...REMOTE, name: "b", component_id: "c" },
      'has the component "c" twice',
    ],
    [
      "a name under two ids",
      { ...REMOTE, component_id: "a" },
      { ...REMOTE, component_id: "b" },
      'has the name "c" twice',
    ],
  ];
  for (const [name, one, two, message] of table) {
    await t.step(name, async () => assertEquals(await fault(runnerLock(one, two)), message));
  }
});

Deno.test("readLock() reads the packer's lock, as CBOR and as JSON", async () => {
  const lock = packerLock({
    "a.b": {
      component_id: "a.b",
      ref: REF,
      abi_version: "0.6.0",
      resolved_digest: SHA256,
      describe_hash: HEX,
      operations: [{ operation_id: "run", schema_hash: HEX }],
    },
    constructor: { resolved_digest: HEX },
  });
  const expected = [
    { id: "a.b", name: "a.b", reference: REF, digest: SHA256 },
    { id: "constructor", name: "constructor", digest: SHA256 },
  ];
  for (const content of [lock, encodeCbor(lock, { order: "given" })]) {
    assertEquals(await lockOf(content), expected);
  }
  const canonical = await lockOf(encodeCbor(lock, { order: "canonical" }));
  assertEquals(new Set(canonical.map(({ id }) => id)), new Set(["a.b", "constructor"]));
  assertEquals(await lockOf(encodeCbor(runnerLock(REMOTE), { order: "given" })), [
    { id: "c", name: "c", reference: REF, digest: SHA256 },
  ]);
});

Deno.test("readLock() refuses a row of the packer's lock without a digest", async (t) => {
  const table: [string, Json, string][] = [
    ["none", { ref: REF }, 'has no resolved_digest for component "c"'],
    ["no row", null, 'has no resolved_digest for component "c"'],
    ["no text", { resolved_digest: 5 }, 'has no resolved_digest for component "c"'],
    ["no SHA-256", { resolved_digest: "md5:0" }, 'has "md5:0" for component "c", which is no SHA-256 digest'],
  ];
  for (const [name, row, message] of table) {
    await t.step(name, async () => assertEquals(await fault(packerLock({ c: row })), message));
  }
});

Deno.test("readLock() refuses what is no lock", async (t) => {
  const neither = "has neither schema_version 1 with a list of components, nor version 1 with a map of them";
  const noDocument = "is neither JSON nor CBOR";
  const table: [string, Json | Uint8Array, string][] = [
    ["another schema", { ...runnerLock(REMOTE), schema_version: 2 }, neither],
    ["a schema in words", { ...runnerLock(REMOTE), schema_version: "1" }, neither],
    ["no schema", { components: [REMOTE] }, neither],
    ["another version", { ...packerLock({}), version: 2 }, neither],
    ["a list in the packer's lock", { version: 1, components: [] }, neither],
    ["a map in the runner's lock", { schema_version: 1, components: {} }, neither],
    ["no components", { schema_version: 1, version: 1 }, neither],
    ["no object", [], neither],
    ["nothing", new Uint8Array(), noDocument],
    ["text", UTF8.encode("hello, lock"), noDocument],
    ["JSON that ends early", UTF8.encode('{"schema_version": 1,'), noDocument],
    ["CBOR that ends early", encodeCbor(packerLock({ c: REF }), { order: "given" }).slice(0, -1), noDocument],
    ["deep JSON", UTF8.encode("[".repeat(200) + "]".repeat(200)), "is nested too deeply"],
    ["deep CBOR", new Uint8Array(200).fill(0x81), noDocument],
  ];
  for (const [name, content, message] of table) {
    await t.step(name, async () => assertEquals(await fault(content), message));
  }
  await t.step("no file", async () => {
    const error = await assertRejects(() => readLock("/absent/x", { allowMissingHash: false }), RunnerError);
    assertEquals([error.code, error.message], ["lock.invalid", 'File "/absent/x" does not exist']);
  });
});
