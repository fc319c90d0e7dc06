import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { MemorySink } from "../../lib/record/memory_sink.ts";
import { NodeLogs } from "../../lib/record/node_logs.ts";
import type { RecordedEvent } from "../../lib/record/line_writer.ts";
import { Redactor } from "../../lib/record/redact.ts";
import type { Sink } from "../../lib/record/sink.ts";
import { called, ended, failed, place, returned, runEnd, said, started, startTestRun } from "./_run.ts";

const KEYS = [
  ..."attempt call_id component defaults_applied error flow_id flow_path host_call_id inputs metrics".split(
    " ",
  ),
  ..."node_id operation outputs phase redactions schema_id seq session_id status target ts version".split(
    " ",
  ),
];

function phases(lines: Record<string, Json>[]): string[] {
  return lines.map((line) => `${line.phase} ${line.status}`);
}

Deno.test("Recorder opens with a header that tells version, context and facts", () => {
  const { sink, recorder } = startTestRun({ info: { pack: "demo.gtpack", token: "t" } });
  assertEquals(sink.lines[0], {
    attempt: null,
    call_id: null,
    component: null,
    defaults_applied: [],
    error: null,
    flow_id: "unknown",
    flow_path: [],
    host_call_id: null,
    inputs: {
      context: { tenant_id: "local-dev", team_id: "default", user_id: "developer" },
      info: { pack: "demo.gtpack", token: "__REDACTED__" },
    },
    metrics: { duration_ms: null, cpu_time_ms: null, mem_peak_bytes: null, fuel: null },
    node_id: null,
    operation: null,
    outputs: null,
    phase: "run",
    redactions: ["$.inputs.info.token"],
    schema_id: null,
    seq: 0,
    session_id: "session-1",
    status: "start",
    target: null,
    ts: "2025-12-16T12:10:15Z",
    version: 1,
  });
  assertEquals(recorder.startedAt, "2025-12-16T12:10:15Z");
});

Deno.test("Recorder writes start and end of a node with payload, output and cost", () => {
  const { recorder, lines } = startTestRun();
  recorder.setEntryFlow("main");
  recorder.emit(started(place("qa"), { text: "hello", apiToken: "x" }));
  recorder.emit(ended(place("qa"), { list: [{ password: "p" }] }));
  const [start, end] = lines();
  assertEquals(start?.inputs, {
    context: { tenant_id: "local-dev", team_id: "default", user_id: "developer" },
    payload: { apiToken: "__REDACTED__", text: "hello" },
  });
  assertEquals(start?.redactions, ["$.inputs.payload.apiToken"]);
  assertEquals(
    [start?.phase, start?.status, start?.node_id, start?.component, start?.target, start?.operation],
    ["start", "ok", "qa", "component.exec", "qa.process", "process"],
  );
  assertEquals([start?.seq, start?.call_id, start?.attempt, start?.ts], [
    1,
    "qa#1",
    1,
    "2025-12-16T12:10:15.01Z",
  ]);
  assertEquals([end?.phase, end?.status, end?.outputs, end?.redactions], [
    "end",
    "ok",
    { list: [{ password: "__REDACTED__" }] },
    ["$.outputs.list[0].password"],
  ]);
  assertEquals(end?.metrics, { duration_ms: 10, cpu_time_ms: null, mem_peak_bytes: 65536, fuel: 7 });
});

Deno.test("Recorder gives every line the same keys, sorted", () => {
  const { recorder, sink } = startTestRun();
  const qa = place("qa", { flowPath: ["outer/call"], flowId: "sub", attempt: 2 });
  const reason = "digest differs";
  recorder.emit({
    type: "verify",
    verdict: { check: "sbom", verdict: "mismatch", place: "sbom.cbor", reason },
  });
  recorder.emit(started(qa));
  recorder.emit(said(qa, "stdout", "text"));
  recorder.emit(called(qa));
  recorder.emit(returned(qa));
  recorder.emit(failed(qa, "bad", { a: 1 }));
  recorder.emit({ type: "warning", code: "flow.entrypoint", message: "odd", place: "flow main" });
  recorder.finish(runEnd({ status: "failure", error: { code: "node.failed", message: "bad" } }));
  assertEquals(sink.lines.length, 9);
  for (const line of sink.lines) assertEquals(Object.keys(line), KEYS);
  assertEquals(sink.lines.map((line) => line.flow_id).slice(2, 7), ["sub", "sub", "sub", "sub", "sub"]);
  assertEquals(sink.lines[2]?.flow_path, ["outer/call"]);
});

