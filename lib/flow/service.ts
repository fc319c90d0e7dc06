/**
 * What a node that needs another service asks for, in the words of the reference runner's tools: a tool, an action and
 * arguments. The one place that knows how each kind of these nodes names them. Never asks anybody.
 *
 * | node | tool | action |
 * |---|---|---|
 * | `mcp`, `mcp:SERVER` | SERVER, else `server`, else `mcp` | `tool`, else `name` |
 * | `a2a`, `a2a:AGENT` | `a2a` | AGENT, else `agent` |
 * | `dw.agent`, `dw.agent.AGENT` | `dw.agent` | AGENT, else `agent` |
 * | `dw.agent_graph`, `dw.agent_graph.GRAPH` | `dw.agent_graph` | GRAPH, else `graph` |
 * | `sorla.call` and other calls | the kind itself | |
 *
 * Where the table gives no action it is the operation of the node, else `operation`, `op` or `action` of its payload,
 * else `call`. The arguments are `arguments`, else `input`, else the whole payload.
 */

import { type Json, member, stringMember } from "../base/json.ts";
import type { ServiceKind } from "./flow.ts";

/** What a service is asked. */
export interface ServiceCall {
  /** The tool, server or kind of service. */
  readonly tool: string;
  /** What is asked of it. */
  readonly action: string;
  /** What it is given. */
  readonly arguments: Json;
}

const NAME_REGEXP = /^(mcp|a2a|dw\.agent(?:_graph)?)(?:[:.](.*))?$/;

/** The members of a payload that name the action, by service. */
const ACTION_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["mcp", ["tool", "name"]],
  ["a2a", ["agent"]],
  ["dw.agent", ["agent"]],
  ["dw.agent_graph", ["graph"]],
]);
const OPERATION_KEYS = ["operation", "op", "action"];

/** What a node asks for, by its name, its operation and its payload. */
export function serviceCall(
  { name, operation }: Pick<ServiceKind, "name" | "operation">,
  payload: Json,
): ServiceCall {
  const [, service = name, rest] = NAME_REGEXP.exec(name) ?? [];
  const named = (keys: readonly string[]) => firstText(keys.map((key) => stringMember(payload, key)));
  const isServer = service === "mcp";
  const tool = isServer ? firstText([rest]) ?? named(["server"]) : undefined;
  const action = firstText([isServer ? undefined : rest]) ?? named(ACTION_KEYS.get(service) ?? []) ??
    firstText([operation]) ?? named(OPERATION_KEYS);
  return { tool: tool ?? service, action: action ?? "call", arguments: argumentsIn(payload) };
}

function argumentsIn(payload: Json): Json {
  return member(payload, "arguments") ?? member(payload, "input") ?? payload;
}

function firstText(texts: readonly (string | undefined)[]): string | undefined {
  return texts.map((text) => text?.trim()).find((text) => text !== undefined && text !== "");
}
