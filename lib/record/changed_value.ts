/** Walks a value that crosses the border of a guest and changes what stands in it. Never changes its shape. */

import type { WitValue } from "../base/call.ts";

/** What becomes of the parts of a value. */
export interface ValueChange {
  /** Keys, and texts unless `value` is given. */
  readonly text: (text: string) => string;
  /** Texts that are values. @default {text} */
  readonly value?: (text: string) => WitValue;
  /** Bytes. */
  readonly bytes: (bytes: Uint8Array) => Uint8Array;
  /** Numbers. @default {as they are} */
  readonly other?: (number: number | bigint) => WitValue;
}

/** A copy of a value with all of its parts changed. */
export function changedValue(value: WitValue, change: ValueChange): WitValue {
  if (typeof value === "string") return (change.value ?? change.text)(value);
  if (typeof value === "number" || typeof value === "bigint") return change.other?.(value) ?? value;
  if (value instanceof Uint8Array) return change.bytes(value);
  if (isList(value)) return value.map((item) => changedValue(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change.text(key), changedValue(item, change)]),
  );
}

function isList(value: WitValue): value is readonly WitValue[] {
  return Array.isArray(value);
}
