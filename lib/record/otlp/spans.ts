/**
 * Turns the events of a run into the spans of one trace: the run, below it each visit of a node, below that each
 * attempt, below that its host calls and, for a node that calls a flow, the visits in that flow.
 * Pure: never reads a clock, draws an id or sends anything, and never says what went into nodes or came out of them.
 *
 * 1. Every span that starts ends exactly once, at the latest with the run.
 * 2. A visit lasts from its first attempt's start to its last attempt's end, also when that becomes known later.
 * 3. What belongs to no attempt that is open belongs to the run.
 */

import type { Failure, NodePlace } from "../../base/call.ts";
import type {
  HostCalledEvent,
  HostReturnedEvent,
  NodeEndedEvent,
  NodeFailedEvent,
  NodeStartedEvent,
  RunEvent,
} from "../../base/events.ts";
import type { RunResult } from "../../base/result.ts";
import { callFacts, returnFacts } from "./host_call.ts";
import { OpenSpan, type Span, type SpanError, type Time } from "./span.ts";

/** What spans of a run begin with. */
export interface RunSpansOptions {
  /** Gives the id of the next span. */
  readonly nextSpanId: () => string;
  /** The span that the run is a part of, or null. */
  readonly parentId: string | null;
  /** When the run started. */
  readonly start: Time;
  /** Takes every span but the run's, the moment it ended. */
  readonly ended: (span: Span) => void;
}

interface Visit {
  readonly span: OpenSpan;
  readonly node: string;
  /** Attempts that have not ended. */
  open: number;
  attempts: number;
  /** How its last attempt ended. */
  last: { readonly time: Time; readonly status: NodeStatus; readonly error: SpanError | null } | null;
}

interface Attempt {
  readonly span: OpenSpan;
  readonly visit: Visit;
  readonly started: Time;
  /** The walk that the node is part of, and the one that it starts when it calls a flow. */
  readonly walk: string;
  readonly below: string;
}

type NodeStatus = "ok" | NodeFailedEvent["status"];

/** The failure of what is still open when the run ends, and of which nothing else is known. */
const LEFT_OPEN: Failure = { code: "node.cancelled", message: "The run ended before it" };

/** The spans of one run. */
export class RunSpans {
  readonly #options: RunSpansOptions;
  readonly #root: OpenSpan;
  /** The visit at which each walk through a flow is, by the calls that led to the flow. */
  readonly #visits = new Map<string, Visit>();
  readonly #attempts = new Map<string, Attempt>();
  /** Attempts by the walk that they start when they call a flow. */
  readonly #callers = new Map<string, Attempt>();
  readonly #calls = new Map<string, OpenSpan>();

