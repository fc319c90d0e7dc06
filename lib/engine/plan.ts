/**
 * Prepares a node: renders its mapping and decides what is to be done, so that the start event can name it.
 * Never calls anything. A node that cannot be carried out gets a plan that fails, with its mapping as payload.
 */

import type { Failure } from "../base/call.ts";
import { isObject, type Json, type JsonObject, member, omit, stringMember } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { someNames } from "../base/names.ts";
import { calleeOf } from "../flow/callee.ts";
import type { FlowNode, ServiceKind } from "../flow/flow.ts";
import type { Handlebars } from "../flow/handlebars.ts";
import { serviceCall } from "../flow/service.ts";
import { type MissingMode, renderMapping } from "../flow/template.ts";
import type { Jump } from "./control.ts";
import { failureOf, Fault, renderFault } from "./fault.ts";
import {
  PROVIDER_MAPS,
  readComponentCall,
  readFlowCall,
  readGoto,
  readProviderCall,
  readStateKey,
  readWaitReason,
} from "./payload.ts";
import type { FlowProgram } from "./program.ts";
import { checkSize } from "./size.ts";
import type { FlowState } from "./state.ts";

/** What a plan depends on. */
export interface PlanContext {
  readonly program: FlowProgram;
  readonly state: FlowState;
  /** What `state.get` reads: the values of the run, whichever flow set them. */
  readonly store: ReadonlyMap<string, Json>;
  /** Whether somebody answers nodes that need another service. */
  readonly served: boolean;
  /** What templates find under `parameters`. */
  readonly parameters: JsonObject;
  /** Tells the time to templates that name `now`. */
  readonly now: () => Date;
  readonly limits: Limits;
  /** Counts the bytes of a value of the run; throws a `Fault` when they are too many together. */
  readonly spend: (bytes: number) => void;
  readonly templates: MissingMode;
  /** Loaded when the node's mapping needs it. */
  readonly handlebars?: Handlebars;
  /** Takes what is odd and does not stop the node. */
  readonly warn: (code: string, message: string) => void;
}

/** The maps that are applied to what a provider answered, as they were written. */
export interface AnswerMaps {
  readonly out: Json;
  readonly err: Json;
}

/** What a node is about to do. */
export type Action =
  | { readonly type: "fail"; readonly failure: Failure }
  | { readonly type: "emit"; readonly log: boolean }
  | { readonly type: "wait"; readonly reason: string | null }
  | { readonly type: "flow"; readonly flowId: string; readonly input: Json }
  | { readonly type: "jump"; readonly jump: Jump }
  | { readonly type: "value"; readonly output: Json }
  | {
    readonly type: "assign";
    /** A variable of the flow, or a value of the run's store. */
    readonly to: "var" | "store";
    readonly name: string;
    readonly value: Json;
    readonly output: Json;
  }
  | InvokeAction;

/** A call of a component, or of a service that takes the place of one. */
export interface InvokeAction {
  readonly type: "invoke";
  readonly via: "component" | "provider" | "service";
  /** The component, or the tool of a service. */
  readonly component: string;
  readonly operation: string;
  readonly input: Json;
  readonly maps?: AnswerMaps;
}

/** A node that is ready. */
export interface Plan {
  /** What the start event shows: the rendered payload, or the mapping when it could not be rendered. */
  readonly payload: Json;
  readonly action: Action;
}

/** Prepares a node. Never throws for what the flow or its data did wrong. */
export function planNode(node: FlowNode, context: PlanContext): Plan {
  let payload: Json = node.kind.mapping;
  try {
    payload = renderPayload(node, context);
    return { payload, action: chooseAction(node, payload, context) };
  } catch (error) {
    return { payload, action: { type: "fail", failure: failureOf(error) } };
  }
}

function renderPayload(node: FlowNode, context: PlanContext): Json {
  const { kind } = node;
  if (kind.type === "service" && !context.served) return kind.mapping;
  const payload = kind.type === "provider"
    ? renderProvider(kind.mapping, context)
    : kind.type === "var_set"
    ? renderVariable(kind.mapping, context)
    : renderInput(kind.mapping, context);
  context.spend(checkSize(payload, `The payload of node "${node.id}"`, context.limits));
  return payload;
}

function renderInput(mapping: Json, context: PlanContext): Json {
  try {
    return renderWith(mapping, context, { values: namesOf(context) });
  } catch (error) {
    throw renderFault("failed to render node input template", error);
  }
}

/** A provider's maps are rendered once, when what they map is known. */
function renderProvider(mapping: Json, context: PlanContext): Json {
  const maps = mapsOf(mapping);
  if (!isObject(mapping) || Object.keys(maps).length === 0) return renderInput(mapping, context);
  const rendered = renderInput(omit(mapping, PROVIDER_MAPS), context);
  return isObject(rendered) ? { ...rendered, ...maps } : rendered;
}

