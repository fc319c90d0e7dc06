/**
 * Reads what metering needs to know of a core module: its sections, names, types and counts. Refuses what no
 * component can have. Never looks into function bodies and never changes a byte.
 */

import { RunnerError } from "../base/errors.ts";
import { BinaryError, BinaryReader } from "./binary.ts";
import { valueType } from "./instructions.ts";

/** Numbers of the sections. */
export const SECTION = {
  types: 1,
  imports: 2,
  functions: 3,
  tables: 4,
  memories: 5,
  globals: 6,
  exports: 7,
  start: 8,
  code: 10,
} as const;

/** Numbers of what can be imported and exported. */
export const KIND = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** Most tables of a module. Compilers write one, of a few thousand elements. */
export const MAX_TABLES = 10;

/** Names of imports and exports become part of generated JavaScript, so they must be harmless in any string of it. */
const SAFE_NAME_REGEXP = /^[ !#-&(-\[\]-_a-z|~]*$/;

/** A core module whose sections are known. */
export class CoreModule {
  /** The module's bytes. */
  readonly bytes: Uint8Array;
  /** The component, for messages. */
  readonly place: string;
  /** How many of each kind are imported. */
  readonly imported: readonly number[];
  /** Parameter counts of all types; all types are functions. */
  readonly parameterCounts: readonly number[];
  /** The type of each defined function. */
  readonly functionTypes: readonly number[];
  readonly #sections = new Map<number, { start: number; end: number }>();

  /** Reads a module. Throws a `BinaryError` for one that is damaged. */
  constructor(bytes: Uint8Array, place: string) {
    this.bytes = bytes;
    this.place = place;
    const reader = new BinaryReader(bytes, 8);
    while (!reader.done) {
      const { id, start, end } = reader.section();
      if (id !== 0) this.#sections.set(id, { start, end });
    }
    this.imported = this.#readImports();
    this.#checkExports();
    this.parameterCounts = this.#readTypes();
    this.functionTypes = this.vector(SECTION.functions, (functions) => functions.u32());
  }

  /** The contents of a section, or null when there is none. */
  section(id: number): Uint8Array | null {
    const section = this.#sections.get(id);
    return section === undefined ? null : this.bytes.subarray(section.start, section.end);
  }

  /** A reader over a section, or null when there is none. */
  reader(id: number): BinaryReader | null {
    const section = this.#sections.get(id);
    return section === undefined ? null : new BinaryReader(this.bytes, section.start, section.end);
  }

  /** How many items a section has. */
  count(id: number): number {
    return this.reader(id)?.u32() ?? 0;
  }

  /** The items of a section. */
  vector<T>(id: number, read: (reader: BinaryReader) => T): T[] {
    const reader = this.reader(id);
    const items: T[] = [];
    // Not by length: a count that no file can hold must not take memory.
    for (let count = reader?.u32() ?? 0; reader !== null && count > 0; count--) items.push(read(reader));
    return items;
  }

  /** Limits of a memory or table. 64-bit ones are refused: components cannot use them. */
  limits(reader: BinaryReader): { flags: number; min: number; max: number | null } {
    const flags = reader.u8();
    if (flags & 0x04) {
      throw new RunnerError(
        "component.unmetered",
        "Component uses a 64-bit memory or table, which cannot be metered",
        { place: this.place },
      );
    }
    const min = reader.u32();
    return { flags, min, max: flags & 0x01 ? reader.u32() : null };
  }

  #readImports(): number[] {
    const imported = [0, 0, 0, 0, 0];
    this.vector(SECTION.imports, (reader) => {
      this.#checkName(reader.name());
      this.#checkName(reader.name());
      const kind = reader.u8();
      if (kind > KIND.tag) throw new BinaryError(`Import has an unknown kind at offset ${reader.pos}`);
      imported[kind]!++;
      if (kind === KIND.tag) reader.u8();
      if (kind === KIND.table || kind === KIND.global) valueType(reader);
      if (kind === KIND.func || kind === KIND.tag) reader.u32();
      else if (kind === KIND.global) reader.u8(); // mutability
      else this.limits(reader);
    });
    return imported;
  }

  #checkExports(): void {
    this.vector(SECTION.exports, (reader) => {
      this.#checkName(reader.name());
      reader.u8();
      reader.u32();
    });
  }

  #checkName(name: string): void {
    if (SAFE_NAME_REGEXP.test(name)) return;
    throw new RunnerError(
      "component.invalid",
      `Core module has an import or export of the name ${JSON.stringify(name)}, which no compiler gives`,
      { place: this.place },
    );
  }

  #readTypes(): number[] {
    return this.vector(SECTION.types, (reader) => {
      if (reader.bytes[reader.pos] !== 0x4e) return [readType(reader, this.place)];
      reader.u8(); // a group of recursive types
      const group: number[] = [];
      for (let inner = reader.u32(); inner > 0; inner--) group.push(readType(reader, this.place));
      return group;
    }).flat();
  }
}

/** Reads a function type and gives the number of its parameters. Garbage-collected memory is under no limit. */
function readType(reader: BinaryReader, place: string): number {
  let form = reader.u8();
  if (form === 0x50 || form === 0x4f) { // a subtype with its supertypes
    for (let count = reader.u32(); count > 0; count--) reader.u32();
    form = reader.u8();
  }
  if (form === 0x5e || form === 0x5f) {
    const what = form === 0x5e ? "arrays" : "structs";
    throw new RunnerError(
      "component.unmetered",
      `Component uses garbage-collected ${what}, which no limit holds`,
      {
        place,
        hint: "Build the component for linear memory",
      },
    );
  }
  if (form !== 0x60) throw new BinaryError(`Type has an unknown form at offset ${reader.pos}`);
  const parameters = reader.u32();
  for (let left = parameters; left > 0; left--) valueType(reader);
  for (let left = reader.u32(); left > 0; left--) valueType(reader);
  return parameters;
}
