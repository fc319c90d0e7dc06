/**
 * What unwinds a guest, and the failure that is made of it: what happened, to which component, what to do.
 * Never decides that a guest must stop.
 */

import type { Failure } from "../base/call.ts";
import { messageOf } from "../base/errors.ts";
import { limitHint } from "../base/limits.ts";
import type { StopReason } from "./bridge.ts";
import type { GuestCall } from "./messages.ts";
import { GuestExit } from "./wasi.ts";

/** Unwinds a guest that must stop. */
export class GuestStop extends Error {
  /** Why. */
  readonly reason: StopReason;

  /** Notes why the guest must stop. */
  constructor(reason: StopReason) {
    super(`Guest was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Unwinds a guest with the failure of its node: its host ended the call, or its answer cannot be taken. */
export class GuestFault extends Error {
  /** What to record. */
  readonly failure: Failure;

  /** Wraps a failure. */
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The failure of a value above the limit. */
export function tooLarge(what: string, limit: number): Failure {
  return {
    code: "limit.value",
    message: `${what} exceeds the limit maxValueBytes of ${limit}`,
    hint: limitHint("maxValueBytes"),
  };
}

/** What is known of a guest that was unwound. */
export interface Scene {
  readonly call: GuestCall;
  /** Whether it was refused memory. */
  readonly growRefused: boolean;
  /** The end of its standard error. */
  readonly stderr: string;
}

/** How a guest ended that did not answer. */
export interface GuestEnding {
  readonly status: "error" | "timed_out" | "cancelled";
  readonly failure: Failure;
}

/** Turns what unwound the guest into a failure that says what to do. */
export function explain(error: unknown, { call, growRefused, stderr }: Scene): GuestEnding {
  if (error instanceof GuestStop) return stopped(error.reason, call);
  if (error instanceof GuestFault) return { status: "error", failure: error.failure };
  const failure = trapFailure(error, call, growRefused);
  if (stderr === "") return { status: "error", failure };
  const causes = [...(failure.causes ?? []), `Guest wrote to standard error: ${stderr}`];
  const hint = failure.hint ??
    "The component is at fault: its whole standard error is among the logs of the run";
  return { status: "error", failure: { ...failure, causes, hint } };
}

function stopped(reason: StopReason, { budgetMs, place }: GuestCall): GuestEnding {
  if (reason === "cancelled") {
    return {
      status: "cancelled",
      failure: { code: "node.cancelled", message: `Node "${place.nodeId}" was cancelled` },
    };
  }
  const failure: Failure = {
    code: "node.timeout",
    message: `Node "${place.nodeId}" exceeds the limit nodeTimeoutMs of ${Math.round(budgetMs)}`,
    hint: limitHint("nodeTimeoutMs"),
  };
  return { status: "timed_out", failure };
}

function trapFailure(error: unknown, { component }: GuestCall, growRefused: boolean): Failure {
  const message = messageOf(error);
  const who = `Component "${component}"`;
  if (error instanceof GuestExit) {
    return { code: "trap.exit", message: `${who} called exit`, causes: [message] };
  }
  const outOfRange = error instanceof RangeError;
  if (outOfRange && /call stack/i.test(message)) {
    return { code: "trap.stack", message: `${who} recursed too deeply`, causes: [message] };
  }
  const outOfMemory = outOfRange && /allocation failed|invalid (?:array|string) length/i.test(message);
  if (outOfMemory || (error instanceof WebAssembly.RuntimeError && growRefused)) {
    return {
      code: "limit.memory",
      message: `${who} was refused memory above the limit maxMemoryBytes, then trapped`,
      hint: limitHint("maxMemoryBytes"),
      causes: [message],
    };
  }
  if (!(error instanceof WebAssembly.RuntimeError)) {
    return { code: "component.invalid", message: `${who} does not fit its world`, causes: [message] };
  }
  const code = /unreachable/.test(message) ? "trap.unreachable" : "trap.other";
  return { code, message: `${who} trapped: ${message}` };
}
