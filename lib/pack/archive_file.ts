/**
 * An archive's bytes wherever they lie: in memory, or on disk when they are many. What is held in memory cannot
 * change; what is on disk can, so whoever reads it a second time has to compare. Never looks at what the bytes mean.
 */

import { createSha256, sha256Hex } from "../base/digest.ts";
import { type ErrorCode, RunnerError } from "../base/errors.ts";
import { readDenied } from "../base/permission.ts";
import { changed } from "./source.ts";

/** Random access to the bytes of an archive. */
export interface ArchiveFile {
  /** Its size in bytes. */
  readonly size: number;
  /** Whether the bytes are held, so that reading them twice gives the same twice. */
  readonly held: boolean;
  /** The bytes from `start` up to `end`; fewer when the file has become shorter. Not to be changed. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** All bytes in order, piece by piece. A piece is good until the next one is taken. */
  pieces(): AsyncIterable<Uint8Array>;
  /** The SHA-256 digest in hex of what {@linkcode pieces} gave, after it gave all. */
  sha256(): Promise<string>;
}

/** Archives up to this size are held in memory; larger ones stay on disk. */
const HELD_BYTES = 32 * 1024 * 1024;
/** How much of an archive on disk is read at least. */
const AHEAD_BYTES = 64 * 1024;
/** Size of a piece. */
const PIECE_BYTES = 1024 * 1024;

/** The archive at a path: held when it is small, else read where it is needed. */
export async function archiveAt(path: string | URL, label: string = String(path)): Promise<ArchiveFile> {
  await requireRegular(path);
  using file = await Deno.open(path);
  const size = await sizeOf(file);
  return size > HELD_BYTES ? new DiskFile(path, { size, label }) : new HeldFile(await fill(file, size));
}

/** Throws for what is no regular file. Opening a pipe that nobody writes to waits for ever, and no signal ends it. */
async function requireRegular(path: string | URL): Promise<void> {
  const { isFile, isDirectory } = await Deno.stat(path);
  if (!isFile && !isDirectory) throw new Deno.errors.NotSupported("It is no regular file");
}

/** An archive in memory. The bytes are held as they are, so nobody else may have them. */
export function heldArchive(bytes: Uint8Array): ArchiveFile {
  return new HeldFile(bytes);
}

/** The first bytes of a file, at most `limit` of them, however it grows meanwhile. */
export async function readAtMost(path: string | URL, limit: number): Promise<Uint8Array> {
  await requireRegular(path);
  using file = await Deno.open(path);
  return await fill(file, Math.min(await sizeOf(file), limit));
}

/**
 * A file that a user named, of at most `limit` bytes; what goes wrong is an error of this library with the code given.
 */
export async function readUserFile(path: string, limit: number, code: ErrorCode): Promise<Uint8Array> {
  const bytes = await readIfThere(path, limit + 1, code);
  const what = bytes === undefined
    ? (await isFolder(path) ? "is a folder" : "does not exist")
    : bytes.length > limit
    ? `is larger than ${limit} bytes`
    : undefined;
  if (bytes !== undefined && what === undefined) return bytes;
  throw new RunnerError(code, `File "${path}" ${what}`, { place: path, hint: "Check the path" });
}

/** The first bytes of a file, at most `limit` of them, or undefined when there is no file at the path. */
export async function readIfThere(
  path: string,
  limit: number,
  code: ErrorCode,
): Promise<Uint8Array | undefined> {
  try {
    return await readAtMost(path, limit);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw readDenied(path, cause);
    if (isMissing(cause) || await isFolder(path)) return undefined;
    throw new RunnerError(code, `File "${path}" cannot be read`, {
      place: path,
      hint: "Check the path",
      cause,
    });
  }
}

/** Whether there is a folder at a path. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw readDenied(path, cause);
    return false;
  }
}

/** Whether there is nothing at a path; what may not be looked at is told where it is opened. */
export async function isGone(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** The names of what is in a folder; none when there is no such folder. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw readDenied(path, cause);
    return [];
  }
}

/** Whether an error says that there is no file at a path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

class HeldFile implements ArchiveFile {
  readonly held = true;
  readonly #bytes: Uint8Array;
  #digest: Promise<string> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.subarray(start, end));
  }

  async *pieces(): AsyncIterable<Uint8Array> {
    // Web Crypto works on a thread of its own, beside whoever takes the pieces.
    this.#digest ??= sha256Hex(this.#bytes);
    for (let at = 0; at < this.size; at += PIECE_BYTES) yield this.#bytes.subarray(at, at + PIECE_BYTES);
  }

  sha256(): Promise<string> {
    return this.#digest ??= sha256Hex(this.#bytes);
  }
}

class DiskFile implements ArchiveFile {
  readonly held = false;
  readonly size: number;
  readonly #path: string | URL;
  readonly #label: string;
  /** What was read ahead, and where it begins: the headers of small entries lie side by side. */
  #ahead = { start: 0, bytes: new Uint8Array() };
  #digest: string | undefined;

  constructor(path: string | URL, { size, label }: { size: number; label: string }) {
    this.#path = path;
    this.#label = label;
    this.size = size;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const { start: from, bytes } = this.#ahead;
    if (start >= from && end <= from + bytes.length) return bytes.subarray(start - from, end - from);
    using file = await this.#open();
    await file.seek(start, Deno.SeekMode.Start);
    const length = end - start;
    const left = Math.max(this.size - start, 0);
    const read = await fill(file, Math.min(Math.max(length, AHEAD_BYTES), left));
    if (length < AHEAD_BYTES) this.#ahead = { start, bytes: read };
    return read.subarray(0, length);
  }

  async *pieces(): AsyncIterable<Uint8Array> {
    using file = await this.#open();
    const digest = await createSha256();
    const buffer = new Uint8Array(PIECE_BYTES);
    let left = this.size;
    for (let count = await file.read(buffer); count !== null && left > 0; count = await file.read(buffer)) {
      const piece = buffer.subarray(0, Math.min(count, left));
      left -= piece.length;
      digest.update(piece);
      yield piece;
    }
    if (left > 0) throw changed(this.#label);
    this.#digest = digest.digest().toHex();
  }

  async #open(): Promise<Deno.FsFile> {
    try {
      return await Deno.open(this.#path);
    } catch (error) {
      // It was there when the archive was opened.
      throw isMissing(error) ? changed(this.#label) : error;
    }
  }

  sha256(): Promise<string> {
    if (this.#digest !== undefined) return Promise.resolve(this.#digest);
    throw new RunnerError("internal", "Archive was not read to its end before its digest was asked for");
  }
}

/** The size of an open file. Asking the file itself would take a permission for where a link leads. */
async function sizeOf(file: Deno.FsFile): Promise<number> {
  const size = await file.seek(0, Deno.SeekMode.End);
  await file.seek(0, Deno.SeekMode.Start);
  return size;
}

/** The next bytes of a file; fewer than asked for only when it ends. */
async function fill(file: Deno.FsFile, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
