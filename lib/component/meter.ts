/**
 * Rewrites a core module so that its host can stop it: loops, recursion and bulk operations pay units from a
 * counter, and when it is used up the module asks its host, which refills it or throws. Also caps memory.
 * Never decides when to stop: `guest.ts` answers the question.
 *
 * How a module is changed; indexes that exist already keep their meaning:
 * 1. The type section gains `() -> i32`; the table section a table of one function; the global section the
 *    counter and a flag that is set when growth was refused. Table, counter, flag, all memories and tables are
 *    exported.
 * 2. Units are paid at the head of every loop, for one round of it, and at the entry of every function that
 *    `recursion.ts` names. A unit is a call or up to 256 bytes of code.
 * 3. Bulk operations pay a unit and by length before they start.
 * 4. A start function becomes an export, which the host calls once the table is set.
 * 5. Every defined memory and table has a maximum within the caps. Custom sections are dropped.
 *
 * Paying at loops costs 0 to 8 % of a call's time, paying at every function entry 8 to 36 %.
 */

import { type ErrorCode, RunnerError } from "../base/errors.ts";
import { limitHint } from "../base/limits.ts";
import { BinaryError, BinaryReader, BinaryWriter } from "./binary.ts";
import { CoreModule, KIND, MAX_TABLES, SECTION } from "./core_module.ts";
import { type Body, callNode, roundCost, walkBody } from "./function_body.ts";
import { readInstruction, valueType } from "./instructions.ts";
import { METER_EXPORTS } from "./meter_exports.ts";
import { type MeterIndexes, noteRefusedGrow, pay, payByLength } from "./meter_code.ts";
import { type CallCosts, weighCalls } from "./recursion.ts";

/** What {@linkcode meterModule} needs to know. */
export interface MeterOptions {
  /** Cap on each memory, in pages of 64 KiB. */
  readonly maxPages: number;
  /** Cap on each table, in elements. */
  readonly maxTableElements: number;
  /** The component, for messages. */
  readonly place: string;
}

const SECTION_ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const I32 = 0x7f;
const FUNCREF = 0x70;
/** A mutable i32 that starts at 0. */
const COUNTER = [I32, 0x01, 0x41, 0x00, 0x0b];

/**
 * Rewrites a core module.
 *
 * @throws {RunnerError} `component.unmetered` for instructions that cannot be metered, `limit.memory` when the
 * module starts with more memory than the cap, `component.invalid` for a damaged module.
 */
export function meterModule(bytes: Uint8Array, options: MeterOptions): Uint8Array {
  try {
    return new Meter(new CoreModule(bytes, options.place), options).rewrite();
  } catch (cause) {
    if (!(cause instanceof BinaryError)) throw cause;
    throw new RunnerError("component.invalid", "Core module is damaged", { place: options.place, cause });
  }
}

class Meter {
  readonly #module: CoreModule;
  readonly #maxPages: number;
  readonly #maxTable: number;
  readonly #indexes: MeterIndexes;
  /** Whether growth may be refused because of our cap rather than a memory's or table's own maximum. */
  readonly #caps: { memory: boolean; table: boolean };

