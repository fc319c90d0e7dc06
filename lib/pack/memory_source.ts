/**
 * Sources whose files lie in memory: maps of files, bare components, and the small files of folders.
 * Never looks at what the files mean.
 */

import { blake3Hex, sha256Hex } from "../base/digest.ts";
import { compareCodePoints } from "../base/json.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { checkEntries } from "./limits.ts";
import { type PackEntry, type PackSource, packSource } from "./source.ts";

/** A source over files by name, which nobody else may have, after the checks that every source passes. */
export async function memorySource(
  files: ReadonlyMap<string, Uint8Array>,
  limits: Limits,
): Promise<PackSource> {
  const label = "memory";
  checkEntries(Array.from(files, ([name, bytes]) => ({ name, size: bytes.length })), { limits, label });
  const entries: PackEntry[] = [];
  for (const [name, bytes] of files) {
    entries.push({ name, size: bytes.length, blake3: await blake3Hex(bytes) });
  }
  return packSource({
    kind: "memory",
    label,
    bytes: sizeOf(entries),
    entries,
    digest: await listingDigest(entries),
    read: ({ name }) => files.get(name)!,
  });
}

/** A source over one component, whose bytes nobody else may have; its one file has the name given. */
export async function componentSource(
  bytes: Uint8Array,
  { name, label, limits }: { name: string; label: string; limits: Limits },
): Promise<PackSource> {
  if (bytes.length > limits.maxEntryBytes) {
    throw limitError("pack.limit.entry", "maxEntryBytes", limits, "The size of the component", label);
  }
  return packSource({
    kind: "component",
    label,
    bytes: bytes.length,
    entries: [{ name, size: bytes.length, blake3: await blake3Hex(bytes) }],
    digest: `sha256:${await sha256Hex(bytes)}`,
    read: () => bytes,
  });
}

/** The digest of what is no archive: that of its listing. */
export async function listingDigest(entries: readonly PackEntry[]): Promise<string> {
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.name, b.name));
  const listing = sorted.map(({ name, blake3 }) => `${blake3}  ${name}\n`).join("");
  return `sha256:${await sha256Hex(new TextEncoder().encode(listing))}`;
}

/** The size of all files together. */
export function sizeOf(entries: readonly PackEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.size, 0);
}
