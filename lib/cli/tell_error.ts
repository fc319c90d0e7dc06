/** What ended a command, as lines for people or a document for programs, and as an exit code. */

import { messageOf, RunnerError } from "../base/errors.ts";
import { exitCodeOfError } from "./exit_codes.ts";
import { type CommandIo, errorJson, errorLines, jsonText } from "./print.ts";

/**
 * Tells an error on standard error, and with `json` as a document on standard output. Whatever is no error of this
 * library is one within it. The code is that of the error, also when the document cannot be written.
 */
export function tellError(error: unknown, io: CommandIo, { json }: { readonly json: boolean }): number {
  const known = error instanceof RunnerError
    ? error
    : new RunnerError("internal", messageOf(error), { cause: error });
  for (const line of errorLines(known)) io.stderr(`${line}\n`);
  try {
    if (json) io.stdout(jsonText(errorJson(known)));
  } catch (fault) {
    tellError(fault, io, { json: false });
  }
  return exitCodeOfError(known.code);
}
