/**
 * The files of WASI: descriptors into the folders that a guest was given. Paths are resolved here, so that none leads
 * out of its folder; what is done with them, the host does. Never touches a file itself.
 *
 * Interface: `wasi:filesystem/types` 0.2, in the mapping of jco. Errors are thrown as plain strings.
 */

import type { WitValue } from "../base/call.ts";
import type { FileEntry, FileStat, OpenFlags } from "../base/files.ts";
import { Handle, type Handles } from "./wasi_handles.ts";
import { describeFile, type DescriptorStat, DirectoryEntryStream, hashOf } from "./wasi_file_stat.ts";
import { InputStream, IoError, OutputStream, type Waiting } from "./wasi_streams.ts";

/** Asks the host to do something with a file: an operation, the number of the folder, a path in it, and more. */
export type AskFiles = (operation: string, ...args: WitValue[]) => WitValue;

/** A folder that a guest was given. */
export interface Preopen {
  /** The absolute path by which the guest knows it. */
  readonly guest: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
}

/** What descriptors share. */
interface FileWorld {
  readonly ask: AskFiles;
  readonly handles: Handles;
  readonly waiting: Waiting;
}

/** Where a descriptor points. */
interface FilePlace {
  readonly folder: number;
  readonly readOnly: boolean;
  /** Names from the folder down; none for the folder itself. */
  readonly path: readonly string[];
  readonly type: FileStat["type"];
}

/** Bytes that are read ahead, so that a guest that reads a little at a time does not ask each time. */
const AHEAD_BYTES = 64 * 1024;

const NOTHING: Uint8Array = new Uint8Array();

interface DescriptorFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly mutateDirectory?: boolean;
}

/** The folders that a guest was given, as it knows them. */
export function openPreopens(preopens: readonly Preopen[], world: FileWorld): [Descriptor, string][] {
  return preopens.map(({ guest, readOnly }, folder) => {
    const place: FilePlace = { folder, readOnly, path: [], type: "directory" };
    return [new Descriptor(world, place, { read: true, write: !readOnly }), guest];
  });
}

/** An open file or folder. */
export class Descriptor extends Handle {
  readonly #world: FileWorld;
  readonly #place: FilePlace;
  readonly #flags: { readonly read: boolean; readonly write: boolean };

  constructor(
    world: FileWorld,
    place: FilePlace,
    flags: { readonly read: boolean; readonly write: boolean },
  ) {
    super(world.handles);
    this.#world = world;
    this.#place = place;
    this.#flags = flags;
  }

  getType(): FileStat["type"] {
    return this.#place.type;
  }

  getFlags(): DescriptorFlags {
    const { read, write } = this.#flags;
    const folder = this.#place.type === "directory";
    return { read, write: write && !folder, mutateDirectory: write && folder };
  }

