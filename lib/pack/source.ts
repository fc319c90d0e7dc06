/**
 * The port through which a pack's bytes come in: a list of entries and their contents.
 * Never interprets an entry; names, sizes and types were checked before a source exists.
 */

/** One file of a pack. */
export interface PackEntry {
  /** Its name, with `/` between segments. */
  readonly name: string;
  /** Its size unpacked, in bytes. */
  readonly size: number;
}

/** Where a pack's bytes come from. Whatever is read twice is the same twice. */
export interface PackSource extends AsyncDisposable {
  /** How the pack was given. */
  readonly kind: "zip" | "folder" | "memory";
  /** What it is called in messages: a path, or `memory`. */
  readonly label: string;
  /** Size of the archive, or of all files of a folder. */
  readonly bytes: number;
  /** The files, in the source's order. */
  readonly entries: readonly PackEntry[];
  /** The contents of a file, or undefined when there is none of that name. The bytes are not to be changed. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * `sha256:` and the digest of the archive. For what is no archive, the digest of its listing: for each file
   * by name, the SHA-256 digest in hex, two spaces, the name and a line feed.
   */
  digest(): Promise<string>;
}
