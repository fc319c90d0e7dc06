/** What differs between two JSON values, as a tree. Pure. */

import { align } from "../../base/alignment.ts";
import { isArray, isObject, type Json } from "../../base/json.ts";

/** What became of a value. */
export type Diff =
  | { readonly type: "same"; readonly value: Json }
  | { readonly type: "added"; readonly value: Json }
  | { readonly type: "removed"; readonly value: Json }
  | { readonly type: "changed"; readonly before: Json; readonly after: Json }
  | { readonly type: "inside"; readonly list: boolean; readonly parts: readonly DiffPart[] };

/** A member or an item of a value that changed inside. */
export interface DiffPart {
  /** The member's name, or the item's place in the list that has it. */
  readonly key: string;
  readonly diff: Diff;
}

/** What differs. */
export function jsonDiff(before: Json, after: Json): Diff {
  if (before === after) return { type: "same", value: after };
  if (isArray(before) && isArray(after)) {
    return inside(listParts(before, after), { list: true, value: after });
  }
  if (isObject(before) && isObject(after)) {
    return inside(memberParts(before, after), { list: false, value: after });
  }
  return { type: "changed", before, after };
}

/** Whether nothing differs. */
export function isSame(diff: Diff): boolean {
  return diff.type === "same";
}

function inside(parts: readonly DiffPart[], { list, value }: { list: boolean; value: Json }): Diff {
  return parts.every(({ diff }) => isSame(diff)) ? { type: "same", value } : { type: "inside", list, parts };
}

function memberParts(
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
): DiffPart[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Array.from(keys, (key): DiffPart => {
    const [had, has] = [Object.hasOwn(before, key), Object.hasOwn(after, key)];
    if (had && has) return { key, diff: jsonDiff(before[key]!, after[key]!) };
    return {
      key,
      diff: had ? { type: "removed", value: before[key]! } : { type: "added", value: after[key]! },
    };
  });
}

function listParts(before: readonly Json[], after: readonly Json[]): DiffPart[] {
  const texts = (list: readonly Json[]) => list.map((item) => JSON.stringify(item));
  const parts: DiffPart[] = [];
  let [at, to] = [0, 0];
  for (const [i, j] of [...align(texts(before), texts(after)), [before.length, after.length] as const]) {
    // Between two items that stayed, what went and what came are compared as long as there are both.
    for (; at < i && to < j; at++, to++) {
      parts.push({ key: `${to}`, diff: jsonDiff(before[at]!, after[to]!) });
    }
    for (; at < i; at++) parts.push({ key: `${at}`, diff: { type: "removed", value: before[at]! } });
    for (; to < j; to++) parts.push({ key: `${to}`, diff: { type: "added", value: after[to]! } });
    if (i < before.length) parts.push({ key: `${j}`, diff: { type: "same", value: after[j]! } });
    [at, to] = [i + 1, j + 1];
  }
  return parts;
}
