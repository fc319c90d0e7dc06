/**
 * What an option and a command are, as the tables of both say it. From these come the parsing of a command line, its help,
 * completions for shells and the reference. Never reads a command line.
 */

/** One option. */
export interface Option {
  /** Its name, without dashes. */
  readonly name: string;
  /** What help writes for its value: `DIR`, or `strict|devok` for one of several words; undefined for none. */
  readonly value?: string;
  /** Whether each time that it is given counts; else the last does. */
  readonly repeatable?: boolean;
  /** A letter that stands for it: `o` for `-o`. */
  readonly letter?: string;
  /** Other names, as other tools for packs have them. */
  readonly also?: readonly string[];
  /** A variable of the environment that counts where the option is not given, if it may be read. */
  readonly variable?: string;
  /** What it does. */
  readonly text: string;
}

/** Options that belong together. */
export interface OptionGroup {
  /** What they are about, as a heading without its colon. */
  readonly title: string;
  /** The options, in the order of their help. */
  readonly options: readonly Option[];
}

/** What the argument of a command names, so that a shell can complete it. */
export type Argument = "pack" | "run" | "folder" | "command";

/** One command. */
export interface CommandText {
  /** What may follow the program's name, a line each. */
  readonly usage: readonly string[];
  /** What it does, in a few words. */
  readonly summary: string;
  /** What it does, in paragraphs. */
  readonly about: string;
  /** What its argument is; null where it has none. */
  readonly argument: Argument | null;
  /** Words that may be its first argument. @default none */
  readonly actions?: readonly string[];
  /** Its options. */
  readonly groups: readonly OptionGroup[];
  /** What may follow the program's name, for example. */
  readonly examples: readonly string[];
}

/** The words of which an option takes one; empty where it takes any value. */
export function wordsOf({ value = "" }: Option): string[] {
  return /^[a-z-]+(?:\|[a-z-]+)+$/.test(value) ? value.split("|") : [];
}

/** All options of some groups. */
export function optionsOf(groups: readonly OptionGroup[]): Option[] {
  return groups.flatMap(({ options }) => options);
}
