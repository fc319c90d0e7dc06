/**
 * Texts that guests leave with the runner for one run, and how much of them there may be: whatever they store
 * together, be it by nodes that have ended, may take as much memory as one of them.
 */

import type { Failure } from "../base/call.ts";
import { entryBytes } from "../base/bytes.ts";
import { limitFailure, type Limits } from "../base/limits.ts";
import type { Answer } from "./capability.ts";

/** Counts what all stores of a run keep. */
export class KeptBytes {
  readonly #limits: Pick<Limits, "maxMemoryBytes">;
  #held = 0;

  /** Allows what a guest may have of memory. */
  constructor(limits: Pick<Limits, "maxMemoryBytes">) {
    this.#limits = limits;
  }

  /** Counts `bytes` more, or less when there are less than none; returns the failure when they would be too many. */
  change(bytes: number): Failure | null {
    if (bytes > 0 && this.#held + bytes > this.#limits.maxMemoryBytes) {
      const what = "The size of what components store in the run";
      return limitFailure("limit.memory", "maxMemoryBytes", this.#limits, what);
    }
    this.#held += bytes;
    return null;
  }
}

/** Texts under keys. */
export class KeptTexts {
  readonly #kept: KeptBytes;
  readonly #values = new Map<string, string>();

  /** Starts with none. */
  constructor(kept: KeptBytes) {
    this.#kept = kept;
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  /** Keeps a text in place of the one before; returns the failure when there is no room for it. */
  set(key: string, value: string): Failure | null {
    const failure = this.#kept.change(entryBytes(key, value) - this.#bytesAt(key));
    if (failure === null) this.#values.set(key, value);
    return failure;
  }

  delete(key: string): boolean {
    this.#kept.change(-this.#bytesAt(key));
    return this.#values.delete(key);
  }

  #bytesAt(key: string): number {
    const value = this.#values.get(key);
    return value === undefined ? 0 : entryBytes(key, value);
  }
}

/** The answer to a guest for whose text there is no room: its call ends. */
export function noRoom(failure: Failure): Answer {
  return {
    reply: { type: "abort", failure },
    status: "denied",
    provider: "real",
    outputs: { error: failure.message },
  };
}
