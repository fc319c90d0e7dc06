/**
 * WIT values as JSON and back, exactly: for files that are read by people and replayed by the runner. Never decides
 * what is worth keeping.
 *
 * What JSON lacks is an object with one member: `{"$none":true}` for nothing, `{"$int":"7"}` for 64-bit integers,
 * `{"$float":"NaN"}` for numbers that JSON has not, `{"$text":"…"}` for bytes that are UTF-8, and else
 * `{"$bytes":"<Base64>"}`. A field of a value whose name begins with `$` has one more.
 */

import type { WitValue } from "./call.ts";
import { isArray, isObject, type Json } from "./json.ts";

/** A value as JSON. */
export function witToJson(value: WitValue): Json {
  if (value === undefined) return { $none: true };
  if (typeof value === "bigint") return { $int: String(value) };
  if (typeof value === "number") return numberToJson(value);
  if (value instanceof Uint8Array) return bytesToJson(value);
  if (isList(value)) return value.map(witToJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, Json] => [escapedKey(key), witToJson(item)]),
  );
}

/**
 * The value that {@linkcode witToJson} wrote.
 *
 * @throws {SyntaxError} for a document that it cannot have written.
 */
export function witFromJson(json: Json): WitValue {
  if (isArray(json)) return json.map(witFromJson);
  if (!isObject(json)) return json;
  const entries = Object.entries(json);
  const [[key, item] = ["", null]] = entries;
  if (entries.length === 1 && isMarker(key)) return markedValue(key, item);
  return Object.fromEntries(entries.map(([key, item]) => [unescapedKey(key), witFromJson(item)]));
}

/** Numbers that JSON turns into others. */
const FLOATS: Readonly<Record<string, number>> = {
  "NaN": NaN,
  "Infinity": Infinity,
  "-Infinity": -Infinity,
  "-0": -0,
};

function numberToJson(value: number): Json {
  if (Object.is(value, -0)) return { $float: "-0" };
  return Number.isFinite(value) ? value : { $float: String(value) };
}

function bytesToJson(bytes: Uint8Array): Json {
  try {
    // A mark of byte order belongs to the bytes.
    return { $text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { $bytes: bytes.toBase64() };
  }
}

function isList(value: WitValue): value is readonly WitValue[] {
  return Array.isArray(value);
}

function escapedKey(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

function unescapedKey(key: string): string {
  if (isMarker(key)) throw new SyntaxError(`"${key}" stands beside other members`);
  return key.startsWith("$") ? key.slice(1) : key;
}

function isMarker(key: string): boolean {
  return key.startsWith("$") && !key.startsWith("$$");
}

function markedValue(key: string, item: Json): WitValue {
  if (key === "$none" && item === true) return undefined;
  if (typeof item === "string") {
    if (key === "$int" && /^-?\d+$/.test(item)) return BigInt(item);
    if (key === "$float" && Object.hasOwn(FLOATS, item)) return FLOATS[item];
    if (key === "$text") return new TextEncoder().encode(item);
    if (key === "$bytes") return Uint8Array.fromBase64(item);
  }
  throw new SyntaxError(`"${key}" marks no value that is known`);
}
