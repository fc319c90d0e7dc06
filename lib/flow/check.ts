/**
 * Checks the graph of a flow: every target exists, and waiting nodes can go on. What needs other flows is checked when
 * they are linked.
 * Never changes the flow.
 */

import { someNames } from "../base/names.ts";
import { type Flow, type Routing, targetsOf } from "./flow.ts";
import type { Report } from "./report.ts";
import { leadsOn } from "./route.ts";

/** Reports routes that lead nowhere, also those of nodes that have another fault. */
export function checkTargets(
  routings: ReadonlyMap<string, Routing>,
  { declared, report }: { declared: ReadonlySet<string>; report: Report },
): void {
  for (const [id, routing] of routings) {
    for (const target of new Set(targetsOf(routing))) {
      if (declared.has(target)) continue;
      report.error("flow.node_not_found", `Missing node '${target}' referenced in routing from '${id}'`, {
        node: id,
        hint: `The nodes of the flow are: ${someNames(declared)}`,
      });
    }
  }
}

/** Reports what is wrong with a flow's graph. `declared` are the ids of all nodes, also of faulty ones. */
export function checkGraph(flow: Flow, report: Report, declared: ReadonlySet<string>): void {
  const hint = `The nodes of the flow are: ${someNames(declared)}`;
  if (!declared.has(flow.start)) {
    report.error("flow.node_not_found", `node ${flow.start} not found`, { hint });
  }
  for (const [name, target] of Object.entries(flow.entrypoints)) {
    if (name === "default" || typeof target !== "string" || declared.has(target)) continue;
    report.warning("flow.node_not_found", `Entrypoint "${name}" names node "${target}", which is not there`, {
      hint,
    });
  }
  for (const { id, kind, routing } of flow.nodes.values()) {
    if (kind.type !== "wait" || leadsOn(routing) || report.isFaulty(id)) continue;
    report.error("flow.wait_route", `session.wait node ${id} requires a non-empty route`, {
      node: id,
      hint: "Route it to the node that takes the answer",
    });
  }
}
