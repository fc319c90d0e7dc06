/** What the builder writes, field by field. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeCbor } from "../../lib/base/cbor.ts";
import { blake3Hex, sha256Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { type JsonObject, member } from "../../lib/base/json.ts";
import { cborRange } from "../../lib/base/cbor_range.ts";
import { buildPack, packFiles } from "../../lib/pack/build.ts";
import type { PackSpec } from "../../lib/pack/pack_spec.ts";
import { writeZip } from "../../lib/pack/zip.ts";
import { checkPack } from "./_checker.ts";
import { legacySpec, must, newSpec, SIGNING, unpack, UTF8 } from "./_packs.ts";

function json(bytes: Uint8Array | undefined): JsonObject {
  return JSON.parse(new TextDecoder().decode(bytes));
}

Deno.test("writeZip() writes every field as the reference does", async () => {
  const data = UTF8.encode("hello");
  const bytes = await writeZip([["manifest.cbor", data], ["ü", new Uint8Array()]]);
  const names = [UTF8.encode("manifest.cbor"), UTF8.encode("ü")];
  const header = (flags: string, crc: string, size: string, name: number) =>
    `0a00${flags}0000000021 00${crc}${size}00 0000${size}000000${name.toString(16).padStart(2, "0")}000000`;
  const first = header("0000", "86a61036", "05", 13), second = header("0008", "00000000", "00", 2);
  const tail = "0000 0000 0000 0000a481";
  const expected = [
    ["504b0304", first, names[0]?.toHex(), data.toHex()],
    ["504b0304", second, names[1]?.toHex()],
    ["504b01020a03", first, tail, "00000000", names[0]?.toHex()],
    ["504b01020a03", second, tail, "30000000", names[1]?.toHex()],
    ["504b050600000000 0200 0200 6b000000 50000000 0000"],
  ];
  assertEquals(bytes.toHex(), expected.flat().join("").replaceAll(" ", ""));
});

Deno.test("buildPack() gives the same bytes for the same data", async () => {
  for (const spec of [newSpec({ signing: SIGNING }), legacySpec({ signing: SIGNING })]) {
    assertEquals(await blake3Hex(await buildPack(spec)), await blake3Hex(await buildPack(spec)));
  }
});

Deno.test("buildPack() orders the entries of each layout", async () => {
  const files = new Map([["schemas/a.json", UTF8.encode("{}")], ["a.txt", UTF8.encode("")]]);
  const modern = [...(await unpack(await buildPack(newSpec({ files, signing: SIGNING })))).keys()];
  assertEquals(modern, [
    "manifest.cbor",
    "components/demo.ask.wasm",
    "components/demo.ask.manifest.cbor",
    "a.txt",
    "assets/greeting.txt",
    "schemas/a.json",
    "sbom.cbor",
    "signatures/pack.sig",
    "signatures/chain.pem",
  ]);
  const legacy = [...(await unpack(await buildPack(legacySpec({ files, signing: SIGNING })))).keys()];
  assertEquals(legacy, [
    "a.txt",
    "assets/greeting.txt",
    "components/demo.ask@0.1.0/component.wasm",
    "flows/main/flow.json",
    "flows/main/flow.ygtc",
    "manifest.cbor",
    "manifest.json",
    "provenance.json",
    "sbom.json",
    "schemas/a.json",
    "signatures/chain.pem",
    "signatures/pack.sig",
  ]);
});

Deno.test("buildPack() lists files in the order and form of each layout", async () => {
  const legacy = await packFiles(legacySpec());
  const sbom = json(legacy.get("sbom.json")) as { files: JsonObject[]; format: string };
  assertEquals(Object.keys(sbom), ["files", "format"]);
  assertEquals(sbom.files.map(({ path, media_type }) => `${path} ${media_type}`), [
    "flows/main/flow.ygtc application/yaml",
    "flows/main/flow.json application/json",
    "components/demo.ask@0.1.0/component.wasm application/wasm",
    "assets/greeting.txt application/octet-stream",
    "manifest.cbor application/cbor",
    "manifest.json application/json",
    "provenance.json application/json",
  ]);
  for (const { path, size, hash_blake3 } of sbom.files) {
    const bytes = legacy.get(String(path)) ?? new Uint8Array();
    assertEquals([size, hash_blake3], [bytes.length, await blake3Hex(bytes)]);
  }
  const modern = decodeCbor((await packFiles(newSpec())).get("sbom.cbor") ?? new Uint8Array());
  assertEquals((member(modern, "files") as JsonObject[]).map((file) => file["path"]), [
    "assets/greeting.txt",
    "components/demo.ask.manifest.cbor",
    "components/demo.ask.wasm",
    "manifest.cbor",
  ]);
  assertEquals((await packFiles(newSpec({ sbom: false }))).has("sbom.cbor"), false);
});

Deno.test("buildPack() writes the tables and indexes of the new manifest", async () => {
  const capabilities = {
    wasi: { filesystem: { mode: "none", mounts: [] }, random: true, clocks: false },
    host: { state: { read: false, write: true }, telemetry: { scope: "node" }, secrets: { required: [] } },
  };
  const component = must(newSpec().components[0]);
  const components = [{ ...component, record: { capabilities, supports: ["messaging"] } }];
  const secretRequirements = [{ key: "K", required: true }];
  const files = await packFiles(newSpec({ components, secretRequirements }));
  const manifest = decodeCbor(files.get("manifest.cbor") ?? new Uint8Array()) as JsonObject;
  assertEquals(Object.keys(manifest), [
    ...[
      "schema_version",
      "pack_id",
      "name",
      "version",
      "kind",
      "publisher",
      "symbols",
      "components",
      "flows",
    ],
    ...["dependencies", "capabilities", "secret_requirements", "signatures"],
  ]);
  assertEquals(manifest["symbols"], {
    component_ids: ["demo.ask", "emit.response"],
    node_ids: ["ask", "bye", "choose", "say"],
    capability_names: ["host:secrets", "host:state:write", "host:telemetry", "wasi:fs:none", "wasi:random"],
    pack_ids: ["demo.pack"],
  });
  assertEquals((manifest["capabilities"] as JsonObject[]).map((item) => item["name"]), [0, 1, 2, 3, 4]);
  const flow = member((manifest["flows"] as JsonObject[])[0], "flow");
  const nodes = member(flow, "nodes") as JsonObject[];
  assertEquals(nodes.map((node) => node["id"]), [0, 2, 3, 1]);
  assertEquals(nodes.map((node) => node["routing"]), [
    { Next: { node_id: 2 } },
    { Branch: { on_status: { ok: 3, err: 0 }, default: 3 } },
    { Custom: [{ to: "ask" }] },
    "Reply",
  ]);
  const record = decodeCbor(files.get("components/demo.ask.manifest.cbor") ?? new Uint8Array()) as JsonObject;
  assertEquals([record["id"], record["supports"], "configurators" in record], [
    "demo.ask",
    ["messaging"],
    false,
  ]);
});

Deno.test("buildPack() takes nodes as a map and writes the same", async () => {
  const spec = newSpec();
  const document = spec.flows[0]?.document ?? {};
  const nodes = Object.fromEntries((document["nodes"] as JsonObject[]).map((node) => [node["id"], node]));
  const mapped = newSpec({ flows: [{ id: "main", document: { ...document, nodes } }] });
  assertEquals((await packFiles(mapped)).get("manifest.cbor"), (await packFiles(spec)).get("manifest.cbor"));
});

Deno.test("buildPack() carries what a document says of its nodes, and fills in what it leaves out", async () => {
  const said: JsonObject = {
    id: "said",
    component: { id: "c", pack_alias: "mail", operation: "o" },
    input: { mapping: { x: 1 } },
    output: { mapping: { y: 2 } },
    routing: "reply",
    telemetry: { span_name: "s", attributes: { k: "v" } },
  };
  const left: JsonObject = { id: "left", component: { id: "emit.x" } };
  const files = await packFiles(
    newSpec({ flows: [{ id: "f", document: { id: "f", nodes: [said, left] } }] }),
  );
  const manifest = decodeCbor(must(files.get("manifest.cbor")));
  const flow = must(member((member(manifest, "flows") as JsonObject[])[0], "flow"));
  assertEquals([member(flow, "schema_version"), member(flow, "kind"), member(flow, "metadata")], [
    "flow-v1",
    "messaging",
    { tags: [], extra: {} },
  ]);
  const [first, second] = member(flow, "nodes") as JsonObject[];
  const { id: _, component, routing, ...parts } = must(first);
  const { id: _1, component: _2, routing: _3, ...expected } = said;
  assertEquals([parts, routing], [expected, "Reply"]);
  assertEquals([member(component, "pack_alias"), member(component, "operation")], ["mail", "o"]);
  const { id: _4, component: plain, ...filled } = must(second);
  assertEquals(filled, {
    input: { mapping: {} },
    output: { mapping: {} },
    routing: "End",
    telemetry: { attributes: {} },
  });
  assertEquals([member(plain, "pack_alias"), member(plain, "operation")], [null, null]);
});

Deno.test("buildPack() keeps an author's YAML with plain line ends", async () => {
  const flow = must(legacySpec().flows[0]);
  const files = await packFiles(legacySpec({ flows: [{ ...flow, yaml: "id: main\r\nnodes: {}\r\n" }] }));
  assertEquals(files.get("flows/main/flow.ygtc"), UTF8.encode("id: main\nnodes: {}\n"));
  assertEquals(json(files.get("flows/main/flow.json")), flow.document);
});

Deno.test("buildPack() refuses data that no reader would take", async (t) => {
  const flow = must(newSpec().flows[0]), component = must(newSpec().components[0]);
  const node = (more: JsonObject): Partial<PackSpec> => {
    return { flows: [{ id: "f", document: { nodes: { a: { component: { id: "c" }, ...more } } } }] };
  };
  const table: [string, PackSpec, string][] = [
    ["a bad id", newSpec({ id: "a b" }), "option.invalid"],
    ["a bad version", newSpec({ version: "1" }), "option.invalid"],
    ["twin flows", newSpec({ flows: [flow, flow] }), "option.invalid"],
    ["twin components", newSpec({ components: [component, component] }), "option.invalid"],
    [
      "a file of the builder's",
      newSpec({ files: new Map([["sbom.json", UTF8.encode("")]]) }),
      "option.invalid",
    ],
    ["a climbing asset", newSpec({ assets: new Map([["../../x", UTF8.encode("")]]) }), "pack.unsafe_path"],
    ["a flow without nodes", newSpec({ flows: [{ id: "f", document: {} }] }), "option.invalid"],
    ["a dangling route", newSpec(node({ routing: { next: { node_id: "b" } } })), "option.invalid"],
    ["an unknown routing", newSpec(node({ routing: { stop: 1 } })), "option.invalid"],
    ["a node without component", newSpec(node({ component: {} })), "option.invalid"],
    ["an unlisted entry flow", legacySpec({ entryFlows: ["other"] }), "option.invalid"],
    ["no flow in the older layout", legacySpec({ flows: [] }), "option.invalid"],
    ["extensions in the older layout", legacySpec({ extensions: {} }), "option.invalid"],
    ["a signature without inventory", newSpec({ sbom: false, signing: SIGNING }), "option.invalid"],
    ["a short key", newSpec({ signing: { ...SIGNING, seed: new Uint8Array(31) } }), "option.invalid"],
  ];
  for (const [name, spec, code] of table) {
    await t.step(name, async () => {
      assertEquals((await assertRejects(() => buildPack(spec), RunnerError)).code, code);
    });
  }
});

/** What a record may say, in another order than manifests have it, with fields that they have no place for. */
const RECORD: JsonObject = {
  resources: { memory_mb: 64, cpu_millis: 10, odd: 1 },
  config_schema: { type: "object" },
  operations: [{ output_schema: {}, name: "run", input_schema: { type: "string" }, note: "x" }],
  configurators: { full: "f", basic: "b" },
  capabilities: {
    host: {
      http: { server: false, client: true },
      secrets: {
        required: [{ required: false, key: "API_KEY", scope: { env: "dev", tenant: "t" }, odd: 1 }],
      },
    },
    wasi: { clocks: false, random: true, filesystem: { mounts: [], mode: "none" }, sockets: true },
  },
  profiles: { supported: ["p"], default: "p" },
  supports: ["job"],
  description: "not for manifests",
};
const PROVIDERS = "greentic.provider-extension.v1";

