/** What a report says of a run, before anything shows it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as fc from "fast-check";
import { readLine } from "../../lib/record/read.ts";
import { readRunFiles, type RunFiles } from "../../lib/record/run_files.ts";
import { Column, KINDS, STATUSES } from "../../lib/report/document.ts";
import { reportModel } from "../../lib/report/model.ts";
import { type RunOptions, runPack } from "../../mod.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { runResult } from "../cli/_helpers.ts";
import { filesOf, Script } from "./_lines.ts";
import { writeHostileRun } from "./_hostile.ts";

const cacheDir = sharedCache();

/** The report of a run of a fixture pack. */
async function reportOf(pack: string, options: RunOptions): Promise<ReturnType<typeof reportModel>> {
  await using temp = await tempFolder();
  const artifactsDir = `${temp.path}/run`;
  await runPack(packPath(`${pack}.gtpack`), { artifactsDir, cacheDir, ...options }).catch(() => {});
  return reportModel(await readRunFiles(artifactsDir));
}

Deno.test("reportModel() tells what ended a run once, with node, cause and help", async () => {
  const { document, values } = await reportOf("fails", { entryFlow: "error" });
  assertEquals([document.status, document.failures.length], ["failure", 1]);
  const [failure] = document.failures;
  assertEquals([failure!.code, failure!.node, failure!.place, failure!.handled], [
    "E_DEMO",
    "fail",
    "flow error node fail",
    false,
  ]);
  assertStringIncludes(failure!.hint ?? "", "status: error");
  assertEquals([values[failure!.details], failure!.logs], ['{"why":"asked"}', ["fail.log"]]);
  const item = document.items[failure!.item]!;
  assertEquals(document.names[item[Column.name]!], "fail");
});

Deno.test("reportModel() tells failures that a route took as such, in the order in which they happened", async () => {
  const limits = { nodeTimeoutMs: 100 };
  const { document } = await reportOf("steps", { entryFlow: "errors", input: { how: "error" }, limits });
  assertEquals(document.status, "partial_failure");
  assertEquals(document.failures.map(({ node, handled }) => [node, handled]), [["try", true], [
    "slow",
    true,
  ]]);
});

Deno.test("reportModel() tells of a refused run why it did not begin", async () => {
  const { document } = await reportOf("kinds", { entryFlow: "host" });
  assertEquals(document.failures.map(({ code, item }) => [code, item]), [["secret.missing", 0]]);
  const [stage] = document.items;
  assertEquals([KINDS[stage![Column.kind]!], STATUSES[stage![Column.status]!]], ["stage", "error"]);
  assertEquals([stage![Column.firstLine], stage![Column.lastLine]], [2, 7]);
  assertEquals(document.nodes.rows.map(([id, , status]) => [id, status]), [
    ["ask", "skipped"],
    ["token", "skipped"],
  ]);
});

Deno.test("reportModel() leads from a refused pack to the check that refused it, and makes no version up", async () => {
  const { document } = await reportOf("demo", { signing: "strict" });
  const [failure] = document.failures, item = document.items[failure!.item]!;
  assertEquals([KINDS[item[Column.kind]!], document.names[item[Column.name]!]], ["check", "trust"]);
  assertEquals(STATUSES[document.items[item[Column.parent]!]![Column.status]!], "error");
  assertEquals(document.pack, "demo");
});

Deno.test("reportModel() tells how nodes ended in the words of the timeline", async () => {
  const statuses = ({ document }: ReturnType<typeof reportModel>) =>
    document.nodes.rows.map(([id, , status]) => [id, status]);
  const failed = await reportOf("steps", {
    entryFlow: "errors",
    input: { how: "error" },
    limits: { nodeTimeoutMs: 100 },
  });
  assertEquals(statuses(failed), [["try", "error"], ["sorry", "ok"], ["slow", "timed_out"], ["late", "ok"]]);
  const waits = await reportOf("order", {});
  assertEquals(statuses(waits).slice(0, 3), [["ask_dish", "ok"], ["wait_dish", "waiting"], [
    "keep_dish",
    "skipped",
  ]]);
  const answered = await reportOf("order", { turns: [{ dish: "soup" }, { count: 2 }] });
  assertEquals(new Set(statuses(answered).map(([, status]) => status)), new Set(["ok"]));
});

Deno.test("reportModel() tells what a waiting run waits for, and the command that answers", async () => {
  const { document } = await reportOf("order", {});
  assertEquals([document.status, document.waiting?.reason], ["waiting", "dish"]);
  assertStringIncludes(document.waiting?.command ?? "", "greentic-runner resume ");
  assertStringIncludes(document.waiting?.command ?? "", ` --input '{"text":"…"}'`);
});

