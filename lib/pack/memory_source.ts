/**
 * Sources whose files lie in memory: maps of files, bare components, loose flows, the small files of folders.
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

/** A source over one flow and, where there is one, its sidecar; nobody else may have their bytes. */
export async function flowFileSource(
  files: ReadonlyMap<string, Uint8Array>,
  { label, limits }: { label: string; limits: Limits },
): Promise<PackSource> {
  const entries: PackEntry[] = [];
  for (const [name, bytes] of files) {
    if (bytes.length > limits.maxDocumentBytes) {
      throw limitError("pack.limit.document", "maxDocumentBytes", limits, "The size of the flow", label);
    }
    entries.push({ name, size: bytes.length, blake3: await blake3Hex(bytes) });
  }
  const [only] = files.values();
  return packSource({
    kind: "flow",
    label,
    bytes: sizeOf(entries),
    entries,
    digest: files.size === 1 ? `sha256:${await sha256Hex(only!)}` : await listingDigest(entries),
    read: ({ name }) => files.get(name)!,
  });
}

/** The digest of what is no archive: that of its listing. */
export async function listingDigest(entries: readonly PackEntry[]): Promise<string> {
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.name, b.name));
  const listing = sorted.map(({ name, blake3 }) => `${blake3}  ${name}\n`).join("");
  return `sha256:${await sha256Hex(new TextEncoder().encode(listing))}`;
}

/** The size of all files together. */
export function sizeOf(entries: readonly Pick<PackEntry, "size">[]): number {
  return entries.reduce((sum, entry) => sum + entry.size, 0);
}
