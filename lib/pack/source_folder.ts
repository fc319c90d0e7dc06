/**
 * The folder that a pack is built from: reads files by names relative to it, and lists its folders. Follows links,
 * since the folder is its user's own; never leaves it by a name.
 */

import { compareCodePoints } from "../base/json.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { messageOf, RunnerError } from "../base/errors.ts";
import { readDenied } from "../base/permission.ts";
import { isMissing, readAtMost } from "./archive_file.ts";
import { isSafeName } from "./limits.ts";

/** Depth to which folders are listed: a link may lead to a folder above it. */
const MAX_FOLDERS = 16;

/** More sources than a pack may have bytes. Nothing that is read after it could make a pack of them. */
export class TooManySources extends RunnerError {
  /** Creates the error from what exceeds the limit. */
  constructor({ code, message, place, hint }: RunnerError) {
    super(code, message, {
      ...(place === undefined ? {} : { place }),
      ...(hint === undefined ? {} : { hint }),
    });
    this.name = "TooManySources";
  }
}

/** A folder of sources. */
export class SourceFolder {
  /** Its path. */
  readonly path: string;
  readonly #limits: Limits;
  /** The sizes of the files that were read, by name. */
  readonly #sizes = new Map<string, number>();
  #total = 0;
  /** What was passed by in folders that were listed. */
  readonly #hidden = new Set<string>();

  /** Takes the path and the limits that its files are held to. */
  constructor(path: string, limits: Limits) {
    this.path = path;
    this.#limits = limits;
  }

  /**
   * A file's bytes, or undefined when there is no file of that name.
   *
   * @throws {TooManySources} when all files together are too large; of what is too large nothing is read.
   */
  async read(name: string): Promise<Uint8Array | undefined> {
    this.#requireInside(name);
    const path = `${this.path}/${name}`;
    try {
      const { size } = await Deno.stat(path);
      this.#requireRoom(name, size);
      const bytes = await readAtMost(path, size + 1);
      // It may have grown meanwhile.
      this.#requireRoom(name, bytes.length);
      this.#total += bytes.length - (this.#sizes.get(name) ?? 0);
      this.#sizes.set(name, bytes.length);
      return bytes;
    } catch (error) {
      if (error instanceof RunnerError) throw error;
      if (isMissing(error) || await this.#isFolder(name)) return undefined;
      if (error instanceof Deno.errors.NotCapable) throw readDenied(path, error);
      throw unreadable(`File "${path}"`, path, error);
    }
  }

  /** Why there is no folder at the path, or undefined when there is one. */
  async fault(): Promise<string | undefined> {
    try {
      const { isDirectory, isFile } = await Deno.stat(this.path);
      return isDirectory ? undefined : isFile ? "is a file" : "is neither a folder nor a file";
    } catch (error) {
      if (isMissing(error)) return "does not exist";
      if (error instanceof Deno.errors.NotCapable) throw readDenied(this.path, error);
      throw unreadable(`Folder "${this.path}"`, this.path, error);
    }
  }

  /** The names of all files that were read. */
  get names(): readonly string[] {
    return [...this.#sizes.keys()];
  }

  /** Files and folders whose names begin with a dot, in folders that were listed: these are no part of a list. */
  get hidden(): readonly string[] {
    return [...this.#hidden];
  }

  /** The names of all files right in the folder, sorted. */
  async top(): Promise<string[]> {
    const files = (await this.#items("")).filter(({ isFile }) => isFile);
    return files.map(({ name }) => name).sort(compareCodePoints);
  }

  /** Why a file that was listed cannot be read. */
  async absence(name: string): Promise<string> {
    const info = await Deno.lstat(`${this.path}/${name}`).catch(() => undefined);
    if (info?.isSymlink) return "it is a link that leads nowhere";
    return name.includes("\ufffd") ? "its name is not UTF-8" : "it went away while the folder was read";
  }

  /** Throws when a file, or all that were read together with it, are larger than those of a pack may be. */
  #requireRoom(name: string, size: number): void {
    const limits = this.#limits, place = `${this.path}/${name}`;
    if (size > limits.maxEntryBytes) {
      throw limitError("pack.limit.entry", "maxEntryBytes", limits, `The size of "${place}"`, place);
    }
    if (this.#total + size - (this.#sizes.get(name) ?? 0) <= limits.maxArchiveBytes) return;
    const what = `The size of all sources up to "${place}"`;
    throw new TooManySources(limitError("pack.limit.archive", "maxArchiveBytes", limits, what, place));
  }

  /** The text of a file, or undefined when there is none. */
  async text(name: string): Promise<string | undefined> {
    const bytes = await this.read(name);
    try {
      return bytes && new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new RunnerError("build.missing_file", `File "${name}" is no text in UTF-8`, {
        place: name,
        cause,
      });
    }
  }

  /** The names of all files below a folder, relative to the whole, sorted; none when it is not there. */
  async list(folder: string): Promise<string[]> {
    this.#requireInside(folder);
    return await this.#isFolder(folder) ? await this.#below(folder) : [];
  }

  async #below(folder: string): Promise<string[]> {
    if (folder.split("/").length > MAX_FOLDERS) {
      throw new RunnerError("build.missing_file", `Folders nest deeper than ${MAX_FOLDERS}`, {
        place: folder,
        hint: "Look for a link that leads to a folder above it",
      });
    }
    const names: string[] = [];
    for (const { name, isDirectory } of await this.#items(folder)) {
      const inner = `${folder}/${name}`;
      // What systems and editors leave about is no part of a pack.
      if (name.startsWith(".")) this.#hidden.add(inner);
      else if (isDirectory || await this.#isFolder(inner)) names.push(...await this.#below(inner));
      else names.push(inner);
      if (names.length <= this.#limits.maxEntries) continue;
      throw limitError("pack.limit.entries", "maxEntries", this.#limits, "The number of files", folder);
    }
    return names.sort(compareCodePoints);
  }

  #requireInside(name: string): void {
    if (isSafeName(name)) return;
    throw new RunnerError("build.missing_file", `Name ${JSON.stringify(name)} leads out of the folder`, {
      place: name,
      hint: "Name files relative to the folder of pack.yaml, with / between segments",
    });
  }

  async #items(folder: string): Promise<Deno.DirEntry[]> {
    try {
      return await Array.fromAsync(Deno.readDir(`${this.path}/${folder}`));
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw readDenied(`${this.path}/${folder}`, error);
      const lost = isMissing(error) ? new Error(await this.absence(folder)) : error;
      throw unreadable(`Folder "${folder}"`, folder, lost);
    }
  }

  async #isFolder(name: string): Promise<boolean> {
    return await Deno.stat(`${this.path}/${name}`).then((info) => info.isDirectory, () => false);
  }
}

/** The error for what is there and cannot be read, which says why. */
function unreadable(what: string, place: string, cause: unknown): RunnerError {
  const why = cause instanceof Deno.errors.NotSupported
    ? "it is no regular file"
    : messageOf(cause).replace(/ \(os error \d+\).*$/s, "").replace(/^[A-Z](?=[a-z])/, (letter) =>
      letter.toLowerCase());
  return new RunnerError("build.missing_file", `${what} cannot be read: ${why}`, { place, cause });
}
