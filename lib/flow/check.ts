/**
 * Checks the graph of a flow: every target exists, and waiting nodes can go on. What needs other flows is checked when
 * they are linked.
 * Never changes the flow.
 */

import { isArray, type Json } from "../base/json.ts";
import { someNames } from "../base/names.ts";
import { type Flow, type Routing, targetsOf } from "./flow.ts";
import type { Report } from "./report.ts";
import { leadsOn } from "./route.ts";

/** Where a node goes on: checked, and as it is written. */
export interface ReadRouting {
  readonly routing: Routing;
  readonly written: Json;
}

/** Reports routes that lead nowhere, also those of nodes that have another fault. */
export function checkTargets(
  routings: ReadonlyMap<string, ReadRouting>,
  { declared, report }: Pick<GraphContext, "declared" | "report">,
): void {
  for (const [id, { routing, written }] of routings) {
    for (const target of new Set(targetsOf(routing))) {
      if (declared.has(target)) continue;
      report.error("flow.node_not_found", `Missing node '${target}' referenced in routing from '${id}'`, {
        node: id,
        hint: `The nodes of the flow are: ${someNames(declared)}`,
        at: ["routing", ...pathTo(written, target) ?? []],
      });
    }
  }
}

/** The keys that lead to a text in what an author wrote as routing, the first of several. */
function pathTo(written: Json, target: string): (string | number)[] | undefined {
  if (written === target) return [];
  if (typeof written !== "object" || written === null) return undefined;
  for (const [key, value] of Object.entries(written)) {
    // What is compared or asked for may be called as a node is.
    if (["status", "condition", "event"].includes(key)) continue;
    const below = pathTo(value, target);
    if (below !== undefined) return [isArray(written) ? Number(key) : key, ...below];
  }
  return undefined;
}

/** What a graph is checked with. */
export interface GraphContext {
  readonly report: Report;
  /** The ids of all nodes, also of faulty ones. */
  readonly declared: ReadonlySet<string>;
  /** The keys under which the document names the start. */
  readonly startAt: readonly string[];
}

/** Reports what is wrong with a flow's graph. */
export function checkGraph(flow: Flow, { report, declared, startAt }: GraphContext): void {
  const hint = `The nodes of the flow are: ${someNames(declared)}`;
  if (!declared.has(flow.start)) {
    report.error("flow.node_not_found", `node ${flow.start} not found`, { hint, at: startAt });
  }
  for (const [name, target] of Object.entries(flow.entrypoints)) {
    if (name === "default" || typeof target !== "string" || declared.has(target)) continue;
    report.warning("flow.node_not_found", `Entrypoint "${name}" names node "${target}", which is not there`, {
      hint,
      at: ["entrypoints", name],
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
