/** Names in flows that lead nowhere, and nodes to which nothing leads. */

import { assertEquals } from "@std/assert";
import type { FlowSource } from "../../lib/base/flow_source.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { Flow } from "../../lib/flow/flow.ts";
import { type KnownNames, linkFindings } from "../../lib/flow/link.ts";
import { parseFlow } from "../../lib/flow/parse.ts";

function source(id: string, nodes: Json, more: JsonObject = {}): FlowSource {
  return {
    id,
    form: "authored",
    document: { id, type: "job", nodes, ...more },
    place: id,
    order: Object.keys(nodes ?? {}),
  };
}

function flowOf(from: FlowSource): Flow {
  const { flow, findings } = parseFlow(from);
  if (flow === undefined) throw new Error(JSON.stringify(findings));
  return flow;
}

/** What is wrong with the first of some flows, beside these components and providers. */
function found(sources: [FlowSource, ...FlowSource[]], more: Partial<KnownNames> = {}): string[] {
  const flows = new Map(sources.map((one) => [one.id, flowOf(one)]));
  const [first] = sources;
  return linkFindings(flows.get(first.id)!, first, {
    components: new Set(["c", "vendor.mail"]),
    providers: new Set(["t"]),
    flows,
    ...more,
  }).map(({ severity, message }) => `${severity} ${message}`);
}

const OTHER = source("g", { x: { "emit.x": 1 } });

Deno.test("linkFindings() tells calls of flows that only a run can start", () => {
  const needs = (variable: JsonObject) =>
    source("g", { x: { "emit.x": 1 } }, { parameters: { vars_init: { v: variable } } });
  const call = source("f", { a: { "flow.call": { flow: "g" } } });
  assertEquals(found([call, needs({ required: true })]), [
    'error Node "a" calls flow "g", which requires the variable "v" that no call can give',
  ]);
  assertEquals(found([call, needs({ required: true, default: 1 })]), []);
  assertEquals(found([call, needs({})]), []);
});

Deno.test("linkFindings() tells names that lead nowhere", async (t) => {
  const table: [node: JsonObject, finding?: string][] = [
    [{ c: {} }],
    [{ "vendor.mail.send": {} }],
    [{ "vendor.mail": { operation: "send" } }],
    [{ "vendor.post.send": {} }, 'Node "a" calls component "vendor.post.send", which is not in the pack'],
    [{ "component.exec": { component: "d" } }, 'Node "a" calls component "d", which is not in the pack'],
    [{ "flow.call": { flow: "g" } }],
    [{ "flow.call": { flow: "{{entry.f}}" } }],
    [{ "flow.call": {} }],
    [{ "flow.call": { flow_id: "no" } }, 'Node "a" calls flow "no", which is not in the pack'],
    [{ "flow.goto": { flow: "g", node: "x" } }],
    [{ "flow.goto": { node: "a" } }],
    [{ "flow.goto": { flow: "{{entry.f}}", node: "anything" } }],
    [{ "flow.goto": { flow: "no" } }, 'Node "a" jumps to flow "no", which is not in the pack'],
    [{ "flow.goto": { flow: "g", node: "a" } }, 'Node "a" jumps to node "a", which flow "g" does not have'],
    [{ "flow.goto": { node: "x" } }, 'Node "a" jumps to node "x", which flow "f" does not have'],
    [{ "provider.invoke": { provider_type: "t" } }],
    [{ "provider.invoke": { provider_id: "t" } }],
    [{ "provider.invoke": { provider_type: "{{entry.t}}" } }],
    [
      { "provider.invoke": { provider_type: "u" } },
      'Node "a" asks for provider "u", which the pack does not declare',
    ],
    [{ mcp: {} }],
    [{ "emit.x": "{{entry}}" }],
  ];
  for (const [node, finding] of table) {
    await t.step(JSON.stringify(node), () => {
      assertEquals(
        found([source("f", { a: node }), OTHER]),
        finding === undefined ? [] : [`error ${finding}`],
      );
    });
  }
  await t.step("what other packs may bring is only warned of", () => {
    const flow = source("f", { a: { d: {}, routing: [{ to: "b" }] }, b: { "flow.call": { flow: "no" } } });
    assertEquals(found([flow], { open: true }), [
      'warning Node "a" calls component "d", which is not in the pack',
      'error Node "b" calls flow "no", which is not in the pack',
    ]);
  });
  await t.step("a flow that cannot run is there all the same", () => {
    const flow = source("f", { a: { "flow.call": { flow: "broken" } } });
    assertEquals(found([flow], { flows: new Map([["f", flowOf(flow)], ["broken", undefined]]) }), []);
  });
  await t.step("providers that cannot be known", () => {
    const { components, flows } = { components: new Set<string>(), flows: new Map() };
    const flow = source("f", { a: { "provider.invoke": { provider_type: "u" } } });
    assertEquals(linkFindings(flowOf(flow), flow, { components, flows }), []);
  });
});

Deno.test("linkFindings() tells nodes to which nothing leads", async (t) => {
  const nodes = { a: { "emit.x": 1 }, b: { "emit.x": 1, routing: [{ to: "c" }] }, c: { "emit.x": 1 } };
  const goto = (payload: JsonObject) => source("g", { j: { "flow.goto": payload } });
  const table: [name: string, sources: [FlowSource, ...FlowSource[]], left: string | undefined][] = [
    ["none", [source("f", nodes)], "b, c"],
    ["an entrypoint", [source("f", nodes, { entrypoints: { chat: "b" } })], undefined],
    ["a jump of another flow", [source("f", nodes), goto({ flow: "f", node: "b" })], undefined],
    ["a jump to its start", [source("f", nodes), goto({ flow: "f" })], "b, c"],
    ["a jump elsewhere", [source("f", nodes), goto({ node: "j" })], "b, c"],
    [
      "a jump that only the run will tell",
      [source("f", nodes), goto({ flow: "f", node: "{{entry.n}}" })],
      undefined,
    ],
    ["a jump to a flow that only the run will tell", [
      source("f", nodes),
      goto({ flow: "{{entry.f}}", node: "b" }),
    ], undefined],
    ["a jump of its own", [source("f", { ...nodes, a: { "flow.goto": { node: "b" } } })], undefined],
  ];
  for (const [name, sources, left] of table) {
    await t.step(name, () => {
      assertEquals(found(sources), left === undefined ? [] : [`warning No route leads to ${left}`]);
    });
  }
});
