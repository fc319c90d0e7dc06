/**
 * Texts in an SQLite file, which many runs share, one after another or at once: every change is one statement and is
 * there when its call returns, also after the process was killed. Never changes a file that is not its own, and never
 * waits longer for other runs than {@linkcode BUSY_TIMEOUT_MS}.
 *
 * The file, version 1: `application_id` 0x47726e74 ("Grnt"), `user_version` 1, a write-ahead log, and the table
 * `entries(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`.
 */

import type { DatabaseSync } from "node:sqlite";
import { entryBytes } from "../../base/bytes.ts";
import { type Failure, failureOfError } from "../../base/call.ts";
import { systemClock } from "../../base/clock.ts";
import { RunnerError } from "../../base/errors.ts";
import type { KeptBytes } from "../kept_bytes.ts";
import { APPLICATION_ID, BUSY, sqliteCode, StateFile, VERSION } from "./sqlite_file.ts";
import { askStore, type TextStore } from "./store.ts";

/** How long a run waits while others write, in milliseconds. */
export const BUSY_TIMEOUT_MS = 5000;

/** Largest file that is checked as a whole when it is opened: that takes milliseconds, and larger ones take longer. */
const MAX_CHECKED_BYTES = 4 * 1024 * 1024;

/** How long SQLite itself waits for others, while nothing else of the run can go on, in milliseconds. */
const BLOCKED_MS = 100;
/** How often it is asked whether others are still writing, in milliseconds. */
const PACE_MS = 10;

/** How a file is opened. */
export interface SqliteOptions {
  /** How long to wait while others write, in milliseconds. @default {BUSY_TIMEOUT_MS} */
  readonly busyTimeoutMs?: number;
  /** Ends the wait. @default never aborted */
  readonly signal?: AbortSignal;
}

/**
 * Opens a file, or creates it in a folder that is there; `kept` counts what the run adds. SQLite keeps two more files
 * beside it while it is open, for which Deno asks no permission.
 *
 * @throws {RunnerError} `state.file` for what is no file of state, is damaged, newer, locked, or cannot be written;
 * `permission.missing` for one that may not be read and written.
 */
export async function openSqliteStore(
  path: string,
  kept: KeptBytes,
  { busyTimeoutMs = BUSY_TIMEOUT_MS, signal = new AbortController().signal }: SqliteOptions = {},
): Promise<TextStore> {
  const file = new StateFile(path);
  const bytes = file.check();
  const { DatabaseSync } = await import("node:sqlite");
  const blockedMs = Math.min(busyTimeoutMs, BLOCKED_MS);
  const until = systemClock.monotonicMs() + busyTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return file.attempt("opened", () => {
        const db = new DatabaseSync(file.sqlitePath, { timeout: blockedMs });
        try {
          prepare(db, file, { bytes, until: systemClock.monotonicMs() + blockedMs });
          return new SqliteStore(db, { file, kept, busyTimeoutMs });
        } catch (error) {
          db.close();
          throw error;
        }
      });
    } catch (error) {
      if (!isBusy(error) || systemClock.monotonicMs() > until) throw error;
      await pause(signal);
    }
  }
}

/** Whether others hold the file. */
function isBusy(error: unknown): boolean {
  return error instanceof RunnerError && sqliteCode(error.cause) === BUSY;
}

/** Lets others go on writing for a moment. */
function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PACE_MS);
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}

