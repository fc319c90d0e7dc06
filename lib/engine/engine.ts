/**
 * Walks a flow from node to node until it ends, waits, fails or is stopped.
 * Never reads a clock, waits, draws random numbers or calls a component itself: what it needs comes in through
 * its ports, so that the same flow, input and answers give the same events.
 */

import { abortedBy } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { limitHint } from "../base/limits.ts";
import { someNames } from "../base/names.ts";
import type { Flow, FlowNode } from "../flow/flow.ts";
import { type Handlebars, loadHandlebars } from "../flow/handlebars.ts";
import { needsHandlebars } from "../flow/template.ts";
import type { Ending } from "./answer.ts";
import { endingOfCall, failed } from "./called.ts";
import { addVariables, firstVariables, parametersOf } from "./entry.ts";
import { failureOf, Fault } from "./fault.ts";
import { findTarget, type JumpTarget } from "./jump.ts";
import { type Plan, type PlanContext, planNode } from "./plan.ts";
import type { EnginePorts } from "./ports.ts";
import type { EngineResult, FlowProgram, FlowStart, RunEnding, Turn, WaitingResult } from "./program.ts";
import { checkSize } from "./size.ts";
import { checkSnapshot, savedState, type Snapshot, takeSnapshot } from "./snapshot.ts";
import { FlowState } from "./state.ts";
import { runStep } from "./step.ts";
import { Trail } from "./trail.ts";

/** Runs a flow, or resumes one. What goes wrong in the flow is a result; only a broken port rejects. */
export async function runFlow(
  program: FlowProgram,
  start: FlowStart,
  ports: EnginePorts,
): Promise<RunEnding> {
  return await new Run(program, start, ports).run();
}

/** One flow to run: the entry flow, or one that a node calls. */
interface FlowCall {
  readonly flowId: string;
  readonly input: Json;
  /** The calls that led to it, as `flow/node`. */
  readonly flowPath: readonly string[];
}

/** Where a flow is: it moves with every node, and to another flow with a jump. */
interface Position {
  flow: Flow;
  at: string;
  state: FlowState;
}

class Run {
  readonly #program: FlowProgram;
  readonly #start: FlowStart;
  readonly #ports: EnginePorts;
  readonly #mixed = new WeakMap<FlowNode, boolean>();
  readonly #parameters = new WeakMap<Flow, JsonObject>();
  readonly #store: Map<string, Json>;
  readonly #turns: Turn[] = [];
  #failedNodes: boolean;
  #handlebars: Handlebars | undefined;
  #calls = 0;
  #bytes = 0;
  #steps = 0;

  constructor(program: FlowProgram, start: FlowStart, ports: EnginePorts) {
    this.#program = program;
    this.#start = start;
    this.#ports = ports;
    this.#store = new Map(Object.entries(start.resume?.store ?? {}));
    this.#failedNodes = start.resume?.failed_nodes ?? false;
  }

