/**
 * Deno's permissions as texts: the flags that grant them, as one line for a shell, and the set of them that a `deno.json`
 * names. Pure: asks nobody what is granted, and looks at no path.
 */

import type { JsonObject } from "./json.ts";
import { OWN_FOLDER } from "./own_folder.ts";
import { folderOf, normalized, quoted, type System } from "./paths.ts";

/** One permission. */
export type Need =
  | { readonly name: "read" | "write"; readonly path: string }
  /** A host, with its port where it is that port alone. */
  | { readonly name: "net"; readonly host: string }
  /** A variable of the environment; without one, that whatever is asked for is not set will do. */
  | { readonly name: "env"; readonly variable?: string };

/** What is granted, each kind with its words in the order in which they were asked for. */
interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly net: readonly string[];
  readonly env: readonly string[];
  /** Whether every other variable counts as not set. */
  readonly ignoresEnv: boolean;
}

/** The flags that grant permissions, as one line to paste into a shell. */
export function flagLine(needs: readonly Need[], system: System): string {
  return flagParts(needs, system).map(([flag, words]) => {
    if (words.length === 0) return flag;
    // Shells of Windows part words at commas, too, so that the whole is quoted.
    return system === "windows"
      ? quoted(`${flag}=${words.join(",")}`, system)
      : `${flag}=${words.map((word) => quoted(word, system)).join(",")}`;
  }).join(" ");
}

/** The same flags as arguments, as a process is given them. */
export function flagArguments(needs: readonly Need[], system: System): string[] {
  return flagParts(needs, system).map(([flag, words]) =>
    words.length === 0 ? flag : `${flag}=${words.join(",")}`
  );
}

/** The permissions as the value of a named set in a `deno.json`, whose folder relative paths are taken from. */
export function permissionSet(needs: readonly Need[], system: System): JsonObject {
  const { read, write, net, env, ignoresEnv } = grantsOf(needs, system);
  const variables = ignoresEnv
    ? { ...(env.length === 0 ? {} : { allow: [...env] }), ignore: true }
    : env.length === 0
    ? null
    : [...env];
  return {
    ...(read.length === 0 ? {} : { read: [...read] }),
    ...(write.length === 0 ? {} : { write: [...write] }),
    ...(net.length === 0 ? {} : { net: [...net] }),
    ...(variables === null ? {} : { env: variables }),
  };
}

function flagParts(needs: readonly Need[], system: System): [flag: string, words: readonly string[]][] {
  const { read, write, net, env, ignoresEnv } = grantsOf(needs, system);
  const parts: [string, readonly string[]][] = [
    ["--allow-read", flagPaths(read, system)],
    ["--allow-write", flagPaths(write, system)],
    ["--allow-net", net],
    ["--allow-env", env],
  ];
  return [
    ...parts.filter(([, words]) => words.length > 0),
    ...(ignoresEnv ? [["--ignore-env", []] as [string, []]] : []),
  ];
}

function grantsOf(needs: readonly Need[], system: System): Grants {
  function paths(name: "read" | "write"): string[] {
    return outermost(
      withinOwn(needs.flatMap((need) => need.name === name ? [need.path] : []), system),
      system,
    );
  }
  const hosts = needs.flatMap((need) => need.name === "net" ? [need.host] : []);
  const variables = needs.flatMap((need) => need.name === "env" ? [need.variable] : []);
  return {
    read: paths("read"),
    write: paths("write"),
    net: [...new Set(hosts)],
    env: [...new Set(variables.filter((variable) => variable !== undefined))],
    ignoresEnv: variables.includes(undefined),
  };
}

/** Paths as flags can name them: Deno splits their list at commas and has no escape for one, so its folder stands for it. */
function flagPaths(paths: readonly string[], system: System): string[] {
  return outermost(paths.map((path) => path.includes(",") ? aboveComma(path, system) : path), system);
}

/** The lowest folder above a path whose own name has no comma. */
function aboveComma(path: string, system: System): string {
  return folderOf(path.slice(0, path.indexOf(",")), system);
}

/** Several paths in the folder of this program are granted with that folder: shorter to paste, and hardly wider. */
function withinOwn(paths: readonly string[], system: System): readonly string[] {
  const start = `${OWN_FOLDER}${system === "windows" ? "\\" : "/"}`;
  const isOwn = (path: string) => normalized(path, system).startsWith(start);
  const own = new Set(paths.filter(isOwn).map((path) => normalized(path, system)));
  return own.size < 2 ? paths : paths.map((path) => isOwn(path) ? OWN_FOLDER : path);
}

/** Paths without those that lie below another, each once. */
function outermost(paths: readonly string[], system: System): string[] {
  const unique = [...new Map(paths.toReversed().map((path) => [normalized(path, system), path])).entries()]
    .toReversed();
  return unique.filter(([key]) => !unique.some(([other]) => other !== key && isBelow(key, other, system)))
    .map(([, path]) => path);
}

/** Whether a path lies below another, both as {@linkcode normalized} writes them. */
function isBelow(path: string, folder: string, system: System): boolean {
  const separator = system === "windows" ? "\\" : "/";
  if (folder === ".") return !isAbsolute(path, system) && path !== ".." && !path.startsWith(`..${separator}`);
  return path.startsWith(folder.endsWith(separator) ? folder : `${folder}${separator}`);
}

function isAbsolute(path: string, system: System): boolean {
  return system === "windows" ? /^(?:\\|[a-z]:)/.test(path) : path.startsWith("/");
}
