/**
 * The files on disk that are watched: which are there, what they hold, and when it is time to look again. Asks for no
 * more permission than reading them, and never knows what they are for.
 *
 * Files that were named are looked at a few times a second. The system could tell of them, but an editor saves by putting
 * another file in the place of the old one: who is told of the old one hears no more, and who is told of its folder needs
 * permission to read the folder. In folders the system tells, each of their own folders for itself, so that those which
 * are not watched cost nothing; as not every file system tells, folders are also looked through every two seconds.
 */

import { digestOf, namedStatOf, realPlace, signOf } from "./file_signs.ts";
import { type Counts, FolderWalk } from "./folder_walk.ts";
import type { Contents, Signs, WatchedFiles } from "./watch.ts";

/** One file or folder that is watched. */
export interface WatchedPath {
  readonly path: string;
  /** Whether a run needs it: then it is waited for when it is gone. */
  readonly needed: boolean;
  /** What counts if it is a folder. */
  readonly counts: Counts;
}

/** What is watched for a run. */
export interface Watched {
  readonly paths: readonly WatchedPath[];
  /** Files and folders that the run writes. */
  readonly written: readonly string[];
  /** Most files that count in one folder. A pack with more of them is refused. */
  readonly maxFiles: number;
}

/** How long to rest when nothing stirs, and at least, in milliseconds. */
const REST_MS = 250, BREATH_MS = 20;
/** After how long a folder is looked through though nothing was told of it, in milliseconds. */
const FOLDERS_MS = 2000;

/** Watches files. */
export class DiskFiles implements WatchedFiles, Disposable {
  #watched: Watched = { paths: [], written: [], maxFiles: 0 };
  #written: ReadonlySet<string> = new Set();
  /** What was read, with the signs under which it was read. */
  readonly #read = new Map<string, { readonly sign: string; readonly digest: string }>();
  #seen: FolderWalk = new FolderWalk();
  #seenAt = -Infinity;
  /** What the system tells, and what hears it until it is closed. */
  #ear: { readonly watcher: Deno.FsWatcher; readonly heard: Promise<void> } | null = null;
  /** The folders that the system was asked to tell of. */
  #told = "";
  #bell: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Watches other files from here on. What is known of those that stay is kept. */
  aim(watched: Watched): void {
    this.#watched = watched;
    this.#written = new Set(watched.written.map(realPlace));
    this.#seenAt = -Infinity;
  }

  /** The names of what a run needs, as its user gave them. */
  get names(): readonly string[] {
    return this.#watched.paths.flatMap(({ path, needed }) => needed ? [path] : []);
  }

  /** The named files and folders that should be there and are not. */
  get gone(): readonly string[] {
    return this.#named().filter(({ needed, info }) => needed && info === null).map(({ path }) => path);
  }

  /** What was named and cannot be watched, such as a pipe: who reads it finds nothing there the next time. */
  get unwatchable(): readonly string[] {
    return this.#named().filter(({ info }) => info !== null && !info.isFile && !info.isDirectory)
      .map(({ path }) => path);
  }

  /** Watched folders that are themselves what a run writes to. */
  get written(): readonly string[] {
    return this.#named().filter(({ path, info }) => info?.isDirectory && this.#written.has(realPlace(path)))
      .map(({ path }) => path);
  }

  glance(): Signs {
    const signs = new Map<string, string>();
    let folders = false;
    for (const { path, info } of this.#named()) {
      if (info === null) signs.set(path, "gone");
      else if (info.isDirectory) folders = true;
      else signs.set(path, signOf(info));
    }
    if (folders && performance.now() - this.#seenAt > FOLDERS_MS) this.#walk();
    return folders ? new Map([...signs, ...this.#seen.signs]) : signs;
  }

  look(): Signs {
    this.#seenAt = -Infinity;
    return this.glance();
  }

  async contents(): Promise<Contents> {
    const signs = this.look(), { gone } = this;
    const digests = new Map<string, string>();
    for (const [path, sign] of signs) {
      if (sign === "gone") continue;
      const known = this.#read.get(path);
      const digest = known?.sign === sign ? known.digest : await digestOf(path) ?? sign;
      this.#read.set(path, { sign, digest });
      digests.set(path, digest);
    }
    for (const path of this.#read.keys()) if (!signs.has(path)) this.#read.delete(path);
    return { signs, digests, gone };
  }

  async rest(signal: AbortSignal): Promise<void> {
    await this.#listen();
    // Something that stirs all the time and does not count must not keep the processor busy.
    await pause(BREATH_MS, signal);
    await Promise.race([this.#bell.promise, pause(REST_MS - BREATH_MS, signal)]);
    this.#bell = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#ear?.watcher.close();
  }

  #named(): (WatchedPath & { readonly info: Deno.FileInfo | null })[] {
    return this.#watched.paths.map((watched) => ({ ...watched, info: namedStatOf(watched.path) }));
  }

  #walk(): void {
    const { paths, maxFiles } = this.#watched;
    this.#seen = new FolderWalk();
    this.#seenAt = performance.now();
    for (const { path, counts } of paths) this.#seen.add(path, { counts, maxFiles, written: this.#written });
  }

  /** Has the system tell of all folders that were walked. */
  async #listen(): Promise<void> {
    const { folders } = this.#seen;
    // A folder in the place of another of the same name is another folder.
    const told = [...folders].map(([path, id]) => `${path} ${id}`).join("\n");
    if (told === this.#told) return;
    this.#told = told;
    this.#ear?.watcher.close();
    // All watchers of a process are one, which is asked anew for a path only after nobody has asked for it.
    await this.#ear?.heard;
    const watcher = watcherOf([...folders.keys()]);
    this.#ear = watcher === null ? null : { watcher, heard: this.#hear(watcher) };
    // What happened since the walk was told to nobody.
    this.#stir();
  }

  async #hear(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const { kind } of watcher) if (kind !== "access") this.#stir();
    } catch {
      // Folders are still looked through every now and then.
    }
  }

  #stir(): void {
    this.#seenAt = -Infinity;
    this.#bell.resolve();
  }
}

/** Has the system tell of folders; null when it cannot, as when all that it can tell of is used up. */
function watcherOf(folders: string[]): Deno.FsWatcher | null {
  try {
    return Deno.watchFs(folders, { recursive: false });
  } catch {
    return null;
  }
}

/** Waits for some milliseconds, or until the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(done, ms);
  function done(): void {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  }
  signal.addEventListener("abort", done);
  return promise;
}
