/**
 * The commands: what each does, its options, an example. One table, which is why it is longer than other files; parsing,
 * help, completions and the reference come from it. Never reads a command line.
 */

import { DIFFERENCE_SUBJECTS } from "../record/value_difference.ts";
import { limitOption } from "./limit_options.ts";
import { type CommandText, type Option, optionsOf } from "./option.ts";
import {
  ARCHIVE,
  ARTIFACTS_DIR,
  CACHE_DIR,
  FLOW,
  GUESTS,
  HELP,
  HOST,
  IDENTITY,
  inputGroup,
  LIMITS,
  NO_CACHE,
  OPENING,
  OUTPUT,
  ownGroup,
  PACK,
  QUIET,
  RECORD,
  SECRET,
  START,
  VERBOSE,
} from "./option_groups.ts";

/** The names of all commands. */
export type CommandName =
  | "run"
  | "resume"
  | "replay"
  | "diff"
  | "report"
  | "lint"
  | "inspect"
  | "doctor"
  | "permissions"
  | "verify"
  | "build"
  | "sign"
  | "keygen"
  | "cache"
  | "har"
  | "completions"
  | "help";

const OTHER_PACK: Option = {
  ...PACK,
  text: "the pack, when it is not where it was",
};
const OUT: Option = { name: "out", letter: "o", value: "FILE", also: ["output"], text: "" };
const DATE: Option = { name: "date", value: "TIME", text: "" };

const WATCH: Option = {
  name: "watch",
  text: "run again whenever pack, input or another file that is read changes, until Ctrl-C",
};
const EXPLAIN: Option = {
  name: "explain",
  text: "tell what the run would be, where each value comes from and what would stop it; run nothing",
};

/** What is run, by whom, and what is kept, printed and allowed. */
const RUNNING = [GUESTS, HOST, IDENTITY, RECORD, OUTPUT, LIMITS, OPENING, ARCHIVE];
const RUN = [{ ...START, options: [PACK, ...START.options] }];

