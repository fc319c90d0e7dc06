/**
 * What any list of entries must satisfy before a byte of it is unpacked: names, types, sizes, ratios, no
 * twins, no overlaps. The same for archives, folders and memory. Never reads the entries themselves.
 */

import { RunnerError } from "../base/errors.ts";
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

/** Throws unless a name stays inside the pack on every system: relative, `/` between plain segments. */
export function checkName(name: string): void {
  const reason = nameFault(name.endsWith("/") ? name.slice(0, -1) : name);
  if (reason === undefined) return;
  throw new RunnerError("pack.unsafe_path", `Entry name ${JSON.stringify(name)} ${reason}`, { place: name });
}

function nameFault(name: string): string | undefined {
  if (name.includes("\\")) return "has a backslash";
  if (name.startsWith("/")) return "is absolute";
  if (/^[A-Za-z]:/.test(name)) return "begins with a drive";
  // A line feed would also end a name early in the text that a signature covers.
  if (hasControl(name)) return "has a control character";
  if (!name.isWellFormed()) return "is not well-formed Unicode";
  const segments = name.split("/");
  if (segments.includes("..")) return "climbs out of its folder";
  if (segments.includes(".") || segments.includes("")) return "has an empty segment";
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
  const what = entry.type === "link"
    ? "is a symbolic link"
    : entry.type === "other"
    ? "is a device or another special file"
    : entry.type === "directory" && !entry.name.endsWith("/")
    ? "is a folder under the name of a file"
    : entry.encrypted === true
    ? "is encrypted"
    : entry.method !== undefined && entry.method !== STORED && entry.method !== DEFLATED
    ? `uses the unknown compression method ${entry.method}`
    : undefined;
  if (what === undefined) return;
  throw new RunnerError("pack.unsupported", `Entry "${entry.name}" ${what}`, {
    place: entry.name,
    hint: "A pack holds regular files only, stored or deflated",
  });
}

function checkSize(entry: EntryFacts, limits: Limits): void {
  const { name, size, packed } = entry;
  if (size > limits.maxEntryBytes) {
    throw limitError("pack.limit.entry", "maxEntryBytes", limits, `The size of entry "${name}"`, name);
  }
  if (packed === undefined) return;
  if (packed === 0 ? size > 0 : entry.method === STORED && packed !== size) {
    throw new RunnerError("pack.corrupt", `Entry "${name}" declares sizes that contradict each other`, {
      place: name,
    });
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

/** Refuses names that are one file on some system: equal, or different only by case or Unicode form. */
function checkTwins(entries: readonly EntryFacts[]): void {
  const seen = new Map<string, string>();
  for (const { name } of entries) {
    const key = name.normalize("NFC").toLowerCase();
    const twin = seen.get(key);
    if (twin !== undefined) {
      throw new RunnerError(
        "pack.duplicate_entry",
        twin === name
          ? `Entry "${name}" occurs twice`
          : `Entries "${twin}" and "${name}" differ only by case or Unicode form`,
        { place: name },
      );
    }
    seen.set(key, name);
  }
}

/** Refuses archives in which two entries share bytes, as bombs do that name one stream many times. */
function checkOverlaps(entries: readonly EntryFacts[]): void {
  const ranges = entries.flatMap(({ name, range }) => range === undefined ? [] : [{ name, range }]);
  ranges.sort((a, b) => a.range[0] - b.range[0]);
  let before = ranges[0];
  for (const here of ranges.slice(1)) {
    if (before !== undefined && here.range[0] < before.range[1]) {
      throw new RunnerError("pack.corrupt", `Entries "${before.name}" and "${here.name}" overlap`, {
        place: here.name,
      });
    }
    before = here;
  }
}
