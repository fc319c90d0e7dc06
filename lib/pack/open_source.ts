/**
 * Turns whatever names a pack into a source: a path or address of an archive, folder, bare component or flow, its
 * bytes, or files by name. What it is, is told from its first bytes; a text counts as a flow when it has nodes, or
 * the name of one.
 * Never looks at what the entries mean.
 */

import { RunnerError } from "../base/errors.ts";
import { isFlowName, SIDECAR_SUFFIX } from "../base/flow_names.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { readDenied } from "../base/permission.ts";
import { archiveAt, type ArchiveFile, heldArchive, readIfThere } from "./archive_file.ts";
import { fetchArchive, isFetchable, shown } from "./fetch_archive.ts";
import { folderSource } from "./folder_source.ts";
import { componentSource, flowFileSource, memorySource } from "./memory_source.ts";
import { isNamed, type PackInput } from "./pack_input.ts";
import type { PackSource, SourceKind } from "./source.ts";
import { zipSource } from "./zip_source.ts";

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

/** The path that an input names, or undefined when it names no path. */
export function inputPath(input: PackInput): string | undefined {
  if (typeof input === "string") return input;
  return input instanceof URL && input.protocol === "file:" ? filePath(input) : undefined;
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
  const start = await file.read(0, Math.min(file.size, SNIFFED_BYTES));
  if (isWasm(start)) {
    const name = `${stemOf(label)}.wasm`;
    return await componentSource(await file.read(0, file.size), { label, limits, name });
  }
  if (!isFlow(start, label)) return await zipSource(file, options);
  const bytes = file.size > limits.maxDocumentBytes ? start : await file.read(0, file.size);
  const files = new Map([[fileName(label), bytes]]);
  const sidecar = options.kind === "zip" ? await sidecarOf(label, limits) : undefined;
  if (sidecar !== undefined) files.set(`${fileName(label)}${SIDECAR_SUFFIX}`, sidecar);
  return await flowFileSource(files, { label, limits });
}

/** What the packer resolved the nodes of a flow to, which lies beside it; an unreadable one is as good as none. */
async function sidecarOf(path: string, { maxDocumentBytes }: Limits): Promise<Uint8Array | undefined> {
  const sidecar = `${path}${SIDECAR_SUFFIX}`;
  return await readIfThere(sidecar, maxDocumentBytes + 1, "pack.not_found").catch((error) => {
    if (error instanceof RunnerError) return undefined;
    throw error;
  });
}

function isWasm(start: Uint8Array): boolean {
  return start[0] === 0 && start[1] === 0x61 && start[2] === 0x73 && start[3] === 0x6d;
}

/** How much of a file is looked at to tell what it is, in bytes. */
const SNIFFED_BYTES = 64 * 1024;
const NODES_REGEXP = /(?:^|[{,\s])(?:"nodes"|'nodes'|nodes)\s*:/;

/** Whether a file that is no component is a flow: a text with nodes, or with the name of a flow. */
function isFlow(start: Uint8Array, label: string): boolean {
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  if (isZip) return false;
  return isFlowName(label) || !start.includes(0) && NODES_REGEXP.test(new TextDecoder().decode(start));
}

function fileName(label: string): string {
  return label.replace(/[\\/]+$/, "").split(/[\\/]/).at(-1) || "flow";
}

/** A file's name without folder and extension. */
export function stemOf(label: string): string {
  const name = label.replace(/[\\/]+$/, "").split(/[\\/]/).at(-1) ?? "";
  return name.replace(/(?<=.)\.[^.]*$/, "") || "unknown";
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
