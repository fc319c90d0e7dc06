/** The kinds of stores that tests of state and keys run over. */

import { failureOfError } from "../../../lib/base/call.ts";
import type { RunnerError } from "../../../lib/base/errors.ts";
import { DEFAULT_LIMITS } from "../../../lib/base/limits.ts";
import { MemoryStore } from "../../../lib/host/state/memory_store.ts";
import { openSqliteStore } from "../../../lib/host/state/sqlite_store.ts";
import type { TextStore } from "../../../lib/host/state/store.ts";
import { TrackedStore } from "../../../lib/host/state/tracked_store.ts";
import { kept } from "../_helpers.ts";

/** Lends an empty store of some kind to some work, and takes it away afterwards. */
export type WithStore = (
  work: (store: TextStore) => void | Promise<void>,
  maxMemoryBytes?: number,
) => Promise<void>;

/** Every kind of store by its name. */
export const STORES: readonly (readonly [name: string, withStore: WithStore])[] = [
  ["memory", async (work, limit = DEFAULT_LIMITS.maxMemoryBytes) => await work(new MemoryStore(kept(limit)))],
  ["SQLite", withSqlite],
  ["a tracked store", async (work, limit = DEFAULT_LIMITS.maxMemoryBytes) => {
    await work(new TrackedStore(new MemoryStore(kept(limit))));
  }],
];

async function withSqlite(
  work: (store: TextStore) => void | Promise<void>,
  limit: number = DEFAULT_LIMITS.maxMemoryBytes,
): Promise<void> {
  await inFolder(async (folder) => {
    const store = await openSqliteStore(`${folder}/state.db`, kept(limit));
    try {
      await work(store);
    } finally {
      store.close();
    }
  });
}

/** Lends an empty folder to some work, and takes it away afterwards. */
export async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A store of which nothing can be had but this error. */
export function brokenStore(error: RunnerError): TextStore {
  const broken = () => {
    throw error;
  };
  return { get: broken, set: () => failureOfError(error), delete: broken, entries: broken, close: () => {} };
}
