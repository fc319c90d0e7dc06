/** Writes the files that a command was asked for: whole or not at all. */

import { RunnerError } from "../base/errors.ts";
import { folderOf } from "../base/paths.ts";
import { permissionFlags } from "../base/permission.ts";
import { linkTarget } from "../command_needs.ts";
import { realPlace, SEPARATOR } from "./file_signs.ts";

/** Throws when a file that is to be written is one that is needed as it is, or lies in a folder of these. */
export async function requireOther(path: string, kept: readonly string[]): Promise<void> {
  const target = realPlace(path);
  for (const each of kept) {
    const real = realPlace(each);
    const within = target.startsWith(`${real}${SEPARATOR}`) && (await statOf(real))?.isDirectory === true;
    if (target !== real && !within) continue;
    throw new RunnerError("usage", `File "${path}" would take the place of what is read from "${each}"`, {
      hint: "Name another file with -o FILE",
    });
  }
}

/**
 * Writes a file under another name first, so that what was there is whole until the new one is. A link stays a link,
 * a file keeps its mode, and what is no regular file is written to as it is.
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  let temporary: string | undefined;
  try {
    await Deno.mkdir(folderOf(path), { recursive: true });
    const there = await statOf(path);
    if (there !== undefined && !there.isFile) return await Deno.writeFile(path, bytes, { create: false });
    // Where a folder on the way is a link, its files are reached through it, as is permitted.
    const target = await linkTarget(path) ?? path;
    temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    await Deno.writeFile(temporary, bytes, {
      createNew: true,
      ...(typeof there?.mode === "number" ? { mode: there.mode & 0o777 } : {}),
    });
    await Deno.rename(temporary, target);
  } catch (cause) {
    if (temporary !== undefined) await removeQuietly(temporary);
    if (cause instanceof Deno.errors.NotCapable) {
      const target = await linkTarget(path) ?? path;
      throw new RunnerError("permission.missing", `Permission to write "${target}" is missing`, {
        place: path,
        hint: `Add ${
          permissionFlags([{ name: "write", path: folderOf(target) }])
        }, or name another file with -o`,
        cause,
      });
    }
    throw new RunnerError("artifacts.write", `File "${path}" cannot be written`, {
      place: path,
      hint: "Check the folder, or name another with -o FILE",
      cause,
    });
  }
}

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Removes a file that nobody shall find; that it is not there is as good. */
export async function removeQuietly(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}

/** Writes a file that must not be there yet, into a folder that is; `mode` says who may read it. */
export async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode });
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) {
      throw new RunnerError("key.exists", `File "${path}" is there already`, {
        place: path,
        hint: "Name another file, or move this one away",
      });
    }
    const folder = folderOf(path);
    const absent = cause instanceof Deno.errors.NotFound;
    throw new RunnerError("artifacts.write", `File "${path}" cannot be written`, {
      place: path,
      hint: absent
        ? `Folder "${folder}" does not exist: make it, or name another`
        : "Check that its folder can be written",
      cause,
    });
  }
}
