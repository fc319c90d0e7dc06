/** Binds the imports of a component to the host's functions, to WASI and to other components. Never runs the guest. */

import type { WitValue } from "../base/call.ts";
import type { GuestComponent } from "./messages.ts";
import { withoutVersion } from "./world.ts";
import type { WasiImports } from "./wasi.ts";

/** Calls a host function by interface and name. Throws the error of a WIT `result` as a plain value. */
export type CallHost = (name: string, fn: string, args: readonly WitValue[]) => WitValue;

/** The import object of an instance. */
export function bindImports(
  component: GuestComponent,
  wasi: WasiImports,
  callHost: CallHost,
): Record<string, object> {
  const imports: Record<string, object> = {};
  for (const [name, functions, offer] of component.imports) {
    imports[name] = wasi[withoutVersion(name)] ??
      Object.fromEntries(
        functions.map((fn) => [camelCase(fn), (...args: WitValue[]) => callHost(offer, fn, args)]),
      );
  }
  return imports;
}

/** A kebab-case WIT name as jco spells it. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
