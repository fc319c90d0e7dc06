/**
 * A folder of recordings: one file for each request, and those of the reference beside them. Reads all of it at opening;
 * never changes a file that it does not write whole, and leaves files of other kinds alone.
 *
 * 1. A file appears by rename: whoever reads or writes the folder at the same time sees whole files only.
 * 2. A recording is saved without waiting in between, so requests of one run cannot come between each other's.
 */

import { RunnerError } from "../../../base/errors.ts";
import { withoutTrailingSlash } from "../../../base/paths.ts";
import { permissionFlags, readDenied } from "../../../base/permission.ts";
import type { HttpResponse } from "../message.ts";
import { cassetteFingerprint, readCassette } from "./cassette.ts";
import { fileNameOf, recordingKey } from "./key.ts";
import { readRecording, type Recording, writeRecording } from "./recording.ts";

/** What a file of the folder holds. */
export interface Stored<Content> {
  /** The file's name. */
  readonly file: string;
  readonly content: Content;
}

/** A file of this many characters is written again when it has grown by this factor, and smaller ones each time. */
const LARGE = 256 * 1024, GROWTH = 1.125;

/** A folder of recordings that was read. */
export class RecordingStore {
  /** The folder, which may not be there yet. */
  readonly folder: string;
  readonly #recordings = new Map<string, Stored<Recording>>();
  readonly #cassettes = new Map<string, Stored<HttpResponse>>();
  /** With how many answers the file of a recording is written again, by key. */
  readonly #due = new Map<string, number>();
  /** The keys of recordings whose files lack their last answers. */
  readonly #unsaved = new Set<string>();
  /** The names of files that recordings are in. */
  readonly #names = new Set<string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Reads a folder. One that is not there has no recordings, and is made when the first is saved.
   *
   * @throws {RunnerError} `recording.invalid` for a file that is damaged, of another version or of another shape, and for
   * two that answer one request; `option.invalid` for a folder without a name; `permission.missing`.
   */
  static async open(path: string): Promise<RecordingStore> {
    if (path === "") {
      throw new RunnerError("option.invalid", "Folder of recordings is empty", {
        hint: "Name the folder of recordings, such as .greentic/recordings",
      });
    }
    const folder = withoutTrailingSlash(path);
    const store = new RecordingStore(folder);
    try {
      for (const name of await filesOf(folder)) await store.#read(name);
    } catch (cause) {
      if (cause instanceof RunnerError) throw cause;
      if (cause instanceof Deno.errors.NotCapable) throw readDenied(folder, cause);
      throw new RunnerError("recording.invalid", `Recordings in "${folder}" cannot be read`, {
        place: folder,
        hint: "Name the folder of recordings, such as .greentic/recordings",
        cause,
      });
    }
    return store;
  }

  /** The recording under a key. */
  find(key: string): Stored<Recording> | undefined {
    return this.#recordings.get(key);
  }

  /** The answer that the reference recorded under a fingerprint. */
  findCassette(fingerprint: string): Stored<HttpResponse> | undefined {
    return this.#cassettes.get(fingerprint);
  }

  /** All recordings, by the names of their files; the reference's are not among them, as they tell no request. */
  list(): Stored<Recording>[] {
    return [...this.#recordings.values()].sort((a, b) => a.file < b.file ? -1 : 1);
  }

  /**
   * Saves a recording in place of the one under its key, and gives the file's name. A file is written whole each time, so
   * that of one that grows and grows most versions wait for {@linkcode flush}.
   *
   * @throws {RunnerError} `artifacts.write`, `permission.missing`.
   */
  save(key: string, content: Recording): string {
    const file = this.#recordings.get(key)?.file ?? this.#freeName(key, content);
    if (content.responses.length < (this.#due.get(key) ?? 0)) this.#unsaved.add(key);
    else this.#write(key, { file, content });
    this.#keep(key, { file, content });
    return file;
  }

  /**
   * Writes what has not been written yet.
   *
   * @throws {RunnerError} `artifacts.write`, `permission.missing`.
   */
  flush(): void {
    for (const key of this.#unsaved) {
      const stored = this.#recordings.get(key);
      if (stored !== undefined) this.#write(key, stored);
    }
  }

  #write(key: string, { file, content }: Stored<Recording>): void {
    const size = writeWhole(this.folder, file, content);
    const answers = content.responses.length;
    this.#due.set(key, size < LARGE ? 0 : Math.ceil(answers * GROWTH));
    this.#unsaved.delete(key);
  }

  /** The path of a file of the folder. */
  pathOf(file: string): string {
    return `${this.folder}/${file}`;
  }

  async #read(name: string): Promise<void> {
    const path = this.pathOf(name);
    const bytes = await Deno.readFile(path);
    const fingerprint = cassetteFingerprint(name);
    if (fingerprint !== undefined) {
      const read = readCassette(bytes);
      if ("fault" in read) throw invalid(path, read.fault);
      this.#cassettes.set(fingerprint, { file: name, content: read.response });
      return;
    }
    const read = readRecording(bytes);
    if ("fault" in read) throw invalid(path, read.fault);
    const key = await recordingKey(read.recording.request);
    const other = this.#recordings.get(key)?.file;
    if (other !== undefined) throw invalid(path, `answers the same request as "${other}"`);
    this.#keep(key, { file: name, content: read.recording });
  }

  #keep(key: string, stored: Stored<Recording>): void {
    this.#recordings.set(key, stored);
    this.#names.add(stored.file);
  }

  /** A name that no other recording has: eight digits of a key are not enough for every folder. */
  #freeName(key: string, { request }: Recording): string {
    const short = fileNameOf(request, key, 8);
    return this.#names.has(short) ? fileNameOf(request, key, 16) : short;
  }
}

/** The names of a folder's files that recordings can be in; none when there is no folder. */
async function filesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".json") && await isFile(`${folder}/${name}`)) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

/** Whether a path leads to a file: a pipe would let its reader wait for ever, and a link may lead to nothing, or to itself. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) return false;
    throw error;
  }
}

function invalid(path: string, fault: string): RunnerError {
  return new RunnerError("recording.invalid", `Recording "${path}" ${fault}`, {
    place: path,
    hint: "Move the file out of the folder, and record its request again with --mocks record",
  });
}

/** Writes a file and gives its length in characters. */
function writeWhole(folder: string, name: string, content: Recording): number {
  const path = `${folder}/${name}`;
  const temporary = `${folder}/.${name}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    // Answers can be more than one text can hold.
    const text = writeRecording(content);
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(temporary, text, { createNew: true });
    Deno.renameSync(temporary, path);
    return text.length;
  } catch (cause) {
    removeQuietly(temporary);
    if (cause instanceof Deno.errors.NotCapable) {
      throw new RunnerError("permission.missing", `Permission to write "${path}" is missing`, {
        place: path,
        hint: `Add ${permissionFlags([{ name: "read", path: folder }, { name: "write", path: folder }])}`,
        cause,
      });
    }
    throw new RunnerError("artifacts.write", `Recording "${path}" cannot be written`, {
      place: path,
      hint: "Check the folder, or name another with --recordings",
      cause,
    });
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The fault that made the file useless is the one to report.
  }
}
