/**
 * What a manifest says about the files beside it: digests of flows and components, and the manifests of single
 * components, which must be what the pack's manifest says too. Notes verdicts, and never judges what they mean.
 */

import { decodeCbor } from "../base/cbor.ts";
import { sha256Hex } from "../base/digest.ts";
import { messageOf } from "../base/errors.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  sortKeys,
  stringMember,
} from "../base/json.ts";
import { COMPONENT_MANIFESTS, MANIFEST } from "./entries.ts";
import type { Manifest } from "./manifest.ts";
import type { PackSource } from "./source.ts";
import type { Judge } from "./verify.ts";

/** Checks the digests that the older layout has of flows and components. */
export function checkManifestHashes(manifest: Manifest, source: PackSource, judge: Judge): void {
  if (manifest.digests.length === 0) return;
  const check = "manifest_hashes";
  let matched = 0, odd = 0;
  for (const { entry, digest } of manifest.digests) {
    const found = source.entry(entry);
    // That it is absent is told where it is missed.
    if (found === undefined) continue;
    const [, listed] = /^blake3:([0-9a-f]{64})$/i.exec(digest) ?? [];
    if (listed === undefined) odd++;
    else if (listed.toLowerCase() === found.blake3) matched++;
    else {
      const reason = `digest is ${found.blake3}, the manifest has ${listed}`;
      judge.mismatch(
        { check, place: entry, reason, code: "verify.manifest_hash" },
        `File "${entry}" is not the one of the manifest: ${reason}`,
      );
    }
  }
  if (matched > 0) {
    const reason = `${matched} flows and components match`;
    judge.pass({ check, verdict: "verified", place: MANIFEST, reason });
  }
  if (odd > 0) {
    const reason = `${odd} flows and components have no digest that can be read`;
    judge.pass({ check, verdict: "skipped", place: MANIFEST, reason });
  }
}

/** Checks the manifests of single components against their digests and against the pack's manifest. */
export async function checkComponentManifests(
  manifest: Manifest,
  source: PackSource,
  judge: Judge,
): Promise<void> {
  const listed = member(manifest.extensions.get(COMPONENT_MANIFESTS), "entries");
  if (!isArray(listed) || listed.length === 0) return;
  const records = new Map(manifest.components.map(({ id, record }) => [id, record]));
  let matched = 0;
  const seen = new Set<string>();
  for (const row of listed) {
    const file = stringMember(row, "manifest_file") ?? "";
    // A file that many rows name would be read as often.
    const fault = seen.has(file)
      ? { place: file, reason: "it is listed twice" }
      : await rowFault(row, { source, records });
    seen.add(file);
    if (fault === undefined) matched++;
    else {
      const { place, reason } = fault;
      judge.mismatch(
        { check: "component_manifests", place, reason, code: "verify.component_manifest" },
        `Component manifest "${place}" is not the one of the pack's manifest: ${reason}`,
      );
    }
  }
  if (matched > 0) {
    const reason = matched === 1 ? "1 component manifest matches" : `${matched} component manifests match`;
    judge.pass({ check: "component_manifests", verdict: "verified", place: MANIFEST, reason });
  }
}

async function rowFault(
  row: Json,
  { source, records }: { source: PackSource; records: ReadonlyMap<string, JsonObject | undefined> },
): Promise<{ place: string; reason: string } | undefined> {
  const place = stringMember(row, "manifest_file"), id = stringMember(row, "component_id");
  if (place === undefined || id === undefined) {
    return { place: MANIFEST, reason: `a row of "${COMPONENT_MANIFESTS}" names no component and file` };
  }
  const bytes = await source.read(place);
  if (bytes === undefined) return { place, reason: "the file is not in the pack" };
  const expected = stringMember(row, "content_hash");
  if (expected !== undefined) {
    const [, listed] = /^sha256:([0-9a-f]{64})$/i.exec(expected) ?? [];
    if (listed === undefined) return { place, reason: `its digest "${expected}" is not sha256: and hex` };
    const found = await sha256Hex(bytes);
    if (found !== listed.toLowerCase()) {
      return { place, reason: `its digest is sha256:${found}, the manifest has ${expected}` };
    }
  }
  return recordFault(bytes, { place, record: records.get(id) });
}

function recordFault(
  bytes: Uint8Array,
  { place, record }: { place: string; record: JsonObject | undefined },
): { place: string; reason: string } | undefined {
  let document: Json;
  try {
    document = decodeCbor(bytes, { place });
  } catch (error) {
    return { place, reason: messageOf(error) };
  }
  if (record === undefined) return { place, reason: "the pack has no such component" };
  if (same(document, record)) return undefined;
  return { place, reason: "it differs from what the pack's manifest says of the component" };
}

/** Whether two records say the same: writers leave out what is null or empty, and order keys as they like. */
function same(a: Json, b: Json): boolean {
  return JSON.stringify(sortKeys(withoutEmpty(a))) === JSON.stringify(sortKeys(withoutEmpty(b)));
}

function withoutEmpty(value: Json): Json {
  if (isArray(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, Json] => [key, withoutEmpty(item)]);
  return Object.fromEntries(entries.filter(([, item]) => !isEmpty(item)));
}

function isEmpty(value: Json): boolean {
  return value === null || typeof value === "object" && Object.keys(value).length === 0;
}
