/**
 * Deno's permissions as data: what is needed, whether it is granted, and the flags that grant it. Only asks what
 * is granted; never requests, so nobody is ever prompted.
 */

import { RunnerError } from "./errors.ts";
import { OWN_SHELL, quoted, type Shell } from "./paths.ts";
import { OWN_FOLDER } from "./own_folder.ts";

/** One permission. */
export type Need =
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "net"; readonly host: string }
  /** A variable of the environment, or all of them. */
  | { readonly name: "env"; readonly variable?: string };

/** Whether a permission is granted. */
export function isGranted(need: Need): boolean {
  const { state } = Deno.permissions.querySync(need);
  if (need.name !== "env" || state !== "denied") return state === "granted";
  try {
    // With --ignore-env the state is "denied", and yet reading succeeds and finds nothing: that is enough.
    if (need.variable === undefined) Deno.env.toObject();
    else Deno.env.get(need.variable);
    return true;
  } catch {
    return false;
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
  return new RunnerError(
    "permission.missing",
    `Deno permissions are missing: ${[...new Set(names)].join(", ")}`,
    {
      hint: `Add ${permissionFlags(missing)}`,
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
export function permissionFlags(needs: readonly Need[], shell: Shell = OWN_SHELL): string {
  function flag(name: string, values: readonly string[]): string {
    // PowerShell makes a list of what has commas, unless all of it stands in quotes.
    if (shell === "windows") return quoted(`--allow-${name}=${values.join(",")}`, shell);
    return `--allow-${name}=${values.map((value) => quoted(value, shell)).join(",")}`;
  }
  function list(name: "read" | "write"): string[] {
    const paths = needs.flatMap((need) => need.name === name ? [withinOwn(need.path)] : []);
    // Deno splits the list at commas and knows no escape for them.
    if (paths.some((path) => path.includes(","))) return [`--allow-${name}`];
    return paths.length === 0 ? [] : [flag(name, outermost(paths))];
  }
  const hosts = new Set(needs.flatMap((need) => need.name === "net" ? [need.host] : []));
  const net = hosts.size === 0 ? [] : [flag("net", [...hosts])];
  const variables = new Set(
    needs.flatMap((need) => need.name === "env" && need.variable !== undefined ? [need.variable] : []),
  );
  const named = variables.size === 0 ? [] : [flag("env", [...variables])];
  // Whoever asks for all of the environment only looks whether some variables are set: an empty one will do.
  const all = needs.some((need) => need.name === "env" && need.variable === undefined);
  return [...list("read"), ...list("write"), ...net, ...named, ...(all ? ["--ignore-env"] : [])].join(" ");
}

/** Everything in the folder of this program is granted with that folder: shorter to paste, and no wider in effect. */
function withinOwn(path: string): string {
  return path.startsWith(`${OWN_FOLDER}/`) ? OWN_FOLDER : path;
}

/** Paths without those that lie below another, each once. */
function outermost(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) =>
    !unique.some((other) => path.startsWith(`${other}/`) || path.startsWith(`${other}\\`))
  );
}
