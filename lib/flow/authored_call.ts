/**
 * What the keys of an authored node mean: the component that is called, its operation, and the mapping of its input.
 * Never judges the node beyond the number of its keys.
 */

import {
  compareCodePoints,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
} from "../base/json.ts";
import { businessInput, EXEC, isBuiltIn, type RawNode } from "./kind.ts";

/** What a node calls. */
export type AuthoredCall = Omit<RawNode, "id" | "routing">;

/** Names beside the component key that say something about the node. */
export const SIBLINGS: ReadonlySet<string> = new Set([
  ...["routing", "routes", "telemetry", "output", "annotations", "meta", "operation", "pack_alias"],
  ...["retry", "timeout", "when", "route", "after", "redaction", "payload_expr", "conversational"],
  ...["in_map", "out_map", "err_map"],
]);

/** A component key with its value, and the operation where that has a key of its own. */
export interface Named {
  readonly key: string;
  readonly value: Json;
  readonly operation?: string;
}

/** How the keys of a node are read. */
export interface CallContext {
  /** The component that the node was resolved to, if any. */
  readonly component: string | undefined;
  /** Whether the node must have exactly one component key. */
  readonly strict: boolean;
}

/** The component key of a node, or how many keys it has instead of one that could name a component. */
export function componentKey(
  node: JsonObject,
  { component, strict }: CallContext,
): Named | "none" | "several" {
  const older = stringMember(node, "component");
  if (older !== undefined) {
    return { key: older, value: member(node, "payload_expr") ?? member(node, "payload") ?? {} };
  }
  // Of several keys, packers took the first in sorted order.
  const keys = Object.keys(node).filter((name) => !SIBLINGS.has(name)).sort(compareCodePoints);
  const [key] = keys;
  if (key === undefined) return "none";
  if (keys.length > 1 && strict) return combined(node, { keys, component }) ?? "several";
  return { key, value: node[key] ?? null };
}

/** The one pair of keys that belongs together: `component.exec` names the component, the other its operation. */
function combined(
  node: JsonObject,
  { keys, component }: { keys: readonly string[]; component: string | undefined },
): Named | undefined {
  const operation = keys.find((key) => key !== EXEC);
  if (keys.length !== 2 || !keys.includes(EXEC) || operation === undefined) return undefined;
  const exec = node[EXEC] ?? null;
  const key = typeof exec === "string" ? exec : stringMember(exec, "component") ?? component;
  return key === undefined ? undefined : { key, value: node[operation] ?? null, operation };
}

/** What a component key calls. `operation` is the one that stands beside it. */
export function callOf(
  named: Named,
  { component, operation }: { component: string | undefined; operation: string | undefined },
): AuthoredCall {
  const { key, value } = named;
  if (named.operation !== undefined) return { component: key, operation: named.operation, mapping: value };
  if (isBuiltIn(key)) return { component: key, mapping: value };
  if (component === undefined || key === component) return normalised(named, operation);
  if (key !== EXEC) return { component, operation: key, mapping: value };
  const call = normalised(named, operation);
  const target = stringMember(call.mapping, "component") ?? component;
  return { ...call, mapping: isObject(call.mapping) ? { ...call.mapping, component: target } : call.mapping };
}

/** Turns a key that names a component, and its value, into the model's component, operation and mapping. */
function normalised({ key, value }: Named, operation: string | undefined): AuthoredCall {
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
