/**
 * What unwinds a guest, and the failure that is made of it: what happened, to which component, what to do.
 * Never decides that a guest must stop.
 */

import type { Failure } from "../base/call.ts";
import { type ErrorCode, messageOf } from "../base/errors.ts";
import { limitFailure, limitHint, type LimitName, type Limits } from "../base/limits.ts";
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
export function tooLarge(what: string, limits: Limits): Failure {
  return limitFailure("limit.value", "maxValueBytes", limits, what);
}

/** The failure of a component that holds more resources than it may, be they of WASI or its own. */
export function tooManyResources(limits: Limits): Failure {
  const what = "The number of resources that the component holds";
  return limitFailure("limit.handles", "maxHandles", limits, what);
}

/** What is known of a guest that was unwound. */
export interface Scene {
  readonly call: GuestCall;
  /** What it was refused more of. */
  readonly growRefused: "memory" | "table" | null;
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

function stopped(reason: StopReason, { limits, place }: GuestCall): GuestEnding {
  if (reason === "cancelled") {
    return {
      status: "cancelled",
      failure: { code: "node.cancelled", message: `Node "${place.nodeId}" was cancelled` },
    };
  }
  const failure = limitFailure("node.timeout", "nodeTimeoutMs", limits, `Node "${place.nodeId}"`);
  return { status: "timed_out", failure };
}

function trapFailure(
  error: unknown,
  { component, limits }: GuestCall,
  growRefused: Scene["growRefused"],
): Failure {
  const message = messageOf(error);
  const who = `Component "${component}"`;
  if (error instanceof GuestExit) {
    const how = error.code > 1 ? ` with code ${error.code}` : "";
    return { code: "trap.exit", message: `${who} called exit${how}`, causes: [message] };
  }
  const outOfRange = error instanceof RangeError;
  if (outOfRange && /call stack/i.test(message)) {
    return { code: "trap.stack", message: `${who} recursed too deeply`, causes: [message] };
  }
  const outOfMemory = outOfRange && /allocation failed|invalid (?:array|string) length/i.test(message);
  const trapped = error instanceof WebAssembly.RuntimeError;
  function wanted(what: string, code: ErrorCode, limit: LimitName): Failure {
    const than = `more ${what} than the limit ${limit} of ${limits[limit]}`;
    return { code, message: `${who} wanted ${than}, and trapped`, hint: limitHint(limit), causes: [message] };
  }
  if (outOfMemory || (trapped && growRefused === "memory")) {
    return wanted("memory", "limit.memory", "maxMemoryBytes");
  }
  if (trapped && growRefused === "table") {
    return wanted("elements of a table", "limit.table", "maxTableElements");
  }
  if (!trapped) {
    return { code: "component.invalid", message: `${who} does not fit its world`, causes: [message] };
  }
  return { code: trapCode(message), message: `${who} trapped: ${message}` };
}

/** The kinds of traps, by what V8 says of them. */
const TRAPS: readonly (readonly [ErrorCode, RegExp])[] = [
  ["trap.unreachable", /unreachable/],
  ["trap.arithmetic", /divide|remainder|unrepresentable/],
  ["trap.memory", /memory access|data segment/],
  ["trap.table", /table|null function|signature mismatch|element segment/],
];

function trapCode(message: string): ErrorCode {
  return TRAPS.find(([, pattern]) => pattern.test(message))?.[0] ?? "trap.other";
}
