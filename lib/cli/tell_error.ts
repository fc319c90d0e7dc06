/** What ended a command, as lines for people or a document for programs, and as an exit code. */

import { messageOf, RunnerError } from "../base/errors.ts";
import { exitCodeOfError } from "./exit_codes.ts";
import { errorJson, errorLines, jsonText, type Streams } from "./print.ts";

/**
 * Tells an error on standard error, and with `json` as a document on standard output. Whatever is no error of this
 * library is one within it. The code is that of the error, also when the document cannot be written.
 */
export function tellError(
  error: unknown,
  io: Pick<Streams, "stdout" | "stderr">,
  { json }: { readonly json: boolean },
): number {
  const known = error instanceof RunnerError ? error : errorOf(error);
  for (const line of errorLines(known)) io.stderr(`${line}\n`);
  try {
    if (json) io.stdout(jsonText(errorJson(known)));
  } catch (fault) {
    tellError(fault, io, { json: false });
  }
  return exitCodeOfError(known.code);
}

/** What Deno says when its configuration is another than that of these modules, which then name nothing. */
const FOREIGN_CONFIG_REGEXP =
  /^(?:Import "[^"]*" not a dependency|Relative import path "[^"]*" not prefixed)/;

/** The error for what is none of this library: nearly always a fault within it. */
function errorOf(error: unknown): RunnerError {
  const [said] = FOREIGN_CONFIG_REGEXP.exec(messageOf(error)) ?? [];
  if (said === undefined) return new RunnerError("internal", messageOf(error), { cause: error });
  return new RunnerError(
    "usage",
    `Deno was started with a configuration that is not that of this runner: ${said}`,
    {
      hint: "Leave --config out, or run jsr:@greentic/runner, which needs none",
    },
  );
}
