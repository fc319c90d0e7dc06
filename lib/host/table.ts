/**
 * The table of capabilities: which interfaces the host offers, and who answers them. Every call becomes a pair of
 * events. Never decides an answer itself.
 */

import type { HostCall, HostReply } from "../base/call.ts";
import { messageOf } from "../base/errors.ts";
import type { Emit } from "../base/events.ts";
import type { Json } from "../base/json.ts";
import type { Answer, Capability } from "./capability.ts";

/** Interfaces that carry types only: importing them asks for nothing. */
const TYPE_ONLY = ["greentic:interfaces-types/types@0.1.0", "greentic:types-core/core@0.6.0"];

/** Interfaces with their functions. */
export type Offers = ReadonlyMap<string, readonly string[]>;

/** The interfaces of capabilities, and those that ask for nothing. */
export function offersOf(capabilities: readonly Capability[]): Offers {
  return new Map([
    ...TYPE_ONLY.map((name): [string, string[]] => [name, []]),
    ...capabilities.flatMap(({ interfaces }) => Object.entries(interfaces)),
  ]);
}

/** The capabilities of one run. */
export class HostTable {
  /** The offered interfaces with their functions. */
  readonly offers: Offers;
  readonly #owners: ReadonlyMap<string, Capability>;
  readonly #emit: Emit;
  #calls = 0;

  /** Offers the interfaces of all capabilities. */
  constructor(capabilities: readonly Capability[], emit: Emit) {
    this.offers = offersOf(capabilities);
    this.#owners = new Map(
      capabilities.flatMap((capability) =>
        Object.keys(capability.interfaces).map((name) => [name, capability] as const)
      ),
    );
    this.#emit = emit;
  }

  /**
   * Answers a guest's call; emits one `host.called` and one `host.returned`, as cancelled when the guest was stopped
   * before the answer came. Never throws.
   */
  readonly answer = (call: HostCall, signal: AbortSignal): HostReply | Promise<HostReply> => {
    const capability = this.#owners.get(call.interface) ?? NOBODY;
    const shared = {
      hostCallId: `h${++this.#calls}`,
      place: call.place,
      capability: capability.name,
      call: `${call.interface}#${call.fn}`,
    };
    const settle = ({ reply, status, provider, outputs }: Answer): HostReply => {
      const ending = signal.aborted ? "cancelled" : status;
      this.#emit({ type: "host.returned", ...shared, status: ending, provider, outputs: plain(outputs) });
      return reply;
    };
    this.#emit({ type: "host.called", ...shared, inputs: describe(capability, call) });
    try {
      const answer = capability.answer(call, signal);
      if (!(answer instanceof Promise)) return settle(answer);
      return untilAborted(answer, signal).then(settle, (error) => settle(fault(error)));
    } catch (error) {
      return settle(fault(error));
    }
  };
}

/** Answers for interfaces that nobody offers, which no prepared component imports. */
const NOBODY: Capability = {
  name: "unknown",
  interfaces: {},
  describe: () => null,
  answer(call) {
    throw new Error(`nobody offers "${call.interface}"`);
  },
};

/** The answer that nobody hears. */
const UNHEARD: Answer = {
  reply: { type: "abort", failure: { code: "node.cancelled", message: "Guest was stopped" } },
  status: "error",
  provider: "refuse",
  outputs: null,
};

/** What a call asks, or nothing when even that cannot be told. */
function describe(capability: Capability, call: HostCall): Json {
  try {
    return plain(capability.describe(call));
  } catch {
    return null;
  }
}

/** Longest input or output of a host call in the record, as JSON text. */
const MAX_RECORDED = 64 * 1024;
const EXCERPT = 1024;

/**
 * A value as the record takes it. A guest decides the types of its own imports, so not every value is one of JSON;
 * and it decides how much it stores, so a long value is cut to an excerpt that says so.
 */
function plain(value: Json): Json {
  const text = textOf(value);
  if (text === undefined) return null;
  if (text.length <= MAX_RECORDED) return JSON.parse(text);
  // A slice of a text keeps the whole of it in memory; a copy does not.
  const excerpt: string = JSON.parse(JSON.stringify(`${text.slice(0, EXCERPT)}…`));
  return { excerpt, characters: text.length };
}

/** The JSON text of a value; whole numbers that JSON has not are texts in it. */
function textOf(value: Json): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // Looking at every item takes far longer than writing it, so it is done only where it must be.
    return JSON.stringify(value, (_, item) => typeof item === "bigint" ? String(item) : item);
  }
}

/** The answer, or that nobody waits for it any more: a capability that never answers must not leave its call open. */
function untilAborted(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const onAbort = () => resolve(UNHEARD);
  signal.addEventListener("abort", onAbort, { once: true });
  answer.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}

/** The answer of a capability that breaks: it ends the node, not the runner. */
export function fault(error: unknown): Answer {
  const failure = { code: "internal", message: `Host call failed: ${messageOf(error)}` };
  return {
    reply: { type: "abort", failure },
    status: "error",
    provider: "real",
    outputs: { error: failure.message },
  };
}
