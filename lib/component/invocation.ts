/** Turns what the engine asks into what a guest is given, for every kind of host. Never calls anything. */

import { failureOfError, type Invocation, type NodePlace, type Outcome } from "../base/call.ts";
import { encodeCbor } from "../base/cbor.ts";
import type { RunnerError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { ComponentHostOptions } from "./component.ts";
import { envelopeOf } from "./envelope.ts";
import type { GuestCall } from "./messages.ts";
import type { World, WorldFamily } from "./world.ts";

/** The worlds for which the reference runner wraps inputs in an envelope that is their input. */
const ENVELOPED: readonly WorldFamily[] = ["node-0.4", "node-0.5"];

/** The worlds that take their input as CBOR. */
const IN_CBOR: readonly WorldFamily[] = ["node-0.6", "component-runtime", "runtime"];

/** The input in the one form that the world takes: it crosses to another thread, which takes its time. */
function inputOf(input: Json, { family }: World): Pick<GuestCall, "input" | "inputCbor"> {
  return IN_CBOR.includes(family)
    ? { input: null, inputCbor: encodeCbor(input, { order: "given" }) }
    : { input, inputCbor: null };
}

/** The call as it crosses to the guest. */
export function guestCall(
  call: Invocation,
  world: World,
  { identity, wasi, limits, componentInput = "auto", emit, recorder = null, player = null }: Pick<
    ComponentHostOptions,
    "identity" | "wasi" | "limits" | "componentInput" | "emit" | "recorder" | "player"
  >,
): GuestCall {
  const wrapped = componentInput === "envelope" && ENVELOPED.includes(world.family)
    ? envelopeOf(call, identity)
    : undefined;
  if (wrapped !== undefined && wrapped.dropped.length > 0) {
    const message = `The envelope has no place for ${wrapped.dropped.join(", ")} of the node's input`;
    emit({
      type: "warning",
      code: "node.payload",
      message,
      place: `flow ${call.flowId} node ${call.nodeId}`,
    });
  }
  const place = placeOf(call);
  return {
    place,
    component: call.component,
    world,
    operation: call.operation,
    describe: call.describe ?? false,
    ...inputOf(wrapped?.envelope ?? call.input, world),
    // Asking for the state copies it, so it is asked for only where it is used.
    state: world.family === "node-0.4" && wrapped === undefined ? call.state : null,
    identity,
    wasi,
    draws: player?.draws(place) ?? null,
    keepDraws: recorder !== null,
    limits,
  };
}

/** A component that cannot be prepared fails its node like any other fault. */
export function outcomeOfFault(error: RunnerError): Outcome {
  return { status: "error", failure: failureOfError(error), metrics: {} };
}

/** Where a call takes place. */
export function placeOf({ callId, flowId, flowPath, nodeId, attempt }: Invocation): NodePlace {
  return { callId, flowId, flowPath, nodeId, attempt };
}
