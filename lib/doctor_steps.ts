/**
 * What can be told of the steps of a run before it: whether it takes too many, or calls flows too deep, whatever its nodes
 * answer. Never runs a node.
 *
 * Followed is only where every run goes: from a node with one route to the next, into the flow that a node calls by its
 * name. What comes behind a component is not certain, since it may jump or answer at once; nor is what comes behind a
 * wait, a jump, or a choice of routes.
 */

import type { Limits } from "./base/limits.ts";
import type { FlowProgram } from "./engine/program.ts";
import { flowNamed, isOpen } from "./flow/callee.ts";
import type { Flow, FlowNode } from "./flow/flow.ts";
import { takesFailures } from "./flow/route.ts";

/** What is certain of every run. */
export interface CertainSteps {
  /** How many steps are certain, the one that is too many included. */
  readonly steps: number;
  /** The limit that every run exceeds, and the node at which; null when none is certain. */
  readonly exceeded: { readonly limit: "maxSteps" | "maxCallDepth"; readonly place: string } | null;
  /** The first node that calls a component, when every run comes to it and no route takes its failure; null otherwise. */
  readonly calling: FlowNode | null;
}

/** Most steps that are followed: a flow that goes in circles would be followed to a limit that was raised at will. */
export const MAX_FOLLOWED = 1_000_000;

interface Frame {
  readonly flow: Flow;
  node: FlowNode;
}

/** Follows a flow as far as every run of it goes. */
export function certainSteps(
  { flows }: Pick<FlowProgram, "flows">,
  start: { readonly flow: Flow; readonly startAt: string },
  { maxSteps, maxCallDepth }: Pick<Limits, "maxSteps" | "maxCallDepth">,
): CertainSteps {
  const first = start.flow.nodes.get(start.startAt);
  if (first === undefined) return { steps: 0, ...UNCERTAIN };
  // The flows that call each other, the entry flow first.
  const frames: Frame[] = [{ flow: start.flow, node: first }];
  // Whether a node that called one of them takes failures: behind it nothing is certain any more.
  let taken = false;
  for (let steps = 1; steps <= MAX_FOLLOWED; steps++) {
    const here = frames.at(-1)!;
    const { flow, node } = here;
    const place = `flow ${flow.id} node ${node.id}`;
    if (steps > maxSteps) return { steps, exceeded: { limit: "maxSteps", place }, calling: null };
    if (node.kind.type === "component" || node.kind.type === "provider") {
      const calling = taken || takesFailures(node.routing) ? null : node;
      return { steps, exceeded: null, calling };
    }
    const called = calledFlow(node, flows);
    if (called !== undefined) {
      taken ||= takesFailures(node.routing);
      if (frames.length > maxCallDepth) {
        return { steps, exceeded: taken ? null : { limit: "maxCallDepth", place }, calling: null };
      }
      const inner = called.nodes.get(called.start);
      if (inner === undefined) return { steps, ...UNCERTAIN };
      frames.push({ flow: called, node: inner });
      continue;
    }
    if (!isPlain(node) || !goOn(frames)) return { steps, ...UNCERTAIN };
  }
  return { steps: MAX_FOLLOWED, ...UNCERTAIN };
}

const UNCERTAIN = { exceeded: null, calling: null } as const;

/** Kinds that do what they are told, and then the flow takes their route. */
const PLAIN: readonly FlowNode["kind"]["type"][] = ["emit", "var_set", "state_get", "state_set"];

function isPlain({ kind }: FlowNode): boolean {
  return PLAIN.includes(kind.type);
}

/** The flow that a node calls, when its name is known and it is there. */
function calledFlow({ kind }: FlowNode, flows: ReadonlyMap<string, Flow>): Flow | undefined {
  if (kind.type !== "flow_call") return undefined;
  const name = flowNamed(kind.mapping);
  return name === undefined || isOpen(name) ? undefined : flows.get(name);
}

/** Goes to the node behind the one that has ended, in the flows that called this one where it has ended, too. */
function goOn(frames: Frame[]): boolean {
  for (let here = frames.at(-1); here !== undefined; here = frames.at(-1)) {
    const { routing } = here.node;
    if (routing.type === "next") {
      const next = here.flow.nodes.get(routing.to);
      if (next !== undefined) here.node = next;
      return next !== undefined;
    }
    if (routing.type !== "end") return false;
    frames.pop();
  }
  return false;
}

/** How deep flows call each other by their names at the most, as far as they do not do so in a circle. */
export function deepestCalls({ flows }: Pick<FlowProgram, "flows">, entry: Flow): number {
  const known = new Map<string, number>();
  // Flows that are looked into, so that a circle ends there; a stack, since they may call deeper than functions can.
  const open = new Set([entry.id]);
  const stack = [{ flow: entry, calls: callsOf(entry, flows) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.calls.find(({ id }) => !known.has(id) && !open.has(id));
    if (next !== undefined) {
      open.add(next.id);
      stack.push({ flow: next, calls: callsOf(next, flows) });
      continue;
    }
    known.set(top.flow.id, top.calls.reduce((most, { id }) => Math.max(most, (known.get(id) ?? -1) + 1), 0));
    open.delete(top.flow.id);
    stack.pop();
  }
  return known.get(entry.id) ?? 0;
}

function callsOf({ nodes }: Flow, flows: ReadonlyMap<string, Flow>): Flow[] {
  return [...nodes.values()].flatMap((node) => calledFlow(node, flows) ?? []);
}
