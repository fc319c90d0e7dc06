/**
 * The signature of a pack: its envelope, the digest it is made over, and whether it holds. Never says whether
 * the key deserves trust.
 */

import { blake3Hex, createBlake3 } from "../base/digest.ts";
import { compareCodePoints } from "../base/json.ts";
import { readJsonDocument } from "../base/json_document.ts";
import type { ErrorCode } from "../base/errors.ts";
import { type Certificate, readChain } from "./certificate.ts";
import { ed25519Holds } from "./ed25519.ts";
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
  readonly files: readonly Pick<SbomFile, "path" | "hash">[];
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
  | { readonly type: "broken"; readonly code: ErrorCode; readonly place: string; readonly reason: string }
  | { readonly type: "valid"; readonly signature: ValidSignature };

/** Checks the signature of a pack against its manifest and inventory. */
export async function checkSignature(source: PackSource, sbom: Sbom | undefined): Promise<SignatureCheck> {
  const envelopeBytes = await source.read(SIGNATURE), chain = await source.read(CHAIN);
  if (envelopeBytes === undefined && chain === undefined) return { type: "absent" };
  if (envelopeBytes === undefined) {
    return broken(
      "verify.signature.incomplete",
      SIGNATURE,
      "the certificate chain has no signature beside it",
    );
  }
  if (chain === undefined) {
    return broken("verify.signature.incomplete", CHAIN, "the signature has no certificate chain beside it");
  }
  const manifest = await source.read(MANIFEST);
  if (sbom === undefined || manifest === undefined) {
    const reason = "the manifest or SBOM that it covers is absent or cannot be read";
    return broken("verify.signature.incomplete", SIGNATURE, reason);
  }
  const envelope = readEnvelope(envelopeBytes);
  if ("type" in envelope) return envelope;
  const digest = await signedDigest({ manifest, sbom: sbom.bytes, files: sbom.files });
  if (envelope.digest !== digest.toHex()) {
    return broken("verify.signature.digest", SIGNATURE, "it was made for another manifest or SBOM");
  }
  const certificate = await readChain(chain);
  if (typeof certificate === "string") return broken("verify.signature.chain", CHAIN, certificate);
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
    const reason = "it names the fingerprint of another key than the certificate carries";
    return broken("verify.signature.key", SIGNATURE, reason);
  }
  if (!await ed25519Holds(key, { signature: envelope.signature, message: digest })) {
    return broken("verify.signature.invalid", SIGNATURE, "it does not hold for the certificate's key");
  }
  return { type: "valid", signature: { publicKey: key.toHex(), fingerprint, certificate } };
}

/** Longest envelope that is read, in bytes. */
const MAX_ENVELOPE_BYTES = 64 * 1024;

interface Envelope {
  readonly signature: Uint8Array;
  readonly digest: string;
  readonly fingerprint?: string;
}

/** The envelope in these bytes, or why there is none. */
function readEnvelope(bytes: Uint8Array): Envelope | Extract<SignatureCheck, { type: "broken" }> {
  let fields: Fields;
  let texts: { alg: string; sig: string; digest: string; fingerprint: string | undefined };
  try {
    const read = bytes.length > MAX_ENVELOPE_BYTES ? { fault: "is too long" } : readJsonDocument(bytes);
    fields = new Fields("json" in read ? read.json : undefined, { place: SIGNATURE });
    if (!isDate(fields.text("signed_at_utc"))) throw fields.fault("signed_at_utc", "is no date");
    const fingerprint = fields.optionalText("key_fingerprint");
    texts = { alg: fields.text("alg"), sig: fields.text("sig"), digest: fields.text("digest"), fingerprint };
  } catch {
    const reason = "it is no envelope: JSON with the texts alg, sig and digest, and the date signed_at_utc";
    return broken("verify.signature.envelope", SIGNATURE, reason);
  }
  if (texts.alg.toLowerCase() !== "ed25519") {
    const reason = `it names the algorithm "${texts.alg}"; only ed25519 is read`;
    return broken("verify.signature.algorithm", SIGNATURE, reason);
  }
  const signature = base64Url(texts.sig);
  if (signature?.length !== 64) {
    const reason = "its signature is not 64 bytes in base64url without padding";
    return broken("verify.signature.envelope", SIGNATURE, reason);
  }
  const fingerprint = texts.fingerprint?.toLowerCase();
  return {
    signature,
    digest: texts.digest.toLowerCase(),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** Whether a text is a date with its time, as RFC 3339 has it. */
function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text));
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

function broken(
  code: ErrorCode,
  place: string,
  reason: string,
): Extract<SignatureCheck, { type: "broken" }> {
  return { type: "broken", code, place, reason };
}
