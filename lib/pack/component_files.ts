/** Reads components from files that a user named: one by one in a map, or in a folder. Never looks into them. */

import { RunnerError } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { isSafeName } from "./limits.ts";
import { isFolder, namesIn, readIfThere, readUserFile } from "./archive_file.ts";

/** Where components may come from beside the pack. */
export interface ResolutionOptions {
  /** Files that take the place of components: a JSON file that maps ids to paths, or the map itself. */
  readonly map: string | Readonly<Record<string, string>> | null;
  /** A folder of components. */
  readonly dir: string | null;
  /** A lock file. */
  readonly lock: string | null;
  /** Whether a lock may leave the digest of a bundled component out. */
  readonly allowMissingHash: boolean;
}

/** Components come from the pack alone. */
export const PACK_ONLY: ResolutionOptions = Object.freeze({
  map: null,
  dir: null,
  lock: null,
  allowMissingHash: false,
});

/** A file with its bytes. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Largest file that maps components, in bytes. */
const MAX_MAP_BYTES = 1024 * 1024;

/**
 * The file that maps component ids to paths, a flat JSON object. Paths are relative to the working directory.
 *
 * @throws {RunnerError} `components.map` when it is none.
 */
async function readComponentsMap(path: string): Promise<Record<string, string>> {
  const bytes = await readUserFile(path, MAX_MAP_BYTES, "components.map");
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw mapFault(path, "is no JSON", cause);
  }
  if (!isObject(json)) throw mapFault(path, "is no JSON object");
  const entries = Object.entries(json).map(([id, file]): [string, string] => {
    if (typeof file !== "string" || file === "") throw mapFault(path, `has no path for component "${id}"`);
    return [id, file];
  });
  return Object.fromEntries(entries);
}

function mapFault(path: string, what: string, cause?: unknown): RunnerError {
  return new RunnerError("components.map", `Components map "${path}" ${what}`, {
    place: path,
    hint: `Write an object such as {"my.component":"build/my-component.wasm"}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The file that takes a component's place. */
export async function mapped(path: string, limits: Limits): Promise<FoundFile> {
  const bytes = await readIfThere(path, limits.maxEntryBytes + 1, "components.map");
  if (bytes !== undefined) return { path, bytes: sized(bytes, { path, limits }) };
  throw new RunnerError("components.map", `Component file "${path}" does not exist`, {
    place: path,
    hint: "Check the path: it is relative to the working directory",
  });
}

/** Throws unless there is a folder of components at a path. */
export async function requireFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  throw new RunnerError("components.dir", `Folder "${path}" of components does not exist`, {
    place: path,
    hint: "Check the path: it is relative to the working directory",
  });
}

/** What is known of a component that is looked for in a folder. */
export interface Wanted {
  /** Its id. */
  readonly id: string;
  /** The entries under which a lock, the table of sources and the manifest know it, best first. */
  readonly entries: readonly string[];
  /** The SHA-256 digest that it must have, in hex, if it is known. */
  readonly sha256: string | undefined;
  /** The limits in force. */
  readonly limits: Limits;
}

/** A component in a folder: as a pack's folder has it, by its id, or in a cache by its digest. */
export async function inFolder(
  folder: string,
  { id, entries, sha256, limits }: Wanted,
): Promise<FoundFile | undefined> {
  const names = [
    ...entries,
    `components/${id}.wasm`,
    `${id}.wasm`,
    ...(sha256 === undefined ? [] : [`${sha256}/component.wasm`]),
  ];
  for (const name of new Set(names)) {
    // Manifests and locks say where to look, and must not lead out of the folder.
    if (!isSafeName(name)) continue;
    const path = `${folder}/${name}`;
    const bytes = await readIfThere(path, limits.maxEntryBytes + 1, "components.dir");
    if (bytes !== undefined) return { path, bytes: sized(bytes, { path, limits }) };
  }
  return undefined;
}

/** The ids of the components that a user names: those of the map, and those of the folder. */
export async function namedIds({ map, dir }: ResolutionOptions): Promise<Set<string>> {
  const inDir = dir === null ? [] : await idsInFolder(dir);
  return new Set([...Object.keys(await readMap(map)), ...inDir]);
}

/** The map of a user, read where it is a file; none maps nothing. */
export async function readMap(map: ResolutionOptions["map"]): Promise<Readonly<Record<string, string>>> {
  return map === null ? {} : typeof map === "string" ? await readComponentsMap(map) : map;
}

/** The ids of all components in a folder that are called by them: `<id>.wasm`, `components/<id>.wasm`. */
async function idsInFolder(folder: string): Promise<string[]> {
  const names = [...await namesIn(folder), ...await namesIn(`${folder}/components`)];
  return names.filter((name) => name.endsWith(".wasm")).map((name) => name.slice(0, -".wasm".length)).sort();
}

function sized(bytes: Uint8Array, { path, limits }: { path: string; limits: Limits }): Uint8Array {
  if (bytes.length <= limits.maxEntryBytes) return bytes;
  throw limitError("pack.limit.entry", "maxEntryBytes", limits, `The size of component "${path}"`, path);
}
