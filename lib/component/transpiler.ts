/**
 * The door to jco's transpiler: which one it is, what it needs, and loading it. Small, because every run looks here and
 * few go in.
 */

import { isGranted, type Need } from "../base/permission.ts";

/** Name and version of the transpiler and of our way of using it: part of every cache key. */
export const TRANSPILER = "jco-transpile@0.12.0+sync.6";

type Module = typeof import("@bytecodealliance/jco-transpile/component");
type Transpiler = Pick<Module, "generate">;

/** How many transpilers are broken: one that trapped refuses everything from then on. */
let broken = 0;

/** Loads the transpiler, which takes about 0.1 s the first time, and the first time after it trapped. */
export async function loadTranspiler(): Promise<Transpiler> {
  const number = broken;
  const { $init, generate } = await importTranspiler(number);
  await $init;
  return {
    generate(component, options) {
      try {
        return generate(component, options);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError && broken === number) broken++;
        throw error;
      }
    },
  };
}

/** The module is kept by its address, so that another query loads it anew; only files have one that can be changed. */
async function importTranspiler(number: number): Promise<Module> {
  const url = transpilerUrl();
  if (number === 0 || url.protocol !== "file:") {
    return await import("@bytecodealliance/jco-transpile/component");
  }
  url.search = `${number}`;
  // An address that is made here cannot be rewritten when the package is published, and need not: it is whole.
  const { load }: { load: (address: string) => Promise<Module> } = await import(
    "data:text/javascript,export const load = (address) => import(address);"
  );
  return await load(url.href);
}

/** Where the transpiler lies. Its name stands here as it is, so that publishing replaces it by one with its version. */
function transpilerUrl(): URL {
  return new URL(import.meta.resolve("@bytecodealliance/jco-transpile/component"));
}

/** Begins to load the transpiler ahead of its use, if it may be loaded; what goes wrong is told when it is used. */
export function startTranspiler(): void {
  if (transpilerNeeds().every(isGranted)) loadTranspiler().catch(() => {});
}

/** What loading the transpiler needs: it reads the files beside its module and looks at the environment. */
export function transpilerNeeds(): Need[] {
  const url = transpilerUrl();
  const env: Need = { name: "env" };
  if (url.protocol !== "file:") return [env];
  const [folder = ""] = /^.*(?=\/)/.exec(decodeURIComponent(url.pathname)) ?? [];
  return [{ name: "read", path: folder }, env];
}
