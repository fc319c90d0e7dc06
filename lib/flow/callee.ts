/**
 * Whom a node calls, as it is written. When the components of the pack are known: an id that names no component may be a
 * component and its operation in one word. Never looks at a payload that was rendered.
 */

import { type Json, stringMember } from "../base/json.ts";
import type { ComponentKind, NodeKind } from "./flow.ts";

/** What a node calls, as far as that is known before its payload is rendered. */
export type Callee = Pick<ComponentKind, "component" | "operation" | "defaultOperation">;

/** What a component node calls. `vendor.mail.send` is the operation `send` of `vendor.mail` when only that is there. */
export function calleeOf(kind: Callee, components: ReadonlySet<string>): Callee {
  const { component, operation, defaultOperation } = kind;
  const named = {
    component,
    ...(operation === undefined ? {} : { operation }),
    ...(defaultOperation === undefined ? {} : { defaultOperation }),
  };
  const dot = component.lastIndexOf(".");
  if (operation !== undefined || dot < 1 || components.has(component)) return named;
  const shorter = component.slice(0, dot);
  if (!components.has(shorter) || dot === component.length - 1) return named;
  return { component: shorter, defaultOperation: component.slice(dot + 1) };
}

/** The keys with which a mapping says whom to call. */
export const CALL_KEYS: readonly string[] = ["component", "component_ref", "op", "operation"];
/** The same, and those of what is handed over: an input that has one of them must stand under `input` itself. */
export const EXEC_KEYS: readonly string[] = [...CALL_KEYS, "input", "config"];

/** The flow that a mapping of `flow.call` or `flow.goto` names, as it is written. */
export function flowNamed(mapping: Json): string | undefined {
  return stringMember(mapping, "flow_id") ?? stringMember(mapping, "flow");
}

/** The provider that a mapping of `provider.invoke` names, as it is written. */
export function providerNamed(mapping: Json): string | undefined {
  return stringMember(mapping, "provider_id") ?? stringMember(mapping, "provider_type");
}

/** Whether only the run will tell what a text says. */
export function isOpen(text: string): boolean {
  return text.includes("{{");
}

/** Where a node jumps: the flow, when it is named, and the node; undefined for nodes that do not. */
export function jumpOf(kind: NodeKind): { flow?: string; node?: string } | undefined {
  if (kind.type !== "goto") return undefined;
  const flow = flowNamed(kind.mapping), node = stringMember(kind.mapping, "node");
  return { ...(flow === undefined ? {} : { flow }), ...(node === undefined ? {} : { node }) };
}
