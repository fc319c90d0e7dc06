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
  const { flowId, nodeId, attempt, operation, input } = call;
  const written = member(input, "envelope");
  const source = isObject(written) ? written : isSpelledOut(input) ? input : { payload: input };
  const { env, tenant, session } = identity;
  return {
    envelope: {
      ctx: {
        env,
        tenant,
        tenant_id: tenant,
        session_id: session,
        flow_id: flowId,
        node_id: nodeId,
        provider_id: PROVIDER,
        attempt,
      },
      flow_id: flowId,
      node_id: nodeId,
      op: stringMember(source, "op") ?? operation,
      payload: bytesOf(member(source, "payload")),
      metadata: bytesOf(member(source, "metadata")),
    },
    dropped: Object.keys(isSpelledOut(input) && isObject(input) ? input : {}).filter((key) =>
      !FIELDS.includes(key)
    ),
  };
}

/** What an input can say of its envelope. */
const FIELDS = ["op", "payload", "metadata"];

function isSpelledOut(input: Json): boolean {
  return stringMember(input, "op") !== undefined ||
    ["payload", "metadata"].some((key) => (member(input, key) ?? null) !== null);
}

function bytesOf(value: Json | undefined): number[] {
  return [...new TextEncoder().encode(JSON.stringify(value ?? null))];
}