  constructor(module: CoreModule, { maxPages, maxTableElements }: MeterOptions) {
    this.#module = module;
    this.#maxPages = maxPages;
    this.#maxTable = maxTableElements;
    // An imported memory or table has the cap of the module that owns it.
    this.#caps = { memory: module.imported[KIND.memory]! > 0, table: module.imported[KIND.table]! > 0 };
    const globals = module.imported[KIND.global]! + module.count(SECTION.globals);
    this.#indexes = {
      type: module.parameterCounts.length,
      table: module.imported[KIND.table]! + module.count(SECTION.tables),
      counter: globals,
      growRefused: globals + 1,
    };
  }

  rewrite(): Uint8Array {
    const { bytes } = this.#module;
    const out = new BinaryWriter(bytes.length + bytes.length / 8 + 256);
    out.bytes(bytes.subarray(0, 8));
    for (const id of SECTION_ORDER) {
      const content = this.#section(id);
      if (content !== null) out.u8(id).u32(content.length).bytes(content);
    }
    return out.view();
  }

  #section(id: number): Uint8Array | null {
    switch (id) {
      case SECTION.types:
        return this.#appended(id, [[0x60, 0x00, 0x01, I32]]);
      case SECTION.tables:
        return this.#tables();
      case SECTION.memories:
        return this.#memories();
      case SECTION.globals:
        return this.#appended(id, [COUNTER, COUNTER]);
      case SECTION.exports:
        return this.#appended(id, this.#exports());
      case SECTION.start:
        return null;
      case SECTION.code:
        return this.#code();
      default:
        return this.#module.section(id);
    }
  }

  /** A vector section with items added at its end. */
  #appended(id: number, items: readonly (Uint8Array | readonly number[])[]): Uint8Array {
    const reader = this.#module.reader(id);
    const out = new BinaryWriter(reader === null ? 256 : reader.end - reader.pos + 256);
    out.u32((reader?.u32() ?? 0) + items.length);
    if (reader !== null) out.bytes(reader.bytes.subarray(reader.pos, reader.end));
    for (const item of items) out.bytes(item);
    return out.view();
  }

  #exports(): Uint8Array[] {
    const item = (name: string, kind: number, index: number) =>
      new BinaryWriter(64).name(name).u8(kind).u32(index).view();
    const items = [
      item(METER_EXPORTS.table, KIND.table, this.#indexes.table),
      item(METER_EXPORTS.counter, KIND.global, this.#indexes.counter),
      item(METER_EXPORTS.growRefused, KIND.global, this.#indexes.growRefused),
    ];
    const defined = (name: string, kind: number, section: number) =>
      Array.from(
        { length: this.#module.count(section) },
        (_, number) => item(`${name}${number}`, kind, this.#module.imported[kind]! + number),
      );
    items.push(...defined(METER_EXPORTS.memory, KIND.memory, SECTION.memories));
    items.push(...defined(METER_EXPORTS.ownTable, KIND.table, SECTION.tables));
    const start = this.#module.reader(SECTION.start);
    return start === null ? items : [...items, item(METER_EXPORTS.start, KIND.func, start.u32())];
  }

  /** The tables with maxima within the cap, and the one of metering. */
  #tables(): Uint8Array {
    const reader = this.#module.reader(SECTION.tables);
    const count = reader?.u32() ?? 0;
    if (count > MAX_TABLES) throw this.#tooMuch("limit.table", `has ${count} tables`, MAX_TABLES);
    const out = new BinaryWriter(256).u32(count + 1);
    for (let index = 0; reader !== null && index < count; index++) {
      const start = reader.pos;
      const initialised = reader.bytes[start] === 0x40;
      if (initialised) reader.skip(2);
      valueType(reader);
      out.bytes(reader.bytes.subarray(start, reader.pos));
      const { flags, min, max } = this.#module.limits(reader);
      const cap = this.#maxTable;
      if (min > cap) {
        const what = `starts with a table of ${min} elements`;
        throw this.#tooMuch("limit.table", what, cap, limitHint("maxTableElements"));
      }
      this.#caps.table ||= max === null || max > cap;
      out.u8(flags | 0x01).u32(min).u32(Math.min(max ?? cap, cap));
      const expression = reader.pos;
      if (initialised) { while (readInstruction(reader).kind !== "close"); }
      out.bytes(reader.bytes.subarray(expression, reader.pos));
    }
    return out.bytes([FUNCREF, 0x01, 0x01, 0x01]).view();
  }

  /** The memories with maxima within the cap. */
  #memories(): Uint8Array | null {
    const reader = this.#module.reader(SECTION.memories);
    if (reader === null) return null;
    const count = reader.u32();
    const cap = this.#maxPages;
    const out = new BinaryWriter(64).u32(count);
    for (let index = 0; index < count; index++) {
      const { flags, min, max } = this.#module.limits(reader);
      if (min > cap) {
        const what = `starts with ${min} pages of memory`;
        throw this.#tooMuch("limit.memory", what, cap, limitHint("maxMemoryBytes"));
      }
      this.#caps.memory ||= max === null || max > cap;
      out.u8(flags | 0x01).u32(min).u32(Math.min(max ?? cap, cap));
    }
    return out.view();
  }

  #tooMuch(code: ErrorCode, what: string, limit: number, hint?: string): RunnerError {
    return new RunnerError(code, `Component ${what}, the limit is ${limit}`, {
      place: this.#module.place,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** The function bodies with payments. Comes after tables and memories in a module, so that `#caps` is known. */
  #code(): Uint8Array | null {
    const bodies = this.#module.vector(SECTION.code, (reader) => walkBody(this.#module, reader));
    if (bodies.length === 0) return this.#module.section(SECTION.code);
    const costs = weighCalls(bodies.map(callNode));
    const out = new BinaryWriter(this.#module.bytes.length + 256).u32(bodies.length);
    bodies.forEach((body, index) => {
      const content = this.#body(body, index, costs);
      out.u32(content.length).bytes(content);
    });
    return out.view();
  }

  #body(body: Body, index: number, { cost, atEntry }: CallCosts): Uint8Array {
    const { bytes, parameterCounts, functionTypes } = this.#module;
    const entry = atEntry.get(index);
    const marks = body.marks.filter(({ instruction }) =>
      instruction.kind !== "grow" || this.#caps[instruction.what]
    );
    if (entry === undefined && marks.length === 0) return bytes.subarray(body.start, body.end);
    const needsLocal = marks.some(({ scope }) => scope === undefined);
    const local = (parameterCounts[functionTypes[index]!] ?? 0) + body.localCount;

    const out = new BinaryWriter(body.end - body.start + 64);
    const locals = new BinaryReader(bytes, body.start, body.code);
    locals.u32();
    out.u32(body.localGroups + (needsLocal ? 1 : 0)).bytes(bytes.subarray(locals.pos, body.code));
    if (needsLocal) out.bytes([0x01, I32]);
    if (entry !== undefined) out.bytes(pay(entry, this.#indexes));
    let from = body.code;
    for (const { at, instruction, scope } of marks) {
      out.bytes(bytes.subarray(from, at));
      from = at;
      if (scope !== undefined) out.bytes(pay(roundCost(scope, cost), this.#indexes));
      else if (instruction.kind === "bulk") out.bytes(payByLength(instruction.shift, local, this.#indexes));
      else if (instruction.kind === "grow") {
        out.bytes(noteRefusedGrow(instruction.what, local, this.#indexes));
      }
    }
    return out.bytes(bytes.subarray(from, body.end)).view();
  }
}
