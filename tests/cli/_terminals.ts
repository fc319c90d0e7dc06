/** Terminals as tests give them. */

import type { CommandIo } from "../../lib/cli/print.ts";
import type { Step } from "../../lib/cli/live_line.ts";
import { NO_TERMINAL, type Terminal } from "../../lib/cli/terminal.ts";

/** A terminal of so many columns that can do everything. */
export function terminal(columns: number, more: Partial<Terminal> = {}): Terminal {
  return {
    colour: true,
    live: true,
    unicode: true,
    talkColumns: () => columns,
    dataColumns: () => columns,
    ...more,
  };
}

/** What a command writes and tells, remembered. */
export function rememberingIo(
  terminal: Terminal = NO_TERMINAL,
): CommandIo & { readonly lines: string[]; readonly steps: (Step | null)[] } {
  const lines: string[] = [], steps: (Step | null)[] = [];
  return {
    terminal,
    lines,
    steps,
    stdout: () => {},
    stderr: (text) => void lines.push(text.replace(/\n$/, "")),
    stdin: () => Promise.resolve(new Uint8Array()),
    interrupt: new AbortController().signal,
    step: (step) => void steps.push(step),
  };
}
