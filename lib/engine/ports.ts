/** What the engine needs from outside. Only types: whoever runs the engine brings the rest. */

import type { Invocation, NodePlace, Outcome } from "../base/call.ts";
import type { Emit } from "../base/events.ts";
import type { ServiceCall } from "../flow/service.ts";

/** Calls components. */
export interface NodeInvoker {
  /**
   * Carries out one call. What a guest does wrong is an outcome; a rejection is a broken host. Must settle soon
   * after the signal is aborted: the engine waits for it, so that every host call ends before its node does.
   */
  invoke(call: Invocation, signal: AbortSignal): Promise<Outcome>;
}

/** Answers nodes that need another service. */
export interface Services {
  /** Carries out one call, and records it. The same holds for it as for calls of components. */
  call(request: ServiceCall, place: NodePlace, signal: AbortSignal): Promise<Outcome>;
}

/** Everything that the engine reaches outside of itself. */
export interface EnginePorts {
  /** Calls components. */
  readonly invoker: NodeInvoker;
  /** Answers nodes that need another service. @default nobody: such nodes fail */
  readonly services?: Services;
  /** Takes every event the moment it happens. */
  readonly emit: Emit;
  /** Tells the time to templates that name `now`. */
  readonly now: () => Date;
  /** Waits between two attempts; settles at once when the signal is aborted, in either way. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /**
   * Lets timers and signals have their turn when they have waited for long; undefined when they have not. Asked before
   * every step, since a flow without components would otherwise never give them one.
   */
  readonly breathe: () => Promise<void> | undefined;
  /** Ends the run; its reason is an `AbortCause`. */
  readonly signal: AbortSignal;
}
