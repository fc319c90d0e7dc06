/** Opens a pack as a run does, for what looks at packs and runs nothing of them. */

import type { ResolvedOptions } from "./options.ts";
import { openPack } from "./pack/open.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { type PackedInput, packedInput } from "./sources.ts";

/** A pack that was opened, and what it was made of. */
export interface OpenedPack {
  readonly pack: Pack;
  readonly packed: PackedInput;
}

/** Opens a pack, whose bytes nobody else may have; a folder of sources is built for it. */
export async function openedPack(
  source: PackInput,
  { signal, ...options }: ResolvedOptions,
): Promise<OpenedPack> {
  const packed = await packedInput(source, options);
  const { input, extensible } = packed;
  const pack = await openPack(input, { ...options, extensible, held: true, signal: signal ?? undefined });
  return { pack, packed };
}
