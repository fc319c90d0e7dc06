/**
 * Builds packs of either layout from plain data: manifest, inventory, entries in their order, signature on
 * request. The same data gives the same bytes. Never reads files and never reads a clock.
 */

import { encodeCbor } from "../base/cbor.ts";
import { blake3Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import { compareCodePoints, type Json, type JsonObject, sortKeys } from "../base/json.ts";
import { legacyFiles } from "./build_legacy.ts";
import { newFiles } from "./build_new.ts";
import { isUnlisted, MANIFEST, SBOM_CBOR, SBOM_JSON } from "./entries.ts";
import { checkName } from "./limits.ts";
import type { PackSpec } from "./pack_spec.ts";
import { SBOM_FORMAT } from "./sbom.ts";
import { isIdentifier, isVersion } from "./shape.ts";
import { signatureFiles } from "./sign.ts";
import { writeZip } from "./zip.ts";

/** The bytes of a pack. */
export async function buildPack(spec: PackSpec): Promise<Uint8Array<ArrayBuffer>> {
  return await writeZip(await packFiles(spec));
}

/** The entries of a pack in their order, as an archive or a folder would hold them. */
export async function packFiles(spec: PackSpec): Promise<Map<string, Uint8Array>> {
  checkSpec(spec);
  const legacy = spec.layout === "legacy";
  const files = legacy ? await legacyFiles(spec) : await newFiles(spec);
  for (const name of files.keys()) checkName(name);
  const manifest = files.get(MANIFEST);
  if (manifest === undefined || spec.sbom === false) return files;
  const lines = await sbomLines(files, legacy ? legacyMediaType : newMediaType);
  const document = {
    files: legacy ? lines : sorted(lines, (line) => String(line["path"])),
    format: SBOM_FORMAT,
  };
  const sbom = legacy ? pretty(sortKeys(document)) : encodeCbor(document, { order: "canonical" });
  files.set(legacy ? SBOM_JSON : SBOM_CBOR, sbom);
  if (spec.signing !== undefined) {
    const listed = lines.map((line) => ({ path: String(line["path"]), hash: String(line["hash_blake3"]) }));
    const signatures = await signatureFiles({ manifest, sbom, files: listed }, spec.signing);
    for (const [name, bytes] of signatures) files.set(name, bytes);
  }
  return legacy ? new Map(sorted([...files], ([name]) => name)) : files;
}

function checkSpec(spec: PackSpec): void {
  const ids = [
    spec.id,
    ...spec.flows.map((flow) => flow.id),
    ...spec.components.map((component) => component.id),
  ];
  const badId = ids.find((id) => !isIdentifier(id));
  if (badId !== undefined) {
    throw invalid(`Id ${JSON.stringify(badId)} has other characters than A-Z a-z 0-9 . _ -`);
  }
  const versions = [spec.version, ...spec.components.map((component) => component.version)];
  const badVersion = versions.find((version) => !isVersion(version));
  if (badVersion !== undefined) throw invalid(`Version "${badVersion}" is not of the form 1.2.3`);
  refuseTwins("Flow", spec.flows.map((flow) => flow.id));
  refuseTwins("Component", spec.components.map((component) => component.id));
  const reserved = [...(spec.files?.keys() ?? [])].find((name) => isUnlisted(name) || name === MANIFEST);
  if (reserved !== undefined) throw invalid(`File "${reserved}" is written by the builder itself`);
  if (spec.signing !== undefined && spec.sbom === false) {
    throw invalid("A pack without SBOM cannot be signed");
  }
}

function refuseTwins(what: string, ids: readonly string[]): void {
  const twin = ids.find((id, i) => ids.indexOf(id) < i);
  if (twin !== undefined) throw invalid(`${what} "${twin}" is given twice`);
}

function invalid(message: string): RunnerError {
  return new RunnerError("option.invalid", message);
}

async function sbomLines(
  files: ReadonlyMap<string, Uint8Array>,
  mediaType: (path: string) => string,
): Promise<JsonObject[]> {
  const lines: JsonObject[] = [];
  for (const [path, bytes] of files) {
    lines.push({
      path,
      size: bytes.length,
      hash_blake3: await blake3Hex(bytes),
      media_type: mediaType(path),
    });
  }
  return lines;
}

/** Media types as the reference writes them: by role, so assets are octets whatever their name says. */
function legacyMediaType(path: string): string {
  if (path.startsWith("assets/")) return OCTETS;
  if (path.startsWith("schemas/")) return "application/schema+json";
  if (path.endsWith(".ygtc")) return "application/yaml";
  return path.endsWith(".json") ? "application/json" : newMediaType(path);
}

/** The new layout knows the files that it reads; all others are octets. */
function newMediaType(path: string): string {
  if (path.endsWith(".wasm")) return "application/wasm";
  return path === MANIFEST || path.endsWith(".manifest.cbor") ? "application/cbor" : OCTETS;
}

const OCTETS = "application/octet-stream";

function pretty(value: Json): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, null, 2));
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => compareCodePoints(key(a), key(b)));
}
