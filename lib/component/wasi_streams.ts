/**
 * The streams of WASI: what a guest reads its input and files from, and what it writes to. Every stream is ready at
 * once. Never touches a file: sources and sinks do what is done.
 *
 * Interface: `wasi:io/streams` 0.2, in the mapping of jco. The error of a `result` is thrown as a plain value.
 */

import { Handle, type Handles } from "./wasi_handles.ts";

/** Sleeps and time, for those who wait. */
export interface Waiting {
  readonly monotonicMs: () => number;
  readonly sleep: (milliseconds: number) => void;
}

/** Ready at once, or after sleeping until a point of monotonic time. */
export class Pollable extends Handle {
  readonly until: number;
  readonly #waiting: Waiting;

  constructor(handles: Handles, waiting: Waiting, until: number = 0) {
    super(handles);
    this.#waiting = waiting;
    this.until = until;
  }

  ready(): boolean {
    return this.#waiting.monotonicMs() >= this.until;
  }

  block(): void {
    while (!this.ready()) this.#waiting.sleep(this.until - this.#waiting.monotonicMs());
  }
}

/** What failed in a stream: a code of `wasi:filesystem`. */
export class IoError extends Handle {
  readonly code: string;

  constructor(handles: Handles, code: string) {
    super(handles);
    this.code = code;
  }

  toDebugString(): string {
    return this.code;
  }
}

/** Gives up to `length` bytes; none at the end. Throws a code when it cannot. */
export type ReadBytes = (length: number) => Uint8Array;

/** Takes bytes. Throws a code when it cannot. */
export type WriteBytes = (bytes: Uint8Array) => void;

/** Most bytes that one read gives and one write takes. */
const CHUNK_BYTES = 1024 * 1024;

/** A source of bytes that lie ready. */
export function bytesOf(bytes: Uint8Array): ReadBytes {
  let at = 0;
  return (length) => bytes.subarray(at, at += Math.min(length, bytes.length - at));
}

/** What both kinds of streams have: somebody may wait until they are ready, which they are. */
abstract class Stream extends Handle {
  readonly #waiting: Waiting;

  constructor(handles: Handles, waiting: Waiting) {
    super(handles);
    this.#waiting = waiting;
  }

  subscribe(): Pollable {
    return new Pollable(this.handles, this.#waiting);
  }
}

export class InputStream extends Stream {
  readonly #read: ReadBytes;

  constructor(handles: Handles, waiting: Waiting, read: ReadBytes) {
    super(handles, waiting);
    this.#read = read;
  }

  read(length: bigint): Uint8Array {
    if (length === 0n) return new Uint8Array();
    const bytes = attempt(this.handles, () => this.#read(clamp(length)));
    if (bytes.length === 0) throw { tag: "closed" };
    return bytes;
  }

  blockingRead(length: bigint): Uint8Array {
    return this.read(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint {
    return this.skip(length);
  }
}

export class OutputStream extends Stream {
  readonly #write: WriteBytes;

  constructor(handles: Handles, waiting: Waiting, write: WriteBytes) {
    super(handles, waiting);
    this.#write = write;
  }

  checkWrite(): bigint {
    return BigInt(CHUNK_BYTES);
  }

  write(bytes: Uint8Array): void {
    attempt(this.handles, () => this.#write(bytes));
  }

  blockingWriteAndFlush(bytes: Uint8Array): void {
    this.write(bytes);
  }

  writeZeroes(count: bigint): void {
    this.write(new Uint8Array(clamp(count)));
  }

  blockingWriteZeroesAndFlush(count: bigint): void {
    this.writeZeroes(count);
  }

  splice(source: InputStream, length: bigint): bigint {
    const bytes = source.read(length);
    this.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint {
    return this.splice(source, length);
  }

  flush(): void {}

  blockingFlush(): void {}
}

function clamp(length: bigint): number {
  return length < CHUNK_BYTES ? Number(length) : CHUNK_BYTES;
}

/** Does what may fail with a code, which becomes the error of a stream. */
function attempt<T>(handles: Handles, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (typeof error !== "string") throw error;
    throw { tag: "last-operation-failed", val: new IoError(handles, error) };
  }
}
