/** Checks the inventory: §5.1, §5.2 and §7. */

import { blake3 } from "hash-wasm";
import { decodeCbor, sayQuirks } from "./cbor.ts";
import { readJson } from "./legacy.ts";
import { checkShape } from "./shapes.ts";
import { attempt, type Files, get, isSorted, items, type Say, SBOM_EXEMPT } from "./tools.ts";

/** The files a legacy pack may have: place in the SBOM, pattern with the owner, media type. */
const LEGACY_FILES: [number, RegExp, string][] = [
  [0, /^flows\/([^/]+)\/flow\.ygtc$/, "application/yaml"],
  [0, /^flows\/([^/]+)\/flow\.json$/, "application/json"],
  [1, /^components\/([^/]+)\/component\.wasm$/, "application/wasm"],
  [1, /^schemas\/([^/]+)\/node\.schema\.json$/, "application/schema+json"],
  [1, /^components\/([^/]+)\/manifest\.json$/, "application/json"],
  [2, /^assets\/(.+)$/, "application/octet-stream"],
  [3, /^manifest\.cbor$/, "application/cbor"],
  [4, /^manifest\.json$/, "application/json"],
  [5, /^provenance\.json$/, "application/json"],
];

export interface Sbom {
  bytes: Uint8Array;
  files: unknown[];
}

export async function checkSbom(layout: "legacy" | "new", files: Files, say: Say): Promise<Sbom | null> {
  const name = layout === "legacy" ? "sbom.json" : "sbom.cbor", bytes = files.get(name);
  let document: unknown = null;
  if (layout === "legacy") {
    document = readJson(name, files, say);
  } else if (!bytes) {
    say(`${name} is missing from the archive`);
  } else {
    const decoded = attempt(() => decodeCbor(bytes), `${name} cannot be decoded`, say);
    if (decoded?.tagged) say(`${name} begins with a tag`);
    sayQuirks(name, decoded?.quirks ?? [], say);
    document = decoded?.value ?? null;
  }
  if (!bytes || document === null) return null;
  checkShape("sbom", document, name, { say, ordered: layout === "legacy", nulls: "either" });
  const listed = items(get(document, "files"));
  const paths = listed.map((file) => String(get(file, "path")));
  for (const [i, path] of paths.entries()) {
    const data = files.get(path), file = listed[i];
    if (paths.indexOf(path) !== i) say(`${name} lists ${path} twice`);
    if (SBOM_EXEMPT.includes(path)) say(`${name} lists ${path}, which it should not`);
    if (!data) say(`${name} lists the missing file ${path}`);
    if (data && await blake3(data) !== get(file, "hash_blake3")) {
      say(`${name}: the hash of ${path} does not match`);
    }
    if (data && data.length !== get(file, "size")) say(`${name}: the size of ${path} does not match`);
    const type = layout === "legacy" ? LEGACY_FILES[legacyKind(path)]?.[2] : newMediaType(path);
    if (type && type !== get(file, "media_type")) say(`${name}: the media type of ${path} is not ${type}`);
  }
  for (const path of files.keys()) {
    if (!SBOM_EXEMPT.includes(path) && !paths.includes(path)) {
      say(`${name} does not list ${path}`);
    }
  }
  if (layout === "new" && !isSorted(paths)) say(`${name} is not sorted by path`);
  if (layout === "legacy") checkLegacySbomOrder(paths, say);
  return { bytes, files: listed };
}

function newMediaType(path: string): string {
  if (/^(manifest|components\/[^/]+\.manifest)\.cbor$/.test(path)) return "application/cbor";
  return path.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
}

function legacyKind(path: string): number {
  return LEGACY_FILES.findIndex(([, pattern]) => pattern.test(path));
}

function checkLegacySbomOrder(paths: string[], say: Say): void {
  let lastKind = -1, lastOwner: string | undefined;
  for (const path of paths) {
    const kind = legacyKind(path), [place = -1, pattern] = LEGACY_FILES[kind] ?? [];
    const owner = pattern?.exec(path)?.[1], lastPlace = LEGACY_FILES[lastKind]?.[0] ?? -1;
    const first = LEGACY_FILES.findIndex((row) => row[0] === place) === kind;
    const follows = first
      ? place >= lastPlace
      : place === lastPlace && kind > lastKind && owner === lastOwner;
    if (kind < 0) say(`${path} has no place in a legacy pack`);
    else if (!follows) say(`sbom.json: ${path} is out of order`);
    [lastKind, lastOwner] = [kind, owner];
  }
}
