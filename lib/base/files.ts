/**
 * What guests and their host say to each other of files: types only, and the name under which they do. Paths are
 * relative to a folder that guests are given, with `/` between names and without dots.
 */

/** The interface through which guests' files are asked of the host: operations of our own, the errors are WASI's. */
export const FILES = "wasi:filesystem/types@0.2";

/** What is known of a file or a folder. */
export interface FileStat {
  readonly type: "directory" | "regular-file" | "symbolic-link" | "unknown";
  /** In bytes. */
  readonly size: number;
  /** Milliseconds since 1970; null when nobody knows. */
  readonly modifiedMs: number | null;
}

/** One name in a folder. */
export interface FileEntry {
  readonly name: string;
  readonly type: FileStat["type"];
}

/** How a file is opened. */
export interface OpenFlags {
  readonly create: boolean;
  readonly directory: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Whether a link is opened as what it leads to; otherwise it is not opened. */
  readonly follow: boolean;
}
