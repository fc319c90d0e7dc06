/**
 * The archive format: lists what an archive's directory says, and writes archives. The only importer of the zip
 * library, which is loaded on first use. Never unpacks: the contents are taken where they are checked.
 */

import { messageOf, RunnerError } from "../base/errors.ts";
import { limitError, type Limits } from "../base/limits.ts";
import type { ArchiveFile } from "./archive_file.ts";
import { checkName } from "./limits.ts";
import { declaredEntries } from "./zip_end.ts";

/** One record of an archive's central directory, as far as it matters here. */
export interface ZipRecord {
  /** The decoded name. */
  readonly name: string;
  /** The bytes of the name. */
  readonly rawName: Uint8Array;
  /** Offset of the local header. */
  readonly offset: number;
  /** Size of the data as stored. */
  readonly packed: number;
  /** Size of the data unpacked. */
  readonly size: number;
  /** CRC-32 of the data unpacked. */
  readonly crc: number;
  /** Compression method. */
  readonly method: number;
  /** General purpose flags. */
  readonly flags: number;
  /** External attributes. */
  readonly attributes: number;
}

/** What {@linkcode listZip} needs to know beside the bytes. */
export interface ListZipOptions {
  /** What the archive is called in messages. */
  label: string;
  /** The limits in force; listing stops at the first record too many, or with a name that no pack may have. */
  limits: Limits;
  /** Stops the listing. */
  signal?: AbortSignal | undefined;
}

/** General purpose flag: the name is UTF-8. */
const UTF8_FLAG = 0x800;

/** Most that the directory of an archive may take, which is read as a whole: in any case, and for each entry. */
const MAX_DIRECTORY_BYTES = 8 * 1024 * 1024, MAX_RECORD_BYTES = 1280;

/** What an archive's directory says. */
export interface ZipList {
  /** The records in the directory's order, duplicates included. */
  readonly records: readonly ZipRecord[];
  /** Where the directory begins. */
  readonly directory: number;
  /** Where it ends and the end records begin. */
  readonly directoryEnd: number;
}

/** Lists an archive. */
export async function listZip(file: ArchiveFile, options: ListZipOptions): Promise<ZipList> {
  const zip = await import("@zip-js/zip-js");
  const longest = Math.max(MAX_DIRECTORY_BYTES, options.limits.maxEntries * MAX_RECORD_BYTES);
  class FileReader extends zip.Reader<ArchiveFile> {
    override readonly size = file.size;

    override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
      if (length <= longest) return await file.read(index, Math.min(index + length, file.size));
      throw await longDirectory(file, length, options);
    }
  }
  // Without bit 11 the format says code page 437; guessing would let two readers see two names.
  const reader = new zip.ZipReader(new FileReader(file), {
    filenameEncoding: "cp437",
    filenameValidation: "tolerant",
    useWebWorkers: false,
  });
  const records: ZipRecord[] = [];
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      options.signal?.throwIfAborted();
      const listed = record(entry);
      checkName(listed.name);
      records.push(listed);
      if (records.length > options.limits.maxEntries) throw tooMany(options);
    }
  } catch (error) {
    if (error instanceof RunnerError || options.signal?.aborted) throw error;
    throw listFault(error, await file.read(0, Math.min(file.size, 4)), options);
  }
  // Duplicate names are refused with all other twins, where the names can be given.
  const odd = reader.warnings?.find((warning) => warning.reason !== zip.WARNING_DUPLICATE_FILENAME);
  if (odd !== undefined) {
    const around: readonly string[] = [zip.WARNING_APPENDED_DATA, zip.WARNING_PREPENDED_DATA];
    const code = around.includes(odd.reason) ? "pack.corrupt.extra_data" : "pack.corrupt.directory";
    throw new RunnerError(code, `Archive is ambiguous: ${odd.reason}`, { place: options.label });
  }
  const directory = reader.directoryOffset ?? 0;
  return { records, directory, directoryEnd: directory + (reader.directoryLength ?? 0) };

  function listFault(error: unknown, start: Uint8Array, { label }: ListZipOptions): RunnerError {
    const reason = messageOf(error);
    if (reason === zip.ERR_UNSUPPORTED_UINT64) {
      return new RunnerError("pack.limit.entry", "A size or a count in the archive is beyond any limit", {
        place: label,
        hint: "Fetch or build the pack again",
      });
    }
    const noEnd = reason === zip.ERR_EOCDR_NOT_FOUND || reason === zip.ERR_BAD_FORMAT;
    if (noEnd && !startsLikeZip(start)) return notZip(start, label);
    if (noEnd) {
      return new RunnerError("pack.truncated", "Archive ends before its directory", {
        place: label,
        hint: "Fetch or build the pack again",
        cause: error,
      });
    }
    return new RunnerError("pack.corrupt.directory", `Archive directory cannot be read: ${reason}`, {
      place: label,
      cause: error,
    });
  }
}

