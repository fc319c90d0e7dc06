/** Reads an archive and checks its container: §1.1, §1.2 and §7.1. */

import { inflateRawSync } from "node:zlib";
import { attempt, compareBytes, MIB, type Say, utf8 } from "./tools.ts";

export function readZip(bytes: Uint8Array, say: Say): [string, Uint8Array][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  let end = bytes.length - 22;
  while (end >= 0 && u32(end) !== 0x06054b50) end--;
  if (end < 0) throw new Error("there is no end of central directory record");
  if (end + 22 !== bytes.length || u16(end + 20) !== 0) {
    say("there are bytes or a comment after the archive's end");
  }
  const count = u16(end + 10), size = u32(end + 12), directory = u32(end + 16);
  if (u16(end + 4) !== 0 || u16(end + 6) !== 0 || u16(end + 8) !== count) {
    say("the archive spans several disks");
  }
  if (directory + size !== end) say("the central directory does not end where the end record begins");

  const entries: [string, Uint8Array][] = [];
  const seen = new Set<string>();
  let total = 0, next = 0, at = directory;
  for (let i = 0; i < count; i++) {
    if (u32(at) !== 0x02014b50) throw new Error(`central directory record ${i} is missing`);
    const flags = u16(at + 8), method = u16(at + 10), packed = u32(at + 20), plain = u32(at + 24);
    const rawName = bytes.subarray(at + 46, at + 46 + u16(at + 28));
    const name = attempt(() => utf8(rawName), `the name of entry ${i} is not UTF-8`, say) ?? `entry ${i}`;
    const must = (ok: boolean, what: string) => ok || say(`entry ${name}: ${what}`);
    must(u16(at + 4) === 0x030a, `made-by is 0x${u16(at + 4).toString(16).padStart(4, "0")}, not 0x030a`);
    must(u16(at + 6) === 10, `version needed is ${u16(at + 6)}, not 10`);
    must(flags === (rawName.some((byte) => byte > 127) ? 0x800 : 0), `flags are 0x${flags.toString(16)}`);
    must(method === 0, `method is ${method}, not stored`);
    must(u16(at + 12) === 0 && u16(at + 14) === 33, "the time is not 1980-01-01 00:00");
    must(u16(at + 30) === 0, "has an extra field in the central directory");
    must(u16(at + 32) === 0, "has a comment");
    must(u16(at + 34) === 0, "lies on another disk");
    must(
      u32(at + 38) === 0x81a40000,
      `external attributes are 0x${u32(at + 38).toString(16)}, not 0x81a40000`,
    );

    const local = u32(at + 42);
    must(local === next, "does not begin where the entry before it ends");
    if (u32(local) !== 0x04034b50) throw new Error(`the local header of entry ${name} is missing`);
    const nameEnd = local + 30 + u16(local + 26), start = nameEnd + u16(local + 28);
    must(u16(local + 28) === 0, "has an extra field in the local header");
    const twins =
      compareBytes(bytes.subarray(local + 4, local + 30), bytes.subarray(at + 6, at + 32)) === 0 &&
      compareBytes(bytes.subarray(local + 30, nameEnd), rawName) === 0;
    must(twins, "the local header and the central directory disagree");
    next = start + packed;
    must(next <= directory, "its data runs into the central directory");
    must(plain <= 16 * MIB, "is larger than 16 MiB");
    total += plain;

    const raw = bytes.subarray(start, next);
    const data = method === 0 ? raw : attempt(
      () => inflateRawSync(raw, { maxOutputLength: 16 * MIB }),
      `entry ${name} cannot be inflated`,
      say,
    );
    must(data?.length === plain, "its size is not the declared one");
    must(data !== null && crc32(data) === u32(at + 16), "its CRC-32 does not match");
    if (!isFolder(name)) {
      must(isSafePath(name), "its path is not safe and plain");
      must(!seen.has(name), "occurs twice");
      seen.add(name);
    }
    entries.push([name, new Uint8Array(data ?? [])]);
    at += 46 + u16(at + 28) + u16(at + 30) + u16(at + 32);
  }
  if (next !== directory) say("there are bytes between the last entry and the central directory");
  if (at !== end) say("there are bytes between the last directory record and the end record");
  if (total > 64 * MIB) say("the archive is larger than 64 MiB");
  return entries;
}

export function isFolder(name: string): boolean {
  return /[/\\]$/.test(name);
}

function isSafePath(path: string): boolean {
  return !/[\0\\]|^[A-Za-z]:/.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part));
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
