/**
 * A source over a zip archive: checks what its directory says, then unpacks every entry once and holds it.
 * Never trusts a declared size, checksum or name: unpacking stops at the declared size, which was checked
 * against the limits, and local headers must agree with the directory.
 */

import { RunnerError } from "../base/errors.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { checkEntries, type EntryFacts } from "./limits.ts";
import { heldSource } from "./memory_source.ts";
import { readAtMost } from "./read_file.ts";
import type { PackSource } from "./source.ts";
import { listZip, type ZipRecord } from "./zip.ts";

/** What is known of an archive beside its bytes. */
export interface ZipSourceOptions {
  /** How the archive was given. */
  kind: "zip" | "memory";
  /** What it is called in messages. */
  label: string;
  /** The limits in force. */
  limits: Limits;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

/** A source over the bytes of an archive, every entry checked and unpacked. */
export async function zipSource(bytes: Uint8Array, options: ZipSourceOptions): Promise<PackSource> {
  const { kind, label, limits, signal } = options;
  if (bytes.length > limits.maxArchiveBytes) {
    throw limitError("pack.limit.archive", "maxArchiveBytes", limits, "The size of the archive", label);
  }
  const records = await listZip(bytes, { label, limits, signal });
  const located = records.map((record) => ({ record, ...locate(record, bytes) }));
  checkEntries(located.map(({ record, start, end }) => facts(record, [start, end])), { limits, label });
  const { crc32, inflateRawSync } = await import("node:zlib");
  const files = new Map<string, Uint8Array>();
  for (const { record, data, end } of located) {
    signal?.throwIfAborted();
    const packed = bytes.subarray(data, end);
    const unpacked = record.method === 0 ? packed : inflate(record, packed);
    if (unpacked.length !== record.size) throw corrupt(record, "has another size than it declares");
    if (crc32(unpacked) !== record.crc) throw corrupt(record, "does not match its checksum");
    if (!record.name.endsWith("/")) files.set(record.name, unpacked);
    else if (record.size > 0) throw corrupt(record, "is a folder with contents");
  }
  return heldSource({ kind, label, files, archive: bytes });

  function inflate(record: ZipRecord, packed: Uint8Array): Uint8Array {
    try {
      // With `info` the answer says how much was consumed; the declared types know only the plain buffer.
      const result: unknown = inflateRawSync(packed, {
        maxOutputLength: Math.max(record.size, 1),
        info: true,
      });
      const { buffer, engine } = result as { buffer: Uint8Array; engine: { bytesWritten: number } };
      // A plain view: the class that comes back shares its memory where a copy is expected.
      if (engine.bytesWritten === packed.length) {
        return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      }
    } catch (cause) {
      throw corrupt(record, "cannot be unpacked to the size it declares", cause);
    }
    throw corrupt(record, "has bytes after the end of its data");
  }
}

/** Reads an archive file, and no more of it than shows that it is too large. */
export async function readArchive(path: string | URL, limits: Limits): Promise<Uint8Array> {
  return await readAtMost(path, limits.maxArchiveBytes + 1);
}

/** Size of a local header without its name and extra field. */
const LOCAL_HEADER = 30;
/** Flags that must agree between local header and directory: encryption and the name's encoding. */
const SHARED_FLAGS = 0x0801;
/** Flag: sizes and checksum follow the data. */
const DESCRIPTOR_FLAG = 0x8;

/** Where an entry's header begins, its data begins and its data ends; checks the local header on the way. */
function locate(record: ZipRecord, bytes: Uint8Array): { start: number; data: number; end: number } {
  const start = record.offset;
  if (start + LOCAL_HEADER > bytes.length) throw truncated(record);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(start, true) !== 0x04034b50) {
    throw corrupt(record, "has no header where the directory says");
  }
  const nameLength = view.getUint16(start + 26, true);
  const data = start + LOCAL_HEADER + nameLength + view.getUint16(start + 28, true);
  const end = data + record.packed;
  if (end > bytes.length) throw truncated(record);
  const name = bytes.subarray(start + LOCAL_HEADER, start + LOCAL_HEADER + nameLength);
  const flags = view.getUint16(start + 6, true);
  const agrees = sameBytes(name, record.rawName) && view.getUint16(start + 8, true) === record.method &&
    (flags & SHARED_FLAGS) === (record.flags & SHARED_FLAGS) &&
    ((flags & DESCRIPTOR_FLAG) !== 0 || sizesAgree(view, record));
  if (!agrees) throw corrupt(record, "has a header that contradicts the directory");
  return { start, data, end };
}

function sizesAgree(view: DataView, record: ZipRecord): boolean {
  const at = record.offset + 14;
  return view.getUint32(at, true) === record.crc &&
    sizeAgrees(view.getUint32(at + 4, true), record.packed) &&
    sizeAgrees(view.getUint32(at + 8, true), record.size);
}

/** A size of all ones stands in an extra field, where only very large archives need it. */
function sizeAgrees(local: number, size: number): boolean {
  return local === size || local === 0xffffffff;
}

function facts(record: ZipRecord, range: readonly [number, number]): EntryFacts {
  const { name, size, packed, method } = record;
  return { name, size, packed, method, range, type: entryType(record), encrypted: (record.flags & 1) !== 0 };
}

/** The file type by Unix mode, wherever one is given, else by the folder bit of DOS. Unstated means a file. */
function entryType(record: ZipRecord): NonNullable<EntryFacts["type"]> {
  const format = (record.attributes >>> 28) & 0xf;
  if (format === 0xa) return "link";
  if (format === 0x4 || (format === 0 && (record.attributes & 0x10) !== 0)) return "directory";
  return format === 0 || format === 0x8 ? "file" : "other";
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function corrupt(record: ZipRecord, what: string, cause?: unknown): RunnerError {
  return new RunnerError("pack.corrupt", `Entry "${record.name}" ${what}`, {
    place: record.name,
    ...(cause === undefined ? {} : { cause }),
  });
}

function truncated(record: ZipRecord): RunnerError {
  return new RunnerError("pack.truncated", `Archive ends within entry "${record.name}"`, {
    place: record.name,
  });
}