  stat(): DescriptorStat {
    return describeFile(this.#ask("stat", this.#place.path, true) as unknown as FileStat);
  }

  statAt(flags: { readonly symlinkFollow?: boolean }, path: string): DescriptorStat {
    const follow = flags.symlinkFollow ?? false;
    return describeFile(this.#ask("stat", this.#resolve(path), follow) as unknown as FileStat);
  }

  openAt(
    pathFlags: { readonly symlinkFollow?: boolean },
    path: string,
    openFlags: Partial<Omit<OpenFlags, "follow">>,
    flags: DescriptorFlags,
  ): Descriptor {
    const { create = false, directory = false, exclusive = false, truncate = false } = openFlags;
    const write = (flags.write ?? false) || (flags.mutateDirectory ?? false);
    if (create || truncate || write) this.#mustWrite();
    const resolved = this.#resolve(path);
    const follow = pathFlags.symlinkFollow ?? false;
    const wish = { create, directory, exclusive, truncate, follow } satisfies OpenFlags;
    const { type } = this.#ask("open", resolved, wish) as unknown as FileStat;
    if (type === "directory" && (flags.write ?? false)) throw "is-directory";
    const place = { ...this.#place, path: resolved, type };
    return new Descriptor(this.#world, place, { read: flags.read ?? false, write });
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    this.#mustBeFile();
    if (!this.#flags.read) throw "bad-descriptor";
    const wanted = Math.min(Number(length), AHEAD_BYTES * 16);
    const bytes = this.#ask("read", this.#place.path, Number(offset), wanted) as Uint8Array;
    return [bytes, bytes.length < wanted];
  }

  readViaStream(offset: bigint): InputStream {
    this.#mustBeFile();
    if (!this.#flags.read) throw "bad-descriptor";
    let at = Number(offset);
    let ahead = NOTHING;
    const { waiting, handles } = this.#world;
    const stream = new InputStream(handles, waiting, (length) => {
      if (ahead.length === 0) {
        ahead = this.#ask("read", this.#place.path, at, Math.max(length, AHEAD_BYTES)) as Uint8Array;
        at += ahead.length;
      }
      const bytes = ahead.subarray(0, length);
      // What is left keeps all that was read in memory, were it but an empty piece of it.
      ahead = bytes.length === ahead.length ? NOTHING : ahead.subarray(length);
      stream.keep(ahead.buffer.byteLength);
      return bytes;
    });
    return stream;
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    this.#mustBeFile();
    this.#mustWriteHere();
    return BigInt(this.#ask("write", this.#place.path, bytes, Number(offset)) as number);
  }

  writeViaStream(offset: bigint): OutputStream {
    let at = Number(offset);
    return this.#output((bytes) => {
      at += this.#ask("write", this.#place.path, bytes, at) as number;
    });
  }

  appendViaStream(): OutputStream {
    return this.#output((bytes) => void this.#ask("write", this.#place.path, bytes, null));
  }

  #output(write: (bytes: Uint8Array) => void): OutputStream {
    this.#mustBeFile();
    this.#mustWriteHere();
    return new OutputStream(this.#world.handles, this.#world.waiting, write);
  }

  setSize(size: bigint): void {
    this.#mustBeFile();
    this.#mustWriteHere();
    this.#ask("truncate", this.#place.path, Number(size));
  }

  readDirectory(): DirectoryEntryStream {
    if (this.#place.type !== "directory") throw "not-directory";
    const entries = this.#ask("list", this.#place.path) as unknown as FileEntry[];
    return new DirectoryEntryStream(this.#world.handles, entries);
  }

  createDirectoryAt(path: string): void {
    this.#change("mkdir", path);
  }

  removeDirectoryAt(path: string): void {
    this.#change("rmdir", path);
  }

  unlinkFileAt(path: string): void {
    this.#change("unlink", path);
  }

  renameAt(path: string, target: Descriptor, newPath: string): void {
    this.#mustWrite();
    target.#mustWrite();
    if (target.#place.folder !== this.#place.folder) throw "cross-device";
    this.#ask("rename", this.#resolve(path), target.#resolve(newPath).join("/"));
  }

  metadataHash(): { upper: bigint; lower: bigint } {
    return hashOf(this.#place.folder, this.#place.path, this.stat());
  }

  metadataHashAt(
    flags: { readonly symlinkFollow?: boolean },
    path: string,
  ): { upper: bigint; lower: bigint } {
    return hashOf(this.#place.folder, this.#resolve(path), this.statAt(flags, path));
  }

  isSameObject(other: Descriptor): boolean {
    const [a, b] = [this.#place, other.#place];
    return a.folder === b.folder && a.path.join("/") === b.path.join("/");
  }

  advise(): void {}

  sync(): void {}

  syncData(): void {}

  setTimes(): never {
    throw "unsupported";
  }

  setTimesAt(): never {
    throw "unsupported";
  }

  linkAt(): never {
    throw "unsupported";
  }

  symlinkAt(): never {
    throw "unsupported";
  }

  readlinkAt(): never {
    throw "unsupported";
  }

  #change(operation: string, path: string): void {
    this.#mustWrite();
    this.#ask(operation, this.#resolve(path));
  }

  #ask(operation: string, path: readonly string[], ...more: WitValue[]): WitValue {
    return this.#world.ask(operation, this.#place.folder, path.join("/"), ...more);
  }

  /** The names that a path leads to from here. One that leads out of the folder is refused. */
  #resolve(path: string): readonly string[] {
    if (this.#place.type !== "directory") throw "not-directory";
    if (path.startsWith("/")) throw "not-permitted";
    const names = [...this.#place.path];
    for (const name of path.split("/")) {
      if (name === "" || name === ".") continue;
      if (name !== "..") names.push(name);
      else if (names.pop() === undefined) throw "not-permitted";
    }
    return names;
  }

  #mustBeFile(): void {
    if (this.#place.type === "directory") throw "is-directory";
  }

  /** Whether the folder may be written to. */
  #mustWrite(): void {
    if (this.#place.readOnly) throw "read-only";
  }

  /** Whether it may be, and was opened for it. */
  #mustWriteHere(): void {
    this.#mustWrite();
    if (!this.#flags.write) throw "bad-descriptor";
  }
}

/** The code behind the error of a stream. */
export function filesystemErrorCode(error: IoError): string | undefined {
  return error instanceof IoError ? error.code : undefined;
}