Deno.test("reportModel() draws each flow with the way that was taken", async () => {
  const secrets = { values: { DEMO_TOKEN: "planted-secret-value" } };
  const input = { status: "known", who: "Ada" };
  const { document } = await reportOf("kinds", { entryFlow: "main", input, secrets });
  const [main, greeting] = document.pictures;
  assertEquals([main!.flow, greeting!.flow, main!.recorded], ["main", "greeting", true]);
  assertEquals(
    main!.nodes.filter(({ visits }) => visits > 0).map(({ id }) => id),
    ["ask", "sub", "send", "note", "reply", "end"],
  );
  assertEquals(main!.edges.filter(({ taken }) => taken > 0).length, 5);
  const [ask] = main!.nodes;
  assertEquals(document.names[document.items[ask!.item]![Column.name]!], "ask");
});

Deno.test("reportModel() writes each value once", () => {
  const value = { text: "the same" };
  const script = new Script().run().visit("a", { output: value }).visit("b", {
    payload: value,
    output: value,
  });
  const { document, values } = reportModel(filesOf(script));
  assertEquals(values.filter((text) => text.includes("the same")), ['{"text":"the same"}']);
  const [, a, b] = document.items;
  assertEquals(a![Column.output], b![Column.input]);
  assertEquals(a![Column.redactions], -1, "nothing was taken out");
});

Deno.test("reportModel() makes a report of whatever part of a record there is", async (t) => {
  const script = new Script().run().visit("a");
  script.start("b");
  const table: [name: string, files: RunFiles, status: string, note: string][] = [
    ["no result", filesOf(script), "unfinished", "There is no run.json"],
    ["no transcript", filesOf(new Script(), { result: runResult() }), "success", "There is no transcript"],
    [
      "no flows",
      filesOf(script, { result: runResult() }),
      "success",
      "routes of its flows were not recorded",
    ],
    ["faults", filesOf(script, { faults: ["It is damaged"] }), "unfinished", "It is damaged"],
  ];
  for (const [name, files, status, note] of table) {
    await t.step(name, () => {
      const { document } = reportModel(files);
      assertEquals(document.status, status);
      assert(document.notes.some((text) => text.includes(note)), document.notes.join("\n"));
    });
  }
});

Deno.test("reportModel() makes a report of any lines, each of them once", () => {
  const anyText = fc.constantFrom(
    "",
    "a",
    "b",
    "main",
    "main/a",
    "n1",
    "n2",
    "h1",
    "ok",
    "call",
    "error",
    "waiting",
  );
  const anyLine = fc.record({
    phase: fc.constantFrom(
      ...[
        "run",
        "verify",
        "start",
        "end",
        "error",
        "host",
        "mock",
        "log",
        "jump",
        "wait",
        "resume",
        "warning",
        "x",
      ],
    ),
    status: anyText,
    node_id: fc.oneof(anyText, fc.constant(null)),
    call_id: fc.oneof(anyText, fc.constant(null)),
    host_call_id: fc.oneof(anyText, fc.constant(null)),
    attempt: fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constant(null)),
    flow_id: anyText,
    flow_path: fc.array(anyText, { maxLength: 3 }),
    ts: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "never"),
    outputs: fc.jsonValue({ maxDepth: 1 }),
  });
  fc.assert(fc.property(fc.array(anyLine, { maxLength: 40 }), (lines) => {
    const read = lines.map((line, seq) => readLine(JSON.stringify(line), { place: "line", seq }));
    const { document } = reportModel({ ...filesOf(new Script()), lines: read });
    const shown = lines.filter(({ phase }) => phase !== "run").length;
    assert(
      document.items.length <= 3 * shown + 1,
      "a line has a span, at most with its flow and a first attempt",
    );
    const told = new Set(document.items.flatMap((row) => [row[Column.firstLine], row[Column.lastLine]]));
    for (const [i, { phase }] of lines.entries()) assert(phase === "run" || told.has(i + 1), `line ${i + 1}`);
    for (const [number, row] of document.items.entries()) assert(row[Column.parent]! < number);
  }));
});

Deno.test("reportModel() of a hostile run directory has rows that make sense", async () => {
  await using temp = await tempFolder();
  await writeHostileRun(temp.path);
  const { document, values } = reportModel(await readRunFiles(temp.path));
  for (const [number, row] of document.items.entries()) {
    assert(row.length === 18 && row.every((each) => Number.isFinite(each)), String(row));
    assert(row[Column.parent]! < number, "a parent stands before its children");
    for (const column of [Column.input, Column.output, Column.error]) assert(row[column]! < values.length);
  }
  for (const text of values) assert(!text.includes("\n"), "a value is one line");
  assertEquals(document.notes.length, 1);
  assertEquals(({} as { polluted?: boolean }).polluted, undefined);
});
