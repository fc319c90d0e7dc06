/**
 * The certificate chain beside a signature: a PEM text whose first certificate carries the key. The engine's
 * X.509 reader is loaded only when there is a chain. Never consults a root store: trust is by key.
 */

/** The first certificate of a chain. */
export interface Certificate {
  /** The 32 bytes of its Ed25519 key. */
  readonly publicKey: Uint8Array;
  /** The subject, such as `CN=greentic-dev-local`. */
  readonly subject: string;
  /** Start of its validity, in milliseconds since 1970. */
  readonly validFrom: number;
  /** End of its validity. */
  readonly validTo: number;
  /** Who signed it: itself, the next certificate of the chain, or somebody whose certificate is not there. */
  readonly issuer: "itself" | "next" | "unknown";
}

/** DER that precedes the 32 key bytes in an Ed25519 public key. */
const ED25519_SPKI = "302a300506032b6570032100";
/** More certificates than any chain has; bounds the work. */
const MAX_CHAIN = 16;

/** The first certificate of a PEM chain, or why there is none that can be used. */
export async function readChain(pem: Uint8Array): Promise<Certificate | string> {
  const blocks = pemBlocks(pem);
  if (typeof blocks === "string") return blocks;
  const { X509Certificate } = await import("node:crypto");
  try {
    const chain = blocks.map((block) => new X509Certificate(block));
    const [leaf] = chain;
    if (leaf === undefined) return "the certificate chain is empty";
    const spki = new Uint8Array(leaf.publicKey.export({ type: "spki", format: "der" }));
    if (spki.length !== 44 || !spki.toHex().startsWith(ED25519_SPKI)) {
      return "the certificate has no Ed25519 key";
    }
    const validFrom = Date.parse(leaf.validFrom), validTo = Date.parse(leaf.validTo);
    if (Number.isNaN(validFrom + validTo)) return "the certificate has no valid dates";
    const selfSigned = leaf.issuer === leaf.subject;
    // Where the issuer is at hand, its signature must hold; where it is not, the caller decides.
    const issuer = selfSigned ? leaf : chain[1];
    if (issuer !== undefined && !leaf.verify(issuer.publicKey)) {
      return "the certificate is not signed by its issuer";
    }
    return {
      publicKey: spki.slice(12),
      subject: leaf.subject.replaceAll("\n", ", "),
      validFrom,
      validTo,
      issuer: selfSigned ? "itself" : issuer === undefined ? "unknown" : "next",
    };
  } catch {
    return "the certificate chain holds no valid X.509 certificate";
  }
}

/** The certificate blocks of a PEM text, or why it cannot be read. Text before the first block is a comment. */
function pemBlocks(bytes: Uint8Array): string[] | string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "the certificate chain is no text";
  }
  const first = text.indexOf("-----BEGIN ");
  if (first < 0) return "the certificate chain is empty";
  const rest = text.slice(first).trimEnd();
  const blocks =
    rest.match(/-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g) ?? [];
  const between = rest.split(/-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/);
  if (between.some((gap) => gap.trim() !== "")) {
    return "the certificate chain holds something else than certificates";
  }
  return blocks.length > MAX_CHAIN ? "the certificate chain is too long" : blocks;
}
