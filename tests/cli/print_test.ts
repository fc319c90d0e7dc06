/** Lines for people, and that no text in them can command a terminal. */

import { assert, assertEquals } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { NodeSummary } from "../../lib/base/result.ts";
import {
  count,
  errorJson,
  errorLines,
  failureLines,
  findingLines,
  jsonLine,
  jsonText,
  nodeName,
  resultLines,
  table,
  verdictRows,
  visible,
} from "../../lib/cli/print.ts";
import { runResult } from "./_helpers.ts";

/** Any character that a terminal might obey. */
const CONTROL_REGEXP = /\p{Cc}/u;
const RED = "\x1b[31mred";

Deno.test("visible() makes control characters visible and leaves the rest", async (t) => {
  const table: [text: string, expected: string][] = [
    ["plain, ümläut, 日本, 😀", "plain, ümläut, 日本, 😀"],
    [RED, "\\x1b[31mred"],
    ["a\r\nb\tc", "a\\x0d\\x0ab\\x09c"],
    ["\0\x07\x08\x7f", "\\x00\\x07\\x08\\x7f"],
    ["\u009b31m", "\\x9b31m"],
    ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
  ];
  for (const [text, expected] of table) {
    await t.step(expected, () => assertEquals(visible(text), expected));
  }
  await t.step("line ends stay on request", () => {
    assertEquals(visible("a\nb\r\n\x1b", true), "a\nb\\x0d\n\\x1b");
  });
});

Deno.test("jsonText() is JSON that no terminal obeys", () => {
  const value = { text: `${RED}\u009b2J\x7f`, "k\u0085": ["é", "\u2028"] };
  const text = jsonText(value);
  assertEquals(JSON.parse(text), value);
  assert(text.endsWith("}\n"));
  assert(!CONTROL_REGEXP.test(text.replaceAll("\n", "")), text);
});

Deno.test("jsonLine() is the same on one line", () => {
  const value = { text: `${RED}\n\u009b2J`, list: ["\u2028", { a: 1 }] };
  const text = jsonLine(value);
  assertEquals(JSON.parse(text), value);
  assert(text.endsWith("}\n"));
  assert(!CONTROL_REGEXP.test(text.slice(0, -1)), text);
});

Deno.test("errorLines() tells what, where, why and what to do, one line each", () => {
  const error = new RunnerError("pack.not_found", `Pack "${RED}" does not exist`, {
    place: "a\nb",
    cause: new Error("no\nfile"),
    hint: "Look\x07 elsewhere",
  });
  assertEquals(errorLines(error), [
    'error[pack.not_found]: Pack "\\x1b[31mred" does not exist (a\\x0ab)',
    "  because: no\\x0afile",
    "  hint: Look\\x07 elsewhere",
  ]);
  const same = new RunnerError("usage", "Broken", { cause: new Error("Broken"), hint: "Mend it" });
  assertEquals(errorLines(same), ["error[usage]: Broken", "  hint: Mend it"]);
});

Deno.test("failureLines() tells each cause once", () => {
  assertEquals(failureLines({ code: `E\x1b`, message: "Failed", causes: ["Failed", RED], hint: "Retry" }), [
    "error[E\\x1b]: Failed",
    "  because: \\x1b[31mred",
    "  hint: Retry",
  ]);
});

Deno.test("resultLines() tells how the run ended", async (t) => {
  const node: NodeSummary = {
    nodeId: "a",
    flowPath: [],
    component: "echo",
    status: "ok",
    durationMs: 1,
    attempts: 1,
    metrics: {},
  };
  await t.step("nodes that were not reached do not count", () => {
    const nodeSummaries = [node, { ...node, nodeId: "b", status: "skipped" as const }];
    assertEquals(resultLines(runResult({ nodeSummaries })), ["success: flow main, 1 node, 1000 ms"]);
  });
  await t.step("a failure comes first", () => {
    const error = { code: "E_DEMO", message: RED };
    assertEquals(resultLines(runResult({ status: "failure", error, flowId: null })), [
      "error[E_DEMO]: \\x1b[31mred",
      "failure: flow (none), 0 nodes, 1000 ms",
    ]);
  });
  await t.step("a flow that waits says for what", () => {
    const waiting = { reason: RED, snapshot: "snapshot.json" };
    const lines = [
      "waiting: \\x1b[31mred",
      `  hint: Answer it: greentic-runner resume /runs/1 --input '{"text":"…"}'`,
      "waiting: flow main, 0 nodes, 1000 ms",
    ];
    assertEquals(resultLines(runResult({ status: "waiting", waiting })), lines);
  });
  await t.step("a record that could not be written is no secret", () => {
    const recordFault = { code: "artifacts.write", message: "Disk is full", hint: "Choose another" };
    assertEquals(resultLines(runResult({ recordFault })).slice(0, 2), [
      "error[artifacts.write]: Disk is full",
      "  hint: Choose another",
    ]);
  });
});

Deno.test("nodeName(), count() and table() put words together", () => {
  assertEquals(nodeName({ flowPath: ["main/sub", "b/c"], nodeId: "d" }), "main/sub > b/c > d");
  assertEquals([count(0, "node"), count(1, "node"), count(2, "node")], ["0 nodes", "1 node", "2 nodes"]);
  assertEquals(table([["a", "bb", "c"], ["aaa", "b", ""]]), ["a    bb  c", "aaa  b"]);
  assertEquals(table([]), []);
});

Deno.test("findingLines() tells where, how bad and what to do, one line each", () => {
  const finding = {
    severity: "error",
    code: "yaml.invalid",
    message: `Bad ${RED}`,
    place: "a\nb:3",
  } as const;
  assertEquals(findingLines({ ...finding, hint: "Mend\x07 it" }), [
    "a\\x0ab:3: error[yaml.invalid]: Bad \\x1b[31mred",
    "  hint: Mend\\x07 it",
  ]);
  assertEquals(findingLines({ severity: "warning", code: "flow.none", message: "None" }), [
    "warning[flow.none]: None",
  ]);
});

Deno.test("verdictRows() tells which verdict a policy let pass", () => {
  const rows = verdictRows([
    { check: "sbom", verdict: "verified", place: "sbom.cbor", reason: "5 files match" },
    { check: "trust", verdict: "untrusted", place: "pack.sig", reason: "nobody vouched", waived: true },
  ]);
  assertEquals(rows, [
    "verified            sbom   sbom.cbor  5 files match",
    "untrusted (waived)  trust  pack.sig   nobody vouched",
  ]);
});

Deno.test("errorJson() has every member, also those of which nothing is known", () => {
  const cause = new Error("no file");
  const error = new RunnerError("pack.not_found", "Pack does not exist", { place: "a", hint: "Look", cause });
  assertEquals(errorJson(error), {
    error: {
      code: "pack.not_found",
      message: "Pack does not exist",
      place: "a",
      hint: "Look",
      chain: ["Pack does not exist", "no file"],
    },
  });
  assertEquals(errorJson(new RunnerError("usage", "Wrong")), {
    error: { code: "usage", message: "Wrong", place: null, hint: null, chain: ["Wrong"] },
  });
});
