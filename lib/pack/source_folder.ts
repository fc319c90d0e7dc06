/**
 * The folder that a pack is built from: reads files by names relative to it, and lists its folders. Follows links,
 * since the folder is its user's own; never leaves it by a name.
 */

import { RunnerError } from "../base/errors.ts";
import { compareCodePoints } from "../base/json.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { isMissing, readAtMost } from "./archive_file.ts";
import { isSafeName } from "./limits.ts";

/** Depth to which folders are listed: a link may lead to a folder above it. */
const MAX_FOLDERS = 16;

/** A folder of sources. */
export class SourceFolder {
  /** Its path. */
  readonly path: string;
  readonly #limits: Limits;

  /** Takes the path and the limits that its files are held to. */
  constructor(path: string, limits: Limits) {
    this.path = path;
    this.#limits = limits;
  }

  /** A file's bytes, or undefined when there is no file of that name. */
  async read(name: string): Promise<Uint8Array | undefined> {
    this.#requireInside(name);
    const { maxEntryBytes } = this.#limits;
    const path = `${this.path}/${name}`;
    try {
      const bytes = await readAtMost(path, maxEntryBytes + 1);
      if (bytes.length <= maxEntryBytes) return bytes;
    } catch (error) {
      if (isMissing(error) || await this.#isFolder(name)) return undefined;
      throw new RunnerError("build.missing_file", `File "${path}" cannot be read`, {
        place: path,
        cause: error,
      });
    }
    throw limitError("pack.limit.entry", "maxEntryBytes", this.#limits, `The size of "${path}"`, path);
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
    if (folder.split("/").length > MAX_FOLDERS) {
      throw new RunnerError("build.missing_file", `Folders nest deeper than ${MAX_FOLDERS}`, {
        place: folder,
        hint: "Look for a link that leads to a folder above it",
      });
    }
    const names: string[] = [];
    for (const { name, isDirectory } of await this.#items(folder)) {
      // What systems and editors leave about is no part of a pack.
      if (name.startsWith(".")) continue;
      const inner = `${folder}/${name}`;
      if (isDirectory || await this.#isFolder(inner)) names.push(...await this.list(inner));
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
      if (isMissing(error)) return [];
      throw new RunnerError("build.missing_file", `Folder "${folder}" cannot be read`, {
        place: folder,
        cause: error,
      });
    }
  }

  async #isFolder(name: string): Promise<boolean> {
    return await Deno.stat(`${this.path}/${name}`).then((info) => info.isDirectory, () => false);
  }
}
