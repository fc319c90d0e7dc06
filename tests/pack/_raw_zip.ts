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
}

/** The archive of these entries, with bytes before and after on request. */
export function rawZip(
  entries: readonly RawEntry[],
  around: { before?: Uint8Array; after?: Uint8Array } = {},
): Uint8Array {
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
    const local = header([
      [0x04034b50, 4],
      [20, 2],
      [flags, 2],
      [method, 2],
      [0x00210000, 4],
      [crc, 4],
      [packedSize, 4],
      [entry.localSize ?? size, 4],
      [localName.length, 2],
      [0, 2],
    ]);
    parts.push(local, localName, packed);
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
        [0, 2],
        [0, 2],
        [entry.attributes ?? 0x81a40000, 4],
        [entry.offset ?? at, 4],
      ]),
      name,
      extra,
    );
    at += local.length + localName.length + packed.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const count = Math.min(entries.length, 0xffff);
  const end = header([[0x06054b50, 4], [0, 4], [count, 2], [count, 2], [length, 4], [at, 4], [0, 2]]);
  return join([...parts, ...directory, end, around.after ?? new Uint8Array()]);
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
