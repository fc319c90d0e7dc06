/**
 * Turns whatever names a pack into a source: a path or address of an archive, folder or bare component, its bytes,
 * or files by name. What it is, is told from its first bytes and never from its name.
 * Never looks at what the entries mean.
 */

import { RunnerError } from "../base/errors.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { readDenied } from "../base/permission.ts";
import { archiveAt, type ArchiveFile, heldArchive } from "./archive_file.ts";
import { fetchArchive, isFetchable, shown } from "./fetch_archive.ts";
import { folderSource } from "./folder_source.ts";
import { componentSource, memorySource } from "./memory_source.ts";
import type { PackSource, SourceKind } from "./source.ts";
import { zipSource } from "./zip_source.ts";

/** Bytes with the name they are to have in messages. */
export interface NamedBytes {
  /** The name: a file name, or `standard input`. */
  readonly name: string;
  /** The bytes of an archive or of a bare component. */
  readonly bytes: Uint8Array;
}

/**
 * Whatever names a pack: a path; a `file:`, `http(s):`, `data:` or `blob:` address; the bytes of an archive or of a
 * bare component; or files by name.
 */
export type PackInput = string | URL | Uint8Array | NamedBytes | ReadonlyMap<string, Uint8Array>;

/** How a source is opened. */
export interface OpenSourceOptions {
  /** The limits in force. */
  readonly limits: Limits;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/** What a pack is called in messages and records. */
export function inputLabel(input: PackInput): string {
  if (typeof input === "string") return input;
  if (input instanceof URL) return input.protocol === "file:" ? filePath(input) : shown(input);
  return isNamed(input) ? input.name : "memory";
}

/** A source for a pack, its entries checked. Bytes are held as they are, so nobody else may have them. */
export async function openSource(input: PackInput, options: OpenSourceOptions): Promise<PackSource> {
  const label = inputLabel(input);
  if (input instanceof Uint8Array) return await bytesSource(input, { ...options, label });
  if (isNamed(input)) return await bytesSource(input.bytes, { ...options, label });
  if (input instanceof Map) return await memorySource(input, options.limits);
  if (typeof input === "string") return await pathSource(input, { ...options, label });
  if (!(input instanceof URL)) {
    throw new RunnerError("option.invalid", "Pack is neither a path, a URL, bytes nor a map of files");
  }
  if (input.protocol === "file:") return await pathSource(input, { ...options, label });
  if (!isFetchable(input)) {
    throw new RunnerError("option.invalid", `Pack address "${label}" has a scheme that cannot be read`, {
      hint: "Give a file:, https:, http:, data: or blob: address, or a path",
    });
  }
  const bytes = await fetchArchive(input, options);
  return await fileSource(heldArchive(bytes), { ...options, label, kind: "memory" });
}

type Labelled = OpenSourceOptions & { readonly label: string };

async function pathSource(path: string | URL, options: Labelled): Promise<PackSource> {
  const { label, limits, signal } = options;
  try {
    const { isDirectory, isFile, size } = await Deno.stat(path);
    if (isDirectory) return await folderSource(path, { label, limits, signal });
    if (!isFile) {
      throw new RunnerError("pack.not_zip", `Path "${label}" is no regular file`, { place: label });
    }
    // Before a byte is read: a file that is too large is not worth the memory.
    if (size > limits.maxArchiveBytes) throw tooLarge(options);
    return await fileSource(await archiveAt(path, label), { ...options, kind: "zip" });
  } catch (error) {
    throw signal?.aborted ? error : pathError(error, label);
  }
}

/**
 * The same, with copies of all bytes that were given: their owner may change them after they were verified. To be
 * asked for before anything is waited for.
 */
export function heldInput(input: PackInput): PackInput {
  if (input instanceof Uint8Array) return new Uint8Array(input);
  if (isNamed(input)) return { name: input.name, bytes: new Uint8Array(input.bytes) };
  if (!(input instanceof Map)) return input;
  return new Map(Array.from(input, ([name, bytes]) => [name, new Uint8Array(bytes)]));
}

async function bytesSource(bytes: Uint8Array, options: Labelled): Promise<PackSource> {
  if (bytes.length > options.limits.maxArchiveBytes) throw tooLarge(options);
  return await fileSource(heldArchive(bytes), { ...options, kind: "memory" });
}

function tooLarge({ limits, label }: Labelled): RunnerError {
  return limitError("pack.limit.archive", "maxArchiveBytes", limits, "The size of the archive", label);
}

async function fileSource(
  file: ArchiveFile,
  options: Labelled & { readonly kind: Extract<SourceKind, "zip" | "memory"> },
): Promise<PackSource> {
  const { label, limits } = options;
  if (!isWasm(await file.read(0, Math.min(file.size, 4)))) return await zipSource(file, options);
  return await componentSource(await file.read(0, file.size), {
    label,
    limits,
    name: `${stemOf(label)}.wasm`,
  });
}

function isWasm(start: Uint8Array): boolean {
  return start[0] === 0 && start[1] === 0x61 && start[2] === 0x73 && start[3] === 0x6d;
}

/** A file's name without folder and extension. */
export function stemOf(label: string): string {
  const name = label.replace(/[\\/]+$/, "").split(/[\\/]/).at(-1) ?? "";
  return name.replace(/(?<=.)\.[^.]*$/, "") || "unknown";
}

function isNamed(input: PackInput): input is NamedBytes {
  return typeof input === "object" && input !== null && "bytes" in input && input.bytes instanceof Uint8Array;
}

function filePath(address: URL): string {
  try {
    return decodeURIComponent(address.pathname);
  } catch {
    return address.pathname;
  }
}

/** What went wrong on the file system, in words of this library; everything else as it is. */
function pathError(error: unknown, label: string): unknown {
  if (error instanceof Deno.errors.NotFound) {
    return new RunnerError("pack.not_found", `Pack "${label}" does not exist`, {
      place: label,
      cause: error,
      // A path that looks like an address was meant to be one.
      ...(/^https?:/.test(label) ? { hint: `Pipe it: curl -sL ${label} | greentic-runner run -` } : {}),
    });
  }
  if (error instanceof Deno.errors.NotCapable) return readDenied(label, error);
  if (error instanceof RunnerError) return error;
  return new RunnerError("pack.not_found", `Pack "${label}" cannot be opened`, {
    place: label,
    cause: error,
  });
}
