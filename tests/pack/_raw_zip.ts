/** Archives written by hand, so that tests can lie in any field of them. */

import { crc32, deflateRawSync } from "node:zlib";

/** One entry; every field but the name can contradict the others. */
export interface RawEntry {
  name: string | Uint8Array;
  data?: Uint8Array;
  deflate?: boolean;
  /** Data as stored, instead of what `data` gives. */
  packed?: Uint8Array;
  method?: number;
  flags?: number;
  attributes?: number;
  madeBy?: number;
  crc?: number;
  size?: number;
  packedSize?: number;
  localName?: string;
  localSize?: number;
  offset?: number;
  extra?: Uint8Array;
  /** The extra field of the entry's own header. */
  localExtra?: Uint8Array;
  disk?: number;
  /** Writes no checksum and no sizes into the entry's own header, as whoever announces a descriptor. */
  bare?: boolean;
  /** Bytes between the data and whatever comes next: a descriptor, or a gap. */
  behind?: Uint8Array;
}

/** What is written around the entries. */
export interface Around {
  before?: Uint8Array;
  after?: Uint8Array;
  /** Bytes between the directory and the end record. */
  between?: Uint8Array;
  /** What the end record gives as the directory's size beyond its true size. */
  slack?: number;
  /** What the end record gives as the number of entries beyond their true number. */
  more?: number;
  /** Writes the 64-bit end record, and nothing but all ones into the usual one. */
  zip64?: boolean;
}

/** The archive of these entries, with bytes before and after on request. */
export function rawZip(entries: readonly RawEntry[], around: Around = {}): Uint8Array {
  const parts: Uint8Array[] = [around.before ?? new Uint8Array()];
  const directory: Uint8Array[] = [];
  // Offsets count from the first header, as in an archive that something was put in front of.
  let at = 0;
  for (const entry of entries) {
    const data = entry.data ?? new Uint8Array();
    const packed = entry.packed ?? (entry.deflate ? new Uint8Array(deflateRawSync(data)) : data);
    const name = bytesOf(entry.name), localName = bytesOf(entry.localName ?? entry.name);
    const method = entry.method ?? (entry.deflate ? 8 : 0), flags = entry.flags ?? 0x800;
    const size = entry.size ?? data.length, crc = entry.crc ?? crc32(data);
    const packedSize = entry.packedSize ?? packed.length, extra = entry.extra ?? new Uint8Array();
    const localExtra = entry.localExtra ?? new Uint8Array();
    const local = header([
      [0x04034b50, 4],
      [20, 2],
      [flags, 2],
      [method, 2],
      [0x00210000, 4],
      [entry.bare ? 0 : crc, 4],
      [entry.bare ? 0 : packedSize, 4],
      [entry.localSize ?? (entry.bare ? 0 : size), 4],
      [localName.length, 2],
      [localExtra.length, 2],
    ]);
    const behind = entry.behind ?? new Uint8Array();
    parts.push(local, localName, localExtra, packed, behind);
    directory.push(
      header([
        [0x02014b50, 4],
        [entry.madeBy ?? 0x030a, 2],
        [20, 2],
        [flags, 2],
        [method, 2],
        [0x00210000, 4],
        [crc, 4],
        [packedSize, 4],
        [size, 4],
        [name.length, 2],
        [extra.length, 2],
        [0, 2],
        [entry.disk ?? 0, 2],
        [0, 2],
        [entry.attributes ?? 0x81a40000, 4],
        [entry.offset ?? at, 4],
      ]),
      name,
      extra,
    );
    at += local.length + localName.length + localExtra.length + packed.length + behind.length;
  }
  const { between = new Uint8Array(), after = new Uint8Array() } = around;
  return join([...parts, ...directory, between, ...endRecords(directory, { at, around }), after]);
}

function endRecords(
  directory: readonly Uint8Array[],
  { at, around }: { at: number; around: Around },
): Uint8Array[] {
  const bytes = directory.reduce((sum, part) => sum + part.length, 0);
  const length = bytes + (around.slack ?? 0), count = directory.length / 3 + (around.more ?? 0);
  const end = (count: number, length: number, at: number) =>
    header([[0x06054b50, 4], [0, 4], [count, 2], [count, 2], [length, 4], [at, 4], [0, 2]]);
  if (!around.zip64) return [end(Math.min(count, 0xffff), length, at)];
  const end64 = header([
    ...[[0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4]] as const,
    ...[[count, 8], [count, 8], [length, 8], [at, 8]] as const,
  ]);
  const locator = header([[0x07064b50, 4], [0, 4], [at + bytes, 8], [1, 4]]);
  return [end64, locator, end(0xffff, 0xffffffff, 0xffffffff)];
}

/** What may follow an entry's data: checksum and sizes, with or without signature, in 32 or 64 bits. */
export function descriptor(
  data: Uint8Array,
  { packed = data.length, signed, wide }: { packed?: number; signed: boolean; wide: boolean },
): Uint8Array {
  const width = wide ? 8 : 4;
  return header([...(signed ? [[0x08074b50, 4]] as const : []), [crc32(data), 4], [packed, width], [
    data.length,
    width,
  ]]);
}

/** Sizes as an extra field has them when the usual ones are all ones: unpacked, then packed. */
export function zip64Sizes(size: number, packed: number): Uint8Array {
  return header([[1, 2], [16, 2], [size, 8], [packed, 8]]);
}

function bytesOf(name: string | Uint8Array): Uint8Array {
  return typeof name === "string" ? new TextEncoder().encode(name) : name;
}

/** Little-endian fields, each a value and its width. */
export function header(fields: readonly (readonly [number, number])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [value, width] of fields) {
    for (let i = 0; i < width; i++) bytes.push(Math.floor(value / 2 ** (8 * i)) % 256);
  }
  return Uint8Array.from(bytes);
}

/** Pieces in a row. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
