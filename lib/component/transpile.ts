/**
 * Turns a component into JavaScript glue and core modules with jco's transpiler. The only file that knows its output.
 * Never runs the result and never changes the cores: metering comes after.
 */

import { messageOf, RunnerError } from "../base/errors.ts";
import { requirePermissions } from "../base/permission.ts";
import { BinaryError } from "./binary.ts";
import { checkExpansion } from "./expansion.ts";
import { numberOf, type Stubbed, stubCores } from "./stubs.ts";
import { loadTranspiler, transpilerNeeds } from "./transpiler.ts";
import type { ComponentShape } from "./world.ts";

/** What the transpiler makes of a component. */
export interface Transpiled {
  /** The body of a function that returns `instantiate(getCoreModule, imports, instantiateCore)`. */
  readonly glue: string;
  /** The core modules by the names under which the glue asks for them. */
  readonly cores: readonly CoreModule[];
}

/** One core module of a component. */
export interface CoreModule {
  /** The name under which the glue asks for it. */
  readonly name: string;
  /** The module's bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Longest glue, in bytes. A type of types of types is short in a component and written out in the glue, where the
 * engine would parse it in the guest's time. Published components have up to some hundred thousand.
 */
const MAX_GLUE_BYTES = 8 * 1024 * 1024;

/** The glue reads this variable before every debug line, which would need a permission for the environment. */
const DEBUG_READ = "globalThis?.process?.env?.JCO_DEBUG";

/**
 * Transpiles a component to synchronous glue. Loads the transpiler on first use, which takes about 0.1 s and
 * needs permission to read the package's files and the environment.
 *
 * @throws {RunnerError} `component.invalid` when the transpiler refuses the component, `permission.missing` when
 * the transpiler may not be loaded.
 */
export async function transpile(
  bytes: Uint8Array,
  shape: ComponentShape,
  place: string,
): Promise<Transpiled> {
  requirePermissions(transpilerNeeds());
  const { component, cores } = stubbed(bytes, place);
  const { generate } = await loadTranspiler();
  let files: [string, Uint8Array][];
  try {
    files = generate(component, {
      name: "component",
      noTypescript: true,
      instantiation: { tag: "sync" },
      importBindings: { tag: "js" },
      // Each import mapped to itself keeps its version, so that two versions of one interface stay apart.
      map: shape.imports.map((name): [string, string] => [name, name]),
      noNodejsCompat: true,
      base64Cutoff: 0,
      tlaCompat: false,
      multiMemory: false,
    }).files;
  } catch (cause) {
    throw new RunnerError(
      "component.invalid",
      `Component cannot be transpiled: ${firstLine(messageOf(cause))}`,
      {
        place,
        cause,
      },
    );
  }
  const glueFile = files.find(([name]) => name === "component.js");
  if ((glueFile?.[1].length ?? 0) > MAX_GLUE_BYTES) {
    throw new RunnerError("component.invalid", "Component has types or functions too large to be called", {
      place,
    });
  }
  const glue = functionBody(new TextDecoder().decode(glueFile?.[1]), place);
  const modules = files.filter(([name]) => name.endsWith(".wasm"));
  return {
    glue,
    cores: modules.map(([name, module]) => {
      const number = numberOf(module);
      return { name, bytes: number === null ? new Uint8Array(module) : wholeCore(cores[number]!, place) };
    }),
  };
}

/** The component as the transpiler sees it: without the code of its core modules. */
function stubbed(bytes: Uint8Array, place: string): Stubbed {
  try {
    checkExpansion(bytes);
    return stubCores(bytes);
  } catch (cause) {
    if (!(cause instanceof BinaryError)) throw cause;
    throw new RunnerError("component.invalid", `Component cannot be read: ${cause.message}`, {
      place,
      cause,
    });
  }
}

/**
 * A core module whose code the transpiler has not seen. The engine checks it before metering does anything: a body that
 * names what metering adds must not become valid by that.
 */
function wholeCore(core: Uint8Array, place: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(core);
  if (WebAssembly.validate(bytes)) return bytes;
  throw new RunnerError("component.invalid", "Component has a core module that does not validate", { place });
}

/** How the glue copies a list out of a guest's memory, without asking whether it lies there. */
const LIST_COPY_REGEXP = /\b(\w+)\.buffer\.slice\((\w+), \2 \+ (\w+ \* \d+)\)/g;

/** How the glue walks any other list of a guest: up to the length, in steps of an item's size. */
const LIST_LOOP_REGEXP = /for \(let i = 0; i < (len\d+); i\+\+\) \{\s*const base = \w+ \+ i \* (\d+);/g;

/** Where each instance of the glue begins to keep resources. */
const RESOURCES_REGEXP = /const T_FLAG = 1 << 30;/;
/** Where the glue lengthens a table of resources. */
const RESOURCE_ROW_REGEXP = /(function rscTableCreate\w+\([^)]*\) \{[^}]*(?:\}[^}]*)?if \(free === 0\) \{)/g;
/** Where the glue notes what a component calls a resource of its own, for as long as the call lasts. */
const RESOURCE_NOTE_REGEXP = /(\w+\._createdReps)\.add\(rep\);/g;
/** The count of an instance's resources: no name that the glue gives has this form. */
const RESOURCES = "_held$resources";

/** What must not be left of lists. */
const UNCOUNTED_LIST_REGEXP = /\.buffer\.slice\(|for \(let i = 0; i < len\d+;/;

/**
 * The module as the body of a function, whose `TextDecoder` also copies and counts lists. Loading a module from memory goes
 * through the module loader and takes four times as long as calling a function: 6.3 ms instead of 1.4 ms for each
 * component of a typical size.
 */
function functionBody(module: string, place: string): string {
  const body = module.replaceAll(DEBUG_READ, "false")
    .replace(/^export (?=function instantiate\b|const _util\b)/gm, "")
    .replace(LIST_COPY_REGEXP, "TextDecoder.copy($1.buffer, $2, $3)")
    .replace(
      LIST_LOOP_REGEXP,
      (loop, length, size) => loop.replace("i = 0", `i = TextDecoder.items(${length}, ${size})`),
    )
    .replace(RESOURCES_REGEXP, (line) => `${line} const ${RESOURCES} = TextDecoder.resources();`)
    .replace(RESOURCE_ROW_REGEXP, (start) => `${start} ${RESOURCES}.hold();`)
    .replace(RESOURCE_NOTE_REGEXP, (line, notes) => `${line} ${RESOURCES}.note(${notes}.size);`);
  if (/^(?:export|import)\b/m.test(body) || /JCO_DEBUG/.test(body) || UNCOUNTED_LIST_REGEXP.test(body)) {
    throw new RunnerError("internal", "Transpiler wrote glue of an unknown form", { place });
  }
  return `"use strict";\n${body}\nreturn instantiate;`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
