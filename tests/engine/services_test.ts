/** Nodes that need another service, answered by a scripted one. */

import { assertEquals } from "@std/assert";
import type { NodePlace, Outcome } from "../../lib/base/call.ts";
import type { Json } from "../../lib/base/json.ts";
import type { Services } from "../../lib/engine/ports.ts";
import type { ServiceCall } from "../../lib/flow/service.ts";
import { echo, failureIn, flowOf, node, ok, play, type Played, type Script } from "./_script.ts";

interface Asked {
  readonly request: ServiceCall;
  readonly place: NodePlace;
}

/** Services that answer all calls so, and note them. */
function scripted(...answers: Outcome[]): Services & { readonly asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    call: (request, place) => {
      asked.push({ request, place });
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] ?? ok(null));
    },
  };
}

function run(nodes: Json, more: Partial<Script> = {}): Promise<Played> {
  return play({ flows: [flowOf("f", nodes)], stubs: { c: echo }, ...more });
}

const MCP = { server: "{{entry.server}}", tool: "forecast", arguments: { city: "{{entry.city}}" } };
const INPUT = { server: "weather", city: "Oslo" };

Deno.test("a service node is answered by the services of the run", async () => {
  const services = scripted(ok({ text: "{{entry.city}}" }));
  const { result, events } = await run([node("a", "mcp", MCP, "b"), node("b", "c", "{{node.a}}")], {
    services,
    input: INPUT,
  });
  assertEquals(result, { status: "completed", output: { text: "{{entry.city}}" }, failedNodes: false });
  assertEquals(services.asked, [{
    request: { tool: "weather", action: "forecast", arguments: { city: "Oslo" } },
    place: { callId: "n1", flowId: "f", flowPath: [], nodeId: "a", attempt: 1 },
  }]);
  const [started] = events;
  assertEquals(started, {
    type: "node.started",
    ...services.asked[0]!.place,
    component: "mcp",
    target: "weather",
    operation: "forecast",
    payload: { ...MCP, server: "weather", arguments: { city: "Oslo" } },
  });
});

Deno.test("a service node fails as its service does", async (t) => {
  const failure = { code: "node.kind", message: 'Script "x" does not exist', hint: "Write it" };
  const broken: Outcome = { status: "error", failure, metrics: {} };
  await t.step("the flow ends", async () => {
    const { result, trace } = await run([node("a", "mcp", {})], { services: scripted(broken) });
    assertEquals(failureIn(result), { ...failure, place: "flow f node a" });
    assertEquals(trace, "s(a) x(a)");
  });
  await t.step("a route takes the failure", async () => {
    const routing: Json = { custom: [{ status: "error", to: "b" }, { out: true }] };
    const played = await run([node("a", "mcp", {}, routing), node("b", "c", "{{node.a.error.code}}")], {
      services: scripted(broken),
    });
    assertEquals(played.result, { status: "completed", output: "node.kind", failedNodes: true });
  });
  await t.step("an answer may be an error, as that of a component", async () => {
    const answer = ok({ ok: false, error: { code: "E", message: "no", retryable: true } });
    const services = scripted(answer, ok("yes"));
    const { result, trace } = await run([node("a", "a2a", {})], { services });
    assertEquals(result, { status: "completed", output: "yes", failedNodes: false });
    assertEquals(trace, "s(a) x(a) s(a) e(a)");
    assertEquals(services.asked.map(({ place }) => place.attempt), [1, 2]);
  });
  await t.step("broken services end the node", async () => {
    const services = { call: () => Promise.reject(new Error("gone")) };
    const { result } = await run([node("a", "mcp", {})], { services });
    assertEquals([failureIn(result).code, failureIn(result).message], ["internal", "gone"]);
  });
});

Deno.test("a service node steers no flow", async () => {
  const answer = { greentic_control: { v: 1, action: "respond", text: "hi" } };
  const { result } = await run([node("a", "mcp", {})], { services: scripted(ok(answer)) });
  assertEquals(result, { status: "completed", output: answer, failedNodes: false });
});

Deno.test("a service node whose services are stopped ends as the run does", async () => {
  const stop = new AbortController();
  const services: Services = {
    call: () => {
      stop.abort();
      return Promise.resolve({ status: "error", failure: { code: "x", message: "x" }, metrics: {} });
    },
  };
  const { result } = await run([node("a", "mcp", {})], { services, signal: stop.signal });
  assertEquals([result.status, failureIn(result).code], ["cancelled", "run.cancelled"]);
});

Deno.test("without services a service node is refused before its payload is rendered", async () => {
  const { result, events } = await run([node("a", "mcp", { tool: "{{entry.absent}}" })]);
  const { code, hint } = failureIn(result);
  assertEquals([code, hint], ["node.kind", 'Route around node "a", or answer it with a tools mock']);
  assertEquals(events[0]?.type === "node.started" && events[0].payload, { tool: "{{entry.absent}}" });
});
