/**
 * Turns the command line into a command: a union that the rest of the command line switches over. Never reads a
 * file, and knows no default of the library.
 *
 * One table of commands and options; that is why it is longer than other files.
 */

import { LIMIT_FLAGS, type LimitName, type Limits } from "../base/limits.ts";
import type { BuildOptions } from "../build.ts";
import type { ComponentsOptions, RunOptions } from "../options.ts";
import { nearest, type OptionTable, parseArguments, type Parsed, SEE_HELP, usage } from "./args.ts";

/** Where the run's input comes from. */
export type InputSource =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "stdin" };

/** `run PACK`. */
export interface RunCommand {
  readonly name: "run";
  /** A path, or `-` for standard input. */
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
  /** The flow to draw; null to tell everything in words. */
  readonly mermaid: string | null;
  readonly options: RunOptions;
}

/** `verify PACK`. */
export interface VerifyCommand {
  readonly name: "verify";
  readonly pack: string;
  readonly json: boolean;
  readonly options: RunOptions;
}

/** `build DIR`. */
export interface BuildCommand {
  readonly name: "build";
  readonly folder: string;
  readonly out: string | null;
  readonly json: boolean;
  readonly options: BuildOptions;
}

/** `sign PACK`. */
export interface SignCommand {
  readonly name: "sign";
  readonly pack: string;
  readonly out: string | null;
  readonly key: string;
  readonly date: string | null;
  readonly json: boolean;
  readonly limits: Partial<Limits>;
}

/** `keygen`. */
export interface KeygenCommand {
  readonly name: "keygen";
  readonly out: string;
  readonly json: boolean;
}

/** What the command line asks for. */
export type Command =
  | RunCommand
  | InspectCommand
  | VerifyCommand
  | BuildCommand
  | SignCommand
  | KeygenCommand
  | { readonly name: "help"; readonly topic: string | null }
  | { readonly name: "version" };

const ARCHIVE_LIMITS = ["max-archive-mb", "max-entry-mb", "max-document-mb", "max-entries", "max-ratio"];

/** What every command knows that opens a pack. */
const OPENING: OptionTable = {
  text: ["pack", "policy", "components-dir", "lock", "cache-dir", ...ARCHIVE_LIMITS],
  lists: ["trust", "components-map"],
  flags: ["json", "help", "strict-signing", "no-cache", "allow-missing-hash"],
};

const RUNNING: OptionTable = {
  text: [
    ...OPENING.text,
    ...["flow", "op", "input", "input-file", "artifacts-dir", "tenant", "team", "user", "session"],
    ...Object.values(LIMIT_FLAGS).map((flag) => flag.slice(2)).filter((flag) =>
      !ARCHIVE_LIMITS.includes(flag)
    ),
  ],
  lists: [...OPENING.lists, "secret"],
  flags: [...OPENING.flags, "quiet", "fail-on-wait", "lenient-templates"],
};

type CommandName = Exclude<Command["name"], "help" | "version">;

/** Each command with its options and what makes a command of them. */
const COMMANDS: Readonly<Record<CommandName, [OptionTable, (parsed: Parsed) => Command]>> = {
  run: [RUNNING, runCommand],
  inspect: [{ ...OPENING, text: [...OPENING.text, "mermaid"] }, inspectCommand],
  verify: [OPENING, (parsed) => ({ name: "verify", ...packAndOptions(parsed) })],
  build: [
    {
      text: ["out", "layout", "sign", "date", ...ARCHIVE_LIMITS],
      lists: [],
      flags: ["dev-sign", "json", "help"],
    },
    buildCommand,
  ],
  sign: [
    {
      text: ["out", "key", "date", "pack", ...ARCHIVE_LIMITS],
      lists: [],
      flags: ["dev-sign", "json", "help"],
    },
    signCommand,
  ],
  keygen: [{ text: ["out"], lists: [], flags: ["json", "help"] }, keygenCommand],
};

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

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
  if (Object.hasOwn(COMMANDS, first)) return parseNamed(first as CommandName, argv.slice(1));
  // A path in the place of a command is a pack to run.
  if (/[./\\]/.test(first) || first.startsWith("-")) return parseNamed("run", argv);
  const hint = nearest(first, COMMAND_NAMES);
  throw usage(
    `Command "${first}" is unknown`,
    hint === SEE_HELP ? `To run a pack of that name: run ${first}` : hint,
  );
}

function parseNamed(name: CommandName, argv: readonly string[]): Command {
  const [table, make] = COMMANDS[name];
  const parsed = parseArguments(argv, table);
  return parsed.flags.help ? { name: "help", topic: name } : make(parsed);
}

function runCommand(parsed: Parsed): Command {
  const { text, lists, flags } = parsed;
  // First of all: a message about anything else might repeat a value that was meant for a secret.
  const secrets = secretsOf(lists.secret!);
  const pack = positional(parsed, "pack");
  const input = inputOf(text);
  if (pack === "-" && input?.kind === "stdin") {
    throw usage("Pack and input cannot both come from standard input", "Write --input @FILE");
  }
  return {
    name: "run",
    pack,
    input,
    json: flags.json!,
    quiet: flags.quiet!,
    failOnWait: flags["fail-on-wait"]!,
    options: defined({
      ...openingOptions(parsed),
      entryFlow: text.flow,
      operation: text.op,
      artifactsDir: text["artifacts-dir"],
      ctx: defined({ tenantId: text.tenant, teamId: text.team, userId: text.user, sessionId: text.session }),
      templates: flags["lenient-templates"] ? "lenient" : undefined,
      mocks: lists.secret!.length === 0 ? undefined : { secrets: { map: secrets } },
    }),
  };
}

