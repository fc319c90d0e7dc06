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
  textsIn,
} from "../base/json.ts";
import type { FlowSource } from "../base/flow_source.ts";
import { type CallContext, callOf, componentKey, type Named } from "./authored_call.ts";
import type { ReadNode } from "./kind.ts";
import type { Report } from "./report.ts";

/** What to write instead of a construct that would change what the flow does and that nobody executes. */
const REFUSED: Readonly<Record<string, string>> = {
  steps: "Write nodes as a map from id to node, each with its component and routing",
  edges: "Write where a node goes on as its routing: [{to: NODE}]",
  "nodes as a list": "Write nodes as a map from id to node, each with its component and routing",
  when:
    "Write a route with a condition on the node before: [{condition: path == value, to: NODE}, {to: OTHER}]",
  route: "Write routing: [{to: NODE}]",
  retry: "Leave it out: a component asks for its retries, with retryable and backoff_ms of its error",
  timeout: "Leave it out and set the time of a node for the run: --node-timeout MS",
};
const REFUSED_SIBLINGS = ["when", "route", "retry", "timeout"];
/** Siblings that are known to be without effect. */
const IDLE_SIBLINGS = ["after", "redaction", "output", "conversational"];
/** Siblings that map what goes into a node and what comes out of it. */
const MAP_SIBLINGS = ["in_map", "out_map", "err_map"];
/** The node kind that takes maps in its payload. */
const PROVIDER = "provider.invoke";
const REFUSED_EXPRESSION = /\$\{\s*(?:inputs|in|parameters)\.[^}$]*\}/;
const BARE_EXPRESSION = /^(?:inputs|in|parameters)\.[A-Za-z_]\w*(?:\.\w+)*$/;
/** Keys that were meant to be `routing`. */
const ROUTING_REGEXP = /^r[a-z]{0,3}t[a-z]{0,4}g$/i;

/**
 * The nodes of an authored flow, in the order of the source, or sorted by id where it has none; faults are reported.
 * A source that knows its author's order is held to the rules for authors.
 */
export function readAuthored({ document, resolved, order }: FlowSource, report: Report): ReadNode[] {
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
    return [readNode(id, node, { report, component: known?.get(id), strict: order !== undefined })];
  });
}

function refuse(construct: string, report: Report, node?: string): void {
  report.error("flow.invalid", `The construct "${construct}" is not executed by any runner of these flows`, {
    ...(node === undefined ? {} : { node }),
    hint: REFUSED[construct] ?? "Write {{entry.…}} to insert a field of the run's input",
  });
}

function readNode(id: string, node: Json, context: CallContext & { readonly report: Report }): ReadNode {
  const { report, component } = context;
  if (!isObject(node)) {
    report.error("flow.invalid", "The node is no object", {
      node: id,
      hint: "Write a component's id, and below it what it is called with",
    });
    return { id, routing: null };
  }
  for (const name of REFUSED_SIBLINGS) if (Object.hasOwn(node, name)) refuse(name, report, id);
  for (const name of IDLE_SIBLINGS) {
    if (isGiven(node, name)) {
      report.warning("flow.invalid", `"${name}" has no effect on a node`, { node: id });
    }
  }
  const routing = member(node, "routing") ?? member(node, "routes") ?? null;
  const named = componentKey(node, context);
  if (typeof named === "string") {
    reportKeys(id, named, { report, node });
    return { id, routing };
  }
  const value = mapped(named, node, { report, id });
  reportExpressions(value, report, id);
  const operation = stringMember(node, "operation");
  return { id, ...callOf({ ...named, value }, { component, operation }), routing };
}

function reportKeys(
  id: string,
  keys: "none" | "several",
  { report, node }: { report: Report; node: JsonObject },
): void {
  const near = Object.keys(node).find((key) => key !== "routing" && ROUTING_REGEXP.test(key));
  const misspelt = near === undefined ? undefined : `Write routing in the place of ${near}`;
  if (keys === "none") {
    report.error("flow.no_component", `missing component for node \`${id}\``, {
      node: id,
      hint: "Give the node a key that names its component, such as emit.response",
    });
  } else {
    report.error(
      "flow.invalid",
      `Node '${id}' must contain exactly one component key like 'qa.process' plus optional 'routing'`,
      { node: id, hint: misspelt ?? "Move the other keys into the component's payload" },
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
): Json {
  const beside = MAP_SIBLINGS.filter((name) => isGiven(node, name));
  if (beside.length === 0) return value;
  const maps = Object.fromEntries(beside.map((name) => [name, node[name] ?? null]));
  if (key === PROVIDER && (isObject(value) || value === null)) return { ...maps, ...value };
  for (const name of beside.filter((one) => one !== "in_map")) {
    report.warning("flow.invalid", `"${name}" has no effect on a node that calls no provider`, { node: id });
  }
  return member(node, "in_map") ?? value;
}

function isGiven(node: JsonObject, name: string): boolean {
  const value = member(node, name);
  return value !== undefined && value !== null && !(isObject(value) && Object.keys(value).length === 0);
}

/** What a pattern finds in the first of a value's texts in which it finds anything. */
function findText(value: Json, pattern: RegExp): string | undefined {
  return textsIn(value).map((text) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
}
