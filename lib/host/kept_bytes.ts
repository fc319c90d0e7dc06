/**
 * How much guests may leave with the runner in one run: whatever they store together, be it by nodes that have ended,
 * may take as much memory as one of them. Never stores anything itself.
 */

import type { Failure } from "../base/call.ts";
import { limitFailure, type Limits } from "../base/limits.ts";

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
