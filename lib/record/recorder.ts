/**
 * Turns the events of a run into transcript lines, node logs and the facts of the result.
 * Never throws from `emit` and never decides how a run goes on.
 *
 * 1. Every started node and every host call gets exactly one end; what is open at the end is cancelled.
 * 2. A line is written before `emit` returns; the transcript's order is the order of facts.
 * 3. Secrets are taken out before anything leaves: files, the transcript hook, listeners, the result.
 * 4. The first fault in writing is remembered and given by `close`; the run goes on without files.
 */

import { type Failure, failureOfError, type NodePlace } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type {
  Emit,
  HostCalledEvent,
  HostReturnedEvent,
  NodeEndedEvent,
  NodeFailedEvent,
  NodeStartedEvent,
  RunEvent,
} from "../base/events.ts";
import type { JsonObject } from "../base/json.ts";
import type { NodeFailure, RunResult } from "../base/result.ts";
import { CallLogs } from "./call_logs.ts";
import { contextJson } from "./event_line.ts";
import { failureToJson } from "./failure_json.ts";
import { LineWriter, type LineWriterOptions, type RecordedEvent, type Stamp } from "./line_writer.ts";
import type { NodeLogs } from "./node_logs.ts";
import { type DeclaredNode, NodeRecords, RUNTIME_KEY } from "./node_records.ts";

/** What a recorder needs to know and to write to. */
export interface RecorderOptions extends LineWriterOptions {
  /** Where node logs go. */
  readonly logs: NodeLogs;
  /** The run directory, absolute, for the result. */
  readonly artifactsDir: string;
  /** What the first line tells about the run, such as the pack's path and the parent run. @default {{}} */
  readonly info?: JsonObject | undefined;
}

/** What only the run knows about its result; the recorder adds times, nodes and failures. */
export type RunEnd = Omit<RunResult, RecordedField>;

type RecordedField =
  | "sessionId"
  | "startedAt"
  | "finishedAt"
  | "durationMs"
  | "nodeSummaries"
  | "failures"
  | "artifactsDir"
  | "recordFault"
  | "exportFault";

/** Something that has started and not ended. */
interface Open<E> {
  readonly event: E;
  readonly startedMs: number;
}

/** Records one run. */
export class Recorder {
  /** Takes an event the moment it happens. Detached, it can be handed to whoever emits. */
  readonly emit: Emit = (event) => this.#lines.guard(() => this.#take(event));

  readonly #options: RecorderOptions;
  readonly #lines: LineWriter;
  readonly #logs: CallLogs;
  readonly #started: Stamp;
  readonly #records = new NodeRecords();
  readonly #openNodes = new Map<string, Open<NodeStartedEvent>>();
  readonly #openCalls = new Map<string, Open<HostCalledEvent>>();
  /** Host calls that ended with their node; their late answers are expected. */
  readonly #cancelledCalls = new Set<string>();
  #state: "open" | "finished" | "closed" = "open";

  /** Starts the record: the first line is written here. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#lines = new LineWriter(options);
    this.#logs = new CallLogs(options.logs, options.redactor);
    this.#started = this.#lines.stamp();
    this.#lines.guard(() => {
      const info = options.redactor.redact(options.info ?? {}, "$.inputs.info");
      const inputs = { context: contextJson(options.context), info: info.value };
      const facts = { phase: "run", status: "start", inputs, redactions: info.paths } as const;
      this.#lines.write(facts, { stamp: this.#started });
    });
  }

  /** When the run started, RFC 3339 in UTC. */
  get startedAt(): string {
    return this.#started.ts;
  }

  /** The first fault in writing so far. */
  get fault(): RunnerError | undefined {
    return this.#lines.fault ?? this.#options.logs.fault;
  }

  /** Names the entry flow, once it is chosen. */
  setEntryFlow(flowId: string): void {
    this.#lines.entryFlowId = flowId;
  }

  /** Makes the nodes of a flow known, so that those which are not reached appear as `skipped`. */
  declareNodes(flowId: string, nodes: readonly DeclaredNode[]): void {
    this.#records.declare(flowId, nodes);
  }

  /** Calls a function with every event that follows. Returns the function that ends this. */
  subscribe(listener: (event: RecordedEvent) => void): () => void {
    return this.#lines.subscribe(listener);
  }

