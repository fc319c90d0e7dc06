/**
 * Deno's permissions as data: what is needed, whether it is granted, and the flags that grant it. Only asks what
 * is granted; never requests, so nobody is ever prompted.
 */

import { RunnerError } from "./errors.ts";
import { OWN_SYSTEM, type System } from "./paths.ts";
import { flagLine, type Need } from "./permission_flags.ts";

export type { Need } from "./permission_flags.ts";

/** Why a permission is needed. */
export interface Reason {
  /** What for, as a sentence without its full stop. */
  readonly why: string;
  /** The option, or the part of a pack, that asks for it. */
  readonly from: string;
}

/** A permission with why it is needed. */
export type ReasonedNeed = Need & Reason;

/**
 * Whether a permission is granted. Who needs the environment and no variable of it is content with one that is ignored; a
 * variable that is named is to be read.
 */
export function isGranted(need: Need): boolean {
  const state = stateOf(need);
  return state === "granted" || state === "ignored" && need.name === "env" && need.variable === undefined;
}

/** What Deno says of a permission. An ignored environment is "denied" to it, and yet reading succeeds and finds nothing. */
function stateOf(need: Need): Deno.PermissionState | "ignored" {
  const { state } = Deno.permissions.querySync(need);
  if (need.name !== "env" || state !== "denied") return state;
  try {
    if (need.variable === undefined) Deno.env.toObject();
    else Deno.env.get(need.variable);
    return "ignored";
  } catch {
    return state;
  }
}

/**
 * Checks that everything is granted.
 *
 * @throws {RunnerError} `permission.missing`, with all missing flags as one line in its hint.
 */
export function requirePermissions(needs: readonly Need[]): void {
  const error = missingPermissions(needs);
  if (error !== undefined) throw error;
}

/** The error that {@linkcode requirePermissions} throws, or undefined when everything is granted. */
export function missingPermissions(needs: readonly Need[]): RunnerError | undefined {
  const missing = needs.filter((need) => !isGranted(need));
  if (missing.length === 0) return undefined;
  const names = missing.map((need) =>
    need.name === "env" ? envName(need) : `${need.name} "${need.name === "net" ? need.host : need.path}"`
  );
  const denied = missing.filter((need) => stateOf(need) === "denied");
  const absent = missing.filter((need) => !denied.includes(need));
  const denials = [...new Set(denied.map(({ name }) => `--deny-${name}`))].join(" ");
  return new RunnerError(
    "permission.missing",
    `Deno permissions are missing: ${[...new Set(names)].join(", ")}`,
    {
      hint: absent.length === 0 ? `Leave out ${denials}` : `Add ${permissionFlags(absent)}`,
      // What is denied stays so, whatever is allowed beside.
      ...(denied.length === 0 || absent.length === 0
        ? {}
        : { rows: [`leave out ${denials}, which no flag outweighs`] }),
    },
  );
}

function envName({ variable }: Need & { name: "env" }): string {
  return variable === undefined ? "env" : `env "${variable}"`;
}

/** The host of an address with its port, which permissions want to know also where an address leaves it out. */
export function netHost({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}

/** The error for a file that may not be read. */
export function readDenied(path: string, cause?: unknown): RunnerError {
  return new RunnerError("permission.missing", `Permission to read "${path}" is missing`, {
    place: path,
    hint: `Add ${permissionFlags([{ name: "read", path }])}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The flags that grant permissions, as one line to paste. */
export function permissionFlags(needs: readonly Need[], system: System = OWN_SYSTEM): string {
  return flagLine(needs, system);
}
