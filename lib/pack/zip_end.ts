/**
 * The records that end an archive: they stand right behind the directory, count what it holds, and know one disk
 * only. Whoever reads them in another way than the zip library must find the same archive, or none.
 *
 * Format: PKWARE's APPNOTE.TXT, sections 4.3.14 to 4.3.16.
 */

import { RunnerError } from "../base/errors.ts";
import type { ArchiveFile } from "./archive_file.ts";
import type { ZipList } from "./zip.ts";

/** Sizes of the end record without its comment, and of the two records that wide archives have before it. */
const END_BYTES = 22, WIDE_END_BYTES = 56, LOCATOR_BYTES = 20;
/** What the two end records begin with. */
const END_MARK = 0x06054b50, WIDE_END_MARK = 0x06064b50;
/** Longest end there can be: all three records and a comment. */
const MAX_END_BYTES = WIDE_END_BYTES + LOCATOR_BYTES + END_BYTES + 0xffff;

/** Throws unless the end of an archive says what its directory is. */
export async function checkEnd(list: ZipList, file: ArchiveFile, label: string): Promise<void> {
  const { directoryEnd } = list;
  const length = file.size - directoryEnd;
  const bytes = length > MAX_END_BYTES ? new Uint8Array() : await file.read(directoryEnd, file.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fault = bytes.length < END_BYTES ? "is not where it should be" : endFault(view, list);
  if (fault === undefined) return;
  throw new RunnerError("pack.corrupt.directory", `End of the archive ${fault}`, { place: label });
}

function endFault(view: DataView, list: ZipList): string | undefined {
  const wide = view.getUint32(0, true) === WIDE_END_MARK;
  const at = wide ? WIDE_END_BYTES + LOCATOR_BYTES : 0;
  if (view.byteLength < at + END_BYTES || view.getUint32(at, true) !== END_MARK) {
    return "does not follow its directory";
  }
  if (view.byteLength !== at + END_BYTES + view.getUint16(at + 20, true)) return "declares another comment";
  if (hasSecondEnd(view, at)) return "has another end in its comment";
  const wideFault = wide ? wideEndFault(view, list) : undefined;
  if (wideFault !== undefined) return wideFault;
  const { records, directory, directoryEnd } = list;
  const said = [4, 6, 8, 10].map((offset) => view.getUint16(at + offset, true));
  const meant = [0, 0, records.length, records.length];
  const counts = said.every((value, i) => value === meant[i] || wide && value === 0xffff);
  const sizes = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  const places = [directoryEnd - directory, directory];
  const agrees = counts && sizes.every((value, i) => value === places[i] || wide && value === 0xffffffff);
  return agrees ? undefined : "contradicts its directory";
}

/** Whether somebody who looks for the end from behind finds another one within the comment first. */
function hasSecondEnd(view: DataView, at: number): boolean {
  if (view.byteLength === at + END_BYTES) return false;
  for (let i = at + 1; i + 4 <= view.byteLength; i++) {
    if (view.getUint32(i, true) === END_MARK) return true;
  }
  return false;
}

/** The number of entries that the end of an archive without a comment declares, or undefined where it cannot be read. */
export async function declaredEntries(file: ArchiveFile): Promise<number | undefined> {
  const bytes = await file.read(
    Math.max(file.size - WIDE_END_BYTES - LOCATOR_BYTES - END_BYTES, 0),
    file.size,
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = view.byteLength - END_BYTES;
  if (at < 0 || view.getUint32(at, true) !== END_MARK) return undefined;
  const count = view.getUint16(at + 10, true);
  const wide = count === 0xffff && at === WIDE_END_BYTES + LOCATOR_BYTES &&
    view.getUint32(0, true) === WIDE_END_MARK;
  return wide ? Number(view.getBigUint64(32, true)) : count;
}

/** The record of 64 bits, and the one that says where it stands. */
function wideEndFault(view: DataView, { records, directory, directoryEnd }: ZipList): string | undefined {
  const wideAt = (offset: number) => view.getBigUint64(offset, true);
  const end = [
    wideAt(4) === BigInt(WIDE_END_BYTES - 12),
    view.getUint32(16, true) === 0,
    view.getUint32(20, true) === 0,
    wideAt(24) === BigInt(records.length),
    wideAt(32) === BigInt(records.length),
    wideAt(40) === BigInt(directoryEnd - directory),
    wideAt(48) === BigInt(directory),
  ];
  const at = WIDE_END_BYTES;
  const locator = [
    view.getUint32(at, true) === 0x07064b50,
    view.getUint32(at + 4, true) === 0,
    wideAt(at + 8) === BigInt(directoryEnd),
    view.getUint32(at + 16, true) === 1,
  ];
  return [...end, ...locator].includes(false) ? "contradicts its directory" : undefined;
}
