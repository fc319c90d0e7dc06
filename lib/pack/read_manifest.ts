/**
 * The reader that tells the two layouts of a manifest apart by the keys at its top, never by a file's name.
 */

import { decodeCbor } from "../base/cbor.ts";
import { RunnerError } from "../base/errors.ts";
import { isObject, member, stringMember } from "../base/json.ts";
import { MANIFEST } from "./entries.ts";
import { legacyManifest } from "./legacy_manifest.ts";
import type { Manifest } from "./manifest.ts";
import { newManifest } from "./new_manifest.ts";
import { Fields } from "./shape.ts";

/** The manifest in these bytes; throws when it cannot be read or has neither layout. */
export function readManifest(bytes: Uint8Array): Manifest {
  const document = decodeCbor(bytes, { place: MANIFEST });
  if (isObject(member(document, "meta"))) return legacyManifest(new Fields(document, { place: MANIFEST }));
  if (member(document, "symbols") !== undefined || stringMember(document, "schema_version") !== undefined) {
    return newManifest(new Fields(document, { place: MANIFEST }));
  }
  throw new RunnerError("manifest.invalid", "Manifest has neither of the known layouts", {
    place: MANIFEST,
    hint: "This runner reads schema pack-v1 and the older layout with a meta map",
  });
}
