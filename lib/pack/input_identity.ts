/** Tells packs apart before they are opened. Only a guess: never decides what is read or run. */

import type { PackInput } from "./pack_input.ts";

/** A file's path, size and time; null for what is no file, or cannot be looked at. */
export async function inputIdentity(input: PackInput): Promise<string | null> {
  if (typeof input !== "string") return null;
  try {
    const { isFile, size, mtime } = await Deno.stat(input);
    return isFile ? JSON.stringify([await Deno.realPath(input), size, mtime?.getTime() ?? null]) : null;
  } catch {
    return null;
  }
}
