/** Says what a run is of, as far as it is known before its pack is opened: the next run of the same finds what this one used. */

import type { ResolvedOptions } from "./options.ts";
import { inputIdentity } from "./pack/input_identity.ts";
import type { PackInput } from "./pack/pack_input.ts";

/** The identity of a run, or null when its pack is no file. */
export async function runIdentity(
  source: PackInput,
  { entryFlow, limits }: Pick<ResolvedOptions, "entryFlow" | "limits">,
): Promise<string | null> {
  const identity = await inputIdentity(source);
  const { maxMemoryBytes, maxTableElements } = limits;
  return identity && JSON.stringify([identity, entryFlow, maxMemoryBytes, maxTableElements]);
}
