/**
 * A capability whose answers are those of a recorded run. Never asks the capability behind it for one: a replay changes
 * nothing and reaches nobody.
 */

import { type Failure, failureOfError, type HostCall } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { TapedAnswer, TapePlayer } from "../base/tape.ts";
import type { Answer, Capability } from "./capability.ts";
import { type PutSecret, putSecret, withoutSecret } from "./put_secret.ts";
import { frameOf } from "./taped.ts";

/** What answers are played from. */
export interface ReplayPorts {
  /** Gives the answers. */
  readonly player: TapePlayer;
  /** The recorded call that comes nearest to one that has no answer, and where the two differ. */
  readonly nearest: (call: HostCall) => NearestCall | undefined;
  /** Hears of each secret that a guest has put, before its call is answered. */
  readonly hear: (secret: PutSecret) => void;
}

/** A recorded call that is not the one that was made. */
export interface NearestCall {
  /** Its interface. */
  readonly interface: string;
  /** Its function. */
  readonly fn: string;
  /** The first place at which the arguments differ; null for another function. */
  readonly path: string | null;
  /** What was recorded there, without secrets; undefined for nothing. */
  readonly recorded: Json | undefined;
  /** What is asked there, without secrets; undefined for nothing. */
  readonly asked: Json | undefined;
}

/**
 * Plays the answers of a capability; one that is {@linkcode Capability.local} is given back as it is. Where the recorded
 * guest was stopped, this one waits to be; what the recording does not have ends the node with `replay.miss`.
 */
export function replayed(capability: Capability, ports: ReplayPorts): Capability {
  if (capability.local === true) return capability;
  return {
    ...frameOf(capability),
    answer(call, signal) {
      const answer = playedAnswer(withoutSecret(call), ports);
      if (answer === null) return untilAborted(signal);
      const secret = putSecret(call, answer);
      if (secret !== undefined) ports.hear(secret);
      return answer;
    },
  };
}

function playedAnswer(call: HostCall, { player, nearest }: ReplayPorts): TapedAnswer {
  try {
    const answer = player.answer(call);
    return answer === undefined ? refused(missed(call, nearest(call))) : answer;
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return refused(failureOfError(error));
  }
}

function refused(failure: Failure): Answer {
  return {
    reply: { type: "abort", failure },
    status: "error",
    provider: "mock",
    outputs: { error: failure.message },
  };
}

/** Most characters of a value in a message. */
const MAX_CHARS = 80;

function missed(call: HostCall, nearest: NearestCall | undefined): Failure {
  return {
    code: "replay.miss",
    message: `Recorded run has no answer to ${nameOf(call)}: ${difference(nearest)}`,
    hint: "Record it again with --record, or replay the pack as it was recorded",
  };
}

function difference(nearest: NearestCall | undefined): string {
  if (nearest === undefined) return "this node asked nothing more there";
  const { path, recorded, asked } = nearest;
  if (path === null) return `the node called ${nameOf(nearest)} next there`;
  return `the next call there has ${path} ${shown(recorded)}, and this one has ${shown(asked)}`;
}

function nameOf({ interface: name, fn }: { readonly interface: string; readonly fn: string }): string {
  return `${name}#${fn}`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "absent";
  const text = JSON.stringify(value);
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`;
}

/** An answer that never comes; once nobody waits for it, there is nobody to give it to. */
function untilAborted(signal: AbortSignal): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const stopped = () => resolve(refused({ code: "node.cancelled", message: "Guest was stopped" }));
  if (signal.aborted) stopped();
  else signal.addEventListener("abort", stopped, { once: true });
  return promise;
}