Deno.test("Recorder writes failures as the reference does, and what more is known", () => {
  const { recorder, lines } = startTestRun();
  recorder.emit(started(place("a")));
  recorder.emit(failed(place("a"), "component c failed: E1: bad", { reason: 1, token: "t" }));
  const [, line] = lines();
  assertEquals([line?.phase, line?.status, line?.inputs, line?.outputs], ["error", "error", null, null]);
  assertEquals(line?.error, {
    code: "node.failed",
    message: "component c failed: E1: bad",
    details: { node: "a" },
    reported: { reason: 1, token: "__REDACTED__" },
  });
  assertEquals(line?.redactions, ["$.error.reported.token"]);
});

Deno.test("Recorder writes host calls, and answers of mocks as the reference names them", () => {
  const { recorder, lines } = startTestRun();
  const a = place("a");
  recorder.emit(started(a));
  recorder.emit(called(a, { url: "https://a.test/", headers: { authorization: "Bearer x" } }));
  recorder.emit(returned(a));
  recorder.emit(called(a));
  recorder.emit(returned(a, { provider: "refuse", status: "denied", outputs: { code: "denied" } }));
  const [, call, mock, , denied] = lines();
  assertEquals([call?.phase, call?.status, call?.component, call?.operation, call?.host_call_id], [
    "host",
    "call",
    "host::http",
    "greentic:http/http-client@1.1.0#send",
    "a#1/1",
  ]);
  assertEquals(call?.redactions, ["$.inputs.headers.authorization"]);
  assertEquals([mock?.phase, mock?.status, mock?.component, mock?.inputs, mock?.outputs], [
    "mock",
    "ok",
    "mock::http",
    { capability: "http", provider: "mock" },
    { body: "hello", status: 200 },
  ]);
  assertEquals((mock?.metrics as Record<string, Json>).duration_ms, 10);
  assertEquals([denied?.phase, denied?.status, denied?.component], ["host", "denied", "host::http"]);
});

Deno.test("Recorder writes verdicts, errors only for those that refuse the pack", async (t) => {
  const cases = [
    ["verified", undefined, "ok"],
    ["skipped", undefined, "ok"],
    ["unsigned", true, "warning"],
    ["untrusted", true, "warning"],
    ["unsigned", false, "error"],
    ["mismatch", true, "error"],
  ] as const;
  for (const [verdict, waived, status] of cases) {
    await t.step(`${verdict} ${waived}`, () => {
      const { recorder, lines } = startTestRun();
      const found = { check: "signature", verdict, place: "signature.cbor", reason: "why" };
      recorder.emit({ type: "verify", verdict: waived === undefined ? found : { ...found, waived } });
      const [line] = lines();
      assertEquals([line?.component, line?.status], ["verify.pack", status]);
      assertEquals(line?.error, status === "error" ? { message: "why" } : null);
      assertEquals(line?.outputs, { reason: "why", verdict, waived: waived === true });
    });
  }
});

Deno.test("Recorder ends what is open when the run finishes, the innermost first", () => {
  const { recorder, lines } = startTestRun();
  const outer = place("outer");
  const inner = place("inner", { flowId: "sub", flowPath: ["main/outer"] });
  recorder.emit(started(outer));
  recorder.emit(started(inner));
  recorder.emit(called(inner));
  recorder.finish(runEnd({ status: "cancelled" }));
  assertEquals(phases(lines()), [
    "start ok",
    "start ok",
    "host call",
    "host cancelled",
    "error cancelled",
    "error cancelled",
    "run cancelled",
  ]);
  assertEquals(lines().map((line) => line.node_id), [
    "outer",
    "inner",
    "inner",
    "inner",
    "inner",
    "outer",
    null,
  ]);
  recorder.emit(returned(inner));
  recorder.emit(ended(inner));
  assertEquals(lines().length, 7);
});

Deno.test("Recorder ends what is open when it is closed without a result", () => {
  const { recorder, lines } = startTestRun();
  {
    using disposable = recorder;
    disposable.emit(started(place("a")));
    disposable.emit(called(place("b")));
  }
  assertEquals(phases(lines()), ["start ok", "host call", "error cancelled", "host cancelled"]);
  assertEquals(recorder.close(), undefined);
});

