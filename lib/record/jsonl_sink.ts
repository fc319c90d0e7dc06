/**
 * Writes transcript lines to a file, each one before `append` returns: the order of lines is the order of
 * facts, and a run that is killed loses nothing that happened before.
 * Never leaves half a line behind when the disk is full.
 */

import type { JsonObject } from "../base/json.ts";
import { RunnerError } from "../base/errors.ts";
import { ioError } from "./io_error.ts";
import { jsonText } from "./json_text.ts";
import type { LineSpan, Sink } from "./sink.ts";

/** A transcript file. */
export class JsonlSink implements Sink {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #size = 0;
  #closed = false;

  /** Creates the file, or empties it. Holds a lock on it, so that no other run writes here meanwhile. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = Deno.openSync(path, { write: true, create: true });
    } catch (error) {
      throw ioError("write", path, error);
    }
    this.#claim();
  }

  /** Adds one line. */
  append(line: JsonObject): LineSpan {
    const start = this.#size;
    const bytes = this.#encoder.encode(jsonText(line) + "\n");
    try {
      for (let from = 0; from < bytes.length;) from += this.#file.writeSync(bytes.subarray(from));
    } catch (error) {
      this.#dropPartialLine();
      throw ioError("write", this.#path, error);
    }
    this.#size += bytes.length;
    return [start, this.#size];
  }

  /** Closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }

  #claim(): void {
    let locked: boolean;
    try {
      locked = this.#file.tryLockSync(true);
      // Asking the open file would take a permission for where a link leads.
      if (locked && Deno.statSync(this.#path).isFile) this.#file.truncateSync(0);
    } catch (error) {
      this.close();
      throw ioError("write", this.#path, error);
    }
    if (locked) return;
    this.close();
    throw new RunnerError("artifacts.write", "Run directory is in use by another run", {
      place: this.#path,
      hint: "Give each run a directory of its own, or leave out --artifacts-dir",
    });
  }

  #dropPartialLine(): void {
    try {
      this.#file.truncateSync(this.#size);
      this.#file.seekSync(this.#size, Deno.SeekMode.Start);
    } catch {
      // The fault that led here is the one to report; readers skip an unfinished last line.
    }
  }
}