  /** Starts the span of the run. */
  constructor(options: RunSpansOptions) {
    this.#options = options;
    const { parentId, start } = options;
    this.#root = new OpenSpan({
      spanId: options.nextSpanId(),
      parentId,
      name: "run",
      kind: "internal",
      start,
    });
  }

  /** Takes an event and the time at which it happened. */
  take(event: RunEvent, time: Time): void {
    switch (event.type) {
      case "node.started":
        return this.#started(event, time);
      case "node.ended":
        return this.#ended(event, { time, status: "ok", error: null });
      case "node.failed":
        return this.#ended(event, { time, status: event.status, error: event.failure });
      case "host.called":
        return this.#called(event, time);
      case "host.returned":
        return this.#returned(event, time);
      case "log": {
        const said = { "greentic.log.stream": event.stream, "greentic.log.text": event.text };
        return this.#spanOf(event.place).add("log", time, said);
      }
      case "warning":
        return this.#root.add("warning", time, {
          "greentic.warning.code": event.code,
          "greentic.warning.message": event.message,
          ...(event.place === undefined ? {} : { "greentic.warning.place": event.place }),
        });
      case "flow.jumped":
        return this.#root.add("flow.jumped", time, {
          ...placeAttributes(event),
          "greentic.jump.flow": event.toFlow,
          "greentic.jump.node": event.toNode,
        });
      case "flow.waited":
        return this.#root.add("flow.waited", time, {
          ...placeAttributes(event),
          ...(event.reason === null ? {} : { "greentic.wait.reason": event.reason }),
        });
      case "flow.resumed":
        return this.#root.add("flow.resumed", time, placeAttributes(event));
      case "verify":
    }
  }

  /** Ends everything, the youngest first, and gives the span of the run. */
  finish(result: RunResult, tenantId: string, time: Time): Span {
    const error = result.error ?? LEFT_OPEN;
    for (const span of [...this.#calls.values()].reverse()) this.#close(span, time, error);
    this.#calls.clear();
    for (const [callId, attempt] of [...this.#attempts].reverse()) {
      this.#attempts.delete(callId);
      this.#endAttempt(attempt, { time, status: "cancelled", error });
    }
    for (const visit of [...this.#visits.values()].reverse()) this.#endVisit(visit);
    this.#visits.clear();
    const root = this.#root;
    root.set({
      "greentic.session.id": result.sessionId,
      "greentic.tenant.id": tenantId,
      "greentic.pack.id": result.packId,
      "greentic.pack.version": result.packVersion,
      "greentic.pack.digest": result.packDigest ?? undefined,
      "greentic.flow.id": result.flowId ?? undefined,
      "greentic.run.status": result.status,
      "greentic.run.stage": result.stage,
      "greentic.duration_ms": result.durationMs,
    });
    if (result.error !== null) fail(root, result.error, time);
    return root.end(time, result.flowId === null ? "run" : `run ${result.flowId}`);
  }

  #started(event: NodeStartedEvent, time: Time): void {
    const walk = JSON.stringify(event.flowPath);
    const below = JSON.stringify([...event.flowPath, `${event.flowId}/${event.nodeId}`]);
    const visit = this.#visitOf(event, { walk, node: below, time });
    visit.open++;
    visit.attempts++;
    const span = this.#open(visit.span, { name: `attempt ${event.attempt}`, kind: "internal", start: time });
    span.set({
      ...placeAttributes(event),
      "greentic.attempt": event.attempt,
      "greentic.component": event.target ?? event.component,
      "greentic.operation": event.operation,
    });
    const attempt = { span, visit, started: time, walk, below };
    this.#attempts.set(event.callId, attempt);
    this.#callers.set(below, attempt);
  }

  /** The visit that an attempt belongs to: its walk's, or a new one for a first attempt. */
  #visitOf(
    event: NodeStartedEvent,
    { walk, node, time }: { walk: string; node: string; time: Time },
  ): Visit {
    const current = this.#visits.get(walk);
    if (current !== undefined && current.node === node && event.attempt > 1) return current;
    if (current?.open === 0) this.#endVisit(current);
    const parent = this.#callers.get(walk)?.span ?? this.#root;
    const span = this.#open(parent, { name: `node ${event.nodeId}`, kind: "internal", start: time });
    span.set({ ...placeAttributes(event), "greentic.component": event.target ?? event.component });
    const visit: Visit = { span, node, open: 0, attempts: 0, last: null };
    this.#visits.set(walk, visit);
    return visit;
  }

  #ended(event: NodeEndedEvent | NodeFailedEvent, last: NonNullable<Visit["last"]>): void {
    const attempt = this.#attempts.get(event.callId);
    if (attempt === undefined) return;
    this.#attempts.delete(event.callId);
    attempt.span.set({
      "greentic.fuel": event.metrics.fuel,
      "greentic.memory.peak_bytes": event.metrics.memoryPeakBytes,
    });
    this.#endAttempt(attempt, last);
  }

  #endAttempt({ span, visit, started, walk, below }: Attempt, last: NonNullable<Visit["last"]>): void {
    const { time, status, error } = last;
    if (this.#callers.get(below)?.span === span) this.#callers.delete(below);
    span.set({ "greentic.node.status": status, "greentic.duration_ms": msBetween(started, time) });
    if (error !== null) fail(span, error, time);
    this.#options.ended(span.end(time));
    visit.open--;
    visit.last = last;
    // Another attempt may follow at once: the visit ends with the next, or with the run.
    if (visit.open === 0 && this.#visits.get(walk) !== visit) this.#endVisit(visit);
  }

  #endVisit({ span, attempts, last }: Visit): void {
    if (last === null) return;
    span.set({ "greentic.node.status": last.status, "greentic.attempts": attempts });
    if (last.error !== null) span.fail(last.error);
    this.#options.ended(span.end(last.time));
  }

  #called(event: HostCalledEvent, time: Time): void {
    const { name, kind, attributes } = callFacts(event);
    const span = this.#open(this.#spanOf(event.place), { name, kind, start: time });
    span.set(attributes);
    this.#calls.set(event.hostCallId, span);
  }

  #returned(event: HostReturnedEvent, time: Time): void {
    const span = this.#calls.get(event.hostCallId);
    if (span === undefined) return;
    this.#calls.delete(event.hostCallId);
    const { attributes, error } = returnFacts(event);
    span.set(attributes);
    this.#close(span, time, error);
  }

  #close(span: OpenSpan, time: Time, error: SpanError | null): void {
    if (error !== null) fail(span, error, time);
    this.#options.ended(span.end(time));
  }

  #open(parent: OpenSpan, facts: Pick<Span, "name" | "kind" | "start">): OpenSpan {
    return new OpenSpan({ ...facts, spanId: this.#options.nextSpanId(), parentId: parent.id });
  }

  #spanOf({ callId }: NodePlace): OpenSpan {
    return this.#attempts.get(callId)?.span ?? this.#root;
  }
}

/** Marks a span as failed, with the event that tells it. An answer of HTTP is no exception: it has no message. */
function fail(span: OpenSpan, error: SpanError, time: Time): void {
  const { code, message } = error;
  span.fail(error);
  if (message !== "") {
    span.add("exception", time, { "exception.type": code, "exception.message": message });
  }
}

function placeAttributes({ flowId, nodeId }: Pick<NodePlace, "flowId" | "nodeId">) {
  return { "greentic.flow.id": flowId, "greentic.node.id": nodeId };
}

/** Whole milliseconds between two moments. */
function msBetween(from: Time, to: Time): number {
  return Math.round((to[0] - from[0]) * 1e3 + (to[1] - from[1]) / 1e6);
}
