/**
 * What can be told of a file on disk without knowing what it is for: signs that it changed, a digest, where it really lies.
 * Never throws, as the run tells what is wrong with a file, and never has Deno ask for permission.
 */

import { sha256Hex } from "../base/digest.ts";
import { isGranted } from "../base/permission.ts";
import { absolutePath } from "../record/run_dir.ts";

/** Files up to this size are read to tell whether they changed, in bytes; of larger ones size and time tell. */
const READ_BYTES = 64 * 1024 * 1024;

/** What stands between the names of a path without links. */
export const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/** What tells a file from one that was there before. */
export function signOf({ size, mtime, ctime, ino }: Deno.FileInfo): string {
  return [size, mtime?.getTime(), ctime?.getTime(), ino].join(" ");
}

/** The digest of a file; null for what is too large to be read for it, or cannot be read. */
export async function digestOf(path: string): Promise<string | null> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile && size <= READ_BYTES ? await sha256Hex(await Deno.readFile(path)) : null;
  } catch {
    return null;
  }
}

/** What is known of a path that may be looked at; null when nothing is there. */
export function statOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}

/** The same of a path that a user named, which may not be permitted. */
export function namedStatOf(path: string): Deno.FileInfo | null {
  return isGranted({ name: "read", path }) ? statOf(path) : null;
}

/** Where a path leads, without links; of one that leads nowhere yet, the part that is there. */
export function realPlace(path: string): string {
  const absolute = absolutePath(path);
  for (let end = absolute.length; end > 0; end = absolute.lastIndexOf(SEPARATOR, end - 1)) {
    const part = absolute.slice(0, end);
    if (!isGranted({ name: "read", path: part })) break;
    try {
      return Deno.realPathSync(part) + absolute.slice(end);
    } catch {
      // Perhaps its folder is there.
    }
  }
  return absolute;
}
