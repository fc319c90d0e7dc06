/**
 * Derives what a node does from its component id, its operation and its mapping.
 * Never renders: names of targets and emits are read from the mapping as it was written.
 */

import { isObject, type Json, member, omit, stringMember } from "../base/json.ts";
import { CALL_KEYS, isOpen } from "./callee.ts";
import { BUILT_IN_NAMES, type BuiltInKind, type NodeKind } from "./flow.ts";
import type { Report } from "./report.ts";

/** A node of either document form, before its kind is derived. */
export interface RawNode {
  readonly id: string;
  /** The component id, or the name of a built-in. */
  readonly component: string;
  /** The operation beside the mapping. */
  readonly operation?: string;
  /** The operation when neither the node nor its mapping names one. */
  readonly defaultOperation?: string;
  readonly mapping: Json;
  readonly routing: Json;
}

/** A node as it was read: whole, or without a component when that is its fault, which was reported. */
export type ReadNode = RawNode | {
  readonly id: string;
  readonly routing: Json;
  readonly component?: undefined;
};

/** The id of nodes whose mapping names the component. */
export const EXEC = "component.exec";

const BUILT_INS = new Map(
  Object.entries(BUILT_IN_NAMES).map(([type, name]) => [name as string, type as BuiltInKind["type"]]),
);

/** The kinds that another service answers, and what they need. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/^dw\.agent(?:_graph)?(?:\.|$)/, "an agent runtime"],
  [/^(?:sorla|operala|agentic|telco-x|approval)\.call$/, "a remote dispatcher"],
  [/^mcp(?::|$)/, "an MCP server"],
  [/^a2a(?::|$)/, "an agent to talk to"],
];

/** Whether a name is one that the engine itself answers, or recognises and refuses. */
export function isBuiltIn(name: string): boolean {
  return name.startsWith("emit.") || BUILT_INS.has(name) || needsOf(name) !== undefined;
}

function needsOf(name: string): string | undefined {
  return SERVICES.find(([pattern]) => pattern.test(name))?.[1];
}

/** Derives a node's kind; reports and returns undefined when it cannot run. */
export function deriveKind(node: RawNode, report: Report): NodeKind | undefined {
  const { component, operation, mapping } = node;
  const exec = component === EXEC || operation === EXEC;
  if (!exec) return plainKind(node, report);
  const target = stringMember(mapping, "component") ?? stringMember(mapping, "component_ref");
  const named = component === EXEC && operation !== undefined && isBuiltIn(operation) ? operation : undefined;
  if (named !== undefined) return builtInKind({ name: named, mapping }, { node: node.id, report });
  const resolved = target ?? component;
  const outer = operation === EXEC ? undefined : operation;
  if (resolved === EXEC) {
    report.error("flow.no_component", `component '${EXEC}' not found in pack`, {
      node: node.id,
      hint: `Name the component to call as "component" in the node's mapping`,
    });
    return undefined;
  }
  if (isBuiltIn(resolved)) {
    const inner = resolved.startsWith("emit.") && isObject(mapping)
      ? omit(mapping, CALL_KEYS)
      : businessInput(mapping);
    const called = outer ?? stringMember(mapping, "operation") ?? stringMember(mapping, "op");
    return builtInKind({ name: resolved, operation: called, mapping: inner }, { node: node.id, report });
  }
  return {
    type: "component",
    label: EXEC,
    component: resolved,
    ...(outer === undefined ? {} : { operation: outer }),
    ...(node.defaultOperation === undefined ? {} : { defaultOperation: node.defaultOperation }),
    mapping,
    exec: true,
  };
}

function plainKind(node: RawNode, report: Report): NodeKind {
  const { id, component, operation, mapping } = node;
  if (operation?.startsWith("emit.")) return emitKind(operation, mapping);
  if (isBuiltIn(component)) return builtInKind({ name: component, operation, mapping }, { node: id, report });
  return {
    type: "component",
    label: component,
    component,
    ...(operation === undefined ? {} : { operation }),
    mapping,
    exec: false,
  };
}

function builtInKind(
  { name, operation, mapping }: { name: string; operation?: string | undefined; mapping: Json },
  { node, report }: { node: string; report: Report },
): NodeKind {
  const type = BUILT_INS.get(name);
  if (type === "var_set") checkVariable(mapping, { node, report });
  if (type !== undefined) return { type, mapping };
  const needs = needsOf(name);
  if (needs === undefined) return emitKind(name, mapping);
  report.warning("node.kind", `Node kind "${name}" needs ${needs}, which this runner does not have`, {
    node,
    hint: "The flow runs until it reaches this node",
  });
  return { type: "service", name, ...(operation === undefined ? {} : { operation }), needs, mapping };
}

/** The name of a variable is no template: which variables a flow sets can be read in it. */
function checkVariable(mapping: Json, { node, report }: { node: string; report: Report }): void {
  const name = stringMember(mapping, "name")?.trim() ?? "";
  if (name !== "" && !isOpen(name)) return;
  report.error("flow.invalid", "var.set names no variable", { node, hint: `Add "name" to the node` });
}

/** What is left of a mapping without the keys that say whom to call and how; a lone `input` is unwrapped. */
export function businessInput(mapping: Json): Json {
  if (!isObject(mapping)) return mapping;
  const rest = omit(mapping, [...CALL_KEYS, "config"]);
  const keys = Object.keys(rest);
  return keys.length === 1 && keys[0] === "input" ? rest.input ?? null : rest;
}

/** An emit node sends `input`, else `payload`, else its whole mapping. */
function emitKind(name: string, mapping: Json): NodeKind {
  const key = ["input", "payload"].find((one) => member(mapping, one) !== undefined);
  return { type: "emit", name, mapping: key === undefined ? mapping : member(mapping, key) ?? null };
}
