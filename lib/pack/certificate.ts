/**
 * The certificate chain beside a signature: a PEM text whose first certificate carries the key. The engine's
 * X.509 reader is loaded only when there is a certificate. Never consults a root store: whom to trust is told.
 */

import { isConsistentCertificate } from "./der.ts";
import { pemBlocks } from "./pem.ts";

/** The first certificate of a chain, and how far the chain carries it. */
export interface Certificate {
  /** The 32 bytes of its Ed25519 key. */
  readonly publicKey: Uint8Array;
  /** The subject, such as `CN=greentic-dev-local`. */
  readonly subject: string;
  /** Start of its validity and of those above it, in milliseconds since 1970. */
  readonly validFrom: number;
  /** End of the validity. */
  readonly validTo: number;
  /** Who signed it: itself, the next certificate of the chain, or somebody who is not known to be one that may. */
  readonly issuer: "itself" | "next" | "unknown";
  /** Keys, as SPKI in hex: its own, then those of the certificates above it, each of which signed the one before. */
  readonly keys: readonly string[];
  /** The topmost certificate of these, as DER. */
  readonly top: Uint8Array;
}

/** DER that precedes the 32 key bytes in an Ed25519 public key (SPKI). */
export const ED25519_SPKI = "302a300506032b6570032100";
/** More certificates, and more bytes of them, than any chain has; bounds the work. */
const MAX_CHAIN = 16, MAX_CHAIN_BYTES = 256 * 1024;

/** The first certificate of a PEM chain, or why there is none that can be used. */
export async function readChain(pem: Uint8Array): Promise<Certificate | string> {
  const ders = certificateBlocks(pem);
  if (typeof ders === "string") return ders;
  // The engine's reader looks at one of the two algorithms only.
  if (!ders.every(isConsistentCertificate)) return "the certificate chain holds no valid X.509 certificate";
  const { X509Certificate } = await import("node:crypto");
  try {
    const chain = ders.map((der) => new X509Certificate(der));
    const [leaf] = chain;
    if (leaf === undefined) return "the certificate chain is empty";
    const key = spkiHex(leaf);
    if (key.length !== 88 || !key.startsWith(ED25519_SPKI)) return "the certificate has no Ed25519 key";
    const selfSigned = leaf.issuer === leaf.subject;
    // Where the issuer is at hand, its signature must hold; where it is not, the caller decides.
    const above = selfSigned ? leaf : chain[1];
    if (above !== undefined && !leaf.verify(above.publicKey)) {
      return "the certificate is not signed by its issuer";
    }
    const linked = linkedChain(chain);
    const validFrom = Math.max(...linked.map((each) => Date.parse(each.validFrom)));
    const validTo = Math.min(...linked.map((each) => Date.parse(each.validTo)));
    if (Number.isNaN(validFrom + validTo)) return "the certificate has no valid dates";
    return {
      publicKey: Uint8Array.fromHex(key.slice(ED25519_SPKI.length)),
      subject: leaf.subject.replaceAll("\n", ", "),
      validFrom,
      validTo,
      issuer: selfSigned ? "itself" : linked.length > 1 ? "next" : "unknown",
      keys: linked.map(spkiHex),
      top: linked.at(-1)!.raw,
    };
  } catch {
    return "the certificate chain holds no valid X.509 certificate";
  }
}

/** The key of a certificate as SPKI in hex; throws when it is no certificate. */
export async function certificateKey(der: Uint8Array): Promise<string> {
  const { X509Certificate } = await import("node:crypto");
  return spkiHex(new X509Certificate(der));
}

/** Whether a certificate was issued by another that may issue any. */
export async function isIssuedBy(
  certificate: Uint8Array,
  { issuer, now }: { issuer: Uint8Array; now: number },
): Promise<boolean> {
  const { X509Certificate } = await import("node:crypto");
  const above = new X509Certificate(issuer);
  const current = Date.parse(above.validFrom) <= now && now <= Date.parse(above.validTo);
  return current && issues(above, new X509Certificate(certificate));
}

type X509 = InstanceType<typeof import("node:crypto").X509Certificate>;

/** The first certificates of a chain for as long as each is issued by the next. */
function linkedChain(chain: readonly X509[]): X509[] {
  const broken = chain.findIndex((each, i) => i > 0 && !issues(each, chain[i - 1]!));
  return chain.slice(0, broken < 0 ? chain.length : broken);
}

/** Whether `above` says that it may issue certificates, and did issue `below`. */
function issues(above: X509, below: X509): boolean {
  return above.ca && below.checkIssued(above) && below.verify(above.publicKey);
}

function spkiHex(certificate: X509): string {
  return new Uint8Array(certificate.publicKey.export({ type: "spki", format: "der" })).toHex();
}

/** The certificates of a PEM text, or why they cannot be read. */
function certificateBlocks(bytes: Uint8Array): Uint8Array[] | string {
  if (bytes.length > MAX_CHAIN_BYTES) return "the certificate chain is too long";
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "the certificate chain is no text";
  }
  const blocks = pemBlocks(text);
  if (blocks === undefined || blocks.some(({ label }) => label !== "CERTIFICATE")) {
    return "the certificate chain holds something else than certificates";
  }
  return blocks.length > MAX_CHAIN ? "the certificate chain is too long" : blocks.map(({ der }) => der);
}
