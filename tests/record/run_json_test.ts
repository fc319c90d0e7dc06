import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { RunResult } from "../../lib/base/result.ts";
import { fromRunJson, toRunJson } from "../../lib/record/run_json.ts";
import { runEnd, startTestRun } from "./_run.ts";

const RESULT: RunResult = {
  ...startTestRun().recorder.finish(runEnd()),
  status: "partial_failure",
  error: {
    code: "node.failed",
    message: "component c failed: E1: bad",
    hint: "Look at the log",
    place: "flow main node b",
    causes: ["outer", "inner"],
    details: { node: "b" },
    retryable: false,
    backoffMs: 10,
  },
  output: { text: "hi", list: [1, null] },
  waiting: { reason: "need id", snapshot: "/runs/one/snapshot.json" },
  turns: [{ reason: null, output: [1], input: { a: 1 } }],
  parentRun: "/runs/zero",
  nodeSummaries: [
    {
      nodeId: "a",
      flowPath: ["main/call"],
      component: "component.exec",
      target: "qa.process",
      status: "ok",
      durationMs: 4,
      attempts: 2,
      metrics: { fuel: 9, memoryPeakBytes: 65536 },
    },
    {
      nodeId: "b",
      flowPath: [],
      component: "c",
      status: "error",
      durationMs: 1,
      attempts: 1,
      metrics: {},
    },
    {
      nodeId: "c",
      flowPath: [],
      component: "emit.log",
      status: "skipped",
      durationMs: 0,
      attempts: 0,
      metrics: {},
    },
  ],
  failures: {
    _runtime: { code: "node.failed", message: "bad", transcriptOffsets: [0, 0], logPaths: [] },
    b: {
      code: "E1",
      message: "bad",
      details: { a: 1 },
      causes: ["x"],
      hint: "try",
      retryable: true,
      backoffMs: 5,
      transcriptOffsets: [10, 20],
      logPaths: ["/runs/one/logs/b.log"],
    },
  },
  verification: {
    policy: "strict",
    verdicts: [{
      check: "sbom",
      verdict: "verified",
      place: "sbom.cbor",
      reason: "all files",
      waived: false,
    }],
  },
  components: [
    {
      id: "c",
      origin: "map",
      entry: "components/c.wasm",
      digest: "sha256:00",
      world: "w",
      cacheHit: true,
      prepareMs: 3,
    },
    {
      id: "d",
      origin: "pack",
      entry: "components/d.wasm",
      digest: null,
      pinned: "sha256:01",
      pinnedBy: "table",
      reference: "oci://r/d@sha256:01",
      world: null,
      cacheHit: false,
      prepareMs: 0,
    },
  ],
  limits: { ...DEFAULT_LIMITS, maxSteps: 5 },
  recordFault: { code: "artifacts.write", message: "disk full", causes: ["no space"] },
};

Deno.test("toRunJson() writes the reference's fields first, in its order and spelling", () => {
  const json = toRunJson(RESULT);
  assertEquals(Object.keys(json), [
    ..."session_id pack_id pack_version flow_id started_at_utc finished_at_utc status error".split(" "),
    ..."node_summaries failures artifacts_dir".split(" "),
    ..."schema_version stage duration_ms error_detail output waiting turns parent_run".split(" "),
    ..."pack_digest verification components limits environment record_fault redactions".split(" "),
  ]);
  assertEquals([json.status, json.error, json.schema_version, json.started_at_utc], [
    "PartialFailure",
    "component c failed: E1: bad",
    1,
    "2025-12-16T12:10:15Z",
  ]);
  const summaries = json.node_summaries as Record<string, Json>[];
  assertEquals(summaries.map((summary) => summary.status), ["Ok", "Error", "Skipped"]);
  assertEquals(summaries[1], {
    node_id: "b",
    component: "c",
    status: "Error",
    duration_ms: 1,
    flow_path: [],
    target: null,
    attempts: 1,
    metrics: { fuel: null, mem_peak_bytes: null },
  });
  const failures = json.failures as Record<string, Record<string, Json>>;
  assertEquals(failures._runtime, {
    code: "node.failed",
    message: "bad",
    details: null,
    transcript_offsets: [0, 0],
    log_paths: [],
  });
  assertEquals((json.components as Record<string, Json>[]).map((use) => Object.entries(use).slice(3, 8)), [
    Object.entries({ digest: "sha256:00", pinned: null, pinned_by: null, reference: null, world: "w" }),
    Object.entries({
      digest: null,
      pinned: "sha256:01",
      pinned_by: "table",
      reference: "oci://r/d@sha256:01",
      world: null,
    }),
  ]);
  assertEquals((json.limits as Record<string, Json>).node_timeout_ms, 30_000);
  assertEquals((json.limits as Record<string, Json>).max_steps, 5);
});

