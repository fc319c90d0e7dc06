/** Tells what a flow contains: its nodes, what they call, and where they go on. */

import { type Json, stringMember } from "./base/json.ts";
import { isOpen, jumpOf } from "./flow/callee.ts";
import { type Flow, type FlowNode, type NodeKind, nodeLabel, type Routing } from "./flow/flow.ts";

/** One node of a flow. */
export interface NodeInspection {
  /** The node's id. */
  readonly id: string;
  /** Its kind or component. */
  readonly component: string;
  /** The component called in the end, when `component` is only a kind. */
  readonly target: string | null;
  /** The operation that is called, when the node names one. */
  readonly operation: string | null;
  /** Where it goes on, in words: `-> next`, `ok -> a, else -> b`, `jumps to flow other node a`, `end`. */
  readonly routing: string;
}

/** One flow. */
export interface FlowInspection {
  /** The flow's id. */
  readonly id: string;
  /** Its kind, or null when it cannot be read. */
  readonly kind: string | null;
  /** Where it starts, or null when it cannot be read. */
  readonly start: string | null;
  /** Its nodes in order. */
  readonly nodes: readonly NodeInspection[];
}

/** What a flow contains; `flow` is undefined when it cannot be read. */
export function inspectFlow(
  id: string,
  flow: Pick<Flow, "kind" | "start" | "nodes"> | undefined,
): FlowInspection {
  if (flow === undefined) return { id, kind: null, start: null, nodes: [] };
  return { id, kind: flow.kind, start: flow.start, nodes: Array.from(flow.nodes.values(), inspectNode) };
}

function inspectNode({ id, kind, routing }: FlowNode): NodeInspection {
  const called = kind.type === "component" ? kind : null;
  return {
    id,
    component: nodeLabel(kind),
    target: called?.exec === true ? called.component : null,
    operation: called?.operation ??
      (called !== null || kind.type === "provider" ? operationOf(kind.mapping) : null),
    routing: goesOn(kind, routing),
  };
}

/** Where a node goes on, in words. The routes of one that jumps are those of its failures. */
function goesOn(kind: NodeKind, routing: Routing): string {
  const jump = jumpOf(kind);
  if (jump === undefined) return routingText(routing);
  const where = Object.entries(jump).map(([what, name]) => `${what} ${name}`);
  const jumps = `jumps to ${where.join(" ")}`;
  return routing.type === "end" ? jumps : `${jumps}, ${routingText(routing)}`;
}

/** The operation that a mapping names, unless only the run will tell. */
function operationOf(mapping: Json): string | null {
  const named = stringMember(mapping, "operation") ?? stringMember(mapping, "op") ?? null;
  return named !== null && isOpen(named) ? null : named;
}

function routingText(routing: Routing): string {
  switch (routing.type) {
    case "next":
      return `-> ${routing.to}`;
    case "end":
      return "end";
    case "branch": {
      const cases = [...routing.onStatus].map(([status, to]) => `${status} -> ${to}`);
      return [...cases, ...(routing.default === undefined ? [] : [`else -> ${routing.default}`])].join(", ");
    }
    case "custom":
      return routing.entries.map((entry) => {
        const guard = entry.status ?? entry.event ?? entry.condition?.text ?? "else";
        return `${guard} -> ${entry.to ?? "end"}`;
      }).join(", ");
  }
}
