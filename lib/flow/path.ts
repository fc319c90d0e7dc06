/**
 * Paths into JSON values: the dotted form of templates and conditions, and JSON pointers.
 * Never looks at prototypes and never throws: what does not exist is reported with the part that does.
 */

import { compareCodePoints, isArray, isObject, type Json } from "../base/json.ts";

/** What a path led to: the value, or how many of its segments exist and what stands there. */
export type Lookup =
  | { readonly found: true; readonly value: Json }
  | { readonly found: false; readonly depth: number; readonly last: Json };

const IDENTIFIER = /[^\s!"#%&'()*+,./;<=>@[\\\]^`{|}~]+/y;
const BRACKET = /\.?\[(?:"([^"]*)"|'([^']*)'|([^\]"'[{}]+))\]/y;
const INDEX = /^(?:0|[1-9][0-9]*)$/;

/**
 * The segments of a well-formed path such as `node.a.items[1]["some key"]`, or undefined when the text is
 * anything else. A leading `this` stands for the root and is dropped.
 */
export function parsePath(text: string): string[] | undefined {
  const segments: string[] = [];
  let at = 0;
  while (at < text.length) {
    const bracket = match(BRACKET, text, at);
    if (bracket !== undefined && segments.length > 0) {
      segments.push((bracket[1] ?? bracket[2] ?? bracket[3] ?? "").trim());
      at += bracket[0].length;
      continue;
    }
    if (at > 0 && text[at] !== ".") return undefined;
    const identifier = match(IDENTIFIER, text, at > 0 ? at + 1 : 0);
    if (identifier === undefined) return undefined;
    segments.push(identifier[0]);
    at += identifier[0].length + (at > 0 ? 1 : 0);
  }
  if (segments.length === 0) return undefined;
  return segments[0] === "this" ? segments.slice(1) : segments;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** The member of an object or the element of an array under a key, or undefined. */
export function child(value: Json, key: string): Json | undefined {
  if (isArray(value)) return INDEX.test(key) ? value[Number(key)] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Follows segments from a root. */
export function lookupPath(root: Json, segments: readonly string[]): Lookup {
  let value = root;
  for (const [depth, segment] of segments.entries()) {
    const next = child(value, segment);
    if (next === undefined) return { found: false, depth, last: value };
    value = next;
  }
  return { found: true, value };
}

/** The segments of a JSON pointer (RFC 6901). */
export function parsePointer(pointer: string): string[] {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A hint for a path that does not exist: the nearest path that does, and what it holds. */
export function nearestHint(segments: readonly string[], missing: Lookup): string {
  if (missing.found) return "";
  const base = segments.slice(0, missing.depth).join(".");
  const where = base === "" ? "The context" : `The nearest existing path "${base}"`;
  return `${where} ${describe(missing.last)}`;
}

function describe(value: Json): string {
  if (isArray(value)) return `is a list of ${value.length}`;
  if (!isObject(value)) return `is ${value === null ? "null" : `a ${typeof value}`}`;
  const keys = Object.keys(value).sort(compareCodePoints);
  if (keys.length === 0) return "is an empty object";
  return `has ${keys.slice(0, 8).join(", ")}${keys.length > 8 ? ", …" : ""}`;
}

/** Names a field of a mapping: `$.items[0].text`. */
export function fieldPath(steps: readonly (string | number)[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    return /^[A-Za-z_][\w-]*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, "$");
}
