/** Texts in memory, for one run. Never writes to disk. */

import { entryBytes } from "../../base/bytes.ts";
import type { Failure } from "../../base/call.ts";
import { compareCodePoints } from "../../base/json.ts";
import type { KeptBytes } from "../kept_bytes.ts";
import type { TextStore } from "./store.ts";

/** Keeps texts in memory. */
export class MemoryStore implements TextStore {
  readonly #kept: KeptBytes;
  readonly #values = new Map<string, string>();

  /** Starts with none; `kept` counts what all stores of the run keep. */
  constructor(kept: KeptBytes) {
    this.#kept = kept;
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: string): Failure | null {
    const failure = this.#kept.change(entryBytes(key, value) - this.#bytesAt(key));
    if (failure === null) this.#values.set(key, value);
    return failure;
  }

  delete(key: string): boolean {
    this.#kept.change(-this.#bytesAt(key));
    return this.#values.delete(key);
  }

  entries(): Iterable<readonly [string, string]> {
    return [...this.#values].sort(([a], [b]) => compareCodePoints(a, b));
  }

  /** Nothing is held open. */
  close(): void {}

  #bytesAt(key: string): number {
    const value = this.#values.get(key);
    return value === undefined ? 0 : entryBytes(key, value);
  }
}
