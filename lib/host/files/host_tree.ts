/**
 * A folder on disk. No path leads out of it: neither by its names, which were resolved before, nor by links, whose
 * targets are looked at. What Deno does not permit, nobody can do.
 */

import { RunnerError } from "../../base/errors.ts";
import type { FileEntry, FileStat, OpenFlags } from "../../base/files.ts";
import { FileError, type FileErrorCode, type Tree } from "./tree.ts";

/**
 * Opens a folder on disk.
 *
 * @throws {RunnerError} `option.invalid` when it is none.
 */
export async function openHostTree(path: string, { readOnly }: { readOnly: boolean }): Promise<HostTree> {
  try {
    const root = await Deno.realPath(path);
    if ((await Deno.stat(path)).isDirectory) return new HostTree(root, { readOnly, given: path });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new RunnerError("option.invalid", `preopen ${path} must point to a directory`, {
    place: path,
    hint: "Give an existing folder: --dir HOST::GUEST",
  });
}

/** How a folder is opened. */
export interface TreeOptions {
  /** Whether nothing in it may be changed. */
  readonly readOnly: boolean;
  /** The path by which it is reached, which may be a link: what Deno permits is that path. @default {its real path} */
  readonly given?: string;
  /** Whether its paths are those of Windows. @default {as this machine's are} */
  readonly windows?: boolean;
}

/** A folder whose real path is known, and which is reached by the path that was given. */
export class HostTree implements Tree {
  readonly #root: string;
  readonly #given: string;
  readonly #readOnly: boolean;
  readonly #windows: boolean;

  constructor(
    root: string,
    { readOnly, given = root, windows = Deno.build.os === "windows" }: TreeOptions,
  ) {
    this.#root = root.replace(/[/\\]+$/, "");
    this.#given = given.replace(/[/\\]+$/, "");
    this.#readOnly = readOnly;
    this.#windows = windows;
  }

  async stat(path: string, follow: boolean): Promise<FileStat> {
    if (follow) return statOf(await attempt(async () => await Deno.stat(await this.#real(path))));
    return statOf(await attempt(async () => await Deno.lstat(await this.#named(path))));
  }

  async list(path: string): Promise<FileEntry[]> {
    const folder = await this.#real(path);
    return await attempt(async () => {
      const entries: FileEntry[] = [];
      for await (const entry of Deno.readDir(folder)) entries.push({ name: entry.name, type: typeOf(entry) });
      return entries.sort((a, b) => a.name < b.name ? -1 : 1);
    });
  }

  async open(
    path: string,
    { create, directory, exclusive, truncate, follow }: OpenFlags,
  ): Promise<FileStat> {
    if (create || truncate) this.#mustWrite();
    if (!follow && path !== "" && await this.#isLink(path)) throw new FileError("loop");
    const found = await this.stat(path, true).catch((error) => {
      if (error instanceof FileError && error.code === "no-entry" && create && !directory) return null;
      throw error;
    });
    if (found === null) {
      const place = await this.#named(path);
      await attempt(async () => (await Deno.open(place, { write: true, createNew: true })).close());
      return await this.stat(path, true);
    }
    if (create && exclusive) throw new FileError("exist");
    if (directory && found.type !== "directory") throw new FileError("not-directory");
    // A pipe or a device would let its reader wait for ever.
    if (found.type === "unknown") throw new FileError("not-permitted");
    if (!truncate) return found;
    await this.truncate(path, 0);
    return { ...found, size: 0 };
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const place = await this.#file(path);
    return await attempt(async () => {
      using file = await Deno.open(place, { read: true });
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      let at = 0;
      while (at < length) {
        const read = await file.read(bytes.subarray(at));
        if (read === null) break;
        at += read;
      }
      return bytes.subarray(0, at);
    });
  }

  async write(path: string, bytes: Uint8Array, offset: number | null): Promise<number> {
    this.#mustWrite();
    const place = await this.#file(path);
    return await attempt(async () => {
      using file = await Deno.open(place, offset === null ? { append: true } : { write: true });
      if (offset !== null) await file.seek(offset, Deno.SeekMode.Start);
      let at = 0;
      while (at < bytes.length) at += await file.write(bytes.subarray(at));
      return at;
    });
  }

  async truncate(path: string, size: number): Promise<void> {
    this.#mustWrite();
    const place = await this.#file(path);
    await attempt(() => Deno.truncate(place, size));
  }

  async mkdir(path: string): Promise<void> {
    this.#mustWrite();
    const place = await this.#named(path);
    await attempt(() => Deno.mkdir(place));
  }

  async rmdir(path: string): Promise<void> {
    this.#mustWrite();
    if ((await this.stat(path, false)).type !== "directory") throw new FileError("not-directory");
    const place = await this.#named(path);
    await attempt(() => Deno.remove(place));
  }

  async unlink(path: string): Promise<void> {
    this.#mustWrite();
    if ((await this.stat(path, false)).type === "directory") throw new FileError("is-directory");
    const place = await this.#named(path);
    await attempt(() => Deno.remove(place));
  }

  async rename(path: string, to: string): Promise<void> {
    this.#mustWrite();
    const [from, target] = [await this.#named(path), await this.#named(to)];
    await attempt(() => Deno.rename(from, target));
  }

  async #isLink(path: string): Promise<boolean> {
    const place = await this.#named(path);
    return (await Deno.lstat(place).catch(() => null))?.isSymlink ?? false;
  }

  #mustWrite(): void {
    if (this.#readOnly) throw new FileError("read-only");
  }

  /** Where a path leads, through links too. */
  async #real(path: string): Promise<string> {
    this.#checkNames(path);
    const place = await attempt(() => Deno.realPath(this.#join(path)));
    return this.#inside(place);
  }

  /** Where the file is to which a path leads: a pipe or a device would let whoever opens it wait for ever. */
  async #file(path: string): Promise<string> {
    const place = await this.#real(path);
    const { isFile, isDirectory } = await attempt(() => Deno.stat(place));
    if (isDirectory) throw new FileError("is-directory");
    if (!isFile) throw new FileError("not-permitted");
    return place;
  }

  /** What a path names, be it a link or nothing yet. */
  async #named(path: string): Promise<string> {
    if (path === "") throw new FileError("not-permitted");
    this.#checkNames(path);
    const cut = path.lastIndexOf("/");
    const above = await this.#real(path.slice(0, Math.max(cut, 0)));
    return `${above}/${path.slice(cut + 1)}`;
  }

  /** On Windows a name can hold what parts paths, names a drive or a stream: there it is none. */
  #checkNames(path: string): void {
    if (this.#windows && /[\\:]/.test(path)) throw new FileError("not-permitted");
  }

  #join(path: string): string {
    return path === "" ? this.#given || "/" : `${this.#given}/${path}`;
  }

  /** The way to a real path that does not lead out of the folder. */
  #inside(place: string): string {
    const rest = place.slice(this.#root.length);
    if (place.startsWith(this.#root) && (rest === "" || /^[/\\]/.test(rest))) {
      return this.#join(rest.slice(1));
    }
    throw new FileError("not-permitted");
  }
}

function statOf(info: Deno.FileInfo): FileStat {
  return { type: typeOf(info), size: info.size, modifiedMs: info.mtime?.getTime() ?? null };
}

function typeOf(info: Pick<Deno.FileInfo, "isDirectory" | "isFile" | "isSymlink">): FileStat["type"] {
  if (info.isSymlink) return "symbolic-link";
  return info.isDirectory ? "directory" : info.isFile ? "regular-file" : "unknown";
}

/** What the system's codes are called in `wasi:filesystem`. */
const CODES: Readonly<Record<string, FileErrorCode>> = {
  EACCES: "access",
  EBUSY: "busy",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EINVAL: "invalid",
  EISDIR: "is-directory",
  ELOOP: "loop",
  ENAMETOOLONG: "name-too-long",
  ENOENT: "no-entry",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  EPERM: "not-permitted",
  EROFS: "read-only",
  EXDEV: "cross-device",
};

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(codeOf(error));
  }
}

function codeOf(error: unknown): FileErrorCode {
  const code = error instanceof Error && "code" in error ? CODES[String(error.code)] : undefined;
  if (code !== undefined) return code;
  if (error instanceof Deno.errors.NotFound) return "no-entry";
  if (error instanceof Deno.errors.AlreadyExists) return "exist";
  if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
    return "access";
  }
  return "io";
}