  async run(): Promise<RunEnding> {
    const { flowId, input, resume, startAt, turns = [] } = this.#start;
    const result = await this.#settle(async () => {
      const position = resume === undefined
        ? this.#enter(this.#find(flowId), { input, at: startAt, called: false })
        : this.#takeUp(resume);
      return await this.#walk(position, { flowId, input, flowPath: [] });
    });
    const unused = turns.length - this.#turns.length;
    if (unused > 0 && result.status === "completed") {
      const message = `The flow ended before it asked for the last ${unused} of ${turns.length} answers`;
      this.#ports.emit({ type: "warning", code: "flow.turns", message, place: `flow ${flowId}` });
    }
    return { ...result, turns: this.#turns };
  }

  /** Runs a flow that a node calls, with a state of its own. */
  async #call(call: FlowCall): Promise<EngineResult> {
    return await this.#settle(async () => {
      const position = this.#enter(this.#find(call.flowId), { input: call.input, called: true });
      return await this.#walk(position, call);
    });
  }

  async #settle(work: () => Promise<EngineResult>): Promise<EngineResult> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault || error instanceof RunnerError)) throw error;
      return { status: "failed", failure: failureOf(error) };
    }
  }

  #enter(
    flow: Flow,
    { input, at = flow.start, called }: { input: Json; at?: string | undefined; called: boolean },
  ): Position {
    const vars = firstVariables(flow, this.#parametersOf(flow), { called });
    return { flow, at, state: new FlowState({ input, vars }) };
  }

  /** The place where a snapshot was taken. */
  #takeUp(snapshot: Snapshot): Position {
    const { input } = this.#start;
    const state = new FlowState({ input, vars: {} }, checkSnapshot(snapshot, this.#start));
    const flow = this.#find(snapshot.next_flow ?? snapshot.flow_id);
    this.#ports.emit({ type: "flow.resumed", flowId: flow.id, nodeId: snapshot.next_node, input });
    return { flow, at: snapshot.next_node, state };
  }

  #parametersOf(flow: Flow): JsonObject {
    const parameters = this.#parameters.get(flow) ?? parametersOf(flow, this.#start);
    this.#parameters.set(flow, parameters);
    return parameters;
  }

  #find(flowId: string): Flow {
    const flow = this.#program.flows.get(flowId);
    if (flow !== undefined) return flow;
    throw new Fault("flow.not_found", `flow ${this.#start.packId}:${flowId} not registered`, {
      hint: `The flows of the pack are: ${someNames(this.#program.flows.keys())}`,
    });
  }

  async #walk(position: Position, { flowPath }: FlowCall): Promise<EngineResult> {
    const trail = new Trail();
    for (;;) {
      const breath = this.#ports.breathe();
      if (breath !== undefined) await breath;
      const aborted = abortedBy(this.#ports.signal);
      if (aborted !== undefined) return aborted;
      const { flow, state } = position;
      const node = this.#nodeAt(position);
      trail.enter(node.id);
      const context = await this.#context(node, position);
      const plan = this.#takeStep(trail) ?? planNode(node, context);
      const step = await runStep(node, typeof plan === "string" ? this.#refuse(node, plan) : plan, {
        ...context,
        ports: this.#ports,
        flowId: flow.id,
        flowPath,
        nextCallId: () => `n${++this.#calls}`,
        callFlow: (called, caller) => this.#callFlow(called, [...flowPath, `${flow.id}/${caller.id}`]),
        findTarget: (jump) =>
          findTarget(jump, { flow, flows: this.#program.flows, redirects: state.redirects }),
        keep: (key, value) => this.#store.set(key, value),
      });
      if (step.failed) this.#failedNodes = true;
      switch (step.type) {
        case "to":
          position.at = step.node;
          break;
        case "jump":
          this.#jump(position, { node, target: step.target, flowPath });
          break;
        case "end":
          return this.#complete(state.reply());
        case "wait": {
          const waiting = this.#wait(position, step);
          if (flowPath.length > 0 || !this.#answer(waiting, position, node)) return waiting;
          break;
        }
        case "stop":
          return step.stopped;
      }
    }
  }

  #nodeAt({ flow, at }: Position): FlowNode {
    const node = flow.nodes.get(at);
    if (node !== undefined) return node;
    throw new Fault("flow.node_not_found", `node ${at} not found`, {
      hint: `The nodes of flow "${flow.id}" are: ${someNames(flow.nodes.keys())}`,
      place: `flow ${flow.id}`,
    });
  }

  #jump(
    position: Position,
    { node, target, flowPath }: { node: FlowNode; target: JumpTarget; flowPath: readonly string[] },
  ): void {
    const from = { flowId: position.flow.id, flowPath, nodeId: node.id };
    this.#ports.emit({ type: "flow.jumped", ...from, toFlow: target.flow.id, toNode: target.node });
    position.state.redirect(target.input);
    addVariables(target.flow, position.state);
    position.flow = target.flow;
    position.at = target.node;
  }

  #wait({ flow, state }: Position, { node, reason }: { node: string; reason: string | null }): WaitingResult {
    const { packId, flowId } = this.#start;
    const next = { flowId: flow.id, nodeId: node };
    const facts = { packId, flowId, next, store: this.#store, failedNodes: this.#failedNodes };
    return { status: "waiting", reason, output: state.emitted(), snapshot: takeSnapshot(state, facts) };
  }

  /** Goes on with the next answer of the run's turns, if there is one, just as a resumed run would. */
  #answer({ reason, output, snapshot }: WaitingResult, position: Position, node: FlowNode): boolean {
    const { turns = [] } = this.#start;
    const place = { flowId: position.flow.id, nodeId: node.id };
    this.#ports.emit({ type: "flow.waited", ...place, reason, output });
    const input = turns[this.#turns.length];
    if (input === undefined) return false;
    this.#turns.push({ reason, output, input });
    this.#ports.emit({ type: "flow.resumed", flowId: position.flow.id, nodeId: snapshot.next_node, input });
    position.at = snapshot.next_node;
    position.state = new FlowState({ input, vars: {} }, savedState(snapshot));
    return true;
  }

  #complete(output: Json): EngineResult {
    checkSize(output, "The output of the flow", this.#start.limits);
    return { status: "completed", output, failedNodes: this.#failedNodes };
  }

  async #context(node: FlowNode, { flow, state }: Position): Promise<PlanContext> {
    const mixed = this.#mixed.get(node) ?? needsHandlebars(node.kind.mapping);
    this.#mixed.set(node, mixed);
    if (mixed) this.#handlebars ??= await loadHandlebars();
    const place = `flow ${flow.id} node ${node.id}`;
    return {
      program: this.#program,
      state,
      store: this.#store,
      served: this.#ports.services !== undefined,
      parameters: this.#parametersOf(flow),
      now: this.#ports.now,
      limits: this.#start.limits,
      spend: this.#spend,
      templates: this.#start.templates,
      ...(this.#handlebars === undefined ? {} : { handlebars: this.#handlebars }),
      warn: (code, message) => this.#ports.emit({ type: "warning", code, message, place }),
    };
  }

  readonly #spend = (bytes: number): void => {
    const { maxRunBytes } = this.#start.limits;
    this.#bytes += bytes;
    if (this.#bytes <= maxRunBytes) return;
    throw new Fault(
      "limit.run_values",
      `The values of the run exceed the limit maxRunBytes of ${maxRunBytes}`,
      { hint: limitHint("maxRunBytes") },
    );
  };

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
    const result = await this.#call({ ...called, flowPath });
    return endingOfCall(flowId, result, { aborted: this.#ports.signal.aborted });
  }
}
