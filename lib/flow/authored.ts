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
  ...["retry", "timeout", "when", "route", "after", "redaction", "payload_expr", "conversational"],
  ...["in_map", "out_map", "err_map"],
]);
/** Siblings that would change what the flow does, and that nobody executes. */
const REFUSED_SIBLINGS = ["when", "route", "retry", "timeout"];
/** Siblings that are known to be without effect. */
const IDLE_SIBLINGS = ["after", "redaction", "output", "conversational"];
/** Siblings that map what goes into a node and what comes out of it. */
const MAP_SIBLINGS = ["in_map", "out_map", "err_map"];
/** The node kind that takes maps in its payload. */
const PROVIDER = "provider.invoke";
const REFUSED_EXPRESSION = /\$\{\s*(?:inputs|in|parameters)\.[^}$]*\}/;
const BARE_EXPRESSION = /^(?:inputs|in|parameters)\.[A-Za-z_]\w*(?:\.\w+)*$/;

/**
 * The nodes of an authored flow, in the order of the source, or sorted by id where it has none; faults are reported
 * and their nodes left out. A source that knows its author's order is held to the rules for authors.
 */
export function readAuthored({ document, resolved, order }: FlowSource, report: Report): RawNode[] {
  for (const construct of ["steps", "edges"]) {
    if (member(document, construct) !== undefined) refuse(construct, report);
  }
  const nodes = member(document, "nodes");
  if (isArray(nodes) && nodes.length > 0) refuse("nodes as a list", report);
  if (!isObject(nodes)) return [];
  const ids = order ?? Object.keys(nodes).sort(compareCodePoints);
  // In the first version of the language a key is a component, never an operation of one that is named elsewhere.
  const known = member(document, "schema_version") === 1 ? undefined : resolved;
  return ids.flatMap((id) => {
    const node = member(nodes, id);
    if (node === undefined) return [];
    return readNode(id, node, { report, component: known?.get(id), strict: order !== undefined }) ?? [];
  });
}

function refuse(construct: string, report: Report, node?: string): void {
  report.error("flow.invalid", `The construct "${construct}" is not executed by any runner of these flows`, {
    ...(node === undefined ? {} : { node }),
    hint: "Write nodes as a map from id to node, each with its component and routing",
  });
}

interface NodeContext {
  readonly report: Report;
  /** The component that the node was resolved to, if any. */
  readonly component: string | undefined;
  /** Whether the node must have exactly one component key. */
  readonly strict: boolean;
}

function readNode(id: string, node: Json, { report, component, strict }: NodeContext): RawNode | undefined {
  if (!isObject(node)) {
    report.error("flow.invalid", "The node is no object", { node: id });
    return undefined;
  }
  for (const name of REFUSED_SIBLINGS) if (Object.hasOwn(node, name)) refuse(name, report, id);
  for (const name of IDLE_SIBLINGS) {
    if (isGiven(node, name)) {
      report.warning("flow.invalid", `"${name}" has no effect on a node`, { node: id });
    }
  }
  const named = componentOf(node, strict);
  if (typeof named === "string") {
    reportKeys(id, named, report);
    return undefined;
  }
  const { key, value } = mapped(named, node, { report, id });
  reportExpressions(value, report, id);
  const routing = member(node, "routing") ?? member(node, "routes") ?? null;
  const operation = stringMember(node, "operation");
  const call = named.operation !== undefined
    ? { component: EXEC, mapping: { component: key, operation: named.operation, input: value } }
    : component === undefined || isBuiltIn(key)
    ? normalise({ key, value }, operation)
    : resolvedCall({ key, value }, component, operation);
  return { id, ...call, routing };
}

function reportKeys(id: string, keys: "none" | "several", report: Report): void {
  if (keys === "none") {
    report.error("flow.no_component", `missing component for node \`${id}\``, {
      node: id,
      hint: "Give the node a key that names its component, such as emit.response",
    });
  } else {
    report.error(
      "flow.invalid",
      `Node '${id}' must contain exactly one component key like 'qa.process' plus optional 'routing'`,
      { node: id, hint: "Move the other keys into the component's payload" },
    );
  }
}

