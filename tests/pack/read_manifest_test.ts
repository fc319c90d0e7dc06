/** Manifests of both layouts, from documents written by hand. */

import { assertEquals, assertThrows } from "@std/assert";
import { encodeCbor } from "../../lib/base/cbor.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { Manifest } from "../../lib/pack/manifest.ts";
import { readManifest } from "../../lib/pack/read_manifest.ts";

function read(document: Json): Manifest {
  return readManifest(encodeCbor(document, { order: "given" }));
}

function refusal(document: Json): RunnerError {
  return assertThrows(() => read(document), RunnerError);
}

function node(id: number, routing: Json): JsonObject {
  return {
    id,
    component: { id: 1, pack_alias: null, operation: "run" },
    input: { mapping: { a: 1 } },
    output: { mapping: {} },
    routing,
    telemetry: { attributes: {} },
  };
}

function flow(id: string, nodes: readonly Json[]): JsonObject {
  const inner = {
    schema_version: "flow-v1",
    id,
    kind: "job",
    entrypoints: {},
    nodes,
    metadata: { tags: [] },
  };
  return { id, kind: "job", flow: inner, tags: [], entrypoints: [] };
}

/** A small manifest of the new layout. */
function modern(more: JsonObject = {}): JsonObject {
  return {
    schema_version: "pack-v1",
    pack_id: 0,
    version: "1.0.0",
    kind: "application",
    publisher: "P",
    symbols: { component_ids: ["a.x", "b.y"], node_ids: ["n0", "n1"], capability_names: [], pack_ids: ["p"] },
    components: [{ id: 1, version: "0.1.0", world: "w", extra: true }],
    flows: [flow("main", [node(1, { Next: { node_id: 0 } }), node(0, "End")])],
    dependencies: [],
    capabilities: [],
    signatures: { signatures: [] },
    ...more,
  };
}

/** A small manifest of the older layout. */
function legacy(more: JsonObject = {}, meta: JsonObject = {}): JsonObject {
  return {
    meta: {
      packVersion: 1,
      pack_id: "p",
      version: "1.0.0",
      name: "P",
      entry_flows: [],
      created_at_utc: "",
      ...meta,
    },
    flows: [{ id: "f", kind: "job", entry: "a", file_yaml: "f.ygtc", file_json: "f.json", hash_blake3: "" }],
    components: [{ name: "c", version: "1.0.0", file_wasm: "c.wasm", hash_blake3: "", world: "w" }],
    ...more,
  };
}

Deno.test("readManifest() resolves the indexes of the new layout", () => {
  const manifest = read(modern({ name: "Pack" }));
  assertEquals([manifest.layout, manifest.id, manifest.version, manifest.name], [
    "new",
    "p",
    "1.0.0",
    "Pack",
  ]);
  assertEquals([manifest.kind, manifest.publisher, manifest.entryFlows], ["application", "P", ["main"]]);
  assertEquals(manifest.components, [{
    id: "b.y",
    version: "0.1.0",
    world: "w",
    entry: "components/b.y.wasm",
    record: { id: "b.y", version: "0.1.0", world: "w", extra: true },
  }]);
  const [spec] = manifest.flows;
  assertEquals(spec?.form === "inline" ? spec.flow : undefined, {
    id: "main",
    form: "compiled",
    place: "manifest.cbor flows[0]",
    document: {
      schema_version: "flow-v1",
      id: "main",
      kind: "job",
      entrypoints: {},
      nodes: [
        { ...node(1, { next: { node_id: "n0" } }), id: "n1", component: { id: "b.y", operation: "run" } },
        { ...node(0, "end"), id: "n0", component: { id: "b.y", operation: "run" } },
      ],
      metadata: { tags: [] },
    },
  });
});

Deno.test("readManifest() spells every routing as the JSON form does", async (t) => {
  const table: [string, Json, Json][] = [
    ["end", "End", "end"],
    ["reply", "Reply", "reply"],
    ["branch", { Branch: { on_status: { ok: 1, __proto: 0 }, default: 0 } }, {
      branch: { on_status: { ok: "n1", __proto: "n0" }, default: "n0" },
    }],
    ["branch without default", { Branch: { on_status: {}, default: null } }, { branch: { on_status: {} } }],
    ["custom", { Custom: [{ to: "x" }] }, { custom: [{ to: "x" }] }],
    ["custom null", { Custom: null }, { custom: null }],
  ];
  for (const [name, wire, json] of table) {
    await t.step(name, () => {
      const [spec] = read(modern({ flows: [flow("f", [node(0, wire)])] })).flows;
      const document = spec?.form === "inline" ? spec.flow.document as JsonObject : {};
      assertEquals((document["nodes"] as JsonObject[])[0]?.["routing"], json);
    });
  }
});

