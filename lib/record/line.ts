/**
 * The shape of a transcript line: the reference's keys on every line, and our own beside them.
 * Never leaves a key out: what does not apply is null, or empty for lists and metrics.
 */

import type { CallMetrics, NodePlace } from "../base/call.ts";
import type { Json, JsonObject } from "../base/json.ts";

/** Version of the shape. Lines of the reference have none and count as 0. */
export const LINE_VERSION = 1;

/**
 * What a line is about. `run` opens and closes the transcript; `host` and `mock` are calls from guests; `jump`, `wait`
 * and `resume` are the flow's; the rest is named after the events.
 */
export type LinePhase =
  | "run"
  | "verify"
  | "start"
  | "end"
  | "error"
  | "host"
  | "mock"
  | "log"
  | "jump"
  | "wait"
  | "resume"
  | "warning";

/** Where a line stands: a node, and the attempt at it for what happens within one. */
export type LinePlace =
  & Pick<NodePlace, "flowId" | "flowPath" | "nodeId">
  & Partial<Pick<NodePlace, "callId" | "attempt">>;

/** One line of `transcript.jsonl`, keys in the order in which they are written. */
export type TranscriptLine = {
  /** Attempt at this visit of the node, from 1. */
  readonly attempt: number | null;
  /** Pairs the lines of one attempt at one visit of one node. */
  readonly call_id: string | null;
  /** The node's kind or component; `host::http`, `mock::http`, `verify.pack` for lines of others. */
  readonly component: string | null;
  /** Kept for readers of the reference; always empty. */
  readonly defaults_applied: readonly Json[];
  /** What went wrong. */
  readonly error: JsonObject | null;
  /** The node's own flow, or the entry flow. */
  readonly flow_id: string;
  /** The nodes through which the flow was called. */
  readonly flow_path: readonly string[];
  /** Pairs a guest's call with its answer. */
  readonly host_call_id: string | null;
  /** What went in. */
  readonly inputs: Json;
  /** What it cost: `duration_ms`, `cpu_time_ms`, `mem_peak_bytes`, `fuel`, each null when unknown. */
  readonly metrics: JsonObject;
  /** The node. */
  readonly node_id: string | null;
  /** The operation of a component, or `interface#function` of a host call. */
  readonly operation: string | null;
  /** What came out. */
  readonly outputs: Json;
  /** What the line is about. */
  readonly phase: LinePhase;
  /** Where secrets were taken out. */
  readonly redactions: readonly string[];
  /** Kept for readers of the reference; always null. */
  readonly schema_id: null;
  /** Number of the line, from 0. */
  readonly seq: number;
  /** The session. */
  readonly session_id: string;
  /** How it went: `ok`, `error`, and the words of the phase. */
  readonly status: string;
  /** The component called in the end, when `component` is only a kind. */
  readonly target: string | null;
  /** When, RFC 3339 in UTC. */
  readonly ts: string;
  /** {@linkcode LINE_VERSION}. */
  readonly version: number;
};

/** What is particular about one line; the names are those of {@linkcode TranscriptLine} in camel case. */
export interface LineFacts {
  /** What the line is about. */
  readonly phase: LinePhase;
  /** How it went. */
  readonly status: string;
  /** Where it happened, unless it concerns the whole run. */
  readonly place?: LinePlace;
  /** The label of whoever acted. */
  readonly component?: string | null;
  /** The component called in the end. */
  readonly target?: string;
  /** The operation. */
  readonly operation?: string;
  /** Pairs a guest's call with its answer. */
  readonly hostCallId?: string;
  /** What went in, without secrets. */
  readonly inputs?: Json;
  /** What came out, without secrets. */
  readonly outputs?: Json;
  /** What went wrong, without secrets. */
  readonly error?: JsonObject;
  /** What it cost beside time. */
  readonly metrics?: CallMetrics;
  /** Where secrets were taken out. */
  readonly redactions?: readonly string[];
}

/** What every line gets from its surroundings. */
export interface LineStamp {
  /** When, RFC 3339 in UTC. */
  readonly ts: string;
  /** The number of the line. */
  readonly seq: number;
  /** The session. */
  readonly sessionId: string;
  /** The flow of lines that belong to no node. */
  readonly entryFlowId: string;
  /** How long it took, or null. */
  readonly durationMs: number | null;
}

/** The line for some facts. */
export function makeLine(facts: LineFacts, stamp: LineStamp): TranscriptLine {
  const place = facts.place;
  return {
    attempt: place?.attempt ?? null,
    call_id: place?.callId ?? null,
    component: facts.component ?? null,
    defaults_applied: [],
    error: facts.error ?? null,
    flow_id: place?.flowId ?? stamp.entryFlowId,
    flow_path: place?.flowPath ?? [],
    host_call_id: facts.hostCallId ?? null,
    inputs: facts.inputs ?? null,
    metrics: metricsJson(facts.metrics ?? {}, stamp.durationMs),
    node_id: place?.nodeId ?? null,
    operation: facts.operation ?? null,
    outputs: facts.outputs ?? null,
    phase: facts.phase,
    redactions: facts.redactions ?? [],
    schema_id: null,
    seq: stamp.seq,
    session_id: stamp.sessionId,
    status: facts.status,
    target: facts.target ?? null,
    ts: stamp.ts,
    version: LINE_VERSION,
  };
}

/** The metrics object: every key always there. */
export function metricsJson(metrics: CallMetrics, durationMs: number | null): JsonObject {
  return {
    cpu_time_ms: null,
    // Readers of the reference take whole milliseconds only.
    duration_ms: durationMs === null ? null : Math.round(durationMs),
    fuel: metrics.fuel ?? null,
    mem_peak_bytes: metrics.memoryPeakBytes ?? null,
  };
}
