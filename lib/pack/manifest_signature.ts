/**
 * The signatures within a manifest of the new layout: Ed25519 over the manifest's bytes with that list emptied.
 * They cover the manifest alone, and with it no file of the pack. Never says whether a pack may run.
 */

import { cborRange } from "../base/cbor_range.ts";
import { concatBytes } from "../base/bytes.ts";
import { isArray, isObject, type Json, member, stringMember } from "../base/json.ts";
import { ed25519Holds } from "./ed25519.ts";
import type { TrustStore } from "./trust.ts";

/** What a check of one signature came to. */
export interface ManifestSignatureCheck {
  /** The name of its key, as the manifest has it. */
  readonly keyId: string;
  /**
   * `trusted`: holds for a trusted key. `stranger`: holds for the key that its name is, which nobody vouched for.
   * `unknown`: no key is at hand for which it holds. `broken`: names a trusted key and does not hold for it, or
   * cannot be read.
   */
  readonly result: "trusted" | "stranger" | "unknown" | "broken";
  /** Why. */
  readonly reason: string;
}

/** More signatures than any manifest has; bounds the work. */
const MAX_SIGNATURES = 16;

/** Checks every signature that a manifest lists. */
export async function checkManifestSignatures(
  manifest: { readonly bytes: Uint8Array; readonly signatures: readonly Json[] },
  trust: TrustStore,
): Promise<ManifestSignatureCheck[]> {
  if (manifest.signatures.length > MAX_SIGNATURES) {
    const reason = `there are more than ${MAX_SIGNATURES} signatures`;
    return [{ keyId: "", result: "broken", reason }];
  }
  const message = unsignedBytes(manifest.bytes);
  return await Promise.all(manifest.signatures.map((signature) => check(signature, message, trust)));
}

/** The signatures that a manifest lists, whatever they are. */
export function listedSignatures(document: Json): readonly Json[] {
  const listed = member(member(document, "signatures"), "signatures");
  return isArray(listed) ? listed : [];
}

/** The manifest's bytes with its list of signatures emptied. */
export function unsignedBytes(manifest: Uint8Array): Uint8Array {
  const range = cborRange(manifest, ["signatures", "signatures"]);
  if (range === undefined) return manifest;
  const emptyArray = Uint8Array.of(0x80);
  return concatBytes([manifest.subarray(0, range.start), emptyArray, manifest.subarray(range.end)]);
}

async function check(
  signature: Json,
  message: Uint8Array,
  trust: TrustStore,
): Promise<ManifestSignatureCheck> {
  const keyId = stringMember(signature, "key_id") ?? "";
  const algorithm = algorithmOf(member(signature, "algorithm"));
  if (algorithm !== "ed25519") {
    return { keyId, result: "broken", reason: `it names the algorithm "${algorithm}"; only ed25519 is read` };
  }
  const bytes = base64(stringMember(signature, "signature") ?? "");
  if (bytes?.length !== 64) {
    return { keyId, result: "broken", reason: "its signature is not 64 bytes in Base64" };
  }
  for (const key of trust.ed25519Keys) {
    if (await ed25519Holds(key, { signature: bytes, message })) {
      return { keyId, result: "trusted", reason: "holds for a trusted key" };
    }
  }
  // The name may be the key itself, or a fingerprint, or any word: only when it holds is it known to be the key.
  const named = /^[0-9a-f]{64}$/i.test(keyId) ? Uint8Array.fromHex(keyId) : undefined;
  if (named !== undefined && await ed25519Holds(named, { signature: bytes, message })) {
    return await trust.vouchesForKey(named)
      ? { keyId, result: "trusted", reason: "holds for a trusted key" }
      : { keyId, result: "stranger", reason: "holds for a key that nobody vouched for" };
  }
  return await trust.names(keyId)
    ? { keyId, result: "broken", reason: "it does not hold for the trusted key that it names" }
    : { keyId, result: "unknown", reason: "no trusted key made it" };
}

/** The algorithm's name, which stands as text or as `{other: name}`. */
function algorithmOf(algorithm: Json | undefined): string {
  if (typeof algorithm === "string") return algorithm.toLowerCase();
  return isObject(algorithm) ? String(member(algorithm, "other") ?? "") : "";
}

function base64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}
