/** DER: its values one behind the other, and what certificates say twice. Never looks at what a value means. */

/** One value of a DER text. */
interface DerValue {
  /** Its type. */
  readonly tag: number;
  /** All of its bytes. */
  readonly bytes: Uint8Array;
  /** Its bytes without type and length. */
  readonly content: Uint8Array;
}

const SEQUENCE = 0x30, BIT_STRING = 0x03, VERSION = 0xa0;

/**
 * Whether a certificate is one sequence of three parts, whose signature is whole bytes, and names the algorithm of
 * its signature twice in the same way: within what is signed, and outside.
 */
export function isConsistentCertificate(der: Uint8Array): boolean {
  const [certificate, ...rest] = derValues(der) ?? [];
  if (certificate?.tag !== SEQUENCE || rest.length > 0) return false;
  const [signed, outside, signature, ...more] = derValues(certificate.content) ?? [];
  if (signed === undefined || outside === undefined || more.length > 0) return false;
  if (signature?.tag !== BIT_STRING || signature.content[0] !== 0) return false;
  const fields = derValues(signed.content) ?? [];
  // The version may be left out; then come serial number and algorithm.
  const within = fields[fields[0]?.tag === VERSION ? 2 : 1];
  return within !== undefined && within.bytes.toHex() === outside.bytes.toHex();
}

/** The values in these bytes, or undefined when they are no such row. */
function derValues(bytes: Uint8Array): DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1] ?? 0, wide = first < 0x80 ? 0 : first - 0x80;
    const start = at + 2 + wide;
    const length = wide === 0
      ? first
      : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    const end = start + length;
    if (end > bytes.length) return undefined;
    values.push({ tag: bytes[at]!, bytes: bytes.subarray(at, end), content: bytes.subarray(start, end) });
    at = end;
  }
  return values;
}
