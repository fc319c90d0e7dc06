/**
 * Takes the code out of a component's core modules, since the transpiler only needs their types: without function bodies
 * and data it has a tenth of the work. Numbers the modules, so that the whole ones can be found again. Never changes what
 * a module imports and exports.
 *
 * Format: the Component Model's `Binary.md`, sections 1 (core modules) and 4 (nested components).
 */

import { BinaryError, BinaryReader, BinaryWriter } from "./binary.ts";
import { SECTION } from "./core_module.ts";

const CORE_MODULE = 1;
const NESTED_COMPONENT = 4;
/** Deepest nesting of components. Compilers nest two deep. */
const MAX_NESTING = 16;
/** The custom section that holds a module's number. */
const NUMBER_SECTION = "greentic:core";
/** Sections of a core module that types do not depend on: custom ones, the start, elements, data and its count. */
const DROPPED = [0, SECTION.start, 9, 11, 12];
/** A function body that traps, whatever the type: its size, no locals, `unreachable`, `end`. */
const STUB_BODY = [0x03, 0x00, 0x00, 0x0b];

/** A component without code. */
export interface Stubbed {
  readonly component: Uint8Array;
  /** The whole core modules, by their numbers. */
  readonly cores: readonly Uint8Array[];
}

/** Takes the code out. Throws a `BinaryError` for a damaged component. */
export function stubCores(bytes: Uint8Array): Stubbed {
  const cores: Uint8Array[] = [];
  const component = stubComponent(bytes, { cores, depth: 0 });
  return { component, cores };
}

/** The number of a stub, or null for a module that was none: the transpiler writes some of its own. */
export function numberOf(core: Uint8Array): number | null {
  const reader = new BinaryReader(core, 8);
  while (!reader.done) {
    const { id, start, end } = reader.section();
    if (id !== 0) continue;
    const content = new BinaryReader(core, start, end);
    if (content.name() === NUMBER_SECTION) return content.u32();
  }
  return null;
}

function stubComponent(
  bytes: Uint8Array,
  { cores, depth }: { cores: Uint8Array[]; depth: number },
): Uint8Array {
  if (depth > MAX_NESTING) throw new BinaryError(`Components nest deeper than ${MAX_NESTING} levels`);
  const out = new BinaryWriter(4096).bytes(bytes.subarray(0, 8));
  const reader = new BinaryReader(bytes, 8);
  while (!reader.done) {
    const { id, start, end } = reader.section();
    if (id === 0) continue;
    const content = bytes.subarray(start, end);
    const stubbed = id === CORE_MODULE
      ? stubModule(content, cores.push(content) - 1)
      : id === NESTED_COMPONENT
      ? stubComponent(content, { cores, depth: depth + 1 })
      : content;
    out.u8(id).u32(stubbed.length).bytes(stubbed);
  }
  return out.view();
}

function stubModule(bytes: Uint8Array, number: number): Uint8Array {
  const out = new BinaryWriter(1024).bytes(bytes.subarray(0, 8));
  const reader = new BinaryReader(bytes, 8);
  while (!reader.done) {
    const { id, start, end } = reader.section();
    if (DROPPED.includes(id)) continue;
    const content = id === SECTION.code
      ? stubBodies(new BinaryReader(bytes, start, end))
      : bytes.subarray(start, end);
    out.u8(id).u32(content.length).bytes(content);
  }
  const tag = new BinaryWriter(32).name(NUMBER_SECTION).u32(number).view();
  return out.u8(0).u32(tag.length).bytes(tag).view();
}

function stubBodies(reader: BinaryReader): Uint8Array {
  const count = reader.u32();
  // A count that no file can hold must not take memory: a body has two bytes at least.
  if (count > reader.end - reader.pos) {
    throw new BinaryError(`Module has ${count} functions in too little code`);
  }
  const out = new BinaryWriter(count * STUB_BODY.length + 5).u32(count);
  for (let left = count; left > 0; left--) out.bytes(STUB_BODY);
  return out.view();
}
