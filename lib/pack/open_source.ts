/**
 * Turns whatever names a pack into a source: a path or `file:` address of an archive or folder, the bytes of an
 * archive, or files by name. Never looks at what the entries mean.
 */

import { RunnerError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { folderSource } from "./folder_source.ts";
import { memorySource } from "./memory_source.ts";
import type { PackSource } from "./source.ts";
import { readArchive, zipSource } from "./zip_source.ts";

/** Whatever names a pack: a path, a `file:` address, an archive's bytes, or files by name. */
export type PackInput = string | URL | Uint8Array | ReadonlyMap<string, Uint8Array>;

/** How a source is opened. */
export interface OpenSourceOptions {
  /** The limits in force. */
  readonly limits: Limits;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/** A source for a pack, its entries checked. */
export async function openSource(input: PackInput, options: OpenSourceOptions): Promise<PackSource> {
  const { limits, signal } = options;
  if (input instanceof Uint8Array) return await memoryZip(input, options);
  if (input instanceof Map) return memorySource(input, limits);
  if (typeof input !== "string" && !(input instanceof URL)) {
    throw new RunnerError("option.invalid", "Pack is neither a path, a URL, bytes nor a map of files");
  }
  const label = labelOf(input);
  try {
    const { isDirectory, isFile } = await Deno.stat(input);
    if (isDirectory) return await folderSource(input, { label, limits, signal });
    if (!isFile) {
      throw new RunnerError("pack.not_zip", `Path "${label}" is no regular file`, { place: label });
    }
    return await zipSource(await readArchive(input, limits), { kind: "zip", label, limits, signal });
  } catch (error) {
    throw signal?.aborted ? error : pathError(error, label);
  }
}

/** A source over a copy of an archive: its owner may change the bytes after they were verified. */
async function memoryZip(bytes: Uint8Array, { limits, signal }: OpenSourceOptions): Promise<PackSource> {
  return await zipSource(new Uint8Array(bytes), { kind: "memory", label: "memory", limits, signal });
}

function labelOf(input: string | URL): string {
  if (typeof input === "string") return input;
  if (input.protocol === "file:") return decodeURIComponent(input.pathname);
  throw new RunnerError("option.invalid", `Pack address "${input.href}" is no file address`, {
    hint: "Fetch the pack first and give its path",
  });
}

/** What went wrong on the file system, in words of this library; everything else as it is. */
function pathError(error: unknown, label: string): unknown {
  if (error instanceof Deno.errors.NotFound) {
    return new RunnerError("pack.not_found", `Pack "${label}" does not exist`, {
      place: label,
      cause: error,
    });
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new RunnerError("permission.missing", `Permission to read "${label}" is missing`, {
      place: label,
      hint: `Add --allow-read=${label}`,
      cause: error,
    });
  }
  if (error instanceof RunnerError) return error;
  return new RunnerError("pack.not_found", `Pack "${label}" cannot be opened`, {
    place: label,
    cause: error,
  });
}
