/**
 * Writes the tape of a run: what came to its guests, sealed, each line before the call goes on. A fault of the disk is
 * remembered and ends the tape, never the run. Never decides what is secret.
 */

import type { HostCall, NodePlace } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Draws, TapedAnswer, TapeRecorder } from "../base/tape.ts";
import { ioError } from "./io_error.ts";
import type { Seal } from "./seal.ts";
import { type ChangeParts, headToJson, lineToJson, type TapeLine } from "./tape_line.ts";

/** Only its owner may read or change it: what guests were told is nobody else's business, secrets or not. */
const MODE = 0o600;

/** Writes one tape. */
export class TapeWriter implements TapeRecorder {
  readonly #path: string;
  readonly #seal: Seal;
  readonly #encoder = new TextEncoder();
  #file: Deno.FsFile | undefined;
  #size = 0;
  #fault: RunnerError | undefined;

  /**
   * Creates the file, in the place of one that is there, and writes its first line.
   *
   * @param options `header` tells of the run; its members `version` and `secrets` are the tape's own, and `parts` tells
   * which others may hold secrets. `seal` knows the
   * secrets; what it knows by now is named in the first line.
   */
  constructor(
    path: string,
    { header, parts, seal }: { header: JsonObject; parts: ChangeParts; seal: Seal },
  ) {
    this.#path = path;
    this.#seal = seal;
    try {
      removeIfPresent(path);
      this.#file = Deno.openSync(path, { write: true, createNew: true, mode: MODE });
    } catch (error) {
      this.#remember(error);
    }
    this.#write(() =>
      headToJson({ header: parts(header, (value) => seal.sealValue(value)), secrets: seal.known })
    );
  }

  /** The first fault so far. No line is written after it. */
  get fault(): RunnerError | undefined {
    return this.#fault;
  }

  /** Hides a secret from here on, and names it when it is new; see {@linkcode Seal.add}. */
  learned(name: string, value: string | Uint8Array): void {
    const secret = this.#seal.add(name, value);
    if (secret !== null) this.#add({ type: "secret", secret });
  }

  answered(call: HostCall, answer: TapedAnswer): void {
    this.#add({ type: "answer", call, answer });
  }

  drawn(place: NodePlace, draws: Draws): void {
    this.#add({ type: "draws", place, draws });
  }

  told(now: Date): void {
    this.#add({ type: "now", now });
  }

  /** Closes the file. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #add(line: TapeLine): void {
    this.#write(() => lineToJson(line, (value) => this.#seal.sealValue(value)));
  }

  #write(line: () => JsonObject): void {
    const file = this.#file;
    if (file === undefined || this.#fault !== undefined) return;
    try {
      const bytes = this.#encoder.encode(JSON.stringify(line()) + "\n");
      for (let from = 0; from < bytes.length;) from += file.writeSync(bytes.subarray(from));
      this.#size += bytes.length;
    } catch (error) {
      this.#remember(error);
      this.#dropPartialLine(file);
    }
  }

  #remember(error: unknown): void {
    this.#fault ??= error instanceof RunnerError ? error : ioError("write", this.#path, error);
  }

  #dropPartialLine(file: Deno.FsFile): void {
    try {
      file.truncateSync(this.#size);
    } catch {
      // The fault that led here is the one to report; readers leave out an unfinished last line.
    }
  }
}

function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
