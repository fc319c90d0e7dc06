/**
 * Rewrites a core module so that its host can stop it: loops, recursion and bulk operations pay units from a
 * counter, and when it is used up the module asks its host, which refills it or throws. Also caps memory.
 * Never decides when to stop: `guest.ts` answers the question.
 *
 * How a module is changed; indexes that exist already keep their meaning:
 * 1. The type section gains `() -> i32`; the table section a table of one function; the global section the
 *    counter and a flag that is set when `memory.grow` was refused. Table, counter and flag are exported.
 * 2. Units are paid at the head of every loop, for one round of it, and at the entry of every function that
 *    `recursion.ts` names. A unit is a call or up to 256 bytes of code.
 * 3. Bulk operations pay by length before they start.
 * 4. A start function becomes an export, which the host calls once the table is set.
 * 5. Every defined memory and table has a maximum within the caps. Custom sections are dropped.
 *
 * Paying at loops costs 0 to 8 % of a call's time, paying at every function entry 8 to 36 %.
 */

import { limitHint } from "../base/limits.ts";
import { RunnerError } from "../base/errors.ts";
import { BinaryError, BinaryReader, BinaryWriter } from "./binary.ts";
import { type Instruction, readInstruction, valueType } from "./instructions.ts";
import { type CallCosts, type CallNode, MAX_UNPAID_COST, weighCalls } from "./recursion.ts";

/** Names of the exports that metering adds. */
export const METER_EXPORTS = {
  table: "meter:table",
  counter: "meter:counter",
  growRefused: "meter:grow-refused",
  start: "meter:start",
} as const;

/** Bytes of one WebAssembly page. */
export const PAGE_BYTES = 65536;

/** What {@linkcode meterModule} needs to know. */
export interface MeterOptions {
  /** Cap on each memory, in pages of 64 KiB. */
  readonly maxPages: number;
  /** The component, for messages. */
  readonly place: string;
}

