/** In what two runs differ, and what does not count. */

import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../lib/base/events.ts";
import type { Json } from "../../lib/base/json.ts";
import type { PlacedRun } from "../../lib/record/compared_run.ts";
import type { TranscriptLine } from "../../lib/record/line.ts";
import { fromRunJson, toRunJson } from "../../lib/record/run_json.ts";
import { runsDifference } from "../../lib/record/runs_difference.ts";
import { called, ended, place, returned, runEnd, said, started, startTestRun } from "./_run.ts";

const A = "11111111-1111-4111-8111-111111111111", B = "22222222-2222-4222-8222-222222222222";

/** A run of some events, as it would be read. */
function runOf(events: readonly RunEvent[], sessionId: string = A, dir: string = "/runs/one"): PlacedRun {
  const { recorder, sink } = startTestRun({ sessionId, artifactsDir: dir });
  for (const event of events) recorder.emit(event);
  const document = toRunJson(recorder.finish(runEnd()));
  recorder.close();
  const lines = sink.lines.map((line): TranscriptLine => JSON.parse(JSON.stringify(line)));
  return { dir, result: fromRunJson(document), document, lines, flows: null };
}

/** The paths of all differences between two runs of these sessions and directories. */
function paths(first: readonly RunEvent[], second: readonly RunEvent[]): string[] {
  const found = runsDifference(runOf(first), runOf(second, B, "/runs/two"), { ignore: [], most: 100 });
  return found.differences.map(({ subject, path }) => `${subject} ${path}`);
}

const ASK = place("ask");

Deno.test("runsDifference() does not compare what differs between any two runs", async (t) => {
  const saying = (value: Json): RunEvent[] => [started(ASK, { value }), ended(ASK, { value })];
  const answered = (headers: Json): RunEvent[] => [
    started(ASK),
    called(ASK),
    returned(ASK, { outputs: { status: 200, headers } }),
    ended(ASK),
  ];
  const table: [name: string, first: RunEvent[], second: RunEvent[], expected: string[]][] = [
    ["generated sessions", saying(`of ${A}`), saying(`of ${B}`), []],
    ["a session of another run", saying(`of ${B}`), saying(`of ${A}`), [
      "node inputs.value",
      "node outputs.value",
    ]],
    ["run directories", saying("/runs/one/logs/a.log"), saying("/runs/two/logs/a.log"), []],
    ["signs around a secret", saying("Basic dXNl4__REDACTED__Q=="), saying("Basic dXNl7__REDACTED__A=="), []],
    ["the time of a server", answered({ date: "Mon", etag: "1" }), answered({ date: "Tue", etag: "1" }), []],
    ["another header", answered({ date: "Mon", etag: "1" }), answered({ date: "Mon", etag: "2" }), [
      "call answer.headers.etag",
    ]],
    ["ids of calls", [started(ASK), called(ASK), returned(ASK), ended(ASK)], [
      started({ ...ASK, callId: "x" }),
      { ...called({ ...ASK, callId: "x" }), hostCallId: "y" },
      { ...returned({ ...ASK, callId: "x" }), hostCallId: "y" },
      ended({ ...ASK, callId: "x" }),
    ], []],
    ["streams that are cut elsewhere", [
      started(ASK),
      said(ASK, "stdout", "on"),
      said(ASK, "stdout", "e"),
      ended(ASK),
    ], [
      started(ASK),
      said(ASK, "stdout", "one"),
      ended(ASK),
    ], []],
    [
      "warnings of the cache",
      saying(1),
      [{ type: "warning", code: "cache", message: "x" }, ...saying(1)],
      [],
    ],
    ["other warnings", saying(1), [{ type: "warning", code: "node.odd", message: "x" }, ...saying(1)], [
      "warning node.odd",
    ]],
  ];
  for (const [name, first, second, expected] of table) {
    await t.step(name, () => assertEquals(paths(first, second), expected));
  }
});

Deno.test("runsDifference() tells a call that is one more from one that changed", async (t) => {
  const asking = (...urls: readonly string[]): RunEvent[] => [
    started(ASK),
    ...urls.flatMap((url, i): RunEvent[] => [
      { ...called(ASK, { url }), hostCallId: `h${i}` },
      { ...returned(ASK), hostCallId: `h${i}` },
    ]),
    ended(ASK),
  ];
  const calls = (first: readonly RunEvent[], second: readonly RunEvent[]) =>
    runsDifference(runOf(first), runOf(second), { ignore: [], most: 100 }).differences
      .map(({ callNumber, path, a, b }) => [callNumber, path, a ?? null, b ?? null]);
  await t.step("one more at the beginning", () => {
    assertEquals(calls(asking("b", "c"), asking("a", "b", "c")), [[1, "request", null, { url: "a" }]]);
  });
  await t.step("one less in the middle", () => {
    assertEquals(calls(asking("a", "b", "c"), asking("a", "c")), [[2, "request", { url: "b" }, null]]);
  });
  await t.step("another question", () => {
    assertEquals(calls(asking("a", "b", "c"), asking("a", "x", "c")), [[2, "request.url", "b", "x"]]);
  });
});
