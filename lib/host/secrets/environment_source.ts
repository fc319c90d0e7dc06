/** Secrets in variables of the environment: those that were named, and no others. */

import { RunnerError } from "../../base/errors.ts";
import { requirePermissions } from "../../base/permission.ts";
import { type SecretSource, SecretTable, textEntry } from "./source.ts";

/**
 * Reads the variables of these names; one that is not set is no secret.
 *
 * @throws {RunnerError} `permission.missing` with the flag that permits what may not be read, `option.invalid` for what
 * is no name of a variable.
 */
export function environmentSource(names: readonly string[]): SecretSource {
  const odd = names.find((name) => name === "" || /[=\0]/.test(name));
  if (odd !== undefined) {
    throw new RunnerError("option.invalid", `"${odd}" is no name of an environment variable`, {
      hint: "Give the name alone, as in TELEGRAM_BOT_TOKEN",
    });
  }
  requirePermissions(names.map((variable) => ({ name: "env", variable })));
  const set = names.flatMap((name): [string, string][] => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return new SecretTable("environment", set.map(([name, value]) => textEntry(name, value)));
}
