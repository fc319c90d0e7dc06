/**
 * JSON documents from outside: UTF-8, not too deep, not of too many values. All of it is counted in the bytes before
 * anything is built, so that a small document cannot ask for much memory.
 */

import { type Json, MAX_JSON_DEPTH } from "./json.ts";

/** Values that a document may have unless its reader says otherwise. */
export const MAX_VALUES = 500_000;

/** The value of a document, or why it cannot be read, as the end of a sentence. */
export function readJsonDocument(
  bytes: Uint8Array,
  maxValues: number = MAX_VALUES,
): { readonly json: Json } | { readonly fault: string } {
  const fault = countFault(bytes, maxValues);
  if (fault !== undefined) return { fault };
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return { fault: "is no JSON in UTF-8" };
  }
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, OPEN = [0x5b, 0x7b], CLOSE = [0x5d, 0x7d];

/** What is wrong with a document's size by its brackets and commas, whether it is JSON or not. */
function countFault(bytes: Uint8Array, maxValues: number): string | undefined {
  let depth = 0, values = 1, quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === COMMA) values++;
    else if (byte === OPEN[0] || byte === OPEN[1]) {
      values++;
      if (++depth > MAX_JSON_DEPTH) return `is nested deeper than ${MAX_JSON_DEPTH}`;
    } else if (byte === CLOSE[0] || byte === CLOSE[1]) depth--;
  }
  return values > maxValues ? `has more than ${maxValues} values` : undefined;
}
