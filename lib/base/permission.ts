/**
 * Deno's permissions as data: what is needed, whether it is granted, and the flags that grant it. Only asks what
 * is granted; never requests, so nobody is ever prompted.
 */

import { RunnerError } from "./errors.ts";
import { quoted } from "./paths.ts";
import { OWN_FOLDER } from "./own_folder.ts";

/** One permission. */
export type Need =
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "env" };

/** Whether a permission is granted. */
export function isGranted(need: Need): boolean {
  const { state } = Deno.permissions.querySync(need);
  if (need.name !== "env" || state !== "denied") return state === "granted";
  try {
    // With --ignore-env the state is "denied", and yet reading succeeds and finds nothing: that is enough.
    Deno.env.toObject();
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
  const missing = needs.filter((need) => !isGranted(need));
  if (missing.length === 0) return;
  const names = missing.map((need) =>
    need.name === "env" ? "env" : `${need.name} "${need.name === "net" ? need.host : need.path}"`
  );
  throw new RunnerError(
    "permission.missing",
    `Deno permissions are missing: ${[...new Set(names)].join(", ")}`,
    {
      hint: `Add ${permissionFlags(missing)}`,
    },
  );
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
export function permissionFlags(needs: readonly Need[]): string {
  function list(name: "read" | "write"): string[] {
    const paths = needs.flatMap((need) => need.name === name ? [withinOwn(need.path)] : []);
    // Deno splits the list at commas and knows no escape for them.
    if (paths.some((path) => path.includes(","))) return [`--allow-${name}`];
    return paths.length === 0 ? [] : [`--allow-${name}=${outermost(paths).map(quoted).join(",")}`];
  }
  const hosts = new Set(needs.flatMap((need) => need.name === "net" ? [need.host] : []));
  const net = hosts.size === 0 ? [] : [`--allow-net=${[...hosts].map(quoted).join(",")}`];
  // Whoever asks for the environment here only looks whether some variables are set: an empty one will do.
  const env = needs.some((need) => need.name === "env") ? ["--ignore-env"] : [];
  return [...list("read"), ...list("write"), ...net, ...env].join(" ");
}

/** Everything in the folder of this program is granted with that folder: shorter to paste, and no wider in effect. */
function withinOwn(path: string): string {
  return path.startsWith(`${OWN_FOLDER}/`) ? OWN_FOLDER : path;
}

/** Paths without those that lie below another, each once. */
function outermost(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((other) => path.startsWith(`${other}/`)));
}
