/**
 * What any list of entries must satisfy before a byte of it is unpacked: names, types, sizes, ratios, no
 * twins, no overlaps. The same for archives, folders and memory. Never reads the entries themselves.
 */

import { exceedsBytes } from "../base/bytes.ts";
import { type ErrorCode, RunnerError } from "../base/errors.ts";
import { limitError, type Limits } from "../base/limits.ts";

/** What is known of an entry before it is read. Folders and memory know its name and size only. */
export interface EntryFacts {
  /** The name as stored. */
  readonly name: string;
  /** The declared size unpacked. */
  readonly size: number;
  /** The size packed. */
  readonly packed?: number;
  /** What the attributes say it is. @default {"file"} */
  readonly type?: "file" | "directory" | "link" | "other";
  /** Whether it is encrypted. */
  readonly encrypted?: boolean;
  /** The compression method: 0 stored, 8 deflated. */
  readonly method?: number;
  /** Where its header and data lie in the archive. */
  readonly range?: readonly [start: number, end: number];
}

/** What the entries are measured against. */
export interface CheckEntriesOptions {
  /** The limits in force. */
  limits: Limits;
  /** The source, for errors that concern no single entry. */
  label: string;
}

const STORED = 0;
const DEFLATED = 8;
/** Longest name that every system has room for, as UTF-8, and more segments than any pack nests. */
const MAX_NAME_BYTES = 1024, MAX_SEGMENTS = 64;
/** How much of a name that is refused is told, in characters. */
const TOLD_CHARACTERS = 120;

/** Throws for the first entry that no pack may have. */
export function checkEntries(entries: readonly EntryFacts[], { limits, label }: CheckEntriesOptions): void {
  if (entries.length > limits.maxEntries) {
    throw limitError("pack.limit.entries", "maxEntries", limits, "The number of entries", label);
  }
  let total = 0;
  for (const entry of entries) {
    checkName(entry.name);
    checkType(entry);
    checkSize(entry, limits);
    total += entry.size;
  }
  if (total > limits.maxArchiveBytes) {
    throw limitError("pack.limit.archive", "maxArchiveBytes", limits, "The size of all entries", label);
  }
  checkTwins(entries);
  checkOverlaps(entries);
}

/** Whether a name stays inside the pack on every system. */
export function isSafeName(name: string): boolean {
  return nameFault(name) === undefined;
}

/** Throws unless a name stays inside the pack on every system: relative, `/` between plain segments. */
export function checkName(name: string): void {
  const reason = nameFault(name.endsWith("/") ? name.slice(0, -1) : name);
  if (reason === undefined) return;
  const told = toldName(name);
  throw new RunnerError("pack.unsafe_path", `Entry name ${JSON.stringify(told)} ${reason}`, { place: told });
}

/** A name as errors tell it: of one that is too long for a message, its beginning. */
function toldName(name: string): string {
  return name.length > TOLD_CHARACTERS ? `${name.slice(0, TOLD_CHARACTERS)}…` : name;
}

function nameFault(name: string): string | undefined {
  if (exceedsBytes(name, MAX_NAME_BYTES)) return `is longer than ${MAX_NAME_BYTES} bytes`;
  if (name.includes("\\")) return "has a backslash";
  if (name.startsWith("/")) return "is absolute";
  if (/^[A-Za-z]:/.test(name)) return "begins with a drive";
  // A line feed would also end a name early in the text that a signature covers.
  if (hasControl(name)) return "has a control character";
  if (!name.isWellFormed()) return "is not well-formed Unicode";
  const segments = name.split("/");
  if (segments.includes("..")) return "climbs out of its folder";
  if (segments.includes(".") || segments.includes("")) return "has an empty segment";
  if (segments.length > MAX_SEGMENTS) return `has more than ${MAX_SEGMENTS} segments`;
  return undefined;
}

