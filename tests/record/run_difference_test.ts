import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../lib/base/events.ts";
import type { TranscriptLine } from "../../lib/record/line.ts";
import { differenceText, firstDifference } from "../../lib/record/run_difference.ts";
import { called, ended, failed, place, returned, runEnd, said, started, startTestRun } from "./_run.ts";

const ASK = place("ask"), INNER = place("ask", { flowId: "sub", flowPath: ["main/call"] });
const AGAIN = place("ask", { callId: "ask#2", attempt: 2 });

interface End {
  readonly sessionId?: string;
  readonly error?: { readonly code: "node.failed" | "node.timeout"; readonly message: string };
}

/** The lines of a run of some events. */
function linesOf(
  events: readonly RunEvent[],
  { sessionId = "session-1", error }: End = {},
): TranscriptLine[] {
  const { recorder, sink } = startTestRun({ sessionId, artifactsDir: `/runs/${sessionId}` });
  for (const event of events) recorder.emit(event);
  const end = error === undefined ? {} : { status: "failure" as const, error };
  recorder.finish(runEnd(end));
  recorder.close();
  return sink.lines.map((line) => JSON.parse(JSON.stringify(line)));
}

const RUN: readonly RunEvent[] = [
  started(ASK, { a: 1 }),
  called(ASK, { url: "https://a.test/" }),
  said(ASK, "stdout", "one\n"),
  returned(ASK),
  said(ASK, "stdout", "two\n"),
  said(ASK, "telemetry", "sent", { n: 1 }),
  ended(ASK, { ok: true }),
];

/** The same run with another event at a place, or none, or more. */
function changed(at: number, ...events: readonly RunEvent[]): RunEvent[] {
  return RUN.toSpliced(at, 1, ...events);
}

Deno.test("firstDifference() finds none between runs that differ in what does not count", async (t) => {
  const runs: [string, RunEvent[], End][] = [
    ["the same", [...RUN], {}],
    ["another session", [...RUN], { sessionId: "other" }],
    ["a stream that was cut elsewhere", [
      ...RUN.slice(0, 1),
      said(ASK, "stdout", "one\ntw"),
      ...RUN.slice(1, 2),
      ...RUN.slice(3, 4),
      said(ASK, "stdout", "o\n"),
      ...RUN.slice(5),
    ], {}],
    ["warnings of the machine", [{ type: "warning", code: "secrets.exposed", message: "x" }, ...RUN], {}],
    [
      "verification",
      [{ type: "verify", verdict: { check: "sbom", verdict: "skipped", reason: "x", place: "p" } }, ...RUN],
      {},
    ],
    [
      "other ids",
      RUN.map((event): RunEvent => {
        if (event.type === "host.called" || event.type === "host.returned") {
          return { ...event, hostCallId: "h9" };
        }
        return "metrics" in event ? { ...event, metrics: { fuel: 99 } } : event;
      }),
      {},
    ],
  ];
  for (const [name, events, end] of runs) {
    await t.step(name, () => assertEquals(firstDifference(linesOf(RUN), linesOf(events, end)), null));
  }
});

Deno.test("firstDifference() does not compare the signs around a secret in Base64, and all others", async (t) => {
  const texts: [string, string, boolean][] = [
    ["Basic dXNl4__REDACTED__Q==", "Basic dXNl7__REDACTED__A==", true],
    ["__REDACTED____REDACTED__", "__REDACTED____REDACTED__", true],
    ["x__REDACTED__", "__REDACTED__x", false],
    ["a__REDACTED__ b", "a__REDACTED__ c", false],
    ["aa__REDACTED__", "ba__REDACTED__", false],
    ["a", "b", false],
  ];
  for (const [before, now, same] of texts) {
    await t.step(`${before} ${now}`, () => {
      const found = firstDifference(linesOf([said(ASK, "log", before)]), linesOf([said(ASK, "log", now)]));
      assertEquals(found === null, same);
    });
  }
});

Deno.test("firstDifference() does not compare hints, and differenceText() shows none", () => {
  const fails = (hint: string, message: string): RunEvent => ({
    type: "node.failed",
    ...ASK,
    component: "component.exec",
    status: "error",
    failure: { code: "node.failed", message, hint },
    metrics: {},
  });
  const run = (hint: string, message: string) => linesOf([started(ASK), fails(hint, message)]);
  assertEquals(firstDifference(run("a", "bad"), run("b", "bad")), null);
  const found = firstDifference(run("a", "bad"), run("b", "worse"));
  assertEquals(
    found && differenceText(found),
    'main/ask: error.message was "bad" when it was recorded, and is "worse" now',
  );
});