Deno.test("Recorder ends a node's host calls with the node and drops their late answers", () => {
  const { recorder, lines } = startTestRun();
  const a = place("a");
  recorder.emit(started(a));
  recorder.emit(called(a));
  recorder.emit(failed(a, "took too long"));
  recorder.emit(returned(a));
  assertEquals(phases(lines()), ["start ok", "host call", "host cancelled", "error error"]);
});

Deno.test("Recorder keeps pairs whole when events come without their partner", () => {
  const { recorder, lines } = startTestRun();
  recorder.emit(ended(place("a")));
  recorder.emit(returned(place("a")));
  recorder.emit(started(place("b")));
  recorder.emit(started(place("b")));
  recorder.emit(called(place("b")));
  recorder.emit(called(place("b")));
  assertEquals(
    lines().map((line) => `${line.phase} ${(line.error as Record<string, Json> | null)?.message ?? ""}`),
    [
      'warning Node call "a#1" ended without a start',
      'warning Host call "a#1/1" returned without a call',
      "start ",
      'warning Node call "b#1" started twice',
      "host ",
      'warning Host call "b#1/1" started twice',
    ],
  );
});

Deno.test("Recorder sums nodes up in the order of first start, the unreached last", () => {
  const { recorder } = startTestRun();
  const again = place("a", { callId: "a#2", attempt: 2 });
  const inner = place("a", { callId: "s#1", flowId: "sub", flowPath: ["main/call"] });
  recorder.declareNodes(
    "main",
    ["a", "call", "late"].map((nodeId) => ({ nodeId, component: "emit.response" })),
  );
  recorder.declareNodes("sub", [
    { nodeId: "a", component: "emit.log" },
    { nodeId: "z", component: "component.exec", target: "t" },
  ]);
  recorder.declareNodes("never", [{ nodeId: "n", component: "emit.log" }]);
  recorder.emit(started(place("a")));
  recorder.emit(failed(place("a"), "transient"));
  recorder.emit(started(again));
  recorder.emit(ended(again));
  recorder.emit(started(inner));
  recorder.emit(failed(inner, "bad"));
  const result = recorder.finish(runEnd());
  const metrics = { fuel: 10, memoryPeakBytes: 65536 };
  const called = { component: "component.exec", target: "qa.process" };
  const skipped = { status: "skipped", durationMs: 0, attempts: 0, metrics: {} };
  assertEquals(result.nodeSummaries, [
    { nodeId: "a", flowPath: [], ...called, status: "ok", durationMs: 20, attempts: 2, metrics },
    {
      nodeId: "a",
      flowPath: ["main/call"],
      ...called,
      status: "error",
      durationMs: 10,
      attempts: 1,
      metrics: { fuel: 3 },
    },
    { nodeId: "call", flowPath: [], component: "emit.response", ...skipped },
    { nodeId: "late", flowPath: [], component: "emit.response", ...skipped },
    { nodeId: "z", flowPath: ["main/call"], component: "component.exec", target: "t", ...skipped },
  ]);
  assertEquals(Object.keys(result.failures), ["main/call/a"]);
});

Deno.test("Recorder gives failures the offsets of their lines and the failure of the run", () => {
  const { recorder, sink } = startTestRun();
  const again = place("a", { callId: "a#2", attempt: 2 });
  for (const at of [place("a"), again]) {
    recorder.emit(started(at));
    recorder.emit(said(at, "stderr", "noise"));
    recorder.emit(failed(at, `attempt ${at.attempt}`, { retry: false }));
  }
  const error = { code: "node.failed", message: "attempt 2" };
  const result = recorder.finish(runEnd({ status: "failure", error }));
  const failure = result.failures.a;
  if (failure === undefined) throw new Error("Failure of node a is absent");
  const [start, end] = failure.transcriptOffsets;
  const bytes = new TextEncoder().encode(sink.text).slice(start, end);
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(phases(lines), ["start ok", "log ok", "error error"]);
  assertEquals(lines.map((line) => line.attempt), [2, 2, 2]);
  assertEquals([failure.code, failure.message, failure.details, failure.logPaths], [
    "node.failed",
    "attempt 2",
    { retry: false },
    [],
  ]);
  assertEquals(result.failures._runtime, {
    ...error,
    details: { stage: "execute" },
    transcriptOffsets: [0, 0],
    logPaths: [],
  });
});

