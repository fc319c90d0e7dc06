/**
 * Writes the tables of the README that come from the code: exit codes, error codes, options. With `--check`, only
 * compares.
 */

import { type ErrorCode, usualHint } from "../../lib/base/errors.ts";
import { COMMAND_NAMES, type CommandName, optionsOfCommand } from "../../lib/cli/commands.ts";
import { EXIT_CODES, exitCodeOfError } from "../../lib/cli/exit_codes.ts";
import { optionText } from "../../lib/cli/help.ts";
import type { Option } from "../../lib/cli/option.ts";
import { bringUpToDate } from "./_written.ts";

const README = new URL("../../README.md", import.meta.url);
const ERRORS = new URL("../../lib/base/errors.ts", import.meta.url);

/** Columns that are padded to their widest cell would make the text five times as long. */
const IGNORE = "<!-- deno-fmt-ignore -->";

/** The README as it should be. */
export async function readmeWithReference(): Promise<string> {
  let text = await Deno.readTextFile(README);
  for (const [name, table] of Object.entries(await tables())) {
    const [begin, end] = [`<!-- ${name}: written by deno task reference -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`README.md has no place for ${name}`);
    text = `${text.slice(0, from + begin.length)}\n\n${IGNORE}\n\n${table}\n\n${text.slice(to)}`;
  }
  return text;
}

async function tables(): Promise<Record<string, string>> {
  return { "exit codes": exitCodes(), "error codes": await errorCodes(), options: options() };
}

function exitCodes(): string {
  return table(["exit code", "meaning"], EXIT_CODES.map(({ code, meaning }) => [String(code), meaning]), 0);
}

/** The codes with their documentation, which is theirs alone: types are gone when a program runs. */
async function errorCodes(): Promise<string> {
  const source = await Deno.readTextFile(ERRORS);
  const union = source.slice(source.indexOf("export type ErrorCode ="));
  let text = "";
  const rows: string[][] = [];
  for (const line of union.slice(0, union.indexOf(";\n")).split("\n")) {
    text = /^ {2}\/\*\* (.*) \*\/$/.exec(line)?.[1] ?? text;
    const code = /^ {2}\| "(.*)"$/.exec(line)?.[1] as ErrorCode | undefined;
    if (code !== undefined) {
      rows.push([`\`${code}\``, text, String(exitCodeOfError(code)), usualHint(code) ?? ""]);
    }
  }
  return table(["code", "what happened", "exit code", "what to do, where nothing nearer is known"], rows, 2);
}

function options(): string {
  const byName = new Map<string, Map<CommandName, Option>>();
  for (const command of COMMAND_NAMES) {
    for (const option of optionsOfCommand(command)) {
      if (option.name === "help") continue;
      const found = byName.get(option.name) ?? new Map<CommandName, Option>();
      byName.set(option.name, found.set(command, option));
    }
  }
  const rows = [...byName].sort(([a], [b]) => a < b ? -1 : 1).map(([, found]) => {
    const [first] = found.values();
    const texts = Map.groupBy(found, ([, option]) => optionText(option));
    const told = texts.size === 1
      ? [...texts.keys()]
      : [...texts].map(([text, of]) => `${of.map(([name]) => name).join(", ")}: ${text}`);
    return [`\`${spelling(first!)}\``, told.join("<br>"), [...found.keys()].join(", ")];
  });
  return table(["option", "what it does", "of"], rows);
}

function spelling({ name, value, letter }: Option): string {
  return `${letter === undefined ? "" : `-${letter}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

/** A table; the numbers of one column stand on the right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], numbers: number = -1): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/<(?!br>)/g, "&lt;")).join(" | ")} |`;
  return [
    line(heads),
    `| ${heads.map((_, i) => i === numbers ? "--:" : "---").join(" | ")} |`,
    ...rows.map(line),
  ].join("\n");
}

if (import.meta.main) await bringUpToDate("README.md", await readmeWithReference(), "reference");
