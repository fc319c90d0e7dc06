/**
 * The cache of prepared components from outside of a run: filling it ahead, looking at it, clearing it. Never runs guest
 * code.
 */

import { RunnerError } from "./base/errors.ts";
import type { ComponentUse } from "./base/result.ts";
import { Ahead } from "./component/ahead.ts";
import type { CacheFile, PruneOptions } from "./component/cache_upkeep.ts";
import { ComponentLibrary } from "./component/library.ts";
import { reach } from "./engine/reach.ts";
import { allOffers } from "./host/capabilities.ts";
import { openedPack } from "./opened.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import type { Pack } from "./pack/pack.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import { allFindings, chooseFlow, loadProgram } from "./program.ts";
import { runIdentity } from "./run_identity.ts";

export type { CacheFile, PruneOptions } from "./component/cache_upkeep.ts";

/** What was made ready for the runs of a pack. */
export interface CacheWarmup {
  /** The folder. */
  readonly cacheDir: string;
  /** The components, each with whether it was there already. */
  readonly components: readonly ComponentUse[];
}

/** What `warmUpCache` of the module does; `lib/on_demand.ts` says what that is. */
export async function warmUpCache(source: PackInput, options: RunOptions = {}): Promise<CacheWarmup> {
  const resolved = resolveOptions(options);
  const { cacheDir, limits, entryFlow, progress } = resolved;
  if (cacheDir === null) {
    throw new RunnerError("option.invalid", "There is no cache to warm up", {
      hint: "Leave --no-cache out, or give the option cacheDir a folder",
    });
  }
  const { pack, wishes } = await reachable(heldInput(source), resolved);
  let fault: string | null = null;
  const library = new ComponentLibrary({
    components: pack.components,
    offers: allOffers(),
    emit(event) {
      if (event.type === "warning") fault = event.message;
    },
    progress,
    limits,
    cacheDir,
  }, new Map());
  const ready = await library.readyAll(wishes);
  if (fault !== null) {
    throw new RunnerError("artifacts.write", fault, { place: cacheDir, hint: "Give another --cache-dir" });
  }
  await new Ahead(cacheDir, new Map(), runIdentity(source, { limits, entryFlow })).note(
    await library.keys(),
  );
  return { cacheDir, components: ComponentLibrary.usesOf(ready) };
}

/** The pack, and the components that its flows can reach: of a bare component itself. */
async function reachable(
  source: PackInput,
  options: ResolvedOptions,
): Promise<{ pack: Pack; wishes: ReturnType<typeof reach>["components"] }> {
  const { pack, packed } = await openedPack(source, options);
  if (pack.layout === "component") {
    return { pack, wishes: pack.components.map(({ id }) => ({ id, via: "component" })) };
  }
  const program = await loadProgram(pack);
  const findings = packed.findings ?? allFindings(pack, program);
  const { entryFlow } = options;
  const flows = entryFlow === null
    ? [...program.flows.values()]
    : [chooseFlow({ pack, program, findings }, entryFlow)];
  return { pack, wishes: flows.flatMap((flow) => reach(program, flow).components) };
}

/** What `listCache` of the module does; `lib/on_demand.ts` says what that is. */
export async function listCache(cacheDir?: string): Promise<CacheFile[]> {
  const upkeep = await import("./component/cache_upkeep.ts");
  return await upkeep.listCache(cacheFolder(cacheDir));
}

/** What `pruneCache` of the module does; `lib/on_demand.ts` says what that is. */
export async function pruneCache(cacheDir?: string, options: PruneOptions = {}): Promise<CacheFile[]> {
  const upkeep = await import("./component/cache_upkeep.ts");
  return await upkeep.pruneCache(cacheFolder(cacheDir), options);
}

/** The folder of a cache that was named or not. */
export function cacheFolder(cacheDir: string | undefined): string {
  return resolveOptions(cacheDir === undefined ? {} : { cacheDir }).cacheDir!;
}
