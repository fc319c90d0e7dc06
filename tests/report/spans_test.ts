/** Transcripts as trees of spans, also such as make no sense. */

import { assertEquals } from "@std/assert";
import type { TranscriptLine } from "../../lib/record/line.ts";
import { type Span, spansOf } from "../../lib/report/spans.ts";
import { Script } from "./_lines.ts";

/** Spans as lines of text, each further in than what it stands below. */
function told(spans: readonly Span[], depth: number = 0): string[] {
  return spans.flatMap(({ kind, name, status, children }) => [
    `${"  ".repeat(depth)}${kind} ${name} ${status}`,
    ...told(children, depth + 1),
  ]);
}

Deno.test("spansOf() puts visits below their flow, calls below their visit, and what came before apart", () => {
  const script = new Script().run();
  script.line({ phase: "verify", status: "ok", inputs: { check: "sbom" }, outputs: { verdict: "verified" } });
  const place = script.start("a");
  const call = { place, hostCallId: "h1", component: "host::http", operation: "x:y/http@1#send" };
  script.line({ ...call, phase: "host", status: "call", inputs: { method: "GET", url: "https://a.test/" } });
  script.line({
    ...call,
    phase: "host",
    status: "ok",
    inputs: { provider: "real" },
    outputs: { status: 200 },
  }, 3);
  script.line({ phase: "log", status: "ok", place, outputs: { stream: "stdout", text: "hi", fields: null } });
  script.end(place).visit("b");
  const { top } = spansOf(script.lines);
  assertEquals(told(top), [
    "stage Before the flow ok",
    "  check sbom ok",
    "flow main ok",
    "  node a ok",
    "    call http.send ok",
    "    log stdout ok",
    "  node b ok",
  ]);
  const [, flow] = top, [a] = flow!.children, [sent, said] = a!.children;
  assertEquals([sent!.label, sent!.who, sent!.duration], ["GET https://a.test/", "real", 3]);
  assertEquals([sent!.input, sent!.output], [{ method: "GET", url: "https://a.test/" }, { status: 200 }]);
  assertEquals([said!.label, said!.output], ["hi", "hi"]);
  assertEquals([a!.duration, a!.fuel, a!.memory, a!.firstLine, a!.lastLine], [4, 5, 65_536, 3, 7]);
});

Deno.test("spansOf() puts attempts below a visit that has more than one", () => {
  const script = new Script().run();
  script.fail(script.start("a")).fail(script.start("a", { attempt: 2 }));
  script.end(script.start("a", { attempt: 3 }), { done: true });
  const { top, walks } = spansOf(script.lines);
  assertEquals(told(top), [
    "flow main ok",
    "  node a ok",
    "    attempt a error",
    "    attempt a error",
    "    attempt a ok",
  ]);
  const [visit] = walks[0]!.visits;
  assertEquals([visit!.output, visit!.error, visit!.duration], [{ done: true }, undefined, 50]);
  assertEquals(visit!.children.map(({ attempt }) => attempt), [1, 2, 3]);
});

Deno.test("spansOf() counts a node that comes again as another visit", () => {
  const script = new Script().run().visit("a").visit("a");
  assertEquals(spansOf(script.lines).walks[0]!.visits.length, 2);
});

Deno.test("spansOf() puts called flows below the visit that calls, each call apart", () => {
  const script = new Script().run();
  for (let i = 0; i < 2; i++) {
    const place = script.start("call");
    script.visit("inner", { flowId: "sub", flowPath: ["main/call"] }).end(place);
  }
  const { top, walks } = spansOf(script.lines);
  assertEquals(told(top), [
    "flow main ok",
    ...["  node call ok", "    flow sub ok", "      node inner ok"],
    ...["  node call ok", "    flow sub ok", "      node inner ok"],
  ]);
  assertEquals(walks.map(({ flowId, caller }) => [flowId, caller?.name]), [
    ["main", undefined],
    ["sub", "call"],
    ["sub", "call"],
  ]);
});

Deno.test("spansOf() goes on in another flow after a jump", () => {
  const script = new Script().run().visit("a");
  const place = { flowId: "main", flowPath: [], nodeId: "a" };
  script.line({ phase: "jump", status: "ok", place, outputs: { flow: "other", node: "x" } });
  script.visit("x", { flowId: "other" });
  const { top, walks } = spansOf(script.lines);
  assertEquals(told(top), ["flow main ok", "  node a ok", "  jump jump ok", "flow other ok", "  node x ok"]);
  assertEquals(walks[0]!.jump, { flow: "other", node: "x" });
});

Deno.test("spansOf() shows where a flow waits, until it is answered", () => {
  const script = new Script().run().visit("ask");
  const place = { flowId: "main", flowPath: [], nodeId: "ask" };
  script.line({ phase: "wait", status: "waiting", place, inputs: { reason: "name" } });
  assertEquals(told(spansOf(script.lines).top), [
    "flow main waiting",
    "  node ask waiting",
    "  wait wait waiting",
  ]);
  script.line({ phase: "resume", status: "ok", place: { ...place, nodeId: "b" }, inputs: { input: 1 } });
  assertEquals(told(spansOf(script.visit("b").lines).top).slice(0, 2), ["flow main ok", "  node ask ok"]);
});

Deno.test("spansOf() takes a transcript that ends in the middle", () => {
  const script = new Script().run();
  const place = script.start("a");
  script.line({ phase: "host", status: "call", place, hostCallId: "h1", component: "host::kv", inputs: {} });
  const { top } = spansOf(script.lines);
  assertEquals(told(top), ["flow main open", "  node a open", "    call kv open"]);
  assertEquals(top[0]!.children[0]!.duration, -1);
});

/** A line as the reference runner has them, without what this one adds. */
function reference(line: TranscriptLine): TranscriptLine {
  return { ...line, attempt: null, call_id: null, host_call_id: null, operation: null, flow_path: [] };
}

Deno.test("spansOf() takes transcripts of the reference runner", () => {
  const script = new Script();
  const place = script.start("a");
  script.line({
    phase: "mock",
    status: "ok",
    component: "mock::http",
    inputs: { provider: "mock" },
    outputs: { url: "u" },
  });
  script.end(place).fail(script.start("b"));
  script.start("c");
  assertEquals(told(spansOf(script.lines.map(reference)).top), [
    "flow main open",
    "  node a ok",
    "    call http ok",
    "  node b error",
    "  node c open",
  ]);
});

Deno.test("spansOf() shows every line once, however little they make sense together", () => {
  const script = new Script();
  const stray = { callId: "n9", flowId: "f", flowPath: ["x/y"], nodeId: "z", attempt: 4 };
  script.end(stray).fail(stray);
  script.line({ phase: "host", status: "ok", place: stray, hostCallId: "h", component: "host::http" });
  script.line({ phase: "jump", status: "ok", place: stray });
  script.line({ phase: "log", status: "ok", place: stray });
  const unknown = { ...script.lines[0]!, phase: "later", ts: "no time", node_id: 7, flow_path: ["a"] };
  const { top } = spansOf([...script.lines, unknown as unknown as TranscriptLine]);
  assertEquals(told(top).length, 1 + 6, "a stage and six lines");
});

Deno.test("spansOf() keeps time from running backwards", () => {
  const script = new Script().run().visit("a").visit("b");
  const lines = script.lines.map((line, i) => i === 3 ? { ...line, ts: "2020-01-01T00:00:00Z" } : line);
  const [a, b] = spansOf(lines).walks[0]!.visits;
  assertEquals([a!.start, b!.start], [10, 20]);
});
