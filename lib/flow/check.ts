/**
 * Checks the graph of a flow: every target exists, and waiting nodes can go on. What needs other flows is checked when
 * they are linked.
 * Never changes the flow.
 */

import { type Flow, targetsOf } from "./flow.ts";
import type { Report } from "./report.ts";

/** Reports what is wrong with a flow's graph. `declared` are the ids of all nodes, also of faulty ones. */
export function checkGraph(flow: Flow, report: Report, declared: ReadonlySet<string>): void {
  if (!declared.has(flow.start)) {
    report.error("flow.node_not_found", `node ${flow.start} not found`, {
      hint: `The start of the flow is one of: ${some([...declared])}`,
    });
  }
  for (const { id, kind, routing } of flow.nodes.values()) {
    const targets = targetsOf(routing);
    for (const target of new Set(targets)) {
      if (declared.has(target)) continue;
      report.error("flow.node_not_found", `Missing node '${target}' referenced in routing from '${id}'`, {
        node: id,
        hint: `The nodes of the flow are: ${some([...declared])}`,
      });
    }
    if (kind.type === "wait" && targets.length === 0 && !report.isFaulty(id)) {
      report.error("flow.wait_route", `session.wait node ${id} requires a non-empty route`, {
        node: id,
        hint: "Route it to the node that takes the answer",
      });
    }
  }
}

function some(ids: readonly string[]): string {
  return ids.slice(0, 8).join(", ") + (ids.length > 8 ? `, … (${ids.length})` : "");
}
