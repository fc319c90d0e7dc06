/**
 * Reads an archive's directory a second time, for what the zip library takes in one of two ways: sizes and offsets of
 * 64 bits, and the disks of archives in parts. Never looks at headers or data.
 *
 * Format: PKWARE's APPNOTE.TXT, section 4.3.12.
 */

import type { ArchiveFile } from "./archive_file.ts";
import type { ZipList, ZipRecord } from "./zip.ts";
import { corrupt } from "./zip_layout.ts";
import { wideAgrees } from "./zip_wide.ts";

/** Size of a directory's record without name, extra field and comment. */
const RECORD = 46;

/** Throws for a record of the directory that can be read in two ways, or names another disk. */
export async function checkDirectory(list: ZipList, file: ArchiveFile): Promise<void> {
  const { records, directory, directoryEnd } = list;
  const bytes = await file.read(directory, directoryEnd);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const record of records) {
    const length = at + RECORD > bytes.length ? RECORD : recordLength(view, at);
    const fault = at + length > bytes.length
      ? "is not where the directory has it"
      : recordFault(new DataView(view.buffer, view.byteOffset + at, length), record);
    if (fault !== undefined) throw corrupt("pack.corrupt.directory", record, fault);
    at += length;
  }
}

function recordLength(view: DataView, at: number): number {
  return [28, 30, 32].reduce((sum, field) => sum + view.getUint16(at + field, true), RECORD);
}

function recordFault(view: DataView, { size, packed, offset }: ZipRecord): string | undefined {
  if (view.getUint32(0, true) !== 0x02014b50) return "is not where the directory has it";
  if (view.getUint16(34, true) !== 0) return "is said to lie on another disk";
  const start = RECORD + view.getUint16(28, true), length = view.getUint16(30, true);
  const extra = new Uint8Array(view.buffer, view.byteOffset + start, length);
  const usual = [24, 20, 42].map((at) => view.getUint32(at, true));
  return wideAgrees(usual, { extra, meant: [size, packed, offset] })
    ? undefined
    : "has sizes of 64 bits that contradict its others";
}
