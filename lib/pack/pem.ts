/** PEM text: its blocks with their labels. Never looks into a block. */

/** One block of a PEM text. */
export interface PemBlock {
  /** What it says it is, such as `CERTIFICATE`. */
  readonly label: string;
  /** Its bytes. */
  readonly der: Uint8Array<ArrayBuffer>;
}

const BLOCK_REGEXP = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * The blocks of a PEM text, or undefined when something else stands between or behind them, or a block is no
 * Base64. Text before the first block is a comment.
 */
export function pemBlocks(text: string): PemBlock[] | undefined {
  const begin = text.indexOf("-----BEGIN ");
  if (begin < 0) return [];
  const blocks: PemBlock[] = [];
  let at = begin;
  for (const match of text.slice(begin).matchAll(BLOCK_REGEXP)) {
    const start = begin + match.index;
    if (!isBlank(text.slice(at, start))) return undefined;
    at = start + match[0].length;
    try {
      blocks.push({
        label: match[1]!,
        der: Uint8Array.fromBase64(match[2]!, { lastChunkHandling: "strict" }),
      });
    } catch {
      return undefined;
    }
  }
  return isBlank(text.slice(at)) ? blocks : undefined;
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** One block as text, ended by a line feed. */
export function pemText(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
