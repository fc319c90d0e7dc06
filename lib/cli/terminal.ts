/**
 * What the command may expect of whoever reads it: colours, a line that can be written over, how wide it is.
 */

import { variable } from "./environment.ts";

/** How output may look. */
export interface Terminal {
  /** Whether talk may be coloured. */
  readonly colour: boolean;
  /** Whether a line of talk may be written over. */
  readonly live: boolean;
  /** Whether more than ASCII can be shown. */
  readonly unicode: boolean;
  /** Columns of talk, now; `Infinity` where it goes to no terminal. */
  talkColumns(): number;
  /** Columns of data, now; `Infinity` where they go to no terminal. */
  dataColumns(): number;
}

/** A pipe or a file, which is given the same whoever looks. */
export const NO_TERMINAL: Terminal = {
  colour: false,
  live: false,
  unicode: true,
  talkColumns: () => Infinity,
  dataColumns: () => Infinity,
};

/** What is known of the process and its terminal. */
export interface TerminalFacts {
  /** Whether standard output is a terminal. */
  readonly stdout: boolean;
  /** Whether standard error is a terminal. */
  readonly stderr: boolean;
  /** Whether `NO_COLOR` is set. */
  readonly noColor: boolean;
  /** Whether the process runs on Windows. */
  readonly windows: boolean;
  /** A variable of the environment; undefined when it is not set or may not be read. */
  variable(name: string): string | undefined;
  /** The width of the terminal; undefined when nobody knows it. */
  columns(): number | undefined;
}

/** Width of a terminal that does not tell its own. */
const USUAL_COLUMNS = 80;

/** How output may look, from what is known. */
export function terminalOf(facts: TerminalFacts): Terminal {
  const { stdout, stderr, noColor, variable } = facts;
  const columns = (terminal: boolean) => terminal ? facts.columns() || USUAL_COLUMNS : Infinity;
  const smart = stderr && variable("TERM") !== "dumb";
  return {
    colour: !noColor && (smart || isSet(variable("FORCE_COLOR"))),
    live: smart && !isSet(variable("CI")) && !isSet(variable("GITHUB_ACTIONS")),
    unicode: showsUnicode(facts),
    talkColumns: () => columns(stderr),
    dataColumns: () => columns(stdout),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

/** Whoever says nothing of an encoding has UTF-8 nowadays, but for the older console of Windows. */
function showsUnicode({ windows, variable }: TerminalFacts): boolean {
  if (windows) return isSet(variable("WT_SESSION")) || isSet(variable("TERM_PROGRAM"));
  const locale = [variable("LC_ALL"), variable("LC_CTYPE"), variable("LANG")].find((value) => Boolean(value));
  return locale === undefined || /utf-?8/i.test(locale);
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return terminalOf({
    stdout: Deno.stdout.isTerminal(),
    stderr: Deno.stderr.isTerminal(),
    noColor: Deno.noColor,
    windows: Deno.build.os === "windows",
    variable,
    columns() {
      try {
        return Deno.consoleSize().columns;
      } catch {
        return undefined;
      }
    },
  });
}
