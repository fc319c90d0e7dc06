/**
 * Reads the nodes of a compiled flow: the model of the manifest in its JSON form.
 * Never interprets what a node does.
 */

import type { FlowSource } from "../base/flow_source.ts";
import { isArray, isObject, type Json, member, stringMember } from "../base/json.ts";
import type { ReadNode } from "./kind.ts";
import type { Report } from "./report.ts";

/** The nodes of a compiled flow in order; faults are reported and their nodes left out. */
export function readCompiled({ document, order }: FlowSource, report: Report): ReadNode[] {
  const nodes = member(document, "nodes");
  const listed: [string | undefined, Json][] = isArray(nodes)
    ? nodes.map((node) => [stringMember(node, "id"), node])
    : (order ?? Object.keys(isObject(nodes) ? nodes : {})).map((id) => [id, member(nodes, id) ?? null]);
  if (!isArray(nodes) && !isObject(nodes)) report.error("flow.invalid", "The flow has no nodes");
  return listed.flatMap(([id, node]) => readNode(id, node, report) ?? []);
}

function readNode(id: string | undefined, node: Json, report: Report): ReadNode | undefined {
  const routing = member(node, "routing") ?? null;
  const written = member(node, "component");
  const component = typeof written === "string" ? written : stringMember(written, "id");
  if (id === undefined) {
    report.error("flow.invalid", "A node has no id");
    return undefined;
  }
  if (component === undefined) {
    report.error("flow.no_component", `missing component for node \`${id}\``, {
      node: id,
      hint: "Build the pack again from the flow's source",
    });
    return { id, routing };
  }
  const output = member(member(node, "output"), "mapping");
  if (isObject(output) && Object.keys(output).length > 0) {
    report.warning("flow.invalid", `"output" has no effect on a node`, { node: id });
  }
  const operation = stringMember(written, "operation") ?? stringMember(node, "operation");
  return {
    id,
    component,
    ...(operation === undefined || operation.trim() === "" ? {} : { operation: operation.trim() }),
    mapping: member(member(node, "input"), "mapping") ?? null,
    routing,
  };
}
