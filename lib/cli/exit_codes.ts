/** The exit codes of the command and what leads to each. Never ends the process: `cli.ts` does. */

import type { ErrorCode } from "../base/errors.ts";
import type { RunResult } from "../base/result.ts";

/** Exit codes by name. */
export const EXIT = {
  /** All went well. */
  ok: 0,
  /** The flow failed. */
  failed: 1,
  /** The command line or an option is wrong. */
  usage: 2,
  /** The pack was refused. */
  refused: 3,
  /** A permission, a secret or an import is missing. */
  preflight: 4,
  /** A limit was exceeded. */
  limit: 5,
  /** A replay differs from its recording, or asks for more than it has. */
  difference: 6,
  /** The flow waits for input, and `--fail-on-wait` was given. */
  waiting: 75,
  /** The run was interrupted. */
  interrupted: 130,
} as const;

/** Every exit code and what it says, in the order of their numbers. */
export const EXIT_CODES: readonly { readonly code: number; readonly meaning: string }[] = [
  {
    code: EXIT.ok,
    meaning: "all went well, or the flow took its failures itself (PartialFailure), or waits for input",
  },
  { code: EXIT.failed, meaning: "the flow failed, or its record could not be written" },
  {
    code: EXIT.usage,
    meaning: "the command line, an option, a key, a file of options or the input is wrong",
  },
  {
    code: EXIT.refused,
    meaning: "the pack was refused: format, digest, signature, a flow or component that cannot run",
  },
  { code: EXIT.preflight, meaning: "a Deno permission, a secret or an import of a component is missing" },
  { code: EXIT.limit, meaning: "a limit was exceeded, or the time ran out" },
  {
    code: EXIT.difference,
    meaning: "two runs differ, or a replay lacks what it asks for, or its recording has expired",
  },
  {
    code: 70,
    meaning: "Deno ended it: --isolation sandboxed without Deno's --unstable-worker-options",
  },
  { code: EXIT.waiting, meaning: "the flow waits for input, and --fail-on-wait was given" },
  { code: EXIT.interrupted, meaning: "the run was interrupted" },
];

/** Codes of failures that are limits, beside those that start with `limit.`. */
const LIMIT_CODES = ["node.timeout", "flow.max_steps", "flow.max_depth", "template.limit"];
const USAGE_CODES = [
  ...["usage", "option.invalid", "input.invalid", "flow.not_found", "flow.entrypoint"],
  ...["trust.invalid", "lock.invalid", "components.map", "components.dir", "key.invalid", "key.exists"],
  ...["recording.invalid", "secrets.invalid", "state.file", "mocks.invalid"],
];
const PREFLIGHT_CODES = ["permission.missing", "component.import_missing", "secret.missing"];
const DIFFERENCE_CODES = ["replay.miss", "replay.difference", "recording.expired"];
const REFUSED_REGEXP =
  /^(?:pack|manifest|verify|flow|build|yaml)\.|^artifacts\.read$|^component\.(?:not_component|invalid|world|unmetered)$/;

/** The exit code for an error that ended a command. */
export function exitCodeOfError(code: ErrorCode): number {
  if (PREFLIGHT_CODES.includes(code)) return EXIT.preflight;
  if (USAGE_CODES.includes(code)) return EXIT.usage;
  if (isLimit(code)) return EXIT.limit;
  if (DIFFERENCE_CODES.includes(code)) return EXIT.difference;
  if (code === "run.cancelled") return EXIT.interrupted;
  return REFUSED_REGEXP.test(code) ? EXIT.refused : EXIT.failed;
}

/** The exit code for a run that came to a result. */
export function exitCodeOfResult(result: RunResult, failOnWait: boolean): number {
  switch (result.status) {
    case "success":
    case "partial_failure":
      return EXIT.ok;
    case "waiting":
      return failOnWait ? EXIT.waiting : EXIT.ok;
    case "cancelled":
      return EXIT.interrupted;
    case "timed_out":
      return EXIT.limit;
    case "failure":
      if (result.error === null || result.error.reported === true) return EXIT.failed;
      if (isLimit(result.error.code)) return EXIT.limit;
      return DIFFERENCE_CODES.includes(result.error.code) ? EXIT.difference : EXIT.failed;
  }
}

function isLimit(code: string): boolean {
  return code.startsWith("limit.") || LIMIT_CODES.includes(code);
}
