/**
 * Unpacks deflated entries, at once or piece by piece. Never unpacks more than an entry declares, and takes neither
 * another size nor bytes behind the end of the data.
 */

import type { RunnerError } from "../base/errors.ts";
import type { ZipRecord } from "./zip.ts";
import { corrupt } from "./zip_layout.ts";

/** The engine's zlib. */
export type Zlib = typeof import("node:zlib");

/** Loads the engine's zlib, which only archives need. */
export async function loadZlib(): Promise<Zlib> {
  return await import("node:zlib");
}

/** The whole of an entry from the whole of its data. */
export function inflate(record: ZipRecord, packed: Uint8Array, { inflateRawSync }: Zlib): Uint8Array {
  let unpacked: Uint8Array, consumed: number;
  try {
    // With `info` the answer says how much was consumed; the declared types know only the plain buffer.
    const result: unknown = inflateRawSync(packed, {
      maxOutputLength: Math.max(record.size, 1),
      info: true,
    });
    const { buffer, engine } = result as { buffer: Uint8Array; engine: { bytesWritten: number } };
    consumed = engine.bytesWritten;
    // A plain view: the class that comes back shares its memory where a copy is expected.
    unpacked = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    throw cannotBeUnpacked(record, cause);
  }
  const fault = sizeFault(record, { unpacked: unpacked.length, left: packed.length - consumed });
  if (fault !== undefined) throw fault;
  return unpacked;
}

/** How much is unpacked at a time, in bytes; no stream takes less than the other. */
const CHUNK_BYTES = 64 * 1024, LEAST_CHUNK_BYTES = 64;

/** Unpacks an entry whose data comes piece by piece, and hands on what it finds the same way. Holds neither. */
export class Inflater {
  readonly #record: ZipRecord;
  readonly #stream: ReturnType<Zlib["createInflateRaw"]>;
  readonly #ended: Promise<void>;
  #taken = 0;
  #unpacked = 0;

  /** Takes the entry and where its bytes go. */
  constructor(record: ZipRecord, { zlib, onBytes }: { zlib: Zlib; onBytes: (bytes: Uint8Array) => void }) {
    const chunkSize = Math.min(Math.max(record.size, LEAST_CHUNK_BYTES), CHUNK_BYTES);
    const stream = zlib.createInflateRaw({ chunkSize });
    this.#record = record;
    this.#stream = stream;
    this.#ended = new Promise((resolve, reject) => {
      stream.on("end", resolve);
      stream.on("error", reject);
    });
    // Whoever waits for it hears of it; nobody may wait any more.
    this.#ended.catch(() => {});
    stream.on("data", (bytes: Uint8Array) => {
      this.#unpacked += bytes.length;
      if (this.#unpacked <= record.size) onBytes(bytes);
      else stream.destroy(new RangeError(`More than ${record.size} bytes`));
    });
  }

  /** Takes the next piece, whose memory is free again afterwards. Throws as soon as more is known to be wrong. */
  async take(piece: Uint8Array): Promise<void> {
    this.#taken += piece.length;
    const written = new Promise<void>((resolve) => this.#stream.write(piece, () => resolve()));
    await this.#unbroken(Promise.race([written, this.#ended]));
    // The data ended before its bytes did.
    if (this.#stream.bytesWritten < this.#taken) await this.finish();
  }

  /** Throws unless all was what the entry declares. */
  async finish(): Promise<void> {
    this.#stream.end();
    await this.#unbroken(this.#ended);
    const left = this.#taken - this.#stream.bytesWritten;
    const fault = sizeFault(this.#record, { unpacked: this.#unpacked, left });
    if (fault !== undefined) throw fault;
  }

  /** Lets go of the stream, wherever it is. */
  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  async #unbroken(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (cause) {
      throw cannotBeUnpacked(this.#record, cause);
    }
  }
}

function cannotBeUnpacked(record: ZipRecord, cause: unknown): RunnerError {
  return corrupt("pack.corrupt.compression", record, "cannot be unpacked to the size it declares", cause);
}

/** What is wrong with the size of what was unpacked, and of what was left of the data. */
function sizeFault(
  record: ZipRecord,
  { unpacked, left }: { unpacked: number; left: number },
): RunnerError | undefined {
  if (unpacked !== record.size) {
    return corrupt("pack.corrupt.size", record, "has another size than it declares");
  }
  if (left === 0) return undefined;
  return corrupt("pack.corrupt.extra_data", record, "has bytes after the end of its data");
}