/** Makes a new file ready, checks one that is there, and finds out whether it can be written. */
function prepare(
  db: DatabaseSync,
  file: StateFile,
  { bytes, until }: { bytes: number; until: number },
): void {
  run(db, "PRAGMA synchronous = NORMAL");
  run(db, "BEGIN IMMEDIATE");
  // Another run may have made it ready, or changed its version, since it was looked at.
  const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
  if (version === 0) {
    // They come before the log is switched on, so that they stand in the file itself from the start.
    run(db, "CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    run(db, `PRAGMA application_id = ${APPLICATION_ID}`);
    run(db, `PRAGMA user_version = ${VERSION}`);
  }
  run(db, "COMMIT");
  file.requireVersion(version);
  logAhead(db, until);
  if (bytes === 0 || bytes > MAX_CHECKED_BYTES) return;
  if (db.prepare("PRAGMA quick_check(1)").get()?.quick_check !== "ok") throw file.damaged();
}

/** Switches the write-ahead log on. While another run is about to write, SQLite refuses that at once and does not wait. */
function logAhead(db: DatabaseSync, until: number): void {
  for (;;) {
    try {
      run(db, "PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (sqliteCode(error) !== BUSY || systemClock.monotonicMs() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Runs one statement. Unlike `exec`, it says by its code what went wrong. */
function run(db: DatabaseSync, statement: string): void {
  db.prepare(statement).run();
}

/** Keeps texts in a file that is open. */
class SqliteStore implements TextStore {
  readonly #db: DatabaseSync;
  readonly #file: StateFile;
  readonly #kept: KeptBytes;
  readonly #statements: Readonly<
    Record<"get" | "set" | "delete" | "next", ReturnType<DatabaseSync["prepare"]>>
  >;
  readonly #busyTimeoutMs: number;
  #open = true;

  constructor(
    db: DatabaseSync,
    { file, kept, busyTimeoutMs }: { file: StateFile; kept: KeptBytes; busyTimeoutMs: number },
  ) {
    this.#db = db;
    this.#file = file;
    this.#kept = kept;
    this.#busyTimeoutMs = busyTimeoutMs;
    // Texts are read as bytes: as texts they would end at their first NUL.
    this.#statements = {
      get: db.prepare("SELECT CAST(value AS BLOB) AS value FROM entries WHERE key = ?"),
      set: db.prepare("INSERT INTO entries VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"),
      delete: db.prepare("DELETE FROM entries WHERE key = ?"),
      next: db.prepare(
        "SELECT CAST(key AS BLOB) AS key, CAST(value AS BLOB) AS value FROM entries " +
          "WHERE entries.key > ? ORDER BY entries.key LIMIT 1",
      ),
    };
  }

  get(key: string): string | undefined {
    const row = this.#file.attempt("read", () => this.#statements.get.get(key));
    return row === undefined ? undefined : textOf(row.value);
  }

  set(key: string, value: string): Failure | null {
    return askStore<Failure | null>(() => {
      const more = entryBytes(key, value) - this.#bytesAt(key);
      const failure = this.#kept.change(more);
      if (failure !== null) return failure;
      try {
        this.#file.attempt("written", () => this.#statements.set.run(key, value));
      } catch (error) {
        this.#kept.change(-more);
        throw error;
      }
      return null;
    }, failureOfError);
  }

  delete(key: string): boolean {
    const bytes = this.#bytesAt(key);
    const { changes } = this.#file.attempt("written", () => this.#statements.delete.run(key));
    if (Number(changes) === 0) return false;
    this.#kept.change(-bytes);
    return true;
  }

  turn(signal: AbortSignal): Promise<void> | null {
    return this.#isLocked() ? this.#unlocked(signal) : null;
  }

  async #unlocked(signal: AbortSignal): Promise<void> {
    const until = systemClock.monotonicMs() + this.#busyTimeoutMs;
    do await pause(signal); while (
      !signal.aborted && systemClock.monotonicMs() < until && this.#isLocked()
    );
  }

  /** Whether somebody else is writing now. */
  #isLocked(): boolean {
    try {
      run(this.#db, "PRAGMA busy_timeout = 0");
      run(this.#db, "BEGIN IMMEDIATE");
      run(this.#db, "COMMIT");
      return false;
    } catch (error) {
      // Whatever else is wrong, writing will tell.
      return sqliteCode(error) === BUSY;
    } finally {
      run(this.#db, `PRAGMA busy_timeout = ${Math.min(this.#busyTimeoutMs, BLOCKED_MS)}`);
    }
  }

  *entries(): Iterable<readonly [string, string]> {
    const first = this.get("");
    if (first !== undefined) yield ["", first];
    // One by one: the iterator of a statement ends where the file is damaged as if there were no more.
    for (let key = "";;) {
      const row = this.#file.attempt("read", () => this.#statements.next.get(key));
      if (row === undefined) return;
      key = textOf(row.key);
      yield [key, textOf(row.value)];
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.attempt("closed", () => this.#db.close());
  }

  #bytesAt(key: string): number {
    const value = this.get(key);
    return value === undefined ? 0 : entryBytes(key, value);
  }
}

function textOf(value: unknown): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(value as Uint8Array);
}
