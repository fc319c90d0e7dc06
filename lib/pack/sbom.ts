/**
 * The inventory of a pack: reads it, and compares it with the files that are there. Never says whether a
 * pack may run: it says what holds and what does not.
 */

import { decodeCbor } from "../base/cbor.ts";
import { blake3Hex } from "../base/digest.ts";
import { type ErrorCode, messageOf, RunnerError } from "../base/errors.ts";
import { type Json, withinDepth } from "../base/json.ts";
import { isUnlisted, SBOM_CBOR, SBOM_JSON } from "./entries.ts";
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

/** The inventory of a pack, or undefined when it has none; throws `verify.sbom` when it cannot be read. */
export async function readSbom(source: PackSource): Promise<Sbom | undefined> {
  for (const entry of [SBOM_CBOR, SBOM_JSON]) {
    const bytes = await source.read(entry);
    if (bytes === undefined) continue;
    try {
      return { entry, bytes, files: sbomFiles(document(entry, bytes), entry) };
    } catch (cause) {
      throw new RunnerError("verify.sbom", `SBOM "${entry}" cannot be read: ${messageOf(cause)}`, {
        place: entry,
        cause,
      });
    }
  }
  return undefined;
}

function document(entry: string, bytes: Uint8Array): Json {
  if (entry === SBOM_CBOR) return decodeCbor(bytes, { place: entry });
  const value: Json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (!withinDepth(value)) {
    throw new RunnerError("verify.sbom", "Document is nested too deeply", { place: entry });
  }
  return value;
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
    return { path, hash };
  });
}

/** Every file that contradicts the inventory: changed, absent, or not listed. */
export async function compareSbom(sbom: Sbom, source: PackSource): Promise<SbomFault[]> {
  const faults: SbomFault[] = [];
  for (const { path, hash } of sbom.files) {
    const bytes = await source.read(path);
    if (bytes === undefined) {
      faults.push({
        code: "verify.missing_file",
        place: path,
        reason: `listed in ${sbom.entry}, but not there`,
      });
      continue;
    }
    const found = await blake3Hex(bytes);
    if (found !== hash.toLowerCase()) {
      faults.push({ code: "verify.digest", place: path, reason: `digest is ${found}, listed is ${hash}` });
    }
  }
  const listed = new Set(sbom.files.map((file) => file.path));
  for (const { name } of source.entries) {
    if (listed.has(name) || isUnlisted(name)) continue;
    faults.push({ code: "verify.extra_file", place: name, reason: `not listed in ${sbom.entry}` });
  }
  return faults;
}
