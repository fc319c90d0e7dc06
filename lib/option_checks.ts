/** Checks the values of options, one at a time. Each gives the value back or throws `option.invalid`. Knows no option. */

import { RunnerError } from "./base/errors.ts";

const ID_REGEXP = /^[A-Za-z0-9._-]+$/;

/** The value, if it is a list. */
export function array<T>(option: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value;
  throw invalid(option, value, "a list");
}

/** Throws for the first name that is not known. */
export function checkNames(what: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RunnerError("option.invalid", `The ${what} "${unknown}" is unknown`, {
    hint: `There are: ${known.join(", ")}`,
  });
}

/** The value, if it is an object and no array. */
export function object<T extends object>(option: string, value: T): T {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid(option, value, "an object");
}

/** The value, if it is a text that is not empty; null when there is none. */
export function optionalText(option: string, value: string | undefined): string | null {
  return value === undefined ? null : text(option, value);
}

/** The value, if it is a text that is not empty. */
export function text(option: string, value: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw invalid(option, value, "a text that is not empty");
}

/** The value, if it can be part of keys and paths. */
export function identifier(option: string, value: string): string {
  if (typeof value === "string" && ID_REGEXP.test(value)) return value;
  throw invalid(option, value, "letters, digits, '.', '-' and '_'");
}

/** The value, if it is a text. */
export function string(option: string, value: string): string {
  if (typeof value === "string") return value;
  throw invalid(option, value, "a text");
}

/** The value, if it is one of those allowed. */
export function oneOf<T extends string | boolean>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw invalid(option, value, allowed.map((item) => JSON.stringify(item)).join(" or "));
}

/** The error for an option: what it is, and what was expected. */
export function invalid(option: string, value: unknown, wanted: string): RunnerError {
  // Not every number has a JSON form.
  const shown = typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : JSON.stringify(value);
  return new RunnerError("option.invalid", `Option "${option}" is ${shown}: expected ${wanted}`);
}
