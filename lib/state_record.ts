/** What the record of a run says of state: what the run changed, and on wish all that is kept. */

import { type Json, type JsonObject, jsonOrText } from "./base/json.ts";
import type { Granted } from "./host/granted.ts";
import type { TrackedStore } from "./host/state/tracked_store.ts";

/** Version of the document. */
const VERSION = 1;

/** The document that tells what a run changed, and with `dump` everything that is kept; null when there is nothing to tell. */
export function stateJson({ state, kv }: Pick<Granted, "state" | "kv">, dump: boolean): JsonObject | null {
  const stores = state === kv ? [state] : [state, kv];
  const differences = stores.map((store) => store.difference());
  const parts = ["added", "changed", "removed"] as const;
  const difference = Object.fromEntries(
    parts.map((part): [string, Json] => [
      part,
      Object.fromEntries(differences.flatMap((difference) => Object.entries<Json>(difference[part]))),
    ]),
  );
  if (!dump && parts.every((part) => Object.keys(difference[part] as JsonObject).length === 0)) return null;
  return { version: VERSION, ...difference, ...(dump ? { entries: entriesOf(stores) } : {}) };
}

function entriesOf(stores: readonly TrackedStore[]): JsonObject {
  return Object.fromEntries(
    stores.flatMap((store) =>
      [...store.entries()].map(([key, text]): [string, Json] => [key, jsonOrText(text)])
    ),
  );
}
