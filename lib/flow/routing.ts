/**
 * Reads a node's routing in all its written forms: lists and words of authors, the compiled model.
 * Never checks that a target exists; that needs the whole flow.
 */

import { isArray, isObject, type Json, type JsonObject, member, stringMember } from "../base/json.ts";
import { type Condition, parseCondition } from "./condition.ts";
import type { RouteEntry, Routing } from "./flow.ts";
import type { Report } from "./report.ts";

/** Whose routing is read, and where its faults go. */
export interface RoutingContext {
  readonly node: string;
  readonly report: Report;
  /** The ids of the flow's nodes: in a list, `to: out` ends the flow unless a node has that name. */
  readonly ids: ReadonlySet<string>;
}

/** Reads a routing. Faults are reported, and the node then counts as an end. */
export function parseRouting(routing: Json, context: RoutingContext): Routing {
  if (routing === null) return { type: "end" };
  if (isArray(routing)) return parseList(routing, context);
  if (typeof routing === "string") {
    if (["end", "reply", "out"].includes(routing.toLowerCase())) return { type: "end" };
    return fault(context, `invalid routing shorthand '${routing}'`);
  }
  if (isObject(routing)) return parseModel(routing, context);
  return fault(context, "Routing is neither a list nor a word");
}

/** The forms of the compiled model, in the spelling of JSON or of the manifest. */
function parseModel(routing: JsonObject, context: RoutingContext): Routing {
  const next = member(routing, "next") ?? member(routing, "Next");
  const to = stringMember(next, "node_id");
  if (to !== undefined) return { type: "next", to };
  const branch = member(routing, "branch") ?? member(routing, "Branch");
  if (isObject(branch)) return parseBranch(branch, context);
  const custom = member(routing, "custom") ?? member(routing, "Custom");
  if (custom !== undefined) return parseRouting(custom, context);
  return fault(
    context,
    `Invalid routing block in node '${context.node}' with the keys ${
      Object.keys(routing).join(", ") || "of nothing"
    }`,
  );
}

function parseBranch(branch: JsonObject, context: RoutingContext): Routing {
  const onStatus = new Map<string, string>();
  const written = member(branch, "on_status") ?? {};
  for (const [status, to] of isObject(written) ? Object.entries(written) : []) {
    if (typeof to !== "string") return fault(context, `The branch for status "${status}" names no node`);
    onStatus.set(status, to);
  }
  const fallback = stringMember(branch, "default");
  return { type: "branch", onStatus, ...(fallback === undefined ? {} : { default: fallback }) };
}

function parseList(list: readonly Json[], context: RoutingContext): Routing {
  const entries: RouteEntry[] = [];
  for (const item of list) {
    const entry = parseEntry(item, context);
    if (entry === undefined) return { type: "end" };
    entries.push(entry);
  }
  const [only] = entries;
  if (only === undefined) return { type: "end" };
  const plain = only.condition === undefined && only.event === undefined && only.status !== "error";
  return entries.length === 1 && plain ? single(only, context) : several(entries, context);
}

/** A single route is taken whatever the status is, as every reader of these flows does. */
function single(entry: RouteEntry, { node, report }: RoutingContext): Routing {
  if (entry.status !== undefined) {
    report.warning("flow.routing", `The status "${entry.status}" of the only route has no effect`, {
      node,
      hint: "Add a second route for the other outcomes",
    });
  }
  return entry.to === undefined ? { type: "end" } : { type: "next", to: entry.to };
}

function several(entries: readonly RouteEntry[], context: RoutingContext): Routing {
  const unguarded = entries.filter(({ status, condition, event }) =>
    status === undefined && condition === undefined && event === undefined
  );
  if (unguarded.length > 1) {
    const targets = unguarded.map((entry) => entry.to ?? "out").join(", ");
    return fault(context, `Routing is ambiguous: ${unguarded.length} routes have no guard (${targets})`, {
      hint: "Give all but one route a status or a condition",
    });
  }
  const byStatus = entries.filter(({ condition, event }) => condition === undefined && event === undefined);
  const statuses = byStatus.flatMap(({ status }) => status ?? []);
  const seen = new Set<string>();
  const twice = statuses.find((status) => seen.size === seen.add(status).size);
  if (twice !== undefined) return fault(context, `Routing is ambiguous: status "${twice}" has two routes`);
  const branching = byStatus.length === entries.length && entries.every(({ to }) => to !== undefined);
  if (!branching) return { type: "custom", entries };
  const fallback = unguarded[0]?.to;
  const onStatus = new Map(entries.flatMap(({ status, to }): [string, string][] => {
    return status === undefined || to === undefined ? [] : [[status, to]];
  }));
  return { type: "branch", onStatus, ...(fallback === undefined ? {} : { default: fallback }) };
}

/** Everything that a route can say; `next` is what some authors write for `to`. */
const ROUTE_KEYS = ["to", "next", "out", "reply", "status", "condition", "event"];

function parseEntry(item: Json, context: RoutingContext): RouteEntry | undefined {
  const problem = (message: string): undefined => {
    fault(context, message);
  };
  if (!isObject(item)) return problem("A route is no object with to, out or reply");
  for (const key of Object.keys(item).filter((name) => !ROUTE_KEYS.includes(name))) {
    context.report.warning("flow.routing", `"${key}" has no effect on a route`, { node: context.node });
  }
  const event = member(item, "event") ?? null;
  if (event !== null && typeof event !== "string") return problem("The event of a route is no string");
  const status = member(item, "status") ?? null;
  const written = member(item, "condition") ?? null;
  if (status !== null && typeof status !== "string") return problem("The status of a route is no string");
  if (written !== null && typeof written !== "string") {
    return problem("The condition of a route is no string");
  }
  let condition: Condition | undefined;
  if (written !== null) {
    condition = parseCondition(written);
    if (condition === undefined) {
      return problem(`The condition "${written}" does not have the form path op value`);
    }
  }
  const to = stringMember(item, "to") ?? stringMember(item, "next");
  if (member(item, "next") !== undefined) {
    context.report.warning("flow.routing", `"next" is read as "to" on a route, which not every runner does`, {
      node: context.node,
      hint: `Write "to"`,
    });
  }
  const ends = member(item, "out") === true || (to === "out" && !context.ids.has("out"));
  const reply = member(item, "reply") === true;
  if (to === undefined && !ends && !reply) return problem("A route has neither to, out nor reply");
  return {
    ...(status === null ? {} : { status }),
    ...(condition === undefined ? {} : { condition }),
    ...(event === null ? {} : { event }),
    ...(ends ? { out: true } : reply ? { reply: true } : to === undefined ? {} : { to }),
  };
}

function fault({ node, report }: RoutingContext, message: string, more: { hint?: string } = {}): Routing {
  report.error("flow.routing", message, { node, ...more });
  return { type: "end" };
}
