/**
 * Takes secrets out of values before they are written or shown: whole members whose key sounds secret, and
 * known secret values wherever they stand in text.
 * Never writes anything and never learns secrets by itself: whoever reads a secret adds it first.
 */

import { concatBytes } from "../base/bytes.ts";
import type { Failure } from "../base/call.ts";
import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
} from "../base/json.ts";
import { MIN_SECRET_CHARS, secretForms } from "./secret_forms.ts";

/** What stands in the place of a secret. */
export const REDACTED = "__REDACTED__";

/** What stands in the place of a value that is nested too deeply to be written. */
const TOO_DEEP = "__TOO_DEEP__";

/** What stands where a text was cut. */
const CUT = "…";

/** Parts of key names that mark the whole value as secret. */
const MARKERS = ["secret", "token", "password", "authorization", "cookie", "credential", "bearer", "passwd"];

/** The same, for names that are written with and without separators. */
const JOINED_MARKERS = ["apikey", "privatekey"];

/** Digits that a number needs before it is compared with secrets: small numbers are everywhere. */
const MIN_NUMBER_CHARS = 6;

/** A value without its secrets. */
export interface Redacted {
  /** The value, every object's keys in code point order. */
  readonly value: Json;
  /** Where something was taken out, in key order: `$.outputs.auth.apiToken`, `$.outputs.list[0]`. */
  readonly paths: readonly string[];
}

/** Knows the secret values of a run and takes them out of values and text. */
export class Redactor {
  readonly #values = new Set<string>();
  /** Every form of every value, longest first; undefined until it is needed after a change. */
  #sortedForms: string[] | undefined;

  /** Creates a redactor that knows some secret values from the start. */
  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.addSecret(secret);
  }

  /** Adds a secret value. Values shorter than four characters are ignored: they stand everywhere. */
  addSecret(value: string): void {
    if (this.#values.has(value)) return;
    this.#values.add(value);
    this.#sortedForms = undefined;
  }

  /** The value without secrets; `path` is the place of the value itself, such as `$.outputs`. */
  redact(value: Json, path: string): Redacted {
    const paths: string[] = [];
    return { value: this.#walk(value, { path, paths, depth: 0, marks: true }), paths };
  }

  /** The value without known secret values, but with what only stands under a name that sounds secret. */
  scrubValue(value: Json): Json {
    return this.#walk(value, { path: "$", paths: [], depth: 0, marks: false });
  }

  /** The failure without secrets, and the places below `path` where something was taken out. */
  redactFailure(failure: Failure, path: string): { failure: Failure; paths: readonly string[] } {
    const { details, hint, place, causes, ...rest } = failure;
    const paths: string[] = [];
    const scrub = (text: string, name: string): string => {
      const clean = this.scrub(text);
      if (clean !== text) paths.push(`${path}.${name}`);
      return clean;
    };
    const clean: Failure = {
      ...rest,
      code: scrub(failure.code, "code"),
      message: scrub(failure.message, "message"),
      ...(hint === undefined ? {} : { hint: scrub(hint, "hint") }),
      ...(place === undefined ? {} : { place: scrub(place, "place") }),
      ...(causes === undefined ? {} : { causes: causes.map((cause, i) => scrub(cause, `causes[${i}]`)) }),
    };
    if (details === undefined) return { failure: clean, paths };
    const redacted = this.redact(details, `${path}.details`);
    return { failure: { ...clean, details: redacted.value }, paths: [...paths, ...redacted.paths] };
  }

  /** Bytes without known secret values: every form of each is looked for as it reads in UTF-8. */
  scrubBytes(bytes: Uint8Array): Uint8Array {
    const ranges = findForms(onePerByte(bytes), this.#forms.map((form) => onePerByte(ENCODER.encode(form))));
    if (ranges.length === 0) return bytes;
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const [start, end] of ranges) {
      pieces.push(bytes.subarray(from, start), ENCODER.encode(REDACTED));
      from = end;
    }
    return concatBytes([...pieces, bytes.subarray(from)]);
  }

  /** The text without known secret values, however they are encoded in it, and without what a cut has left of one. */
  scrub(text: string): string {
    const found = findForms(text, this.#forms), left = this.#leftAtCuts(text);
    const ranges = left.length === 0 ? found : merged([...found, ...left]);
    if (ranges.length === 0) return text;
    let clean = "";
    let from = 0;
    for (const [start, end] of ranges) {
      clean += text.slice(from, start) + REDACTED;
      from = end;
    }
    return clean + text.slice(from);
  }

  /**
   * How much of a text can be written while more is to come: all but an end that could be the beginning of
   * a secret, and never a part of a secret that is already complete.
   */
  safeLength(text: string): number {
    const forms = this.#forms;
    const longest = forms[0]?.length ?? 0;
    const ranges = longest === 0 ? [] : findForms(text, forms);
    for (let start = Math.max(0, text.length - longest + 1); start < text.length; start++) {
      const tail = text.slice(start);
      if (!forms.some((form) => form.length > tail.length && form.startsWith(tail))) continue;
      const cut = ranges.find(([from, to]) => from < start && start < to)?.[0] ?? start;
      // A text of nothing but overlapping secrets would be kept for ever.
      return text.length - cut > longest * 4 ? text.length : cut;
    }
    return text.length;
  }

  /**
   * What is left of secrets where a text was cut: before the last sign of a cut, and behind the first. A few characters of
   * one stand everywhere.
   */
  #leftAtCuts(text: string): [number, number][] {
    const end = text.lastIndexOf(CUT), start = text.indexOf(CUT) + CUT.length;
    if (end < 0) return [];
    const forms = this.#forms, longest = forms[0]?.length ?? 0;
    const ranges: [number, number][] = [];
    for (let from = Math.max(0, end - longest + 1); from <= end - MIN_SECRET_CHARS; from++) {
      const rest = text.slice(from, end);
      if (!forms.some((form) => form.length > rest.length && form.startsWith(rest))) continue;
      ranges.push([from, end]);
      break;
    }
    for (let to = Math.min(text.length, start + longest - 1); to >= start + MIN_SECRET_CHARS; to--) {
      const rest = text.slice(start, to);
      if (!forms.some((form) => form.length > rest.length && form.endsWith(rest))) continue;
      ranges.push([start, to]);
      break;
    }
    return ranges;
  }

  get #forms(): readonly string[] {
    return this.#sortedForms ??= [...new Set([...this.#values].flatMap(secretForms))]
      .sort((a, b) => b.length - a.length);
  }

  #walk(value: Json, at: { path: string; paths: string[]; depth: number; marks: boolean }): Json {
    if (typeof value === "string") return this.#leaf(value, this.scrub(value), at);
    if (typeof value === "number") {
      const text = String(value);
      const secret = text.length >= MIN_NUMBER_CHARS && this.#values.has(text);
      return this.#leaf(value, secret ? REDACTED : value, at);
    }
    if (typeof value !== "object" || value === null) return value;
    // Everything from outside is checked against that depth long before; this keeps the recorder upright.
    if (at.depth > MAX_JSON_DEPTH * 2) return TOO_DEEP;
    const depth = at.depth + 1;
    if (isArray(value)) {
      return value.map((item, i) => this.#walk(item, { ...at, path: `${at.path}[${i}]`, depth }));
    }
    if (!isObject(value)) return value;
    const clean = new Map<string, Json>();
    const named = namedValue(value);
    for (const key of Object.keys(value).sort(compareCodePoints)) {
      const scrubbed = this.scrub(key);
      const name = unusedName(scrubbed, clean);
      const path = `${at.path}.${name}`;
      const item = value[key] ?? null;
      if (at.marks && (isMarked(key, item) || key === named)) {
        at.paths.push(path);
        clean.set(name, REDACTED);
      } else {
        if (scrubbed !== key) at.paths.push(path);
        clean.set(name, this.#walk(item, { ...at, path, depth }));
      }
    }
    return Object.fromEntries(clean);
  }

  #leaf(before: Json, after: Json, at: { path: string; paths: string[] }): Json {
    if (after !== before) at.paths.push(at.path);
    return after;
  }
}

