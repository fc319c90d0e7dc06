/**
 * Takes the code out of a component's core modules, since the transpiler only needs their types: without function bodies
 * and data it has a tenth of the work. Numbers the modules, so that the whole ones can be found again. Never changes what
 * a module imports and exports.
 *
 * Format: the Component Model's `Binary.md`, sections 1 (core modules) and 4 (nested components).
 */

import { BinaryError, BinaryReader, BinaryWriter } from "./binary.ts";
import { checkNesting, COMPONENT_SECTION } from "./component_sections.ts";
import { SECTION } from "./core_module.ts";
import { valueType } from "./instructions.ts";

/** Most functions of a component: metering takes memory for each. Published components have up to 5 300. */
const MAX_FUNCTIONS = 200_000;
/**
 * Most locals that the functions of a component declare: the engine takes time for each, although a few bytes declare
 * fifty thousand. Compilers write a few per function.
 */
const MAX_LOCALS = 10_000_000;
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

/** What is collected on the way. */
interface Stubbing {
  readonly cores: Uint8Array[];
  functions: number;
  locals: number;
}

/** Takes the code out. Throws a `BinaryError` for a component that is damaged, or has too many functions or locals. */
export function stubCores(bytes: Uint8Array): Stubbed {
  const stubbing: Stubbing = { cores: [], functions: 0, locals: 0 };
  const component = stubComponent(bytes, stubbing, 0);
  return { component, cores: stubbing.cores };
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

function stubComponent(bytes: Uint8Array, stubbing: Stubbing, depth: number): Uint8Array {
  checkNesting(depth);
  const out = new BinaryWriter(4096).bytes(bytes.subarray(0, 8));
  const reader = new BinaryReader(bytes, 8);
  while (!reader.done) {
    const { id, start, end } = reader.section();
    if (id === 0) continue;
    const content = bytes.subarray(start, end);
    const stubbed = id === COMPONENT_SECTION.coreModule
      ? stubModule(content, stubbing)
      : id === COMPONENT_SECTION.component
      ? stubComponent(content, stubbing, depth + 1)
      : content;
    out.u8(id).u32(stubbed.length).bytes(stubbed);
  }
  return out.view();
}

function stubModule(bytes: Uint8Array, stubbing: Stubbing): Uint8Array {
  const number = stubbing.cores.push(bytes) - 1;
  const out = new BinaryWriter(1024).bytes(bytes.subarray(0, 8));
  const reader = new BinaryReader(bytes, 8);
  while (!reader.done) {
    const { id, start, end } = reader.section();
    if (DROPPED.includes(id)) continue;
    const content = id === SECTION.code
      ? stubBodies(new BinaryReader(bytes, start, end), stubbing)
      : bytes.subarray(start, end);
    out.u8(id).u32(content.length).bytes(content);
  }
  const tag = new BinaryWriter(32).name(NUMBER_SECTION).u32(number).view();
  return out.u8(0).u32(tag.length).bytes(tag).view();
}

function stubBodies(reader: BinaryReader, stubbing: Stubbing): Uint8Array {
  const count = reader.u32();
  stubbing.functions += count;
  if (stubbing.functions > MAX_FUNCTIONS) {
    throw new BinaryError(`Component has more than ${MAX_FUNCTIONS} functions`);
  }
  const out = new BinaryWriter(count * STUB_BODY.length + 5).u32(count);
  for (let left = count; left > 0; left--) {
    countLocals(reader, stubbing);
    out.bytes(STUB_BODY);
  }
  return out.view();
}

/** Counts the locals of the body that the reader stands at, and skips it. */
function countLocals(reader: BinaryReader, stubbing: Stubbing): void {
  const size = reader.u32();
  const body = new BinaryReader(reader.bytes, reader.pos, reader.pos + size);
  reader.skip(size);
  for (let groups = body.u32(); groups > 0; groups--) {
    stubbing.locals += body.u32();
    if (stubbing.locals > MAX_LOCALS) throw new BinaryError(`Component has more than ${MAX_LOCALS} locals`);
    valueType(body);
  }
}
