import { assertEquals } from "@std/assert";
import { fixedClock } from "../../lib/base/clock.ts";
import type { TranscriptLine } from "../../lib/record/line.ts";
import { renderTranscript } from "../../lib/record/render.ts";
import type { Recorder } from "../../lib/record/recorder.ts";
import { called, ended, failed, place, returned, runEnd, said, started, startTestRun } from "./_run.ts";

/** Renders what a recorder writes. */
function render(
  record: (recorder: Recorder) => void,
  options: Parameters<typeof startTestRun>[0] = {},
): string {
  const lines: TranscriptLine[] = [];
  const { recorder } = startTestRun({ ...options, transcript: (line) => lines.push(line) });
  record(recorder);
  return renderTranscript(lines);
}

function wholeRun(recorder: Recorder): void {
  const verdict = { check: "signature", place: "signature.cbor", reason: "absent" } as const;
  recorder.emit({ type: "verify", verdict: { ...verdict, verdict: "unsigned", waived: true } });
  recorder.emit({ type: "verify", verdict: { ...verdict, check: "sbom", verdict: "verified" } });
  const qa = place("qa");
  recorder.emit(started(qa, { text: "hello" }));
  recorder.emit(said(qa, "telemetry", "asking", { n: 1 }));
  recorder.emit(called(qa, { url: "https://a.test/" }));
  recorder.emit(returned(qa));
  recorder.emit(called(qa));
  recorder.emit(returned(qa, { provider: "refuse", status: "denied", outputs: { code: "denied" } }));
  recorder.emit(called(qa));
  recorder.emit(returned(qa, { provider: "real", outputs: { status: 204 } }));
  recorder.emit(ended(qa, { text: "hello" }));
  const inner = place("inner", { flowId: "sub", flowPath: ["main/call"] });
  recorder.emit({
    type: "node.started",
    ...place("call"),
    component: "flow.call",
    payload: { flow_id: "sub" },
  });
  recorder.emit(started(inner));
  recorder.emit(said(inner, "stderr", "two\nlines"));
  recorder.emit(failed(inner, "it broke"));
  recorder.emit(failed(place("call"), "flow.call failed for sub"));
  recorder.emit({ type: "warning", code: "flow.entrypoint", message: "odd" });
  recorder.finish(runEnd({ status: "failure", error: { code: "node.failed", message: "it broke" } }));
}

const GOLDEN = `\
run start
verify signature unsigned (waived)
verify sbom verified
--> qa component.exec(qa.process) process {"text":"hello"}
  log telemetry "asking" {"n":1}
  ==> http.send {"url":"https://a.test/"}
  <== 200 {"body":"hello"} (mock)
  ==> http.send {}
  <== denied {"code":"denied"} (refuse)
  ==> http.send {}
  <== 204
<-- qa ok {"text":"hello"}
--> call flow.call {"flow_id":"sub"}
  --> inner component.exec(qa.process) process {}
    log stderr "two\\nlines"
  <-- inner error node.failed: it broke
<-- call error node.failed: flow.call failed for sub
warning flow.entrypoint: odd
run failure node.failed: it broke
`;

Deno.test("renderTranscript() shows a whole run, one line for each thing that happened", () => {
  assertEquals(render(wholeRun), GOLDEN);
});

Deno.test("renderTranscript() does not depend on time, session or directory", () => {
  const other = {
    clock: fixedClock("2030-01-01T00:00:00Z", 777),
    sessionId: "another",
    artifactsDir: "/elsewhere",
  };
  assertEquals(render(wholeRun, other), GOLDEN);
});

Deno.test("renderTranscript() lets no character steer a terminal", () => {
  const text = render((recorder) => {
    recorder.emit(said(place("a"), "stdout", "\x1b[31mred\x9b2J\x7f\u202e\u2028\r\n"));
    recorder.emit({ type: "warning", code: "odd", message: "two\nlines \x1b[2J" });
  });
  assertEquals(
    text,
    'run start\n  log stdout "\\u001b[31mred\\u009b2J\\u007f\\u202e\\u2028\\r\\n"\n' +
      "warning odd: two\\u000alines \\u001b[2J\n",
  );
});
