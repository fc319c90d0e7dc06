/**
 * The files on disk that are watched: which are there, what they hold, and when it is time to look again. Asks for no
 * more permission than reading them. Never looks into what a run writes, nor into what editors and other tools leave
 * about.
 *
 * Files that were named are looked at a few times a second. The system could tell of them, but an editor saves by putting
 * another file in the place of the old one: who is told of the old one hears no more, and who is told of its folder needs
 * permission to read the folder. In folders the system tells, each of their own folders for itself, so that those which
 * are not watched cost nothing; as not every file system tells, folders are also looked through every two seconds.
 */

import { sha256Hex } from "../base/digest.ts";
import { OWN_FOLDER } from "../base/own_folder.ts";
import { withoutTrailingSlash } from "../base/paths.ts";
import { isGranted } from "../base/permission.ts";
import { PACK_YAML } from "../pack/entries.ts";
import { absolutePath } from "../record/run_dir.ts";
import type { Contents, Signs, WatchedFiles } from "./watch.ts";

/** One file or folder that is watched. */
export interface WatchedPath {
  readonly path: string;
  /** Whether a run needs it: then it is waited for when it is gone. */
  readonly needed: boolean;
  /** What counts if it is a folder: what a pack is made of, components alone, or all that is in it. */
  readonly counts: "pack" | "components" | "all";
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
/** Files up to this size are read to tell whether they changed, in bytes; of larger ones size and time tell. */
const READ_BYTES = 64 * 1024 * 1024;

/** What version control, editors and this program's own commands leave in folders. */
const LEFT_REGEXPS = [
  /^(?:\.git|\.hg|\.jj|\.svn|node_modules|\.DS_Store|4913)$/,
  /^\.?#|~$|^\..*\.(?:sw[a-z]|kate-swp)$|___jb_(?:tmp|old)___$|^\.goutputstream-/,
  /\.gtpack$|\.[0-9a-f]{8}\.tmp$/,
];
/** Where many tools put what they build, in a folder of sources. */
const BUILT = "dist";

/** Watches files. */
export class DiskFiles implements WatchedFiles, Disposable {
  #watched: Watched = { paths: [], written: [], maxFiles: 0 };
  #written: ReadonlySet<string> = new Set();
  /** What was read, with the signs under which it was read. */
  readonly #read = new Map<string, { readonly sign: string; readonly digest: string }>();
  #seen: Walk = new Walk();
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
    this.#seen = new Walk();
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

/** How a folder is walked. */
interface WalkOptions {
  readonly counts: WatchedPath["counts"];
  readonly maxFiles: number;
  readonly written: ReadonlySet<string>;
}

/** What was found in folders. Links are followed, as they are where a pack is built. */
class Walk {
  readonly signs = new Map<string, string>();
  /** The folders that were walked, each with what tells it from another of its name. */
  readonly folders = new Map<string, string>();
  readonly #places = new Set<string>();

  /** Walks a folder; what is none has nothing in it. */
  add(path: string, options: WalkOptions): void {
    const root = withoutTrailingSlash(path), info = namedStatOf(root);
    if (info?.isDirectory) this.#visit(root, { ...options, place: realPlace(root), top: true });
  }

  #visit(folder: string, options: WalkOptions & { readonly place: string; readonly top: boolean }): void {
    const { counts, maxFiles, written, place, top } = options;
    // A link may lead to a folder above it.
    if (this.#places.has(place)) return;
    this.#places.add(place);
    const { ino, birthtime } = statOf(folder) ?? {};
    // The number of a folder that is gone may be given to the next.
    this.folders.set(folder, [ino, birthtime?.getTime()].join(" "));
    for (const { name, isSymlink } of itemsOf(folder)) {
      if (isLeft(name) || top && counts === "pack" && isBeside(folder, name)) continue;
      const path = folder === "." ? name : `${folder}/${name}`;
      const inner = isSymlink ? realPlace(path) : `${place}${SEPARATOR}${name}`;
      if (written.has(inner) || written.has(inner.replace(SQLITE_REGEXP, ""))) continue;
      const info = statOf(path);
      if (info === null) continue;
      if (info.isDirectory) this.#visit(path, { ...options, place: inner, top: false });
      else if (counts !== "components" || name.endsWith(".wasm")) this.signs.set(path, signOf(info));
      if (this.signs.size > maxFiles) return;
    }
  }
}

/** What stands between the names of a path without links. */
const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";
/** What SQLite adds to the name of a file for files of its own. */
const SQLITE_REGEXP = /-(?:wal|shm|journal)$/;

function isLeft(name: string): boolean {
  return name === OWN_FOLDER || LEFT_REGEXPS.some((regexp) => regexp.test(name));
}

/** Whether something right in a folder of sources lies beside them: the settings of tools, and what they build. */
function isBeside(folder: string, name: string): boolean {
  return name.startsWith(".") || name === BUILT && !textOf(`${folder}/${PACK_YAML}`).includes(`${BUILT}/`);
}

/** What tells a file from one that was there before. */
function signOf({ size, mtime, ctime, ino }: Deno.FileInfo): string {
  return [size, mtime?.getTime(), ctime?.getTime(), ino].join(" ");
}

/** The digest of a file; null for what is too large to be read for it, or cannot be read. */
async function digestOf(path: string): Promise<string | null> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile && size <= READ_BYTES ? await sha256Hex(await Deno.readFile(path)) : null;
  } catch {
    return null;
  }
}

/** The same of a path that a user named. Nobody is asked for permission: the run tells what is missing. */
function namedStatOf(path: string): Deno.FileInfo | null {
  return isGranted({ name: "read", path }) ? statOf(path) : null;
}

/** What is known of a path; null when nothing is there. The run tells what is wrong with it. */
function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

function itemsOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Where a path leads, without links; of one that leads nowhere yet, the part that is there. */
function realPlace(path: string): string {
  const absolute = absolutePath(path);
  for (let end = absolute.length; end > 0; end = absolute.lastIndexOf(SEPARATOR, end - 1)) {
    const part = absolute.slice(0, end);
    if (!isGranted({ name: "read", path: part })) break;
    try {
      return Deno.realPathSync(part) + absolute.slice(end);
    } catch {
      // Perhaps its folder is there.
    }
  }
  return absolute;
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
