/** From what an author wrote to what a pack carries: the same nodes, the same calls, the same routes. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { FlowSource } from "../../lib/base/flow_source.ts";
import { type Json, type JsonObject, member } from "../../lib/base/json.ts";
import { Fault } from "../../lib/engine/fault.ts";
import { readComponentCall } from "../../lib/engine/payload.ts";
import { type CompiledFlow, compileFlow } from "../../lib/flow/compile.ts";
import type { Flow, NodeKind } from "../../lib/flow/flow.ts";
import { parseFlow } from "../../lib/flow/parse.ts";

/** Compiles an authored flow of these nodes, in their order. */
function compile(nodes: Json, more: Partial<FlowSource> = {}, top: JsonObject = {}): CompiledFlow {
  const document = { id: "f", type: "job", ...top, nodes };
  const order = Object.keys(nodes ?? {});
  return compileFlow({ id: "f", form: "authored", document, place: "f.ygtc", order, ...more });
}

/** The same where nobody knows an order. */
function unordered(nodes: JsonObject): CompiledFlow {
  return compileFlow({
    id: "f",
    form: "authored",
    document: { id: "f", type: "job", nodes },
    place: "f.ygtc",
  });
}

/** The compiled nodes of a flow that compiles. */
function nodesOf({ document, findings }: CompiledFlow): JsonObject[] {
  const nodes = member(document, "nodes");
  if (nodes === undefined) throw new Error(JSON.stringify(findings));
  return nodes as unknown as JsonObject[];
}

/** What the first node of a flow becomes. */
function firstNode(node: Json, more: Partial<FlowSource> = {}): JsonObject {
  return nodesOf(compile({ a: node }, more))[0]!;
}

/** A checked flow read back from its compiled form. */
function readBack({ document }: CompiledFlow): Flow {
  const { flow, findings } = parseFlow({
    id: "f",
    form: "compiled",
    document: JSON.parse(JSON.stringify(document)),
    place: "manifest.cbor",
  });
  if (flow === undefined) throw new Error(JSON.stringify(findings));
  return flow;
}

/** A node's kind as the engine takes it: for a component what is called with what, however that is written. */
function meaning(kind: NodeKind): unknown {
  if (kind.type !== "component") return kind;
  return [kind.component, callIn(kind)];
}

function callIn(kind: NodeKind & { type: "component" }): unknown {
  try {
    return readComponentCall(kind, kind.mapping, "a");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.message;
  }
}

Deno.test("compileFlow() writes the model with its fields in order", () => {
  const { document } = compile(
    { a: { "emit.response": { text: "hi" }, routing: [{ to: "b" }] }, b: { "emit.log": 1 } },
    {},
    { title: "T", description: "D", tags: ["x"], parameters: { p: 1 }, entrypoints: { other: "b" } },
  );
  const telemetry = { attributes: {} }, output = { mapping: {} };
  assertEquals(
    JSON.stringify(document),
    JSON.stringify({
      schema_version: "flow-v1",
      id: "f",
      kind: "job",
      entrypoints: { other: "b", default: "a" },
      nodes: [
        {
          id: "a",
          component: { id: "emit.response" },
          input: { mapping: { text: "hi" } },
          output,
          routing: { next: { node_id: "b" } },
          telemetry,
        },
        { id: "b", component: { id: "emit.log" }, input: { mapping: 1 }, output, routing: "end", telemetry },
      ],
      metadata: { title: "T", description: "D", tags: ["x"], extra: { p: 1 } },
    }),
  );
});

Deno.test("compileFlow() gives the findings of a document with a fault, and nothing else", () => {
  const lines = { flow: 1, nodes: new Map([["a", 4]]) };
  const { document, flow, findings } = compile({ a: { "emit.x": 1, routing: [{ to: "gone" }] } }, { lines });
  assertEquals([document, flow], [undefined, undefined]);
  assertEquals(findings.map(({ severity, message, place }) => [severity, message, place]), [
    ["error", "Missing node 'gone' referenced in routing from 'a'", "f.ygtc:4 flow f node a"],
  ]);
});

