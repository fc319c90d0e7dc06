/** The instructions that metering inserts, as bytes. The core specification's chapter 5.4 gives the opcodes. */

import { BinaryWriter } from "./binary.ts";
import { REFUSED_GROWTH } from "./meter_exports.ts";

/** Indexes of what metering adds to a module. */
export interface MeterIndexes {
  /** The type `() -> i32`. */
  readonly type: number;
  /** The table that holds the question to the host. */
  readonly table: number;
  /** The global that counts. */
  readonly counter: number;
  /** The global that notes refused growth. */
  readonly growRefused: number;
}

/** Largest payment at one place; so much work in one place is one question to the host anyway. */
const MAX_PAYMENT = 2 ** 28;

/** `counter -= units; if (counter < 0) counter = check()` */
export function pay(units: number, indexes: MeterIndexes): Uint8Array {
  const out = new BinaryWriter(48).u8(0x23).u32(indexes.counter);
  out.u8(0x41).s32(Math.min(units, MAX_PAYMENT)).u8(0x6b).u8(0x24).u32(indexes.counter);
  return askWhenUsedUp(out, indexes).view();
}

/** `counter -= (length >>> shift) + 1; if (counter < 0) counter = check()`, keeping the length on the stack. */
export function payByLength(shift: number, local: number, indexes: MeterIndexes): Uint8Array {
  const out = new BinaryWriter(68).u8(0x22).u32(local);
  out.u8(0x23).u32(indexes.counter).u8(0x20).u32(local).bytes([0x41, shift, 0x76, 0x6b]);
  out.bytes([0x41, 0x01, 0x6b]).u8(0x24).u32(indexes.counter);
  return askWhenUsedUp(out, indexes).view();
}

function askWhenUsedUp(out: BinaryWriter, indexes: MeterIndexes): BinaryWriter {
  out.u8(0x23).u32(indexes.counter).bytes([0x41, 0x00, 0x48, 0x04, 0x40]);
  out.bytes([0x41, 0x00, 0x11]).u32(indexes.type).u32(indexes.table);
  return out.u8(0x24).u32(indexes.counter).u8(0x0b);
}

/** `if (result == -1) growRefused = …`, keeping the result on the stack. */
export function noteRefusedGrow(
  what: keyof typeof REFUSED_GROWTH,
  local: number,
  indexes: MeterIndexes,
): Uint8Array {
  const out = new BinaryWriter(32).u8(0x22).u32(local).bytes([0x41, 0x7f, 0x46, 0x04, 0x40]);
  return out.bytes([0x41, REFUSED_GROWTH[what]]).u8(0x24).u32(indexes.growRefused).u8(0x0b).u8(0x20).u32(
    local,
  ).view();
}
