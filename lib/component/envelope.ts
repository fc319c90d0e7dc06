/**
 * The invocation envelope in which the reference runner, from version 0.4.53 on, wraps the input of components: payload
 * and metadata as arrays of the bytes of their JSON. Asked for by those whose components take it apart.
 */

import type { Invocation } from "../base/call.ts";
import { isObject, type Json, type JsonObject, member, stringMember } from "../base/json.ts";
import type { Identity } from "./messages.ts";

/** Who stands for the provider of desktop runs. */
const PROVIDER = "greentic-dev";

/** An input in its envelope. */
export interface Enveloped {
  readonly envelope: JsonObject;
  /** Members of the input that the envelope has no place for, and that the component does not get. */
  readonly dropped: readonly string[];
}

/** Wraps the input of a call. */
export function envelopeOf(call: Invocation, identity: Identity): Enveloped {
  const { flowId, nodeId, attempt, operation } = call;
  const { source, dropped } = readInput(call.input);
  const { env, tenant, session } = identity;
  const place = { flow_id: flowId, node_id: nodeId };
  return {
    envelope: {
      ctx: { env, tenant, tenant_id: tenant, session_id: session, ...place, provider_id: PROVIDER, attempt },
      ...place,
      op: stringMember(source, "op") ?? operation,
      payload: bytesOf(member(source, "payload")),
      metadata: bytesOf(member(source, "metadata")),
    },
    dropped,
  };
}

/** What an input can say of its envelope. */
const FIELDS = ["op", "payload", "metadata"];

/** Where the parts of the envelope are in an input: in a member of that name, in the input itself, or it is the payload. */
function readInput(input: Json): { source: JsonObject; dropped: string[] } {
  const inner = member(input, "envelope");
  if (isObject(input) && isObject(inner)) return { source: inner, dropped: others(input, ["envelope"]) };
  if (isObject(input) && isSpelledOut(input)) return { source: input, dropped: others(input, FIELDS) };
  return { source: { payload: input }, dropped: [] };
}

function isSpelledOut(input: JsonObject): boolean {
  return stringMember(input, "op") !== undefined ||
    ["payload", "metadata"].some((key) => (member(input, key) ?? null) !== null);
}

function others(input: JsonObject, known: readonly string[]): string[] {
  return Object.keys(input).filter((key) => !known.includes(key));
}

function bytesOf(value: Json | undefined): number[] {
  return [...new TextEncoder().encode(JSON.stringify(value ?? null))];
}
