/**
 * Signs packs with an Ed25519 key: the envelope, and a certificate that carries the key. Never stores a key and
 * never decides who trusts it.
 */

import { blake3Hex, unshared } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import { compareCodePoints } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { selfSignedPem } from "./certificate_der.ts";
import { CHAIN, MANIFEST, SBOM_CBOR, SIGNATURE } from "./entries.ts";
import { compareSbom, readSbom } from "./sbom.ts";
import { signedDigest, type SignedParts } from "./signature.ts";
import type { PackSource } from "./source.ts";
import { writeZip } from "./zip.ts";

/** A key and what is written beside its signatures. */
export interface SigningOptions {
  /** The 32 secret bytes of the key. */
  readonly seed: Uint8Array;
  /** When the signature is made, RFC 3339 in UTC. */
  readonly signedAt: string;
  /** Serial number of the certificate. @default {20 random bytes} */
  readonly serial?: Uint8Array;
  /** Common name in the certificate. @default {"greentic-dev-local"} */
  readonly commonName?: string;
  /** Start of the certificate's validity. @default {1975-01-01} */
  readonly validFrom?: Date;
  /** End of the certificate's validity. @default {4096-01-01} */
  readonly validTo?: Date;
}

/** DER that precedes the seed in a PKCS #8 private key. */
export const PKCS8_PREFIX: Uint8Array = Uint8Array.fromHex("302e020100300506032b657004220420");
const SEED_BYTES = 32;
/** Longest common name that certificates have room for. */
export const MAX_COMMON_NAME = 64;
/** The common name by which readers know a certificate that vouches for nothing. */
export const DEV_COMMON_NAME = "greentic-dev-local";

/** The secret bytes of a new key. */
export function generateSeed(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(SEED_BYTES));
}

/** The public half of a key: its 32 bytes in hex, and the fingerprint by which it is trusted. */
export async function publicKeyOf(seed: Uint8Array): Promise<{ publicKey: string; fingerprint: string }> {
  const publicKey = await publicBytes(await importSeed(seed));
  return { publicKey: publicKey.toHex(), fingerprint: await blake3Hex(publicKey) };
}

/** The two signature entries over a manifest and its inventory. */
export async function signatureFiles(
  parts: SignedParts,
  options: SigningOptions,
): Promise<Map<string, Uint8Array>> {
  const {
    seed,
    signedAt,
    serial = crypto.getRandomValues(new Uint8Array(20)),
    commonName = DEV_COMMON_NAME,
    validFrom = new Date(Date.UTC(1975, 0, 1)),
    validTo = new Date(Date.UTC(4096, 0, 1)),
  } = options;
  if (commonName === "" || commonName.length > MAX_COMMON_NAME) {
    throw new RunnerError(
      "option.invalid",
      `Common name of the certificate has ${commonName.length} characters`,
      {
        hint: `Give one of 1 to ${MAX_COMMON_NAME} characters`,
      },
    );
  }
  const key = await importSeed(seed);
  const publicKey = await publicBytes(key);
  const digest = await signedDigest(parts);
  const envelope = {
    alg: "ed25519",
    sig: (await sign(digest)).toBase64({ alphabet: "base64url", omitPadding: true }),
    digest: digest.toHex(),
    signed_at_utc: signedAt,
    key_fingerprint: await blake3Hex(publicKey),
  };
  const chain = await selfSignedPem({ publicKey, serial, commonName, validFrom, validTo, sign });
  const utf8 = new TextEncoder();
  return new Map([
    [SIGNATURE, utf8.encode(JSON.stringify(envelope, null, 2))],
    [CHAIN, utf8.encode(chain)],
  ]);

  async function sign(message: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign("Ed25519", key, unshared(message)));
  }
}

/** An archive of a source's files with a new signature; refuses one whose inventory is absent or does not hold. */
export async function signPack(
  source: PackSource,
  options: SigningOptions & { readonly limits: Limits },
): Promise<Uint8Array> {
  const sbom = await readSbom(source, options.limits), manifest = await source.read(MANIFEST);
  if (sbom === undefined || manifest === undefined) {
    throw new RunnerError("verify.sbom", "Pack has no manifest or SBOM to sign", {
      place: source.label,
      hint: "Build the pack again",
    });
  }
  const [fault] = compareSbom(sbom, source);
  if (fault !== undefined) {
    const message = `Pack cannot be signed: "${fault.place}" contradicts its SBOM`;
    throw new RunnerError(fault.code, message, { place: fault.place, hint: "Build the pack again" });
  }
  const signatures = await signatureFiles({ manifest, sbom: sbom.bytes, files: sbom.files }, options);
  const files = new Map<string, Uint8Array>();
  for (const { name } of source.entries) {
    const bytes = await source.read(name);
    if (bytes !== undefined && !signatures.has(name)) files.set(name, bytes);
  }
  for (const [name, bytes] of signatures) files.set(name, bytes);
  // The older layout keeps its entries sorted, the new one its own order with the signature last.
  const sorted = sbom.entry !== SBOM_CBOR;
  return await writeZip(sorted ? [...files].sort(([a], [b]) => compareCodePoints(a, b)) : files);
}

async function importSeed(seed: Uint8Array): Promise<CryptoKey> {
  if (seed.length !== SEED_BYTES) {
    throw new RunnerError("option.invalid", `Signing key has ${seed.length} bytes and not ${SEED_BYTES}`, {
      hint: "Give the 32 secret bytes of an Ed25519 key",
    });
  }
  const der = Uint8Array.of(...PKCS8_PREFIX, ...seed);
  return await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
}

async function publicBytes(key: CryptoKey): Promise<Uint8Array> {
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  return Uint8Array.fromBase64(x, { alphabet: "base64url" });
}
