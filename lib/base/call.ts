/**
 * The values that cross between the engine, the component host and the capabilities.
 * Plain data only: everything here can be posted to a worker or written to a transcript.
 */

import { type ErrorCode, messageChain, RunnerError } from "./errors.ts";
import type { Json } from "./json.ts";

/** Where in a run something happens. */
export interface NodePlace {
  /** Unique within the run: one attempt at one visit of one node. */
  readonly callId: string;
  /** The flow that the node belongs to. */
  readonly flowId: string;
  /** The nodes through which this flow was called, as `flow/node`; empty in the entry flow. */
  readonly flowPath: readonly string[];
  /** The node. */
  readonly nodeId: string;
  /** Attempt at this visit of the node, from 1. */
  readonly attempt: number;
}

/** One call of a component that the engine asks for. */
export interface Invocation extends NodePlace {
  /** `component` for component nodes, `provider` for `provider.invoke`. */
  readonly via: "component" | "provider";
  /** The component's id in the pack. */
  readonly component: string;
  /** The operation. */
  readonly operation: string;
  /** Asks the component to describe itself instead of carrying out the operation. @default {false} */
  readonly describe?: boolean;
  /** The rendered input. */
  readonly input: Json;
  /** The flow state that node 0.4 components find under `state` in their input. */
  readonly state: Json;
}

/** What a call cost, as far as it could be measured. */
export interface CallMetrics {
  /** Metered units: loop iterations, recursive calls and bulk bytes / 64. */
  readonly fuel?: number;
  /** Largest linear memory, in bytes. */
  readonly memoryPeakBytes?: number;
}

/** Why a node or a run failed. */
export interface Failure {
  /** The stable code, or the code that a component gave. */
  readonly code: ErrorCode | string;
  /** One sentence. */
  readonly message: string;
  /** What to type or change to get further. */
  readonly hint?: string;
  /** Where it happened, such as `flow main node greet`. */
  readonly place?: string;
  /** The messages behind this one, outermost first. */
  readonly causes?: readonly string[];
  /** What the component or the host knew beside. */
  readonly details?: Json;
  /** Whether trying again may help, when the component said so. */
  readonly retryable?: boolean;
  /** How long to wait before trying again, in milliseconds, when the component said so. */
  readonly backoffMs?: number;
  /** Whether the code is the component's own: it may look like one of ours. */
  readonly reported?: boolean;
}

/** What came of a call. Failures of guests are values, not exceptions. */
export type Outcome =
  | { readonly status: "ok"; readonly output: Json; readonly metrics: CallMetrics }
  | {
    readonly status: "error" | "timed_out" | "cancelled";
    readonly failure: Failure;
    readonly metrics: CallMetrics;
  };

/** A value that a host function takes or gives, in the mapping that jco uses for WIT types. */
export type WitValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly WitValue[]
  | { readonly [field: string]: WitValue };

/** One call from a guest to the host. */
export interface HostCall {
  /** The node on whose behalf the guest runs. */
  readonly place: NodePlace;
  /** The interface with its version, such as `greentic:http/http-client@1.1.0`. */
  readonly interface: string;
  /** The function, such as `send`. */
  readonly fn: string;
  /** The arguments. */
  readonly args: readonly WitValue[];
}

/**
 * The host's answer. `ok` returns a value, `err` is the error of a WIT `result`, `abort` ends the guest's
 * call: the node fails with this failure.
 */
export type HostReply =
  | { readonly type: "ok"; readonly value: WitValue }
  | { readonly type: "err"; readonly error: WitValue }
  | { readonly type: "abort"; readonly failure: Failure };

/** Why work was stopped from outside: the `reason` of every abort signal that the runner hands down. */
export interface AbortCause {
  /** Whether a limit of time ran out or somebody cancelled. */
  readonly status: "timed_out" | "cancelled";
  /** What to record for the node and the run. */
  readonly failure: Failure;
}

/** Why a signal was aborted, or undefined while it was not. */
export function abortedBy(signal: AbortSignal): AbortCause | undefined {
  return signal.aborted ? abortCause(signal.reason) : undefined;
}

/** The cause behind the reason of an aborted signal; a foreign reason counts as a cancellation. */
export function abortCause(reason: unknown): AbortCause {
  if (isAbortCause(reason)) return reason;
  const causes = reason === undefined ? {} : { causes: messageChain(reason) };
  return { status: "cancelled", failure: { code: "run.cancelled", message: "Run was cancelled", ...causes } };
}

function isAbortCause(reason: unknown): reason is AbortCause {
  return typeof reason === "object" && reason !== null && "status" in reason && "failure" in reason &&
    (reason.status === "cancelled" || reason.status === "timed_out") &&
    typeof reason.failure === "object" && reason.failure !== null;
}

/** Whatever was thrown, as a failure: code, message, hint and the messages behind it. */
export function failureOfError(error: unknown): Failure {
  const [message = "", ...chain] = messageChain(error);
  const causes = [...(error instanceof RunnerError ? error.rows ?? [] : []), ...chain];
  return {
    code: error instanceof RunnerError ? error.code : "internal",
    message,
    ...(error instanceof RunnerError && error.hint !== undefined ? { hint: error.hint } : {}),
    ...(error instanceof RunnerError && error.place !== undefined ? { place: error.place } : {}),
    ...(causes.length === 0 ? {} : { causes }),
  };
}