/** The name of a variable is taken as it is; its value may be a pointer. */
function renderVariable(mapping: Json, context: PlanContext): Json {
  if (!isObject(mapping)) return mapping;
  try {
    const value = member(mapping, "value") ?? null;
    const place = { values: namesOf(context), pointers: true, field: ["value"] };
    return { ...mapping, value: renderWith(value, context, place) };
  } catch (error) {
    throw renderFault("failed to render var_set value", error);
  }
}

function mapsOf(mapping: Json): JsonObject {
  return Object.fromEntries(PROVIDER_MAPS.flatMap((name): [string, Json][] => {
    const map = member(mapping, name);
    return map === undefined ? [] : [[name, map]];
  }));
}

function namesOf({ state, parameters, now }: PlanContext, more: JsonObject = {}): JsonObject {
  return state.context({ parameters, now, more });
}

function renderWith(
  mapping: Json,
  context: PlanContext,
  { values, pointers = false, field = [] }: {
    values: JsonObject;
    pointers?: boolean;
    field?: readonly string[];
  },
): Json {
  return renderMapping(mapping, {
    context: values,
    missing: context.templates,
    maxChars: context.limits.maxTemplateChars,
    pointers,
    field,
    warn: (message, field) => context.warn("template.missing", `${message} at ${field}`),
    detach: (value) => context.state.detach(value),
    ...(context.handlebars === undefined ? {} : { handlebars: context.handlebars }),
  });
}

/** Renders one of a provider's maps; `input` and `result` are the names it can use beside the usual ones. */
export function renderMap(
  name: string,
  { map, values }: { map: Json; values: JsonObject },
  context: PlanContext,
): Json {
  try {
    return renderWith(map, context, { values: namesOf(context, values), pointers: true });
  } catch (error) {
    throw renderFault(`failed to render provider.invoke ${name}`, error);
  }
}

function chooseAction(node: FlowNode, payload: Json, context: PlanContext): Action {
  const { kind } = node;
  switch (kind.type) {
    case "emit":
      return { type: "emit", log: kind.name === "emit.log" };
    case "wait":
      return { type: "wait", reason: readWaitReason(payload) };
    case "flow_call":
      return { type: "flow", ...readFlowCall(payload) };
    case "goto":
      return { type: "jump", jump: readGoto(payload) };
    case "var_set": {
      const name = stringMember(payload, "name")?.trim() ?? "", value = member(payload, "value") ?? null;
      return { type: "assign", to: "var", name, value, output: { ok: true } };
    }
    case "state_get": {
      const key = readStateKey(payload), value = context.store.get(key);
      return { type: "value", output: { key, value: value ?? null, found: value !== undefined } };
    }
    case "state_set": {
      const name = readStateKey(payload), value = member(payload, "value") ?? null;
      return { type: "assign", to: "store", name, value, output: { key: name, value } };
    }
    case "component": {
      const callee = calleeOf(kind, context.program.components);
      const { operation, input } = readComponentCall({ ...callee, exec: kind.exec }, payload, node.id);
      const { component } = callee;
      requireComponent(component, context.program);
      return { type: "invoke", via: "component", component, operation, input };
    }
    case "provider":
      return planProvider(payload, context);
    case "service": {
      if (!context.served) throw refusal(kind, node.id);
      const { tool: component, action: operation, arguments: input } = serviceCall(kind, payload);
      return { type: "invoke", via: "service", component, operation, input };
    }
  }
}

function refusal({ name, needs }: ServiceKind, node: string): Fault {
  return new Fault("node.kind", `Node kind "${name}" needs ${needs}, which this runner does not have`, {
    hint: `Route around node "${node}", or answer it with a tools mock`,
  });
}

function requireComponent(component: string, program: FlowProgram): void {
  if (program.components.has(component)) return;
  throw new Fault("node.component", `component '${component}' not found in pack`, {
    hint: `The components of the pack are: ${someNames(program.components)}`,
  });
}

function planProvider(payload: Json, context: PlanContext): Action {
  const { component, operation, input: given } = readProviderCall(payload, context.program.providers);
  requireComponent(component, context.program);
  const inMap = member(payload, "in_map") ?? null;
  const values = { input: given, result: given };
  const input = inMap === null ? given : renderMap("in_map", { map: inMap, values }, context);
  context.spend(checkSize(input, "The provider's input", context.limits));
  const maps = {
    out: member(payload, "out_map") ?? null,
    err: member(payload, "err_map") ?? null,
  };
  return { type: "invoke", via: "provider", component, operation, input, maps };
}