/** A pack of the new layout that uses every option. */
function fullSpec(more: Partial<PackSpec> = {}): PackSpec {
  const component = { ...must(newSpec().components[0]), record: RECORD };
  const flow = { ...must(newSpec().flows[0]), tags: ["default", "first"] };
  const provider = {
    provider_type: "demo.sender",
    config_schema_ref: "schemas/a.json",
    runtime: { component_ref: "demo.ask", export: "run", world: "demo:ask/node@0.4.0" },
  };
  return newSpec({
    kind: "provider",
    components: [component, { ...component, id: "a.first", bytes: UTF8.encode("\0asm-first") }],
    flows: [flow],
    files: new Map([["schemas/a.json", UTF8.encode("{}")], ["i18n/ü.json", UTF8.encode("{}")]]),
    assets: new Map([["b.wasm", UTF8.encode("b")], ["a.json", UTF8.encode("{}")]]),
    extensions: {
      [PROVIDERS]: { kind: PROVIDERS, version: "1.0.0", inline: { providers: [provider] } },
      "acme.note.v1": { kind: "acme.note.v1", version: "1.0.0", inline: { text: "n" } },
    },
    secretRequirements: [{ required: true, key: "K", format: "text", examples: ["e"], odd: 1 }],
    dependencies: [
      {
        alias: "mail",
        pack_id: "acme.mail",
        version_req: "^1.0",
        required_capabilities: ["mail:send", "host:http"],
      },
      { alias: "base", pack_id: "a.base", version_req: "*" },
    ],
    bootstrap: { install_flow: "main" },
    componentManifests: true,
    ...more,
  });
}