Deno.test("compileFlow() writes every form of routing in the words of the model", async (t) => {
  const table: [written: Json, compiled: Json][] = [
    [null, "end"],
    [[], "end"],
    ["out", "end"],
    ["End", "end"],
    [[{ out: true }], "end"],
    [[{ to: "out" }], "end"],
    [[{ to: "b", out: true }], "end"],
    ["reply", "reply"],
    ["Reply", "reply"],
    [[{ reply: true }], "reply"],
    [[{ to: "b" }], { next: { node_id: "b" } }],
    [[{ status: "ok", to: "b" }], { next: { node_id: "b" } }],
    [{ next: { node_id: "b" } }, { next: { node_id: "b" } }],
    [
      [{ status: "ok", to: "b" }, { status: "err", to: "c" }, { to: "b" }],
      { branch: { on_status: { ok: "b", err: "c" }, default: "b" } },
    ],
    [[{ status: "ok", to: "b" }, { status: "err", to: "c" }], {
      branch: { on_status: { ok: "b", err: "c" } },
    }],
    [{ branch: { on_status: { ok: "b" }, default: "c" } }, {
      branch: { on_status: { ok: "b" }, default: "c" },
    }],
    [
      [{ condition: "n > 1", to: "b" }, { status: "x", reply: true }, { out: true }],
      { custom: [{ condition: "n > 1", to: "b" }, { status: "x", reply: true }, { out: true }] },
    ],
    [[{ condition: "n > 1", to: "b" }], { custom: [{ condition: "n > 1", to: "b" }] }],
    [[{ to: "b" }, { status: "x", to: "out" }], { custom: [{ to: "b" }, { status: "x", out: true }] }],
    [{ custom: [{ status: "s", to: "b" }, { out: true }] }, {
      custom: [{ status: "s", to: "b" }, { out: true }],
    }],
  ];
  const others = { b: { "emit.x": 1 }, c: { "emit.x": 1 } };
  for (const [routing, compiled] of table) {
    await t.step(JSON.stringify(routing), () => {
      const done = compile({ a: { "emit.x": 1, routing }, ...others });
      assertEquals(nodesOf(done)[0]!["routing"], compiled);
      assertEquals(readBack(done).nodes.get("a")?.routing, done.flow?.nodes.get("a")?.routing);
    });
  }
});

Deno.test("compileFlow() names the component beside the mapping, and lets the input stand alone where it can", async (t) => {
  const table: [node: JsonObject, component: JsonObject, mapping: Json][] = [
    [{ c: { operation: "o", input: { q: 1 } } }, { id: "c", operation: "o" }, { q: 1 }],
    [{ c: { op: "o", text: "t" } }, { id: "c", operation: "o" }, { text: "t" }],
    [{ c: { text: "t" }, operation: "o" }, { id: "c", operation: "o" }, { text: "t" }],
    [{ c: { operation: "o" } }, { id: "c", operation: "o" }, {}],
    [{ c: {} }, { id: "c", operation: "invoke" }, {}],
    [{ "templating.handlebars": { template: "T" } }, { id: "templating.handlebars", operation: "render" }, {
      template: "T",
    }],
    [{ "component.exec": { component: "q", op: "o", input: { x: 1 } } }, { id: "q", operation: "o" }, {
      x: 1,
    }],
    [{ "component.exec": { component_ref: "q", op: "o" } }, { id: "q", operation: "o" }, {}],
    [{ component: "c", payload_expr: { op: "o", x: 1 }, routes: [] }, { id: "c", operation: "o" }, { x: 1 }],
    // What is no plain input stays under its key.
    [{ c: "text" }, { id: "c", operation: "invoke" }, { input: "text" }],
    [{ c: { operation: "o", input: [1] } }, { id: "c", operation: "o" }, { operation: "o", input: [1] }],
    [{ c: { operation: "o", input: { input: 1 } } }, { id: "c", operation: "o" }, {
      operation: "o",
      input: { input: 1 },
    }],
    [{ c: { operation: "o", input: { operation: "z" } } }, { id: "c", operation: "o" }, {
      operation: "o",
      input: { operation: "z" },
    }],
    [{ c: { operation: "o", config: { k: 1 }, input: { x: 1 } } }, { id: "c", operation: "o" }, {
      operation: "o",
      input: { x: 1 },
      config: { k: 1 },
    }],
    // What the engine itself answers keeps its name and its whole mapping.
    [{ "emit.response": { text: "t" } }, { id: "emit.response" }, { text: "t" }],
    [{ "flow.call": { flow: "s", input: 1 } }, { id: "flow.call" }, { flow: "s", input: 1 }],
    [{ "provider.invoke": { op: "x" } }, { id: "provider.invoke" }, { op: "x" }],
    [{ mcp: { tool: "x" } }, { id: "mcp" }, { tool: "x" }],
    [{ "component.exec": { component: "emit.x", input: { t: 1 } } }, { id: "component.exec" }, {
      component: "emit.x",
      input: { t: 1 },
    }],
    // Beside the mapping an operation of such a name would be taken for the engine's own.
    ...["emit.x", "flow.call", "component.exec", "mcp"].map((
      operation,
    ): [JsonObject, JsonObject, Json] => [
      { c: { operation, input: { t: 1 } } },
      { id: "component.exec" },
      { component: "c", operation, input: { t: 1 } },
    ]),
    // A component that another pack brings.
    [{ c: { operation: "o" }, pack_alias: "mail" }, { id: "c", pack_alias: "mail", operation: "o" }, {}],
  ];
  for (const [node, component, mapping] of table) {
    await t.step(JSON.stringify(node), () => {
      const compiled = firstNode(node);
      assertEquals([compiled["component"], member(compiled["input"], "mapping")], [component, mapping]);
      const done = compile({ a: node });
      assertEquals(meaning(readBack(done).nodes.get("a")!.kind), meaning(done.flow!.nodes.get("a")!.kind));
    });
  }
  await t.step("a waiting node", () => {
    const [wait] = nodesOf(compile({
      a: { "session.wait": { reason: "r" }, routing: [{ to: "b" }] },
      b: { "emit.x": 1 },
    }));
    assertEquals([wait!["component"], wait!["input"]], [{ id: "session.wait" }, {
      mapping: { reason: "r" },
    }]);
  });
});