const ENCODER = new TextEncoder();

/** Bytes as a text of one unit for each: which one does not matter, as long as every byte has its own. */
function onePerByte(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** The ranges of a text that forms cover, in order and without overlap. */
function findForms(text: string, forms: readonly string[]): [number, number][] {
  const found: [number, number][] = [];
  for (const form of forms) {
    let repeat: string | undefined;
    for (let at = text.indexOf(form); at >= 0;) {
      // Most forms are in no text: what repeats in them is asked for when one is found.
      repeat ??= form.slice(form.length - periodOf(form));
      let end = at + form.length;
      // A form that repeats itself, in a text that does too, would otherwise be found anew at every character.
      while (text.startsWith(repeat, end)) end += repeat.length;
      found.push([at, end]);
      at = text.indexOf(form, end - form.length + 1);
    }
  }
  return merged(found);
}

/** Ranges in order and without overlap. */
function merged(ranges: [number, number][]): [number, number][] {
  ranges.sort(([a], [b]) => a - b);
  const apart: [number, number][] = [];
  for (const range of ranges) {
    const last = apart.at(-1);
    if (last !== undefined && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
    else apart.push(range);
  }
  return apart;
}

/** The smallest shift at which a text matches itself, by the prefix function of Knuth, Morris and Pratt. */
function periodOf(text: string): number {
  const border = new Uint32Array(text.length);
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text[i] !== text[length]) length = border[length - 1]!;
    if (text[i] === text[length]) length++;
    border[i] = length;
  }
  return text.length - (border.at(-1) ?? 0);
}

/**
 * The key under which an object holds a value whose name stands beside it and sounds secret: `{name: "password",
 * value: …}`, as variables, kept values and the headers of requests are written.
 */
function namedValue(value: JsonObject): string | undefined {
  const name = value["name"] ?? value["key"];
  const item = value["value"];
  return typeof name === "string" && item !== undefined && isMarked(name, item) ? "value" : undefined;
}

/** Whether a name sounds as if what stands under it were secret: `Authorization`, `Set-Cookie`, `x-api-key`. */
export function isSecretName(name: string): boolean {
  return isMarked(name, null);
}

/** Whether the whole value under a key is secret. */
function isMarked(key: string, value: Json): boolean {
  const name = key.toLowerCase();
  const joined = name.replace(/[-_ ]/g, "");
  const marks = [
    ...MARKERS.filter((marker) => name.includes(marker)),
    ...JOINED_MARKERS.filter((marker) => joined.includes(marker)),
  ];
  // `max_tokens: 5` counts; it does not grant anything.
  const counts = typeof value === "number" && (name.endsWith("_tokens") || key.endsWith("Tokens"));
  return marks.some((marker) => marker !== "token" || !counts);
}

/** The name, numbered when taking out a secret has made two keys equal. */
function unusedName(name: string, used: ReadonlyMap<string, Json>): string {
  let free = name;
  for (let n = 2; used.has(free); n++) free = `${name}#${n}`;
  return free;
}
