/**
 * The inventory of a pack: reads it, and compares it with the files that are there. Never says whether a
 * pack may run: it says what holds and what does not.
 */

import { decodeCbor } from "../base/cbor.ts";
import { type ErrorCode, messageOf, RunnerError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { MAX_VALUES, readJsonDocument } from "../base/json_document.ts";
import type { Limits } from "../base/limits.ts";
import { CHAIN, MANIFEST, SBOM_CBOR, SBOM_JSON, SIGNATURE } from "./entries.ts";
import { readDocument } from "./read_document.ts";
import { Fields } from "./shape.ts";
import type { PackSource } from "./source.ts";

/** The format that every inventory names. */
export const SBOM_FORMAT = "greentic-sbom-v1";

/** One line of an inventory. */
export interface SbomFile {
  /** The entry's name. */
  readonly path: string;
  /** The BLAKE3 digest as listed. */
  readonly hash: string;
  /** The size as listed, in bytes. */
  readonly size: number;
}

/** An inventory. */
export interface Sbom {
  /** The entry that holds it. */
  readonly entry: string;
  /** Its exact bytes, which a signature covers. */
  readonly bytes: Uint8Array;
  /** Its lines, in order. */
  readonly files: readonly SbomFile[];
}

/** What is wrong with one file. */
export interface SbomFault {
  /** What kind of contradiction it is. */
  readonly code: ErrorCode;
  /** The file. */
  readonly place: string;
  /** What is listed and what was found. */
  readonly reason: string;
}

/**
 * The inventory of a pack, or undefined when it has none; throws `verify.sbom` when it cannot be read, and
 * `pack.limit.document` when it is larger than the limits allow.
 */
export async function readSbom(source: PackSource, limits: Limits): Promise<Sbom | undefined> {
  for (const entry of [SBOM_CBOR, SBOM_JSON]) {
    const bytes = await readDocument(source, entry, limits);
    if (bytes === undefined) continue;
    try {
      return { entry, bytes, files: sbomFiles(document(entry, bytes, limits), entry) };
    } catch (cause) {
      throw new RunnerError("verify.sbom", `SBOM "${entry}" cannot be read: ${messageOf(cause)}`, {
        place: entry,
        cause,
      });
    }
  }
  return undefined;
}

/** Values that one line of an inventory takes: the line, four keys and their values, and some to spare. */
const VALUES_PER_LINE = 12;

function document(entry: string, bytes: Uint8Array, { maxEntries }: Limits): Json {
  const maxItems = Math.max(MAX_VALUES, maxEntries * VALUES_PER_LINE);
  if (entry === SBOM_CBOR) return decodeCbor(bytes, { place: entry, maxItems });
  const read = readJsonDocument(bytes, maxItems);
  if ("json" in read) return read.json;
  throw new RunnerError("verify.sbom", `Document ${read.fault}`, { place: entry });
}

function sbomFiles(document: Json, entry: string): SbomFile[] {
  const top = new Fields(document, { place: entry });
  const format = top.text("format");
  if (format !== SBOM_FORMAT) throw top.fault("format", `is "${format}" and not "${SBOM_FORMAT}"`);
  const seen = new Set<string>();
  return top.objects("files").map((fields) => {
    const path = fields.text("path"), hash = fields.text("hash_blake3");
    if (seen.has(path)) throw fields.fault("path", `is listed twice: "${path}"`);
    seen.add(path);
    fields.text("media_type");
    return { path, hash, size: fields.count("size") };
  });
}

/**
 * Every file that contradicts the inventory: changed, absent, or not listed. The inventory itself is named first
 * where it is `suspect`, as one that is not what was signed.
 */
export function compareSbom(sbom: Sbom, source: PackSource, suspect: boolean = false): SbomFault[] {
  const faults: SbomFault[] = [];
  for (const line of sbom.files) {
    const { path } = line, entry = source.entry(path);
    if (entry === undefined) {
      const reason = `listed in ${sbom.entry}, but not there`;
      faults.push({ code: "verify.missing_file", place: path, reason });
      continue;
    }
    const [what, found, listed] = entry.blake3 === line.hash.toLowerCase()
      ? ["size", entry.size, line.size]
      : ["digest", entry.blake3, line.hash];
    if (found === listed) continue;
    // A manifest that changed breaks the signature too, whatever the inventory is.
    const reason = suspect && path !== MANIFEST
      ? `"${sbom.entry}", which is not what was signed, lists ${what} ${listed} of "${path}", which has ${found}`
      : `"${path}" has ${what} ${found}, "${sbom.entry}" lists ${listed}`;
    faults.push({ code: "verify.digest", place: path, reason });
  }
  const listed = new Set(sbom.files.map((file) => file.path));
  for (const { name } of source.entries) {
    // An inventory that is not in use is a file like any other.
    if (listed.has(name) || name === sbom.entry || name === SIGNATURE || name === CHAIN) continue;
    faults.push({ code: "verify.extra_file", place: name, reason: `not listed in ${sbom.entry}` });
  }
  return faults;
}
