/**
 * The helpers that give a value, truthiness, and how values print; all as in the reference's template engine.
 * Never sees the template: blocks and scopes are the evaluator's affair.
 */

import { compareCodePoints, isArray, isObject, type Json } from "../base/json.ts";
import { child } from "./path.ts";

/** A helper's arguments were wrong; the evaluator adds the place. */
export class HelperError extends Error {}

/** Computes a value from its arguments; undefined among them or as the result is a missing value. */
export type ValueHelper = (args: readonly (Json | undefined)[]) => Json | undefined;

/** One helper: how many arguments it takes, and whether it can do with missing ones. */
export interface HelperEntry {
  readonly min: number;
  readonly max: number;
  /** Whether missing arguments are let through to the helper also in strict mode. */
  readonly tolerant: boolean;
  /** Whether it looks at all of its arguments, however deep they are. */
  readonly deep?: boolean;
  readonly run: ValueHelper;
}

/** The helpers by name. */
export const VALUE_HELPERS: ReadonlyMap<string, HelperEntry> = new Map<string, HelperEntry>([
  ["eq", { ...binary((a, b) => equal(a, b)), deep: true }],
  ["ne", { ...binary((a, b) => !equal(a, b)), deep: true }],
  ["gt", binary((a, b) => compare(a, b) > 0)],
  ["gte", binary((a, b) => compare(a, b) >= 0)],
  ["lt", binary((a, b) => compare(a, b) < 0)],
  ["lte", binary((a, b) => compare(a, b) <= 0)],
  ["and", { min: 2, max: Infinity, tolerant: true, run: (args) => args.every((arg) => isTruthy(arg)) }],
  ["or", { min: 2, max: Infinity, tolerant: true, run: (args) => args.some((arg) => isTruthy(arg)) }],
  ["not", { min: 1, max: 1, tolerant: false, run: ([value]) => !isTruthy(value) }],
  ["len", { min: 1, max: 1, tolerant: false, run: ([value]) => lengthOf(value ?? null) }],
  ["lookup", { min: 2, max: 2, tolerant: false, run: ([value, key]) => lookup(value ?? null, key ?? null) }],
]);

function binary(test: (a: Json, b: Json) => boolean): HelperEntry {
  return { min: 2, max: 2, tolerant: false, run: ([a, b]) => test(a ?? null, b ?? null) };
}

/** Whether a value counts as true: not missing, null, false, zero or empty. */
export function isTruthy(value: Json | undefined, includeZero = false): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "number") return includeZero || value !== 0;
  if (isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return value !== "" && value !== false;
}

/** A value as text: lists as `[a, b]`, objects as `[object]`, null as nothing. */
export function printValue(value: Json): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (isArray(value)) return `[${value.map(printValue).join(", ")}]`;
  return isObject(value) ? "[object]" : String(value);
}

function equal(a: Json, b: Json): boolean {
  if (isArray(a) && isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key] ?? null, b[key] ?? null));
}

function compare(a: Json, b: Json): number {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  const left = toNumber(a), right = toNumber(b);
  if (left === undefined || right === undefined) {
    throw new HelperError("compares numbers or strings only");
  }
  return left - right;
}

function toNumber(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const parsed = Number(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

function lengthOf(value: Json): number {
  if (isArray(value)) return value.length;
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  return isObject(value) ? Object.keys(value).length : 0;
}

function lookup(value: Json, key: Json): Json | undefined {
  if (typeof key !== "string" && typeof key !== "number") {
    throw new HelperError("takes a string or a number as its second argument");
  }
  return child(value, String(key));
}
