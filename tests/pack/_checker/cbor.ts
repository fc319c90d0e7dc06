/** Reads CBOR, and notes where it is not canonical: §2, §3.2 and §7. */

import { compareBytes, hex, type Say, utf8 } from "./tools.ts";

/** A CBOR float, kept apart so that `1.0` is not taken for the integer `1`. */
export class Float {
  constructor(readonly value: number) {}
}

/** A place where the bytes are readable but not in canonical form. */
export interface Quirk {
  kind:
    | "indefinite length"
    | "unsorted keys"
    | "repeated key"
    | "long head"
    | "tag"
    | "byte string"
    | "trailing bytes";
  path: string;
}

export interface Decoded {
  value: unknown;
  tagged: boolean;
  quirks: Quirk[];
}

export function decodeCbor(bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quirks: Quirk[] = [];
  const tagged = bytes[0] === 0xd9 && bytes[1] === 0xd9 && bytes[2] === 0xf7;
  let at = tagged ? 3 : 0;
  const value = item("");
  if (at !== bytes.length) quirk("trailing bytes", "");
  return { value, tagged, quirks };

  function quirk(kind: Quirk["kind"], path: string): void {
    quirks.push({ kind, path: path || "/" });
  }

  function take(count: number): number {
    if (at + count > bytes.length) throw new Error("the data ends early");
    at += count;
    return at - count;
  }

  function isBreak(): boolean {
    if (bytes[at] !== 0xff) return false;
    at++;
    return true;
  }

  /** Reads the number of a head; infinity stands for an indefinite length. */
  function argument(info: number, path: string): number | bigint {
    if (info < 24) return info;
    if (info === 31) {
      quirk("indefinite length", path);
      return Infinity;
    }
    if (info > 27) throw new Error(`a head uses the reserved value ${info}`);
    const width = 1 << (info - 24), start = take(width);
    const number = BigInt(`0x${hex(bytes.subarray(start, start + width))}`);
    if (number < (width === 1 ? 24n : 1n << BigInt(width * 4))) quirk("long head", path);
    return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number;
  }

  function string(major: number, info: number, path: string): string {
    const length = Number(argument(info, path));
    if (length !== Infinity) {
      const start = take(length);
      return major === 3 ? utf8(bytes.subarray(start, at)) : hex(bytes.subarray(start, at));
    }
    let joined = "";
    while (!isBreak()) {
      const head = bytes[take(1)]!;
      if (head >> 5 !== major || (head & 31) === 31) throw new Error("a text has a part of another type");
      joined += string(major, head & 31, path);
    }
    return joined;
  }

  function item(path: string): unknown {
    const head = bytes[take(1)]!, major = head >> 5, info = head & 31;
    if (major === 7) return simple(info, path);
    if (major === 2) quirk("byte string", path);
    if (major === 2 || major === 3) return string(major, info, path);
    if (major < 2 && info === 31) throw new Error("a number has no value");
    const number = argument(info, path);
    if (major === 0) return number;
    if (major === 1) return typeof number === "number" ? -1 - number : -1n - number;
    if (major === 6) {
      quirk("tag", path);
      return item(path);
    }
    if (major === 4) {
      const list: unknown[] = [];
      while (number === Infinity ? !isBreak() : list.length < number) {
        list.push(item(`${path}/${list.length}`));
      }
      return list;
    }
    const map = new Map<string, unknown>();
    let last = "";
    for (let i = 0; number === Infinity ? !isBreak() : i < number; i++) {
      const key = item(path);
      if (typeof key !== "string") throw new Error(`a key of ${path || "/"} is not text`);
      if (map.has(key)) quirk("repeated key", `${path}/${key}`);
      else if (i > 0 && compareKeys(last, key) > 0) quirk("unsorted keys", path);
      last = key;
      map.set(key, item(`${path}/${key}`));
    }
    return map;
  }

  function simple(info: number, path: string): unknown {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22) return null;
    if (info < 25 || info > 27) throw new Error(`the simple value ${info} is not allowed`);
    const start = take(1 << (info - 24));
    const value = info === 25
      ? half(view.getUint16(start))
      : info === 26
      ? view.getFloat32(start)
      : view.getFloat64(start);
    const shorter = info === 27 ? Object.is(Math.fround(value), value) : info === 26 && fitsHalf(value);
    if (shorter) quirk("long head", path);
    return new Float(value);
  }
}

function compareKeys(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  return left.length - right.length || compareBytes(left, right);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

function fitsHalf(value: number): boolean {
  const size = Math.abs(value);
  if (!(size > 0 && size < Infinity)) return true;
  return size <= 65504 && Number.isInteger(size / 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10));
}

export function sayQuirks(name: string, quirks: Quirk[], say: Say): void {
  for (const { kind, path } of quirks) say(`${name} is not canonical: ${kind} at ${path}`);
}