Deno.test("readManifest() keeps a bad flow apart from the others", async (t) => {
  const table: [string, Json, string][] = [
    ["a node beyond the table", flow("bad", [node(2, "End")]), "flows[0].flow.nodes[0].id"],
    ["a negative index", flow("bad", [node(-1, "End")]), "flows[0].flow.nodes[0].id"],
    ["a route beyond the table", flow("bad", [node(0, { Next: { node_id: 9 } })]), "routing.Next.node_id"],
    ["a branch beyond the table", flow("bad", [node(0, { Branch: { on_status: { a: 9 } } })]), "on_status.a"],
    ["an unknown routing", flow("bad", [node(0, "Stop")]), "flows[0].flow.nodes[0].routing"],
    ["a routing of two kinds", flow("bad", [node(0, { Next: { node_id: 0 }, Custom: 1 })]), "routing"],
    ["nodes that are no list", { id: "bad", flow: { id: "bad", nodes: {} } }, "flows[0].flow.nodes"],
  ];
  for (const [name, bad, place] of table) {
    await t.step(name, () => {
      const manifest = read(modern({ flows: [bad, flow("good", [])] }));
      assertEquals(manifest.flows.map((spec) => spec.form === "inline" ? spec.flow.id : ""), ["good"]);
      const [finding] = manifest.flowFindings;
      assertEquals([finding?.severity, finding?.code, finding?.place], [
        "error",
        "flow.invalid",
        "manifest.cbor flows[0]",
      ]);
      assertEquals(finding?.message.includes(place), true, finding?.message);
    });
  }
  await t.step("two flows with one id", () => {
    const manifest = read(modern({ flows: [flow("main", []), flow("main", [node(0, "End")])] }));
    assertEquals(manifest.flows.length, 1);
    const message = 'Flow "main" occurs twice: at manifest.cbor flows[0] and manifest.cbor flows[1]';
    assertEquals(manifest.flowFindings.map((finding) => finding.message), [message]);
    assertEquals(manifest.entryFlows, ["main"]);
  });
});

Deno.test("readManifest() refuses a manifest that is wrong as a whole", async (t) => {
  const symbols = { component_ids: [], node_ids: [], capability_names: [], pack_ids: ["p"] };
  const table: [string, Json, string][] = [
    ["neither layout", { hello: 1 }, "Manifest has neither of the known layouts"],
    ["no map", [1], "Manifest has neither of the known layouts"],
    [
      "a newer schema",
      modern({ schema_version: "pack-v2" }),
      'Manifest has the schema "pack-v2", which this runner does not know',
    ],
    ["a newer pack version", legacy({}, { packVersion: 2 }), "Manifest has packVersion 2"],
    ["no symbols", modern({ symbols: null }), 'Field "symbols" is no map'],
    [
      "a bad symbol",
      modern({ symbols: { ...symbols, node_ids: ["a b"] } }),
      'Field "symbols.node_ids[0]" is no identifier: "a b"',
    ],
    ["a pack id beyond the table", modern({ pack_id: 1 }), 'Field "pack_id" names no pack'],
    ["a bad pack id", modern({ pack_id: "../p" }), 'Field "pack_id" names no pack'],
    [
      "a component beyond the table",
      modern({ components: [{ id: 7 }] }),
      'Field "components[0].id" names no component',
    ],
    ["a bad version", modern({ version: "1" }), 'Field "version" is no version: "1"'],
    ["a bad older version", legacy({}, { version: "1" }), 'Field "meta.version" is no version: "1"'],
    ["no entry flows", legacy({}, { entry_flows: null }), 'Field "meta.entry_flows" is missing'],
    [
      "no wasm",
      legacy({ components: [{ name: "c", version: "1.0.0" }] }),
      'Field "components[0].file_wasm" is missing',
    ],
    [
      "a bad secret key",
      modern({ secret_requirements: [{ key: "a/../b" }] }),
      'Field "secret_requirements[0].key" is no secret key: "a/../b"',
    ],
  ];
  for (const [name, document, message] of table) {
    await t.step(name, () => {
      const error = refusal(document);
      const code = name.startsWith("a newer") ? "manifest.newer" : "manifest.invalid";
      assertEquals([error.code, error.message, error.place], [code, message, "manifest.cbor"]);
    });
  }
  assertEquals(
    assertThrows(() => readManifest(Uint8Array.of(0x9f)), RunnerError).code,
    "manifest.cbor.truncated",
  );
});

