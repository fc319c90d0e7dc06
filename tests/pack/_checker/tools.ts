/** Small tools of the checker. */

import { Float } from "./cbor.ts";

export type Say = (fault: string) => void;
export type Files = ReadonlyMap<string, Uint8Array>;
export const MIB = 1024 * 1024;
export const SBOM_EXEMPT = ["signatures/pack.sig", "signatures/chain.pem", "sbom.json", "sbom.cbor"];
export const SIGNATURE_FILES = SBOM_EXEMPT.slice(0, 2);

export function attempt<T>(action: () => T, label: string, say: Say): T | null {
  try {
    return action();
  } catch (error) {
    say(`${label}: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

export function get(value: unknown, ...keys: string[]): unknown {
  for (const key of keys) value = value instanceof Map ? value.get(key) : null;
  return value ?? null;
}

export function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}

export function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

export function comparePaths(a: string, b: string): number {
  return compareBytes(new TextEncoder().encode(a), new TextEncoder().encode(b));
}

export function isSorted(texts: string[]): boolean {
  return texts.every((text, i) => i === 0 || comparePaths(texts[i - 1]!, text) < 0);
}

/** Says whether two values are the same, whatever the key order; a lenient look lets null and `{}` be left out. */
export function same(a: unknown, b: unknown, lenient = false): boolean {
  const isVoid = (value: unknown) => value === null || (value instanceof Map && value.size === 0);
  if (lenient && isVoid(a) && isVoid(b)) return true;
  if (a instanceof Map && b instanceof Map) {
    const keys = [...new Set([...a.keys(), ...b.keys()])];
    return keys.every((key) =>
      (lenient || a.has(key) === b.has(key)) && same(get(a, key), get(b, key), lenient)
    );
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => same(item, b[i], lenient));
  }
  return Object.is(a instanceof Float ? a.value : a, b instanceof Float ? b.value : b);
}
