/** Measures values as JSON text without writing them, and stops as soon as a limit is passed. */

import { isArray, isObject, type Json, MAX_JSON_DEPTH } from "../base/json.ts";
import { limitHint, type Limits } from "../base/limits.ts";
import { Fault } from "./fault.ts";

/** The bytes of a value; throws a {@linkcode Fault} when it is too large or nests too deeply. */
export function checkSize(value: Json, what: string, limits: Limits): number {
  const size = new Size(limits.maxValueBytes);
  size.add(value, 0);
  if (size.tooDeep) {
    throw new Fault("limit.value", `${what} nests deeper than ${MAX_JSON_DEPTH} levels`, {
      hint: "Give the inner part as a text of its own",
    });
  }
  if (size.left >= 0) return limits.maxValueBytes - size.left;
  throw new Fault("limit.value", `${what} exceeds the limit maxValueBytes of ${limits.maxValueBytes}`, {
    hint: limitHint("maxValueBytes"),
  });
}

class Size {
  left: number;
  tooDeep = false;

  constructor(limit: number) {
    this.left = limit;
  }

  /** Subtracts the bytes of a value; stops when nothing is left, since shared parts may multiply. */
  add(value: Json, depth: number): void {
    if (typeof value === "string") this.#text(value);
    else if (isArray(value)) this.#list(value, depth);
    else if (isObject(value)) this.#object(value, depth);
    else this.left -= String(value).length;
  }

  #list(value: readonly Json[], depth: number): void {
    this.left -= Math.max(2, value.length + 1);
    for (const item of value) {
      if (!this.#enter(depth)) return;
      this.add(item, depth + 1);
    }
  }

  #object(value: { readonly [key: string]: Json }, depth: number): void {
    const entries = Object.entries(value);
    this.left -= Math.max(2, entries.length * 2 + 1);
    for (const [key, item] of entries) {
      if (!this.#enter(depth)) return;
      this.#text(key);
      this.add(item, depth + 1);
    }
  }

  #enter(depth: number): boolean {
    this.tooDeep ||= depth >= MAX_JSON_DEPTH;
    return !this.tooDeep && this.left >= 0;
  }

  #text(text: string): void {
    this.left -= text.length + 2;
    for (let i = 0; i < text.length && this.left >= 0; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0x22 || unit === 0x5c) this.left -= 1;
      else if (unit < 0x20) this.left -= (unit >= 8 && unit <= 13 && unit !== 11) ? 1 : 5;
      else if (unit > 0x7f) this.left -= unit > 0x7ff && (unit & 0xf800) !== 0xd800 ? 2 : 1;
    }
  }
}
