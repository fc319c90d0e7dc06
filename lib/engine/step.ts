/**
 * Carries out one visit of one node: plan, start event, call, retries, route, end event.
 * Never walks on: it says where the flow goes, and the engine goes there.
 *
 * 1. Every attempt emits one `node.started` and then one `node.ended` or `node.failed`.
 * 2. The route is chosen before the end event, so that a node without a matching route is a node that failed.
 * 3. A failure that a route takes is told like any other, and then the flow goes on. The end of the whole run, by its
 *    signal, its number of steps or its values, is taken by no route, nor is a wait that leads nowhere.
 */

import {
  type AbortCause,
  abortedBy,
  type Failure,
  type Invocation,
  type NodePlace,
  type Outcome,
} from "../base/call.ts";
import { usualHint } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { conditionContext } from "../flow/condition.ts";
import { type FlowNode, nodeLabel } from "../flow/flow.ts";
import { chooseRoute, type NodeEnding, type RouteInput, takesFailures } from "../flow/route.ts";
import { type Ending, readAnswer } from "./answer.ts";
import type { Control, Jump } from "./control.ts";
import { failureOf, Fault } from "./fault.ts";
import type { JumpTarget } from "./jump.ts";
import type { InvokeAction, Plan, PlanContext } from "./plan.ts";
import type { EnginePorts } from "./ports.ts";
import type { StoppedResult } from "./program.ts";
import { retryDelay } from "./retry.ts";
import { checkSize } from "./size.ts";
import type { Emitted } from "./state.ts";

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
  /** Finds where a jump leads; throws a `Fault` when it leads nowhere. */
  readonly findTarget: (jump: Jump) => JumpTarget;
  /** Keeps a value in the run's store. */
  readonly keep: (key: string, value: Json) => void;
}

/** How a visit ended: where to go, with the reason of a node that waits; or that the run stops here. */
export type StepResult =
  | { readonly type: "to"; readonly node: string }
  | { readonly type: "end" }
  | { readonly type: "jump"; readonly target: JumpTarget }
  | { readonly type: "wait"; readonly node: string; readonly reason: string | null }
  | { readonly type: "stop"; readonly stopped: StoppedResult };

/** Where a visit leads, and whether a route took a failure on the way there. */
export type Step = StepResult & { readonly failed?: boolean };

/** Carries out a planned node, with its retries. */
export async function runStep(node: FlowNode, plan: Plan, context: StepContext): Promise<Step> {
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
    const { status, metrics } = settled;
    const { hint = usualHint(settled.failure.code), ...told } = settled.failure;
    const failure: Failure = {
      ...told,
      ...(hint === undefined ? {} : { hint }),
      place: told.place ?? placeText(place),
    };
    ports.emit({ type: "node.failed", ...place, component, status, failure, metrics });
    const delay = settled.said === undefined
      ? undefined
      : retryDelay(failure, { attempt, said: settled.said });
    if (delay === undefined) {
      return handle(node, { status, failure }, context) ??
        stop(status === "error" ? "failed" : status, failure, node);
    }
    const aborted = await pause(delay, ports);
    if (aborted !== undefined) return stop(aborted.status, aborted.failure, node);
  }
}

function stop(status: StoppedResult["status"], failure: Failure, node: FlowNode): StepResult {
  return { type: "stop", stopped: { status, failure, nodeId: node.id } };
}

/** A node in the words of a message: `flow main node greet`, after the calls that led there. */
function placeText({ flowId, flowPath, nodeId }: NodePlace): string {
  return [...flowPath, `flow ${flowId} node ${nodeId}`].join(" > ");
}

/** Failures of the flow itself, which none of its routes takes. */
const FINAL: ReadonlySet<string> = new Set(["flow.max_steps", "flow.wait_route", "limit.run_values"]);

