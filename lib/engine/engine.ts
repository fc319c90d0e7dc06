/**
 * Walks a flow from node to node until it ends, waits, fails or is stopped.
 * Never reads a clock, waits, draws random numbers or calls a component itself: what it needs comes in through
 * its ports, so that the same flow, input and answers give the same events.
 */

import { RunnerError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { limitHint } from "../base/limits.ts";
import type { Flow, FlowNode } from "../flow/flow.ts";
import { type Handlebars, loadHandlebars } from "../flow/handlebars.ts";
import { needsHandlebars } from "../flow/template.ts";
import type { Ending } from "./answer.ts";
import { failureOf, Fault, someNames } from "./fault.ts";
import { type Plan, type PlanContext, planNode } from "./plan.ts";
import type { EnginePorts } from "./ports.ts";
import type { EngineResult, FlowProgram, FlowStart, StoppedResult } from "./program.ts";
import { abortedBy } from "../base/call.ts";
import { checkSize } from "./size.ts";
import { checkSnapshot, type Snapshot, takeSnapshot } from "./snapshot.ts";
import { FlowState } from "./state.ts";
import { runStep } from "./step.ts";
import { Trail } from "./trail.ts";

/** Runs a flow, or resumes one. What goes wrong in the flow is a result; only a broken port rejects. */
export async function runFlow(
  program: FlowProgram,
  start: FlowStart,
  ports: EnginePorts,
): Promise<EngineResult> {
  const { flowId, input, resume } = start;
  return await new Run(program, start, ports).flow({
    flowId,
    input,
    flowPath: [],
    ...(resume && { resume }),
  });
}

/** One flow to run: the entry flow, or one that a node calls. */
interface FlowCall {
  readonly flowId: string;
  readonly input: Json;
  /** The calls that led to it, as `flow/node`. */
  readonly flowPath: readonly string[];
  readonly resume?: Snapshot;
}

class Run {
  readonly #program: FlowProgram;
  readonly #start: FlowStart;
  readonly #ports: EnginePorts;
  readonly #mixed = new WeakMap<FlowNode, boolean>();
  #handlebars: Handlebars | undefined;
  #calls = 0;
  #steps = 0;

  constructor(program: FlowProgram, start: FlowStart, ports: EnginePorts) {
    this.#program = program;
    this.#start = start;
    this.#ports = ports;
  }

  /** Runs one flow with a state of its own. */
  async flow(call: FlowCall): Promise<EngineResult> {
    try {
      const flow = this.#find(call.flowId);
      const saved = call.resume === undefined ? undefined : checkSnapshot(call.resume, this.#start);
      const state = new FlowState(call.input, saved);
      return await this.#walk(flow, call, { state, at: call.resume?.next_node ?? flow.start });
    } catch (error) {
      if (!(error instanceof Fault || error instanceof RunnerError)) throw error;
      return { status: "failed", failure: failureOf(error) };
    }
  }

  #find(flowId: string): Flow {
    const flow = this.#program.flows.get(flowId);
    if (flow !== undefined) return flow;
    throw new Fault("flow.not_found", `flow ${this.#start.packId}:${flowId} not registered`, {
      hint: `The flows of the pack are: ${someNames(this.#program.flows.keys())}`,
    });
  }

  async #walk(flow: Flow, call: FlowCall, from: { state: FlowState; at: string }): Promise<EngineResult> {
    const { state } = from;
    const trail = new Trail();
    for (let at = from.at;;) {
      const aborted = abortedBy(this.#ports.signal);
      if (aborted !== undefined) return aborted;
      const node = flow.nodes.get(at);
      if (node === undefined) {
        throw new Fault("flow.node_not_found", `node ${at} not found`, {
          hint: `The nodes of flow "${flow.id}" are: ${someNames(flow.nodes.keys())}`,
        });
      }
      trail.enter(node.id);
      const context = await this.#context(node, { state, place: `${flow.id} ${node.id}` });
      const plan = this.#takeStep(trail) ?? planNode(node, context);
      const result = await runStep(node, typeof plan === "string" ? this.#refuse(node, plan) : plan, {
        ...context,
        ports: this.#ports,
        flowId: flow.id,
        flowPath: call.flowPath,
        nextCallId: () => `n${++this.#calls}`,
        callFlow: (called, caller) => this.#callFlow(called, [...call.flowPath, `${flow.id}/${caller.id}`]),
      });
      switch (result.type) {
        case "to":
          at = result.node;
          break;
        case "end":
          return this.#complete(state.reply());
        case "wait": {
          const { packId } = this.#start;
          const snapshot = takeSnapshot(state, { packId, flowId: flow.id, nextNode: result.node });
          return { status: "waiting", reason: result.reason, output: state.emitted(), snapshot };
        }
        case "stop":
          return result.stopped;
      }
    }
  }

  #complete(output: Json): EngineResult {
    checkSize(output, "The output of the flow", this.#start.limits);
    return { status: "completed", output, failedNodes: false };
  }

  async #context(
    node: FlowNode,
    { state, place }: { state: FlowState; place: string },
  ): Promise<PlanContext> {
    const mixed = this.#mixed.get(node) ?? needsHandlebars(node.kind.mapping);
    this.#mixed.set(node, mixed);
    if (mixed) this.#handlebars ??= await loadHandlebars();
    return {
      program: this.#program,
      state,
      limits: this.#start.limits,
      templates: this.#start.templates,
      ...(this.#handlebars === undefined ? {} : { handlebars: this.#handlebars }),
      warn: (code, message) => this.#ports.emit({ type: "warning", code, message, place }),
    };
  }

  /** Counts a step; says what is wrong when there are none left. */
  #takeStep(trail: Trail): string | undefined {
    const { maxSteps } = this.#start.limits;
    if (++this.#steps <= maxSteps) return undefined;
    const cycle = trail.cycle();
    return `The run exceeds the limit maxSteps of ${maxSteps}` +
      (cycle === undefined ? "" : `: the flow goes in circles ${cycle}`);
  }

  #refuse(node: FlowNode, message: string): Plan {
    const failure = { code: "flow.max_steps", message, hint: limitHint("maxSteps") };
    return { payload: node.kind.mapping, action: { type: "fail", failure } };
  }

  async #callFlow(called: { flowId: string; input: Json }, flowPath: readonly string[]): Promise<Ending> {
    const { flowId } = called;
    const { maxCallDepth } = this.#start.limits;
    if (flowPath.length > maxCallDepth) {
      const message = `The call of flow "${flowId}" exceeds the limit maxCallDepth of ${maxCallDepth}: ` +
        flowPath.slice(-4).join(" → ");
      return failed({ code: "flow.max_depth", message, hint: limitHint("maxCallDepth") });
    }
    const result = await this.flow({ ...called, flowPath });
    switch (result.status) {
      case "completed":
        return { status: "ok", output: result.output, metrics: {} };
      case "waiting": {
        const reason = result.reason === null ? "None" : `Some(${JSON.stringify(result.reason)})`;
        const message = `flow.call cannot pause (flow ${flowId} waiting ${reason})`;
        return failed({ code: "flow.call_waits", message, hint: "Wait in the flow that runs start with" });
      }
      default:
        return this.#wrap(flowId, result);
    }
  }

  /** The ending of a node whose flow stopped. A run that is stopped from outside keeps its cause as it is. */
  #wrap(flowId: string, { status, failure }: StoppedResult): Ending {
    if (this.#ports.signal.aborted) {
      return { status: status === "failed" ? "error" : status, failure, metrics: {} };
    }
    const causes = [failure.message, ...(failure.causes ?? [])];
    const { code, hint, details } = failure;
    return {
      status: status === "failed" ? "error" : status,
      failure: {
        code,
        message: `flow.call failed for ${flowId}`,
        ...(hint === undefined ? {} : { hint }),
        causes,
        ...(details === undefined ? {} : { details }),
      },
      metrics: {},
    };
  }
}

function failed(failure: { code: string; message: string; hint: string }): Ending {
  return { status: "error", failure, metrics: {} };
}
