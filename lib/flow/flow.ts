/**
 * A flow that can run: its nodes by id and in order, each with its kind and its routing.
 * Plain readonly data; never holds a route to a node that does not exist.
 */

import type { Json, JsonObject } from "../base/json.ts";
import type { Condition } from "./condition.ts";

/** A checked flow. */
export interface Flow {
  /** The flow's id in its pack. */
  readonly id: string;
  /** `messaging`, `event`, `component_config`, `job`, `http`, or what the document says. */
  readonly kind: string;
  /** The node where runs start. */
  readonly start: string;
  /** The nodes in order. */
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** Named entrypoints as the document has them. */
  readonly entrypoints: Readonly<Record<string, Json>>;
  /** What templates find under `parameters`, unless a run says otherwise. */
  readonly parameters: JsonObject;
  /** The variables that it declares, by name. */
  readonly variables: ReadonlyMap<string, FlowVariable>;
}

/** A variable of a flow, which its nodes can set. */
export interface FlowVariable {
  /** Its value when the flow starts. @default none: the variable is not there until a node sets it */
  readonly default?: Json;
  /** Whether a run must give it when it has no default. */
  readonly required: boolean;
}

/** One node. */
export interface FlowNode {
  /** Unique in its flow. */
  readonly id: string;
  /** What it does. */
  readonly kind: NodeKind;
  /** Where it goes on. */
  readonly routing: Routing;
}

/** Calls a component of the pack. */
export interface ComponentKind {
  readonly type: "component";
  /** The name in transcripts: the component, or `component.exec`. */
  readonly label: string;
  /** The component that is called. */
  readonly component: string;
  /** The operation, when the document names it beside the mapping. */
  readonly operation?: string;
  /** The operation when nothing names one. */
  readonly defaultOperation?: string;
  /** The input before rendering. */
  readonly mapping: Json;
  /** Whether the mapping wraps the input as `{component, operation, input, config}`. */
  readonly exec: boolean;
}

/** Adds its payload to the flow's reply, or, as `emit.log`, to the log. */
export interface EmitKind {
  readonly type: "emit";
  /** Its full name, such as `emit.response`. */
  readonly name: string;
  readonly mapping: Json;
}

/** The names of the nodes that are built into the runner, beside `emit.*`. */
export const BUILT_IN_NAMES = {
  flow_call: "flow.call",
  goto: "flow.goto",
  wait: "session.wait",
  provider: "provider.invoke",
  state_get: "state.get",
  state_set: "state.set",
  var_set: "var.set",
} as const;

/** A node built into the runner. */
export interface BuiltInKind {
  readonly type: keyof typeof BUILT_IN_NAMES;
  readonly mapping: Json;
}

/** A node that another service answers. This runner has none of them: it refuses the node, unless a mock answers. */
export interface ServiceKind {
  readonly type: "service";
  /** The kind as the document names it. */
  readonly name: string;
  /** The operation, when the document names it beside the mapping. */
  readonly operation?: string;
  /** What it needs, as the end of a sentence. */
  readonly needs: string;
  readonly mapping: Json;
}

/** What a node does. */
export type NodeKind = ComponentKind | EmitKind | BuiltInKind | ServiceKind;

/** One guarded route of a list. Without `to` it ends the flow. */
export interface RouteEntry {
  /** The status that the output must have. */
  readonly status?: string;
  /** The condition that must hold. */
  readonly condition?: Condition;
  /** The event that must have come of the node: `on_success`, `on_error`, `on_timeout`. */
  readonly event?: string;
  /** The next node. */
  readonly to?: string;
  /** Ends the flow. */
  readonly out?: boolean;
  /** Ends the flow, as a reply. */
  readonly reply?: boolean;
}

/** Where a node goes on. */
export type Routing =
  | { readonly type: "next"; readonly to: string }
  | { readonly type: "end" }
  | { readonly type: "branch"; readonly onStatus: ReadonlyMap<string, string>; readonly default?: string }
  | { readonly type: "custom"; readonly entries: readonly RouteEntry[] };

/** The name under which a node appears in transcripts. */
export function nodeLabel(kind: NodeKind): string {
  switch (kind.type) {
    case "component":
      return kind.label;
    case "emit":
    case "service":
      return kind.name;
    default:
      return BUILT_IN_NAMES[kind.type];
  }
}

/** Every node that a routing can lead to. */
export function targetsOf(routing: Routing): string[] {
  switch (routing.type) {
    case "next":
      return [routing.to];
    case "end":
      return [];
    case "branch":
      return [...routing.onStatus.values(), ...(routing.default === undefined ? [] : [routing.default])];
    case "custom":
      return routing.entries.flatMap((entry) => entry.to === undefined ? [] : [entry.to]);
  }
}
