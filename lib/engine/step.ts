/**
 * Carries out one visit of one node: plan, start event, call, retries, route, end event.
 * Never walks on: it says where the flow goes, and the engine goes there.
 *
 * 1. Every attempt emits one `node.started` and then one `node.ended` or `node.failed`.
 * 2. The route is chosen before the end event, so that a node without a matching route is a node that failed.
 */

import { type AbortCause, abortedBy, type Failure, type Invocation, type NodePlace } from "../base/call.ts";
import type { Json } from "../base/json.ts";
import { conditionContext } from "../flow/condition.ts";
import { type FlowNode, nodeLabel } from "../flow/flow.ts";
import { chooseRoute } from "../flow/route.ts";
import { type Ending, readAnswer } from "./answer.ts";
import { failureOf, Fault } from "./fault.ts";
import type { InvokeAction, Plan, PlanContext } from "./plan.ts";
import type { EnginePorts } from "./ports.ts";
import type { StoppedResult } from "./program.ts";
import { retryDelay } from "./retry.ts";
import { checkSize } from "./size.ts";

/** What a visit needs beside the node. */
export interface StepContext extends PlanContext {
  readonly ports: EnginePorts;
  /** The flow, and the calls that led to it. */
  readonly flowId: string;
  readonly flowPath: readonly string[];
  /** Gives the next call id of the run. */
  readonly nextCallId: () => string;
  /** Runs another flow for a `flow.call` node and ends as the node does. */
  readonly callFlow: (call: { flowId: string; input: Json }, node: FlowNode) => Promise<Ending>;
}

/** How a visit ended: where to go, with the reason of a node that waits; or that the run stops here. */
export type StepResult =
  | { readonly type: "to"; readonly node: string }
  | { readonly type: "end" }
  | { readonly type: "wait"; readonly node: string; readonly reason: string | null }
  | { readonly type: "stop"; readonly stopped: StoppedResult };

/** Carries out a planned node, with its retries. */
export async function runStep(node: FlowNode, plan: Plan, context: StepContext): Promise<StepResult> {
  for (let attempt = 1;; attempt++) {
    const { flowId, flowPath, ports } = context;
    const place: NodePlace = { callId: context.nextCallId(), flowId, flowPath, nodeId: node.id, attempt };
    const component = nodeLabel(node.kind);
    ports.emit({ type: "node.started", ...place, component, ...aim(node, plan), payload: plan.payload });
    const ending = await perform(node, plan, { context, place });
    const settled = ending.status === "ok" ? settle(node, plan, { ending, context }) : ending;
    if (settled.status === "ok") {
      ports.emit({
        type: "node.ended",
        ...place,
        component,
        output: settled.output,
        metrics: settled.metrics,
      });
      return settled.next;
    }
    const { status, failure, metrics } = settled;
    ports.emit({ type: "node.failed", ...place, component, status, failure, metrics });
    const delay = settled.said === undefined
      ? undefined
      : retryDelay(failure, { attempt, said: settled.said });
    if (delay === undefined) return stop(status === "error" ? "failed" : status, failure, node);
    const aborted = await pause(delay, ports);
    if (aborted !== undefined) return stop(aborted.status, aborted.failure, node);
  }
}

function stop(status: StoppedResult["status"], failure: Failure, node: FlowNode): StepResult {
  return { type: "stop", stopped: { status, failure, nodeId: node.id } };
}

/** What a start event says about the callee. */
function aim(node: FlowNode, { action }: Plan): { target?: string; operation?: string } {
  const { kind } = node;
  if (action.type === "invoke") {
    const indirect = action.via === "provider" || (kind.type === "component" && kind.exec);
    return { ...(indirect ? { target: action.component } : {}), operation: action.operation };
  }
  return kind.type === "component" && kind.exec ? { target: kind.component } : {};
}

async function perform(
  node: FlowNode,
  { payload, action }: Plan,
  { context, place }: { context: StepContext; place: NodePlace },
): Promise<Ending> {
  switch (action.type) {
    case "fail":
      return { status: "error", failure: action.failure, metrics: {} };
    case "emit":
      if (action.log) context.ports.emit({ type: "log", place, stream: "log", ...logText(payload) });
      return { status: "ok", output: payload, metrics: {} };
    case "wait":
      return { status: "ok", output: payload, metrics: {} };
    case "flow":
      return await context.callFlow(action, node);
    case "invoke":
      return await invoke(action, { context, place });
  }
}

function logText(payload: Json): { text: string; fields?: Json } {
  if (typeof payload === "string") return { text: payload };
  const message = typeof payload === "object" && payload !== null && "message" in payload
    ? payload.message
    : undefined;
  return { text: typeof message === "string" ? message : JSON.stringify(payload), fields: payload };
}

async function invoke(
  action: InvokeAction,
  { context, place }: { context: StepContext; place: NodePlace },
): Promise<Ending> {
  const { invoker, signal } = context.ports;
  const { via, component, operation, input } = action;
  const call: Invocation = {
    ...place,
    via,
    component,
    operation,
    input,
    // Read only by those who call components that want it: copying all nodes for each step is not linear.
    get state(): Json {
      return context.state.forComponents();
    },
  };
  const ending = await invoker.invoke(call, signal).then(
    (outcome) => readAnswer(action, outcome, context),
    (error): Ending => ({ status: "error", failure: failureOf(error), metrics: {} }),
  );
  const cause = ending.status === "ok" ? undefined : abortedBy(signal);
  return cause === undefined ? ending : { ...cause, metrics: ending.metrics };
}

/** Checks the output of a node that did its work, remembers it, and chooses the route. */
function settle(
  node: FlowNode,
  { action }: Plan,
  { ending, context }: { ending: Ending & { status: "ok" }; context: StepContext },
): (Ending & { status: "ok"; next: StepResult }) | Exclude<Ending, { status: "ok" }> {
  const { output, metrics } = ending;
  const { state } = context;
  try {
    checkSize(output, `The output of node "${node.id}"`, context.limits);
    state.record(node.id, output, action.type === "emit" ? (action.log ? "log" : "reply") : "no");
    return { ...ending, next: next(node, { action, output, context }) };
  } catch (error) {
    return { status: "error", failure: failureOf(error), metrics };
  }
}

function next(
  node: FlowNode,
  { action, output, context }: { action: Plan["action"]; output: Json; context: StepContext },
): StepResult {
  const { state } = context;
  const route = chooseRoute(node.routing, {
    output,
    context: () => conditionContext(output, { entry: state.entry, node: state.outputs }),
  });
  if (action.type === "wait") {
    if (route.type === "to") return { type: "wait", node: route.node, reason: action.reason };
    throw new Fault("flow.wait_route", `session.wait node ${node.id} requires a non-empty route`, {
      hint: "Route it to the node that takes the answer",
    });
  }
  if (route.type !== "none") return route;
  throw new Fault(
    "flow.no_route",
    `No route of node "${node.id}" matches its output with status "${route.status}"`,
    {
      hint: "Add a route without a status or condition as the default",
    },
  );
}

/** Waits between two attempts; gives the cause when the run ends meanwhile. */
async function pause(delay: number, ports: EnginePorts): Promise<AbortCause | undefined> {
  try {
    await ports.sleep(delay, ports.signal);
  } catch (error) {
    if (!ports.signal.aborted) throw error;
  }
  return abortedBy(ports.signal);
}
