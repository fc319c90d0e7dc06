/**
 * The one-line text of a JSON value, every object's keys in code point order.
 * Never relies on the order in which JavaScript lists keys: it moves keys such as "10" to the front.
 */

import { compareCodePoints, isArray, isObject, type Json } from "../base/json.ts";

/** Compact JSON text with sorted keys. */
export function jsonText(value: Json): string {
  if (isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort(compareCodePoints)
    .map((key) => `${JSON.stringify(key)}:${jsonText(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
}