Deno.test("Recorder keeps the run's own failure apart from a node of that name", () => {
  const { recorder } = startTestRun();
  const odd = place("_runtime");
  recorder.emit(started(odd));
  recorder.emit(failed(odd, "of the node"));
  const { failures } = recorder.finish(runEnd({ error: { code: "node.failed", message: "of the run" } }));
  assertEquals(Object.entries(failures).map(([key, { message }]) => [key, message]), [
    ["main/_runtime", "of the node"],
    ["_runtime", "of the run"],
  ]);
});

Deno.test("Recorder.finish() completes the result from its clocks", () => {
  const { recorder } = startTestRun();
  const result = recorder.finish(
    runEnd({ output: { cookie: "c", ok: 1 }, waiting: { reason: null, snapshot: "s" } }),
  );
  assertEquals(
    [result.startedAt, result.finishedAt, result.durationMs, result.sessionId, result.artifactsDir],
    ["2025-12-16T12:10:15Z", "2025-12-16T12:10:15.01Z", 10, "session-1", "/runs/one"],
  );
  assertEquals(result.output, { cookie: "__REDACTED__", ok: 1 });
  assertEquals(result.waiting, { reason: null, snapshot: "s" });
  assertThrows(() => recorder.finish(runEnd()), RunnerError, "Run is finished already");
});

Deno.test("Recorder measures with the clock that never runs backwards", () => {
  let wall = Date.parse("2025-01-01T00:00:10Z"), mono = 0;
  const clock = { now: () => new Date(wall -= 5_000), monotonicMs: () => mono += 40 };
  const { recorder } = startTestRun({ clock });
  recorder.emit(started(place("a")));
  recorder.emit(ended(place("a")));
  const result = recorder.finish(runEnd());
  assertEquals([result.nodeSummaries[0]?.durationMs, result.durationMs], [40, 120]);
  assert(result.finishedAt < result.startedAt);
});

Deno.test("Recorder hands each written line to the transcript hook", () => {
  const sink = new MemorySink();
  const seen: [number, number][] = [];
  const { recorder } = startTestRun({ sink, transcript: (line) => seen.push([line.seq, sink.lines.length]) });
  recorder.emit(started(place("a")));
  recorder.emit(ended(place("a")));
  assertEquals(seen, [[0, 1], [1, 2], [2, 3]]);
});

Deno.test("Recorder turns a hook or listener that throws into one warning", () => {
  const { recorder, lines, redactor } = startTestRun({
    redactor: new Redactor(["hunter2"]),
    transcript: () => {
      throw new Error("hook broke over hunter2");
    },
  });
  recorder.subscribe(() => {
    throw new Error("listener broke");
  });
  recorder.emit(started(place("a")));
  recorder.emit(ended(place("a")));
  assertEquals(phases(lines()), ["warning warning", "start ok", "end ok"]);
  assertEquals(
    (lines()[0]?.error as Record<string, Json>).message,
    "Transcript hook or listener failed: hook broke over __REDACTED__",
  );
  assertEquals(redactor.scrub("hunter2"), "__REDACTED__");
  assertEquals(recorder.close(), undefined);
});

Deno.test("Recorder tells listeners events without secrets, numbered like the lines", () => {
  const { recorder, lines } = startTestRun();
  const seen: RecordedEvent[] = [];
  const stop = recorder.subscribe((event) => seen.push(event));
  recorder.emit(started(place("a"), { token: "t" }));
  recorder.emit(ended(place("a")));
  stop();
  recorder.emit(started(place("b")));
  assertEquals(seen.map(({ seq, ts, event }) => [seq, ts, event.type]), [
    [1, "2025-12-16T12:10:15.01Z", "node.started"],
    [2, "2025-12-16T12:10:15.02Z", "node.ended"],
  ]);
  assertEquals(seen.map(({ ts }) => ts), lines().slice(0, 2).map((line) => line.ts));
  assertEquals(seen[0]?.event, started(place("a"), { token: "__REDACTED__" }));
});