  /** Ends what is open, writes the last line, and completes the result. Events after it are ignored. */
  finish(end: RunEnd): RunResult {
    if (this.#state !== "open") throw new RunnerError("internal", "Run is finished already");
    this.#cancelOpen();
    this.#state = "finished";
    const { redactor, sessionId, artifactsDir, logs } = this.#options;
    const stamp = this.#lines.stamp();
    const durationMs = stamp.atMs - this.#started.atMs;
    const error = end.error === null ? null : redactor.redactFailure(end.error, "$.error");
    this.#lines.guard(() => {
      const why = error === null ? {} : { error: failureToJson(error.failure), redactions: error.paths };
      this.#lines.write({ phase: "run", status: end.status, ...why }, { stamp, durationMs });
    });
    const failures = this.#records.failures((key) => logs.paths(key));
    const reason = end.waiting?.reason ?? null;
    const verdicts = end.verification.verdicts.map((verdict) => ({
      ...verdict,
      reason: redactor.scrub(verdict.reason),
    }));
    return {
      ...end,
      flowId: end.flowId && redactor.scrub(end.flowId),
      error: error?.failure ?? null,
      output: redactor.redact(end.output, "$.output").value,
      turns: end.turns.map(({ reason, output, input }, i) => ({
        reason: reason && redactor.scrub(reason),
        output: redactor.redact(output, `$.turns[${i}].output`).value,
        input: redactor.redact(input, `$.turns[${i}].input`).value,
      })),
      waiting: end.waiting && { ...end.waiting, reason: reason && redactor.scrub(reason) },
      verification: { ...end.verification, verdicts },
      sessionId,
      startedAt: this.#started.ts,
      finishedAt: stamp.ts,
      durationMs: Math.round(durationMs),
      nodeSummaries: this.#records.summaries(end.flowId ?? this.#lines.entryFlowId),
      failures: error === null ? failures : withRuntime(failures, error.failure, end.stage),
      artifactsDir,
      ...(this.fault === undefined ? {} : { recordFault: failureOfError(this.fault) }),
    };
  }

  /** Closes the files and gives the first fault in writing. Without `finish` before it, ends what is open. */
  close(): RunnerError | undefined {
    if (this.#state === "open") this.#cancelOpen();
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#options.logs.close();
      this.#lines.close();
    }
    return this.fault;
  }

  /** Closes the record at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #take(event: RunEvent): void {
    if (this.#state !== "open") return;
    switch (event.type) {
      case "node.started":
        return this.#nodeStarted(event);
      case "node.ended":
      case "node.failed":
        return this.#nodeEnded(event);
      case "host.called":
        return this.#hostCalled(event);
      case "host.returned":
        return this.#hostReturned(event);
      case "log":
        return this.#said(this.#logs.take(event));
      case "verify":
      case "flow.jumped":
      case "flow.waited":
      case "flow.resumed":
      case "warning":
        this.#lines.record(event);
    }
  }

  #nodeStarted(event: NodeStartedEvent): void {
    if (this.#openNodes.has(event.callId)) return this.#unpaired(`Node call "${event.callId}" started twice`);
    this.#logs.open(event.callId);
    const { event: written, span, stamp } = this.#lines.record(event);
    this.#openNodes.set(event.callId, { event, startedMs: stamp.atMs });
    if (written.type === "node.started") this.#records.started(written, span[0]);
  }

  #nodeEnded(event: NodeEndedEvent | NodeFailedEvent): void {
    const open = this.#openNodes.get(event.callId);
    if (open === undefined) return this.#unpaired(`Node call "${event.callId}" ended without a start`);
    this.#cancelCalls(event.callId);
    for (const rest of this.#logs.end(placeOf(event))) this.#said(rest);
    this.#openNodes.delete(event.callId);
    const stamp = this.#lines.stamp();
    const cost = { durationMs: stamp.atMs - open.startedMs, metrics: event.metrics };
    const written = this.#lines.record(event, { stamp, durationMs: cost.durationMs });
    if (written.event.type === "node.failed") {
      const { failure } = written.event;
      this.#logs.failed(event, failure);
      this.#records.ended(event, { ...cost, failed: { failure, endOffset: written.span[1] } });
    } else {
      this.#records.ended(event, cost);
    }
    this.#logs.release(event);
  }

  #hostCalled(event: HostCalledEvent): void {
    const { hostCallId } = event;
    if (this.#openCalls.has(hostCallId)) return this.#unpaired(`Host call "${hostCallId}" started twice`);
    const { stamp } = this.#lines.record(event);
    this.#openCalls.set(hostCallId, { event, startedMs: stamp.atMs });
  }

  #hostReturned(event: HostReturnedEvent): void {
    const { hostCallId } = event;
    const open = this.#openCalls.get(hostCallId);
    if (open === undefined) {
      if (this.#cancelledCalls.delete(hostCallId)) return;
      return this.#unpaired(`Host call "${hostCallId}" returned without a call`);
    }
    this.#openCalls.delete(hostCallId);
    const stamp = this.#lines.stamp();
    this.#lines.record(event, { stamp, durationMs: stamp.atMs - open.startedMs });
  }

  #said(event: RunEvent | undefined): void {
    if (event?.type !== "log") return;
    const component = this.#openNodes.get(event.place.callId)?.event.component;
    this.#lines.record(event, component === undefined ? {} : { component });
  }

  #unpaired(message: string): void {
    this.#lines.record({ type: "warning", code: "record.unpaired", message });
  }

  /** Ends the host calls of one node call, the youngest first. */
  #cancelCalls(callId: string): void {
    for (const [hostCallId, { event }] of [...this.#openCalls].reverse()) {
      if (event.place.callId !== callId) continue;
      const { place, capability, call } = event;
      const answer = { status: "cancelled", provider: "refuse", outputs: null } as const;
      this.#hostReturned({ type: "host.returned", hostCallId, place, capability, call, ...answer });
      this.#cancelledCalls.add(hostCallId);
    }
  }

  /** Ends everything, the youngest first. */
  #cancelOpen(): void {
    const failure: Failure = { code: "node.cancelled", message: "Node was stopped before it ended" };
    for (const { event } of [...this.#openNodes.values()].reverse()) {
      const { component } = event;
      const end = { ...placeOf(event), component, status: "cancelled", failure, metrics: {} } as const;
      this.#lines.guard(() => this.#nodeEnded({ type: "node.failed", ...end }));
    }
    // Calls whose node never started.
    for (const { event } of [...this.#openCalls.values()].reverse()) {
      this.#lines.guard(() => this.#cancelCalls(event.place.callId));
    }
  }
}

function withRuntime(
  failures: Record<string, NodeFailure>,
  failure: Failure,
  stage: string,
): Record<string, NodeFailure> {
  const details = failure.details ?? { stage };
  const runtime: NodeFailure = { ...failure, details, transcriptOffsets: [0, 0], logPaths: [] };
  return Object.fromEntries([...Object.entries(failures), [RUNTIME_KEY, runtime]]);
}

function placeOf({ callId, flowId, flowPath, nodeId, attempt }: NodePlace): NodePlace {
  return { callId, flowId, flowPath, nodeId, attempt };
}
