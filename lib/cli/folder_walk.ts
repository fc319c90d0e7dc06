/**
 * Walks folders that are watched and takes the signs of the files that count: of a folder of sources what a pack is made of,
 * of a folder of components these. Leaves out what a run writes, and what editors and other tools leave about. Never
 * reads what counts.
 */

import { OWN_FOLDER } from "../base/own_folder.ts";
import { withoutTrailingSlash } from "../base/paths.ts";
import { PACK_YAML } from "../pack/entries.ts";
import { namedStatOf, realPlace, SEPARATOR, signOf, statOf } from "./file_signs.ts";

/** What counts of a folder: what a pack is made of, components alone, or all that is in it. */
export type Counts = "pack" | "components" | "all";

/** How a folder is walked. */
export interface WalkOptions {
  readonly counts: Counts;
  /** Most files that are taken of all folders. */
  readonly maxFiles: number;
  /** Where what a run writes really lies. */
  readonly written: ReadonlySet<string>;
}

/** What was found in folders. Links are followed, as they are where a pack is built. */
export class FolderWalk {
  /** Signs by path. */
  readonly signs = new Map<string, string>();
  /** The folders that were walked, each with what tells it from another of its name. */
  readonly folders = new Map<string, string>();
  readonly #places = new Set<string>();

  /** Walks a folder; what is none has nothing in it. */
  add(path: string, options: WalkOptions): void {
    const root = withoutTrailingSlash(path), info = namedStatOf(root);
    if (info?.isDirectory) this.#visit(root, { ...options, place: realPlace(root), top: true });
  }

  #visit(folder: string, options: WalkOptions & { readonly place: string; readonly top: boolean }): void {
    const { counts, maxFiles, written, place, top } = options;
    // A link may lead to a folder above it.
    if (this.#places.has(place)) return;
    this.#places.add(place);
    const { ino, birthtime } = statOf(folder) ?? {};
    // The number of a folder that is gone may be given to the next.
    this.folders.set(folder, [ino, birthtime?.getTime()].join(" "));
    for (const { name, isSymlink } of itemsOf(folder)) {
      if (isLeft(name) || top && counts === "pack" && isBeside(folder, name)) continue;
      const path = folder === "." ? name : `${folder}/${name}`;
      const inner = isSymlink ? realPlace(path) : `${place}${SEPARATOR}${name}`;
      if (written.has(inner) || written.has(inner.replace(SQLITE_REGEXP, ""))) continue;
      const info = statOf(path);
      if (info === null) continue;
      if (info.isDirectory) this.#visit(path, { ...options, place: inner, top: false });
      else if (counts !== "components" || name.endsWith(".wasm")) this.signs.set(path, signOf(info));
      if (this.signs.size > maxFiles) return;
    }
  }
}

/** What version control, editors and this program's own commands leave in folders. */
const LEFT_REGEXPS = [
  /^(?:\.git|\.hg|\.jj|\.svn|node_modules|\.DS_Store|4913)$/,
  /^\.?#|~$|^\..*\.(?:sw[a-z]|kate-swp)$|___jb_(?:tmp|old)___$|^\.goutputstream-/,
  /\.gtpack$|\.[0-9a-f]{8}\.tmp$/,
];
/** Where many tools put what they build, in a folder of sources. */
const BUILT = "dist";
/** What SQLite adds to the name of a file for files of its own. */
const SQLITE_REGEXP = /-(?:wal|shm|journal)$/;

function isLeft(name: string): boolean {
  return name === OWN_FOLDER || LEFT_REGEXPS.some((regexp) => regexp.test(name));
}

/** Whether something right in a folder of sources lies beside them: the settings of tools, and what they build. */
function isBeside(folder: string, name: string): boolean {
  return name.startsWith(".") || name === BUILT && !textOf(`${folder}/${PACK_YAML}`).includes(`${BUILT}/`);
}

function itemsOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
