/**
 * Everything that can happen in a run, as a union on `type`. Engine, component host, capabilities and
 * verification emit these; the recorder stamps them with time and writes them down.
 *
 * 1. Every `node.started` has exactly one `node.ended` or `node.failed` with the same `callId`.
 * 2. Every `host.called` has exactly one `host.returned` with the same `hostCallId`.
 * 3. Events are emitted synchronously where the fact happens; their order is the order of facts.
 */

import type { CallMetrics, Failure, NodePlace } from "./call.ts";
import type { Json } from "./json.ts";
import type { Verdict } from "./verdict.ts";

/** A verification check was carried out. */
export interface VerifyEvent {
  /** Tells the events apart. */
  readonly type: "verify";
  /** What the check said. */
  readonly verdict: Verdict;
}

/** A node was entered, with its rendered payload. */
export interface NodeStartedEvent extends NodePlace {
  /** Tells the events apart. */
  readonly type: "node.started";
  /** The node's kind or component, as the reference names it in transcripts. */
  readonly component: string;
  /** The component that a `component.exec` or `provider.invoke` node calls in the end. */
  readonly target?: string;
  /** The operation, for nodes that have one. */
  readonly operation?: string;
  /** The rendered payload; as authored when it could not be rendered. */
  readonly payload: Json;
}

/** A node gave its output. */
export interface NodeEndedEvent extends NodePlace {
  /** Tells the events apart. */
  readonly type: "node.ended";
  /** The node's kind or component. */
  readonly component: string;
  /** The output. */
  readonly output: Json;
  /** What the call cost. */
  readonly metrics: CallMetrics;
}

/** A node failed, ran out of time, or was stopped. */
export interface NodeFailedEvent extends NodePlace {
  /** Tells the events apart. */
  readonly type: "node.failed";
  /** The node's kind or component. */
  readonly component: string;
  /** How it ended. */
  readonly status: "error" | "timed_out" | "cancelled";
  /** Why. */
  readonly failure: Failure;
  /** What the call cost. */
  readonly metrics: CallMetrics;
}

/** A guest called the host. */
export interface HostCalledEvent {
  /** Tells the events apart. */
  readonly type: "host.called";
  /** Unique within the run. */
  readonly hostCallId: string;
  /** The node on whose behalf the guest runs. */
  readonly place: NodePlace;
  /** The capability: `http`, `secrets`, `state`, `telemetry`, `kv`, `control`, … */
  readonly capability: string;
  /** `interface#function`. */
  readonly call: string;
  /** What was asked, without secret values. */
  readonly inputs: Json;
}

/** The host answered a guest. */
export interface HostReturnedEvent {
  /** Tells the events apart. */
  readonly type: "host.returned";
  /** The call that is answered. */
  readonly hostCallId: string;
  /** The node on whose behalf the guest runs. */
  readonly place: NodePlace;
  /** The capability. */
  readonly capability: string;
  /** `interface#function`. */
  readonly call: string;
  /** How the call went. */
  readonly status: "ok" | "error" | "denied" | "cancelled";
  /** Who answered: `mock`, `real`, `refuse`. */
  readonly provider: string;
  /** What was answered, without secret values. */
  readonly outputs: Json;
}

/** A node or a guest said something. */
export interface LogEvent {
  /** Tells the events apart. */
  readonly type: "log";
  /** The node that spoke, or on whose behalf the guest runs. */
  readonly place: NodePlace;
  /** Where it was said: the guest's streams, `emit.log`, or the telemetry import. */
  readonly stream: "stdout" | "stderr" | "log" | "telemetry";
  /** What was said. */
  readonly text: string;
  /** What was said beside, as data. */
  readonly fields?: Json;
}

/** A flow left the order of its routes: `flow.goto`, or a component that asked for it. */
export interface FlowJumpedEvent {
  /** Tells the events apart. */
  readonly type: "flow.jumped";
  /** The flow that was left. */
  readonly flowId: string;
  /** The nodes through which it was called. */
  readonly flowPath: readonly string[];
  /** The node that jumped. */
  readonly nodeId: string;
  /** The flow that goes on. */
  readonly toFlow: string;
  /** Its node that goes on. */
  readonly toNode: string;
}

/** A flow waits for input. */
export interface FlowWaitedEvent {
  /** Tells the events apart. */
  readonly type: "flow.waited";
  /** The flow. */
  readonly flowId: string;
  /** The node that waits. */
  readonly nodeId: string;
  /** Why, in the flow's words. */
  readonly reason: string | null;
  /** What emit nodes sent since the run began or was answered, or null. */
  readonly output: Json;
}

/** A flow got the input that it waited for and goes on. */
export interface FlowResumedEvent {
  /** Tells the events apart. */
  readonly type: "flow.resumed";
  /** The flow. */
  readonly flowId: string;
  /** The node that takes the input. */
  readonly nodeId: string;
  /** The input. */
  readonly input: Json;
}

/** Something is odd, and the run goes on. */
export interface WarningEvent {
  /** Tells the events apart. */
  readonly type: "warning";
  /** The stable code. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** Where. */
  readonly place?: string;
}

/** Anything that can happen in a run. */
export type RunEvent =
  | VerifyEvent
  | NodeStartedEvent
  | NodeEndedEvent
  | NodeFailedEvent
  | HostCalledEvent
  | HostReturnedEvent
  | LogEvent
  | FlowJumpedEvent
  | FlowWaitedEvent
  | FlowResumedEvent
  | WarningEvent;

/** Takes an event the moment it happens. */
export type Emit = (event: RunEvent) => void;
