/** The help texts, made from the table of commands. Never knows a command or an option of its own. */

import { COMMANDS, isCommandName } from "./commands.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import type { CommandText, Option, OptionGroup } from "./option.ts";

const PROGRAM = "greentic-runner";

/** The widest that a line of help is, in characters, unless the terminal is narrower. */
const MAX_WIDTH = 100;
/** The narrowest that anything is wrapped to. */
const MIN_WIDTH = 40;
/** Where the summaries of commands begin. */
const COMMAND_COLUMN = 48;
/** Where the texts of options begin. */
const TEXT_COLUMN = 30;

/**
 * The help on a command, or on the whole.
 *
 * @param topic A command; null, or what is none, for the whole.
 * @param columns The width of the terminal, in characters; lines are never longer than 100.
 */
export function helpText(topic: string | null, columns: number = MAX_WIDTH): string {
  const width = Math.max(MIN_WIDTH, Math.min(columns, MAX_WIDTH));
  const lines = topic !== null && isCommandName(topic) && topic !== "help"
    ? commandLines(COMMANDS[topic], width)
    : generalLines(width);
  return `${lines.join("\n")}\n`;
}

function generalLines(width: number): string[] {
  const commands = Object.values(COMMANDS).flatMap(({ usage: [first = "", ...others], summary }) => {
    const short = first.replace(/ \[options\]$/, "");
    return [
      ...columned(`  ${PROGRAM} ${short}`, summary, { width, column: COMMAND_COLUMN }),
      ...others.filter((usage) => usage.startsWith("PACK")).flatMap((usage) =>
        columned(`  ${PROGRAM} ${usage.replace(/ \[options\]$/, "")}`, "the same", {
          width,
          column: COMMAND_COLUMN,
        })
      ),
    ];
  });
  return [
    `${PROGRAM}: runs Greentic packs (.gtpack)`,
    "",
    "Usage:",
    ...commands,
    ...columned(`  ${PROGRAM} --version`, "the version", { width, column: COMMAND_COLUMN }),
    "",
    ...wrapped(
      "PACK is a .gtpack archive, the folder of an unpacked one or of its sources, a flow (.ygtc, .yaml, .json), a component (.wasm), or - for standard input.",
      width,
    ),
    "",
    "Example:",
    `  deno run -A jsr:@greentic/runner run my.gtpack --input '{"name":"Ada"}'`,
    "",
    "Exit codes:",
    ...EXIT_CODES.flatMap(({ code, meaning }) =>
      columned(`  ${String(code).padStart(3)}`, meaning, { width, column: 7 })
    ),
  ];
}

function commandLines({ usage, about, groups, examples }: CommandText, width: number): string[] {
  return [
    ...usage.map((line, i) => `${i === 0 ? "Usage:" : "      "} ${PROGRAM} ${line}`),
    "",
    ...wrapped(about, width),
    ...groups.flatMap((group) => ["", ...groupLines(group, width)]),
    "",
    examples.length === 1 ? "Example:" : "Examples:",
    ...examples.map((example) => `  ${PROGRAM} ${example}`),
  ];
}

function groupLines({ title, options }: OptionGroup, width: number): string[] {
  return [
    ...wrapped(`${title}:`, width),
    ...options.flatMap((option) =>
      columned(optionHead(option), optionText(option), { width, column: TEXT_COLUMN })
    ),
  ];
}

function optionHead({ name, value, letter }: Option): string {
  return `  ${letter === undefined ? "    " : `-${letter}, `}--${name}${
    value === undefined ? "" : ` ${value}`
  }`;
}

/** What an option does, whether it can be repeated, and its other names. */
export function optionText({ text, repeatable = false, also = [], variable }: Option): string {
  return [
    text,
    ...(variable === undefined ? [] : [`else ${variable}`]),
    ...(repeatable ? ["repeatable"] : []),
    ...also.map((name) => `also --${name}`),
  ].join("; ");
}

/** A text that begins in a column behind a head, or below it where that is too long. */
function columned(
  head: string,
  text: string,
  { width, column }: { width: number; column: number },
): string[] {
  // On a narrow terminal a column would leave no room for what stands in it.
  const at = width - column < MIN_WIDTH ? 8 : column;
  const lines = wrapped(text, width - at);
  const beside = head.length < at;
  return [
    ...(beside ? [] : [head]),
    ...lines.map((line, i) => `${(beside && i === 0 ? head : "").padEnd(at)}${line}`),
  ];
}

/** A text in lines; a word that is longer than a line stands alone. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
