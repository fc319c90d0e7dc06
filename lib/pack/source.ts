/**
 * The port through which a pack's bytes come in: a list of entries and their contents.
 * Never interprets an entry; names, sizes and types were checked before a source exists.
 */

import { RunnerError } from "../base/errors.ts";

/** One file of a pack. */
export interface PackEntry {
  /** Its name, with `/` between segments. */
  readonly name: string;
  /** Its size unpacked, in bytes. */
  readonly size: number;
  /** The BLAKE3 digest of its bytes as they were when the source was opened, in hex. */
  readonly blake3: string;
}

/** How a pack was given: an archive on disk, a folder, a component, a flow, or an archive in memory. */
export type SourceKind = "zip" | "folder" | "component" | "flow" | "memory";

/**
 * Where a pack's bytes come from. Every entry was read once, when the source was opened, and has its digest from
 * there; whatever is read later is the same bytes, or an error.
 */
export interface PackSource {
  /** How the pack was given. */
  readonly kind: SourceKind;
  /** What it is called in messages: a path, an address, or `memory`. */
  readonly label: string;
  /** Size of the archive or component, or of all files of a folder. */
  readonly bytes: number;
  /** The files, in the source's order. */
  readonly entries: readonly PackEntry[];
  /**
   * `sha256:` and the digest of the archive or component. For a folder or a map of files the digest of its
   * listing: for each file by name, its BLAKE3 digest in hex, two spaces, the name and a line feed, as `b3sum`
   * prints it.
   */
  readonly digest: string;
  /** What is known of a file, or undefined when there is none of that name. */
  entry(name: string): PackEntry | undefined;
  /**
   * The contents of a file, or undefined when there is none of that name. The bytes are not to be changed. Throws
   * `pack.changed` when they are not the bytes that were there before.
   */
  read(name: string): Promise<Uint8Array | undefined>;
}

/** What a source is made of. */
export interface SourceParts extends Pick<PackSource, "kind" | "label" | "bytes" | "entries" | "digest"> {
  /** Reads an entry's bytes again. */
  readonly read: (entry: PackEntry) => Promise<Uint8Array> | Uint8Array;
}

/** A source of these parts. */
export function packSource(parts: SourceParts): PackSource {
  const { kind, label, bytes, digest } = parts;
  const byName = new Map(parts.entries.map((entry) => [entry.name, Object.freeze({ ...entry })]));
  return Object.freeze({
    kind,
    label,
    bytes,
    digest,
    entries: Object.freeze([...byName.values()]),
    entry: (name: string) => byName.get(name),
    async read(name: string) {
      const entry = byName.get(name);
      return entry === undefined ? undefined : await parts.read(entry);
    },
  });
}

/** The error for an entry, or an archive, that is not what it was a moment ago. */
export function changed(name: string): RunnerError {
  return new RunnerError("pack.changed", `File "${name}" changed while the pack was in use`, { place: name });
}
