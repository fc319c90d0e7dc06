/**
 * Looks after a cache folder: what is in it, what is of no use any more, and away with that. Never touches a file that
 * no cache wrote.
 */

import { RunnerError } from "../base/errors.ts";
import { COMPONENT_SUFFIX, decodeEntry, isOtherVersion, TEMPORARY_SUFFIX } from "./cache.ts";
import { NOTE_SUFFIX, parseNote } from "./ahead.ts";
import { TOOLS } from "./prepare.ts";

/** One file of a cache folder. */
export interface CacheFile {
  /** Its name in the folder. */
  readonly name: string;
  /**
   * What it is: a prepared component that can be used; one that is damaged, or was made by another version of the tools; a
   * note of what a run used; what a process left that was killed; or a file of somebody else.
   */
  readonly state: "whole" | "damaged" | "outdated" | "note" | "leftover" | "foreign";
  /** In bytes. */
  readonly bytes: number;
  /** Milliseconds since it was written. */
  readonly ageMs: number;
  /** The component's entry or file when it was prepared first; null for other files. */
  readonly place: string | null;
  /** `sha256:` and the digest of the component; null for other files. */
  readonly digest: string | null;
}

/** What to remove from a cache beside what is of no use. */
export interface PruneOptions {
  /** Removes what was written longer ago than this, in milliseconds. @default never */
  readonly olderThanMs?: number;
  /** Removes every file that a cache wrote. @default {false} */
  readonly all?: boolean;
  /** Only tells what would be removed. @default {false} */
  readonly dryRun?: boolean;
}

/** How long a process may take to write a file, in milliseconds: what is younger may be finished yet. */
const WRITING_MS = 10 * 60 * 1000;

/** The files of a cache folder by name; none when there is no such folder. */
export async function listCache(folder: string): Promise<CacheFile[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) if (isFile) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new RunnerError("option.invalid", `"${folder}" is no folder`, {
      place: folder,
      hint: "Name the folder of prepared components: --cache-dir .greentic/cache, or the option cacheDir",
    });
  }
  const files: CacheFile[] = [];
  for (const name of names.sort()) {
    const file = await describeFile(folder, name);
    if (file !== null) files.push(file);
  }
  return files;
}

/** What a file is; null when it has gone meanwhile. */
async function describeFile(folder: string, name: string): Promise<CacheFile | null> {
  try {
    const { size, mtime } = await Deno.stat(`${folder}/${name}`);
    const shared = { name, bytes: size, ageMs: Math.max(0, Date.now() - (mtime?.getTime() ?? Date.now())) };
    const unknown = { ...shared, place: null, digest: null };
    if (/^[0-9a-f]{64}\./.test(name) && name.endsWith(TEMPORARY_SUFFIX)) {
      return { ...unknown, state: "leftover" };
    }
    const [, key = "", suffix = ""] = /^([0-9a-f]{64})(\..+)$/.exec(name) ?? [];
    if (suffix === NOTE_SUFFIX) return { ...unknown, state: "note" };
    if (suffix !== COMPONENT_SUFFIX) return { ...unknown, state: "foreign" };
    const file = await Deno.readFile(`${folder}/${name}`);
    const prepared = await decodeEntry(file, key);
    if (prepared === null) return { ...unknown, state: isOtherVersion(file) ? "outdated" : "damaged" };
    const { place, digest, tools } = prepared;
    return { ...shared, place, digest, state: tools === TOOLS ? "whole" : "outdated" };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Removes what is of no use, and what the options ask for. Gives what was removed, or would be. */
export async function pruneCache(folder: string, options: PruneOptions = {}): Promise<CacheFile[]> {
  const { dryRun = false } = options;
  const files = await listCache(folder);
  const kept = new Set(
    files.filter((file) => file.state === "whole" && !isAskedFor(file, options)).map(keyOf),
  );
  const removed: CacheFile[] = [];
  for (const file of files) {
    const useless = file.state === "note" ? !await isOfUse(folder, file, kept) : isUseless(file);
    if (!useless && !isAskedFor(file, options)) continue;
    if (!dryRun) await remove(`${folder}/${file.name}`);
    removed.push(file);
  }
  return removed;
}

function isUseless({ state, ageMs }: CacheFile): boolean {
  return state === "damaged" || state === "outdated" || (state === "leftover" && ageMs > WRITING_MS);
}

function isAskedFor(
  { state, ageMs }: CacheFile,
  { olderThanMs = Infinity, all = false }: PruneOptions,
): boolean {
  return state !== "foreign" && (all || ageMs > olderThanMs);
}

/** Whether a note names a component that stays. */
async function isOfUse(folder: string, { name }: CacheFile, kept: ReadonlySet<string>): Promise<boolean> {
  try {
    return parseNote(await Deno.readFile(`${folder}/${name}`)).some((key) => kept.has(key));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

function keyOf({ name }: CacheFile): string {
  return name.slice(0, -COMPONENT_SUFFIX.length);
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // somebody else was faster
  }
}
