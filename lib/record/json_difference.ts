/** The places at which two JSON values differ. Never judges whether a difference matters. */

import { compareCodePoints, isArray, isObject, type Json } from "../base/json.ts";

/** Where two values differ, and what is there; undefined for what only the other one has. */
export interface JsonDifference {
  /** The place, such as `body.text[2]`; empty for the values themselves. */
  readonly path: string;
  /** What the first value has there. */
  readonly first: Json | undefined;
  /** What the second value has there. */
  readonly second: Json | undefined;
}

/** Whether two texts that are not equal count as the same. */
export type AreSame = (first: string, second: string) => boolean;

/**
 * The first difference in the order of keys and items, or null for equal values.
 *
 * @param path What the places begin with.
 * @param areSame Whether two texts that are not equal count as the same.
 */
export function jsonDifference(
  first: Json | undefined,
  second: Json | undefined,
  path: string = "",
  areSame: AreSame = () => false,
): JsonDifference | null {
  for (const found of jsonDifferences(first, second, path, areSame)) return found;
  return null;
}

/**
 * All differences in the order of keys and items. Walks no further than it is asked, and no deeper than the values agree.
 *
 * @param path What the places begin with.
 * @param areSame Whether two texts that are not equal count as the same.
 */
export function* jsonDifferences(
  first: Json | undefined,
  second: Json | undefined,
  path: string,
  areSame: AreSame,
): Generator<JsonDifference, void, undefined> {
  if (first === second) return;
  if (typeof first === "string" && typeof second === "string" && areSame(first, second)) return;
  if (isArray(first) && isArray(second)) {
    for (let at = 0; at < Math.max(first.length, second.length); at++) {
      if (first[at] === second[at]) continue;
      yield* jsonDifferences(first[at], second[at], `${path}[${at}]`, areSame);
    }
    return;
  }
  if (!isObject(first) || !isObject(second)) {
    yield { path, first, second };
    return;
  }
  const keys = new Set([...Object.keys(first), ...Object.keys(second)]);
  for (const key of [...keys].sort(compareCodePoints)) {
    const own = (value: typeof first) => Object.hasOwn(value, key) ? value[key] : undefined;
    if (own(first) === own(second)) continue;
    yield* jsonDifferences(own(first), own(second), memberPath(path, key), areSame);
  }
}

/** The path of a member of an object that has a path. */
export function memberPath(path: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
