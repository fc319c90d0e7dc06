/** The first place at which two JSON values differ. Never judges whether a difference matters. */

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
  areSame: (first: string, second: string) => boolean = () => false,
): JsonDifference | null {
  if (first === second) return null;
  if (typeof first === "string" && typeof second === "string" && areSame(first, second)) return null;
  if (isArray(first) && isArray(second)) {
    for (let at = 0; at < Math.max(first.length, second.length); at++) {
      const found = jsonDifference(first[at], second[at], `${path}[${at}]`, areSame);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(first) || !isObject(second)) return { path, first, second };
  const keys = new Set([...Object.keys(first), ...Object.keys(second)]);
  for (const key of [...keys].sort(compareCodePoints)) {
    const own = (value: typeof first) => Object.hasOwn(value, key) ? value[key] : undefined;
    const found = jsonDifference(own(first), own(second), memberPath(path, key), areSame);
    if (found !== null) return found;
  }
  return null;
}

function memberPath(path: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
