/**
 * Splits a command line into options and positional arguments, by a table of what a command knows. Never reads a
 * file, never touches the environment, and knows no default of the library.
 */

import { parseArgs } from "@std/cli/parse-args";
import { RunnerError } from "../base/errors.ts";
import type { Option } from "./option.ts";

/** A command line that was split. */
export interface Parsed {
  readonly text: Readonly<Record<string, string | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly positional: readonly string[];
}

/** What to do when nothing nearer is known. */
const SEE_HELP = "See --help";

/** Whose arguments are split. */
export interface Whose {
  /** The name of the command. */
  readonly command: string;
  /** Its options. */
  readonly options: readonly Option[];
  /** The names of the options of all commands, without dashes. @default none */
  readonly elsewhere?: readonly string[];
  /** The value of a variable of the environment, where it is set and may be read. @default none is */
  readonly variable?: (name: string) => string | undefined;
}

/**
 * Splits the arguments of a command.
 *
 * @throws {RunnerError} `usage`, naming what cannot be understood and the nearest thing that can.
 */
export function parseArguments(
  argv: readonly string[],
  { command, options, elsewhere = [], variable = () => undefined }: Whose,
): Parsed {
  const known = options.map(({ name }) => name);
  const flags = options.flatMap(({ name, value }) => value === undefined ? [name] : []);
  const lists = options.flatMap(({ name, repeatable = false }) => repeatable ? [name] : []);
  const text = known.filter((name) => !flags.includes(name) && !lists.includes(name));
  const aliases = aliasesOf(options);
  for (const arg of argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length)) {
    const [, flag = "", value] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (value !== undefined && flags.includes(flag) && value !== "true" && value !== "false") {
      throw usage(`Option "--${flag}" takes no value`, `Write --${flag} or leave it out`);
    }
  }
  const result: Record<string, unknown> = parseArgs(withDashedValues(argv, [...text, ...lists], aliases), {
    // "_": a pack whose name reads as a number keeps its name.
    string: [...text, ...lists, "_"],
    collect: [...lists],
    boolean: [...flags],
    alias: Object.fromEntries(aliases),
    unknown(arg: string, key: string | undefined) {
      if (key === undefined) return true;
      const option = arg.split("=", 1)[0]!;
      if (elsewhere.includes(option.slice(2))) {
        throw usage(
          `Option "${option}" is none of "${command}"`,
          `greentic-runner help ${command} tells its options`,
        );
      }
      throw usage(`Option "${option}" is unknown`, nearest(option, known.map((name) => `--${name}`)));
    },
  });
  const texts = Object.fromEntries(text.map((key) => [key, lastText(result[key])]));
  const listed = Object.fromEntries(lists.map((key) => [key, (result[key] ?? []) as string[]]));
  for (const [key, value] of [...Object.entries(texts), ...Object.entries(listed)]) {
    if (value === "" || Array.isArray(value) && value.includes("")) {
      throw usage(`Option "--${key}" has no value`);
    }
  }
  for (const { name, variable: from } of options) {
    if (from !== undefined && texts[name] === undefined) texts[name] = variable(from) || undefined;
  }
  return {
    text: texts,
    lists: listed,
    flags: Object.fromEntries(flags.map((key) => [key, result[key] === true])),
    positional: (result._ as unknown[]).map(String),
  };
}

/** Other names of options, and which those are. */
function aliasesOf(options: readonly Option[]): ReadonlyMap<string, string> {
  return new Map(
    options.flatMap(({ name, letter, also = [] }) =>
      [...also, ...(letter === undefined ? [] : [letter])].map((alias) => [alias, name] as const)
    ),
  );
}

/** The arguments with values such as `-` and `-5`, which the parser would take for options, joined to their options. */
function withDashedValues(
  argv: readonly string[],
  valued: readonly string[],
  aliases: ReadonlyMap<string, string>,
): string[] {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const result: string[] = [];
  for (let at = 0; at < end; at++) {
    const arg = argv[at]!, next = argv[at + 1];
    const name = /^--?/.test(arg) ? arg.replace(/^--?/, "") : "";
    const option = aliases.get(name) ?? name;
    if (at + 1 < end && next !== undefined && /^-(?:[0-9].*)?$/.test(next) && valued.includes(option)) {
      result.push(`${arg}=${next}`);
      at++;
    } else {
      result.push(arg);
    }
  }
  return [...result, ...argv.slice(end)];
}

/** An option that is given twice counts as given last. */
function lastText(value: unknown): string | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === "string" ? last : undefined;
}

/** The error for a command line that cannot be understood. */
export function usage(message: string, hint: string = SEE_HELP): RunnerError {
  return new RunnerError("usage", message, { hint });
}

/** The known word nearest to a wrong one, as a hint; `otherwise` when none is near. */
export function nearest(word: string, known: readonly string[], otherwise: string = SEE_HELP): string {
  const [best] = known.map((name) => ({ name, distance: distance(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  // A third of the letters may be wrong; more would make any short word resemble any other.
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3))
    ? `Did you mean ${best.name}?`
    : otherwise;
}

/** How many letters have to be put in, left out, replaced or swapped with their neighbour to make one word another. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? rows[i - 2]![j - 2]! + 1 : Infinity,
      ));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
