/**
 * Turns the command line into a command: a union that the rest of the command line switches over. Never reads a
 * file, and knows no default of the library.
 *
 * One type and one function for each command; that is why it is longer than other files.
 */

import type { Limits } from "../base/limits.ts";
import { withoutTrailingSlash } from "../base/paths.ts";
import type { BuildOptions } from "../build.ts";
import type { RunOptions } from "../options.ts";
import type { ReplayOptions } from "../replay.ts";
import type { ResumeOptions } from "../resumption.ts";
import { nearest, parseArguments, type Parsed, usage, type Whose } from "./args.ts";
import { type CacheCommand, cacheCommand } from "./cache_args.ts";
import { COMMAND_NAMES, type CommandName, isCommandName, optionsOfCommand } from "./commands.ts";
import { openingOptions, positional, runArgument } from "./opening.ts";
import { isShell, type Shell, SHELLS } from "./completions.ts";
import { diffCommand, reportCommand } from "./record_args.ts";
import type { DiffCommand } from "./diff_command.ts";
import { permissionsCommand } from "./permissions_args.ts";
import type { PermissionsCommand } from "./permissions_command.ts";
import type { ReportCommand } from "./report_command.ts";
import { checkStdin, isVerbose, type RunningCommand, runningCommand, runningOptions } from "./running.ts";
import { defined, fileOf, limitsOf, secretsOf } from "./values.ts";

/** `run PACK`. */
export interface RunCommand extends RunningCommand {
  readonly name: "run";
  /** A path, or `-` for standard input. */
  readonly pack: string;
  /** Whether to run again whenever something that is read changes. */
  readonly watch: boolean;
  readonly options: RunOptions;
}

/** `doctor PACK`: the run that is to be examined. */
export interface DoctorCommand extends Omit<RunCommand, "name" | "watch"> {
  readonly name: "doctor";
}

/** `resume RUN_DIR`. */
export interface ResumeCommand extends RunningCommand {
  readonly name: "resume";
  /** The run directory of the run that waited, or a snapshot file. */
  readonly run: string;
  /** The pack, when it is not where it was. */
  readonly pack: string | null;
  readonly options: ResumeOptions;
}

/** `replay RUN_DIR`. */
export interface ReplayCommand {
  readonly name: "replay";
  /** The run directory of the recorded run. */
  readonly run: string;
  /** The pack, when it is not where it was or another is to be tried. */
  readonly pack: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether everything is told that is heard of the replay. */
  readonly verbose: boolean;
  readonly options: ReplayOptions;
}

