/**
 * The options that commands share, in groups: a table, which is why it is longer than other files. Never says which
 * command has which.
 */

import { ARCHIVE_LIMITS, RUN_LIMITS } from "./limit_options.ts";
import type { Option, OptionGroup } from "./option.ts";

/** Every command has it. */
export const HELP: Option = { name: "help", letter: "h", text: "this help" };

/** Prints one document. */
const JSON_OUTPUT: Option = { name: "json", text: "print one JSON document on standard output" };

/** Leaves out the talk that is not needed. */
export const QUIET: Option = { name: "quiet", text: "no line per node; warnings and failures stay" };

/** Adds talk. */
export const VERBOSE: Option = {
  name: "verbose",
  text: "a line for every host call, log, verdict and prepared component as well",
};

/** The pack, for commands whose argument is one. */
export const PACK: Option = { name: "pack", letter: "p", value: "PACK", text: "the same as the argument" };

/** The flow that is asked for. */
export const FLOW: Option = {
  name: "flow",
  value: "ID",
  also: ["entry"],
  text: "flow to run (default: the pack's entry flow)",
};

/** Where prepared components are kept. */
export const CACHE_DIR: Option = {
  name: "cache-dir",
  value: "DIR",
  variable: "GREENTIC_CACHE_DIR",
  text: "where prepared components are kept (default .greentic/cache)",
};

/** Keeps no prepared components. */
export const NO_CACHE: Option = { name: "no-cache", text: "keep no prepared components" };

/** The run directory. */
export const ARTIFACTS_DIR: Option = {
  name: "artifacts-dir",
  value: "DIR",
  also: ["artifacts"],
  text: "run directory (default .greentic/runs/<time>_<id>)",
};

/** A secret. */
export const SECRET: Option = {
  name: "secret",
  value: "NAME=VALUE",
  repeatable: true,
  text: "a secret that components may read",
};

/** How a pack is opened. */
export const OPENING: OptionGroup = {
  title: "The pack, and what it must prove",
  options: [
    {
      name: "policy",
      value: "strict|devok",
      text:
        "strict wants a valid signature by a trusted key, devok (default) also takes packs that are unsigned or signed by an unknown key",
    },
    { name: "strict-signing", text: "the same as --policy strict" },
    {
      name: "trust",
      value: "KEY|FILE|DIR",
      repeatable: true,
      text:
        "whom to trust: an Ed25519 public key or its BLAKE3 fingerprint in hex, or PEM files of keys or certificates",
    },
    {
      name: "components-map",
      value: "ID=FILE",
      repeatable: true,
      text: "a file that takes the place of a component, or a JSON file of ids and files",
    },
    { name: "components-dir", value: "DIR", text: "a folder to search for components before the pack" },
    { name: "lock", value: "FILE", text: "a lock file whose digests the components must have" },
    { name: "allow-missing-hash", text: "take locks without the digests of bundled components" },
  ],
};

/** The limits of an archive. */
export const ARCHIVE: OptionGroup = { title: "Limits of the archive", options: ARCHIVE_LIMITS };

/** The limits of what runs. */
export const LIMITS: OptionGroup = { title: "Limits of the run", options: RUN_LIMITS };

/** Where a run begins. */
export const START: OptionGroup = {
  title: "What to run",
  options: [
    FLOW,
    { name: "entrypoint", value: "NAME", text: "named entrypoint of the flow to start at" },
    { name: "entry-node", value: "ID", text: "node to start at, whatever the flow says" },
    { name: "op", value: "NAME", also: ["operation"], text: "operation to call, when PACK is a component" },
  ],
};

/** What a run gets; `input` says what the input is. */
export function inputGroup(title: string, input: string): OptionGroup {
  return {
    title,
    options: [
      { name: "input", value: "JSON", text: `${input}; @FILE reads a file, - standard input` },
      { name: "input-file", value: "FILE", text: "the same from a file" },
      {
        name: "turns",
        value: "FILE",
        text: "answers to the waits that follow, a JSON list taken in order; - reads standard input",
      },
      {
        name: "parameter",
        value: "NAME=VALUE",
        also: ["param"],
        repeatable: true,
        text: "a parameter or variable of the flow",
      },
      { name: "lenient-templates", text: "values that do not exist print nothing instead of failing" },
      {
        name: "component-input",
        value: "auto|envelope",
        text: "envelope is for components that take the reference's envelope apart",
      },
    ],
  };
}

