/** What the record of a run says of the flows that it can reach: their nodes and routes. */

import { flowNamed, jumpOf } from "./flow/callee.ts";
import type { Flow, FlowNode, NodeKind, Routing } from "./flow/flow.ts";
import { asksForFailures } from "./flow/route.ts";
import { inspectFlow } from "./inspect_flow.ts";
import type { RecordedCall, RecordedFlow, RecordedNode, RecordedRoute } from "./record/flows_json.ts";

/** A flow as its run records it. */
export function recordedFlow(flow: Flow): RecordedFlow {
  const { id, start } = flow;
  const nodes = inspectFlow(id, flow).nodes.flatMap((inspected): RecordedNode[] => {
    const node = flow.nodes.get(inspected.id);
    const { id, component, target, operation } = inspected;
    return node === undefined ? [] : [{ id, component, target, operation, ...leads(node) }];
  });
  return { id, start, nodes };
}

function leads({ kind, routing }: FlowNode): Pick<RecordedNode, "routes" | "calls"> {
  const calls = callOf(kind);
  // A jump does not come back: its routes are those of its failures.
  return { routes: calls?.returns === false && routing.type === "end" ? [] : routesOf(routing), calls };
}

function callOf(kind: NodeKind): RecordedCall | null {
  const jump = jumpOf(kind);
  if (jump !== undefined) return { returns: false, flow: jump.flow ?? null, node: jump.node ?? null };
  if (kind.type !== "flow_call") return null;
  return { returns: true, flow: flowNamed(kind.mapping) ?? null, node: null };
}

function routesOf(routing: Routing): RecordedRoute[] {
  switch (routing.type) {
    case "next":
      return [{ to: routing.to, on: [], failure: false }];
    case "end":
      return [{ to: null, on: [], failure: false }];
    case "branch":
      return [
        ...Array.from(
          routing.onStatus,
          ([status, to]) => ({ to, on: [status], failure: asksForFailures({ status }) }),
        ),
        ...(routing.default === undefined ? [] : [{ to: routing.default, on: [], failure: false }]),
      ];
    case "custom":
      return routing.entries.map((entry) => ({
        to: entry.to ?? null,
        on: [entry.status, entry.event, entry.condition?.text].filter((guard) => guard !== undefined),
        failure: asksForFailures(entry),
      }));
  }
}
