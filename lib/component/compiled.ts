/** Prepared components whose cores are compiled: they may outlive a run. Never instantiates one. */

import type { GuestComponent } from "./messages.ts";
import type { Prepared } from "./prepare.ts";

/** A component's cores, compiled. */
export interface Compiled {
  /** What was prepared, without the bytes of its cores, which are no longer needed. */
  readonly prepared: Prepared;
  readonly cores: Promise<GuestComponent["cores"]>;
}

/** Compiled components by cache key: may outlive a run, so that the next one neither reads nor compiles them. */
export type CompiledComponents = Map<string, Compiled>;

/** Compiles the core modules of a component, side by side. Throws what the engine throws. */
export async function compileCores(cores: Prepared["cores"]): Promise<GuestComponent["cores"]> {
  return await Promise.all(
    cores.map(async ({ name, bytes }) => [name, await WebAssembly.compile(bytes)] as const),
  );
}
