/**
 * Reads from a component's bytes what it exports and wants, chooses the world through which flows call it, and
 * compares its imports with what the host offers. Never transpiles or runs anything.
 *
 * Format: the Component Model's `Binary.md`, sections 10 (imports) and 11 (exports).
 */

import { RunnerError } from "../base/errors.ts";
import { BinaryError, binaryKind, BinaryReader } from "./binary.ts";
import { COMPONENT_SECTION } from "./component_sections.ts";
import { externName, readSort, skipDescription } from "./extern.ts";

/** The names at a component's border. */
export interface ComponentShape {
  /** Imported names in order, interfaces with their versions. */
  readonly imports: readonly string[];
  /** Exported names in order. */
  readonly exports: readonly string[];
}

/** How calls enter a component: the family decides context, input and result. */
export type WorldFamily =
  | "node-0.6"
  | "node-0.5"
  | "node-0.4"
  | "component-runtime"
  | "runtime"
  | "schema-core"
  | "command";

/** The export through which a component is called. */
export interface World {
  /** The family. */
  readonly family: WorldFamily;
  /** The full export name, such as `greentic:component/node@0.5.0`. */
  readonly interface: string;
}

/** Interfaces the host offers, with the functions of each. Type-only interfaces have none. */
export type HostOffers = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the names at a component's border.
 *
 * @throws {RunnerError} `component.not_component` for anything but a component, `component.invalid` for a damaged one.
 */
export function readShape(bytes: Uint8Array, place: string): ComponentShape {
  const kind = binaryKind(bytes);
  if (kind !== "component") {
    const message = bytes.length === 0
      ? "File is empty, not a WebAssembly component"
      : kind === "core module"
      ? "File is a core module, not a WebAssembly component"
      : "File is no WebAssembly: it does not begin as a component does";
    throw new RunnerError("component.not_component", message, {
      place,
      hint: "Build the component for wasm32-wasip2, or wrap the module with `wasm-tools component new`",
    });
  }
  const imports: string[] = [];
  const exports: string[] = [];
  try {
    const reader = new BinaryReader(bytes, 8);
    while (!reader.done) {
      const { id, start, end } = reader.section();
      if (id === COMPONENT_SECTION.imports) readImports(new BinaryReader(bytes, start, end), imports);
      if (id === COMPONENT_SECTION.exports) readExports(new BinaryReader(bytes, start, end), exports);
    }
  } catch (cause) {
    if (!(cause instanceof BinaryError)) throw cause;
    throw new RunnerError("component.invalid", "Component is damaged", { place, cause });
  }
  return { imports, exports };
}

function readImports(reader: BinaryReader, names: string[]): void {
  for (let count = reader.u32(); count > 0; count--) {
    names.push(externName(reader));
    skipDescription(reader);
  }
}

function readExports(reader: BinaryReader, names: string[]): void {
  for (let count = reader.u32(); count > 0; count--) {
    names.push(externName(reader));
    readSort(reader);
    reader.u32();
    if (reader.u8() === 0x01) skipDescription(reader);
  }
}

/** The exports through which flows call components, best first. */
const FAMILIES: readonly (readonly [WorldFamily, RegExp])[] = [
  ["node-0.6", /^greentic:component\/node@0\.6\.\d+$/],
  ["node-0.5", /^greentic:component\/node@0\.5\.\d+$/],
  ["node-0.4", /^greentic:component\/node@0\.4\.\d+$/],
  ["component-runtime", /^greentic:component\/component-runtime@0\.6\.\d+$/],
  ["runtime", /^greentic:component\/runtime@0\.6\.\d+$/],
  ["schema-core", /^greentic:provider(?:-schema)?-core\/schema-core-api@1\.\d+\.\d+$/],
  ["command", /^wasi:cli\/run@0\.2\.\d+$/],
];

/** The worlds of a component that flows can call, best first. */
export function callableWorlds(shape: ComponentShape): World[] {
  return FAMILIES.flatMap(([family, pattern]) =>
    shape.exports.filter((name) => pattern.test(name)).map((name) => ({ family, interface: name }))
  );
}

/**
 * The world for a way of calling: `provider.invoke` goes through schema-core when there is one; everything else, and
 * component nodes always, through the best that there is.
 *
 * @throws {RunnerError} `component.world` when nothing that is exported can be called.
 */
export function chooseWorld(shape: ComponentShape, via: "component" | "provider", place: string): World {
  const worlds = callableWorlds(shape);
  const provider = via === "provider" ? worlds.find(({ family }) => family === "schema-core") : undefined;
  const world = provider ?? worlds[0];
  if (world === undefined) throw noWorldError(shape, place);
  return world;
}

/** The error for a component that exports nothing flows can call. */
export function noWorldError(shape: ComponentShape, place: string): RunnerError {
  const list = shape.exports.length === 0 ? "nothing" : shape.exports.map((name) => `"${name}"`).join(", ");
  return new RunnerError(
    "component.world",
    `Component exports no world that flows can call: it exports ${list}`,
    {
      place,
      hint:
        "Export greentic:component/node@0.6.0, @0.5.0 or @0.4.0, greentic:component/component-runtime@0.6.0 or runtime@0.6.1, greentic:provider-schema-core/schema-core-api@1.0.0, or wasi:cli/run@0.2",
    },
  );
}

/** An interface name without its version. */
export function withoutVersion(name: string): string {
  const at = name.indexOf("@");
  return at < 0 ? name : name.slice(0, at);
}
