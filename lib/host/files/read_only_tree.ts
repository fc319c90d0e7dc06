/** A folder of files that lie ready, such as a pack's assets. Nothing in it can be changed. */

import type { FileEntry, FileStat, OpenFlags } from "../../base/files.ts";
import { FileError, type Maybe, type Tree } from "./tree.ts";

/** One file of such a folder. */
export interface HeldFile {
  /** Its path in the folder. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Gives its contents, which are not to be changed. */
  read(): Maybe<Uint8Array>;
}

/** Files by path, and the folders that their paths name. */
export class ReadOnlyTree implements Tree {
  readonly #files: ReadonlyMap<string, HeldFile>;
  readonly #folders = new Map<string, Map<string, FileStat["type"]>>([["", new Map()]]);
  /** The file that was read last: guests read one piece by piece. */
  #last: { readonly path: string; readonly bytes: Uint8Array } | null = null;

  constructor(files: readonly HeldFile[]) {
    this.#files = new Map(files.map((file) => [file.path, file]));
    for (const { path } of files) this.#place(path, "regular-file");
  }

  /** Notes a file or folder in the folder above it. */
  #place(path: string, type: FileStat["type"]): void {
    const cut = path.lastIndexOf("/");
    const above = path.slice(0, Math.max(cut, 0));
    let entries = this.#folders.get(above);
    if (entries === undefined) {
      this.#folders.set(above, entries = new Map());
      this.#place(above, "directory");
    }
    entries.set(path.slice(cut + 1), type);
  }

  stat(path: string): FileStat {
    if (this.#folders.has(path)) return { type: "directory", size: 0, modifiedMs: null };
    return { type: "regular-file", size: this.#file(path).size, modifiedMs: null };
  }

  list(path: string): FileEntry[] {
    const entries = this.#folders.get(path);
    if (entries === undefined) throw new FileError(this.#files.has(path) ? "not-directory" : "no-entry");
    return Array.from(entries, ([name, type]) => ({ name, type }));
  }

  open(path: string, { create, exclusive, directory, truncate }: OpenFlags): FileStat {
    if (create || truncate) throw new FileError(exclusive && this.#files.has(path) ? "exist" : "read-only");
    const stat = this.stat(path);
    if (directory && stat.type !== "directory") throw new FileError("not-directory");
    return stat;
  }

  read(path: string, offset: number, length: number): Maybe<Uint8Array> {
    if (this.#last?.path === path) return this.#last.bytes.subarray(offset, offset + length);
    const bytes = this.#file(path).read();
    if (!(bytes instanceof Promise)) return this.#keep(path, bytes).subarray(offset, offset + length);
    return bytes.then((read) => this.#keep(path, read).subarray(offset, offset + length));
  }

  #keep(path: string, bytes: Uint8Array): Uint8Array {
    this.#last = { path, bytes };
    return bytes;
  }

  write(): never {
    throw new FileError("read-only");
  }

  truncate(): never {
    throw new FileError("read-only");
  }

  mkdir(): never {
    throw new FileError("read-only");
  }

  rmdir(): never {
    throw new FileError("read-only");
  }

  unlink(): never {
    throw new FileError("read-only");
  }

  rename(): never {
    throw new FileError("read-only");
  }

  #isBelowFile(path: string): boolean {
    return path.split("/").some((_, index, names) => this.#files.has(names.slice(0, index).join("/")));
  }

  #file(path: string): HeldFile {
    const file = this.#files.get(path);
    if (file !== undefined) return file;
    if (this.#folders.has(path)) throw new FileError("is-directory");
    throw new FileError(this.#isBelowFile(path) ? "not-directory" : "no-entry");
  }
}
