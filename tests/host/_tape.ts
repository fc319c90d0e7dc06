/** A recorder that keeps in memory, for the tests of what records and replays. */

import type { HostCall, NodePlace } from "../../lib/base/call.ts";
import type { Draws, TapedAnswer, TapePlayer, TapeRecorder } from "../../lib/base/tape.ts";
import type { Answer, Capability } from "../../lib/host/capability.ts";

/** Keeps answers, in order. */
export class MemoryTape implements TapeRecorder {
  /** What was kept. */
  readonly kept: [HostCall, TapedAnswer][] = [];

  answered(call: HostCall, answer: TapedAnswer): void {
    this.kept.push([call, answer]);
  }

  drawn(_place: NodePlace, _draws: Draws): void {
    throw new Error("no capability draws");
  }

  told(_now: Date): void {
    throw new Error("no capability tells the time");
  }
}

/** Gives one answer to every call, and keeps what was asked. */
export class OneAnswer implements TapePlayer {
  /** What was asked. */
  readonly asked: HostCall[] = [];
  readonly #answer: () => TapedAnswer | undefined;

  /** Gives what a function gives. */
  constructor(answer: () => TapedAnswer | undefined) {
    this.#answer = answer;
  }

  answer(call: HostCall): TapedAnswer | undefined {
    this.asked.push(call);
    return this.#answer();
  }

  draws(): null {
    return null;
  }

  now(): undefined {
    return undefined;
  }
}

/** A capability whose answers come from a function. */
export function capabilityOf(answer: Capability["answer"], changes: Partial<Capability> = {}): Capability {
  return {
    name: "fake",
    interfaces: { "a:b/c": ["get"] },
    describe: ({ args }) => ({ asked: String(args[0]) }),
    answer,
    ...changes,
  };
}

/** An answer that is a value. */
export const ANSWER: Answer = {
  reply: { type: "ok", value: 7n },
  status: "ok",
  provider: "real",
  outputs: { found: true },
};
