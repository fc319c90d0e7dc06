/**
 * Makes lines of talk fit for a terminal: colours the words that say how something went, and wraps what is longer
 * than the terminal is wide. Goes by the first words of a line, which this program wrote and no guest can. Without a
 * terminal lines stay as they are.
 */

import type { Terminal } from "./terminal.ts";
import { columnsOf, wrapped } from "./width.ts";

/** Codes of ECMA-48: the few that every theme can show. */
const GREEN = "32", YELLOW = "33", RED = "31", BOLD_RED = "1;31", DIM = "2";

/** Columns of the word that begins a line about a step, with the spaces behind it. */
const STATUS_COLUMNS = 10;

/** Beginnings of lines with their colour. The lines that they are broken into stand `indent` columns in. */
const STYLES: readonly (readonly [beginning: RegExp, colour: string, indent: number])[] = [
  [/^(?:ok|verified)(?= )/, GREEN, STATUS_COLUMNS],
  [/^(?:success|passes policy \w+):/, GREEN, 2],
  [/^(?:error|timed_out|cancelled|mismatch|refused)(?= )/, RED, STATUS_COLUMNS],
  [/^(?:failure|cancelled|timed_out):/, BOLD_RED, 2],
  [/^(?:\S+: )?error\[[^\]]*\]:/, BOLD_RED, 4],
  [/^(?:warning|untrusted|unsigned|skipped)(?= )/, YELLOW, STATUS_COLUMNS],
  [/^(?:partial_failure|waiting):/, YELLOW, 2],
  [/^(?:\S+: )?warning\[[^\]]*\]:/, YELLOW, 4],
  [/^ {2}because:/, DIM, 4],
  [
    /^(?:jump|asks|answer|route|call|log|stage|cached|prepared|preparing|reading|slowest)(?= )/,
    DIM,
    STATUS_COLUMNS,
  ],
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
    const shown = hung(line, columns, indent);
    // A terminal that is narrower than the word itself shows it in its own way.
    return shown.startsWith(start) ? paint(code, start) + shown.slice(start.length) : shown;
  }
  return hung(line, columns, 2);
}

/** Narrowest text that is worth to be hung, in columns. */
const MIN_TEXT = 20;

/** The line broken to a width, its second and later lines `indent` columns in: under the text of lines with a status. */
function hung(line: string, columns: number, indent: number): string {
  if (columns - indent < MIN_TEXT || columnsOf(line) <= columns) return line;
  const gap = `\n${" ".repeat(indent)}`;
  if (indent === STATUS_COLUMNS) {
    return line.slice(0, indent) + wrapped(line.slice(indent), columns - indent).join(gap);
  }
  const [first = ""] = wrapped(line, columns);
  const rest = line.slice(first.length).trimStart();
  return [first, ...(rest === "" ? [] : wrapped(rest, columns - indent))].join(gap);
}
