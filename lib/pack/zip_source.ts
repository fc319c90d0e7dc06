/**
 * A source over a zip archive: checks what its directory says, then reads the whole archive once, in order, and
 * unpacks every entry on the way to check it and to take its digest. Holds nothing but small archives as they are:
 * an entry is unpacked again where it is needed, and compared with its digest when the archive lies on disk.
 *
 * Never trusts a declared size, checksum or name: unpacking stops at the declared size, which was checked against
 * the limits, and local headers must agree with the directory.
 */

import { blake3Hex, blake3Maker, type RunningDigest } from "../base/digest.ts";
import type { Limits } from "../base/limits.ts";
import type { OnProgress } from "../base/progress.ts";
import type { ArchiveFile } from "./archive_file.ts";
import { inflate, Inflater, loadZlib, type Zlib } from "./inflate.ts";
import { checkEntries } from "./limits.ts";
import { changed, type PackEntry, type PackSource, packSource } from "./source.ts";
import { listZip, type ZipRecord } from "./zip.ts";
import { checkDirectory } from "./zip_directory.ts";
import { checkEnd } from "./zip_end.ts";
import { checkGaps, corrupt, entryFacts, type Located, locateEntries, truncated } from "./zip_layout.ts";

/** What is known of an archive beside its bytes. */
export interface ZipSourceOptions {
  /** How the archive was given. */
  kind: "zip" | "memory";
  /** What it is called in messages. */
  label: string;
  /** The limits in force. */
  limits: Limits;
  /** Hears how much was read. */
  progress?: OnProgress | null | undefined;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

/** A source over an archive whose size was checked, and now every entry of it. */
export async function zipSource(file: ArchiveFile, options: ZipSourceOptions): Promise<PackSource> {
  const { kind, label, limits, progress, signal } = options;
  const list = await listZip(file, { label, limits, signal });
  await checkEnd(list, file, label);
  await checkDirectory(list, file);
  const located = await locateEntries(list, file);
  checkEntries(located.map(entryFacts), { limits, label });
  await checkGaps(located, { directory: list.directory, file });
  const zlib = await loadZlib();
  const told = (bytes: number) => progress?.({ type: "reading", pack: label, bytes, of: file.size });
  const entries = await survey(file, { located, zlib, told, signal });
  const digest = `sha256:${await file.sha256()}`;
  const byName = new Map(located.map((entry) => [entry.record.name, entry]));
  return packSource({
    kind,
    label,
    bytes: file.size,
    entries,
    digest,
    async read({ name, blake3 }) {
      const { record, data, end } = byName.get(name)!;
      const packed = await file.read(data, end);
      const bytes = file.held ? unpack(record, packed, zlib) : unpackAgain(record, packed, zlib);
      if (file.held || bytes !== undefined && await blake3Hex(bytes) === blake3) return bytes!;
      throw changed(name);
    },
  });
}

/** Reads the archive from beginning to end, checks every entry on the way, and gives the files in the directory's order. */
async function survey(
  file: ArchiveFile,
  { located, zlib, told, signal }: {
    located: readonly Located[];
    zlib: Zlib;
    told: (bytes: number) => void;
    signal: AbortSignal | undefined;
  },
): Promise<PackEntry[]> {
  const digests = new Map<string, string>();
  const startBlake3 = await blake3Maker();
  const waiting = located.map((entry) => new Check(entry, zlib)).sort((a, b) => a.data - b.data);
  let next = 0, at = 0;
  told(at);
  try {
    for await (const piece of file.pieces()) {
      signal?.throwIfAborted();
      const reached = at + piece.length;
      for (; next < waiting.length; next++) {
        const check = waiting[next]!;
        if (check.data >= reached) break;
        await check.take(piece.subarray(Math.max(check.data - at, 0), check.end - at), startBlake3);
        if (check.end > reached) break;
        digests.set(check.name, await check.finish());
      }
      told(at = reached);
    }
  } finally {
    waiting[next]?.[Symbol.dispose]();
  }
  if (next < waiting.length) throw truncated(waiting[next]!.record);
  return records(located).map(({ name, size }) => ({ name, size, blake3: digests.get(name)! }));
}

function records(located: readonly Located[]): ZipRecord[] {
  return located.map(({ record }) => record).filter(({ name }) => !name.endsWith("/"));
}

/** The check of one entry whose bytes come piece by piece, none of which is held. */
class Check {
  readonly record: ZipRecord;
  readonly data: number;
  readonly end: number;
  readonly #zlib: Zlib;
  #blake3: RunningDigest | undefined;
  #inflater: Inflater | undefined;
  #crc = 0;

  constructor({ record, data, end }: Located, zlib: Zlib) {
    this.record = record;
    this.data = data;
    this.end = end;
    this.#zlib = zlib;
  }

  get name(): string {
    return this.record.name;
  }

  async take(piece: Uint8Array, startBlake3: () => RunningDigest): Promise<void> {
    this.#blake3 ??= startBlake3();
    if (this.record.method === STORED) return this.#digest(piece);
    this.#inflater ??= new Inflater(this.record, {
      zlib: this.#zlib,
      onBytes: (bytes) => this.#digest(bytes),
    });
    await this.#inflater.take(piece);
  }

  /** The digest of the entry's bytes; throws when they are not what the directory says. */
  async finish(): Promise<string> {
    const { record } = this;
    await this.#inflater?.finish();
    this[Symbol.dispose]();
    if (this.#crc !== record.crc) {
      throw corrupt("pack.corrupt.checksum", record, "does not match its checksum");
    }
    if (record.name.endsWith("/") && record.size > 0) {
      throw corrupt("pack.corrupt.size", record, "is a folder with contents");
    }
    return this.#blake3!.digest().toHex();
  }

  [Symbol.dispose](): void {
    this.#inflater?.[Symbol.dispose]();
    this.#inflater = undefined;
  }

  #digest(bytes: Uint8Array): void {
    this.#crc = this.#zlib.crc32(bytes, this.#crc);
    this.#blake3!.update(bytes);
  }
}

const STORED = 0;

/** The bytes of an entry from the bytes as they lie in the archive. */
function unpack(record: ZipRecord, packed: Uint8Array, zlib: Zlib): Uint8Array {
  return record.method === STORED ? packed : inflate(record, packed, zlib);
}

/** The same from bytes that may have changed since they were checked; undefined when they can no longer be unpacked. */
function unpackAgain(record: ZipRecord, packed: Uint8Array, zlib: Zlib): Uint8Array | undefined {
  try {
    return packed.length === record.packed ? unpack(record, packed, zlib) : undefined;
  } catch {
    return undefined;
  }
}
