/** What the engine needs from outside. Only types and one reader: whoever runs the engine brings the rest. */

import type { Failure, Invocation, Outcome } from "../base/call.ts";
import type { Emit } from "../base/events.ts";

/** Calls components. */
export interface NodeInvoker {
  /**
   * Carries out one call. What a guest does wrong is an outcome; a rejection is a broken host. Must settle soon
   * after the signal is aborted: the engine waits for it, so that every host call ends before its node does.
   */
  invoke(call: Invocation, signal: AbortSignal): Promise<Outcome>;
}

/** Everything that the engine reaches outside of itself. */
export interface EnginePorts {
  /** Calls components. */
  readonly invoker: NodeInvoker;
  /** Takes every event the moment it happens. */
  readonly emit: Emit;
  /** Waits between two attempts; settles at once when the signal is aborted, in either way. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the run; its reason is an {@linkcode AbortCause}. */
  readonly signal: AbortSignal;
}

/** Why a run is ended from outside: the `reason` of the signal. */
export interface AbortCause {
  /** How the running node, and the run, end. */
  readonly status: "cancelled" | "timed_out";
  /** The failure of both. */
  readonly failure: Failure;
}

/** The cause of an aborted signal, or undefined while the run may go on. */
export function abortCause(signal: AbortSignal): AbortCause | undefined {
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  if (isAbortCause(reason)) return reason;
  return { status: "cancelled", failure: { code: "run.cancelled", message: "The run was interrupted" } };
}

function isAbortCause(reason: unknown): reason is AbortCause {
  return typeof reason === "object" && reason !== null && "status" in reason && "failure" in reason &&
    (reason.status === "cancelled" || reason.status === "timed_out") &&
    typeof reason.failure === "object" && reason.failure !== null;
}
