/**
 * Makes lines of talk fit for a terminal: colours the words that say how something went, and wraps what is longer
 * than the terminal is wide. Goes by the first words of a line, which this program wrote and no guest can. Without a
 * terminal lines stay as they are.
 */

import type { Terminal } from "./terminal.ts";
import { wrapped } from "./width.ts";

/** Codes of ECMA-48: the few that every theme can show. */
const GREEN = "32", YELLOW = "33", RED = "31", BOLD_RED = "1;31", DIM = "2";

/** Beginnings of lines: where they match, their first group is coloured, and the rest of the line is hung under `indent`. */
const STYLES: readonly (readonly [beginning: RegExp, colour: string, indent: number])[] = [
  [/^(?:ok|verified) /, GREEN, 10],
  [/^(?:success|passes policy \w+):/, GREEN, 2],
  [/^(?:error|timed_out|cancelled|mismatch|refused) /, RED, 10],
  [/^(?:failure|cancelled|timed_out):/, BOLD_RED, 2],
  [/^(?:\S+: )?error\[[^\]]*\]:/, BOLD_RED, 4],
  [/^(?:warning|untrusted|unsigned|skipped) /, YELLOW, 10],
  [/^(?:partial_failure|waiting):/, YELLOW, 2],
  [/^(?:\S+: )?warning\[[^\]]*\]:/, YELLOW, 4],
  [/^ {2}because:/, DIM, 4],
  [/^(?:jump|asks|answer|route|call|log|stage|cached|prepared|preparing|reading|slowest) /, DIM, 10],
];

/** What is there to be pasted: one line, however long, and dim as a whole. */
const PASTED_REGEXP = /^(?: {2}hint: |record: )/;

/** Talk as a terminal is to show it. */
export function painted(text: string, terminal: Terminal): string {
  const columns = terminal.talkColumns();
  if (!terminal.colour && columns === Infinity) return text;
  return text.split("\n").map((line) => paintedLine(line, columns, terminal.colour)).join("\n");
}

function paintedLine(line: string, columns: number, colour: boolean): string {
  const paint = (code: string, part: string) => colour && part !== "" ? `\x1b[${code}m${part}\x1b[0m` : part;
  if (PASTED_REGEXP.test(line)) return paint(DIM, line);
  for (const [beginning, code, indent] of STYLES) {
    const [start] = beginning.exec(line) ?? [];
    if (start === undefined) continue;
    const [first = "", ...rest] = hung(line, columns, indent);
    // A terminal that is narrower than the word itself shows it in its own way.
    const head = first.startsWith(start) ? start : "";
    return [paint(code, head) + first.slice(head.length), ...rest].join("\n");
  }
  return hung(line, columns, 2).join("\n");
}

/** Narrowest text that is worth to be hung, in columns. */
const MIN_TEXT = 20;

/** The line as lines whose second and later ones stand under its text. */
function hung(line: string, columns: number, indent: number): string[] {
  const room = columns - indent;
  if (room < MIN_TEXT) return [line];
  const [first = "", ...others] = wrapped(line, columns);
  if (others.length === 0) return [first];
  const rest = line.slice(first.length).trimStart();
  return [first, ...wrapped(rest, room).map((each) => " ".repeat(indent) + each)];
}