/** The manifest of a pack. */
async function manifestOf(spec: PackSpec): Promise<JsonObject> {
  return decodeCbor(must((await packFiles(spec)).get("manifest.cbor"))) as JsonObject;
}

Deno.test("buildPack() writes nothing that a second implementation of the format finds fault with", async (t) => {
  const legacyRecord = { ...must(legacySpec().components[0]), record: RECORD };
  const table: [name: string, spec: PackSpec][] = [
    ["new", newSpec()],
    ["new, with everything", fullSpec()],
    ["new, with nothing", newSpec({ components: [], assets: new Map(), flows: [] })],
    ["new, without a list of manifests", fullSpec({ componentManifests: false })],
    ["older", legacySpec()],
    [
      "older, with records and a description",
      legacySpec({ components: [legacyRecord], description: "d", kind: "application", entryFlows: ["main"] }),
    ],
    ["older, without components", legacySpec({ components: [], assets: new Map() })],
  ];
  for (const [name, spec] of table) {
    for (const signing of [undefined, SIGNING]) {
      await t.step(`${name}${signing === undefined ? "" : ", signed"}`, async () => {
        const whole = signing === undefined ? spec : { ...spec, signing };
        const archive = await buildPack(whole);
        const { layout, faults, signature } = await checkPack(archive);
        assertEquals([layout, faults, signature === null], [spec.layout, [], signing === undefined]);
        assertEquals(await buildPack(whole), archive, "the same data gives the same bytes");
      });
    }
  }
});

