/** Flows as graphs, with the way that a run took. */

import { assertEquals } from "@std/assert";
import type { RecordedFlow, RecordedNode } from "../../lib/record/flows_json.ts";
import { type Graph, graphsOf } from "../../lib/report/graph.ts";
import { spansOf } from "../../lib/report/spans.ts";
import { Script } from "./_lines.ts";

function node(id: string, ...routes: RecordedNode["routes"]): RecordedNode {
  return { id, component: "echo", target: null, operation: null, routes, calls: null };
}

function to(target: string | null, on: readonly string[] = [], failure: boolean = false) {
  return { to: target, on, failure };
}

const FLOW: RecordedFlow = {
  id: "main",
  start: "a",
  nodes: [
    node("a", to("b", ["again"]), to("c", ["x > 1"]), to("c"), to("d", ["error"], true)),
    node("b", to("a")),
    node("c", to(null)),
    node("d", to(null)),
  ],
};

/** A graph's edges in a few words. */
function edges({ edges }: Graph): string[] {
  return edges.map(({ from, to, label, kind, taken }) =>
    `${from} -> ${to}${label === "" ? "" : ` (${label})`}${kind === "route" ? "" : ` ${kind}`} ${taken}`
  );
}

function graphs(script: Script, flows: readonly RecordedFlow[] | null, endedWell: boolean = true): Graph[] {
  return graphsOf(spansOf(script.lines).walks, { flows, endedWell });
}

Deno.test("graphsOf() counts the way that was taken, circles and the end among it", () => {
  const script = new Script().visit("a").visit("b").visit("a").visit("b").visit("a").visit("c");
  const [graph] = graphs(script, [FLOW]);
  assertEquals(edges(graph!), [
    "n a -> n b (again) 2",
    "n a -> n c (x > 1 | else) 1",
    "n a -> n d (error) failure 0",
    "n b -> n a 2",
    "n c -> end 1",
    "n d -> end 0",
  ]);
  assertEquals(graph!.nodes.map(({ id, visits, status, start }) => [id, visits, status, start]), [
    ["a", 3, "ok", true],
    ["b", 2, "ok", false],
    ["c", 1, "ok", false],
    ["d", 0, null, false],
    ["end", 1, "ok", false],
  ]);
});

Deno.test("graphsOf() draws no way to the end for a run that did not come there", () => {
  const script = new Script().visit("a").visit("c");
  assertEquals(edges(graphs(script, [FLOW], false)[0]!).filter((edge) => edge.endsWith("1")), [
    "n a -> n c (x > 1 | else) 1",
  ]);
});

Deno.test("graphsOf() draws a way to the end only where the last flow came to it", () => {
  // The reference runner tells of no jump: the next node is in another flow.
  const script = new Script().visit("c").visit("x", { flowId: "other" });
  assertEquals(graphs(script, null).map(edges), [[], ["n x -> end 1"]]);
});

Deno.test("graphsOf() draws what was visited where no routes were recorded", () => {
  const script = new Script().visit("a").visit("b").visit("a");
  const [graph] = graphs(script, null);
  assertEquals([graph!.recorded, edges(graph!)], [
    false,
    ["n a -> n b 1", "n b -> n a 1", "n a -> end 1"],
  ]);
});

Deno.test("graphsOf() has the flows that were walked first, then those that could have been", () => {
  const script = new Script();
  const place = script.start("a");
  script.visit("x", { flowId: "sub", flowPath: ["main/a"] }).end(place);
  const other = { ...FLOW, id: "other" };
  const found = graphs(script, [other, FLOW]);
  assertEquals(found.map(({ flow, recorded }) => [flow, recorded]), [
    ["main", true],
    ["sub", false],
    ["other", true],
  ]);
  assertEquals(edges(found[1]!), ["n x -> end 1"]);
});

Deno.test("graphsOf() draws jumps: in the same flow to the node, else to what stands for it", () => {
  const jump = (flow: string | null, target: string | null): RecordedFlow => ({
    id: "main",
    start: "a",
    nodes: [{ ...node("a"), calls: { returns: false, flow, node: target } }, node("b")],
  });
  const none = new Script();
  assertEquals(edges(graphs(none, [jump(null, "b")])[0]!), ["n a -> n b (jump) jump 0"]);
  assertEquals(edges(graphs(none, [jump("sub", "x")])[0]!), ["n a -> j sub / x (jump) jump 0"]);
  assertEquals(edges(graphs(none, [jump("{{where}}", null)])[0]!), []);
  const script = new Script().visit("a");
  const place = { flowId: "main", flowPath: [], nodeId: "a" };
  script.line({ phase: "jump", status: "ok", place, outputs: { flow: "sub", node: "x" } });
  assertEquals(edges(graphs(script, [jump("sub", "x")])[0]!), ["n a -> j sub / x (jump) jump 1"]);
});

Deno.test("graphsOf() leaves out what is too much to look at, never what was visited", () => {
  const nodes = Array.from({ length: 1000 }, (_, i) => node(`n${i}`, to(`n${(i + 1) % 1000}`)));
  const [graph] = graphs(new Script().visit("n999"), [{ id: "main", start: "n0", nodes }]);
  assertEquals([graph!.nodes.filter(({ kind }) => kind === "node").length, graph!.left], [300, 700]);
  assertEquals(graph!.nodes.find(({ visits }) => visits > 0)?.id, "n999");
});

Deno.test("graphsOf() points at the last visit that failed", () => {
  const failing = new Script().visit("a");
  failing.fail(failing.start("a")).visit("a");
  const [graph] = graphs(failing, [FLOW]);
  const [a] = graph!.nodes;
  assertEquals([a!.status, a!.span?.status, a!.visits], ["ok", "error", 3]);
});