/** What guests see. */
export const GUESTS: OptionGroup = {
  title: "What components see of the world; nothing of it comes from this process",
  options: [
    {
      name: "guest-env",
      value: "NAME=VALUE",
      repeatable: true,
      text: "an environment variable of components",
    },
    {
      name: "guest-arg",
      value: "TEXT",
      repeatable: true,
      text: "an argument of components; one that begins with a dash is written --guest-arg=-v",
    },
    {
      name: "dir",
      value: "HOST::GUEST[:ro]",
      repeatable: true,
      text: "a folder, for reading only with :ro; the pack's assets are at /assets",
    },
    {
      name: "config",
      value: "NAME=VALUE",
      repeatable: true,
      text: "a value that components read as configuration; only its name is recorded",
    },
    {
      name: "mock-time",
      value: "TIME",
      text: "the time on the clocks of components, such as 2026-01-01T12:00:00Z",
    },
    { name: "seed", value: "TEXT", text: "makes the randomness of components the same in every run" },
    {
      name: "isolation",
      value: "worker|sandboxed",
      text:
        "sandboxed is a worker without any permission: start Deno with --unstable-worker-options for it, or Deno ends with 70",
    },
  ],
};

/** Who answers guests. */
export const HOST: OptionGroup = {
  title: "Who answers components, and with what",
  options: [
    {
      name: "allow",
      value: "ORIGIN",
      repeatable: true,
      text:
        "where components may send HTTP requests: https://api.example.com, http://127.0.0.1:8080; private addresses count only where they are named themselves",
    },
    SECRET,
    {
      name: "secrets",
      value: "FILE",
      repeatable: true,
      text: "secrets from a .env file, or from JSON or YAML",
    },
    {
      name: "secret-env",
      value: "NAME",
      repeatable: true,
      text: "a secret from this variable of the environment",
    },
    {
      name: "allow-missing-secrets",
      text: "begin although secrets are missing that the pack declares",
    },
    {
      name: "state",
      value: "FILE",
      text: "keep state in an SQLite file, which runs may share (default: in memory)",
    },
    {
      name: "state-set",
      value: "KEY=BASE64",
      repeatable: true,
      text: "state that is there before the run begins",
    },
    { name: "state-dump", text: "state.json tells all that is kept, not only what the run changed" },
    {
      name: "mocks",
      value: "MODE|FILE",
      repeatable: true,
      text:
        "HTTP from recordings: off, record, replay, record-replay (also on, auto), fail-on-miss, lockdown; or a file of mocks, such as mocks.yaml",
    },
    {
      name: "recordings",
      value: "DIR",
      text: "where recordings of HTTP requests are (default .greentic/recordings)",
    },
    {
      name: "otlp",
      value: "URL",
      text:
        "send a trace of the run to this OpenTelemetry collector; OTEL_EXPORTER_OTLP_ENDPOINT and TRACEPARENT count where they may be read",
    },
    {
      name: "offline",
      text: "reach no host: options that would are refused, and variables that name a collector do not count",
    },
    { name: "otlp-header", value: "NAME=TEXT", repeatable: true, text: "a header for the collector" },
  ],
};

/** For whom a run is. */
export const IDENTITY: OptionGroup = {
  title: "For whom",
  options: [
    { name: "tenant", value: "ID", text: "tenant (default local-dev)" },
    { name: "team", value: "ID", text: "team (default default)" },
    { name: "user", value: "ID", text: "user (default developer)" },
    { name: "session", value: "ID", text: "session (default: a new one)" },
    {
      name: "env",
      value: "NAME",
      variable: "GREENTIC_ENV",
      text: "environment that components see (default local)",
    },
  ],
};

/** What a run keeps. */
export const RECORD: OptionGroup = {
  title: "What is kept",
  options: [
    ARTIFACTS_DIR,
    { name: "record", text: "keep a tape of all that comes to components, for replay" },
    CACHE_DIR,
    NO_CACHE,
  ],
};

/** What a run prints. */
export const OUTPUT: OptionGroup = {
  title: "What is printed",
  options: [
    JSON_OUTPUT,
    QUIET,
    VERBOSE,
    { name: "fail-on-wait", text: "exit 75 when the flow waits for input" },
    HELP,
  ],
};

/** Options of a command of its own, beside `--json` and `--help`. */
export function ownGroup(...options: readonly Option[]): OptionGroup {
  return { title: "Options", options: [...options, JSON_OUTPUT, HELP] };
}
