/**
 * Whom a user trusts: Ed25519 keys, their fingerprints, and certificates, as they were named on the command line
 * or in options. Reads what is named and nothing else; never consults a store of the system.
 */

import { blake3Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import { compareCodePoints } from "../base/json.ts";
import { readDenied } from "../base/permission.ts";
import { isMissing, readUserFile } from "./archive_file.ts";
import { type Certificate, certificateKey, ED25519_SPKI, isIssuedBy } from "./certificate.ts";
import { pemBlocks } from "./pem.ts";

/** Largest file of keys that is read, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Endings of the files that a folder of keys is made of, and the one that any text may have too. */
const KEY_FILE_REGEXP = /\.(?:pem|crt|cer|pub|hex|txt)$/i, TEXT_FILE_REGEXP = /\.txt$/i;
/** Size of a key without anything around it. */
const RAW_KEY_BYTES = 32;
const HEX_KEY_REGEXP = /^[0-9a-f]{64}$/i;
const BASE64_KEY_REGEXP = /^ed25519:([A-Za-z0-9+/]{43}=)$/i;

/** Whether an item of trust is a key itself and not the path of one. */
export function isWrittenKey(item: string): boolean {
  return HEX_KEY_REGEXP.test(item) || item.toLowerCase().startsWith("ed25519:");
}

/** The keys and certificates that somebody vouches for. */
export class TrustStore {
  readonly #keys: ReadonlySet<string>;
  readonly #fingerprints: ReadonlySet<string>;
  readonly #certificates: readonly Uint8Array[];

  /** Takes keys as SPKI in hex, BLAKE3 fingerprints of Ed25519 keys in hex, and certificates as DER. */
  constructor(
    keys: ReadonlySet<string>,
    fingerprints: ReadonlySet<string>,
    certificates: readonly Uint8Array[],
  ) {
    this.#keys = keys;
    this.#fingerprints = fingerprints;
    this.#certificates = certificates;
  }

  /** The Ed25519 keys among the trusted: 32 bytes each. */
  get ed25519Keys(): readonly Uint8Array[] {
    const own = [...this.#keys].filter((key) => key.startsWith(ED25519_SPKI));
    return own.map((key) => Uint8Array.fromHex(key.slice(ED25519_SPKI.length)));
  }

  /** Whether somebody vouches for a key of this name: the key itself, or its fingerprint, in hex. */
  async names(keyId: string): Promise<boolean> {
    const name = keyId.toLowerCase();
    if (this.#fingerprints.has(name)) return true;
    for (const key of this.ed25519Keys) {
      if (key.toHex() === name || await blake3Hex(key) === name) return true;
    }
    return false;
  }

  /** Whether a key is trusted for itself. */
  async vouchesForKey(publicKey: Uint8Array): Promise<boolean> {
    return this.#keys.has(ED25519_SPKI + publicKey.toHex()) ||
      this.#fingerprints.has(await blake3Hex(publicKey));
  }

  /** Whether a certificate above this one is trusted: one of its chain, or one that issued the chain's topmost. */
  async vouchesForIssuer(certificate: Certificate, now: number): Promise<boolean> {
    if (certificate.keys.slice(1).some((key) => this.#keys.has(key))) return true;
    for (const issuer of this.#certificates) {
      if (await isIssuedBy(certificate.top, { issuer, now })) return true;
    }
    return false;
  }
}

/**
 * Reads what is trusted. An item is 64 hex digits (an Ed25519 public key or its BLAKE3 fingerprint), `ed25519:` and
 * a public key in Base64, or the path of a file or folder: certificates and public keys as PEM, 32 raw bytes, or
 * lines of keys.
 *
 * @throws {RunnerError} `trust.invalid` for what is no key, `permission.missing` for what may not be read.
 */
export async function readTrust(items: readonly string[]): Promise<TrustStore> {
  const reading = new Reading();
  for (const item of items) {
    if (!reading.line(item)) await readPath(item, reading);
  }
  return reading.store();
}

class Reading {
  readonly #keys = new Set<string>();
  readonly #fingerprints = new Set<string>();
  readonly #certificates: Uint8Array[] = [];

  store(): TrustStore {
    return new TrustStore(this.#keys, this.#fingerprints, this.#certificates);
  }

  /** Takes a key as text; false when it is none. */
  line(text: string): boolean {
    const base64 = BASE64_KEY_REGEXP.exec(text)?.[1];
    if (base64 !== undefined) return this.raw(Uint8Array.fromBase64(base64));
    if (!HEX_KEY_REGEXP.test(text)) return false;
    // Nobody can tell a key from its fingerprint; a key that is taken for a fingerprint matches nothing.
    this.#keys.add(ED25519_SPKI + text.toLowerCase());
    this.#fingerprints.add(text.toLowerCase());
    return true;
  }

  /** Takes the 32 bytes of a key. */
  raw(key: Uint8Array): boolean {
    this.#keys.add(ED25519_SPKI + key.toHex());
    return true;
  }

  /** Takes what a file holds; false when it may hold any text, and no line of it is a key. */
  async file(
    bytes: Uint8Array,
    { path, mayBeProse }: { path: string; mayBeProse: boolean },
  ): Promise<boolean> {
    if (bytes.length === RAW_KEY_BYTES) return this.raw(bytes);
    if (isDer(bytes)) throw noPem(path);
    const text = new TextDecoder().decode(bytes);
    const blocks = pemBlocks(text);
    if (blocks === undefined) {
      throw invalid(`File "${path}" holds PEM that is damaged, or has text after its last block`, path);
    }
    for (const { label, der } of blocks) await this.#block(label, der, path);
    if (blocks.length > 0) return true;
    const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) =>
      line !== "" && !line.startsWith("#")
    );
    const keys = lines.filter((line) => this.line(line));
    if (lines.length > 0 && keys.length === lines.length) return true;
    if (mayBeProse && keys.length === 0) return false;
    throw invalid(`File "${path}" holds no key and no certificate`, path);
  }

  async #block(label: string, der: Uint8Array, path: string): Promise<void> {
    if (label.includes("PRIVATE KEY")) {
      throw new RunnerError("trust.invalid", `File "${path}" holds a private key`, {
        place: path,
        hint: "Trust its public half: keygen writes it beside the key, under the same name with .pub",
      });
    }
    const hex = der.toHex();
    if (label === "PUBLIC KEY" && hex.length === 88 && hex.startsWith(ED25519_SPKI)) {
      this.#keys.add(hex);
    } else if (label === "CERTIFICATE") {
      const key = await certificateKey(der).catch(() => undefined);
      if (key === undefined) throw invalid(`File "${path}" holds a damaged certificate`, path);
      this.#keys.add(key);
      this.#certificates.push(der);
    } else {
      throw invalid(`File "${path}" holds a ${label.toLowerCase()} that is no Ed25519 key`, path);
    }
  }
}

async function readPath(path: string, reading: Reading): Promise<void> {
  try {
    const { isDirectory } = await Deno.stat(path);
    let found = false;
    for (const file of isDirectory ? await keyFiles(path) : [path]) {
      const bytes = await readUserFile(file, MAX_FILE_BYTES, "trust.invalid");
      const mayBeProse = isDirectory && TEXT_FILE_REGEXP.test(file);
      if (await reading.file(bytes, { path: file, mayBeProse })) found = true;
    }
    if (!found) throw invalid(`Folder "${path}" holds no file of keys`, path);
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    if (error instanceof Deno.errors.NotCapable) throw readDenied(path, error);
    throw invalid(`"${path}" is no key, and no file or folder of keys that can be read`, path, error);
  }
}

/** The files of a folder that have the name of keys or the size of one; a link that leads nowhere is no file. */
async function keyFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const found = await Deno.stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (found?.isFile && (KEY_FILE_REGEXP.test(name) || found.size === RAW_KEY_BYTES)) files.push(path);
  }
  return files.sort(compareCodePoints);
}

/** Whether bytes are a certificate or key without the text that PEM puts around it: a sequence of a long length. */
function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && bytes.length > 2 && (bytes[1]! >= 0x80 || bytes[1] === bytes.length - 2);
}

function noPem(path: string): RunnerError {
  return new RunnerError("trust.invalid", `File "${path}" is DER and not PEM`, {
    place: path,
    hint: `Write it as PEM; for a certificate: openssl x509 -inform der -in ${path} -out ${path}.pem`,
  });
}

function invalid(message: string, place: string, cause?: unknown): RunnerError {
  return new RunnerError("trust.invalid", message, {
    place,
    ...(cause === undefined ? {} : { cause }),
  });
}
