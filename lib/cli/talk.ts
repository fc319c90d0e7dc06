/**
 * The streams as commands get them: talk that suits the terminal that it goes to, and a live line that is taken away
 * before anything else is written. Data pass as they are.
 */

import { LiveLine, type Step } from "./live_line.ts";
import { painted } from "./paint.ts";
import type { CommandIo, Streams } from "./print.ts";
import type { Terminal } from "./terminal.ts";

/** What a command writes to and reads from. */
export class Talk implements CommandIo, Disposable {
  readonly terminal: Terminal;
  readonly #streams: Omit<Streams, "terminal">;
  #live: LiveLine | null = null;
  #printed = false;

  /** Talks through the streams of a process, or of a test, which go to a terminal or not. */
  constructor(streams: Omit<Streams, "terminal">, terminal: Terminal) {
    this.#streams = streams;
    this.terminal = terminal;
  }

  /** Whether data were written. */
  get printed(): boolean {
    return this.#printed;
  }

  get interrupt(): AbortSignal {
    return this.#streams.interrupt;
  }

  stdout(text: string): void {
    this.#printed = true;
    this.#live?.clear();
    this.#streams.stdout(text);
  }

  stderr(text: string): void {
    this.#live?.clear();
    this.#streams.stderr(painted(text, this.terminal));
  }

  stdin(limit?: number): Promise<Uint8Array> {
    return this.#streams.stdin(limit);
  }

  step(step: Step | null): void {
    if (this.#live === null && step !== null && this.terminal.live) {
      this.#live = new LiveLine((text) => this.#streams.stderr(text), this.terminal);
      // A second interrupt ends the process where it stands: nothing may be left on the line by then.
      if (this.interrupt.aborted) this.#end();
      else this.interrupt.addEventListener("abort", this.#end);
    }
    this.#live?.step(step);
  }

  /** Takes the live line away. */
  [Symbol.dispose](): void {
    if (this.#live === null) return;
    this.interrupt.removeEventListener("abort", this.#end);
    this.#end();
  }

  readonly #end = (): void => this.#live?.[Symbol.dispose]();
}