/** `lint PACK`. */
export interface LintCommand {
  readonly name: "lint";
  readonly pack: string;
  readonly json: boolean;
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

/** `har DIR`. */
export interface HarCommand {
  readonly name: "har";
  /** The folder of recordings. */
  readonly folder: string;
  /** The file to write; null for standard output. */
  readonly out: string | null;
}

/** `keygen`. */
export interface KeygenCommand {
  readonly name: "keygen";
  readonly out: string;
  readonly json: boolean;
}

/** `completions SHELL`. */
export interface CompletionsCommand {
  readonly name: "completions";
  readonly shell: Shell;
}

/** What the command line asks for. */
export type Command =
  | PermissionsCommand
  | RunCommand
  | DoctorCommand
  | ResumeCommand
  | ReplayCommand
  | DiffCommand
  | ReportCommand
  | LintCommand
  | InspectCommand
  | VerifyCommand
  | BuildCommand
  | SignCommand
  | KeygenCommand
  | HarCommand
  | CacheCommand
  | CompletionsCommand
  | { readonly name: "help"; readonly topic: string | null }
  | { readonly name: "version" };

/** What makes a command of its arguments. */
const MAKERS: Readonly<Record<CommandName, (parsed: Parsed) => Command>> = {
  run: runCommand,
  doctor: (parsed) => ({ name: "doctor", ...runToStart(parsed, "doctor") }),
  permissions: permissionsCommand,
  resume: resumeCommand,
  replay: replayCommand,
  diff: diffCommand,
  report: reportCommand,
  lint: (parsed) => ({ name: "lint", ...packAndOptions(parsed, "lint") }),
  inspect: inspectCommand,
  verify: (parsed) => ({ name: "verify", ...packAndOptions(parsed, "verify") }),
  build: buildCommand,
  sign: signCommand,
  cache: cacheCommand,
  har: harCommand,
  keygen: keygenCommand,
  completions: completionsCommand,
  help: helpCommand,
};

/**
 * Understands a command line.
 *
 * @param variable Gives the variables of the environment that count for options which are not given. @default none
 * @throws {RunnerError} `usage`, naming what cannot be understood and the nearest thing that can.
 */
export function parseCommand(argv: readonly string[], variable?: Whose["variable"]): Command {
  const [first] = argv;
  if (first === undefined || first === "--help" || first === "-h") return { name: "help", topic: null };
  if (first === "--version" || first === "-V") return { name: "version" };
  if (isCommandName(first)) return parseNamed(first, argv.slice(1), variable);
  // A path in the place of a command is a pack to run.
  if (/[./\\]/.test(first) || first.startsWith("-")) return parseNamed("run", argv, variable);
  throw usage(
    `Command "${first}" is unknown`,
    nearest(first, [...COMMAND_NAMES, "--version"], `To run a pack of that name: run ${first}`),
  );
}

function parseNamed(name: CommandName, argv: readonly string[], variable: Whose["variable"]): Command {
  const elsewhere = COMMAND_NAMES.flatMap(optionsOfCommand).map((option) => option.name);
  const options = optionsOfCommand(name);
  // A plan holds for a process that may not read the environment.
  const read = name === "permissions" ? undefined : variable;
  const parsed = parseArguments(argv, { command: name, options, elsewhere, variable: read });
  return parsed.flags.help ? { name: "help", topic: name } : MAKERS[name](parsed);
}

/** A run, or with `--explain` what it would be. */
function runCommand(parsed: Parsed): Command {
  const { watch, explain } = parsed.flags;
  const run = runToStart(parsed, "run");
  if (!explain) return { name: "run", watch: watch!, ...run };
  if (watch) throw usage("Both --watch and --explain are given", "Give one of them");
  return { name: "doctor", ...run };
}

/** A run as its command line describes it. */
function runToStart(parsed: Parsed, command: "run" | "doctor"): Omit<DoctorCommand, "name"> {
  const { options, ...elsewhere } = runningOptions(parsed);
  const pack = positional(parsed, "pack", command);
  const running = runningCommand(parsed);
  checkStdin(pack, running);
  if (elsewhere.offline && /^https?:/i.test(pack)) {
    throw usage("A pack is to be fetched, and --offline is given", "Leave --offline out, or name a file");
  }
  return { pack, ...running, ...elsewhere, options };
}

function resumeCommand(parsed: Parsed): Command {
  const { options, ...elsewhere } = runningOptions(parsed);
  const { text, flags } = parsed;
  const run = runArgument(parsed, "resume", "Name one run");
  const running = runningCommand(parsed);
  const pack = text.pack ?? null;
  if (running.input === null) {
    throw usage("The answer is missing", `Add --input '{"name":"Ada"}'`);
  }
  checkStdin(null, running);
  if (pack === "-") throw usage("A run is resumed with a pack that is a file", "Write --pack FILE");
  return {
    name: "resume",
    run,
    pack,
    ...running,
    ...elsewhere,
    options: defined({ ...options, allowPackChange: flags["allow-pack-change"] ? true : undefined }),
  };
}

function replayCommand(parsed: Parsed): Command {
  const { text, lists, flags } = parsed;
  const secrets = lists.secret!.length === 0 ? undefined : secretsOf(lists.secret!);
  const run = runArgument(parsed, "replay", "Name one run; write --pack PACK for a pack");
  const { components, signing, trust, cacheDir, limits } = openingOptions(parsed);
  return {
    name: "replay",
    run,
    pack: text.pack ?? null,
    json: flags.json!,
    quiet: flags.quiet!,
    verbose: isVerbose(flags),
    options: defined({
      ...{ components, signing, trust, cacheDir, limits, secrets },
      artifactsDir: text["artifacts-dir"],
    }),
  };
}

function inspectCommand(parsed: Parsed): Command {
  const mermaid = parsed.text.mermaid ?? null;
  if (mermaid !== null && parsed.flags.json) {
    throw usage("Both --mermaid and --json are given", "Give one of them");
  }
  return { name: "inspect", ...packAndOptions(parsed, "inspect"), mermaid };
}

function packAndOptions(
  parsed: Parsed,
  command: "inspect" | "lint" | "verify",
): { pack: string; json: boolean; options: RunOptions } {
  return {
    pack: positional(parsed, "pack", command),
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
    folder: withoutTrailingSlash(positional(parsed, "folder", "build")),
    out: fileOf(text.out, "my.gtpack"),
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
  const pack = positional(parsed, "pack", "sign");
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
    out: fileOf(text.out, "my.gtpack"),
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

function harCommand({ text, positional }: Parsed): Command {
  const [folder] = positional;
  if (folder === undefined || folder === "") {
    throw usage(
      "No folder is named",
      "Name that of the recordings: greentic-runner har .greentic/recordings",
    );
  }
  if (positional.length > 1) throw usage(`Argument "${positional[1]}" is one too many`, "Name one folder");
  return { name: "har", folder, out: fileOf(text.out, "requests.har") };
}

function keygenCommand(parsed: Parsed): Command {
  const { text, positional } = parsed;
  const files = text.out === undefined ? positional : [text.out, ...positional];
  if (files.length > 1) throw usage(`Argument "${files[1]}" is one too many`, "Name one file");
  if (files[0] === undefined) throw usage("No file is named", "Name one: greentic-runner keygen -o my.key");
  return { name: "keygen", out: fileOf(files[0], "my.key")!, json: parsed.flags.json! };
}

function completionsCommand({ positional }: Parsed): Command {
  const [shell, ...rest] = positional;
  if (rest.length > 0) throw usage(`Argument "${rest[0]}" is one too many`, "Name one shell");
  if (shell === undefined) throw usage("No shell is named", `Name one: ${SHELLS.join(", ")}`);
  if (!isShell(shell)) {
    throw usage(`Shell "${shell}" is unknown`, nearest(shell, SHELLS, `Name one of ${SHELLS.join(", ")}`));
  }
  return { name: "completions", shell };
}

function helpCommand({ positional: [topic, more] }: Parsed): Command {
  if (topic === undefined) return { name: "help", topic: null };
  if (!isCommandName(topic)) {
    const hint = nearest(topic, COMMAND_NAMES, "greentic-runner help tells all commands");
    throw usage(`Command "${topic}" is unknown`, hint);
  }
  if (more !== undefined) throw usage(`Argument "${more}" is one too many`, "Name one command");
  return { name: "help", topic };
}
