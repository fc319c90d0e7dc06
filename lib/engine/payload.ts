/**
 * Reads the rendered payloads of the node kinds: component calls, `provider.invoke`, `flow.call`,
 * `session.wait`. Throws a `Fault` for a payload of the wrong shape; never looks at the run's state.
 */

import type { ProviderSource } from "../base/flow_source.ts";
import { isObject, type Json, type JsonObject, member, omit, stringMember } from "../base/json.ts";
import { someNames } from "../base/names.ts";
import { type Callee, EXEC_KEYS } from "../flow/callee.ts";
import { type Jump, maxRedirects } from "./control.ts";
import { Fault } from "./fault.ts";

/** What a component node calls. */
export interface ComponentCall {
  readonly operation: string;
  readonly input: Json;
}

/** Reads the payload of a component node; `exec` says whether it wraps the input. */
export function readComponentCall(
  { component, operation: written, defaultOperation, exec }: Callee & { readonly exec: boolean },
  payload: Json,
  nodeId: string,
): ComponentCall {
  const named = exec ? readExec(payload) : splitPayload(payload);
  const operation = [written, named.operation, defaultOperation].map((text) => text?.trim())
    .find((text) => text);
  if (operation !== undefined) return { operation, input: withConfig(named.input, named.config) };
  throw new Fault(
    "node.operation",
    `missing operation for node \`${nodeId}\` (component \`${component}\`); ` +
      "expected node.component.operation to be set",
    {
      hint: `Add "operation" to the node`,
      ...(exec ? { causes: ["component.exec requires an operation"] } : {}),
    },
  );
}

interface Named {
  readonly operation?: string;
  readonly input: Json;
  readonly config: Json;
}

function readExec(payload: Json): Named {
  const invalid = "invalid payload for component.exec";
  if (!isObject(payload)) {
    throw new Fault("node.payload", invalid, {
      hint: `Write {"component": "ID", "operation": "NAME", "input": …}`,
    });
  }
  oneString(payload, ["component", "component_ref"], invalid);
  const operation = oneString(payload, ["operation", "op"], invalid);
  const rest = omit(payload, EXEC_KEYS);
  const spelledOut = Object.hasOwn(payload, "input") || Object.keys(rest).length === 0;
  return {
    ...(operation === undefined ? {} : { operation }),
    input: spelledOut ? member(payload, "input") ?? null : rest,
    config: member(payload, "config") ?? null,
  };
}

/** The string under the only one of several spellings that an object may have. */
function oneString(payload: JsonObject, spellings: readonly string[], invalid: string): string | undefined {
  const given = spellings.filter((key) => (member(payload, key) ?? null) !== null);
  if (given.length > 1) {
    throw new Fault("node.payload", invalid, {
      causes: [`both ${given.join(" and ")} are given`],
      hint: `Write "${given[0]}" alone: both mean the same`,
    });
  }
  const [key] = given;
  if (key === undefined) return undefined;
  const value = payload[key];
  if (typeof value !== "string") {
    throw new Fault("node.payload", invalid, {
      causes: [`${key} is no string`],
      hint: `Write "${key}" as text`,
    });
  }
  return value;
}

function splitPayload(payload: Json): Named {
  if (!isObject(payload)) return { input: payload, config: null };
  const operation = stringMember(payload, "operation") ?? stringMember(payload, "op");
  const named = operation === undefined ? {} : { operation };
  const wraps = Object.hasOwn(payload, "input") &&
    Object.keys(payload).every((key) => EXEC_KEYS.includes(key));
  if (!wraps) return { ...named, input: payload, config: null };
  return { ...named, input: member(payload, "input") ?? null, config: member(payload, "config") ?? null };
}

/** Components have one input: configuration travels in it, under `config`. */
function withConfig(input: Json, config: Json): Json {
  if (config === null) return input;
  const object = input ?? {};
  if (isObject(object) && !Object.hasOwn(object, "config")) return { ...object, config };
  const why = isObject(object) ? "has a member of that name already" : "is no object";
  throw new Fault("node.payload", `"config" cannot be delivered: the node's input ${why}`, {
    hint: "Write the input as an object without config, or leave the node's config out",
  });
}

