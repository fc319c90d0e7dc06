/**
 * Creates the directory of a run and writes whole documents into it, each one at once or not at all.
 * Never deletes or changes a file that a run did not write.
 */

import { resolve } from "@std/path/resolve";
import { RunnerError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { RUNS_FOLDER } from "../base/own_folder.ts";
import { ioError } from "./io_error.ts";

/** Where a run directory shall be. */
export interface RunDirOptions {
  /** The directory itself; taken as it is. Without it one is made below `root`. */
  readonly artifactsDir?: string | undefined;
  /** The working directory, absolute. */
  readonly root: string;
  /** When the run started; part of the name. */
  readonly startedAt: Date;
  /** Gives the six characters that tell runs of one moment apart. @default {random} */
  readonly id?: () => string;
}

/** A run directory that exists. */
export class RunDir {
  /** The directory, absolute. */
  readonly path: string;

  /** Names a directory that exists; {@linkcode createRunDir} makes one. */
  constructor(path: string) {
    this.path = path;
  }

  /** The transcript file. */
  get transcriptPath(): string {
    return this.file(TRANSCRIPT_FILE);
  }

  /** The directory of node logs. */
  get logsPath(): string {
    return this.file("logs");
  }

  /** The absolute path of a file in the directory. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Whether an earlier run has used the directory: each of them leaves a transcript. */
  get isUsed(): boolean {
    return isThere(this.transcriptPath);
  }

  /**
   * Removes what an earlier run left in a directory that is used again: its result must not pass for that of a run
   * which was killed, nor its logs for this one's. Files that no run writes stay; where no run has been, so do those
   * that are only called as if one had written them, but for `run.json`, which this run writes itself.
   */
  clear({ used }: { used: boolean }): void {
    try {
      removeIfPresent(this.file("run.json"));
      if (!used) return;
      for (const name of [SNAPSHOT_FILE, STATE_FILE, TAPE_FILE, FLOWS_FILE]) removeIfPresent(this.file(name));
      // No run makes a link: where it leads is nobody's business here.
      if (Deno.lstatSync(this.logsPath).isSymlink) return;
      for (const { name } of Deno.readDirSync(this.logsPath)) {
        if (name.endsWith(".log")) removeIfPresent(`${this.logsPath}/${name}`);
      }
    } catch (error) {
      throw ioError("write", this.path, error);
    }
  }

  /**
   * Writes a document such as `run.json`: indented by two spaces, without a line feed at the end. A reader sees the
   * old document or the new one, never a part. Returns the path.
   */
  writeJson(name: string, value: JsonObject, { mode }: { mode?: number } = {}): string {
    const path = this.file(name);
    const temporary = this.file(`.${name}.${shortId()}.tmp`);
    try {
      Deno.writeTextFileSync(temporary, JSON.stringify(value, null, 2), {
        createNew: true,
        ...(mode === undefined ? {} : { mode }),
      });
      // Atomic against a run that is killed; surviving a power failure is not worth the wait for the disk.
      Deno.renameSync(temporary, path);
    } catch (error) {
      discard(temporary);
      throw ioError("write", path, error);
    }
    return path;
  }
}

/** The file that resumes a waiting run. */
export const SNAPSHOT_FILE = "snapshot.json";

/** The file of all that came to the guests of a run, from which it is replayed. */
export const TAPE_FILE = "tape.jsonl";

/** The file of the transcript. */
export const TRANSCRIPT_FILE = "transcript.jsonl";

/** The file that tells what a run changed in state. */
export const STATE_FILE = "state.json";

/** The file that tells which flows a run could reach. */
export const FLOWS_FILE = "flows.json";

/** A path as it reads from everywhere. */
export function absolutePath(path: string): string {
  return resolve(Deno.cwd(), path);
}

/** Whether two paths lead to one place, also through links. One that leads nowhere yet is compared as it is written. */
export function isSamePlace(path: string, other: string): boolean {
  return realPath(path) === realPath(other);
}

/** Creates the directory of a run with its subfolders. */
export function createRunDir(options: RunDirOptions): RunDir {
  const dir = new RunDir(options.artifactsDir === undefined ? createUnique(options) : createGiven(options));
  try {
    Deno.mkdirSync(dir.logsPath, { recursive: true });
  } catch (error) {
    throw ioError("write", dir.logsPath, error);
  }
  return dir;
}

function createGiven({ artifactsDir, root }: RunDirOptions): string {
  if (artifactsDir === undefined || artifactsDir === "") {
    throw new RunnerError("option.invalid", "Run directory is empty", {
      hint: "Give a directory to --artifacts-dir or the option artifactsDir",
    });
  }
  const path: string = resolve(root, artifactsDir);
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    throw ioError("write", path, error);
  }
  return path;
}

function createUnique({ root, startedAt, id = shortId }: RunDirOptions): string {
  const runs = `${trimmed(root)}/${RUNS_FOLDER}`;
  // Windows forbids colons in names.
  const stamp = startedAt.toISOString().replaceAll(":", "-");
  for (let attempt = 1;; attempt++) {
    const path = `${runs}/${stamp}_${id()}`;
    try {
      Deno.mkdirSync(runs, { recursive: true });
      Deno.mkdirSync(path);
      return path;
    } catch (error) {
      // Another run of the same moment drew the same characters.
      if (error instanceof Deno.errors.AlreadyExists && attempt < 16) continue;
      throw ioError("write", path, error);
    }
  }
}

function realPath(path: string): string {
  const absolute = absolutePath(path);
  try {
    return Deno.realPathSync(absolute);
  } catch {
    return absolute;
  }
}

function trimmed(path: string): string {
  return path.replace(/[\\/]+$/, "");
}

function shortId(): string {
  return crypto.randomUUID().slice(0, 6);
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function discard(temporary: string): void {
  try {
    removeIfPresent(temporary);
  } catch {
    // The fault that made the file useless is the one to report.
  }
}
