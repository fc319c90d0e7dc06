/**
 * Knows what a run changed in a store: of every key that it set or deleted the text before its first change and the
 * text now. Never takes what others do to the same store meanwhile for the work of the run.
 */

import { type Failure, failureOfError } from "../../base/call.ts";
import { compareCodePoints, type Json, type JsonObject, jsonOrText } from "../../base/json.ts";
import { askStore, type TextStore } from "./store.ts";

/** What a run changed, by the keys of the store. All parts are always there. */
export interface StateDifference {
  /** Values of keys that were not there before. */
  readonly added: JsonObject;
  /** Both values of keys that were there before and still are. */
  readonly changed: { readonly [key: string]: { readonly before: Json; readonly after: Json } };
  /** The last values of keys that are no longer there. */
  readonly removed: JsonObject;
}

/** The text of a key before its first change, and now; undefined where there is none. */
interface Change {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A store that remembers what was changed through it. */
export class TrackedStore implements TextStore {
  readonly #store: TextStore;
  readonly #changes = new Map<string, Change>();

  /** Passes everything on to `store`, and closes it when it is closed. */
  constructor(store: TextStore) {
    this.#store = store;
  }

  get(key: string): string | undefined {
    return this.#store.get(key);
  }

  set(key: string, value: string): Failure | null {
    return askStore<Failure | null>(() => {
      const before = this.#before(key);
      const failure = this.#store.set(key, value);
      if (failure === null) this.#note(key, { before, after: value });
      return failure;
    }, failureOfError);
  }

  delete(key: string): boolean {
    const before = this.#before(key);
    const existed = this.#store.delete(key);
    this.#note(key, { before, after: undefined });
    return existed;
  }

  entries(): Iterable<readonly [string, string]> {
    return this.#store.entries();
  }

  turn(signal: AbortSignal): Promise<void> | null {
    return this.#store.turn?.(signal) ?? null;
  }

  close(): void {
    this.#store.close();
  }

  /** What was changed until now; a key that ended as it began is not in it. */
  difference(): StateDifference {
    const added: [string, Json][] = [], removed: [string, Json][] = [];
    const changed: [string, { before: Json; after: Json }][] = [];
    for (const [key, { before, after }] of this.#sorted()) {
      if (before === undefined) added.push([key, jsonOrText(after!)]);
      else if (after === undefined) removed.push([key, jsonOrText(before)]);
      else changed.push([key, { before: jsonOrText(before), after: jsonOrText(after) }]);
    }
    return {
      added: Object.fromEntries(added),
      changed: Object.fromEntries(changed),
      removed: Object.fromEntries(removed),
    };
  }

  #before(key: string): string | undefined {
    const known = this.#changes.get(key);
    return known === undefined ? this.#store.get(key) : known.before;
  }

  /** A change that was taken back is forgotten: guests could fill the memory with such keys. */
  #note(key: string, change: Change): void {
    if (change.before === change.after) this.#changes.delete(key);
    else this.#changes.set(key, change);
  }

  #sorted(): [string, Change][] {
    return [...this.#changes].sort(([a], [b]) => compareCodePoints(a, b));
  }
}
