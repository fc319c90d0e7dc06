/** The visits of a run to its nodes, told from its transcript. */

import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../lib/base/events.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type { TranscriptLine } from "../../lib/record/line.ts";
import { type Visit, visitsOf } from "../../lib/record/visits.ts";
import { called, ended, failed, place, returned, runEnd, said, started, startTestRun } from "./_run.ts";

/** The visits of a run of some events. */
function visits(events: readonly RunEvent[], { finished = true } = {}): Visit[] {
  const { recorder, sink } = startTestRun();
  for (const event of events) recorder.emit(event);
  const lines = () => sink.lines.map((line): TranscriptLine => JSON.parse(JSON.stringify(line)));
  if (!finished) return visitsOf(lines());
  recorder.finish(runEnd());
  recorder.close();
  return visitsOf(lines());
}

/** Visits in short: node, number of attempts, where they led. */
function short(found: readonly Visit[]): string[] {
  return found.map(({ place, ordinal, attempts, route }) =>
    `${place}#${ordinal} x${attempts.length} -> ${route}`
  );
}

Deno.test("visitsOf() gathers attempts, and says where the flow went from each node", async (t) => {
  const [a, b, c] = [place("a"), place("b"), place("c")];
  const again = place("a", { callId: "a#2", attempt: 2 });
  const inner = (node: string) => place(node, { flowId: "sub", flowPath: ["main/a"] });
  const jumped: RunEvent = {
    type: "flow.jumped",
    flowId: "main",
    flowPath: [],
    nodeId: "a",
    toFlow: "sub",
    toNode: "x",
  };
  const waited: RunEvent = { type: "flow.waited", flowId: "main", nodeId: "b", reason: null, output: null };
  const table: [name: string, events: RunEvent[], expected: string[]][] = [
    ["a line of nodes", [started(a), ended(a), started(b), ended(b)], [
      "main/a#1 x1 -> b",
      "main/b#1 x1 -> end",
    ]],
    ["attempts", [started(a), failed(a, "bad"), started(again), ended(again)], ["main/a#1 x2 -> end"]],
    ["a node that comes to itself", [
      started(a),
      ended(a),
      started({ ...a, callId: "a#2" }),
      ended({ ...a, callId: "a#2" }),
    ], [
      "main/a#1 x1 -> a",
      "main/a#2 x1 -> end",
    ]],
    ["a flow that is called", [
      ...[started(a), started(inner("x")), ended(inner("x")), started(inner("y")), ended(inner("y"))],
      ...[ended(a), started(b), ended(b)],
    ], ["main/a#1 x1 -> b", "main/a > sub/x#1 x1 -> y", "main/a > sub/y#1 x1 -> end", "main/b#1 x1 -> end"]],
    ["a jump", [
      started(a),
      ended(a),
      jumped,
      started({ ...c, flowId: "sub" }),
      ended({ ...c, flowId: "sub" }),
    ], [
      "main/a#1 x1 -> sub/c",
      "sub/c#1 x1 -> end",
    ]],
    ["a wait", [started(a), ended(a), started(b), ended(b), waited], [
      "main/a#1 x1 -> b",
      "main/b#1 x1 -> wait",
    ]],
    ["a wait with its answer", [started(b), ended(b), waited, started(c), ended(c)], [
      "main/b#1 x1 -> c",
      "main/c#1 x1 -> end",
    ]],
  ];
  for (const [name, events, expected] of table) {
    await t.step(name, () => assertEquals(short(visits(events)), expected));
  }
  await t.step("a run that was killed", () => {
    const [one, other] = visits([started(a), ended(a), started(b), called(b)], { finished: false });
    assertEquals([one?.route, other?.route, other?.attempts[0]?.end], ["b", null, null]);
    assertEquals(other?.attempts[0]?.calls.map(({ answer }) => answer), [null]);
  });
});

Deno.test("visitsOf() gives calls their answers, and streams as a whole", () => {
  const a = place("a");
  const [visit] = visits([
    ...[started(a), called(a, { n: 1 }), said(a, "stdout", "on"), returned(a), said(a, "stdout", "e")],
    ...[{ ...called(a, { n: 2 }), hostCallId: "h2" }, {
      ...returned(a, { status: "denied" }),
      hostCallId: "h2",
    }],
    ...[said(a, "telemetry", "t", { x: 1 }), ended(a)],
  ]);
  const [attempt] = visit?.attempts ?? [];
  assertEquals(attempt?.calls.map(({ name, request, answer }) => [name, request, answer?.status]), [
    ["http.send", { n: 1 }, "ok"],
    ["http.send", { n: 2 }, "denied"],
  ]);
  assertEquals(attempt?.streams, { stdout: "one", stderr: "" });
  assertEquals(attempt?.logs, [{ stream: "telemetry", text: "t", fields: { x: 1 } }]);
});

Deno.test("visitsOf() pairs answers with their calls, also where these overlap", () => {
  const a = place("a");
  const one = called(a, { n: 1 }), other = { ...called(a, { n: 2 }), hostCallId: "h2" };
  const [visit] = visits([
    ...[started(a), one, other, returned(a, { status: "error" })],
    ...[{ ...returned(a, { status: "denied" }), hostCallId: "h2" }, ended(a)],
  ]);
  const told = visit?.attempts[0]?.calls.map(({ request, answer }) => [request, answer?.status]);
  assertEquals(told, [[{ n: 1 }, "error"], [{ n: 2 }, "denied"]]);
});

Deno.test("visitsOf() reads what the reference writes: no ids, no attempts, answers alone", () => {
  const [empty] = startTestRun().sink.lines;
  const line = (phase: string, node_id: string | null, more: JsonObject = {}): TranscriptLine => ({
    ...JSON.parse(JSON.stringify(empty)),
    ...{ phase, node_id, flow_id: "main", status: "ok", call_id: null, attempt: null, ...more },
  });
  const failure = { error: { code: "component-failed", message: "bad" }, status: "error" };
  const mock = line("mock", null, {
    component: "mock::http",
    outputs: { status: 200 },
    inputs: { provider: "mock" },
  });
  const found = visitsOf([
    ...[line("start", "a"), mock, line("error", "a", failure), line("start", "a"), line("end", "a")],
    ...[
      line("start", "b"),
      line("start", "inner"),
      line("end", "inner"),
      line("end", "b"),
      line("end", "lost"),
    ],
    line("start", "b"),
  ]);
  assertEquals(short(found), [
    "main/a#1 x2 -> b",
    "main/b#1 x1 -> b",
    "main/inner#1 x1 -> end",
    "main/b#2 x1 -> null",
  ]);
  assertEquals(
    found[0]?.attempts[0]?.calls.map(({ name, request, answer }) => [name, request, answer?.outputs]),
    [
      ["http", null, { status: 200 }],
    ],
  );
});
