/**
 * The streams as commands get them: talk that suits the terminal that it goes to, and a live line that is taken away
 * before anything else is written. Data pass as they are.
 */

import { LiveLine } from "./live_line.ts";
import { painted } from "./paint.ts";
import type { CommandIo, Streams } from "./print.ts";
import type { Terminal } from "./terminal.ts";

/** What a command writes to and reads from, until disposed of, and whether it wrote data. */
export interface Talk extends CommandIo, Disposable {
  /** Whether data were written. */
  readonly printed: boolean;
}

/**
 * Talks through the streams of a process, or of a test, which go to a terminal or not. All of it are properties of its
 * own: a command that replaces some for others spreads it.
 */
export function talkOver(streams: Omit<Streams, "terminal">, terminal: Terminal): Talk {
  let live: LiveLine | null = null;
  let printed = false;
  const end = () => live?.[Symbol.dispose]();
  function start(): LiveLine {
    const line = new LiveLine((text) => streams.stderr(text), terminal);
    // A second interrupt ends the process where it stands: nothing may be left on the line by then.
    streams.interrupt.addEventListener("abort", end);
    if (streams.interrupt.aborted) line[Symbol.dispose]();
    return line;
  }
  return {
    terminal,
    get printed() {
      return printed;
    },
    get interrupt() {
      return streams.interrupt;
    },
    stdout(text) {
      printed = true;
      live?.clear();
      streams.stdout(text);
    },
    unread: () => streams.unread?.() ?? false,
    stderr(text) {
      live?.clear();
      streams.stderr(painted(text, terminal));
    },
    stdin: (limit) => streams.stdin(limit),
    step(step) {
      if (step !== null && terminal.live) live ??= start();
      live?.step(step);
    },
    [Symbol.dispose]() {
      if (live === null) return;
      streams.interrupt.removeEventListener("abort", end);
      end();
    },
  };
}
