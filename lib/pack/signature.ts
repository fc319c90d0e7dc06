/**
 * The signature of a pack: its envelope, the digest it is made over, and whether it holds. Never says whether
 * the key deserves trust.
 */

import { blake3Hex, createBlake3, unshared } from "../base/digest.ts";
import { compareCodePoints } from "../base/json.ts";
import { type Certificate, readChain } from "./certificate.ts";
import { CHAIN, MANIFEST, SIGNATURE } from "./entries.ts";
import type { Sbom, SbomFile } from "./sbom.ts";
import { Fields } from "./shape.ts";
import type { PackSource } from "./source.ts";

/** What a signature covers. */
export interface SignedParts {
  /** The bytes of the manifest. */
  readonly manifest: Uint8Array;
  /** The bytes of the inventory. */
  readonly sbom: Uint8Array;
  /** The inventory's lines. */
  readonly files: readonly SbomFile[];
}

/** The 32 bytes that are signed: over manifest, inventory, and each line's path and digest, sorted by path. */
export async function signedDigest(parts: SignedParts): Promise<Uint8Array> {
  const digest = (await createBlake3()).update(parts.manifest).update(parts.sbom);
  const utf8 = new TextEncoder();
  const sorted = [...parts.files].sort((a, b) => compareCodePoints(a.path, b.path));
  for (const { path, hash } of sorted) digest.update(utf8.encode(`${path}\n${hash}`));
  return digest.digest();
}

/** A signature that holds. */
export interface ValidSignature {
  /** The key it was made with, as 64 hex digits. */
  readonly publicKey: string;
  /** The key's BLAKE3 fingerprint. */
  readonly fingerprint: string;
  /** The certificate that carries the key. */
  readonly certificate: Certificate;
}

/** What a check of the signature came to; `broken` names the entry at fault and why. */
export type SignatureCheck =
  | { readonly type: "absent" }
  | { readonly type: "broken"; readonly place: string; readonly reason: string }
  | { readonly type: "valid"; readonly signature: ValidSignature };

/** Checks the signature of a pack against its manifest and inventory. */
export async function checkSignature(source: PackSource, sbom: Sbom | undefined): Promise<SignatureCheck> {
  const envelopeBytes = await source.read(SIGNATURE), chain = await source.read(CHAIN);
  if (envelopeBytes === undefined && chain === undefined) return { type: "absent" };
  if (envelopeBytes === undefined) {
    return broken(SIGNATURE, "the certificate chain has no signature beside it");
  }
  if (chain === undefined) return broken(CHAIN, "the signature has no certificate chain beside it");
  const manifest = await source.read(MANIFEST);
  if (sbom === undefined || manifest === undefined) {
    return broken(SIGNATURE, "the manifest or SBOM that it covers is absent or cannot be read");
  }
  const envelope = readEnvelope(envelopeBytes);
  if (typeof envelope === "string") return broken(SIGNATURE, envelope);
  const digest = await signedDigest({ manifest, sbom: sbom.bytes, files: sbom.files });
  if (envelope.digest !== digest.toHex()) {
    return broken(SIGNATURE, "it was made for another manifest or SBOM");
  }
  const certificate = await readChain(chain);
  if (typeof certificate === "string") return broken(CHAIN, certificate);
  return await checkHolds({ digest, envelope, certificate });
}

interface Holding {
  digest: Uint8Array;
  envelope: Envelope;
  certificate: Certificate;
}

async function checkHolds({ digest, envelope, certificate }: Holding): Promise<SignatureCheck> {
  const key = certificate.publicKey;
  const fingerprint = await blake3Hex(key);
  if (envelope.fingerprint !== undefined && envelope.fingerprint !== fingerprint) {
    return broken(SIGNATURE, "it names the fingerprint of another key than the certificate carries");
  }
  if (!await ed25519Holds(key, { signature: envelope.signature, message: digest })) {
    return broken(SIGNATURE, "it does not hold for the certificate's key");
  }
  return { type: "valid", signature: { publicKey: key.toHex(), fingerprint, certificate } };
}

async function ed25519Holds(
  key: Uint8Array,
  signed: { signature: Uint8Array; message: Uint8Array },
): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("raw", unshared(key), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify(
      "Ed25519",
      imported,
      unshared(signed.signature),
      unshared(signed.message),
    );
  } catch {
    // A key that is no point of the curve verifies nothing.
    return false;
  }
}

interface Envelope {
  readonly signature: Uint8Array;
  readonly digest: string;
  readonly fingerprint?: string;
}

/** The envelope in these bytes, or why there is none. */
function readEnvelope(bytes: Uint8Array): Envelope | string {
  let fields: Fields;
  let texts: { alg: string; sig: string; digest: string; fingerprint: string | undefined };
  try {
    fields = new Fields(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), {
      place: SIGNATURE,
    });
    fields.text("signed_at_utc");
    const fingerprint = fields.optionalText("key_fingerprint");
    texts = { alg: fields.text("alg"), sig: fields.text("sig"), digest: fields.text("digest"), fingerprint };
  } catch {
    return "it is no envelope: JSON with the texts alg, sig, digest and signed_at_utc";
  }
  if (texts.alg.toLowerCase() !== "ed25519") {
    return `it names the algorithm "${texts.alg}"; only ed25519 is read`;
  }
  const signature = base64Url(texts.sig);
  if (signature?.length !== 64) return "its signature is not 64 bytes in base64url without padding";
  const fingerprint = texts.fingerprint?.toLowerCase();
  return {
    signature,
    digest: texts.digest.toLowerCase(),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

function base64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    // The last character's spare bits must be zero, or two texts would be one signature.
    const padded = text + "=".repeat((4 - text.length % 4) % 4);
    return Uint8Array.fromBase64(padded, { alphabet: "base64url", lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}

function broken(place: string, reason: string): SignatureCheck {
  return { type: "broken", place, reason };
}
