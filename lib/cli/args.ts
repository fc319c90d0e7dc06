/**
 * Turns the command line into a command: a union that the rest of the CLI switches over. Never reads a file,
 * never touches the environment, and knows no default of the library.
 */

import { parseArgs } from "@std/cli/parse-args";
import { RunnerError } from "../base/errors.ts";
import { LIMIT_FLAGS, type LimitName, type Limits } from "../base/limits.ts";
import type { RunOptions } from "../options.ts";

/** Where the run's input comes from. */
export type InputSource =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "stdin" };

/** `run PACK`. */
export interface RunCommand {
  readonly name: "run";
  readonly pack: string;
  readonly input: InputSource | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly failOnWait: boolean;
  readonly options: RunOptions;
}

/** `inspect PACK`. */
export interface InspectCommand {
  readonly name: "inspect";
  readonly pack: string;
  readonly json: boolean;
  readonly options: RunOptions;
}

/** What the command line asks for. */
export type Command =
  | RunCommand
  | InspectCommand
  | { readonly name: "help"; readonly topic: string | null }
  | { readonly name: "version" };

/** What to do when nothing nearer is known. */
const SEE_HELP = "See --help";

/** Commands that take a pack. */
export const COMMANDS = ["run", "inspect"] as const;

const ALIASES: Readonly<Record<string, string>> = {
  entry: "flow",
  artifacts: "artifacts-dir",
  p: "pack",
  h: "help",
};

const COMMON_TEXT = [
  "pack",
  "policy",
  "cache-dir",
  "max-archive-mb",
  "max-entry-mb",
  "max-entries",
  "max-ratio",
];
const COMMON_LIST = ["trust"];
const COMMON_FLAGS = ["json", "help", "strict-signing", "no-cache"];
const RUN_TEXT = [
  "flow",
  "input",
  "input-file",
  "artifacts-dir",
  "tenant",
  "team",
  "user",
  "session",
  ...Object.values(LIMIT_FLAGS).map((flag) => flag.slice(2)),
];
const RUN_LIST = ["secret"];
const RUN_FLAGS = ["quiet", "fail-on-wait", "lenient-templates"];

/** Flags whose number counts in a larger unit than the limit does. */
const UNITS: Readonly<Record<string, number>> = { mb: 1024 * 1024, kb: 1024 };

interface Parsed {
  readonly text: Readonly<Record<string, string | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly positional: readonly string[];
}

/**
 * Understands a command line.
 *
 * @throws {RunnerError} `usage`, naming what cannot be understood and the nearest thing that can.
 */
export function parseCommand(argv: readonly string[]): Command {
  const [first] = argv;
  if (first === undefined || first === "help") return { name: "help", topic: argv[1] ?? null };
  if (first === "--help" || first === "-h") return { name: "help", topic: null };
  if (first === "--version" || first === "-V") return { name: "version" };
  if (first === "inspect") return inspectCommand(parse(argv.slice(1), "inspect"));
  if (first === "run") return runCommand(parse(argv.slice(1), "run"));
  // A path in the place of a command is a pack to run.
  if (/[./\\]/.test(first) || first.startsWith("-")) return runCommand(parse(argv, "run"));
  const hint = nearest(first, COMMANDS);
  throw usage(
    `Command "${first}" is unknown`,
    hint === SEE_HELP ? `To run a pack of that name: run ${first}` : hint,
  );
}