function tooMany({ limits, label }: ListZipOptions): RunnerError {
  return limitError("pack.limit.entries", "maxEntries", limits, "The number of entries", label);
}

/** The error for a directory that is too long to be read: because of its entries, or for no reason a pack has. */
async function longDirectory(
  file: ArchiveFile,
  length: number,
  options: ListZipOptions,
): Promise<RunnerError> {
  const count = await declaredEntries(file);
  if (count !== undefined && count > options.limits.maxEntries) return tooMany(options);
  return new RunnerError(
    "pack.corrupt.directory",
    `Archive directory takes ${length} bytes, more than any pack needs`,
    { place: options.label },
  );
}

interface LibraryEntry {
  readonly filename: string;
  readonly rawFilename: Uint8Array;
  readonly offset: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly crc32?: number;
  readonly compressionMethod: number;
  readonly rawBitFlag?: number;
  readonly externalFileAttributes: number;
}

function record(entry: LibraryEntry): ZipRecord {
  const flags = entry.rawBitFlag ?? 0;
  return {
    name: entryName(entry, flags),
    rawName: entry.rawFilename,
    offset: entry.offset,
    packed: entry.compressedSize,
    size: entry.uncompressedSize,
    crc: entry.crc32 ?? 0,
    method: entry.compressionMethod,
    flags,
    attributes: entry.externalFileAttributes,
  };
}

/** The name from the record's own bytes where they are UTF-8: an extra field may not replace it. */
function entryName(entry: LibraryEntry, flags: number): string {
  const ascii = entry.rawFilename.every((byte) => byte < 0x80);
  if (!ascii && (flags & UTF8_FLAG) === 0) return entry.filename;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.rawFilename);
  } catch (cause) {
    throw new RunnerError("pack.unsafe_path", `Entry name "${entry.filename}" is not UTF-8`, {
      place: entry.filename,
      cause,
    });
  }
}

function startsLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

function notZip(start: Uint8Array, label: string): RunnerError {
  const what = start.length === 0 ? "is empty" : "is no zip archive";
  return new RunnerError("pack.not_zip", `File "${label}" ${what}`, { place: label });
}

/**
 * An archive of these files in this order. Deterministic: stored, dated 1980-01-01, made by Unix, regular files
 * with mode 0644, sizes and CRC in the local headers, no extra fields.
 */
export async function writeZip(
  files: Iterable<readonly [string, Uint8Array]>,
): Promise<Uint8Array<ArrayBuffer>> {
  const zip = await import("@zip-js/zip-js");
  const writer = new zip.ZipWriter(new zip.Uint8ArrayWriter(), {
    level: 0,
    dataDescriptor: false,
    extendedTimestamp: false,
    version: 10,
    versionMadeBy: 0x030a,
    externalFileAttributes: 0x81a40000,
    rawLastModDate: 0x00210000,
    useWebWorkers: false,
  });
  for (const [name, bytes] of files) await writer.add(name, new zip.Uint8ArrayReader(bytes));
  return new Uint8Array(await writer.close());
}
