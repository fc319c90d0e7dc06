/**
 * A source whose files are in memory, which is where every source ends: what was checked once cannot change
 * between verification and run. Never looks at what the files mean.
 */

import { sha256Hex } from "../base/digest.ts";
import { compareCodePoints } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { checkEntries } from "./limits.ts";
import type { PackEntry, PackSource } from "./source.ts";

/** The parts of a source that is held in memory. */
export interface HeldFiles {
  /** How the pack was given. */
  kind: PackSource["kind"];
  /** What it is called in messages. */
  label: string;
  /** The files by name. */
  files: ReadonlyMap<string, Uint8Array>;
  /** The archive they came from, if any. */
  archive?: Uint8Array;
}

/** A source over files whose names and sizes were checked. They are held as they are, so nobody else may have them. */
export function heldSource(held: HeldFiles): PackSource {
  return new HeldSource(held);
}

/** A source over copies of files by name, after the checks that every source passes. */
export function memorySource(files: ReadonlyMap<string, Uint8Array>, limits: Limits): PackSource {
  const label = "memory";
  checkEntries(Array.from(files, ([name, bytes]) => ({ name, size: bytes.length })), { limits, label });
  const copies = Array.from(files, ([name, bytes]): [string, Uint8Array] => [name, new Uint8Array(bytes)]);
  return heldSource({ kind: "memory", label, files: new Map(copies) });
}

class HeldSource implements PackSource {
  readonly kind: PackSource["kind"];
  readonly label: string;
  readonly bytes: number;
  readonly entries: readonly PackEntry[];
  #files: ReadonlyMap<string, Uint8Array>;
  #archive: Uint8Array | undefined;
  #digest: Promise<string> | undefined;

  constructor({ kind, label, files, archive }: HeldFiles) {
    this.kind = kind;
    this.label = label;
    this.#files = files;
    this.#archive = archive;
    this.entries = Array.from(files, ([name, bytes]) => Object.freeze({ name, size: bytes.length }));
    this.bytes = archive?.length ?? this.entries.reduce((sum, entry) => sum + entry.size, 0);
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#files.get(name));
  }

  digest(): Promise<string> {
    this.#digest ??= this.#archive === undefined ? listingDigest(this.#files) : prefixed(this.#archive);
    return this.#digest;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#files = new Map();
    this.#archive = undefined;
    return Promise.resolve();
  }
}

async function listingDigest(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const lines: string[] = [];
  for (const name of [...files.keys()].sort(compareCodePoints)) {
    lines.push(`${await sha256Hex(files.get(name) ?? new Uint8Array())}  ${name}\n`);
  }
  return await prefixed(new TextEncoder().encode(lines.join("")));
}

async function prefixed(bytes: Uint8Array): Promise<string> {
  return `sha256:${await sha256Hex(bytes)}`;
}
