/**
 * Sizes and offsets of 64 bits, which stand in an extra field beside usual ones that may be all ones. Whoever reads
 * the one or the other, or the first or last of two such fields, must find the same entry.
 *
 * Format: PKWARE's APPNOTE.TXT, section 4.5.3.
 */

/** Type of the extra field that has values of 64 bits, and what stands in their usual places. */
const WIDE_FIELD = 1, ONES = 0xffffffff;

/**
 * Whether values mean one thing, read in their usual places and in an extra field. It has a value for each place of
 * all ones, in their order; some writers put the others there too, which then have to say the same.
 */
export function wideAgrees(
  usual: readonly number[],
  { extra, meant }: { extra: Uint8Array; meant: readonly number[] },
): boolean {
  if (usual.some((value, i) => value !== meant[i] && value !== ONES)) return false;
  const wanted = meant.filter((_, i) => usual[i] === ONES);
  const fields = wideFields(extra);
  if (fields.length !== 1) return fields.length === 0 && wanted.length === 0;
  const [values = []] = fields;
  if (wanted.some((value, i) => value !== values[i])) return false;
  return values.length === wanted.length || values.every((value, i) => value === meant[i]);
}

/** The values of each field that has some of 64 bits; one that ends in the number of a disk says zero there. */
export function wideFields(extra: Uint8Array): number[][] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  const fields: number[][] = [];
  for (let at = 0; at + 4 <= extra.length;) {
    const type = view.getUint16(at, true), start = at + 4, end = start + view.getUint16(at + 2, true);
    if (end > extra.length) break;
    if (type === WIDE_FIELD) fields.push(wideValues(view, start, end));
    at = end;
  }
  return fields;
}

function wideValues(view: DataView, start: number, end: number): number[] {
  const values: number[] = [];
  let at = start;
  for (; at + 8 <= end; at += 8) values.push(Number(view.getBigUint64(at, true)));
  const disk = at + 4 === end && view.getUint32(at, true) === 0;
  // No value is NaN, so nothing agrees with what is left over.
  return at === end || disk ? values : [...values, NaN];
}
