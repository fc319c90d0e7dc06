/** Binds the imports of a component to the host's functions, to WASI and to other components. Never runs the guest. */

import type { WitValue } from "../base/call.ts";
import { GuestFault } from "./guest_failure.ts";
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
    const bound = wasi[withoutVersion(name)] ??
      Object.fromEntries(
        functions.map((fn) => [camelCase(fn), (...args: WitValue[]) => callHost(offer, fn, args)]),
      );
    imports[name] = withoutMore(name, bound);
  }
  return imports;
}

/**
 * An interface that has its own members and none that every object has. The glue reads the functions that the component
 * imports when it makes an instance; one that is lacking ends the call there, before the glue writes to the terminal.
 */
function withoutMore(name: string, members: object): object {
  return new Proxy(members, {
    get(target, member) {
      if (Object.hasOwn(target, member)) return Reflect.get(target, member);
      // The classes of resources begin with a capital: the glue may read one without need of it.
      if (typeof member === "symbol" || !/^[a-z]/.test(member)) return undefined;
      throw new GuestFault({
        code: "component.import_missing",
        message: `Component imports a function that "${name}" does not have here: "${kebabCase(member)}"`,
        hint: "Rebuild the component against the interface as it was published",
      });
    },
  });
}

/** A kebab-case WIT name as jco spells it. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The WIT name of a function that jco spells so. */
function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
