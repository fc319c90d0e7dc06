/**
 * A flow of the new manifest in its JSON form: indexes become ids, routing takes its lower-case spelling, nodes
 * stay an array in authoring order. Never judges the graph: that a route leads somewhere is the flow's affair.
 */

import { isObject, type Json, type JsonObject } from "../base/json.ts";
import type { Fields } from "./shape.ts";

/** The tables that indexes point into. */
export interface Symbols {
  /** Ids of components. */
  readonly components: readonly string[];
  /** Ids of nodes. */
  readonly nodes: readonly string[];
  /** Ids of packs. */
  readonly packs: readonly string[];
}

/** The JSON form of one flow; throws when an index points nowhere or a field has the wrong type. */
export function compiledFlow(flow: Fields, symbols: Symbols): JsonObject {
  return {
    ...flow.value,
    id: flow.text("id"),
    nodes: flow.objects("nodes").map((node) => compiledNode(node, symbols)),
  };
}

function compiledNode(node: Fields, symbols: Symbols): JsonObject {
  const component = node.object("component");
  const alias = component.optionalText("pack_alias"), operation = component.optionalText("operation");
  return {
    ...node.value,
    id: symbol(node, "id", symbols.nodes),
    component: {
      id: symbol(component, "id", symbols.components),
      ...(alias === undefined ? {} : { pack_alias: alias }),
      ...(operation === undefined ? {} : { operation }),
    },
    routing: compiledRouting(node, symbols.nodes),
  };
}

function compiledRouting(node: Fields, nodes: readonly string[]): Json {
  const routing = node.optional("routing");
  if (routing === "End") return "end";
  if (routing === "Reply") return "reply";
  if (!isObject(routing) || Object.keys(routing).length !== 1) throw node.fault("routing", "is no routing");
  const form = node.object("routing");
  if (form.has("Next")) return { next: { node_id: symbol(form.object("Next"), "node_id", nodes) } };
  if (form.has("Branch")) return { branch: compiledBranch(form.object("Branch"), nodes) };
  if (Object.hasOwn(routing, "Custom")) return { custom: routing["Custom"] ?? null };
  throw node.fault("routing", "is no routing");
}

function compiledBranch(branch: Fields, nodes: readonly string[]): JsonObject {
  const table = branch.object("on_status");
  const targets = Object.keys(table.value).map((status) => [status, symbol(table, status, nodes)]);
  return {
    on_status: Object.fromEntries(targets),
    ...(branch.has("default") ? { default: symbol(branch, "default", nodes) } : {}),
  };
}

/** The text that an index stands for. */
function symbol(fields: Fields, key: string, table: readonly string[]): string {
  const index = fields.optional(key);
  const text = typeof index === "number" ? table[index] : undefined;
  if (text === undefined) throw fields.fault(key, `points nowhere: ${JSON.stringify(index ?? null)}`);
  return text;
}
