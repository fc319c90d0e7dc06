/** Finds where a value lies within a CBOR document. Never judges the document: it was decoded before. */

/** The bytes from the start up to the end of the value under these keys, or undefined when there is none. */
export function cborRange(
  bytes: Uint8Array,
  keys: readonly string[],
): { readonly start: number; readonly end: number } | undefined {
  let start = untagged(bytes, 0);
  for (const key of keys) {
    const found = memberStart(bytes, start, key);
    if (found === undefined) return undefined;
    start = untagged(bytes, found);
  }
  return { start, end: itemEnd(bytes, start) };
}

interface Head {
  readonly major: number;
  /** The argument; Infinity for an indefinite length. */
  readonly value: number;
  /** Where the head ends. */
  readonly end: number;
}

const MAP = 5, TEXT = 3, TAG = 6, BREAK = 0xff;

function head(bytes: Uint8Array, at: number): Head {
  const first = bytes[at] ?? 0, info = first & 31, major = first >> 5;
  if (info < 24) return { major, value: info, end: at + 1 };
  if (info === 31) return { major, value: Infinity, end: at + 1 };
  let value = 0;
  const end = at + 1 + (1 << (info - 24));
  for (let i = at + 1; i < end; i++) value = value * 256 + (bytes[i] ?? 0);
  return { major, value, end };
}

function untagged(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let tag = head(bytes, at); tag.major === TAG; tag = head(bytes, at)) at = tag.end;
  return at;
}

/** Where the value of a map's key begins, its tags included. */
function memberStart(bytes: Uint8Array, map: number, key: string): number | undefined {
  const { major, value, end } = head(bytes, map);
  if (major !== MAP) return undefined;
  let at = end;
  for (let left = value; left > 0 && at < bytes.length && bytes[at] !== BREAK; left--) {
    const from = untagged(bytes, at);
    const valueAt = itemEnd(bytes, from);
    if (textAt(bytes, from) === key) return valueAt;
    at = itemEnd(bytes, valueAt);
  }
  return undefined;
}

/** A text of definite length; text in pieces is no key that anybody looks for. */
function textAt(bytes: Uint8Array, at: number): string | undefined {
  const { major, value, end } = head(bytes, at);
  if (major !== TEXT || value === Infinity) return undefined;
  return new TextDecoder().decode(bytes.subarray(end, end + value));
}

/** Where the item that begins here ends, without recursion. */
function itemEnd(bytes: Uint8Array, start: number): number {
  const open: number[] = [];
  let at = start;
  do {
    if (open.at(-1) === Infinity && bytes[at] === BREAK) {
      open.pop();
      at++;
    } else {
      const { major, value, end } = head(bytes, untagged(bytes, at));
      at = end;
      if (open.length > 0) open[open.length - 1]!--;
      if (value === Infinity && major < 7) open.push(Infinity);
      else if (major === 2 || major === TEXT) at += value;
      else if (major === 4) open.push(value);
      else if (major === MAP) open.push(value * 2);
    }
    while (open.at(-1) === 0) open.pop();
  } while (open.length > 0 && at < bytes.length);
  return at;
}
