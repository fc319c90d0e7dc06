/**
 * The contexts in which components are called: who runs the flow, and where in it. Never the input.
 *
 * One object serves every shape that is in circulation under one version number: when a record is lowered, surplus
 * fields are ignored and missing ones are not.
 */

import type { NodePlace, WitValue } from "../base/call.ts";
import type { GuestCall, Identity } from "./messages.ts";

/** What 0.6 has in place of "no deadline": the largest number that fits. */
const NO_DEADLINE = 2n ** 64n - 1n;

/** The `exec-ctx` of node 0.4 and 0.5, with the narrow and the wide `tenant-ctx`. */
export function execContext({ place, identity }: GuestCall): WitValue {
  const { team, user, ...shared } = sharedContext(identity, place);
  const tenant = {
    ...shared,
    env: identity.env,
    tenant: identity.tenant,
    team,
    teamId: team,
    user,
    userId: user,
    traceId: undefined,
    i18nId: undefined,
    attributes: [],
    sessionId: identity.session,
    flowId: place.flowId,
    nodeId: place.nodeId,
    providerId: undefined,
    deadlineUnixMs: undefined,
    deadlineMs: undefined,
    impersonation: undefined,
  };
  return { tenant, i18nId: undefined, flowId: place.flowId, nodeId: place.nodeId };
}

/** The `invocation-envelope` of node 0.6 around a payload. */
export function invocationEnvelope({ place, identity, component }: GuestCall, payload: Uint8Array): WitValue {
  const { team, user, ...shared } = sharedContext(identity, place);
  return {
    ctx: {
      ...shared,
      envId: identity.env,
      teamId: team,
      userId: user,
      traceId: "",
      i18nId: "",
      deadlineMs: NO_DEADLINE,
    },
    flowId: place.flowId,
    stepId: place.nodeId,
    componentId: component,
    attempt: place.attempt,
    payloadCbor: payload,
    metadataCbor: undefined,
  };
}

function sharedContext(
  identity: Identity,
  place: NodePlace,
): { team: string | undefined; user: string | undefined } & Record<string, WitValue> {
  return {
    tenantId: identity.tenant,
    team: identity.team ?? undefined,
    user: identity.user ?? undefined,
    correlationId: identity.session,
    attempt: place.attempt,
    // The same for every attempt, so that a receiver can tell a retry from a new request.
    idempotencyKey: [identity.session, ...place.flowPath, place.flowId, place.nodeId].join(":"),
  };
}
