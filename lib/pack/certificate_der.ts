/**
 * Writes the one certificate that a signature needs: X.509 v3, self-signed, Ed25519, a single common name, no
 * extensions. Never reads certificates.
 */

/** What stands in a certificate. */
export interface CertificateFields {
  /** The 32 bytes of the key. */
  readonly publicKey: Uint8Array;
  /** The serial number, most significant byte first; written as a positive number. */
  readonly serial: Uint8Array;
  /** The common name of issuer and subject. */
  readonly commonName: string;
  /** Start of the validity. */
  readonly validFrom: Date;
  /** End of the validity. */
  readonly validTo: Date;
  /** Signs the part that is signed. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

const INTEGER = 0x02, BIT_STRING = 0x03, UTF8_STRING = 0x0c, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30, SET = 0x31, VERSION = 0xa0;
/** The algorithm Ed25519, 1.3.101.112, for keys and signatures alike. */
const ED25519 = Uint8Array.of(SEQUENCE, 5, 0x06, 3, 0x2b, 0x65, 0x70);
/** The attribute common name, 2.5.4.3. */
const COMMON_NAME = Uint8Array.of(0x06, 3, 0x55, 0x04, 0x03);

/** The certificate as PEM text with one block. */
export async function selfSignedPem(fields: CertificateFields): Promise<string> {
  const name = element(
    SEQUENCE,
    element(
      SET,
      element(SEQUENCE, COMMON_NAME, element(UTF8_STRING, new TextEncoder().encode(fields.commonName))),
    ),
  );
  const body = element(
    SEQUENCE,
    element(VERSION, element(INTEGER, Uint8Array.of(2))),
    element(INTEGER, positive(fields.serial)),
    ED25519,
    name,
    element(SEQUENCE, time(fields.validFrom), time(fields.validTo)),
    name,
    element(SEQUENCE, ED25519, bits(fields.publicKey)),
  );
  const der = element(SEQUENCE, body, ED25519, bits(await fields.sign(body)));
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** One element: its type, its length, its parts. */
function element(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  const bytes = new Uint8Array(1 + size.length + length);
  bytes.set([type, ...size]);
  let at = 1 + size.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function bits(bytes: Uint8Array): Uint8Array {
  return element(BIT_STRING, Uint8Array.of(0), bytes);
}

/** The shortest form of a positive number: no leading zeros, but one where the first bit would be a sign. */
function positive(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(1) : bytes.subarray(first);
  return (digits[0] ?? 0) < 0x80 ? digits : Uint8Array.of(0, ...digits);
}

/** A time: two digits of the year from 1950 to 2049, four otherwise, as the standard asks. */
function time(date: Date): Uint8Array {
  const year = date.getUTCFullYear();
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  const short = year >= 1950 && year < 2050;
  return element(short ? UTC_TIME : GENERALIZED_TIME, new TextEncoder().encode(short ? text.slice(2) : text));
}
