/**
 * Reads the nodes of a flow as authors and older packers wrote it: one component key per node with routing
 * beside it, or the older `component`, `payload_expr`, `routes`.
 * Never runs half of a dialect: constructs that no runner executes are refused by name.
 */

import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
} from "../base/json.ts";
import type { FlowSource } from "../base/flow_source.ts";
import { businessInput, EXEC, isBuiltIn, type RawNode } from "./kind.ts";
import type { Report } from "./report.ts";

/** Names beside the component key that say something about the node. */
const SIBLINGS: ReadonlySet<string> = new Set([
  ...["routing", "routes", "telemetry", "output", "annotations", "meta", "operation", "pack_alias"],
  ...["retry", "timeout", "when", "route", "after", "redaction", "payload_expr"],
]);
/** Siblings that would change what the flow does, and that nobody executes. */
const REFUSED_SIBLINGS = ["when", "route", "retry", "timeout"];
/** Siblings that are known to be without effect. */
const IDLE_SIBLINGS = ["after", "redaction", "output"];
const REFUSED_EXPRESSION = /\$\{\s*(?:inputs|in|parameters)\.[^}$]*\}/;
const BARE_EXPRESSION = /^(?:inputs|in|parameters)\.[A-Za-z_]\w*(?:\.\w+)*$/;

/** The nodes of an authored flow, by id in sorted order unless the source has one; faults are reported and their nodes left out. */
export function readAuthored({ document, resolved, order }: FlowSource, report: Report): RawNode[] {
  for (const construct of ["steps", "edges"]) {
    if (member(document, construct) !== undefined) refuse(construct, report);
  }
  const nodes = member(document, "nodes");
  if (isArray(nodes) && nodes.length > 0) refuse("nodes as a list", report);
  if (!isObject(nodes)) return [];
  const ids = order ?? Object.keys(nodes).sort(compareCodePoints);
  return ids.flatMap((id) => {
    const node = member(nodes, id);
    if (node === undefined) return [];
    return readNode(id, node, { report, component: resolved?.get(id) }) ?? [];
  });
}

function refuse(construct: string, report: Report, node?: string): void {
  report.error("flow.invalid", `The construct "${construct}" is not executed by any runner of these flows`, {
    ...(node === undefined ? {} : { node }),
    hint: "Write nodes as a map from id to node, each with its component and routing",
  });
}

/** Reads one node; `component` is the one that it was resolved to, if any. */
function readNode(
  id: string,
  node: Json,
  { report, component }: { report: Report; component: string | undefined },
): RawNode | undefined {
  if (!isObject(node)) {
    report.error("flow.invalid", "The node is no object", { node: id });
    return undefined;
  }
  for (const name of REFUSED_SIBLINGS) if (Object.hasOwn(node, name)) refuse(name, report, id);
  for (const name of IDLE_SIBLINGS) {
    if (isIdle(node, name)) report.warning("flow.invalid", `"${name}" has no effect on a node`, { node: id });
  }
  const named = componentOf(node);
  if (named === undefined) {
    report.error("flow.invalid", `missing component for node \`${id}\``, {
      node: id,
      hint: "The packer dropped it; the flow's YAML file may still have it",
    });
    return undefined;
  }
  const expression = findText(named.value, REFUSED_EXPRESSION);
  if (expression !== undefined) refuse(expression, report, id);
  const bare = findText(named.value, BARE_EXPRESSION);
  if (bare !== undefined) {
    report.warning("template.syntax", `"${bare}" is passed on as plain text`, {
      node: id,
      hint: "Write {{entry.…}} to insert a field of the run's input",
    });
  }
  const routing = member(node, "routing") ?? member(node, "routes") ?? null;
  const operation = stringMember(node, "operation");
  const call = component === undefined || isBuiltIn(named.key)
    ? normalise(named, operation)
    : resolvedCall(named, component, operation);
  return { id, ...call, routing };
}

function isIdle(node: JsonObject, name: string): boolean {
  const value = member(node, name);
  return value !== undefined && value !== null && !(isObject(value) && Object.keys(value).length === 0);
}

/** A component key with its value. */
interface Named {
  readonly key: string;
  readonly value: Json;
}

function componentOf(node: JsonObject): Named | undefined {
  const component = stringMember(node, "component");
  if (component !== undefined) {
    return { key: component, value: member(node, "payload_expr") ?? member(node, "payload") ?? {} };
  }
  const [key] = Object.keys(node).filter((name) => !SIBLINGS.has(name)).sort(compareCodePoints);
  return key === undefined ? undefined : { key, value: node[key] ?? null };
}

/** Turns a component key and its value into the model's component, operation and mapping. */
function normalise({ key, value }: Named, operation: string | undefined): Omit<RawNode, "id" | "routing"> {
  if (isBuiltIn(key)) return { component: key, mapping: value };
  const target = stringMember(value, "component") ?? stringMember(value, "component_ref") ?? key;
  const fallback = target.startsWith("templating.") ? "render" : "invoke";
  const named = stringMember(value, "op") ?? stringMember(value, "operation") ?? operation ?? fallback;
  const config = member(value, "config");
  const mapping = {
    ...(target === EXEC ? {} : { component: target }),
    operation: named,
    input: businessInput(value),
    ...(config === undefined ? {} : { config }),
  };
  return { component: EXEC, mapping };
}

/** The call of a node whose component is known from elsewhere: its key is the operation, unless it names the component. */
function resolvedCall(
  named: Named,
  component: string,
  operation: string | undefined,
): Omit<RawNode, "id" | "routing"> {
  if (named.key === component) return normalise(named, operation);
  if (named.key === EXEC) {
    const { mapping } = normalise(named, operation);
    const target = stringMember(mapping, "component") ?? component;
    return { component: EXEC, mapping: isObject(mapping) ? { ...mapping, component: target } : mapping };
  }
  return { component: EXEC, mapping: { component, operation: named.key, input: named.value } };
}

/** The first text within a value's strings that a pattern finds. */
function findText(value: Json, pattern: RegExp): string | undefined {
  if (typeof value === "string") return pattern.exec(value)?.[0];
  const items = isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const item of items) {
    const found = findText(item, pattern);
    if (found !== undefined) return found;
  }
  return undefined;
}
