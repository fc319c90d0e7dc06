/** Small work on bytes: the size of text, and pieces put together. */

/** Whether a text takes more than `limit` bytes as UTF-8. Encodes it only when its length leaves that open. */
export function exceedsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  // A UTF-16 unit takes at most three bytes.
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit;
}

/** Pieces of bytes, one behind the other. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Bytes as text, or undefined for those that are no UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What a character takes in memory at most, and what an entry of a list or map takes beside its characters. */
const CHARACTER_BYTES = 2, ENTRY_BYTES = 128;

/** The most that texts take in memory as one entry of a list or map. */
export function entryBytes(...texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + CHARACTER_BYTES * length, ENTRY_BYTES);
}
