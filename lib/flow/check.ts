/**
 * Checks the graph of a flow: every target exists, waiting nodes can go on, every node can be reached from its start,
 * an entrypoint or a jump.
 * Never changes the flow.
 */

import { stringMember } from "../base/json.ts";
import { type Flow, type FlowNode, targetsOf } from "./flow.ts";
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
  if (!report.failed) warnUnreachable(flow, report);
}

function warnUnreachable(flow: Flow, report: Report): void {
  const entrypoints = Object.values(flow.entrypoints).filter((value) => typeof value === "string");
  const reached = new Set<string>([flow.start, ...entrypoints]);
  for (const id of reached) {
    const node = flow.nodes.get(id);
    for (const target of node === undefined ? [] : leadsTo(node)) reached.add(target);
  }
  const left = [...flow.nodes.keys()].filter((id) => !reached.has(id));
  if (left.length === 0) return;
  report.warning("flow.routing", `No route leads to ${some(left)}`, {
    hint: `Route to them, or start elsewhere than at "${flow.start}"`,
  });
}

/** Where a node leads to, as far as that is written in the flow. */
function leadsTo({ kind, routing }: FlowNode): string[] {
  const jump = kind.type === "goto" ? stringMember(kind.mapping, "node") : undefined;
  return [...targetsOf(routing), ...(jump === undefined ? [] : [jump])];
}

function some(ids: readonly string[]): string {
  return ids.slice(0, 8).join(", ") + (ids.length > 8 ? `, … (${ids.length})` : "");
}
