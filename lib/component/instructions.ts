/**
 * Walks WebAssembly function bodies instruction by instruction, for metering: knows the immediates of every
 * instruction and which ones matter. Never changes a byte.
 *
 * This is one table, that of the core specification's chapter 5.4 with the proposals that V8 accepts: SIMD,
 * bulk memory, reference types, tail calls, typed function references, garbage collection and threads.
 */

import type { BinaryReader } from "./binary.ts";

/** What an instruction means to metering. */
export type Instruction =
  /** Nothing. */
  | typeof PLAIN
  /** Opens a block that ends with `close`. */
  | { readonly kind: "open" }
  /** Ends a block, a loop or the body. */
  | { readonly kind: "close" }
  /** The head of a loop, which ends with `close`; the reader stands behind it. */
  | { readonly kind: "loop" }
  /** A call of a function by its index, tail calls included. */
  | { readonly kind: "call"; readonly target: number }
  /** A call through a table or a reference. */
  | { readonly kind: "indirect" }
  /** Work proportional to the number on top of the stack; `shift` turns that number into units. */
  | { readonly kind: "bulk"; readonly shift: number; readonly grows?: "table" }
  /** `memory.grow`; the reader stands behind it. */
  | { readonly kind: "grow"; readonly what: "memory" | "table" }
  /** An instruction that metering cannot hold, by its name. */
  | { readonly kind: "refused"; readonly name: string };

const PLAIN = { kind: "plain" } as const;
const OPEN = { kind: "open" } as const;
const CLOSE = { kind: "close" } as const;
const LOOP = { kind: "loop" } as const;
const INDIRECT = { kind: "indirect" } as const;
const GROW_MEMORY = { kind: "grow", what: "memory" } as const;
/** What growing a table is to metering, behind its payment. */
export const GROW_TABLE = { kind: "grow", what: "table" } as const;
const BULK_BYTES = { kind: "bulk", shift: 6 } as const;
const BULK_ITEMS = { kind: "bulk", shift: 3 } as const;

/**
 * Exceptions could catch the host's order to stop; waiting on memory would sleep past it; what garbage-collected
 * memory holds is under no limit.
 */
const REFUSED: Readonly<Record<number, string>> = {
  0x06: "try",
  0x07: "catch",
  0x08: "throw",
  0x09: "rethrow",
  0x0a: "throw_ref",
  0x18: "delegate",
  0x19: "catch_all",
  0x1f: "try_table",
};

/** Reads one instruction with its immediates and says what it means to metering. */
export function readInstruction(reader: BinaryReader): Instruction {
  const opcode = reader.u8();
  if (opcode >= 0x45 && opcode <= 0xc4) return PLAIN;
  if (opcode >= 0x20 && opcode <= 0x26) return leb(reader, 1);
  if (opcode >= 0x28 && opcode <= 0x3e) return memoryArgument(reader);
  switch (opcode) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
    case 0xd1: // ref.is_null
    case 0xd3: // ref.eq
    case 0xd4: // ref.as_non_null
      return PLAIN;
    case 0x02: // block
    case 0x04: // if
      blockType(reader);
      return OPEN;
    case 0x03:
      blockType(reader);
      return LOOP;
    case 0x0b: // end
      return CLOSE;
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x3f: // memory.size
    case 0x41: // i32.const
    case 0x42: // i64.const
    case 0xd0: // ref.null
    case 0xd2: // ref.func
    case 0xd5: // br_on_null
    case 0xd6: // br_on_non_null
      return leb(reader, 1);
    case 0x0e: // br_table
      return leb(reader, reader.u32() + 1);
    case 0x10: // call
    case 0x12: // return_call
      return { kind: "call", target: reader.u32() };
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      leb(reader, 2);
      return INDIRECT;
    case 0x14: // call_ref
    case 0x15: // return_call_ref
      leb(reader, 1);
      return INDIRECT;
    case 0x1c: // select with types
      for (let count = reader.u32(); count > 0; count--) valueType(reader);
      return PLAIN;
    case 0x40:
      leb(reader, 1);
      return GROW_MEMORY;
    case 0x43: // f32.const
      reader.skip(4);
      return PLAIN;
    case 0x44: // f64.const
      reader.skip(8);
      return PLAIN;
    case 0xfb:
      return gcInstruction(reader);
    case 0xfc:
      return bulkInstruction(reader);
    case 0xfd:
      return simdInstruction(reader);
    case 0xfe:
      return atomicInstruction(reader);
  }
  return { kind: "refused", name: REFUSED[opcode] ?? `opcode 0x${opcode.toString(16)}` };
}