/** Names expressions of other dialects: those that can be nothing else are refused. */
function reportExpressions(value: Json, report: Report, node: string): void {
  const expression = findText(value, REFUSED_EXPRESSION);
  if (expression !== undefined) refuse(expression, report, node);
  const bare = findText(value, BARE_EXPRESSION);
  if (bare === undefined) return;
  const path = bare.replace(/^inputs\./, "entry.");
  report.warning("template.syntax", `"${bare}" is passed on as plain text`, {
    node,
    hint: `Write {{${path}}} to insert its value`,
  });
}

/** The payload with the maps that stand beside it: `in_map` is what goes in, and a provider knows all three. */
function mapped(
  { key, value }: Named,
  node: JsonObject,
  { report, id }: { report: Report; id: string },
): Named {
  const beside = MAP_SIBLINGS.filter((name) => isGiven(node, name));
  if (beside.length === 0) return { key, value };
  const maps = Object.fromEntries(beside.map((name) => [name, node[name] ?? null]));
  if (key === PROVIDER && (isObject(value) || value === null)) return { key, value: { ...maps, ...value } };
  for (const name of beside.filter((one) => one !== "in_map")) {
    report.warning("flow.invalid", `"${name}" has no effect on a node that calls no provider`, { node: id });
  }
  return { key, value: member(node, "in_map") ?? value };
}

function isGiven(node: JsonObject, name: string): boolean {
  const value = member(node, name);
  return value !== undefined && value !== null && !(isObject(value) && Object.keys(value).length === 0);
}

/** A component key with its value, and the operation where that has a key of its own. */
interface Named {
  readonly key: string;
  readonly value: Json;
  readonly operation?: string;
}

/** The component of a node, or how many keys it has instead of one that could name it. */
function componentOf(node: JsonObject, strict: boolean): Named | "none" | "several" {
  const component = stringMember(node, "component");
  if (component !== undefined) {
    return { key: component, value: member(node, "payload_expr") ?? member(node, "payload") ?? {} };
  }
  // Of several keys, packers took the first in sorted order.
  const keys = Object.keys(node).filter((name) => !SIBLINGS.has(name)).sort(compareCodePoints);
  const [key] = keys;
  if (key === undefined) return "none";
  if (keys.length > 1 && strict) return combined(node, keys) ?? "several";
  return { key, value: node[key] ?? null };
}

/** The one pair of keys that belongs together: `component.exec` names the component, the other its operation. */
function combined(node: JsonObject, keys: readonly string[]): Named | undefined {
  const operation = keys.find((key) => key !== EXEC);
  if (keys.length !== 2 || !keys.includes(EXEC) || operation === undefined) return undefined;
  const exec = node[EXEC] ?? null;
  const component = typeof exec === "string" ? exec : stringMember(exec, "component");
  return component === undefined ? undefined : { key: component, value: node[operation] ?? null, operation };
}

/** Turns a component key and its value into the model's component, operation and mapping. */
function normalise({ key, value }: Named, operation: string | undefined): Omit<RawNode, "id" | "routing"> {
  if (isBuiltIn(key)) return { component: key, mapping: value };
  const target = stringMember(value, "component") ?? stringMember(value, "component_ref") ?? key;
  const defaultOperation = target.startsWith("templating.") ? "render" : "invoke";
  const named = stringMember(value, "op") ?? stringMember(value, "operation") ?? operation;
  const config = member(value, "config");
  const mapping = {
    ...(target === EXEC ? {} : { component: target }),
    ...(named === undefined ? {} : { operation: named }),
    input: businessInput(value),
    ...(config === undefined ? {} : { config }),
  };
  return { component: EXEC, mapping, ...(named === undefined ? { defaultOperation } : {}) };
}

/** The call of a node whose component is known from elsewhere: its key is the operation, unless it names the component. */
function resolvedCall(
  named: Named,
  component: string,
  operation: string | undefined,
): Omit<RawNode, "id" | "routing"> {
  if (named.key === component) return normalise(named, operation);
  if (named.key === EXEC) {
    const call = normalise(named, operation);
    const target = stringMember(call.mapping, "component") ?? component;
    const mapping = isObject(call.mapping) ? { ...call.mapping, component: target } : call.mapping;
    return { ...call, mapping };
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
