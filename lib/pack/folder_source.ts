/**
 * A source over a folder: walks it, passes the same checks as an archive, reads every file once and holds it.
 * Never follows a symbolic link inside the folder.
 */

import { RunnerError } from "../base/errors.ts";
import { compareCodePoints } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { OWN_FOLDER } from "../base/own_folder.ts";
import { checkEntries, type EntryFacts } from "./limits.ts";
import { heldSource } from "./memory_source.ts";
import { readAtMost } from "./read_file.ts";
import type { PackSource } from "./source.ts";

/** What is known of a folder beside its path. */
export interface FolderSourceOptions {
  /** What it is called in messages. */
  label: string;
  /** The limits in force. */
  limits: Limits;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

/** A source over the files of a folder, sorted by name. */
export async function folderSource(path: string | URL, options: FolderSourceOptions): Promise<PackSource> {
  const { label, limits, signal } = options;
  const found: EntryFacts[] = [];
  for await (const entry of walk(path, "")) {
    signal?.throwIfAborted();
    found.push(entry);
    // Stops the walk itself; the other limits are checked on the whole list.
    if (found.length > limits.maxEntries) break;
  }
  found.sort((a, b) => compareCodePoints(a.name, b.name));
  checkEntries(found, { limits, label });
  const files = new Map<string, Uint8Array>();
  for (const { name, size } of found) {
    signal?.throwIfAborted();
    const bytes = await readAtMost(inside(path, name), size + 1);
    // The file may have changed since it was listed; the sizes that were checked are the sizes that count.
    if (bytes.length !== size) {
      throw new RunnerError("pack.corrupt", `File "${name}" changed while it was read`, { place: name });
    }
    files.set(name, bytes);
  }
  return heldSource({ kind: "folder", label, files });
}

async function* walk(root: string | URL, folder: string): AsyncGenerator<EntryFacts> {
  for await (const item of Deno.readDir(folder === "" ? root : inside(root, folder))) {
    const name = folder === "" ? item.name : `${folder}/${item.name}`;
    // Where a pack's folder is the working directory, runs and cache lie in it: no part of the pack.
    if (name === OWN_FOLDER) continue;
    if (item.isDirectory) {
      yield* walk(root, name);
      continue;
    }
    const { size } = await Deno.lstat(inside(root, name));
    yield { name, size, type: item.isSymlink ? "link" : item.isFile ? "file" : "other" };
  }
}

/** The path of an entry below the folder. */
function inside(root: string | URL, name: string): string | URL {
  if (typeof root === "string") return `${root}/${name}`;
  const url = new URL(root);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${name.split("/").map(encodeURIComponent).join("/")}`;
  return url;
}
