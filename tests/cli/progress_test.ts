/** What is told of a run while it goes on, by how much is asked for. */

import { assertEquals } from "@std/assert";
import type { NodePlace } from "../../lib/base/call.ts";
import type { NodeEndedEvent, NodeStartedEvent, RunEvent } from "../../lib/base/events.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { ProgressPrinter } from "../../lib/cli/progress.ts";
import type { Level } from "../../lib/cli/steps.ts";
import { rememberingIo, terminal } from "./_terminals.ts";

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What is printed of events, each of which happens ten milliseconds after the one before. */
function printed(events: readonly RunEvent[], level: Level): { lines: string[]; steps: (string | null)[] } {
  const io = rememberingIo(terminal(80));
  const printer = new ProgressPrinter(io, level);
  events.forEach((event, seq) =>
    printer.print({ seq, ts: new Date(START_MS + seq * 10).toISOString(), event })
  );
  return { lines: io.lines, steps: io.steps.map((step) => step?.text ?? null) };
}

function place(nodeId: string, more: Partial<NodePlace> = {}): NodePlace {
  return { callId: nodeId, flowId: "main", flowPath: [], nodeId, attempt: 1, ...more };
}

function started(at: NodePlace): NodeStartedEvent {
  return { type: "node.started", ...at, component: "echo", payload: null };
}

function ended(at: NodePlace): NodeEndedEvent {
  return { type: "node.ended", ...at, component: "echo", output: null, metrics: {} };
}

const GREET = place("greet"), ASK = place("ask");
const FAILED: RunEvent = {
  type: "node.failed",
  ...ASK,
  component: "echo",
  status: "error",
  failure: { code: "E", message: "it was \x1b[31mred" },
  metrics: {},
};
const CALL = { hostCallId: "h1", place: ASK, capability: "http", call: "http-client#send" };
const EVENTS: readonly RunEvent[] = [
  {
    type: "verify",
    verdict: { check: "sbom", verdict: "verified", place: "sbom.cbor", reason: "5 files match" },
  },
  {
    type: "verify",
    verdict: {
      check: "trust",
      verdict: "untrusted",
      place: "pack.sig",
      reason: "nobody vouched",
      waived: true,
    },
  },
  started(GREET),
  { type: "log", place: GREET, stream: "stdout", text: "one\ntwo \x1b[2J\n" },
  { type: "log", place: GREET, stream: "telemetry", text: "span", fields: { n: 1 } },
  ended(GREET),
  started(ASK),
  { type: "host.called", ...CALL, inputs: { url: "https://example.com" } },
  { type: "host.returned", ...CALL, status: "ok", provider: "mock", outputs: { status: 200 } },
  FAILED,
  started({ ...ASK, callId: "again", attempt: 2 }),
  { type: "warning", code: "template.missing", message: "Value is missing", place: "flow main" },
  ended({ ...ASK, callId: "again", attempt: 2 }),
];

Deno.test("ProgressPrinter prints nodes and what needs attention", () => {
  assertEquals(printed(EVENTS, "normal").lines, [
    "untrusted pack.sig: nobody vouched",
    "ok        greet  echo  30 ms",
    "error     ask  echo  30 ms: it was \\x1b[31mred",
    "warning   Value is missing (flow main)",
    "ok        ask  echo (attempt 2)  20 ms",
  ]);
});

Deno.test("ProgressPrinter leaves nodes out when it is to be quiet", () => {
  assertEquals(printed(EVENTS, "quiet"), {
    lines: ["untrusted pack.sig: nobody vouched", "warning   Value is missing (flow main)"],
    steps: [],
  });
});

Deno.test("ProgressPrinter tells what a component was refused, and the line that allows it, also when it is quiet", async (t) => {
  const refused = (outputs: JsonObject): RunEvent => (
    { type: "host.returned", ...CALL, status: "denied", provider: "refuse", outputs }
  );
  const hint = "Allow it with --allow https://a.example", error = { message: "a.example is not allowed" };
  const table: [name: string, outputs: JsonObject, lines: string[]][] = [
    ["a host", { code: "http.denied", error, hint }, [`refused   ask  http: ${error.message}. ${hint}`]],
    ["a recording", { code: "replay.miss", error, hint: "No such recording" }, [
      "refused   ask  http: No such recording",
    ]],
    ["what fails the node, which tells it", { code: "replay.miss", hint }, []],
    ["what no option gives", { code: "secret", error, hint }, []],
  ];
  for (const [name, outputs, lines] of table) {
    await t.step(name, () => {
      for (const level of ["quiet", "normal"] as const) {
        assertEquals(printed([refused(outputs)], level).lines, lines);
      }
    });
  }
});

Deno.test("ProgressPrinter prints checks, routes, calls and logs, too, when it is to be verbose", () => {
  assertEquals(printed(EVENTS, "verbose").lines, [
    "verified  sbom.cbor: 5 files match",
    "untrusted pack.sig: nobody vouched",
    "log       greet  stdout: one",
    "log       greet  stdout: two \\x1b[2J",
    'log       greet  telemetry: span  {"n":1}',
    "ok        greet  echo  30 ms",
    "route     greet -> ask",
    'call      ask  http-client#send  {"url":"https://example.com"} -> ok (mock)  {"status":200}  10 ms',
    "error     ask  echo  30 ms: it was \\x1b[31mred",
    "warning   Value is missing (flow main)",
    "ok        ask  echo (attempt 2)  20 ms",
  ]);
});

Deno.test("ProgressPrinter prints the routes of each flow, and a jump instead of one", () => {
  const sub = { flowId: "sub", flowPath: ["main/call"] };
  const call = place("call"), one = place("one", sub), two = place("two", sub), last = place("last");
  const jump: RunEvent = {
    type: "flow.jumped",
    flowId: "main",
    flowPath: [],
    nodeId: "last",
    toFlow: "other",
    toNode: "far",
  };
  const events = [
    ...[started(call), started(one), ended(one), started(two), ended(two), ended(call)],
    ...[started(last), ended(last), jump, started(place("far")), ended(place("far"))],
  ];
  const lines = printed(events, "verbose").lines.filter((line) => /^(?:route|jump)/.test(line));
  assertEquals(lines, [
    "route     main/call > one -> two",
    "route     call -> last",
    "jump      last  to other/far",
  ]);
});

Deno.test("ProgressPrinter tells which node runs, the innermost of them", () => {
  const inner = place("inner", { flowId: "sub", flowPath: ["main/call"] }), call = place("call");
  const { steps } = printed([started(call), started(inner), ended(inner), ended(call)], "normal");
  assertEquals(steps, ["running call", "running main/call > inner", "running call", null]);
});

Deno.test("ProgressPrinter tells again which node runs once what it needs is prepared", () => {
  const io = rememberingIo(terminal(80));
  const printer = new ProgressPrinter(io, "normal");
  printer.print({ seq: 0, ts: new Date(START_MS).toISOString(), event: started(GREET) });
  printer.progress({ type: "preparing", id: "greet", bytes: 1, number: 1, of: 1 });
  printer.progress({ type: "prepared", id: "greet", digest: "sha256:ab", cacheHit: false, prepareMs: 1 });
  assertEquals(io.steps.at(-1)?.text, "running greet");
});
