/**
 * A capability that answers as before, and whose answers are kept. Never changes an answer, and never decides what of it
 * is secret.
 */

import type { HostCall } from "../base/call.ts";
import type { TapeRecorder } from "../base/tape.ts";
import type { Answer, Capability } from "./capability.ts";
import { type PutSecret, putSecret, withoutSecret } from "./put_secret.ts";
import { fault } from "./table.ts";

/**
 * Keeps the answers of a capability; one that is {@linkcode Capability.local} is given back as it is. What is answered at
 * once is kept at once. A call whose guest was stopped before its answer came is kept as such the moment it is stopped, and
 * one that breaks as what its guest hears of it.
 *
 * @param hear Hears of each secret that a guest has put, before the call or anything behind it is kept.
 */
export function taped(
  capability: Capability,
  recorder: TapeRecorder,
  hear: (secret: PutSecret) => void,
): Capability {
  if (capability.local === true) return capability;
  const keep = (call: HostCall, answer: Answer | null) => {
    const secret = answer === null ? undefined : putSecret(call, answer);
    if (secret !== undefined) hear(secret);
    recorder.answered(withoutSecret(call), answer);
  };
  return {
    ...frameOf(capability),
    answer(call, signal) {
      let answer: Answer | Promise<Answer>;
      try {
        answer = capability.answer(call, signal);
      } catch (error) {
        keep(call, fault(error));
        throw error;
      }
      if (answer instanceof Promise) return later(answer, signal, (kept) => keep(call, kept));
      keep(call, answer);
      return answer;
    },
  };
}

/** What a capability is, apart from its answers. */
export function frameOf(capability: Capability): Omit<Capability, "answer"> {
  const { name, interfaces } = capability;
  return {
    name,
    interfaces,
    describe: (call) => capability.describe(call),
    close: () => capability.close?.(),
  };
}

/** The same answer, kept once: when it comes, or as null when its guest is stopped before. */
function later(
  answer: Promise<Answer>,
  signal: AbortSignal,
  keep: (answer: Answer | null) => void,
): Promise<Answer> {
  let isKept = false;
  const keepOnce = (kept: Answer | null) => {
    if (isKept) return;
    isKept = true;
    signal.removeEventListener("abort", onAbort);
    keep(kept);
  };
  const onAbort = () => keepOnce(null);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return answer.then((came) => {
    keepOnce(came);
    return came;
  }, (error) => {
    keepOnce(fault(error));
    throw error;
  });
}