Deno.test("buildPack() writes records in the reference's order, and nothing that it does not know", async () => {
  const manifest = await manifestOf(fullSpec());
  const [record] = manifest["components"] as JsonObject[];
  assertEquals(
    JSON.stringify(record),
    JSON.stringify({
      id: 1,
      version: "0.1.0",
      supports: ["job"],
      world: "demo:ask/node@0.4.0",
      profiles: { default: "p", supported: ["p"] },
      capabilities: {
        wasi: { filesystem: { mode: "none", mounts: [] }, random: true, clocks: false },
        host: {
          secrets: { required: [{ key: "API_KEY", required: false, scope: { env: "dev", tenant: "t" } }] },
          http: { client: true, server: false },
        },
      },
      configurators: { basic: "b", full: "f" },
      operations: [{ name: "run", input_schema: { type: "string" }, output_schema: {} }],
      config_schema: { type: "object" },
      resources: { cpu_millis: 10, memory_mb: 64 },
      dev_flows: {},
    }),
  );
  assertEquals(
    JSON.stringify(manifest["secret_requirements"]),
    '[{"key":"K","required":true,"format":"text","examples":["e"]}]',
  );
});

Deno.test("buildPack() lists the components' manifests with their digests", async () => {
  const key = "greentic.pack.component_manifests@v1";
  const files = await packFiles(fullSpec());
  const extension = member(decodeCbor(must(files.get("manifest.cbor"))), "extensions");
  const listed = member(extension, key);
  const entries = await Promise.all(["demo.ask", "a.first"].map(async (id) => {
    const name = `components/${id}.manifest.cbor`;
    return {
      component_id: id,
      manifest_file: name,
      encoding: "cbor",
      content_hash: `sha256:${await sha256Hex(must(files.get(name)))}`,
    };
  }));
  assertEquals(listed, { kind: key, version: "1.0.0", inline: { schema_version: 1, entries } });
  const none = await manifestOf(newSpec({ components: [], componentManifests: true }));
  assertEquals("extensions" in none, false);
});