Deno.test("compileFlow() finds the component of a node that names an operation alone", async (t) => {
  const resolved = new Map([["a", "my.comp"]]);
  const table: [node: JsonObject, operation: string, mapping: Json][] = [
    [{ do_it: { x: 1 } }, "do_it", { x: 1 }],
    [{ do_it: "text" }, "do_it", "text"],
    [{ do_it: { operation: "q" } }, "do_it", { operation: "q" }],
    [{ "my.comp": { operation: "o", input: { x: 1 } } }, "o", { x: 1 }],
    [{ "component.exec": { operation: "o", input: { x: 1 } } }, "o", { x: 1 }],
  ];
  for (const [node, operation, mapping] of table) {
    await t.step(JSON.stringify(node), () => {
      const compiled = firstNode(node, { resolved });
      assertEquals(compiled["component"], { id: "my.comp", operation });
      assertEquals(compiled["input"], { mapping });
    });
  }
  await t.step("a node of the engine's own stays what it is", () => {
    assertEquals(firstNode({ "emit.x": 1 }, { resolved })["component"], { id: "emit.x" });
  });
  await t.step("another node's component is not taken", () => {
    const { component } = firstNode({ do_it: {} }, { resolved: new Map([["b", "my.comp"]]) });
    assertEquals(component, { id: "do_it", operation: "invoke" });
  });
});

Deno.test("compileFlow() keeps the author's order, and starts where the document says", async (t) => {
  const nodes = { z: { "emit.x": 1, routing: [{ to: "a" }] }, a: { "emit.x": 1, routing: [{ to: "z" }] } };
  const numbers = {
    10: { "emit.x": 1, routing: [{ to: "b" }] },
    b: { "emit.x": 1, routing: [{ to: "2" }] },
    2: { "emit.x": 1 },
  };
  const table: [name: string, done: CompiledFlow, ids: string[], start: string][] = [
    ["ordered", compile(nodes), ["z", "a"], "z"],
    ["sorted where nobody knows an order", unordered(nodes), ["a", "z"], "a"],
    ["ids that are numbers", compile(numbers, { order: ["10", "b", "2"] }), ["10", "b", "2"], "10"],
    ["start", compile(nodes, {}, { start: "a" }), ["z", "a"], "a"],
    ["the default entrypoint", compile(nodes, {}, { entrypoints: { default: "a" } }), ["z", "a"], "a"],
    [
      "the entrypoint wins over start",
      compile(nodes, {}, { start: "z", entrypoints: { default: "a" } }),
      ["z", "a"],
      "a",
    ],
  ];
  for (const [name, done, ids, start] of table) {
    await t.step(name, () => {
      assertEquals(nodesOf(done).map(({ id }) => id), ids);
      assertEquals([done.flow?.start, member(member(done.document, "entrypoints"), "default")], [
        start,
        start,
      ]);
      assertEquals(readBack(done).start, start);
    });
  }
});

