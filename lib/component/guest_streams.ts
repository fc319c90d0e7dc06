/** What a guest writes to its standard streams: decoded, capped visibly, its end kept for failures. */

import { concatBytes } from "../base/bytes.ts";

/** Takes text that was written, already capped. */
export type WriteText = (stream: "stdout" | "stderr", text: string) => void;

/** Text that waits to be passed on: up to so many characters, or so many milliseconds. A message for each byte costs. */
const MAX_WAITING = 4096;
const PACE_MS = 50;
/** What is kept of standard error for failures, in characters. */
const MAX_TAIL = 2000;

/** The standard output and standard error of one guest. */
export class GuestStreams {
  readonly #cap: number;
  readonly #keepBytes: number;
  readonly #write: WriteText;
  readonly #taken = { stdout: 0, stderr: 0 };
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #waiting = { stdout: "", stderr: "" };
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #passedOn = -Infinity;
  #tail = "";

  /** Passes on at most `cap` bytes of each stream, and keeps what fits of the standard output, and a byte more. */
  constructor(cap: number, write: WriteText, keepBytes: number = 0) {
    this.#cap = cap;
    this.#keepBytes = keepBytes;
    this.#write = write;
  }

  /** The standard output as far as it was kept: longer than allowed when there was more. */
  get stdout(): string {
    return new TextDecoder().decode(concatBytes(this.#kept));
  }

  /** The last lines of standard error, for failures. */
  get tail(): string {
    return this.#tail.trim();
  }

  write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    if (stream === "stdout" && this.#keepBytes > 0) this.#keep(bytes);
    const room = this.#cap - this.#taken[stream];
    if (room < 0 || bytes.length === 0) return; // the note was written
    this.#taken[stream] += bytes.length;
    this.#emit(stream, this.#decoders[stream].decode(bytes.subarray(0, room), { stream: true }));
    if (bytes.length > room) this.#emit(stream, `…\n[output truncated at ${this.#cap} bytes]\n`);
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#keepBytes + 1 - this.#keptBytes;
    if (room <= 0) return;
    this.#kept.push(bytes.slice(0, room));
    this.#keptBytes += Math.min(room, bytes.length);
  }

  /** Passes on what is left, and takes nothing more. */
  close(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#emit(stream, this.#decoders[stream].decode());
      this.#passOn(stream);
      this.#taken[stream] = Infinity;
    }
  }

  #emit(stream: "stdout" | "stderr", text: string): void {
    if (stream === "stderr") this.#tail = tailOf(this.#tail + text);
    this.#waiting[stream] += text;
    const now = performance.now();
    if (this.#waiting[stream].length < MAX_WAITING && now - this.#passedOn < PACE_MS) return;
    this.#passedOn = now;
    this.#passOn(stream);
  }

  #passOn(stream: "stdout" | "stderr"): void {
    const text = this.#waiting[stream];
    this.#waiting[stream] = "";
    if (text !== "") this.#write(stream, text);
  }
}

/** The end of a text. Secrets are looked for later: the sign of a cut tells that half of one may stand there. */
function tailOf(text: string): string {
  return text.length > MAX_TAIL ? `…${text.slice(-MAX_TAIL)}` : text;
}
