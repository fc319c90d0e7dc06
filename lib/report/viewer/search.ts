/** Looks for a text in everything that the page has. Words are looked for one by one; case does not count. */

import type { Kind, Status } from "../document.ts";
import type { Data } from "./data.ts";
import { isOwnStatus } from "./items.ts";

/** What the list is narrowed to. Empty sets narrow nothing. */
export interface Wish {
  readonly query: string;
  readonly kinds: ReadonlySet<Kind>;
  readonly statuses: ReadonlySet<Status>;
}

/** The words of a query, in lower case. */
export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter((word) => word !== "");
}

/** Whether a text has all words. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

/** Which items match, by number; null when all do. Each word may stand in another part of an item. */
export function matchesOf(data: Data, { query, kinds, statuses }: Wish): Uint8Array | null {
  const words = wordsOf(query);
  if (words.length === 0 && kinds.size === 0 && statuses.size === 0) return null;
  const finders = words.map((word) => finder(data, word));
  return Uint8Array.from(
    data.items,
    (item) =>
      (kinds.size === 0 || kinds.has(item.kind)) &&
        (statuses.size === 0 || statuses.has(item.status) && isOwnStatus(item)) &&
        finders.every((isIn) => isIn(item))
        ? 1
        : 0,
  );
}

/** What tells whether an item has a word. Every name and value is looked through once, however many items have it. */
function finder(data: Data, word: string): (item: Data["items"][number]) => boolean {
  const names = new Set(data.document.names.filter((name) => name.toLowerCase().includes(word)));
  // Values are JSON: what stands in them is looked for as it is written there.
  const escaped = JSON.stringify(word).slice(1, -1).replaceAll("<", "\\u003c");
  const values = new Set<number>();
  for (const [number, text] of data.lowerTexts.entries()) if (text.includes(escaped)) values.add(number);
  return ({ name, label, what, who, kind, status, input, output, error }) =>
    names.has(name) || names.has(label) || names.has(what) || names.has(who) || kind === word ||
    status === word ||
    values.has(input) || values.has(output) || values.has(error);
}
