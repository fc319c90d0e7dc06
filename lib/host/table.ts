/**
 * The table of capabilities: which interfaces the host offers, and who answers them. Every call becomes a pair of
 * events. Never decides an answer itself.
 */

import type { HostCall, HostReply } from "../base/call.ts";
import { messageOf } from "../base/errors.ts";
import type { Emit } from "../base/events.ts";
import type { Answer, Capability } from "./capability.ts";

/** Interfaces that carry types only: importing them asks for nothing. */
const TYPE_ONLY = ["greentic:interfaces-types/types@0.1.0"];

/** The capabilities of one run. */
export class HostTable {
  /** The offered interfaces with their functions. */
  readonly offers: ReadonlyMap<string, readonly string[]>;
  readonly #owners: ReadonlyMap<string, Capability>;
  readonly #emit: Emit;
  #calls = 0;

  /** Offers the interfaces of all capabilities. */
  constructor(capabilities: readonly Capability[], emit: Emit) {
    const owned = capabilities.flatMap((capability) =>
      Object.entries(capability.interfaces).map(([name, functions]) => ({ name, functions, capability }))
    );
    this.offers = new Map([
      ...TYPE_ONLY.map((name): [string, string[]] => [name, []]),
      ...owned.map(({ name, functions }): [string, readonly string[]] => [name, functions]),
    ]);
    this.#owners = new Map(owned.map(({ name, capability }) => [name, capability]));
    this.#emit = emit;
  }

  /** Answers a guest's call; emits one `host.called` and one `host.returned`. */
  readonly answer = (call: HostCall, signal: AbortSignal): HostReply | Promise<HostReply> => {
    const capability = this.#owners.get(call.interface)!;
    const hostCallId = `h${++this.#calls}`;
    const shared = {
      hostCallId,
      place: call.place,
      capability: capability.name,
      call: `${call.interface}#${call.fn}`,
    };
    this.#emit({ type: "host.called", ...shared, inputs: capability.describe(call) });
    const settle = ({ reply, status, provider, outputs }: Answer): HostReply => {
      const ending = signal.aborted ? "cancelled" : status;
      this.#emit({ type: "host.returned", ...shared, status: ending, provider, outputs });
      return reply;
    };
    try {
      const answer = capability.answer(call, signal);
      return answer instanceof Promise
        ? answer.then(settle, (error) => settle(fault(error)))
        : settle(answer);
    } catch (error) {
      return settle(fault(error));
    }
  };
}

/** A capability that breaks ends the node, not the runner. */
function fault(error: unknown): Answer {
  const failure = { code: "internal", message: `Host call failed: ${messageOf(error)}` };
  return {
    reply: { type: "abort", failure },
    status: "error",
    provider: "real",
    outputs: { error: failure.message },
  };
}