function parse(argv: readonly string[], name: "run" | "inspect"): Parsed {
  const run = name === "run";
  const text = [...COMMON_TEXT, ...(run ? RUN_TEXT : [])];
  const lists = [...COMMON_LIST, ...(run ? RUN_LIST : [])];
  const flags = [...COMMON_FLAGS, ...(run ? RUN_FLAGS : [])];
  const known = [...text, ...lists, ...flags];
  const result: Record<string, unknown> = parseArgs(withDashedValues(argv, [...text, ...lists]), {
    // "_": a pack whose name reads as a number keeps its name.
    string: [...text, ...lists, "_"],
    collect: lists,
    boolean: flags,
    // An alias of an option that this command does not have would make the option known.
    alias: Object.fromEntries(Object.entries(ALIASES).filter(([, option]) => known.includes(option))),
    unknown(arg: string, key: string | undefined) {
      if (key === undefined) return true;
      const option = arg.split("=", 1)[0]!;
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
  return {
    text: texts,
    lists: listed,
    flags: Object.fromEntries(flags.map((key) => [key, result[key] === true])),
    positional: (result._ as unknown[]).map(String),
  };
}

/** The arguments with values such as `-` and `-5`, which the parser would take for options, joined to their options. */
function withDashedValues(argv: readonly string[], valued: readonly string[]): string[] {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const result: string[] = [];
  for (let at = 0; at < end; at++) {
    const arg = argv[at]!, next = argv[at + 1];
    const name = arg.startsWith("--") ? arg.slice(2) : "";
    const option = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
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

function runCommand(parsed: Parsed): Command {
  const { text, lists, flags } = parsed;
  if (flags.help) return { name: "help", topic: "run" };
  // First of all: a message about anything else might repeat a value that was meant for a secret.
  const secrets = secretsOf(lists.secret!);
  return {
    name: "run",
    pack: packOf(parsed),
    input: inputOf(text),
    json: flags.json!,
    quiet: flags.quiet!,
    failOnWait: flags["fail-on-wait"]!,
    options: defined({
      ...commonOptions(parsed),
      entryFlow: text.flow,
      artifactsDir: text["artifacts-dir"],
      ctx: defined({ tenantId: text.tenant, teamId: text.team, userId: text.user, sessionId: text.session }),
      templates: flags["lenient-templates"] ? "lenient" : undefined,
      mocks: lists.secret!.length === 0 ? undefined : { secrets: { map: secrets } },
    }),
  };
}

function inspectCommand(parsed: Parsed): Command {
  if (parsed.flags.help) return { name: "help", topic: "inspect" };
  return { name: "inspect", pack: packOf(parsed), json: parsed.flags.json!, options: commonOptions(parsed) };
}

function commonOptions({ text, lists, flags }: Parsed): RunOptions {
  if (text.policy !== undefined && text.policy !== "strict" && text.policy !== "devok") {
    throw usage(`Option "--policy" is "${text.policy}"`, `Use --policy strict or --policy devok`);
  }
  return defined({
    signing: flags["strict-signing"] ? "strict" : text.policy,
    trust: lists.trust!.length === 0 ? undefined : lists.trust,
    cacheDir: flags["no-cache"] ? null : text["cache-dir"],
    limits: limitsOf(text),
  });
}

function packOf({ positional, text }: Parsed): string {
  const packs = text.pack === undefined ? positional : [text.pack, ...positional];
  if (packs.length === 0 || packs[0] === "") {
    throw usage("No pack is named", "Name one: greentic-runner run my.gtpack");
  }
  if (packs.length > 1) {
    throw usage(`Argument "${packs[1]}" is one too many`, "Name one pack; quote an input that has spaces");
  }
  return packs[0]!;
}

function inputOf(text: Parsed["text"]): InputSource | null {
  const { input, "input-file": file } = text;
  if (input !== undefined && file !== undefined) {
    throw usage("Both --input and --input-file are given", "Give one of them");
  }
  if (file !== undefined) return file === "-" ? { kind: "stdin" } : { kind: "file", path: file };
  if (input === undefined) return null;
  if (input === "-") return { kind: "stdin" };
  if (input === "@") throw usage('Option "--input" names no file', "Write --input @FILE");
  return input.startsWith("@") ? { kind: "file", path: input.slice(1) } : { kind: "text", text: input };
}

function limitsOf(text: Parsed["text"]): Partial<Limits> | undefined {
  const limits: Partial<Record<LimitName, number>> = {};
  for (const [name, flag] of Object.entries(LIMIT_FLAGS) as [LimitName, string][]) {
    const value = text[flag.slice(2)];
    if (value === undefined) continue;
    if (!/^[0-9]{1,12}$/.test(value) || Number(value) === 0) {
      throw usage(`Option "${flag}" is "${value}"`, `Give a whole number from 1: ${flag} 1000`);
    }
    limits[name] = Number(value) * (UNITS[flag.slice(flag.lastIndexOf("-") + 1)] ?? 1);
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function secretsOf(items: readonly string[]): Record<string, string> {
  return Object.fromEntries(items.map((item) => {
    const at = item.indexOf("=");
    // The value is not repeated in the message: it may be a secret without its name.
    if (at < 1) throw usage('Option "--secret" has no name', "Write --secret NAME=VALUE");
    return [item.slice(0, at), item.slice(at + 1)];
  }));
}

/** An object without the members that are undefined. */
function defined<T extends object>(options: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function usage(message: string, hint?: string): RunnerError {
  return new RunnerError("usage", message, { hint: hint ?? SEE_HELP });
}

/** The known word nearest to a wrong one, as a hint. */
function nearest(word: string, known: readonly string[]): string {
  const [best] = known.map((name) => ({ name, distance: distance(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  // A third of the letters may be wrong; more would make any short word resemble any other.
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3))
    ? `Did you mean ${best.name}?`
    : SEE_HELP;
}

/** Levenshtein's distance between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
