/** Where the time of a run went, where that is worth a line. */

import { assertEquals } from "@std/assert";
import type { NodeSummary } from "../../lib/base/result.ts";
import { slowestLines } from "../../lib/cli/slowest.ts";
import { runResult } from "./_helpers.ts";

function node(nodeId: string, durationMs: number, more: Partial<NodeSummary> = {}): NodeSummary {
  return {
    nodeId,
    flowPath: [],
    component: "echo",
    status: "ok",
    durationMs,
    attempts: 1,
    metrics: {},
    ...more,
  };
}

const NODES = [5, 700, 12, 90, 40, 1100].map((ms, i) => node(`n${i}`, ms));

Deno.test("slowestLines() tells the slowest nodes with their share, and leaves out who hardly counts", () => {
  const nodeSummaries = [
    ...NODES,
    node("again", 60, { attempts: 3 }),
    node("never", 0, { status: "skipped" }),
  ];
  assertEquals(slowestLines(runResult({ nodeSummaries, durationMs: 2000 })), [
    "slowest   n5     echo  1100 ms  55 %",
    "slowest   n1     echo  700 ms   35 %",
    "slowest   n3     echo  90 ms    5 %",
    "slowest   again  echo  60 ms    3 %   3 starts",
    "slowest   n4     echo  40 ms    2 %",
  ]);
});

Deno.test("slowestLines() tells nothing of a run that is short or has few nodes", () => {
  assertEquals(slowestLines(runResult({ nodeSummaries: NODES, durationMs: 999 })), []);
  assertEquals(slowestLines(runResult({ nodeSummaries: NODES.slice(1), durationMs: 2000 })), []);
});

Deno.test("slowestLines() tells the nodes of a called flow, not the node that calls it", () => {
  const inner = NODES.map((each) => ({ ...each, flowPath: ["main/sub"] }));
  const lines = slowestLines(runResult({ nodeSummaries: [node("sub", 1990), ...inner], durationMs: 2000 }));
  assertEquals(lines[0], "slowest   main/sub > n5  echo  1100 ms  55 %");
  // A node of that name that was reached in another way calls nothing.
  const deeper = inner.map((each) => ({ ...each, flowPath: ["main/a", "flow/sub"] }));
  const other = node("sub", 1990, { flowPath: ["main/b"] });
  const both = slowestLines(runResult({ nodeSummaries: [other, ...deeper], durationMs: 4000 }));
  assertEquals(both[0], "slowest   main/b > sub            echo  1990 ms  50 %");
});
