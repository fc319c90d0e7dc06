/**
 * The conformance cases of flows that need a document, a component or a record, by their numbers, through the public
 * face. The others are in `engine/engine_test.ts` and `flow/parse_test.ts`.
 */

import { assert, assertEquals } from "@std/assert";
import { type Json, type JsonObject, runPack, type RunResult } from "../mod.ts";
import { buildPack } from "../lib/pack/build.ts";
import type { PackSpec } from "../lib/pack/pack_spec.ts";
import type { TranscriptLine } from "../lib/record/line.ts";
import { readRun, sharedCache, tempFolder, textsBelow } from "./_helpers.ts";
import { component, sources } from "./_sources.ts";

const cacheDir = sharedCache();

interface Ran {
  readonly result: RunResult;
  readonly lines: readonly TranscriptLine[];
  /** Files of the run directory by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Runs a flow file with some fixture components. */
async function runFlow(
  flow: string,
  components: readonly string[],
  options: Parameters<typeof runPack>[1] = {},
): Promise<Ran> {
  await using folder = await sources({ "main.ygtc": flow });
  const map = Object.fromEntries(components.map((id) => {
    return [id, new URL(`../fixtures/components/${id}/${id}.wasm`, import.meta.url).pathname];
  }));
  return await kept((artifactsDir) =>
    runPack(`${folder.path}/main.ygtc`, { components: { map }, cacheDir, artifactsDir, ...options })
  );
}

/** Runs a pack of the older layout with one flow and the component `echo5`. */
async function runLegacy(document: JsonObject, options: Parameters<typeof runPack>[1] = {}): Promise<Ran> {
  const spec: PackSpec = {
    layout: "legacy",
    id: "old",
    version: "0.1.0",
    createdAt: "2026-01-01T00:00:00Z",
    flows: [{ id: "main", document }],
    components: [{ id: "echo5", version: "0.1.0", world: "w", bytes: await component("echo5") }],
  };
  const archive = await buildPack(spec);
  return await kept((artifactsDir) => runPack(archive, { cacheDir, artifactsDir, ...options }));
}

async function kept(run: (artifactsDir: string) => Promise<RunResult>): Promise<Ran> {
  await using temp = await tempFolder();
  const result = await run(temp.path);
  const { lines } = await readRun(temp.path);
  return { result, lines, files: await textsBelow(temp.path) };
}

/** The code, message and place with which a flow is refused. */
async function refused(flow: string): Promise<[string, string, string]> {
  try {
    await runFlow(flow, []);
  } catch (error) {
    const { code, message, place = "" } = error as { code: string; message: string; place?: string };
    return [code, message, place.replace(/^.*\//, "")];
  }
  throw new Error("The flow was not refused");
}

const HEAD = "id: main\ntype: messaging\nnodes:\n";

Deno.test("10 a flow that is not there: the flows that are", async () => {
  await using temp = await tempFolder();
  await using folder = await sources({ "main.ygtc": `${HEAD}  a:\n    emit.x: 1\n` });
  const error = await runPack(`${folder.path}/main.ygtc`, { entryFlow: "nope", artifactsDir: temp.path })
    .catch((e) => e);
  assertEquals([error.message, error.hint], ["flow main:nope not registered", "The pack has: main"]);
});

Deno.test("7 a start that is not there: the flow, and when it was found", async () => {
  await using temp = await tempFolder();
  const flow = `id: main\ntype: job\nentrypoints: {default: ghost}\nnodes:\n  a:\n    emit.x: 1\n`;
  await using folder = await sources({ "main.ygtc": flow });
  const error = await runPack(`${folder.path}/main.ygtc`, { artifactsDir: temp.path }).catch((e) => e);
  const { result } = await readRun(temp.path);
  assertEquals([error.message, result.stage, result.flowId], ["node ghost not found", "load", "main"]);
  assertEquals(Object.keys(result.failures), ["_runtime"]);
});

Deno.test("11 a component's error ends the run, and is told of its node and of the run", async () => {
  const flow = `${HEAD}  a:\n    fails: {operation: error}\n    routing: [{to: b}]\n  b: {emit.x: 1}\n`;
  const { result, lines } = await runFlow(flow, ["fails"]);
  assertEquals([result.status, Object.keys(result.failures)], ["failure", ["a", "_runtime"]]);
  assertEquals(lines.filter(({ node_id }) => node_id === "a").map(({ phase }) => phase), ["start", "error"]);
});

Deno.test("15 what is tried three times has one log", async () => {
  const { result, lines } = await runFlow(`${HEAD}  a:\n    fails: {operation: retryable}\n`, ["fails"]);
  assertEquals(lines.filter(({ phase }) => phase === "error").length, 3);
  assertEquals(result.failures["a"]?.logPaths.length, 1);
});

Deno.test("36 no text is null, and text that is no JSON is text", async () => {
  for (const [operation, output] of [["empty", null], ["garbage", "not json"]] as const) {
    const { result } = await runFlow(`${HEAD}  a:\n    fails: {operation: ${operation}}\n`, ["fails"]);
    assertEquals([result.status, result.output], ["success", output]);
  }
});

Deno.test("40 two routes without a guard are refused at load", async () => {
  const flow =
    `${HEAD}  a:\n    emit.x: 1\n    routing: [{to: x}, {to: y}]\n  x: {emit.x: 1}\n  y: {emit.x: 1}\n`;
  assertEquals(await refused(flow), [
    "flow.routing",
    "Routing is ambiguous: 2 routes have no guard (x, y)",
    "main.ygtc:4 flow main node a",
  ]);
});

Deno.test("41 a reply ends the flow, as a word and as a route", async () => {
  for (const routing of ["reply", "[{reply: true}]"]) {
    const { result } = await runFlow(`${HEAD}  a:\n    emit.x: 1\n    routing: ${routing}\n`, []);
    assertEquals([result.status, result.output], ["success", [1]]);
  }
  const legacy = { id: "main", type: "messaging", nodes: { a: { "emit.x": 1, routing: [{ reply: true }] } } };
  assertEquals((await runLegacy(legacy)).result.output, [1]);
});

Deno.test("42 a flow that waits with a reason leaves a snapshot of where it goes on", async () => {
  const flow = `${HEAD}  w:\n    session.wait: {reason: need id}\n    routing: [{to: b}]\n  b: {emit.x: 1}\n`;
  const { result, files, lines } = await runFlow(flow, []);
  assertEquals([result.status, result.waiting], ["waiting", {
    reason: "need id",
    snapshot: "snapshot.json",
  }]);
  const { flow_id, next_node } = JSON.parse(files.get("snapshot.json")!);
  assertEquals([flow_id, next_node], ["main", "b"]);
  assertEquals(lines.filter(({ node_id }) => node_id === "w").map(({ phase }) => phase), [
    "start",
    "end",
    "wait",
  ]);
});

Deno.test("44 a wait that leads nowhere is refused at load", async () => {
  const flow = `${HEAD}  w:\n    session.wait: {reason: r}\n    routing: out\n`;
  assertEquals(await refused(flow), [
    "flow.wait_route",
    "session.wait node w requires a non-empty route",
    "main.ygtc:4 flow main node w",
  ]);
});

Deno.test("54 the input of component.exec in an older document is not wrapped twice", async () => {
  const call = { component: "echo5", operation: "echo", input: { text: "hello" } };
  const { result } = await runLegacy({ id: "main", type: "job", nodes: { a: { "component.exec": call } } });
  assertEquals(result.output, { text: "hello" });
});

Deno.test("55 an older document with component, payload_expr and routes runs as it was written", async () => {
  const document: JsonObject = {
    id: "main",
    flow_type: "messaging",
    start: "b",
    parameters: {},
    nodes: {
      a: { component: "emit.response", payload_expr: { text: "{{node.b.n}}" }, routes: [] },
      b: {
        component: "component.exec",
        payload_expr: { component: "echo5", operation: "echo", input: { n: 7 } },
        routes: [{ to: "a" }],
      },
    },
  };
  assertEquals((await runLegacy(document)).result.output, [{ text: 7 }]);
});

Deno.test("56 what stands under a telling name is hidden in the record, and counts are not", async () => {
  const payload = "{apiToken: x, max_tokens: 5, api_key: k, note: plain}";
  const { lines, result } = await runFlow(`${HEAD}  a:\n    emit.x: ${payload}\n`, []);
  const start = lines.find(({ phase }) => phase === "start");
  assertEquals((start?.inputs as { payload: Json }).payload, {
    apiToken: "__REDACTED__",
    api_key: "__REDACTED__",
    max_tokens: 5,
    note: "plain",
  });
  assertEquals(start?.redactions, ["$.inputs.payload.apiToken", "$.inputs.payload.api_key"]);
  assertEquals(result.output, [{ apiToken: "x", max_tokens: 5, api_key: "k", note: "plain" }]);
});

Deno.test("57 nodes whose ids differ in signs alone have logs of their own", async () => {
  const node = (id: string, to: string) =>
    `  ${id}:\n    fails: {operation: error}\n    routing: [{status: error, to: ${to}}]\n`;
  const flow = `${HEAD}${node("a.b", "a-b")}${node("a-b", "end")}  end: {emit.x: 1}\n`;
  const { result, files } = await runFlow(flow, ["fails"]);
  assertEquals(result.status, "partial_failure");
  const logs = ["a.b", "a-b"].map((id) => result.failures[id]?.logPaths ?? []);
  assertEquals(logs.map(({ length }) => length), [1, 1]);
  assert(logs[0]![0] !== logs[1]![0], "each has its own");
  for (const [path] of logs) {
    const name = path!.slice(path!.lastIndexOf("logs/"));
    assertEquals(files.get(name), "E_DEMO: component fails failed: E_DEMO: demanded\n");
  }
});

Deno.test("58 a secret that is given is read, another is not found, and both are told", async () => {
  const ask = (id: string, key: string, more = "") =>
    `  ${id}:\n    host-user: {operation: secret, key: ${key}}\n${more}`;
  const flow = `${HEAD}${ask("k", "K", "    routing: [{to: z}]\n")}${ask("z", "Z")}`;
  const { lines } = await runFlow(flow, ["host-user"], {
    mocks: { secrets: { map: { K: "planted-value" } } },
  });
  const calls = lines.filter(({ component }) => component?.endsWith("::secrets"));
  assertEquals(calls.map(({ status, inputs, outputs }) => [status, inputs, outputs]), [
    ["call", { key: "K" }, null],
    ["ok", { capability: "secrets", provider: "mock" }, { found: true, source: "map" }],
    ["call", { key: "Z" }, null],
    ["error", { capability: "secrets", provider: "mock" }, { found: false }],
  ]);
});