Deno.test("readManifest() takes a pack id as text and hostile ids as data", () => {
  const symbols = {
    component_ids: ["__proto__"],
    node_ids: ["constructor"],
    capability_names: [],
    pack_ids: [],
  };
  const components = [{ id: 0, version: "1.0.0", world: "w" }];
  const flows = [flow("toString", [{ ...node(0, "End"), component: { id: 0 } }])];
  const manifest = read(modern({ pack_id: "p.q", symbols, components, flows }));
  assertEquals([manifest.id, manifest.components[0]?.id, manifest.entryFlows], ["p.q", "__proto__", [
    "toString",
  ]]);
});

Deno.test("readManifest() reads secrets and providers", () => {
  const runtime = { component_ref: "c", export: "e", world: "w" };
  const inline: Json = {
    providers: [{ provider_type: "t", config_schema_ref: "s", runtime }, { provider_type: "broken" }],
  };
  const extensions = { "greentic.provider-extension.v1": { kind: "k", version: "1", inline } };
  const secrets: Json[] = [{ key: "A/b", required: false, description: "d" }, { key: "C", required: null }];
  const manifest = read(modern({ extensions, secret_requirements: secrets }));
  assertEquals(manifest.providers, [{ type: "t", component: "c", world: "w" }]);
  assertEquals(manifest.secrets, [{ key: "A/b", required: false, description: "d" }, {
    key: "C",
    required: true,
  }]);
});

Deno.test("readManifest() reads the older layout", () => {
  const manifest = read(legacy({}, { description: "d", vendor: "v", kind: "application" }));
  assertEquals([manifest.layout, manifest.id, manifest.name, manifest.publisher], ["legacy", "p", "P", "v"]);
  assertEquals([manifest.entryFlows, manifest.flows], [["f"], [
    { form: "entry", id: "f", entry: "f.json", yaml: "f.ygtc" },
  ]]);
  const [component] = manifest.components;
  assertEquals([component?.id, component?.entry, component?.world, component?.version], [
    "c",
    "c.wasm",
    "w",
    "1.0.0",
  ]);
  assertEquals(read(legacy({}, { entry_flows: ["z", "f"] })).entryFlows, ["z", "f"]);
});

Deno.test("readManifest() uses replacing flows in place of the manifest's own", () => {
  const short = {
    id: "r",
    kind: "job",
    start: "b",
    nodes: {
      b: {
        component_id: "c.b",
        operation_name: "op",
        operation_payload: { x: 1 },
        routing: { next: { node_id: "a" } },
      },
      a: { component: "c.a", payload: 2 },
    },
  };
  const model = {
    id: "main",
    flow_type: "job",
    nodes: { z: { component: { id: "c" }, routing: "end" }, a: { component: { id: "c" } } },
  };
  const extension = (inline: Json) => ({ "greentic.pack.runtime_flow": { kind: "k", version: "1", inline } });
  const manifest = read(
    modern({ extensions: extension({ flows: [short, model, { id: "no nodes" }, short] }) }),
  );
  const documents = manifest.flows.map((spec) =>
    spec.form === "inline" ? spec.flow.document as JsonObject : {}
  );
  assertEquals(documents.map((document) => document["id"]), ["r", "main"]);
  assertEquals(documents[0]?.["entrypoints"], { default: "b" });
  assertEquals(documents[0]?.["nodes"], [
    {
      id: "a",
      component: { id: "c.a" },
      input: { mapping: 2 },
      output: { mapping: {} },
      routing: "end",
      telemetry: { attributes: {} },
    },
    {
      id: "b",
      component: { id: "c.b", operation: "op" },
      input: { mapping: { x: 1 } },
      output: { mapping: {} },
      routing: { next: { node_id: "a" } },
      telemetry: { attributes: {} },
    },
  ]);
  assertEquals((documents[1]?.["nodes"] as JsonObject[]).map((item) => item["id"]), ["z", "a"]);
  assertEquals(manifest.entryFlows, ["main"]);
  assertEquals(manifest.flowFindings.map((finding) => [finding.severity, finding.message]), [
    ["warning", "Item is no flow and was left out"],
    ["warning", 'Flow "r" occurs twice and was left out'],
  ]);
  assertEquals(read(modern({ extensions: extension([short]) })).entryFlows, ["r"]);
  assertEquals(read(modern({ extensions: extension([]) })).entryFlows, ["main"]);
});