/** Largest table, in elements, and most tables of a module. Compilers write one, of a few thousand. */
const MAX_TABLE = 100_000;
const MAX_TABLES = 10;
/** Bytes of code that make a unit. */
const UNIT_BYTES = 256;
/** Largest payment at one place; so much work in one place is one question to the host anyway. */
const MAX_PAYMENT = 2 ** 28;
/** Names of imports and exports become part of generated JavaScript, so they must be harmless in any string of it. */
const SAFE_NAME_REGEXP = /^[ !#-&(-\[\]-_a-z|~]*$/;

const SECTION_ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const KIND = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** An instruction of a function body that something is inserted at. */
interface Mark {
  /** Offset in the module at which code is inserted. */
  readonly at: number;
  readonly instruction: Instruction;
  /** The loop, for the head of one. */
  readonly scope?: Scope;
}

/** What stands directly in a loop, or outside of all loops. */
interface Scope {
  bytes: number;
  /** Functions of this module called there, as indexes among the defined ones. */
  readonly calls: number[];
  /** Calls of functions whose cost is not known: imported ones, and those behind a table or reference. */
  unknownCalls: number;
}

interface Body {
  /** Offset behind the size. */
  readonly start: number;
  readonly end: number;
  /** Offset of the first instruction. */
  readonly code: number;
  /** Local declarations, as groups. */
  readonly localGroups: number;
  readonly localCount: number;
  readonly marks: readonly Mark[];
  /** Outside of all loops. */
  readonly outside: Scope;
  readonly loops: readonly Scope[];
  readonly indirect: boolean;
}

/**
 * Rewrites a core module.
 *
 * @throws {RunnerError} `component.unmetered` for instructions that cannot be metered, `limit.memory` when the
 * module starts with more memory than the cap, `component.invalid` for a damaged module.
 */
export function meterModule(bytes: Uint8Array, options: MeterOptions): Uint8Array {
  try {
    return new Meter(bytes, options).rewrite();
  } catch (cause) {
    if (!(cause instanceof BinaryError)) throw cause;
    throw new RunnerError("component.invalid", "Core module is damaged", { place: options.place, cause });
  }
}

class Meter {
  readonly #bytes: Uint8Array;
  readonly #options: MeterOptions;
  readonly #sections = new Map<number, { start: number; end: number }>();
  readonly #imported = [0, 0, 0, 0, 0];
  /** Whether a memory may be refused growth because of our cap rather than its own maximum. */
  #capsMemory = false;

  constructor(bytes: Uint8Array, options: MeterOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  rewrite(): Uint8Array {
    const reader = new BinaryReader(this.#bytes, 8);
    while (!reader.done) {
      const { id, start, end } = reader.section();
      if (id !== 0) this.#sections.set(id, { start, end });
    }
    this.#readImports();
    this.#checkExports();
    const memories = this.#memorySection();
    const types = this.#readTypes();
    const functionTypes = this.#readFunctionTypes();
    const bodies = this.#readBodies();

    const codes: Codes = {
      type: types.length,
      table: this.#imported[KIND.table]! + this.#count(4),
      counter: this.#imported[KIND.global]! + this.#count(6),
      growRefused: this.#imported[KIND.global]! + this.#count(6) + 1,
    };
    const costs = weighCalls(bodies.map(callNode));
    const out = new BinaryWriter(this.#bytes.length + this.#bytes.length / 8 + 256);
    out.bytes(this.#bytes.subarray(0, 8));
    for (const id of SECTION_ORDER) {
      const content = id === 10
        ? this.#codeSection(bodies, { codes, costs, types, functionTypes })
        : id === 5
        ? memories
        : this.#otherSection(id, codes);
      if (content !== null) out.u8(id).u32(content.length).bytes(content);
    }
    return out.view();
  }

  #reader(id: number): BinaryReader | null {
    const section = this.#sections.get(id);
    return section ? new BinaryReader(this.#bytes, section.start, section.end) : null;
  }

  #count(id: number): number {
    return this.#reader(id)?.u32() ?? 0;
  }

  #readImports(): void {
    const reader = this.#reader(2);
    if (!reader) return;
    for (let count = reader.u32(); count > 0; count--) {
      this.#checkName(reader.name());
      this.#checkName(reader.name());
      const kind = reader.u8();
      if (kind > KIND.tag) throw new BinaryError(`Import has an unknown kind at offset ${reader.pos}`);
      this.#imported[kind]!++;
      if (kind === KIND.func) reader.u32();
      else if (kind === KIND.memory) {
        limits(reader, this.#options.place);
        this.#capsMemory = true; // its owner's cap
      } else if (kind === KIND.tag) {
        reader.u8();
        reader.u32();
      } else {
        valueType(reader);
        if (kind === KIND.table) limits(reader, this.#options.place);
        else reader.u8(); // mutability
      }
    }
  }

  /** Parameter counts of all function types; other types count as null. */
  #readTypes(): (number | null)[] {
    const types: (number | null)[] = [];
    const reader = this.#reader(1);
    if (!reader) return types;
    for (let count = reader.u32(); count > 0; count--) {
      if (reader.bytes[reader.pos] !== 0x4e) readType(reader, types);
      else {
        reader.u8(); // a group of recursive types
        for (let inner = reader.u32(); inner > 0; inner--) readType(reader, types);
      }
    }
    return types;
  }

  #readFunctionTypes(): number[] {
    const reader = this.#reader(3);
    if (!reader) return [];
    return Array.from({ length: reader.u32() }, () => reader.u32());
  }

  #readBodies(): Body[] {
    const reader = this.#reader(10);
    if (!reader) return [];
    return Array.from({ length: reader.u32() }, () => {
      const size = reader.u32();
      const start = reader.pos;
      reader.skip(size);
      return this.#readBody(start, reader.pos);
    });
  }

  #readBody(start: number, end: number): Body {
    const reader = new BinaryReader(this.#bytes, start, end);
    const localGroups = reader.u32();
    let localCount = 0;
    for (let group = localGroups; group > 0; group--) {
      localCount += reader.u32();
      valueType(reader);
    }
    const code = reader.pos;
    const outside: Scope = { bytes: 0, calls: [], unknownCalls: 0 };
    const loops: Scope[] = [];
    const open: Scope[] = [outside];
    const marks: Mark[] = [];
    let indirect = false;
    while (!reader.done) {
      const before = reader.pos;
      const instruction = readInstruction(reader);
      const scope = open.at(-1) ?? outside;
      scope.bytes += reader.pos - before;
      switch (instruction.kind) {
        case "plain":
          break;
        case "open":
          open.push(scope);
          break;
        case "close":
          open.pop();
          break;
        case "loop": {
          const loop: Scope = { bytes: 0, calls: [], unknownCalls: 0 };
          loops.push(loop);
          open.push(loop);
          marks.push({ at: reader.pos, instruction, scope: loop });
          break;
        }
        case "call":
          this.#noteCall(instruction.target, scope);
          break;
        case "indirect":
          indirect = true;
          scope.unknownCalls++;
          break;
        case "refused":
          throw new RunnerError(
            "component.unmetered",
            `Component uses "${instruction.name}", which cannot be metered`,
            {
              place: this.#options.place,
              hint:
                "Build the component without exception handling, garbage collection and shared-memory waits",
            },
          );
        case "bulk":
          marks.push({ at: before, instruction });
          break;
        case "grow":
          if (this.#capsMemory) marks.push({ at: reader.pos, instruction });
      }
    }
    return { start, end, code, localGroups, localCount, marks, outside, loops, indirect };
  }

  #noteCall(target: number, scope: Scope): void {
    const defined = target - this.#imported[KIND.func]!;
    if (defined >= 0) scope.calls.push(defined);
    else scope.unknownCalls++;
  }

  #checkName(name: string): void {
    if (SAFE_NAME_REGEXP.test(name)) return;
    throw new RunnerError(
      "component.invalid",
      `Core module has an import or export of the name ${JSON.stringify(name)}, which no compiler gives`,
      { place: this.#options.place },
    );
  }

  #codeSection(bodies: readonly Body[], context: RewriteContext): Uint8Array | null {
    if (!this.#sections.has(10)) return null;
    const out = new BinaryWriter(this.#bytes.length + 256).u32(bodies.length);
    bodies.forEach((body, index) => {
      const content = this.#rewriteBody(body, index, context);
      out.u32(content.length).bytes(content);
    });
    return out.view();
  }

  #rewriteBody(body: Body, index: number, context: RewriteContext): Uint8Array {
    const { cost, atEntry } = context.costs;
    const entry = atEntry.get(index);
    if (entry === undefined && body.marks.length === 0) return this.#bytes.subarray(body.start, body.end);
    const needsLocal = body.marks.some(({ instruction }) =>
      instruction.kind === "bulk" || instruction.kind === "grow"
    );
    const parameters = context.types[context.functionTypes[index]!] ?? 0;
    const local = parameters + body.localCount;

    const out = new BinaryWriter(body.end - body.start + 64);
    const locals = new BinaryReader(this.#bytes, body.start, body.code);
    locals.u32();
    out.u32(body.localGroups + (needsLocal ? 1 : 0)).bytes(this.#bytes.subarray(locals.pos, body.code));
    if (needsLocal) out.bytes([0x01, 0x7f]); // one more i32
    if (entry !== undefined) out.bytes(pay(entry, context.codes));
    let from = body.code;
    for (const { at, instruction, scope } of body.marks) {
      out.bytes(this.#bytes.subarray(from, at));
      from = at;
      if (scope !== undefined) out.bytes(pay(roundCost(scope, cost), context.codes));
      else if (instruction.kind === "bulk") out.bytes(payByLength(context.codes, local, instruction.shift));
      else out.bytes(noteRefusedGrow(context.codes, local));
    }
    return out.bytes(this.#bytes.subarray(from, body.end)).view();
  }

  #otherSection(id: number, codes: Codes): Uint8Array | null {
    const section = this.#sections.get(id);
    const original = section ? this.#bytes.subarray(section.start, section.end) : null;
    switch (id) {
      case 1:
        return this.#appended(id, [[0x60, 0x00, 0x01, 0x7f]]);
      case 4:
        return this.#tableSection();
      case 6:
        return this.#appended(id, [[0x7f, 0x01, 0x41, 0x00, 0x0b], [0x7f, 0x01, 0x41, 0x00, 0x0b]]);
      case 7:
        return this.#appended(id, this.#exports(codes));
      case 8:
        return null;
      default:
        return original;
    }
  }

  /** A vector section with items added at its end. */
  #appended(id: number, items: readonly (Uint8Array | readonly number[])[]): Uint8Array {
    const reader = this.#reader(id);
    const out = new BinaryWriter(reader ? reader.end - reader.pos + 256 : 256);
    out.u32((reader?.u32() ?? 0) + items.length);
    if (reader) out.bytes(this.#bytes.subarray(reader.pos, reader.end));
    for (const item of items) out.bytes(item);
    return out.view();
  }

  #exports(codes: Codes): Uint8Array[] {
    const item = (name: string, kind: number, index: number) =>
      new BinaryWriter(64).name(name).u8(kind).u32(index).view();
    const items = [
      item(METER_EXPORTS.table, KIND.table, codes.table),
      item(METER_EXPORTS.counter, KIND.global, codes.counter),
      item(METER_EXPORTS.growRefused, KIND.global, codes.growRefused),
    ];
    const start = this.#reader(8);
    return start ? [...items, item(METER_EXPORTS.start, KIND.func, start.u32())] : items;
  }

  #checkExports(): void {
    const reader = this.#reader(7);
    if (!reader) return;
    for (let count = reader.u32(); count > 0; count--) {
      this.#checkName(reader.name());
      reader.u8();
      reader.u32();
    }
  }

  /** The tables with maxima within the cap, and the one of metering. */
  #tableSection(): Uint8Array {
    const reader = this.#reader(4);
    const count = reader?.u32() ?? 0;
    if (count > MAX_TABLES) throw this.#tooMuch(`has ${count} tables`, MAX_TABLES);
    const out = new BinaryWriter(256).u32(count + 1);
    for (let index = 0; reader !== null && index < count; index++) {
      const start = reader.pos;
      const initialised = reader.bytes[start] === 0x40;
      if (initialised) reader.skip(2);
      valueType(reader);
      out.bytes(this.#bytes.subarray(start, reader.pos));
      const { flags, min, max } = limits(reader, this.#options.place);
      if (min > MAX_TABLE) throw this.#tooMuch(`starts with a table of ${min} elements`, MAX_TABLE);
      out.u8(flags | 0x01).u32(min).u32(Math.min(max ?? MAX_TABLE, MAX_TABLE));
      const expression = reader.pos;
      if (initialised) { while (readInstruction(reader).kind !== "close"); }
      out.bytes(this.#bytes.subarray(expression, reader.pos));
    }
    return out.bytes([0x70, 0x01, 0x01, 0x01]).view();
  }

  /** The memories with maxima within the cap. */
  #memorySection(): Uint8Array | null {
    const reader = this.#reader(5);
    if (!reader) return null;
    const count = reader.u32();
    const cap = this.#options.maxPages;
    const out = new BinaryWriter(64).u32(count);
    for (let index = 0; index < count; index++) {
      const { flags, min, max } = limits(reader, this.#options.place);
      if (min > cap) {
        throw this.#tooMuch(`starts with ${min} pages of memory`, cap, limitHint("maxMemoryBytes"));
      }
      this.#capsMemory ||= max === null || max > cap;
      out.u8(flags | 0x01).u32(min).u32(Math.min(max ?? cap, cap));
    }
    return out.view();
  }

  #tooMuch(what: string, limit: number, hint?: string): RunnerError {
    return new RunnerError("limit.memory", `Component ${what}, the limit is ${limit}`, {
      place: this.#options.place,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Indexes of what metering adds. */
interface Codes {
  readonly type: number;
  readonly table: number;
  readonly counter: number;
  readonly growRefused: number;
}

interface RewriteContext {
  readonly codes: Codes;
  readonly costs: CallCosts;
  readonly types: readonly (number | null)[];
  readonly functionTypes: readonly number[];
}

function readType(reader: BinaryReader, types: (number | null)[]): void {
  let form = reader.u8();
  if (form === 0x50 || form === 0x4f) { // a subtype with its supertypes
    for (let count = reader.u32(); count > 0; count--) reader.u32();
    form = reader.u8();
  }
  if (form === 0x60) {
    const parameters = reader.u32();
    for (let left = parameters; left > 0; left--) valueType(reader);
    for (let left = reader.u32(); left > 0; left--) valueType(reader);
    types.push(parameters);
    return;
  }
  if (form !== 0x5e && form !== 0x5f) {
    throw new BinaryError(`Type has an unknown form at offset ${reader.pos}`);
  }
  for (let fields = form === 0x5f ? reader.u32() : 1; fields > 0; fields--) {
    valueType(reader);
    reader.u8(); // mutability
  }
  types.push(null);
}

/** Limits of a memory or table. 64-bit ones are refused: components cannot use them. */
function limits(reader: BinaryReader, place: string): { flags: number; min: number; max: number | null } {
  const flags = reader.u8();
  if (flags & 0x04) {
    throw new RunnerError(
      "component.unmetered",
      "Component uses a 64-bit memory or table, which cannot be metered",
      { place },
    );
  }
  const min = reader.u32();
  return { flags, min, max: flags & 0x01 ? reader.u32() : null };
}

/** Cost of what stands in a scope, without the calls of functions whose cost is known. */
function ownCost({ bytes, unknownCalls }: Scope): number {
  return 1 + Math.floor(bytes / UNIT_BYTES) + unknownCalls * MAX_UNPAID_COST;
}

/** Cost of one round of a loop. */
function roundCost(loop: Scope, cost: Float64Array): number {
  return loop.calls.reduce((sum, callee) => sum + (cost[callee] ?? 0), ownCost(loop));
}

function callNode({ outside, loops, indirect }: Body): CallNode {
  return {
    cost: ownCost(outside),
    calls: outside.calls,
    loopCalls: loops.flatMap(({ calls }) => calls),
    indirect,
  };
}

/** `counter -= units; if (counter < 0) counter = check()` */
function pay(units: number, codes: Codes): Uint8Array {
  const out = new BinaryWriter(48).u8(0x23).u32(codes.counter);
  out.u8(0x41).s32(Math.min(units, MAX_PAYMENT)).u8(0x6b).u8(0x24).u32(codes.counter);
  return askWhenUsedUp(out, codes).view();
}

/** `counter -= length >>> shift; if (counter < 0) counter = check()`, keeping the length on the stack. */
function payByLength(codes: Codes, local: number, shift: number): Uint8Array {
  const out = new BinaryWriter(64).u8(0x22).u32(local);
  out.u8(0x23).u32(codes.counter).u8(0x20).u32(local).bytes([0x41, shift, 0x76, 0x6b]).u8(0x24).u32(
    codes.counter,
  );
  return askWhenUsedUp(out, codes).view();
}

function askWhenUsedUp(out: BinaryWriter, codes: Codes): BinaryWriter {
  out.u8(0x23).u32(codes.counter).bytes([0x41, 0x00, 0x48, 0x04, 0x40]);
  out.bytes([0x41, 0x00, 0x11]).u32(codes.type).u32(codes.table);
  return out.u8(0x24).u32(codes.counter).u8(0x0b);
}

/** `if (result == -1) growRefused = 1`, keeping the result on the stack. */
function noteRefusedGrow(codes: Codes, local: number): Uint8Array {
  const out = new BinaryWriter(32).u8(0x22).u32(local).bytes([0x41, 0x7f, 0x46, 0x04, 0x40]);
  return out.bytes([0x41, 0x01]).u8(0x24).u32(codes.growRefused).u8(0x0b).u8(0x20).u32(local).view();
}
