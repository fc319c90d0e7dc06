/** Sizes of text in bytes. */

/** Whether a text takes more than `limit` bytes as UTF-8. Encodes it only when its length leaves that open. */
export function exceedsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  // A UTF-16 unit takes at most three bytes.
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit;
}
