/**
 * One line of a terminal that is written over: what the command is doing now. It is there only while something takes
 * long, and leaves no trace.
 */

import type { Terminal } from "./terminal.ts";
import { cut } from "./width.ts";

/** Something that may take long. */
export interface Step {
  /** What it is, without control characters. */
  readonly text: string;
  /** When it began, in milliseconds of `performance.now()`. */
  readonly sinceMs: number;
  /** How long nobody need be told of it, in milliseconds. */
  readonly afterMs: number;
}

/** How often the line may change, in milliseconds: less often than a reader would call unrest. */
const CALM_MS = 100;
/** How often is looked whether it has to change, in milliseconds. */
const TICK_MS = 250;

/** Writes the line and takes it away. */
export class LiveLine implements Disposable {
  readonly #write: (text: string) => void;
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #step: Step | null = null;
  #shown = "";
  #shownMs = -Infinity;
  #timer: ReturnType<typeof setInterval> | undefined;
  #ended = false;

  /** A line on a terminal; `now` reads a clock that never runs backwards. */
  constructor(
    write: (text: string) => void,
    terminal: Terminal,
    now: () => number = () => performance.now(),
  ) {
    this.#write = write;
    this.#terminal = terminal;
    this.#now = now;
  }

  /** Tells of a step, in the place of the one before; null for none. */
  step(step: Step | null): void {
    if (this.#ended) return;
    this.#step = step;
    if (step === null) return this.clear();
    this.#timer ??= setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  /** Writes the line where it has changed. */
  tick(): void {
    const now = this.#now();
    if (this.#step === null || now - this.#shownMs < CALM_MS) return;
    const { text, sinceMs, afterMs } = this.#step;
    const elapsedMs = now - sinceMs;
    if (elapsedMs < afterMs) return;
    const elapsed = elapsedMs < 1000 ? "" : `  ${Math.floor(elapsedMs / 1000)} s`;
    // A terminal that is full to its last column may begin another line.
    const columns = this.#terminal.talkColumns() - 1 - elapsed.length;
    const line = cut(text, columns, this.#terminal.unicode ? "…" : "...") + elapsed;
    if (line === this.#shown) return;
    this.#write(`\r\x1b[K${this.#terminal.colour ? `\x1b[2m${line}\x1b[0m` : line}`);
    this.#shown = line;
    this.#shownMs = now;
  }

  /** Takes the line away, for what is to be written in its place. It comes back when its step goes on. */
  clear(): void {
    if (this.#shown === "") return;
    this.#write("\r\x1b[K");
    this.#shown = "";
    this.#shownMs = -Infinity;
  }

  /** Takes the line away for good. */
  [Symbol.dispose](): void {
    this.step(null);
    this.#ended = true;
    clearInterval(this.#timer);
  }
}
