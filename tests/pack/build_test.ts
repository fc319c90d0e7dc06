/** What the builder writes, field by field. */

import { assertEquals, assertRejects } from "@std/assert";
import { decodeCbor } from "../../lib/base/cbor.ts";
import { blake3Hex } from "../../lib/base/digest.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { type JsonObject, member } from "../../lib/base/json.ts";
import { buildPack, packFiles } from "../../lib/pack/build.ts";
import type { PackSpec } from "../../lib/pack/pack_spec.ts";
import { writeZip } from "../../lib/pack/zip.ts";
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