/** Takes a failure to the route that asks for it, or gives undefined when there is none. */
function handle(
  node: FlowNode,
  { status, failure }: { status: "error" | "timed_out" | "cancelled"; failure: Failure },
  context: StepContext,
): Step | undefined {
  const { state, ports } = context;
  const final = FINAL.has(failure.code) && failure.reported !== true;
  if (final || status === "cancelled" || ports.signal.aborted || !takesFailures(node.routing)) {
    return undefined;
  }
  const payload = failurePayload(failure);
  state.recordFailure(node.id, payload);
  const route = chooseRoute(node.routing, routeInput(status, payload, context));
  return route.type === "none" ? undefined : { ...route, failed: true };
}

/** A failure as the nodes after it see it: the shape in which components report errors. */
function failurePayload({ code, message, retryable, details }: Failure): JsonObject {
  return {
    ok: false,
    error: {
      code,
      message,
      ...(retryable === undefined ? {} : { retryable }),
      ...(details === undefined ? {} : { details }),
    },
  };
}

function routeInput(ending: NodeEnding, output: Json, { state, parameters }: StepContext): RouteInput {
  const { entry, input, outputs: node } = state;
  const more = { parameters, vars: state.vars, state: state.shown };
  // A large output would take its time for each route anew.
  const contexts = new Map<string, JsonObject>();
  return {
    ending,
    output,
    context: (event) => {
      const context = contexts.get(event) ??
        conditionContext(output, { entry, input, node, event, more });
      contexts.set(event, context);
      return context;
    },
  };
}

/** What a start event says about the callee. */
function aim(node: FlowNode, { action }: Plan): { target?: string; operation?: string } {
  const { kind } = node;
  if (action.type === "invoke") {
    const indirect = action.via !== "component" || (kind.type === "component" && kind.exec);
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
    case "jump":
      return { status: "ok", output: action.jump.input, metrics: {} };
    case "value":
      return { status: "ok", output: action.output, metrics: {} };
    case "assign":
      if (action.to === "var") context.state.setVar(action.name, action.value);
      else context.keep(action.name, action.value);
      return { status: "ok", output: action.output, metrics: {} };
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
  const ending = await ask(action, { context, place }).then(
    (outcome) => readAnswer(action, outcome, context),
    (error): Ending => ({ status: "error", failure: failureOf(error), metrics: {} }),
  );
  const cause = ending.status === "ok" ? undefined : abortedBy(context.ports.signal);
  return cause === undefined ? ending : { ...cause, metrics: ending.metrics };
}

function ask(
  { via, component, operation, input }: InvokeAction,
  { context, place }: { context: StepContext; place: NodePlace },
): Promise<Outcome> {
  const { invoker, services, signal } = context.ports;
  if (via === "service") {
    // Such a call is only planned where there are services.
    return services!.call({ tool: component, action: operation, arguments: input }, place, signal);
  }
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
  return invoker.invoke(call, signal);
}

/** Checks the output of a node that did its work, remembers it, and chooses the route. */
function settle(
  node: FlowNode,
  { action }: Plan,
  { ending, context }: { ending: Ending & { status: "ok" }; context: StepContext },
): (Ending & { status: "ok"; next: StepResult }) | Exclude<Ending, { status: "ok" }> {
  const { output, control, metrics } = ending;
  const { state } = context;
  try {
    context.spend(checkSize(output, `The output of node "${node.id}"`, context.limits));
    const jump = action.type === "jump" ? action.jump : control?.type === "jump" ? control.jump : undefined;
    const target = jump === undefined ? undefined : context.findTarget(jump);
    state.record(node.id, output, {
      emitted: emittedBy(action, control),
      meta: control?.type === "jump" ? control.hints : null,
    });
    if (target !== undefined) return { ...ending, next: { type: "jump", target } };
    if (control?.type === "respond") return { ...ending, next: { type: "end" } };
    return { ...ending, next: next(node, { action, output, context }) };
  } catch (error) {
    return { status: "error", failure: failureOf(error), metrics };
  }
}

function emittedBy(action: Plan["action"], control: Control | undefined): Emitted {
  if (control?.type === "respond") return "reply";
  if (action.type === "emit") return action.log ? "log" : "reply";
  return "no";
}

function next(
  node: FlowNode,
  { action, output, context }: { action: Plan["action"]; output: Json; context: StepContext },
): StepResult {
  const route = chooseRoute(node.routing, routeInput("ok", output, context));
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
