/**
 * Counts what a component is once its nested components are instantiated: ten components that each instantiate the
 * one before ten times are a few hundred bytes, and more than the transpiler can hold. Never looks into core modules.
 *
 * Format: the Component Model's `Binary.md`, sections 1 (core modules), 2 (core instances), 4 (nested components),
 * 5 (instances), 6 (aliases), 8 (canonical functions), 10 (imports) and 11 (exports).
 */

import { BinaryError, BinaryReader } from "./binary.ts";
import { checkNesting, COMPONENT_SECTION as SECTION } from "./component_sections.ts";
import { externName, readSort, skipDescription } from "./extern.ts";

/** Most definitions of a component, those of each instance in it counted anew. Published ones have up to some hundred. */
const MAX_DEFINITIONS = 100_000;

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
/** The sort of core things, and among these that of modules. */
const CORE = 0x00, CORE_MODULE = 0x11;

/** A core module of a component, and how often an instance of the component instantiates it. */
export interface ExpandedCore {
  readonly bytes: Uint8Array;
  readonly instances: number;
}

/** What an instance of a component comes to. */
interface Expanded {
  /** The number of definitions. */
  definitions: number;
  /** How often each core module is instantiated, by its number among all of the file. */
  readonly cores: Map<number, number>;
}

/** A component while it is read. */
interface Scope extends Expanded {
  /** What an instance of each component comes to; null when it is not known, as for an imported one. */
  readonly components: (Expanded | null)[];
  /** The numbers of its core modules; null for those that are not known. */
  readonly modules: (number | null)[];
  readonly parent: Scope | null;
  readonly depth: number;
  /** The core modules of the whole file, in the order in which they stand there. */
  readonly all: Uint8Array[];
}

/**
 * Counts the definitions. Throws a `BinaryError` for a component that is damaged, has too many, or instantiates a
 * component that it was given: no compiler writes that, and it could not be counted.
 */
export function checkExpansion(bytes: Uint8Array): void {
  expand(new BinaryReader(bytes, 8), null, []);
}

/**
 * The core modules of a component and how often each is instantiated. Modules that come from elsewhere are left out.
 * Throws a `BinaryError` where {@linkcode checkExpansion} does.
 */
export function expandedCores(bytes: Uint8Array): ExpandedCore[] {
  const all: Uint8Array[] = [];
  const { cores } = expand(new BinaryReader(bytes, 8), null, all);
  return all.map((module, number) => ({ bytes: module, instances: cores.get(number) ?? 0 }));
}

function expand(reader: BinaryReader, parent: Scope | null, all: Uint8Array[]): Expanded {
  const depth = parent === null ? 0 : parent.depth + 1;
  checkNesting(depth);
  const scope: Scope = { components: [], modules: [], cores: new Map(), parent, depth, definitions: 1, all };
  while (!reader.done) {
    const { id, start, end } = reader.section();
    const contents = new BinaryReader(reader.bytes, start, end);
    if (id === SECTION.component) {
      contents.skip(8);
      scope.components.push(expand(contents, scope, all));
    } else if (id === SECTION.coreModule) {
      scope.modules.push(all.push(reader.bytes.subarray(start, end)) - 1);
    } else if (COUNTED.includes(id)) countSection(id, contents, scope);
  }
  return scope;
}

function countSection(id: number, reader: BinaryReader, scope: Scope): void {
  const count = reader.u32();
  add({ definitions: count, cores: NONE }, scope);
  const read = READERS[id];
  for (let left = count; read !== undefined && left > 0; left--) read(reader, scope);
}

const NONE: ReadonlyMap<number, number> = new Map();

function add(
  { definitions, cores }: { definitions: number; cores: ReadonlyMap<number, number> },
  scope: Scope,
): void {
  scope.definitions += definitions;
  for (const [number, instances] of cores) {
    scope.cores.set(number, (scope.cores.get(number) ?? 0) + instances);
  }
  if (scope.definitions <= MAX_DEFINITIONS) return;
  throw new BinaryError(
    `Component has more than ${MAX_DEFINITIONS} definitions, those of its instances included`,
  );
}

const READERS: Readonly<Record<number, (reader: BinaryReader, scope: Scope) => void>> = {
  [SECTION.coreInstances]: readCoreInstance,
  [SECTION.instances]: readInstance,
  [SECTION.aliases]: readAlias,
  [SECTION.imports](reader, { components, modules }) {
    externName(reader);
    const module = isCoreModule(reader);
    const sort = skipDescription(reader);
    if (sort === COMPONENT) components.push(null);
    if (module) modules.push(null);
  },
  [SECTION.exports](reader, { components, modules }) {
    externName(reader);
    const module = isCoreModule(reader);
    const sort = readSort(reader);
    const index = reader.u32();
    if (sort === COMPONENT) components.push(components[index] ?? null);
    if (module) modules.push(modules[index] ?? null);
    if (reader.u8() === 0x01) skipDescription(reader);
  },
};

/** Whether the sort that comes next is that of core modules. */
function isCoreModule({ bytes, pos }: BinaryReader): boolean {
  return bytes[pos] === CORE && bytes[pos + 1] === CORE_MODULE;
}

function readCoreInstance(reader: BinaryReader, scope: Scope): void {
  const instantiates = reader.u8() === 0x00;
  const module = instantiates ? scope.modules[reader.u32()] ?? null : null;
  if (module !== null) add({ definitions: 0, cores: new Map([[module, 1]]) }, scope);
  for (let left = reader.u32(); left > 0; left--) {
    reader.name();
    reader.u8(); // the sort of what is passed on: an instance, or of what is exported
    reader.u32();
  }
}

function readInstance(reader: BinaryReader, scope: Scope): void {
  const instantiates = reader.u8() === 0x00;
  if (instantiates) {
    const expanded = scope.components[reader.u32()] ?? null;
    if (expanded === null) {
      throw new BinaryError("Component instantiates a component that is not part of it");
    }
    add(expanded, scope);
  }
  for (let left = reader.u32(); left > 0; left--) {
    if (instantiates) reader.name();
    else externName(reader);
    readSort(reader);
    reader.u32();
  }
}

function readAlias(reader: BinaryReader, scope: Scope): void {
  const module = isCoreModule(reader);
  const sort = readSort(reader);
  const outer = reader.u8() === 0x02;
  const first = reader.u32();
  if (!outer) {
    reader.name();
    if (sort === COMPONENT) scope.components.push(null);
    if (module) scope.modules.push(null);
    return;
  }
  const index = reader.u32();
  if (sort !== COMPONENT && !module) return;
  let from: Scope | null = scope;
  for (let level = first; from !== null && level > 0; level--) from = from.parent;
  if (module) scope.modules.push(from?.modules[index] ?? null);
  else scope.components.push(from?.components[index] ?? null);
}