Deno.test("buildPack() puts dependencies and their capabilities into the tables", async () => {
  const manifest = await manifestOf(fullSpec());
  const symbols = manifest["symbols"] as JsonObject;
  assertEquals(symbols["pack_ids"], ["a.base", "acme.mail", "demo.pack"]);
  assertEquals(symbols["capability_names"], [
    "host:http",
    "host:secrets",
    "mail:send",
    "wasi:fs:none",
    "wasi:random",
  ]);
  assertEquals(manifest["pack_id"], 2);
  assertEquals(manifest["dependencies"], [
    { alias: "mail", pack_id: 1, version_req: "^1.0", required_capabilities: [2, 0] },
    { alias: "base", pack_id: 0, version_req: "*", required_capabilities: [] },
  ]);
  // What only a dependency must have is no capability of the pack.
  const names = (manifest["capabilities"] as JsonObject[]).map(({ name }) => name);
  assert(!names.includes(2), JSON.stringify(names));
  assertEquals(manifest["bootstrap"], { install_flow: "main" });
});

Deno.test("buildPack() leaves the map of a provider extension open, and no other", async () => {
  const bytes = must((await packFiles(fullSpec())).get("manifest.cbor"));
  const open = must(cborRange(bytes, ["extensions", PROVIDERS, "inline"]));
  assertEquals([bytes[open.start], bytes[open.end - 1]], [0xbf, 0xff]);
  const closed = must(cborRange(bytes, ["extensions", "acme.note.v1", "inline"]));
  assertEquals(bytes[closed.start], 0xa1);
  const inline = member(member(member(decodeCbor(bytes), "extensions"), PROVIDERS), "inline");
  assertEquals((member(inline, "providers") as JsonObject[]).length, 1);
});

Deno.test("buildPack() names media types as each layout does", async () => {
  const names = ["assets/a.json", "assets/b.wasm", "schemas/a.json", "i18n/ü.json", "manifest.cbor"];
  const modern = decodeCbor(must((await packFiles(fullSpec())).get("sbom.cbor")));
  const types = new Map(
    (member(modern, "files") as JsonObject[]).map(({ path, media_type: type }) => [path, type]),
  );
  assertEquals(names.map((name) => types.get(name)), [
    "application/octet-stream",
    "application/wasm",
    "application/octet-stream",
    "application/octet-stream",
    "application/cbor",
  ]);
  assertEquals(types.get("components/demo.ask.manifest.cbor"), "application/cbor");
  const { assets, files } = fullSpec();
  const legacy = json(
    (await packFiles(legacySpec({ assets: must(assets), files: must(files) }))).get("sbom.json"),
  );
  const older = new Map((legacy["files"] as JsonObject[]).map(({ path, media_type: type }) => [path, type]));
  assertEquals(names.map((name) => older.get(name)), [
    "application/octet-stream",
    "application/octet-stream",
    "application/schema+json",
    "application/json",
    "application/cbor",
  ]);
});
