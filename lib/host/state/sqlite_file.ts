/**
 * A file of state before SQLite opens it, and what goes wrong with it afterwards. Never changes anything: who the file
 * belongs to is read from its first bytes, since SQLite itself repairs what a program that crashed left beside a file.
 *
 * Source of the offsets: https://www.sqlite.org/fileformat.html#the_database_header.
 */

import { RunnerError } from "../../base/errors.ts";
import { folderOf, OWN_SYSTEM, quoted } from "../../base/paths.ts";
import { isGranted, requirePermissions } from "../../base/permission.ts";

/** What marks a file as ours ("Grnt"), and the version of what is in it. */
export const APPLICATION_ID = 0x47726e74, VERSION = 1;

const HEADER_BYTES = 100, MAGIC = "SQLite format 3\0", VERSION_AT = 60, APPLICATION_AT = 68;

/** The code of SQLite for a file that others hold: https://www.sqlite.org/rescode.html. */
export const BUSY = 5;
const READ_ONLY = 8, CORRUPT = 11, FULL = 13, NO_DATABASE = 26;

const OTHER_FILE = "Give the path of another file: a new one is created";

/** A path, and what may be wrong with the file at it. */
export class StateFile {
  readonly #path: string;

  /** Names a file; nothing is looked at yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The size of the file in bytes, 0 for one that is yet to be made.
   *
   * @throws {RunnerError} `state.file` for what is no file of state or is newer; `permission.missing`.
   */
  check(): number {
    const path = this.#path;
    if (path === "" || path === ":memory:") {
      const hint = "Give the path of a file, or none at all: state is kept in memory then";
      throw this.#fault("has no name of a file", { hint });
    }
    requirePermissions([{ name: "read", path }, { name: "write", path }]);
    const info = this.attempt("read", () => {
      try {
        return Deno.statSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    });
    if (info === undefined) this.#requireFolder();
    if (info === undefined || info.isFile && info.size === 0) return 0;
    if (info.isDirectory) throw this.#fault("is a folder", { hint: OTHER_FILE });
    // A pipe would let its reader wait for ever.
    if (!info.isFile) throw this.#fault("is no regular file", { hint: OTHER_FILE });
    this.#requireOwn();
    return info.size;
  }

  /** A folder that may not be looked at is told of by SQLite, when it makes the file. */
  #requireFolder(): void {
    const path = folderOf(this.#path);
    if (!isGranted({ name: "read", path })) return;
    try {
      Deno.statSync(path);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) return;
      const hint = "Make the folder, or give a file in one that is there";
      throw this.#fault(`cannot be made: folder "${path}" does not exist`, { hint, cause });
    }
  }

  #requireOwn(): void {
    const header = new Uint8Array(HEADER_BYTES);
    const read = this.attempt("read", () => {
      using file = Deno.openSync(this.#path);
      return file.readSync(header);
    });
    const view = new DataView(header.buffer);
    const magic = new TextDecoder().decode(header.subarray(0, MAGIC.length));
    if (read !== HEADER_BYTES || magic !== MAGIC || view.getUint32(APPLICATION_AT) !== APPLICATION_ID) {
      throw this.#fault("was not made by this runner", { hint: OTHER_FILE });
    }
    this.requireVersion(view.getUint32(VERSION_AT));
  }

  /** Throws `state.file` for a version that this runner does not know. */
  requireVersion(version: number): void {
    if (version <= VERSION) return;
    const hint = "Use a newer runner, or another file";
    throw this.#fault(`has version ${version}, and this runner reads up to ${VERSION}`, { hint });
  }

  /** The path as SQLite takes it, for which some names are addresses or no files at all. */
  get sqlitePath(): string {
    return /^(?:file)?:/i.test(this.#path) ? `./${this.#path}` : this.#path;
  }

  /** Does something with the file; throws `state.file` for whatever goes wrong. */
  attempt<Value>(doing: "opened" | "read" | "written" | "closed", work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw error instanceof RunnerError ? error : this.#error(doing, error);
    }
  }

  /** The error for a file that contradicts itself. */
  damaged(cause?: unknown): RunnerError {
    const move = `${OWN_SYSTEM === "windows" ? "move" : "mv"} ${quoted(this.#path)} ${
      quoted(`${this.#path}.damaged`)
    }`;
    return this.#fault("is damaged", {
      hint: `Put a copy of it back, or have a new one made: ${move}`,
      cause,
    });
  }

  #error(doing: string, cause: unknown): RunnerError {
    switch (sqliteCode(cause)) {
      case CORRUPT:
      case NO_DATABASE:
        return this.damaged(cause);
      case BUSY: {
        const hint = "End the program that holds it, or give another file";
        return this.#fault("is locked by another program", { hint, cause });
      }
      case READ_ONLY: {
        const hint = `Allow it, and in its folder too, where SQLite keeps a log: chmod u+w ${
          quoted(this.#path)
        }`;
        return this.#fault("cannot be written", { hint, cause });
      }
      case FULL: {
        const hint = "Make room on the disk, or give a file elsewhere";
        return this.#fault("cannot be written: the disk is full", { hint, cause });
      }
      default: {
        const hint = "Give a file that can be read and written, in a folder that is there";
        return this.#fault(`cannot be ${doing}`, { hint, cause });
      }
    }
  }

  #fault(what: string, { hint, cause }: { hint: string; cause?: unknown }): RunnerError {
    return new RunnerError("state.file", `State file "${this.#path}" ${what}`, {
      place: this.#path,
      hint,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** The code of an SQLite error without its particulars; undefined when it has none, as when a file is not opened. */
export function sqliteCode(error: unknown): number | undefined {
  const known = error instanceof Error && "errcode" in error && typeof error.errcode === "number";
  return known ? (error.errcode as number) & 0xff : undefined;
}