function hasControl(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

function checkType(entry: EntryFacts): void {
  const fault = typeFault(entry);
  if (fault === undefined) return;
  const [code, what] = fault;
  throw new RunnerError(code, `Entry "${entry.name}" ${what}`, {
    place: entry.name,
    hint: "A pack holds regular files only, stored or deflated",
  });
}

function typeFault({ name, type, encrypted, method }: EntryFacts): [ErrorCode, string] | undefined {
  if (type === "link") return ["pack.unsupported.link", "is a symbolic link"];
  if (type === "other") return ["pack.unsupported.file_type", "is a device or another special file"];
  if (type === "directory" && !name.endsWith("/")) {
    return ["pack.unsupported.file_type", "is a folder under the name of a file"];
  }
  if (encrypted === true) return ["pack.unsupported.encryption", "is encrypted"];
  if (method === undefined || method === STORED || method === DEFLATED) return undefined;
  return ["pack.unsupported.method", `uses the unknown compression method ${method}`];
}

/** What deflate adds at most to data that it cannot compress: five bytes for each block, and some to begin with. */
function largestPacked(size: number): number {
  return size + Math.ceil(size / 1000) + 64;
}

function checkSize(entry: EntryFacts, limits: Limits): void {
  const { name, size, packed } = entry;
  if (size > limits.maxEntryBytes) {
    throw limitError("pack.limit.entry", "maxEntryBytes", limits, `The size of entry "${name}"`, name);
  }
  if (packed === undefined) return;
  const contradicts = entry.method === STORED
    ? packed !== size
    : packed === 0 && size > 0 || packed > largestPacked(size);
  if (contradicts) {
    throw new RunnerError(
      "pack.corrupt.size",
      `Entry "${name}" declares sizes that contradict each other`,
      { place: name },
    );
  }
  if (size > packed * limits.maxRatio) {
    throw limitError(
      "pack.limit.ratio",
      "maxRatio",
      limits,
      `The compression ratio of entry "${name}"`,
      name,
    );
  }
}

/**
 * Refuses names that are one file on some system, or a file and a folder at once. In their order twins are
 * neighbours, and so are a file and the first entry of a folder of its name: nothing sorts before the separator.
 */
function checkTwins(entries: readonly EntryFacts[]): void {
  const keyed = entries.map(({ name }) => ({ name, key: folded(name).replaceAll("/", SEPARATOR) }));
  keyed.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  let before = keyed[0];
  for (const here of keyed.slice(1)) {
    if (before !== undefined) checkNeighbours(before, here);
    before = here;
  }
}

/** The least character, which no name has. */
const SEPARATOR = "\0";

interface KeyedName {
  readonly name: string;
  readonly key: string;
}

function checkNeighbours(before: KeyedName, here: KeyedName): void {
  const one = before.name, two = here.name;
  if (one === two) throw twins(two, `Entry "${two}" occurs twice`);
  if (before.key === here.key) {
    throw twins(two, `Entries "${one}" and "${two}" differ only by case or Unicode form`);
  }
  if (!here.key.startsWith(before.key + SEPARATOR)) return;
  throw twins(one, `Entry "${one}" is a file, and a folder for "${two}"`);
}

/** The same for all names that some file system takes for one: letters are folded, and composed again afterwards. */
function folded(name: string): string {
  return name.normalize("NFD").toLowerCase().toUpperCase().normalize("NFC");
}

function twins(place: string, message: string): RunnerError {
  return new RunnerError("pack.duplicate_entry", message, { place });
}

/** Refuses archives in which two entries share bytes, as bombs do that name one stream many times. */
function checkOverlaps(entries: readonly EntryFacts[]): void {
  const ranges = entries.flatMap(({ name, range }) => range === undefined ? [] : [{ name, range }]);
  ranges.sort((a, b) => a.range[0] - b.range[0]);
  let before = ranges[0];
  for (const here of ranges.slice(1)) {
    if (before !== undefined && here.range[0] < before.range[1]) {
      throw new RunnerError("pack.corrupt.overlap", `Entries "${before.name}" and "${here.name}" overlap`, {
        place: here.name,
      });
    }
    before = here;
  }
}
