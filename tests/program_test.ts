/** Reading the flows of a pack and choosing one. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import type { RunEvent } from "../lib/base/events.ts";
import type { JsonObject } from "../lib/base/json.ts";
import { parseFlow } from "../lib/flow/parse.ts";
import { buildPack } from "../lib/pack/build.ts";
import { openPack } from "../lib/pack/open.ts";
import type { Pack } from "../lib/pack/pack.ts";
import {
  allFindings,
  checkParameters,
  chooseFlow,
  chooseStart,
  type FlowChoice,
  loadProgram,
  reportFindings,
} from "../lib/program.ts";
import { DEVOK } from "./pack/_packs.ts";
import { brokenFlow, makePack, packPath, type PackSketch } from "./_helpers.ts";

const SAY = [{ id: "say", component: "emit.response", payload: { text: "hi" } }];
const BROKEN = brokenFlow("bad");

async function open(sketch: PackSketch): Promise<Pack> {
  return await openPack(await makePack(sketch), DEVOK);
}

/** What a flow of a pack is chosen from. */
async function choice(pack: Pack): Promise<FlowChoice> {
  const program = await loadProgram(pack);
  return { pack, program, findings: allFindings(pack, program) };
}

/** The error when no flow can be chosen. */
async function refusal(pack: Pack, asked: string | null): Promise<RunnerError> {
  const from = await choice(pack);
  return assertThrows(() => chooseFlow(from, asked), RunnerError);
}

Deno.test("loadProgram() reads flows, components and providers", async () => {
  const pack = await openPack(packPath("kinds.gtpack"), DEVOK);
  const program = await loadProgram(pack);
  assertEquals([...program.flows.keys()].sort(), pack.flows.map(({ id }) => id).sort());
  assertEquals([...program.components].sort(), ["echo5", "greet", "host-user", "provider"]);
  assertEquals(program.providers.map(({ type, component }) => [type, component]), [[
    "demo.sender",
    "provider",
  ]]);
});

Deno.test("loadProgram() keeps the good flows of a pack with a broken one", async () => {
  const pack = await open({ documents: { bad: BROKEN }, flows: { good: SAY } });
  const program = await loadProgram(pack);
  assertEquals([...program.flows.keys()], ["good"]);
  assertEquals(program.findings.map(({ flow, severity, code }) => [flow, severity, code]), [
    ["bad", "error", "flow.routing"],
  ]);
});

Deno.test("reportFindings() warns of everything that the run may do without", async () => {
  const pack = await open({ documents: { bad: BROKEN }, flows: { good: SAY } });
  const events: RunEvent[] = [];
  reportFindings((await choice(pack)).findings, (event) => void events.push(event));
  const [warning] = events;
  assertEquals([events.length, warning?.type], [1, "warning"]);
  assertEquals(warning?.type === "warning" && warning.code, "flow.routing");
});

Deno.test("chooseFlow() takes the flow that was asked for, else the entry flow", async () => {
  const pack = await open({ flows: { first: SAY, second: SAY } });
  const from = await choice(pack);
  assertEquals(chooseFlow(from, "second").id, "second");
  assertEquals(chooseFlow(from, null).id, pack.entryFlows[0]);
});

Deno.test("chooseFlow() tells why there is no flow to run", async (t) => {
  await t.step("unknown: the hint lists the flows", async () => {
    const pack = await open({ flows: { first: SAY, second: SAY } });
    for (const asked of ["absent", "constructor", ""]) {
      const { code, hint, message } = await refusal(pack, asked);
      assertEquals([code, hint], ["flow.not_found", "The pack has: first, second"]);
      assertEquals(message, `flow made:${asked} not registered`);
    }
  });
  await t.step("broken: what is wrong with it", async () => {
    const pack = await open({ documents: { bad: BROKEN }, flows: { good: SAY } });
    assertEquals((await refusal(pack, "bad")).code, "flow.routing");
    assertEquals(chooseFlow(await choice(pack), "good").id, "good");
  });
  await t.step("none at all", async () => {
    const pack = await open({ flows: {} });
    const { code, message } = await refusal(pack, null);
    assertEquals([code, message], ["flow.none", "pack does not declare any flows"]);
    assertEquals((await refusal(pack, "main")).hint, "The pack has: no flows");
  });
});

/** A pack of the older layout with one flow, and what its author wrote of it. */
async function legacyPack(document: JsonObject, yaml: string): Promise<Pack> {
  return await openPack(
    await buildPack({
      layout: "legacy",
      id: "old",
      version: "0.1.0",
      createdAt: "2026-01-01T00:00:00Z",
      flows: [{ id: "main", document, yaml }],
      components: [],
    }),
    DEVOK,
  );
}

