/**
 * Which component a node calls, and with which operation, when the components of the pack are known: an id that names
 * no component may be a component and its operation in one word. Never looks at a payload.
 */

import type { ComponentKind } from "./flow.ts";

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
