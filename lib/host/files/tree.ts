/** What a folder that guests are given must be able to do. Paths are relative, with `/` between names and without dots. */

import type { FileEntry, FileStat, OpenFlags } from "../../base/files.ts";

/** Now or later. */
export type Maybe<T> = T | Promise<T>;

/** Reasons for which something cannot be done, as `wasi:filesystem` names them. */
export type FileErrorCode =
  | "access"
  | "bad-descriptor"
  | "busy"
  | "cross-device"
  | "exist"
  | "file-too-large"
  | "insufficient-space"
  | "invalid"
  | "io"
  | "is-directory"
  | "loop"
  | "name-too-long"
  | "no-entry"
  | "not-directory"
  | "not-empty"
  | "not-permitted"
  | "quota"
  | "read-only"
  | "unsupported";

/** Why something could not be done with a file. */
export class FileError extends Error {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode) {
    super(code);
    this.code = code;
  }
}

/** A folder. Every function throws a {@linkcode FileError} for what cannot be done. */
export interface Tree {
  stat(path: string, follow: boolean): Maybe<FileStat>;
  list(path: string): Maybe<readonly FileEntry[]>;
  open(path: string, flags: OpenFlags): Maybe<FileStat>;
  /** Up to `length` bytes from `offset`; fewer at the end only. */
  read(path: string, offset: number, length: number): Maybe<Uint8Array>;
  /** Writes at `offset`, or at the end for null; gives the number of bytes, which is all. */
  write(path: string, bytes: Uint8Array, offset: number | null): Maybe<number>;
  truncate(path: string, size: number): Maybe<void>;
  mkdir(path: string): Maybe<void>;
  rmdir(path: string): Maybe<void>;
  unlink(path: string): Maybe<void>;
  rename(path: string, to: string): Maybe<void>;
}
