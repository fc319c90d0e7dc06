/** Secrets in variables of the environment: those that were named, and no others. */

import { RunnerError } from "../../base/errors.ts";
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
  const denied = [...new Set(names)].filter((name) => !mayRead(name));
  if (denied.length > 0) {
    const list = denied.join(",");
    throw new RunnerError("permission.missing", `Deno permissions are missing: env ${denied.join(", ")}`, {
      hint: `Add --allow-env=${list}`,
    });
  }
  const set = names.flatMap((name): [string, string][] => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return new SecretTable("environment", set.map(([name, value]) => textEntry(name, value)));
}

/** Asked before it is read, since Deno would ask its user. */
function mayRead(variable: string): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  if (state !== "denied") return state === "granted";
  try {
    // With --ignore-env the state is "denied", and yet reading succeeds and finds nothing.
    Deno.env.get(variable);
    return true;
  } catch {
    return false;
  }
}
