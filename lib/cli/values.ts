/**
 * What the texts of options mean: inputs, limits, secrets, parameters, maps of components. Never reads a file.
 */

import { LIMIT_FLAGS, type LimitName, type Limits, limitUnit } from "../base/limits.ts";
import type { Json } from "../base/json.ts";
import type { ComponentsOptions } from "../options.ts";
import { type Parsed, usage } from "./args.ts";

/** Where the run's input comes from. */
export type InputSource =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "stdin" };

/** A file that maps components, or pairs of a component and its file. */
export function mapOf(items: readonly string[]): ComponentsOptions["map"] | undefined {
  if (items.length === 0) return undefined;
  const pairs = items.map((item) => /^([A-Za-z0-9._-]+)=(.+)$/.exec(item));
  if (items.length === 1 && pairs[0] === null) return items[0];
  return Object.fromEntries(pairs.map((pair, i) => {
    if (pair !== null) return [pair[1]!, pair[2]!];
    throw usage(
      `Option "--components-map" is "${items[i]}" beside others`,
      "Give one file, or ID=FILE each time",
    );
  }));
}

/** The source of the input, or null when none is named. */
export function inputOf(text: Parsed["text"]): InputSource | null {
  const { input, "input-file": file } = text;
  if (input !== undefined && file !== undefined) {
    throw usage("Both --input and --input-file are given", "Give one of them");
  }
  if (file !== undefined) return file === "-" ? { kind: "stdin" } : { kind: "file", path: file };
  if (input === undefined) return null;
  if (input === "-") return { kind: "stdin" };
  if (input === "@") throw usage('Option "--input" names no file', "Write --input @FILE");
  return input.startsWith("@") ? { kind: "file", path: input.slice(1) } : { kind: "text", text: input };
}

/** The limits that are given, or undefined when there is none. */
export function limitsOf(text: Parsed["text"]): Partial<Limits> | undefined {
  const limits: Partial<Record<LimitName, number>> = {};
  for (const [name, flag] of Object.entries(LIMIT_FLAGS) as [LimitName, string][]) {
    const value = text[flag.slice(2)];
    if (value === undefined) continue;
    if (!/^[0-9]{1,12}$/.test(value) || Number(value) === 0) {
      throw usage(`Option "${flag}" is "${value}"`, `Give a whole number from 1: ${flag} 1000`);
    }
    limits[name] = Number(value) * limitUnit(name);
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** The name and the value of `NAME=VALUE`, which an option has; what is wrong with another is for its message. */
export function pairOf(item: string, option: string, fault: string): [name: string, value: string] {
  const at = item.indexOf("=");
  if (at < 1) throw usage(`Option "${option}" ${fault}`, `Write ${option} NAME=VALUE`);
  return [item.slice(0, at), item.slice(at + 1)];
}

/** The secrets by name. */
export function secretsOf(items: readonly string[]): Record<string, string> {
  // The value is not repeated in the message: it may be a secret without its name.
  return Object.fromEntries(items.map((item) => pairOf(item, "--secret", "has no name")));
}

/** Parameters by name: values are JSON where they can be read so, and texts otherwise: so are numbers too large for it. */
export function parametersOf(
  items: readonly string[],
  option: string = "--parameter",
): Record<string, Json> | undefined {
  if (items.length === 0) return undefined;
  return Object.fromEntries(items.map((item) => {
    const [name, value] = pairOf(item, option, `is "${item}"`);
    return [name, jsonOrText(value)];
  }));
}

function jsonOrText(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return typeof value === "number" && !isWhole(value, text) ? text : value;
  } catch {
    return text;
  }
}

/** Whether a number says all that its text does: it is none of the very large ones, and no long identifier. */
function isWhole(value: number, text: string): boolean {
  return Number.isFinite(value) && (!/^-?\d+$/.test(text.trim()) || BigInt(text.trim()) === BigInt(value));
}

/** The file that is written. Bytes go to no terminal, and nobody who writes - means a file of that name. */
export function fileOf(out: string | undefined, example: string): string | null {
  if (out !== "-") return out ?? null;
  throw usage(
    "Nothing but a file can be written to",
    `Name one: -o ${example}, or -o ./- for a file of that name`,
  );
}

/** An object without the members that are undefined. */
export function defined<T extends object>(options: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