function inspectCommand(parsed: Parsed): Command {
  const mermaid = parsed.text.mermaid ?? null;
  if (mermaid !== null && parsed.flags.json) {
    throw usage("Both --mermaid and --json are given", "Give one of them");
  }
  return { name: "inspect", ...packAndOptions(parsed), mermaid };
}

function packAndOptions(parsed: Parsed): { pack: string; json: boolean; options: RunOptions } {
  return {
    pack: positional(parsed, "pack"),
    json: parsed.flags.json!,
    options: openingOptions(parsed),
  };
}

function buildCommand(parsed: Parsed): Command {
  const { text, flags } = parsed;
  if (text.layout !== undefined && text.layout !== "legacy" && text.layout !== "new") {
    throw usage(`Option "--layout" is "${text.layout}"`, "Use --layout new or --layout legacy");
  }
  return {
    name: "build",
    folder: positional(parsed, "folder").replace(/(?<=.)[\\/]+$/, ""),
    out: text.out ?? null,
    json: flags.json!,
    options: defined({
      layout: text.layout,
      date: text.date,
      signing: keyOf(text.sign, flags["dev-sign"]!, "--sign"),
      limits: limitsOf(text),
    }),
  };
}

function signCommand(parsed: Parsed): Command {
  const { text, flags } = parsed;
  const pack = positional(parsed, "pack");
  const key = keyOf(text.key, flags["dev-sign"]!, "--key");
  if (key === undefined) {
    throw usage("No key is named", "Make one with keygen and add --key FILE, or add --dev-sign");
  }
  if (pack === "-" && text.out === undefined) {
    throw usage("A pack from standard input needs a file to be written to", "Add -o FILE");
  }
  return {
    name: "sign",
    pack,
    out: text.out ?? null,
    key,
    date: text.date ?? null,
    json: flags.json!,
    limits: limitsOf(text) ?? {},
  };
}

function keyOf(file: string | undefined, dev: boolean, option: string): string | undefined {
  if (file !== undefined && dev) throw usage(`Both ${option} and --dev-sign are given`, "Give one of them");
  return dev ? "dev" : file === "dev" ? "./dev" : file;
}

function keygenCommand(parsed: Parsed): Command {
  const { text, positional } = parsed;
  const files = text.out === undefined ? positional : [text.out, ...positional];
  if (files.length > 1) throw usage(`Argument "${files[1]}" is one too many`, "Name one file");
  if (files[0] === undefined) throw usage("No file is named", "Name one: greentic-runner keygen -o my.key");
  return { name: "keygen", out: files[0], json: parsed.flags.json! };
}

function openingOptions({ text, lists, flags }: Parsed): RunOptions {
  if (text.policy !== undefined && text.policy !== "strict" && text.policy !== "devok") {
    throw usage(`Option "--policy" is "${text.policy}"`, `Use --policy strict or --policy devok`);
  }
  const components: ComponentsOptions = defined({
    map: mapOf(lists["components-map"]!),
    dir: text["components-dir"],
    lock: text.lock,
    allowMissingHash: flags["allow-missing-hash"] ? true : undefined,
  });
  return defined({
    signing: flags["strict-signing"] ? "strict" : text.policy,
    trust: lists.trust!.length === 0 ? undefined : lists.trust,
    components: Object.keys(components).length === 0 ? undefined : components,
    cacheDir: flags["no-cache"] ? null : text["cache-dir"],
    limits: limitsOf(text),
  });
}

/** A file that maps components, or pairs of a component and its file. */
function mapOf(items: readonly string[]): ComponentsOptions["map"] | undefined {
  if (items.length === 0) return undefined;
  const pairs = items.map((item) => /^([A-Za-z0-9._-]+)=(.+)$/.exec(item));
  if (items.length === 1 && pairs[0] === null) return items[0];
  return Object.fromEntries(pairs.map((pair, i) => {
    if (pair !== null) return [pair[1]!, pair[2]!];
    throw usage(
      `Option "--components-map" is "${items[i]}" beside others`,
      "Give one file, or ID=FILE each time",
    );
  }));
}

function positional({ positional, text }: Parsed, what: "pack" | "folder"): string {
  const named = text.pack === undefined ? positional : [text.pack, ...positional];
  if (named.length === 0 || named[0] === "") {
    const example = what === "pack" ? "run my.gtpack" : "build my-pack";
    throw usage(`No ${what} is named`, `Name one: greentic-runner ${example}`);
  }
  if (named.length > 1) {
    throw usage(`Argument "${named[1]}" is one too many`, `Name one ${what}; quote an input that has spaces`);
  }
  return named[0]!;
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

/** Flags whose number counts in a larger unit than the limit does. */
const UNITS: Readonly<Record<string, number>> = { mb: 1024 * 1024, kb: 1024 };

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
