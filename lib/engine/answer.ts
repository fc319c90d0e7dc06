/**
 * Turns what a component answered into a node's output or failure: the rule for component errors, and the maps
 * of providers. Never decides about retries.
 */

import type { CallMetrics, Failure, Outcome } from "../base/call.ts";
import { isObject, type Json, member, stringMember } from "../base/json.ts";
import { type Control, readControl } from "./control.ts";
import { failureOf } from "./fault.ts";
import { type InvokeAction, type PlanContext, renderMap } from "./plan.ts";

/** How one attempt at a node ended. */
export type Ending =
  | {
    readonly status: "ok";
    readonly output: Json;
    readonly metrics: CallMetrics;
    /** What a component asks the flow for, instead of the order of its routes. */
    readonly control?: Control;
  }
  | {
    readonly status: "error" | "timed_out" | "cancelled";
    readonly failure: Failure;
    readonly metrics: CallMetrics;
    /** What the callee said went wrong, for the retry rule; absent when trying again is out of the question. */
    readonly said?: string;
  };

/** Reads the outcome of a call. */
export function readAnswer(action: InvokeAction, outcome: Outcome, context: PlanContext): Ending {
  const { metrics } = outcome;
  if (outcome.status !== "ok") {
    const { status, failure } = outcome;
    const mapped = mapError(
      action,
      { failure, error: { code: failure.code, message: failure.message } },
      context,
    );
    // The name of a component or node says nothing about what went wrong with it.
    const said = failure.message.replace(/"[^"]*"/g, "");
    return { status, failure: mapped, metrics, ...(status === "error" ? { said } : {}) };
  }
  const error = componentError(outcome.output);
  if (error !== undefined) {
    const code = stringMember(error, "code") ?? "component_error";
    const said = `${code}: ${stringMember(error, "message") ?? "component reported error"}`;
    const failure = describeError(error, { code, message: `component ${action.component} failed: ${said}` });
    return { status: "error", failure: mapError(action, { failure, error }, context), metrics, said };
  }
  const map = action.maps?.out ?? null;
  try {
    const control = action.via === "component" ? readControl(outcome.output) : undefined;
    if (control !== undefined) return { status: "ok", ...controlled(control), metrics };
    if (map === null) return { status: "ok", output: outcome.output, metrics };
    const values = { input: outcome.output, result: outcome.output };
    return { status: "ok", output: renderMap("out_map", { map, values }, context), metrics };
  } catch (thrown) {
    return { status: "error", failure: failureOf(thrown), metrics };
  }
}

/** What is recorded of a component that steers the flow: what it hands on, or its reply. */
function controlled(control: Control): { output: Json; control: Control } {
  return { output: control.type === "jump" ? control.jump.input : control.reply, control };
}

/** The error in an output of the form `{ok: false, error: {…}}`. */
function componentError(output: Json): Json | undefined {
  const error = member(output, "error");
  return member(output, "ok") === false && isObject(error) ? error : undefined;
}

const REPORTED_HINT =
  'transcript.jsonl has what the component was given; a route with "status: error" takes its failures';

function describeError(error: Json, base: { code: string; message: string }): Failure {
  const retryable = member(error, "retryable");
  const backoff = member(error, "backoff_ms");
  const details = member(error, "details");
  return {
    ...base,
    reported: true,
    hint: REPORTED_HINT,
    ...(typeof retryable === "boolean" ? { retryable } : {}),
    ...(typeof backoff === "number" && backoff >= 0 ? { backoffMs: backoff } : {}),
    ...(details === undefined ? {} : { details }),
  };
}

/**
 * Applies a provider's `err_map`: what it gives becomes the failure's details, its `code` and `message` the
 * failure's own.
 */
function mapError(
  action: InvokeAction,
  { failure, error }: { failure: Failure; error: Json },
  context: PlanContext,
): Failure {
  const map = action.maps?.err ?? null;
  if (map === null) return failure;
  const result = { ok: false, error };
  try {
    const mapped = renderMap("err_map", { map, values: { input: result, result, error } }, context);
    const message = stringMember(mapped, "message");
    return {
      ...failure,
      code: stringMember(mapped, "code") ?? failure.code,
      ...(message === undefined ? {} : { message, causes: [failure.message, ...(failure.causes ?? [])] }),
      details: mapped,
    };
  } catch (thrown) {
    const problem = failureOf(thrown);
    context.warn(problem.code, problem.message);
    return failure;
  }
}
