/**
 * The result of a run as `run.json` and back: the reference's names, order and spellings first, additions after.
 * Never takes out secrets: results have none when they come here.
 *
 * One table of fields in both directions; that is why it is longer than other files.
 */

import type { CallMetrics } from "../base/call.ts";
import { type ErrorCode, RunnerError } from "../base/errors.ts";
import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
} from "../base/json.ts";
import { REDACTED } from "./redact.ts";
import { DEFAULT_LIMITS, type LimitName, type Limits } from "../base/limits.ts";
import type {
  ComponentOrigin,
  ComponentUse,
  NodeFailure,
  NodeSummary,
  PinnedBy,
  RunResult,
  RunStage,
  RunStatus,
  RunTurn,
} from "../base/result.ts";
import type { Verdict, VerdictKind } from "../base/verdict.ts";
import { failureFromJson, failureToJson } from "./failure_json.ts";

/** Version of the additions. The reference writes none, which counts as 0. */
export const RUN_JSON_VERSION = 1;

const STATUSES: Readonly<Record<RunStatus, string>> = {
  success: "Success",
  partial_failure: "PartialFailure",
  failure: "Failure",
  waiting: "Waiting",
  cancelled: "Cancelled",
  timed_out: "TimedOut",
};

const NODE_STATUSES: Readonly<Record<NodeSummary["status"], string>> = {
  ok: "Ok",
  skipped: "Skipped",
  error: "Error",
};

const STAGES: readonly RunStage[] = ["open", "verify", "load", "resolve", "execute"];
const ORIGINS: readonly ComponentOrigin[] = ["pack", "map", "dir"];
const PINNED_BY: readonly PinnedBy[] = ["lock", "table", "manifest"];
const VERDICTS: readonly VerdictKind[] = ["verified", "unsigned", "untrusted", "mismatch", "skipped"];

/** The object that `run.json` holds and that `--json` prints. */
export function toRunJson(result: RunResult): JsonObject {
  const json = recordJson(result);
  return { ...json, redactions: redactedPaths(json, "$") };
}

