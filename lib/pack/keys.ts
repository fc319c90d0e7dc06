/**
 * Signing keys as files: Ed25519 in PKCS #8 and SPKI, the PEM forms that OpenSSL reads and writes. Never writes a
 * file, and never says who deserves trust.
 */

import { RunnerError } from "../base/errors.ts";
import { readUserFile } from "./archive_file.ts";
import { ED25519_SPKI } from "./certificate.ts";
import { pemBlocks, pemText } from "./pem.ts";
import { DEV_COMMON_NAME, generateSeed, PKCS8_PREFIX, publicKeyOf, type SigningOptions } from "./sign.ts";

/**
 * What signs: the path of a private key (PEM), its 32 secret bytes, or `"dev"` for a key that is made for this one
 * signature and thrown away.
 */
export type SigningKey = string | Uint8Array | "dev";

/** Largest key file that is read, in bytes. */
const MAX_KEY_BYTES = 64 * 1024;

/** A new key: its two PEM texts, its public half in hex, and the fingerprint by which it is trusted. */
export async function generateKey(): Promise<
  { privatePem: string; publicPem: string; publicKey: string; fingerprint: string }
> {
  const seed = generateSeed();
  const { publicKey, fingerprint } = await publicKeyOf(seed);
  return {
    privatePem: pemText("PRIVATE KEY", Uint8Array.of(...PKCS8_PREFIX, ...seed)),
    publicPem: pemText("PUBLIC KEY", Uint8Array.fromHex(ED25519_SPKI + publicKey)),
    publicKey,
    fingerprint,
  };
}

/** What a signature is made with. Its serial number follows from key and date, so that it can be made again. */
export async function signingOptions(
  key: SigningKey,
  { signedAt, commonName }: { signedAt: string; commonName: string },
): Promise<SigningOptions> {
  if (typeof key !== "string" && !(key instanceof Uint8Array)) {
    throw new RunnerError("option.invalid", "Signing key is neither a path nor bytes");
  }
  if (key === "dev") return { seed: generateSeed(), signedAt, commonName: DEV_COMMON_NAME };
  const seed = typeof key === "string" ? await readPrivateKey(key) : key;
  const { publicKey } = await publicKeyOf(seed);
  const name = new TextEncoder().encode(`${publicKey}\n${signedAt}\n${commonName}`);
  const serial = new Uint8Array(await crypto.subtle.digest("SHA-256", name)).subarray(0, 19);
  return { seed, signedAt, commonName, serial };
}

/**
 * The 32 secret bytes of the key in a PEM file.
 *
 * @throws {RunnerError} `key.invalid` when there is none.
 */
export async function readPrivateKey(path: string): Promise<Uint8Array> {
  const bytes = await readUserFile(path, MAX_KEY_BYTES, "key.invalid");
  const [block] = pemBlocks(new TextDecoder().decode(bytes)) ?? [];
  if (block?.label !== "PRIVATE KEY") {
    const found = block === undefined ? "no PEM text" : `a block called "${block.label}"`;
    throw invalid(path, `holds ${found} and no unencrypted private key in PKCS #8`);
  }
  try {
    const key = await crypto.subtle.importKey("pkcs8", block.der, "Ed25519", true, ["sign"]);
    const { d = "" } = await crypto.subtle.exportKey("jwk", key);
    return Uint8Array.fromBase64(d, { alphabet: "base64url" });
  } catch (cause) {
    throw invalid(path, "holds a key that is not Ed25519", cause);
  }
}

function invalid(path: string, what: string, cause?: unknown): RunnerError {
  return new RunnerError("key.invalid", `Key file "${path}" ${what}`, {
    place: path,
    hint: "Make a key with `greentic-runner keygen`, or `openssl genpkey -algorithm ed25519`",
    ...(cause === undefined ? {} : { cause }),
  });
}
