/**
 * A source over a folder: walks it, passes the same checks as an archive, and reads every file once. Small files
 * are held; a large one is read again where it is needed, and compared with what it was.
 * Never follows a symbolic link inside the folder.
 */

import { blake3Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import { compareCodePoints } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { OWN_FOLDER } from "../base/own_folder.ts";
import type { OnProgress } from "../base/progress.ts";
import { isMissing, readAtMost } from "./archive_file.ts";
import { checkEntries, type EntryFacts } from "./limits.ts";
import { listingDigest, sizeOf } from "./memory_source.ts";
import { changed, type PackEntry, type PackSource, packSource } from "./source.ts";

/** What is known of a folder beside its path. */
export interface FolderSourceOptions {
  /** What it is called in messages. */
  label: string;
  /** The limits in force. */
  limits: Limits;
  /** Hears how much was read. */
  progress?: OnProgress | null | undefined;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

/** How much of a folder is held in memory. */
const HELD_BYTES = 32 * 1024 * 1024;

/** A source over the files of a folder, sorted by name. */
export async function folderSource(path: string | URL, options: FolderSourceOptions): Promise<PackSource> {
  const { label, limits, progress, signal } = options;
  const found: EntryFacts[] = [];
  for await (const entry of walk(path, "")) {
    signal?.throwIfAborted();
    found.push(entry);
    // Stops the walk itself; the other limits are checked on the whole list.
    if (found.length > limits.maxEntries) break;
  }
  found.sort((a, b) => compareCodePoints(a.name, b.name));
  checkEntries(found, { limits, label });
  const entries: PackEntry[] = [];
  const held = new Map<string, Uint8Array>();
  let room = HELD_BYTES;
  const all = sizeOf(found);
  let read = 0;
  progress?.({ type: "reading", pack: label, bytes: read, of: all });
  for (const { name, size } of found) {
    signal?.throwIfAborted();
    const bytes = await readFile(name, size);
    entries.push({ name, size, blake3: await blake3Hex(bytes) });
    progress?.({ type: "reading", pack: label, bytes: read += size, of: all });
    if (size > room) continue;
    room -= size;
    held.set(name, bytes);
  }
  return packSource({
    kind: "folder",
    label,
    bytes: sizeOf(entries),
    entries,
    digest: await listingDigest(entries),
    async read({ name, size, blake3 }) {
      const kept = held.get(name);
      if (kept !== undefined) return kept;
      const bytes = await readFile(name, size);
      if (await blake3Hex(bytes) === blake3) return bytes;
      throw changed(name);
    },
  });

  async function readFile(name: string, size: number): Promise<Uint8Array> {
    // The sizes that were checked are the sizes that count.
    const bytes = await readAtMost(inside(path, name), size + 1).catch((error: unknown) => {
      throw isMissing(error) ? changed(name) : error;
    });
    if (bytes.length === size) return bytes;
    throw changed(name);
  }
}

async function* walk(root: string | URL, folder: string): AsyncGenerator<EntryFacts> {
  for await (const item of Deno.readDir(folder === "" ? root : inside(root, folder))) {
    const name = folder === "" ? item.name : `${folder}/${item.name}`;
    // Where a pack's folder is the working directory, runs and cache lie in it: no part of the pack.
    if (name === OWN_FOLDER) continue;
    if (item.isDirectory) {
      yield* walk(root, name);
      continue;
    }
    const { size } = await Deno.lstat(inside(root, name)).catch((error: unknown) => {
      throw isMissing(error) ? unreadable(name) : error;
    });
    yield { name, size, type: item.isSymlink ? "link" : item.isFile ? "file" : "other" };
  }
}

/** The error for a file that was listed and is not there: its name is no text, or it went away. */
function unreadable(name: string): RunnerError {
  if (!name.includes("\ufffd")) return changed(name);
  return new RunnerError("pack.unsafe_path", `File name "${name}" is not UTF-8`, { place: name });
}

/** The path of an entry below the folder. */
function inside(root: string | URL, name: string): string | URL {
  if (typeof root === "string") return `${root}/${name}`;
  const url = new URL(root);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${name.split("/").map(encodeURIComponent).join("/")}`;
  return url;
}