/** The places in a value where a secret was taken out, such as `$.output[0].text`. */
function redactedPaths(value: Json, path: string): string[] {
  if (typeof value === "string") return value.includes(REDACTED) ? [path] : [];
  if (isArray(value)) return value.flatMap((item, i) => redactedPaths(item, `${path}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => redactedPaths(item, `${path}.${key}`));
}

function recordJson(result: RunResult): JsonObject {
  const failures = Object.entries(result.failures).sort(([a], [b]) => compareCodePoints(a, b));
  return {
    session_id: result.sessionId,
    pack_id: result.packId,
    pack_version: result.packVersion,
    flow_id: result.flowId,
    started_at_utc: result.startedAt,
    finished_at_utc: result.finishedAt,
    status: STATUSES[result.status],
    error: result.error?.message ?? null,
    node_summaries: result.nodeSummaries.map(summaryToJson),
    failures: Object.fromEntries(failures.map(([key, failure]) => [key, nodeFailureToJson(failure)])),
    artifacts_dir: result.artifactsDir,
    schema_version: RUN_JSON_VERSION,
    stage: result.stage,
    duration_ms: result.durationMs,
    error_detail: result.error === null ? null : failureToJson(result.error),
    output: result.output,
    waiting: result.waiting === null ? null : { ...result.waiting },
    turns: result.turns.map((turn) => ({ ...turn })),
    parent_run: result.parentRun,
    pack_digest: result.packDigest,
    verification: {
      policy: result.verification.policy,
      verdicts: result.verification.verdicts.map((verdict) => ({ ...verdict })),
    },
    components: result.components.map(componentToJson),
    limits: limitsToJson(result.limits),
    environment: { ...result.environment },
    record_fault: result.recordFault === undefined ? null : failureToJson(result.recordFault),
  };
}

/**
 * The result that `run.json` holds. Also reads what the reference writes.
 *
 * @throws {RunnerError} `artifacts.read` for a newer version, or a field that is missing or of a wrong type.
 */
export function fromRunJson(json: Json): RunResult {
  const version = member(json, "schema_version") ?? 0;
  if (typeof version !== "number") invalid("schema_version");
  if (version > RUN_JSON_VERSION) {
    throw new RunnerError(
      "artifacts.read",
      `Version ${version} of run.json is newer than ${RUN_JSON_VERSION}, the newest known`,
      { hint: "Read it with the version of the runner that wrote it, or a newer one", place: "run.json" },
    );
  }
  const verification = member(json, "verification") ?? {};
  const fault = member(json, "record_fault");
  return {
    sessionId: text(json, "session_id"),
    packId: text(json, "pack_id"),
    packVersion: text(json, "pack_version"),
    packDigest: stringMember(json, "pack_digest") ?? null,
    flowId: stringMember(json, "flow_id") ?? null,
    startedAt: text(json, "started_at_utc"),
    finishedAt: text(json, "finished_at_utc"),
    durationMs: numberOr(json, "duration_ms", 0),
    status: keyOf(STATUSES, text(json, "status"), "status"),
    stage: oneOf(STAGES, stringMember(json, "stage") ?? "execute", "stage"),
    error: errorFromJson(json),
    output: member(json, "output") ?? null,
    waiting: waitingFromJson(member(json, "waiting")),
    turns: list(json, "turns").map(turnFromJson),
    parentRun: stringMember(json, "parent_run") ?? null,
    nodeSummaries: list(json, "node_summaries").map(summaryFromJson),
    failures: failuresFromJson(member(json, "failures")),
    artifactsDir: text(json, "artifacts_dir"),
    verification: {
      policy: oneOf(["strict", "devok"], stringMember(verification, "policy") ?? "devok", "policy"),
      verdicts: list(verification, "verdicts").map(verdictFromJson),
    },
    components: list(json, "components").map(componentFromJson),
    limits: limitsFromJson(member(json, "limits")),
    environment: stringsOf(member(json, "environment")),
    ...(isObject(fault) ? { recordFault: failureFromJson(fault) } : {}),
  };
}

function summaryToJson(summary: NodeSummary): JsonObject {
  return {
    node_id: summary.nodeId,
    component: summary.component,
    status: NODE_STATUSES[summary.status],
    duration_ms: summary.durationMs,
    flow_path: summary.flowPath,
    target: summary.target ?? null,
    attempts: summary.attempts,
    metrics: {
      fuel: summary.metrics.fuel ?? null,
      mem_peak_bytes: summary.metrics.memoryPeakBytes ?? null,
    },
  };
}

function summaryFromJson(json: Json): NodeSummary {
  const target = stringMember(json, "target");
  return {
    nodeId: text(json, "node_id"),
    flowPath: list(json, "flow_path").filter((step) => typeof step === "string"),
    component: text(json, "component"),
    ...(target === undefined ? {} : { target }),
    status: keyOf(NODE_STATUSES, text(json, "status"), "node_summaries.status"),
    durationMs: numberOr(json, "duration_ms", 0),
    attempts: numberOr(json, "attempts", 1),
    metrics: metricsFromJson(member(json, "metrics")),
  };
}

function metricsFromJson(json: Json | undefined): CallMetrics {
  const fuel = member(json, "fuel");
  const memoryPeakBytes = member(json, "mem_peak_bytes");
  return {
    ...(typeof fuel === "number" ? { fuel } : {}),
    ...(typeof memoryPeakBytes === "number" ? { memoryPeakBytes } : {}),
  };
}

function nodeFailureToJson({ transcriptOffsets, logPaths, ...failure }: NodeFailure): JsonObject {
  const { code, message, details = null, ...rest } = failureToJson(failure);
  return {
    code: code ?? null,
    message: message ?? null,
    details,
    transcript_offsets: transcriptOffsets,
    log_paths: logPaths,
    ...rest,
  };
}

function nodeFailureFromJson(json: Json): NodeFailure {
  const { details, ...failure } = failureFromJson(isObject(json) ? json : {});
  const [start, end] = list(json, "transcript_offsets");
  return {
    ...failure,
    // The reference always writes the key; null there says that nothing is known.
    ...(details === undefined || details === null ? {} : { details }),
    transcriptOffsets: [typeof start === "number" ? start : 0, typeof end === "number" ? end : 0],
    logPaths: list(json, "log_paths").filter((path) => typeof path === "string"),
  };
}

function failuresFromJson(json: Json | undefined): Record<string, NodeFailure> {
  const entries = isObject(json) ? Object.entries(json) : [];
  return Object.fromEntries(entries.map(([key, failure]) => [key, nodeFailureFromJson(failure)]));
}

function errorFromJson(json: Json): RunResult["error"] {
  const detail = member(json, "error_detail");
  if (isObject(detail)) return failureFromJson(detail);
  const message = stringMember(json, "error");
  return message === undefined ? null : { code: "runtime-error", message };
}

function waitingFromJson(json: Json | undefined): RunResult["waiting"] {
  if (!isObject(json)) return null;
  return { reason: stringMember(json, "reason") ?? null, snapshot: text(json, "snapshot") };
}

function turnFromJson(json: Json): RunTurn {
  return {
    reason: stringMember(json, "reason") ?? null,
    output: member(json, "output") ?? null,
    input: member(json, "input") ?? null,
  };
}

function verdictFromJson(json: Json): Verdict {
  const waived = member(json, "waived"), code = stringMember(json, "code");
  return {
    check: text(json, "check"),
    verdict: oneOf(VERDICTS, text(json, "verdict"), "verification.verdicts.verdict"),
    place: text(json, "place"),
    reason: text(json, "reason"),
    // Codes that this version does not know are kept all the same.
    ...(code === undefined ? {} : { code: code as ErrorCode }),
    ...(typeof waived === "boolean" ? { waived } : {}),
  };
}

function componentToJson(use: ComponentUse): JsonObject {
  return {
    id: use.id,
    origin: use.origin,
    entry: use.entry,
    digest: use.digest,
    pinned: use.pinned ?? null,
    pinned_by: use.pinnedBy ?? null,
    reference: use.reference ?? null,
    world: use.world,
    cache_hit: use.cacheHit,
    prepare_ms: use.prepareMs,
  };
}

function componentFromJson(json: Json): ComponentUse {
  const pinned = stringMember(json, "pinned"), pinnedBy = stringMember(json, "pinned_by");
  const reference = stringMember(json, "reference");
  return {
    id: text(json, "id"),
    origin: oneOf(ORIGINS, stringMember(json, "origin") ?? "pack", "components.origin"),
    entry: text(json, "entry"),
    digest: stringMember(json, "digest") ?? null,
    ...(pinned === undefined ? {} : { pinned }),
    ...(pinnedBy === undefined ? {} : { pinnedBy: oneOf(PINNED_BY, pinnedBy, "components.pinned_by") }),
    ...(reference === undefined ? {} : { reference }),
    world: stringMember(json, "world") ?? null,
    cacheHit: member(json, "cache_hit") === true,
    prepareMs: numberOr(json, "prepare_ms", 0),
  };
}

function limitsToJson(limits: Limits): JsonObject {
  return Object.fromEntries(limitNames().map((name) => [snakeCase(name), limits[name]]));
}

function limitsFromJson(json: Json | undefined): Limits {
  const known = limitNames().map((name): [LimitName, number] => [
    name,
    numberOr(json, snakeCase(name), DEFAULT_LIMITS[name]),
  ]);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(known) };
}

function limitNames(): LimitName[] {
  return Object.keys(DEFAULT_LIMITS) as LimitName[];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function stringsOf(json: Json | undefined): Record<string, string> {
  const entries = isObject(json) ? Object.entries(json) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function text(json: Json | undefined, name: string): string {
  return stringMember(json, name) ?? invalid(name);
}

function numberOr(json: Json | undefined, name: string, fallback: number): number {
  const value = member(json, name) ?? fallback;
  return typeof value === "number" ? value : invalid(name);
}

function list(json: Json | undefined, name: string): readonly Json[] {
  const value = member(json, name) ?? [];
  return isArray(value) ? value : invalid(name);
}

function keyOf<K extends string>(names: Readonly<Record<K, string>>, value: string, field: string): K {
  const keys = Object.keys(names) as K[];
  return keys.find((key) => names[key] === value) ?? invalid(field);
}

function oneOf<T extends string>(allowed: readonly T[], value: string, field: string): T {
  return allowed.find((word) => word === value) ?? invalid(field);
}

function invalid(field: string): never {
  throw new RunnerError("artifacts.read", `Field "${field}" of run.json is missing or has a wrong value`, {
    hint: "Give the directory of a run whose run.json was not edited",
    place: "run.json",
  });
}