/** Every command, in the order in which they are told. */
export const COMMANDS: Readonly<Record<CommandName, CommandText>> = {
  run: {
    usage: ["run PACK [options]", "PACK [options]"],
    summary: "run a pack's flow",
    about:
      "Runs a flow of a pack. The result goes to standard output, a line per node to standard error, and the whole record to the run directory: run.json, transcript.jsonl, logs.",
    argument: "pack",
    groups: [
      { ...START, options: [PACK, ...START.options, WATCH, EXPLAIN] },
      inputGroup("Its input", "input of the flow (default {})"),
      ...RUNNING,
    ],
    examples: [`run my.gtpack --input '{"name":"Ada"}' --node-timeout 5000`],
  },
  resume: {
    usage: ["resume RUN_DIR --input JSON [options]"],
    summary: "answer a run that waits for input",
    about:
      "Goes on with a run that waits for input, in a run directory of its own. RUN_DIR is the run directory of the run that waited, or a snapshot file. Pack, policy, limits, identity, allowed hosts, mocks and what components see of the world are those of that run unless other ones are given. Values of secrets, --otlp and the run directory are not kept: give --secret again, and --artifacts-dir where the default will not do.",
    argument: "run",
    groups: [
      inputGroup("The answer", "what the flow gets as state.input"),
      {
        title: "What goes on",
        options: [
          OTHER_PACK,
          { name: "allow-pack-change", text: "go on although the pack has changed" },
          ...START.options.filter(({ name }) => name === FLOW.name),
        ],
      },
      ...RUNNING,
    ],
    examples: [`resume .greentic/runs/2026-01-01T12-00-00.000Z_3f2a1c --input '{"name":"Ada"}'`],
  },
  replay: {
    usage: ["replay RUN_DIR [options]"],
    summary: "run a recorded run again, and tell what differs",
    about:
      'Runs a run again whose run directory has a tape, from that alone: answers of the host, clocks and randomness are those of then, and nothing is reached beyond. Prints "same", or the first thing that the pack does otherwise, with node, call and field, and exits with 6. The pack may have changed: that is what a replay is for.',
    argument: "run",
    groups: [
      ownGroup(
        { ...PACK, text: "the pack to run (default: the one of then, as it is now)" },
        {
          ...SECRET,
          text: "a secret, for components that look at what it is; others get made-up values",
        },
        ARTIFACTS_DIR,
        CACHE_DIR,
        NO_CACHE,
        { ...QUIET, text: "no summary of the run" },
        VERBOSE,
      ),
      LIMITS,
      OPENING,
      ARCHIVE,
    ],
    examples: ["replay .greentic/runs/2026-01-01T12-00-00.000Z_3f2a1c --components-map greet=greet.wasm"],
  },
  diff: {
    usage: ["diff RUN_A RUN_B [options]"],
    summary: "tell in what two runs differ",
    about:
      "Tells in what two runs differ, from their run directories alone: pack and components, the path taken, inputs, outputs, failures and host calls of each node, and how their times compare. Times and ids that are made anew are no differences. Exit code 6 when there is one.",
    argument: "run",
    groups: [
      ownGroup(
        {
          name: "ignore",
          value: "SUBJECT",
          repeatable: true,
          text: `what does not count: ${DIFFERENCE_SUBJECTS.join(", ")}`,
        },
        { name: "most", value: "N", text: "differences listed, of all that are counted (default 1000)" },
      ),
    ],
    examples: ["diff .greentic/first .greentic/second --ignore pack --ignore component"],
  },
  report: {
    usage: ["report RUN_DIR [-o FILE]"],
    summary: "make a page that shows a run",
    about:
      "Makes one HTML file of a run directory, which opens from disk and reaches for nothing: what failed and what helps, the flow with the path taken, a timeline of nodes, attempts and host calls with what went in and came out, verification, logs. An older report is written over, and no other file.",
    argument: "run",
    groups: [ownGroup({ ...OUT, text: "the page (default RUN_DIR/report.html)" })],
    examples: ["report .greentic/runs/2026-01-01T12-00-00.000Z_3f2a1c -o run.html"],
  },
  lint: {
    usage: ["lint PACK [options]"],
    summary: "tell what is wrong with flows",
    about:
      "Tells everything that is wrong with the flows of a pack, of a folder of sources or of a flow file, without running any of it: documents, routes, kinds of nodes, names of components and flows, payloads, templates. Exit code 3 when there is an error among the findings.",
    argument: "pack",
    groups: [ownGroup(PACK, CACHE_DIR, NO_CACHE), OPENING, ARCHIVE],
    examples: ["lint my-pack --json"],
  },
  inspect: {
    usage: ["inspect PACK [options]"],
    summary: "tell what a pack contains",
    about:
      "Tells what a pack contains, without running any of it: identity, verification, flows with their nodes and routes, components with their worlds and imports, the secrets and hosts it asks for. A component without a pack is asked for its operations, with nothing granted to it.",
    argument: "pack",
    groups: [
      ownGroup(
        PACK,
        { name: "mermaid", value: "FLOW", text: "draw a flow as a Mermaid diagram instead" },
        {
          name: "node-timeout",
          value: "MS",
          text: "how long a component may take to tell its operations (default 5000)",
        },
        CACHE_DIR,
        NO_CACHE,
      ),
      OPENING,
      ARCHIVE,
    ],
    examples: ["inspect my.gtpack --mermaid main"],
  },
  doctor: {
    usage: ["doctor PACK [options of run]"],
    summary: "tell what would stop or hinder a run",
    about:
      "Tells what a run with the same options would be, where each value of it comes from, and what would stop or hinder it, without running any of it: verification, the flow that would run, components with their imports and worlds, secrets, hosts, state, folders, limits, Deno permissions, the cache. Each row of these has its severity, its subject, what was found, where, and the line that helps. Nothing is written, and no host is reached but one that the pack is fetched from. Exit code 4 when a run would be stopped, 3 when the pack is refused.",
    argument: "pack",
    groups: [...RUN, inputGroup("Its input", "input of the flow (default {})"), ...RUNNING],
    examples: ["doctor my.gtpack --flow main --secrets .env"],
  },
  permissions: {
    usage: ["permissions PACK [COMMAND]"],
    summary: "tell the least permissions of Deno that a command needs",
    about:
      "Tells the least permissions with which Deno has to be started for a command on a pack, as its manifest, its flow and the options ask for them: as one line to paste, as a named set for deno.json, and beside that what preparing its components once takes. Why each is needed goes to standard error, with the hosts that the pack names and no --allow does. Nothing is run, and nothing is read but the pack and files that options name for what else they say. For resume, replay and report PACK may be a run directory.",
    argument: "pack",
    groups: [
      {
        title: "What is planned",
        options: [
          {
            name: "for",
            value: "run|resume|replay|verify|inspect|lint|doctor|report|build|sign|cache-warmup",
            text: "the command (default run); also as the argument behind PACK",
          },
          { ...OUT, text: "the file that build, sign or report writes" },
          { name: "key", value: "FILE", text: "the private key that build or sign uses" },
        ],
      },
      ...RUN,
      inputGroup("Its input", "input of the flow (default {})"),
      ...RUNNING,
    ],
    examples: [
      "permissions my.gtpack --allow https://api.example.com",
      "permissions my.gtpack verify --trust keys/",
    ],
  },
  verify: {
    usage: ["verify PACK [options]"],
    summary: "tell what a pack proves",
    about:
      "Checks container, SBOM, signature, certificate, trust, manifest, and the digests of flows, components and their manifests. Prints a verdict for each. Exit code 3 when the policy refuses the pack.",
    argument: "pack",
    groups: [ownGroup(PACK, CACHE_DIR, NO_CACHE), OPENING, ARCHIVE],
    examples: ["verify my.gtpack --policy strict --trust keys/"],
  },
  build: {
    usage: ["build DIR [options]"],
    summary: "build a pack from a folder",
    about:
      "Builds a pack from a folder: pack.yaml, flows/*.ygtc (or .yaml, .json), components/<id>.wasm, assets/. In pack.yaml only pack_id and version are needed. Everything that is wrong is told at once, with file and line. The same folder gives the same bytes.",
    argument: "folder",
    groups: [
      ownGroup(
        { ...OUT, text: "the pack (default DIR/dist/<pack_id>.gtpack)" },
        { name: "layout", value: "new|legacy", text: "layout of its manifest (default new)" },
        { name: "sign", value: "FILE", text: "sign with this private key (PEM)" },
        { name: "dev-sign", text: "sign with a key that is made for this and thrown away" },
        { ...DATE, text: "date of the build and the signature (default 1980-01-01T00:00:00Z)" },
      ),
      ARCHIVE,
    ],
    examples: ["build my-pack -o my.gtpack --sign my.key"],
  },
  sign: {
    usage: ["sign PACK --key FILE [options]"],
    summary: "sign a pack",
    about:
      "Signs an archive, in place of any signature that it has. An archive that contradicts its SBOM is refused.",
    argument: "pack",
    groups: [
      ownGroup(
        PACK,
        { name: "key", value: "FILE", text: "the private key (PEM)" },
        { name: "dev-sign", text: "a key that is made for this and thrown away" },
        { ...OUT, text: "the signed archive (default: PACK itself)" },
        { ...DATE, text: "date of the signature (default: now)" },
      ),
      ARCHIVE,
    ],
    examples: ["sign my.gtpack --key my.key"],
  },
  keygen: {
    usage: ["keygen -o FILE"],
    summary: "make a key to sign with",
    about:
      "Makes an Ed25519 key: FILE is the private half (PKCS #8, PEM, for its owner only), FILE.pub the public half. Prints the fingerprint by which the key can be trusted. Never overwrites a file.",
    argument: null,
    groups: [ownGroup({ ...OUT, text: "the private key" })],
    examples: ["keygen -o my.key"],
  },
  cache: {
    usage: ["cache warmup PACK [options]", "cache doctor [options]", "cache prune [options]"],
    summary: "prepare components; also: cache doctor, cache prune",
    about:
      "warmup prepares the components that the flows of a pack can reach, so that its first run needs no transpiler, and so none of the permissions that the transpiler needs. doctor tells what is in the cache; exit code 1 when a file is damaged. prune removes what is of no use: damaged and outdated components, notes about components that are gone, what killed processes left.",
    argument: "pack",
    actions: ["warmup", "doctor", "prune"],
    groups: [
      ownGroup(CACHE_DIR),
      {
        title: "warmup",
        options: [
          PACK,
          { ...FLOW, text: "only what this flow can reach" },
          limitOption("maxMemoryBytes"),
          limitOption("maxTableElements"),
        ],
      },
      {
        title: "prune",
        options: [
          { name: "older-than", value: "DAYS", text: "prune also what was written longer ago" },
          { name: "all", text: "prune everything that the runner has put there" },
          { name: "dry-run", text: "only tell what would be pruned" },
        ],
      },
      OPENING,
      ARCHIVE,
    ],
    examples: ["cache warmup my.gtpack"],
  },
  har: {
    usage: ["har DIR [-o FILE]"],
    summary: "recordings of HTTP requests as an HTTP Archive",
    about:
      "Writes the recordings of HTTP requests in a folder as an HTTP Archive (HAR 1.2), which browsers and other tools show.",
    argument: "folder",
    groups: [{
      title: "Options",
      options: [{ ...OUT, text: "the archive (default: standard output)" }, HELP],
    }],
    examples: ["har .greentic/recordings -o requests.har"],
  },
  completions: {
    usage: ["completions SHELL"],
    summary: "completions for a shell",
    about:
      "Prints a script that completes commands, options and their values for greentic-runner, in the shell that is named: bash, zsh, fish or powershell.",
    argument: null,
    actions: ["bash", "zsh", "fish", "powershell"],
    groups: [{ title: "Options", options: [HELP] }],
    examples: [
      "completions bash > ~/.local/share/bash-completion/completions/greentic-runner",
      'completions zsh > "${fpath[1]}/_greentic-runner"',
      "completions fish > ~/.config/fish/completions/greentic-runner.fish",
      "completions powershell >> $PROFILE",
    ],
  },
  help: {
    usage: ["help [COMMAND]", "COMMAND --help"],
    summary: "this help, or that of a command",
    about: "Tells what a command does, and its options.",
    argument: "command",
    groups: [{ title: "Options", options: [HELP] }],
    examples: ["help run"],
  },
};

/** The names of all commands. */
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS) as CommandName[];

/** The options of a command. */
export function optionsOfCommand(name: CommandName): Option[] {
  return optionsOf(COMMANDS[name].groups);
}

/** Whether a word is the name of a command. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}
