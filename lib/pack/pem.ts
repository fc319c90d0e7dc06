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
 * The blocks of a PEM text, or undefined when one is damaged or something stands behind the last. Text before a
 * block is a comment, such as what OpenSSL tells of a certificate.
 */
export function pemBlocks(text: string): PemBlock[] | undefined {
  const blocks: PemBlock[] = [];
  let at = 0;
  for (const match of text.matchAll(BLOCK_REGEXP)) {
    if (hasMark(text.slice(at, match.index))) return undefined;
    at = match.index + match[0].length;
    try {
      blocks.push({
        label: match[1]!,
        der: Uint8Array.fromBase64(match[2]!, { lastChunkHandling: "strict" }),
      });
    } catch {
      return undefined;
    }
  }
  const rest = text.slice(at);
  const isOver = blocks.length === 0 ? !hasMark(rest) : /^[ \t\r\n]*$/.test(rest);
  return isOver ? blocks : undefined;
}

/** Whether a comment holds the beginning or the end of a block that is none. */
function hasMark(comment: string): boolean {
  return /-----(?:BEGIN|END) /.test(comment);
}

/** One block as text, ended by a line feed. */
export function pemText(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
