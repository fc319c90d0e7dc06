/** A recorder over memory with a fixed clock, and short ways to make events. */

import type { NodePlace } from "../../lib/base/call.ts";
import { fixedClock } from "../../lib/base/clock.ts";
import type { HostCalledEvent, HostReturnedEvent, LogEvent, RunEvent } from "../../lib/base/events.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { MemorySink } from "../../lib/record/memory_sink.ts";
import { NodeLogs } from "../../lib/record/node_logs.ts";
import { Recorder, type RecorderOptions, type RunEnd } from "../../lib/record/recorder.ts";
import { Redactor } from "../../lib/record/redact.ts";

/** A recorder and what it writes to. */
export interface TestRun {
  readonly recorder: Recorder;
  readonly sink: MemorySink;
  readonly redactor: Redactor;
  /** The lines after the header, as plain values. */
  lines(): Record<string, Json>[];
}

/** Starts a recorder without files. */
export function startTestRun(options: Partial<RecorderOptions> = {}): TestRun {
  const sink = new MemorySink();
  const redactor = options.redactor ?? new Redactor();
  const recorder = new Recorder({
    sink,
    redactor,
    logs: new NodeLogs({ dir: null, maxLogBytes: DEFAULT_LIMITS.maxLogBytes }),
    clock: fixedClock("2025-12-16T12:10:15Z", 10),
    sessionId: "session-1",
    context: { tenantId: "local-dev", teamId: "default", userId: "developer" },
    artifactsDir: "/runs/one",
    ...options,
  });
  return { recorder, sink, redactor, lines: () => sink.lines.slice(1) as Record<string, Json>[] };
}

/** The end of a run that went well. */
export function runEnd(changes: Partial<RunEnd> = {}): RunEnd {
  return {
    packId: "demo",
    packVersion: "1.0.0",
    packDigest: "sha256:00",
    flowId: "main",
    status: "success",
    stage: "execute",
    error: null,
    output: null,
    waiting: null,
    turns: [],
    parentRun: null,
    verification: { policy: "devok", verdicts: [] },
    components: [],
    limits: DEFAULT_LIMITS,
    environment: { runner: "0.1.0" },
    ...changes,
  };
}

/** A place in the flow `main`. */
export function place(nodeId: string, changes: Partial<NodePlace> = {}): NodePlace {
  return { callId: `${nodeId}#1`, flowId: "main", flowPath: [], nodeId, attempt: 1, ...changes };
}

/** A node starts. */
export function started(at: NodePlace, payload: Json = {}): RunEvent {
  return {
    type: "node.started",
    ...at,
    component: "component.exec",
    target: "qa.process",
    operation: "process",
    payload,
  };
}

/** A node ends. */
export function ended(at: NodePlace, output: Json = {}): RunEvent {
  return {
    type: "node.ended",
    ...at,
    component: "component.exec",
    output,
    metrics: { fuel: 7, memoryPeakBytes: 65536 },
  };
}

/** A node fails. */
export function failed(at: NodePlace, message: string, details?: Json): RunEvent {
  const failure = { code: "node.failed", message, ...(details === undefined ? {} : { details }) };
  return {
    type: "node.failed",
    ...at,
    component: "component.exec",
    status: "error",
    failure,
    metrics: { fuel: 3 },
  };
}

/** A guest calls `http.send`. */
export function called(at: NodePlace, inputs: Json = {}): HostCalledEvent {
  const call = "greentic:http/http-client@1.1.0#send";
  return { type: "host.called", hostCallId: `${at.callId}/1`, place: at, capability: "http", call, inputs };
}

/** The host answers `http.send`. */
export function returned(at: NodePlace, changes: Partial<HostReturnedEvent> = {}): HostReturnedEvent {
  const { hostCallId, capability, call } = called(at);
  return {
    type: "host.returned",
    hostCallId,
    place: at,
    capability,
    call,
    status: "ok",
    provider: "mock",
    outputs: { status: 200, body: "hello" },
    ...changes,
  };
}

/** A guest writes to a stream. */
export function said(at: NodePlace, stream: LogEvent["stream"], text: string, fields?: Json): LogEvent {
  return { type: "log", place: at, stream, text, ...(fields === undefined ? {} : { fields }) };
}