/** Reads one value type: a byte, or a reference with its heap type. */
export function valueType(reader: BinaryReader): void {
  const code = reader.u8();
  if (code === 0x63 || code === 0x64) reader.skipLeb();
}

function leb(reader: BinaryReader, count: number): typeof PLAIN {
  for (let left = count; left > 0; left--) reader.skipLeb();
  return PLAIN;
}

function blockType(reader: BinaryReader): void {
  const code = reader.bytes[reader.pos];
  if (code === 0x63 || code === 0x64) valueType(reader);
  else reader.skipLeb(); // empty, a one-byte type, or a type index
}

function memoryArgument(reader: BinaryReader): typeof PLAIN {
  const alignment = reader.u32();
  return leb(reader, alignment & 0x40 ? 2 : 1); // bit 6 announces a memory index
}

function bulkInstruction(reader: BinaryReader): Instruction {
  const code = reader.u32();
  if (code <= 7) return PLAIN; // saturating conversions
  switch (code) {
    case 8: // memory.init
    case 10: // memory.copy
      leb(reader, 2);
      return BULK_BYTES;
    case 11: // memory.fill
      leb(reader, 1);
      return BULK_BYTES;
    case 9: // data.drop
    case 13: // elem.drop
    case 16: // table.size
      return leb(reader, 1);
    case 12: // table.init
    case 14: // table.copy
      leb(reader, 2);
      return BULK_ITEMS;
    case 15: // table.grow
      leb(reader, 1);
      return { ...BULK_ITEMS, grows: "table" };
    case 17: // table.fill
      leb(reader, 1);
      return BULK_ITEMS;
    case 19: // i64.add128 and its kin
    case 20:
    case 21:
    case 22:
      return PLAIN;
  }
  return { kind: "refused", name: `opcode 0xfc ${code}` };
}

function simdInstruction(reader: BinaryReader): Instruction {
  const code = reader.u32();
  if (code <= 11 || code === 92 || code === 93) return memoryArgument(reader);
  if (code === 12 || code === 13) reader.skip(16); // v128.const, i8x16.shuffle
  else if (code >= 21 && code <= 34) reader.skip(1); // a lane
  else if (code >= 84 && code <= 91) {
    memoryArgument(reader);
    reader.skip(1);
  } else if (code > 0x113) return { kind: "refused", name: `opcode 0xfd ${code}` };
  return PLAIN;
}

function atomicInstruction(reader: BinaryReader): Instruction {
  const code = reader.u32();
  if (code === 1 || code === 2) return { kind: "refused", name: "memory.atomic.wait" };
  if (code === 3) reader.skip(1); // atomic.fence
  else if (code === 0 || (code >= 0x10 && code <= 0x4e)) memoryArgument(reader);
  else return { kind: "refused", name: `opcode 0xfe ${code}` };
  return PLAIN;
}

const GC_ALLOCATIONS: Readonly<Record<number, string>> = {
  0: "struct.new",
  1: "struct.new_default",
  6: "array.new",
  7: "array.new_default",
  8: "array.new_fixed",
  9: "array.new_data",
  10: "array.new_elem",
};

function gcInstruction(reader: BinaryReader): Instruction {
  const code = reader.u32();
  const allocation = GC_ALLOCATIONS[code];
  if (allocation !== undefined) return { kind: "refused", name: allocation };
  switch (code) {
    case 11: // array.get
    case 12:
    case 13:
    case 14: // array.set
    case 20: // ref.test
    case 21:
    case 22: // ref.cast
    case 23:
      return leb(reader, 1);
    case 2: // struct.get
    case 3:
    case 4:
    case 5: // struct.set
      return leb(reader, 2);
    case 16: // array.fill
      leb(reader, 1);
      return BULK_ITEMS;
    case 17: // array.copy
    case 18: // array.init_data
    case 19: // array.init_elem
      leb(reader, 2);
      return BULK_ITEMS;
    case 15: // array.len
    case 26: // any.convert_extern
    case 27: // extern.convert_any
    case 28: // ref.i31
    case 29: // i31.get_s
    case 30: // i31.get_u
      return PLAIN;
    case 24: // br_on_cast
    case 25: // br_on_cast_fail
      reader.skip(1);
      return leb(reader, 3);
  }
  return { kind: "refused", name: `opcode 0xfb ${code}` };
}