Deno.test("loadProgram() takes what the author wrote when the packer dropped the components", async () => {
  const lost: JsonObject = { id: "main", type: "job", start: "say", nodes: { say: { routing: [] } } };
  const yaml = "id: main\ntype: job\nnodes:\n  say:\n    emit.response: {text: hi}\n";
  const { flows, findings } = await loadProgram(await legacyPack(lost, yaml));
  assertEquals(flows.get("main")?.nodes.get("say")?.kind, {
    type: "emit",
    name: "emit.response",
    mapping: { text: "hi" },
  });
  assertEquals(findings.map(({ severity, place }) => [severity, place]), [[
    "warning",
    "flows/main/flow.json",
  ]]);
  const broken = await loadProgram(await legacyPack(lost, "nodes: ["));
  assertEquals([broken.flows.size, broken.findings.map(({ message }) => message)], [0, [
    "missing component for node `say`",
  ]]);
});

Deno.test("loadProgram() names the lines of documents in the pack", async () => {
  const pack = await legacyPack({
    id: "main",
    type: "job",
    nodes: { a: { "emit.x": 1, routing: [{ to: "gone" }] } },
  }, "");
  const { findings } = await loadProgram(pack);
  assertEquals(findings.map(({ place, flow, node, line }) => [place, flow, node, line]), [
    ["flows/main/flow.json:1 flow main node a", "main", "a", 1],
  ]);
});

Deno.test("loadProgram() tells names that lead nowhere, and keeps the flow", async () => {
  const pack = await open({
    components: ["greet"],
    flows: {
      main: [
        { id: "a", component: "ghost", operation: "x", next: "b" },
        { id: "b", component: "flow.call", payload: { flow: "gone" }, next: "c" },
        { id: "c", component: "flow.goto", payload: { flow: "other", node: "no" }, next: "d" },
        { id: "d", component: "provider.invoke", payload: { provider_type: "p", op: "x" }, next: "e" },
        { id: "e", component: "flow.goto", payload: { node: "{{entry.n}}" }, next: "f" },
        { id: "f", component: "greet.greet" },
      ],
      other: SAY,
    },
  });
  const { flows, findings } = await loadProgram(pack);
  assert(flows.has("main"));
  assertEquals(findings.map(({ node, code, message }) => [node, code, message]), [
    ["a", "node.component", 'Node "a" calls component "ghost", which is not in the pack'],
    ["b", "flow.not_found", 'Node "b" calls flow "gone", which is not in the pack'],
    ["c", "flow.node_not_found", 'Node "c" jumps to node "no", which flow "other" does not have'],
    ["d", "node.component", 'Node "d" asks for provider "p", which the pack does not declare'],
  ]);
});

Deno.test("chooseStart() takes a node or a named entrypoint, and names what there is", async (t) => {
  const nodes = [
    { id: "a", component: { id: "emit.x" }, routing: { next: { node_id: "b" } } },
    { id: "b", component: { id: "emit.x" }, routing: "end" },
  ];
  const entrypoints = { default: "a", chat: "b", ghost: "gone", odd: {} };
  const document = { id: "f", kind: "job", entrypoints, nodes };
  const { flow } = parseFlow({ id: "f", form: "compiled", document, place: "here" });
  const table: [entrypoint: string | null, entryNode: string | null, expected: string, hint?: string][] = [
    [null, null, "a"],
    ["default", null, "a"],
    ["chat", null, "b"],
    [null, "b", "b"],
    [null, "gone", "node gone not found", 'The nodes of flow "f" are: a, b'],
    ["ghost", null, "node gone not found", 'The nodes of flow "f" are: a, b'],
    ["odd", null, 'Flow "f" has no entrypoint "odd"', "Its entrypoints are: default, chat, ghost"],
    ["toString", null, 'Flow "f" has no entrypoint "toString"', "Its entrypoints are: default, chat, ghost"],
  ];
  for (const [entrypoint, entryNode, expected, hint] of table) {
    await t.step(`${entrypoint} ${entryNode}`, () => {
      const choose = () => chooseStart(flow!, { entrypoint, entryNode });
      if (hint === undefined) return assertEquals(choose(), expected);
      const error = assertThrows(choose, RunnerError, expected);
      // What a flow names in vain is its own fault, and what a run asks for in vain is not.
      const code = entrypoint === "ghost" ? "flow.node_not_found" : "flow.entrypoint";
      assertEquals([error.hint, error.code], [hint, code]);
    });
  }
});

Deno.test("checkParameters() refuses what a flow does not declare", () => {
  const parameters = { region: "eu", vars_init: { mood: { type: "string" } } };
  const document = { id: "f", type: "job", parameters, nodes: { a: { "emit.x": 1 } } };
  const { flow } = parseFlow({ id: "f", form: "authored", document, place: "here" });
  checkParameters(flow!, { region: 1, mood: "good" });
  const error = assertThrows(() => checkParameters(flow!, { vars_init: {} }), RunnerError);
  assertEquals([error.code, error.hint], ["option.invalid", "Its parameters are: region, mood"]);
});
