/**
 * Reads what components say of an import or export: its name, its sort, its description.
 *
 * Format: the Component Model's `Binary.md`, sections 10 (imports) and 11 (exports).
 */

import type { BinaryReader } from "./binary.ts";

/** The name of an import or export. */
export function externName(reader: BinaryReader): string {
  reader.u8(); // 0x00 or 0x01: both are followed by one name
  return reader.name();
}

/** A sort; those of core things have a second byte. */
export function readSort(reader: BinaryReader): number {
  const sort = reader.u8();
  if (sort === 0x00) reader.u8();
  return sort;
}

/** Skips what an import is, or an export is taken for, and gives its sort. */
export function skipDescription(reader: BinaryReader): number {
  const sort = readSort(reader);
  if (sort === 0x02) {
    if (reader.u8() === 0x00) reader.u32(); // a value equal to another
    else reader.skipLeb(); // a value of a type: an index, or a primitive as a negative number
  } else if (sort === 0x03) {
    if (reader.u8() === 0x00) reader.u32(); // a type equal to another, or else a fresh resource
  } else {
    reader.u32();
  }
  return sort;
}
