/** Where two JSON values differ. Never decides what a difference means. */

import { isArray, isObject, type Json } from "../../../base/json.ts";

/** One place at which two values differ. */
export interface JsonDifference {
  /** From the root: `.user.name`, `.items[0]`, `["a b"]`; empty for the root itself. */
  readonly path: string;
  /** What is there in the first value, or undefined for nothing. */
  readonly left: Json | undefined;
  /** What is there in the second value, or undefined for nothing. */
  readonly right: Json | undefined;
}

/** The places at which two values differ, in the order of the first. Walks no deeper than the values agree. */
export function* jsonDifferences(
  left: Json,
  right: Json,
  path: string = "",
): Generator<JsonDifference, void, undefined> {
  if (isArray(left) && isArray(right)) {
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      yield* within(left[i], right[i], `${path}[${i}]`);
    }
  } else if (isObject(left) && isObject(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      yield* within(own(left, key), own(right, key), `${path}${step(key)}`);
    }
  } else if (left !== right) yield { path, left, right };
}

function* within(
  left: Json | undefined,
  right: Json | undefined,
  path: string,
): Generator<JsonDifference, void, undefined> {
  if (left === undefined || right === undefined) yield { path, left, right };
  else yield* jsonDifferences(left, right, path);
}

function own(value: Readonly<Record<string, Json>>, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function step(key: string): string {
  return /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