Deno.test("fromRunJson() gives back every result that toRunJson() wrote", async (t) => {
  const statuses = ["success", "partial_failure", "failure", "waiting", "cancelled", "timed_out"] as const;
  for (const status of statuses) {
    await t.step(status, () => {
      const result = { ...RESULT, status };
      assertEquals(fromRunJson(JSON.parse(JSON.stringify(toRunJson(result)))), result);
    });
  }
  await t.step("nothing known", () => {
    const { recordFault: _, ...recorded } = RESULT;
    const result: RunResult = {
      ...recorded,
      error: null,
      waiting: null,
      flowId: null,
      packDigest: null,
      failures: {},
      stage: "open",
    };
    assertEquals(fromRunJson(JSON.parse(JSON.stringify(toRunJson(result)))), result);
  });
});

Deno.test("toRunJson() writes failures sorted, odd names included", () => {
  const failure = { code: "x", message: "y", transcriptOffsets: [0, 0], logPaths: [] } as const;
  const failures = Object.fromEntries(["b", "__proto__", "a"].map((key) => [key, failure]));
  assertEquals(Object.keys(toRunJson({ ...RESULT, failures }).failures as Record<string, Json>), [
    "__proto__",
    "a",
    "b",
  ]);
});

Deno.test("fromRunJson() reads what the reference writes", () => {
  const result = fromRunJson({
    session_id: "s",
    pack_id: "p",
    pack_version: "1.0.0",
    flow_id: "main",
    started_at_utc: "2025-12-16T12:10:15Z",
    finished_at_utc: "2025-12-16T12:10:16Z",
    status: "Failure",
    error: "flow f has no start node",
    node_summaries: [{ node_id: "a", component: "emit.log", status: "Ok", duration_ms: 0 }],
    failures: {
      _runtime: {
        code: "runtime-error",
        message: "m",
        details: {},
        transcript_offsets: [0, 0],
        log_paths: [],
      },
    },
    artifacts_dir: "runs/x",
  });
  assertEquals(result.error, { code: "runtime-error", message: "flow f has no start node" });
  assertEquals([result.status, result.stage, result.output, result.durationMs], [
    "failure",
    "execute",
    null,
    0,
  ]);
  assertEquals(result.limits, DEFAULT_LIMITS);
  assertEquals(result.verification, { policy: "devok", verdicts: [] });
  assertEquals(result.nodeSummaries[0]?.attempts, 1);
});

Deno.test("fromRunJson() refuses newer versions and wrong fields by name", async (t) => {
  const json = toRunJson(RESULT);
  const field = (name: string): string => `Field "${name}" of run.json is missing or has a wrong value`;
  const cases: readonly [name: string, json: Json, message: string][] = [
    ["newer", { ...json, schema_version: 2 }, "Version 2 of run.json is newer than 1, the newest known"],
    ["version of another kind", { ...json, schema_version: "2" }, field("schema_version")],
    ["no object", [], field("session_id")],
    ["status", { ...json, status: "Great" }, field("status")],
    ["stage", { ...json, stage: "later" }, field("stage")],
    ["list", { ...json, node_summaries: {} }, field("node_summaries")],
    ["number", { ...json, duration_ms: "1" }, field("duration_ms")],
    ["policy", { ...json, verification: { policy: "lax", verdicts: [] } }, field("policy")],
  ];
  for (const [name, value, message] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => fromRunJson(value), RunnerError, message) as RunnerError;
      assertEquals(error.code, "artifacts.read");
    });
  }
});

Deno.test("toRunJson() lists the places where secrets were taken out", () => {
  const output = [{ text: "the key is __REDACTED__", list: ["__REDACTED__", 5] }];
  const { redactions } = toRunJson({ ...RESULT, output });
  assertEquals(redactions, ["$.output[0].text", "$.output[0].list[0]"]);
});