Deno.test("Recorder hides secrets in the names of what is called, which templates may have made", () => {
  const { recorder, lines } = startTestRun({ redactor: new Redactor(["hunter2"]) });
  const seen: RecordedEvent[] = [];
  recorder.subscribe((event) => seen.push(event));
  const a = place("a"), target = "to hunter2", operation = "say hunter2", call = "tool#hunter2";
  const start = started(a);
  if (start.type === "node.started") recorder.emit({ ...start, target, operation });
  recorder.emit({ ...called(a), call });
  recorder.emit(returned(a, { call }));
  recorder.emit(ended(a));
  const result = recorder.finish(runEnd({ flowId: "flow hunter2" }));
  assertEquals(lines().slice(0, 3).map(({ target, operation }) => [target, operation]), [
    ["to __REDACTED__", "say __REDACTED__"],
    [null, "tool#__REDACTED__"],
    [null, "tool#__REDACTED__"],
  ]);
  assertEquals([result.flowId, result.nodeSummaries[0]?.target], ["flow __REDACTED__", "to __REDACTED__"]);
  assertEquals(JSON.stringify([lines(), seen, result]).includes("hunter2"), false);
});

Deno.test("Recorder scrubs a stream across pieces and gives back the rest at the end of the call", () => {
  const { recorder, lines } = startTestRun({ redactor: new Redactor(["hunter2"]) });
  const a = place("a");
  recorder.emit(started(a));
  recorder.emit(said(a, "stdout", "pass hun"));
  recorder.emit(said(a, "stdout", "ter2 and hun"));
  recorder.emit(ended(a));
  recorder.emit(said(a, "stdout", "late hun"));
  const logs = lines().filter((line) => line.phase === "log");
  assertEquals(logs.map((line) => (line.outputs as Record<string, Json>).text), [
    "pass ",
    "__REDACTED__ and ",
    "hun",
    "late hun",
  ]);
  assertEquals(logs.map((line) => line.component), [
    "component.exec",
    "component.exec",
    "component.exec",
    null,
  ]);
  assertEquals(logs.map((line) => line.redactions), [[], ["$.outputs.text"], [], []]);
  assertEquals(phases(lines()), ["start ok", "log ok", "log ok", "log ok", "end ok", "log ok"]);
});

Deno.test("Recorder keeps messages whole, with fields, and bounds them like streams", () => {
  const { recorder, lines } = startTestRun({ logs: new NodeLogs({ dir: null, maxLogBytes: 40 }) });
  const a = place("a");
  recorder.emit(started(a));
  recorder.emit(said(a, "telemetry", "sent", { n: 1, token: "t" }));
  recorder.emit(said(a, "log", "x".repeat(50)));
  recorder.emit(said(a, "log", "dropped"));
  const logs = lines().slice(1).map((line) => line.outputs as Record<string, Json>);
  assertEquals(logs[0], { fields: { n: 1, token: "__REDACTED__" }, stream: "telemetry", text: "sent" });
  assert(`${logs[1]?.text}`.startsWith("xxx") && `${logs[1]?.text}`.includes("[log cut off after 40 bytes."));
  assertEquals(logs.length, 2);
});

Deno.test("Recorder goes on after a fault in writing and reports the first one", () => {
  let written = 0;
  const sink: Sink = {
    append() {
      if (++written > 2) throw new RunnerError("artifacts.write", `Fault ${written}`);
      return [(written - 1) * 100, written * 100];
    },
    close() {},
  };
  const seen: number[] = [];
  const { recorder } = startTestRun({ sink, transcript: (line) => seen.push(line.seq) });
  recorder.emit(started(place("a")));
  recorder.emit(failed(place("a"), "bad"));
  const result = recorder.finish(
    runEnd({ status: "failure", error: { code: "node.failed", message: "bad" } }),
  );
  assertEquals(result.failures.a?.transcriptOffsets, [100, 200]);
  assertEquals(result.recordFault, { code: "artifacts.write", message: "Fault 3" });
  assertEquals(seen, [0, 1, 2, 3]);
  assertEquals(written, 3);
  assertEquals(recorder.close()?.message, "Fault 3");
});

Deno.test("Recorder reports a fault of the node logs", async () => {
  const dir = await Deno.makeTempDir();
  const { recorder } = startTestRun({ logs: new NodeLogs({ dir: `${dir}/absent`, maxLogBytes: 100 }) });
  recorder.emit(started(place("a")));
  recorder.emit(said(place("a"), "stdout", "text"));
  assertEquals(recorder.fault?.code, "artifacts.write");
  assertEquals(recorder.close(), recorder.fault);
  await Deno.remove(dir, { recursive: true });
});