Deno.test("firstDifference() names node, call and field, and differenceText() says so", async (t) => {
  const other = (at: number, changes: Partial<RunEvent>) =>
    changed(at, { ...RUN[at]!, ...changes } as RunEvent);
  const runs: [string, RunEvent[], string, string][] = [
    [
      "payload",
      changed(0, started(ASK, { a: { b: 2 } })),
      "inputs.payload.a",
      'main/ask: inputs.payload.a was 1 when it was recorded, and is {"b":2} now',
    ],
    [
      "target",
      other(0, { target: "qa.other" }),
      "target",
      'main/ask: target was "qa.process" when it was recorded, and is "qa.other" now',
    ],
    [
      "call",
      changed(1, called(ASK, { url: "https://a.test/", body: ["x"] })),
      "inputs.body",
      'main/ask, http.send: inputs.body was absent when it was recorded, and is ["x"] now',
    ],
    [
      "operation",
      other(1, { call: "a:b/c#get" }),
      "operation",
      'main/ask, http.send: operation was "greentic:http/http-client@1.1.0#send" when it was recorded, and is "a:b/c#get" now',
    ],
    [
      "answer",
      changed(3, returned(ASK, { outputs: { status: 200, body: "bye" } })),
      "outputs.body",
      'main/ask, http.send: outputs.body was "hello" when it was recorded, and is "bye" now',
    ],
    [
      "status of an answer",
      changed(3, returned(ASK, { status: "error" })),
      "status",
      'main/ask, http.send: status was "ok" when it was recorded, and is "error" now',
    ],
    [
      "stream",
      changed(4, said(ASK, "stdout", "2\n")),
      "outputs.text",
      'main/ask, stdout: outputs.text was "one\\ntwo\\n" when it was recorded, and is "one\\n2\\n" now',
    ],
    [
      "other stream",
      changed(4, RUN[4]!, said(ASK, "stderr", "oh")),
      "outputs.text",
      'main/ask, stderr: outputs.text was "" when it was recorded, and is "oh" now',
    ],
    [
      "log",
      changed(5, said(ASK, "telemetry", "sent", { n: 2 })),
      "outputs.fields.n",
      "main/ask: outputs.fields.n was 1 when it was recorded, and is 2 now",
    ],
    [
      "output",
      changed(6, ended(ASK, { ok: "x".repeat(200) })),
      "outputs.ok",
      `main/ask: outputs.ok was true when it was recorded, and is "${"x".repeat(99)}… now`,
    ],
    [
      "failure",
      changed(6, failed(ASK, "bad")),
      "error",
      "main/ask: ended well when it was recorded, and fails now with node.failed: bad",
    ],
    ["less", changed(5), "(absent)", "main/ask: something was logged when it was recorded, and not now"],
    [
      "more",
      changed(6, RUN[6]!, started(AGAIN)),
      "(absent)",
      "main/ask, attempt 2: the node began now, and not when it was recorded",
    ],
    [
      "a call more",
      changed(3, RUN[3]!, called(ASK), returned(ASK)),
      "(step)",
      "main/ask: something was logged when it was recorded, and the guest called its host now",
    ],
    [
      "another node",
      changed(0, started(INNER, { a: 1 })),
      "(step)",
      "main/ask: the node began (main/ask) when it was recorded, and the node began (main/call > sub/ask) now",
    ],
    [
      "another attempt",
      changed(0, started(AGAIN, { a: 1 })),
      "(step)",
      "main/ask: the node began (main/ask) when it was recorded, and the node began (main/ask, attempt 2) now",
    ],
    [
      "a warning of a template",
      [{ type: "warning", code: "template.missing", message: "x" }, ...RUN],
      "(absent)",
      "The run: a warning was given now, and not when it was recorded",
    ],
    [
      "a jump",
      changed(6, RUN[6]!, { type: "flow.jumped", ...ASK, toFlow: "b", toNode: "c" }),
      "(absent)",
      "main/ask: the flow jumped now, and not when it was recorded",
    ],
  ];
  for (const [name, events, field, text] of runs) {
    await t.step(name, () => {
      const found = firstDifference(linesOf(RUN), linesOf(events));
      assertEquals([found?.field, found && differenceText(found)], [field, text]);
    });
  }
});

Deno.test("firstDifference() compares how runs ended", () => {
  const [bad, late] = [
    { code: "node.failed", message: "bad" } as const,
    { code: "node.timeout", message: "late" } as const,
  ];
  const text = (a: End, b: End) => {
    const found = firstDifference(linesOf(RUN, a), linesOf(RUN, b));
    return found && differenceText(found);
  };
  assertEquals(text({ error: bad }, { error: bad }), null);
  assertEquals(
    text({}, { error: bad }),
    "The run: ended well when it was recorded, and fails now with node.failed: bad",
  );
  assertEquals(
    text({ error: bad }, {}),
    "The run: failed when it was recorded with node.failed: bad, and ends well now",
  );
  assertEquals(
    text({ error: bad }, { error: late }),
    'The run: error.code was "node.failed" when it was recorded, and is "node.timeout" now',
  );
  const killed = linesOf(RUN).slice(0, -1);
  const found = firstDifference(killed, linesOf(RUN));
  assertEquals(found && differenceText(found), "The run: the run ended now, and not when it was recorded");
});

Deno.test("firstDifference() tells in which lines it stands", () => {
  const [recorded, replayed] = [
    linesOf(RUN),
    linesOf(changed(3, said(ASK, "stderr", "!"), returned(ASK, { status: "denied" }))),
  ];
  const found = firstDifference(recorded, replayed);
  assertEquals(found, {
    place: "main/ask",
    attempt: 1,
    call: "http.send",
    field: "status",
    recorded: "ok",
    replayed: "denied",
    seqs: { recorded: 4, replayed: 5 },
  });
  assertEquals(firstDifference(recorded, recorded.slice(0, 2))?.seqs, { recorded: 2, replayed: null });
  assertEquals(firstDifference(recorded.slice(0, 2), recorded)?.seqs, { recorded: null, replayed: 2 });
});