Deno.test("compileFlow() refuses a kind of flow that no pack can say, and takes other words for those it can", async (t) => {
  for (const kind of ["stream", "Messaging", "", "constructor"]) {
    await t.step(JSON.stringify(kind), () => {
      const { document, flow, findings } = compile({ a: { "emit.x": 1 } }, {}, { type: kind });
      assertEquals([document, flow], [undefined, undefined]);
      const error = findings.find(({ severity }) => severity === "error")!;
      assertEquals([error.code, error.place], ["flow.invalid", "f.ygtc flow f"]);
      assert(error.message.includes(`"${kind}"`) && error.hint?.includes("messaging"), error.message);
    });
  }
  const known: [written: string, kind: string][] = [["component-config", "component_config"], [
    "webhook",
    "event",
  ], ["http", "http"]];
  for (const [written, kind] of known) {
    await t.step(written, () => {
      const { document, findings } = compile({ a: { "emit.x": 1 } }, {}, { type: written });
      assertEquals([document?.["kind"], findings], [kind, []]);
    });
  }
});

Deno.test("compileFlow() keeps what a node says of its telemetry", async (t) => {
  const table: [written: Json, compiled: JsonObject][] = [
    [null, { attributes: {} }],
    [{}, { attributes: {} }],
    [{ attributes: { k: "v" } }, { attributes: { k: "v" } }],
    [{ sampling: "always", span_name: "s", odd: 1 }, { span_name: "s", attributes: {}, sampling: "always" }],
    [{ attributes: 5, span_name: 5 }, { attributes: {} }],
  ];
  for (const [telemetry, compiled] of table) {
    await t.step(JSON.stringify(telemetry), () => {
      assertEquals(firstNode({ "emit.x": 1, telemetry })["telemetry"], compiled);
    });
  }
});

Deno.test("compileFlow() always gives metadata its tags and its further part", async (t) => {
  const table: [top: JsonObject, metadata: JsonObject][] = [
    [{}, { tags: [], extra: {} }],
    [{ title: "T", tags: ["a", 1] }, { title: "T", tags: ["a"], extra: {} }],
    [{ parameters: { p: 1 } }, { tags: [], extra: { p: 1 } }],
    [{ metadata: { title: "T" } }, { title: "T", tags: [], extra: {} }],
    [{ metadata: { description: "D", tags: ["a"], extra: { p: 1 } } }, {
      description: "D",
      tags: ["a"],
      extra: { p: 1 },
    }],
  ];
  for (const [top, metadata] of table) {
    await t.step(JSON.stringify(top), () => {
      assertEquals(compile({ a: { "emit.x": 1 } }, {}, top).document?.["metadata"], metadata);
    });
  }
});

