/**
 * What a component takes before any of its code runs: memories, tables, core instances. Never instantiates anything, and
 * never looks into function bodies.
 */

import { RunnerError } from "../base/errors.ts";
import { BinaryError, type BinaryReader } from "./binary.ts";
import { CoreModule, SECTION } from "./core_module.ts";
import { expandedCores } from "./expansion.ts";
import { readInstruction, valueType } from "./instructions.ts";
import { PAGE_BYTES } from "./wasm_page.ts";

/** What a component takes as soon as it is instantiated. */
export interface StartSizes {
  /** The largest memory of any of its core modules, in bytes. */
  readonly largestMemoryBytes: number;
  /** The largest table of any of its core modules, in elements. */
  readonly largestTable: number;
  /** The most tables of any of its core modules. */
  readonly mostTables: number;
  /** How many core modules an instance of it instantiates. */
  readonly coreInstances: number;
  /** All memories of one instance of it, in bytes. */
  readonly memoryBytes: number;
  /** The elements of all tables of one instance of it. */
  readonly tableElements: number;
}

/**
 * Reads what a component starts with.
 *
 * @throws {RunnerError} `component.invalid` for a damaged component, `component.unmetered` for one that no limit holds:
 * what preparing it would throw.
 */
export function startSizes(bytes: Uint8Array, place: string): StartSizes {
  try {
    const cores = expandedCores(bytes).map(({ bytes, instances }) => ({
      instances,
      ...coreSizes(new CoreModule(bytes, place)),
    }));
    const largest = (sizes: readonly number[]) => sizes.reduce((most, size) => Math.max(most, size), 0);
    const sum = (size: (core: typeof cores[number]) => number) =>
      cores.reduce((total, core) => total + size(core), 0);
    return {
      largestMemoryBytes: largest(cores.flatMap(({ memories }) => memories)),
      largestTable: largest(cores.flatMap(({ tables }) => tables)),
      mostTables: largest(cores.map(({ tables }) => tables.length)),
      coreInstances: sum(({ instances }) => instances),
      memoryBytes: sum(({ instances, memories }) => instances * total(memories)),
      tableElements: sum(({ instances, tables }) => instances * total(tables)),
    };
  } catch (cause) {
    if (!(cause instanceof BinaryError)) throw cause;
    throw new RunnerError("component.invalid", `Component cannot be read: ${cause.message}`, {
      place,
      cause,
    });
  }
}

/** What one core module starts with: its memories in bytes, its tables in elements. */
function coreSizes(module: CoreModule): { memories: number[]; tables: number[] } {
  return {
    memories: module.vector(SECTION.memories, (reader) => module.limits(reader).min * PAGE_BYTES),
    tables: module.vector(SECTION.tables, (reader) => tableSize(module, reader)),
  };
}

function tableSize(module: CoreModule, reader: BinaryReader): number {
  const initialised = reader.bytes[reader.pos] === 0x40;
  if (initialised) reader.skip(2);
  valueType(reader);
  const { min } = module.limits(reader);
  if (initialised) { while (readInstruction(reader).kind !== "close"); }
  return min;
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
