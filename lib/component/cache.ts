/**
 * Keeps prepared components on disk, one file each, shared between processes. Never trusts what it reads: a
 * file that is truncated, edited or of another version counts as absent, and is written anew.
 *
 * A file is: a line with the format's name and the SHA-256 of all that follows; a line of JSON with the border
 * and the length of each part; the parts. Files appear by rename, so a reader never sees half of one, and whoever is
 * killed leaves nothing but a temporary file.
 */

import { concatBytes } from "../base/bytes.ts";
import { sha256Hex } from "../base/digest.ts";
import { isGranted } from "../base/permission.ts";
import type { Prepared } from "./prepare.ts";

const FORMAT_NAME = "greentic-component-cache ";
const FORMAT = `${FORMAT_NAME}2`;

/** What the names of files end in: prepared components, and files that are being written. */
export const COMPONENT_SUFFIX = ".component";
export const TEMPORARY_SUFFIX = ".tmp";

interface Header {
  readonly key: string;
  readonly tools: string;
  readonly place: string;
  readonly digest: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly parts: readonly (readonly [name: string, length: number])[];
}

/** A folder of prepared components. */
export class ComponentCache {
  readonly #folder: string;

  /** Uses `folder`, which is created when the first component is stored. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether Deno permits to write to the folder. */
  get isWritable(): boolean {
    return isGranted({ name: "write", path: this.#folder });
  }

  /** The prepared component under a key, or null when there is none that can be trusted. */
  async load(key: string): Promise<Prepared | null> {
    const file = await readIfThere(`${this.#folder}/${key}${COMPONENT_SUFFIX}`);
    return file === null ? null : await decodeEntry(file, key);
  }

  /** Stores a prepared component. */
  async store(prepared: Prepared): Promise<void> {
    await this.write(`${prepared.key}${COMPONENT_SUFFIX}`, await encodeEntry(prepared));
  }

  /** The contents of any file of the folder, or null when there is none of that name. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return await readIfThere(`${this.#folder}/${name}`);
  }

  /** Writes a file of the folder, whole or not at all. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const path = `${this.#folder}/${name}`;
    const temporary = `${path}.${crypto.randomUUID()}${TEMPORARY_SUFFIX}`;
    try {
      await Deno.writeFile(temporary, bytes, { createNew: true });
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
  }
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function encodeEntry(prepared: Prepared): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const parts = [{ name: "glue", bytes: encoder.encode(prepared.glue) }, ...prepared.cores];
  const header: Header = {
    key: prepared.key,
    tools: prepared.tools,
    place: prepared.place,
    digest: prepared.digest,
    imports: prepared.shape.imports,
    exports: prepared.shape.exports,
    parts: parts.map(({ name, bytes }) => [name, bytes.length]),
  };
  const rest = concatBytes([
    encoder.encode(`${JSON.stringify(header)}\n`),
    ...parts.map(({ bytes }) => bytes),
  ]);
  return concatBytes([encoder.encode(`${FORMAT} ${await sha256Hex(rest)}\n`), rest]);
}

/** The prepared component in a file, or null for a file that this version did not write whole under this key. */
export async function decodeEntry(file: Uint8Array<ArrayBuffer>, key: string): Promise<Prepared | null> {
  const decoder = new TextDecoder();
  const lineEnd = file.indexOf(0x0a) + 1;
  const rest = file.subarray(lineEnd);
  if (decoder.decode(file.subarray(0, lineEnd)) !== `${FORMAT} ${await sha256Hex(rest)}\n`) return null;

  let at = rest.indexOf(0x0a) + 1;
  const header = readHeader(decoder.decode(rest.subarray(0, at)));
  if (header?.key !== key) return null;
  const [glue, ...cores] = header.parts.map(([name, length]) => ({
    name,
    bytes: rest.slice(at, at += length),
  }));
  return {
    key,
    tools: header.tools,
    place: header.place,
    digest: header.digest,
    shape: { imports: header.imports, exports: header.exports },
    glue: decoder.decode(glue?.bytes),
    cores,
  };
}

/** Whether a file was written by another version of this cache. */
export function isOtherVersion(file: Uint8Array): boolean {
  const start = new TextDecoder().decode(file.subarray(0, FORMAT.length + 1));
  return start.startsWith(FORMAT_NAME) && start !== `${FORMAT} `;
}

/** The header, or null for one that this version did not write. */
function readHeader(text: string): Header | null {
  try {
    const header: Partial<Header> | null = JSON.parse(text);
    return header !== null && isHeader(header) ? header as Header : null;
  } catch {
    return null;
  }
}

function isHeader({ key, tools, place, digest, imports, exports, parts }: Partial<Header>): boolean {
  return [key, tools, place, digest].every(isText) && [imports, exports].every(isTexts) &&
    Array.isArray(parts) && parts.every(isPart);
}

function isPart(part: unknown): boolean {
  return Array.isArray(part) && isText(part[0]) && Number.isSafeInteger(part[1]) && part[1] >= 0;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
