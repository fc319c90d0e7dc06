/**
 * The door to jco's transpiler: which one it is, what it needs, and loading it. Small, because every run looks here and
 * few go in.
 */

import { isGranted, type Need } from "../base/permission.ts";

/** Name and version of the transpiler and of our way of using it: part of every cache key. */
export const TRANSPILER = "jco-transpile@0.12.0+sync.5";

const PACKAGE = "@bytecodealliance/jco-transpile/component";

type Transpiler = Pick<typeof import("@bytecodealliance/jco-transpile/component"), "generate">;

/** Loads the transpiler, which takes about 0.1 s the first time. */
export async function loadTranspiler(): Promise<Transpiler> {
  const { $init, generate } = await import("@bytecodealliance/jco-transpile/component");
  await $init;
  return { generate };
}

/** Begins to load the transpiler ahead of its use, if it may be loaded; what goes wrong is told when it is used. */
export function startTranspiler(): void {
  if (transpilerNeeds().every(isGranted)) loadTranspiler().catch(() => {});
}

/** What loading the transpiler needs: it reads its own files and looks at the environment. */
export function transpilerNeeds(): Need[] {
  const { protocol, pathname } = new URL(import.meta.resolve(PACKAGE));
  if (protocol !== "file:") return [{ name: "env" }];
  const [packages = pathname] = decodeURIComponent(pathname).split("/@bytecodealliance/");
  return [{ name: "read", path: packages }, { name: "env" }];
}
