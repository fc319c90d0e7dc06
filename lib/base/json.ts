/**
 * JSON values as the runner passes them between its parts, and the few operations every part needs.
 * Never reads files and never trusts an object's prototype: keys such as `__proto__` are data like any other.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Keys keep their insertion order in memory and are sorted when written. */
export interface JsonObject {
  /** The member of a name. */
  readonly [key: string]: Json;
}

/** Deepest nesting of arrays and objects that any document from outside may have. */
export const MAX_JSON_DEPTH = 128;

/** Whether a JSON value is an object (neither null nor an array). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is an array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object's own member, or undefined; never a property of the prototype. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The object's own member when it is a string, else undefined. */
export function stringMember(value: Json | undefined, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === "string" ? found : undefined;
}

/** The value of a text that is JSON, or the text itself: when it is none, or nests deeper than a document may. */
export function jsonOrText(text: string): Json {
  // Looked at first: to parse what nests a million levels deep takes seconds.
  if (!textWithinDepth(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A copy of an object without some of its keys. */
export function omit(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** The texts of a value, wherever they stand in it; keys are none of them. */
export function* textsIn(value: Json): Generator<string, void, undefined> {
  if (typeof value === "string") yield value;
  const items = isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const item of items) yield* textsIn(item);
}

/** A copy of a value in which every object has its keys sorted by code point. */
export function sortKeys(value: Json): Json {
  if (isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, Json] => [key, sortKeys(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => compareCodePoints(a, b)));
}

/** Compares two strings by Unicode code point, the order in which the reference holds object keys. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i), right = b.charCodeAt(i);
    if (left === right) continue;
    const surrogates = (left & 0xf800) === 0xd800 !== ((right & 0xf800) === 0xd800);
    // A surrogate stands for a code point above every unit of the basic plane.
    return surrogates ? ((left & 0xf800) === 0xd800 ? 1 : -1) : left - right;
  }
  return a.length - b.length;
}

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((sign) =>
  sign.charCodeAt(0)
);

/**
 * Whether the value of a JSON text nests arrays and objects at most `limit` deep, without parsing it. For a text that
 * is no JSON the answer means nothing.
 */
export function textWithinDepth(text: string, limit: number = MAX_JSON_DEPTH): boolean {
  let depth = 0, quoted = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) quoted = !quoted;
    else if (quoted) at += unit === BACKSLASH ? 1 : 0;
    else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
      if (++depth > limit) return false;
    } else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) depth--;
  }
  return true;
}

/** Whether a value nests arrays and objects at most `limit` deep. Walks without recursion. */
export function withinDepth(value: Json, limit: number = MAX_JSON_DEPTH): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      if (depth >= limit) return false;
      for (const child of isArray(item) ? item : Object.values(item)) next.push(child);
    }
    level = next;
  }
  return true;
}