Deno.test("compileFlow() passes on what is compiled already", async (t) => {
  const nodes: JsonObject[] = [
    {
      id: "z",
      component: { id: "c", pack_alias: "mail", operation: "o" },
      input: { mapping: { x: 1 } },
      output: { mapping: { y: "{{out}}" } },
      routing: { next: { node_id: "a" } },
      telemetry: { span_name: "s", attributes: { k: "v" }, sampling: "always" },
    },
    { id: "a", component: { id: "emit.response" }, input: { mapping: 1 }, routing: "reply" },
  ];
  const metadata = { title: "T", tags: ["a"], extra: { p: 1 } };
  const document = { id: "f", kind: "job", entrypoints: { other: "a" }, nodes, metadata };
  const source: FlowSource = { id: "f", form: "compiled", document, place: "f.json" };
  const expected = {
    schema_version: "flow-v1",
    id: "f",
    kind: "job",
    entrypoints: { other: "a", default: "z" },
    // What a node leaves out is filled in.
    nodes: nodes.map((node) => ({ output: { mapping: {} }, telemetry: { attributes: {} }, ...node })),
    metadata,
  };
  await t.step("nodes as an array", () => {
    const done = compileFlow(source);
    assertEquals(done.document, expected);
    assertEquals(done.findings.map(({ severity, message, node }) => [severity, message, node]), [
      ["warning", '"output" has no effect on a node', "z"],
    ]);
    const { nodes: read, start, kind } = done.flow!;
    const back = readBack(done);
    assertEquals([back.nodes, back.start, back.kind], [read, start, kind]);
  });
  await t.step("nodes as a map", () => {
    const map = Object.fromEntries(nodes.map(({ id, ...node }) => [id, node]));
    assertEquals(compileFlow({ ...source, document: { ...document, nodes: map } }).document, expected);
  });
});

Deno.test("compileFlow() keeps the parameters of a flow that has metadata too", () => {
  const top = { metadata: { title: "T", extra: { lost: 1 } }, parameters: { p: 1 } };
  const { document } = compile({ a: { "emit.x": 1 } }, {}, top);
  assertEquals(member(document, "metadata"), { title: "T", tags: [], extra: { p: 1 } });
});

Deno.test("compileFlow() takes ids such as __proto__ as data", () => {
  const done = compile(
    JSON.parse(
      '{"__proto__":{"c":{"op":"o","__proto__":1},"routing":[{"to":"constructor"}]},' +
        '"constructor":{"emit.x":1}}',
    ),
  );
  assertEquals(nodesOf(done).map(({ id }) => id), ["__proto__", "constructor"]);
  assertEquals(JSON.stringify(nodesOf(done)[0]!["input"]), '{"mapping":{"__proto__":1}}');
});

const input = fc.constantFrom<Json>(null, 1, "text", [1], {}, { x: 1 }, { input: 1 }, { op: "z" }, {
  config: 1,
}, {
  component: "z",
  y: 2,
});
const call = fc.record({
  operation: fc.constantFrom("o", "render"),
  op: fc.constant("p"),
  input,
  config: fc.constantFrom<Json>({ k: 1 }, "k", null),
  text: fc.constant("t"),
}, { requiredKeys: [] });
const routes = fc.array(
  fc.record({
    status: fc.constantFrom("ok", "err"),
    condition: fc.constantFrom("n > 1", "response.text contains 'x'"),
    to: fc.constantFrom("a", "b", "c", "out"),
    out: fc.boolean(),
    reply: fc.boolean(),
  }, { requiredKeys: [] }),
  { maxLength: 3 },
);
const node = fc.record({
  key: fc.constantFrom(
    "c",
    "my.comp",
    "templating.handlebars",
    "emit.response",
    "emit.log",
    "flow.call",
    "mcp",
  ),
  value: fc.oneof(input, call),
  routing: fc.oneof(fc.constantFrom<Json>(null, "out", "reply"), routes),
}).map(({ key, value, routing }): JsonObject => ({ [key]: value, routing: routing as unknown as Json }));

Deno.test("compileFlow() means the same as what it compiles, for any document", () => {
  let compiled = 0;
  const nodes = fc.record({ c: node, a: node, b: node });
  fc.assert(
    fc.property(nodes, fc.constantFrom("a", "b", undefined), (nodes, start) => {
      const done = compile(nodes, {}, start === undefined ? {} : { start });
      const { flow } = done;
      assertEquals(flow === undefined, done.document === undefined);
      if (flow === undefined) return;
      compiled++;
      const back = readBack(done);
      assertEquals([back.start, back.kind, [...back.nodes.keys()]], [
        flow.start,
        flow.kind,
        [...flow.nodes.keys()],
      ]);
      for (const [id, { kind, routing }] of flow.nodes) {
        const other = back.nodes.get(id)!;
        assertEquals(other.routing, routing);
        assertEquals(meaning(other.kind), meaning(kind));
      }
    }),
    { seed: 7, numRuns: 500 },
  );
  assert(compiled > 50, `only ${compiled} documents had no fault`);
});
