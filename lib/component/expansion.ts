/**
 * Counts what a component is once its nested components are instantiated: ten components that each instantiate the
 * one before ten times are a few hundred bytes, and more than the transpiler can hold. Never looks into core modules.
 *
 * Format: the Component Model's `Binary.md`, sections 2 (core instances), 4 (nested components), 5 (instances),
 * 6 (aliases), 8 (canonical functions), 10 (imports) and 11 (exports).
 */

import { BinaryError, BinaryReader } from "./binary.ts";
import { checkNesting, COMPONENT_SECTION as SECTION } from "./component_sections.ts";
import { externName, readSort, skipDescription } from "./extern.ts";

/** Most definitions of a component, those of each instance in it counted anew. Published ones have up to some hundred. */
export const MAX_DEFINITIONS = 100_000;

/** Sections of which every item is work for each instance. */
const COUNTED: readonly number[] = [
  SECTION.coreInstances,
  SECTION.instances,
  SECTION.aliases,
  SECTION.canonicalFunctions,
  SECTION.imports,
  SECTION.exports,
];
/** The sort of components, among those of what is aliased, exported, imported and passed on. */
const COMPONENT = 0x04;

/** A component while it is read. */
interface Scope {
  /** How many definitions an instance of each component comes to; null when it is not known, as for an imported one. */
  readonly components: (number | null)[];
  readonly parent: Scope | null;
  readonly depth: number;
  definitions: number;
}

/**
 * Counts the definitions. Throws a `BinaryError` for a component that is damaged, has too many, or instantiates a
 * component that it was given: no compiler writes that, and it could not be counted.
 */
export function checkExpansion(bytes: Uint8Array): void {
  countDefinitions(new BinaryReader(bytes, 8), null);
}

function countDefinitions(reader: BinaryReader, parent: Scope | null): number {
  const depth = parent === null ? 0 : parent.depth + 1;
  checkNesting(depth);
  const scope: Scope = { components: [], parent, depth, definitions: 1 };
  while (!reader.done) {
    const { id, start, end } = reader.section();
    const contents = new BinaryReader(reader.bytes, start, end);
    if (id === SECTION.component) {
      contents.skip(8);
      scope.components.push(countDefinitions(contents, scope));
    } else if (COUNTED.includes(id)) countSection(id, contents, scope);
  }
  return scope.definitions;
}

function countSection(id: number, reader: BinaryReader, scope: Scope): void {
  const count = reader.u32();
  add(count, scope);
  const read = READERS[id];
  for (let left = count; read !== undefined && left > 0; left--) read(reader, scope);
}

function add(definitions: number, scope: Scope): void {
  scope.definitions += definitions;
  if (scope.definitions <= MAX_DEFINITIONS) return;
  throw new BinaryError(
    `Component has more than ${MAX_DEFINITIONS} definitions, those of its instances included`,
  );
}

const READERS: Readonly<Record<number, (reader: BinaryReader, scope: Scope) => void>> = {
  [SECTION.instances]: readInstance,
  [SECTION.aliases]: readAlias,
  [SECTION.imports](reader, { components }) {
    externName(reader);
    if (skipDescription(reader) === COMPONENT) components.push(null);
  },
  [SECTION.exports](reader, { components }) {
    externName(reader);
    const sort = readSort(reader);
    const index = reader.u32();
    if (sort === COMPONENT) components.push(components[index] ?? null);
    if (reader.u8() === 0x01) skipDescription(reader);
  },
};

function readInstance(reader: BinaryReader, scope: Scope): void {
  const instantiates = reader.u8() === 0x00;
  if (instantiates) {
    const definitions = scope.components[reader.u32()] ?? null;
    if (definitions === null) {
      throw new BinaryError("Component instantiates a component that is not part of it");
    }
    add(definitions, scope);
  }
  for (let left = reader.u32(); left > 0; left--) {
    if (instantiates) reader.name();
    else externName(reader);
    readSort(reader);
    reader.u32();
  }
}

function readAlias(reader: BinaryReader, scope: Scope): void {
  const sort = readSort(reader);
  const outer = reader.u8() === 0x02;
  const first = reader.u32();
  if (!outer) {
    reader.name();
    if (sort === COMPONENT) scope.components.push(null);
    return;
  }
  const index = reader.u32();
  if (sort !== COMPONENT) return;
  let from: Scope | null = scope;
  for (let level = first; from !== null && level > 0; level--) from = from.parent;
  scope.components.push(from?.components[index] ?? null);
}
