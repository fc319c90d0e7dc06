/** Reads a file into memory, and never more of it than its reader allows, however it grows meanwhile. */

/** The first bytes of a file, at most `limit` of them. */
export async function readAtMost(path: string | URL, limit: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(Math.min((await file.stat()).size, limit));
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
