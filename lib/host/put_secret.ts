/**
 * The secrets that guests put: whoever keeps or replays their calls hides them, and keeps the calls without them. Never
 * keeps one itself.
 */

import type { HostCall } from "../base/call.ts";
import type { Answer } from "./capability.ts";

/** A secret that a guest has put. */
export interface PutSecret {
  /** A name that none of the run's own secrets has: `put/KEY`. */
  readonly name: string;
  /** The value. */
  readonly value: Uint8Array;
}

/** The secret that a call has put, when it was taken; undefined for any other call and answer. */
export function putSecret(call: HostCall, { reply }: Answer): PutSecret | undefined {
  const [key, value] = call.args;
  if (!isPut(call) || reply.type !== "ok" || !(value instanceof Uint8Array)) return undefined;
  return { name: `put/${String(key)}`, value };
}

/** The call as a tape keeps it: without the secret, also one that is not taken and so never hidden. */
export function withoutSecret(call: HostCall): HostCall {
  return isPut(call) ? { ...call, args: call.args.slice(0, 1) } : call;
}

function isPut({ interface: name, fn }: HostCall): boolean {
  return name.startsWith("greentic:secrets-store/secrets-store@") && fn === "put";
}
