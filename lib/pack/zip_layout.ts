/**
 * Where an archive's entries lie: finds their headers and data, and checks that headers, directory and the bytes
 * between them say one thing, so that no other reader can see other entries. Never unpacks.
 */

import { type ErrorCode, RunnerError } from "../base/errors.ts";
import type { ArchiveFile } from "./archive_file.ts";
import type { EntryFacts } from "./limits.ts";
import type { ZipList, ZipRecord } from "./zip.ts";
import { wideAgrees, wideFields } from "./zip_wide.ts";

/** An entry and where it lies. */
export interface Located {
  /** What the directory says of it. */
  readonly record: ZipRecord;
  /** Where its header begins. */
  readonly start: number;
  /** Where its data begins. */
  readonly data: number;
  /** Where its data ends. */
  readonly end: number;
}

/** Size of a local header without its name and extra field. */
const LOCAL_HEADER = 30;
/** Flags that must agree between local header and directory: encryption and the name's encoding. */
const SHARED_FLAGS = 0x0801;
/** Flag: sizes and checksum follow the data. */
const DESCRIPTOR_FLAG = 0x8;

/** Finds every entry of an archive, in the directory's order. */
export async function locateEntries({ records }: ZipList, file: ArchiveFile): Promise<Located[]> {
  const located: Located[] = [];
  for (const record of records) located.push(await locate(record, file));
  return located;
}

/** Finds an entry's header and data, and checks that the header says what the directory says. */
async function locate(record: ZipRecord, file: ArchiveFile): Promise<Located> {
  const start = record.offset;
  const nameAt = start + LOCAL_HEADER;
  if (nameAt > file.size) throw truncated(record);
  const header = await file.read(start, nameAt + record.rawName.length);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < LOCAL_HEADER || view.getUint32(0, true) !== 0x04034b50) {
    throw corrupt("pack.corrupt.header", record, "has no header where the directory says");
  }
  const nameLength = view.getUint16(26, true);
  const data = nameAt + nameLength + view.getUint16(28, true);
  const end = data + record.packed;
  if (end > file.size) throw truncated(record);
  const flags = view.getUint16(6, true);
  const extra = await file.read(nameAt + nameLength, data);
  const agrees = nameLength === record.rawName.length &&
    sameBytes(header.subarray(LOCAL_HEADER), record.rawName) && view.getUint16(8, true) === record.method &&
    (flags & SHARED_FLAGS) === (record.flags & SHARED_FLAGS) &&
    ((flags & DESCRIPTOR_FLAG) === (record.flags & DESCRIPTOR_FLAG)) &&
    (sizesAgree(view, record, extra) || (flags & DESCRIPTOR_FLAG) !== 0 && sizesUnsaid(view, record, extra));
  if (agrees) return { record, start, data, end };
  throw corrupt("pack.corrupt.header", record, "has a header that contradicts the directory");
}

function sizesAgree(view: DataView, { crc, size, packed }: ZipRecord, extra: Uint8Array): boolean {
  const usual = [view.getUint32(22, true), view.getUint32(18, true)];
  return view.getUint32(14, true) === crc && wideAgrees(usual, { extra, meant: [size, packed] });
}

/** Whether sizes and checksum are left to what follows the data; who knows one of them before may say it. */
function sizesUnsaid(view: DataView, { crc, size, packed }: ZipRecord, extra: Uint8Array): boolean {
  const fields = wideFields(extra), values = [[14, crc], [18, packed], [22, size]] as const;
  return values.every(([at, value]) => [0, 0xffffffff, value].includes(view.getUint32(at, true))) &&
    fields.length <= 1 && fields.flat().every((value) => value === 0);
}

/** Refuses bytes that belong to no entry: another reader might find entries there. */
export async function checkGaps(
  located: readonly Located[],
  { directory, file }: { directory: number; file: ArchiveFile },
): Promise<void> {
  const ordered = [...located].sort((a, b) => a.start - b.start);
  for (const [i, { record, end }] of ordered.entries()) {
    const next = ordered[i + 1]?.start ?? directory;
    if (next === end) continue;
    if (next < end) throw corrupt("pack.corrupt.overlap", record, "reaches into the archive's directory");
    const described = (record.flags & DESCRIPTOR_FLAG) !== 0 && next - end <= MAX_DESCRIPTOR &&
      isDescriptor(await file.read(end, next), record);
    if (described) continue;
    throw corrupt(
      "pack.corrupt.extra_data",
      record,
      `is followed by ${next - end} bytes that belong to no entry`,
    );
  }
}

/** Size of the longest descriptor: signature, checksum, and two sizes of 64 bits. */
const MAX_DESCRIPTOR = 24;

/** Whether bytes behind an entry repeat what the directory says of it, with or without signature, in 32 or 64 bits. */
function isDescriptor(bytes: Uint8Array, { crc, packed, size }: ZipRecord): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signed = bytes.length === 16 || bytes.length === MAX_DESCRIPTOR;
  const wide = bytes.length >= 20;
  const at = signed ? 4 : 0;
  if (bytes.length !== at + (wide ? 20 : 12)) return false;
  if (signed && view.getUint32(0, true) !== 0x08074b50) return false;
  const [first, second] = wide
    ? [Number(view.getBigUint64(at + 4, true)), Number(view.getBigUint64(at + 12, true))]
    : [view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
  return view.getUint32(at, true) === crc && first === packed && second === size;
}

/** What the checks of every source need to know of an entry. */
export function entryFacts({ record, start, end }: Located): EntryFacts {
  const { name, size, packed, method } = record;
  return {
    name,
    size,
    packed,
    method,
    range: [start, end],
    type: entryType(record),
    encrypted: (record.flags & 1) !== 0,
  };
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

/** The error for an entry that contradicts itself or the directory. */
export function corrupt(code: ErrorCode, record: ZipRecord, what: string, cause?: unknown): RunnerError {
  return new RunnerError(code, `Entry "${record.name}" ${what}`, {
    place: record.name,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for an entry whose bytes are not all there. */
export function truncated(record: ZipRecord): RunnerError {
  return new RunnerError("pack.truncated", `Archive ends within entry "${record.name}"`, {
    place: record.name,
  });
}