/** The names of the maps in the payload of `provider.invoke`. */
export const PROVIDER_MAPS = ["in_map", "out_map", "err_map"];

/** What a `provider.invoke` node calls. */
export interface ProviderCall {
  readonly component: string;
  readonly operation: string;
  readonly input: Json;
}

/** Reads the payload of `provider.invoke`, without its maps, and finds the provider. */
export function readProviderCall(payload: Json, providers: readonly ProviderSource[]): ProviderCall {
  const invalid = "invalid payload for provider.invoke";
  if (!isObject(payload)) {
    throw new Fault("node.payload", invalid, {
      hint: `Write {"provider_type": "TYPE", "op": "NAME", "input": …}`,
    });
  }
  const id = oneString(payload, ["provider_id"], invalid);
  const type = oneString(payload, ["provider_type"], invalid);
  const operation = oneString(payload, ["op", "operation"], invalid)?.trim();
  if (!operation) {
    throw new Fault("node.operation", "provider.invoke requires an op", { hint: `Add "op" to the node` });
  }
  const provider = findProvider(providers, { id, type });
  return { component: provider.component, operation, input: member(payload, "input") ?? null };
}

function findProvider(
  providers: readonly ProviderSource[],
  { id, type }: { id: string | undefined; type: string | undefined },
): ProviderSource {
  const hint = `The pack declares the providers: ${someNames(providers.map((one) => one.type))}`;
  if (id === undefined && type === undefined) {
    throw new Fault("node.payload", "provider.invoke requires provider_id or provider_type", { hint });
  }
  // Inline declarations have no id of their own: their type is their id.
  const matching = providers.filter((one) => one.type === (id ?? type));
  const [found] = matching;
  if (found === undefined) {
    const message = id === undefined
      ? `no provider runtime found for type \`${type}\``
      : `provider_id \`${id}\` not found`;
    throw new Fault("node.component", message, { hint });
  }
  if (id === undefined && matching.length > 1) {
    throw new Fault("node.component", `multiple providers found for type \`${type}\`, specify provider_id`, {
      hint,
    });
  }
  return found;
}

/** Reads the payload of `flow.call`. */
export function readFlowCall(payload: Json): { flowId: string; input: Json } {
  const invalid = "invalid payload for flow.call node";
  const hint = `Add "flow_id" to the node`;
  if (!isObject(payload)) throw new Fault("node.payload", invalid, { hint });
  const flowId = oneString(payload, ["flow_id", "flow"], invalid)?.trim();
  if (flowId === undefined) throw new Fault("node.payload", invalid, { hint });
  if (flowId === "") throw new Fault("node.payload", "flow.call requires a non-empty flow_id", { hint });
  return { flowId, input: member(payload, "input") ?? null };
}

/** The reason in the payload of `session.wait`. */
export function readWaitReason(payload: Json): string | null {
  return typeof payload === "string" ? payload : stringMember(payload, "reason") ?? null;
}

/** Reads the payload of `flow.goto`. */
export function readGoto(payload: Json): Jump {
  const invalid = "invalid payload for flow.goto node";
  const hint = `Add "flow_id", or "node" for a node of the same flow`;
  if (!isObject(payload)) throw new Fault("node.payload", invalid, { hint });
  const flow = oneString(payload, ["flow_id", "flow"], invalid)?.trim();
  const node = oneString(payload, ["node"], invalid)?.trim();
  if (!flow && !node) {
    throw new Fault("node.payload", "flow.goto requires a non-empty flow_id", { hint });
  }
  return {
    ...(flow ? { flow } : {}),
    ...(node ? { node } : {}),
    input: member(payload, "input") ?? null,
    maxRedirects: maxRedirects(payload),
  };
}

/** Reads the key in the payload of `state.get` and `state.set`. */
export function readStateKey(payload: Json): string {
  const key = stringMember(payload, "key");
  if (key !== undefined && key.trim() !== "") return key;
  throw new Fault("node.payload", "state node payload missing required `key` (non-empty string)", {
    hint: `Add "key" to the node`,
  });
}
