/**
 * Looks at how a component lifts and lowers its functions, and refuses what would let it run outside of a call:
 * asynchronous functions, threads, streams and their kin. Never looks at types or code.
 *
 * Format: the Component Model's `Binary.md`, sections 4 (nested components) and 8 (canonical functions).
 */

import { RunnerError } from "../base/errors.ts";
import { BinaryError, BinaryReader } from "./binary.ts";
import { checkNesting, COMPONENT_SECTION } from "./component_sections.ts";

/** Options from here on belong to asynchronous functions or to types that are not on offer. */
const FIRST_REFUSED_OPTION = 0x06;
/** Options with an index: memory, realloc, post-return. */
const INDEXED_OPTIONS = [0x03, 0x04, 0x05];

/**
 * Checks a component and the components in it.
 *
 * @throws {RunnerError} `component.unmetered` for what could run outside of a call, `component.invalid` for a
 * damaged component.
 */
export function checkSynchronous(bytes: Uint8Array, place: string): void {
  try {
    checkComponent(new BinaryReader(bytes, 8), { place, depth: 0 });
  } catch (cause) {
    if (!(cause instanceof BinaryError)) throw cause;
    throw new RunnerError("component.invalid", "Component is damaged", { place, cause });
  }
}

interface Nesting {
  readonly place: string;
  readonly depth: number;
}

function checkComponent(reader: BinaryReader, { place, depth }: Nesting): void {
  checkNesting(depth);
  while (!reader.done) {
    const { id, start, end } = reader.section();
    const contents = new BinaryReader(reader.bytes, start, end);
    if (id === COMPONENT_SECTION.canonicalFunctions) checkFunctions(contents, place);
    if (id !== COMPONENT_SECTION.component) continue;
    contents.skip(8);
    checkComponent(contents, { place, depth: depth + 1 });
  }
}

function checkFunctions(reader: BinaryReader, place: string): void {
  for (let count = reader.u32(); count > 0; count--) {
    const kind = reader.u8();
    const resource = kind >= 0x02 && kind <= 0x04; // new, drop, representation
    if (resource) {
      reader.u32();
      continue;
    }
    if (kind > 0x01 || reader.u8() !== 0x00) throw refusal(`built-in 0x${kind.toString(16)}`, place);
    reader.u32();
    for (let options = reader.u32(); options > 0; options--) {
      const option = reader.u8();
      if (option >= FIRST_REFUSED_OPTION) throw refusal(`canonical option 0x${option.toString(16)}`, place);
      if (INDEXED_OPTIONS.includes(option)) reader.u32();
    }
    if (kind === 0x00) reader.u32(); // the type of a lifted function
  }
}

function refusal(what: string, place: string): RunnerError {
  const message = `Component uses the asynchronous ${what}, which could run outside of a call`;
  return new RunnerError("component.unmetered", message, {
    place,
    hint: "Build the component with synchronous functions only",
  });
}
