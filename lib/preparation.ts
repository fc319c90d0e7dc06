/**
 * Tells before a run whether its components are prepared, so that what preparing them takes is asked for in time and not
 * in vain. Opens the pack as the run will; never prepares, never writes, never asks for a permission.
 */

import { RunnerError } from "./base/errors.ts";
import { isGranted, type Need } from "./base/permission.ts";
import type { ComponentWish } from "./component/component.ts";
import { hasNoted } from "./component/ahead.ts";
import { COMPONENT_SUFFIX } from "./component/cache.ts";
import { ComponentLibrary } from "./component/library.ts";
import { isPrepared } from "./component/prepare.ts";
import { reach } from "./engine/reach.ts";
import { allOffers } from "./host/capabilities.ts";
import { openedPack } from "./opened.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import type { Flow } from "./flow/flow.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { allFindings, chooseFlow, loadProgram } from "./program.ts";
import { componentNeeds, type Preparation } from "./run_touches.ts";
import { runIdentity } from "./run_identity.ts";

/**
 * Whether the components that a run can reach are yet to be prepared; null when nobody can know, since what would tell
 * may not be read, or would have to be fetched.
 *
 * @param source The pack, or null when it is not there yet.
 * @param opening What opening it needs.
 */
export async function preparationOf(
  source: PackInput | null,
  options: RunOptions,
  opening: readonly Need[],
): Promise<Preparation | null> {
  const resolved = resolveOptions(options);
  const { cacheDir, limits } = resolved;
  // Where everything is granted that preparing takes, there is nothing to find out.
  if (componentNeeds(cacheDir, "needed").every(isGranted)) return "needed";
  if (source instanceof URL && source.protocol !== "file:") return isSurelyCold(cacheDir) ? "needed" : null;
  if (source === null || !opening.every(isGranted)) return null;
  const known = cacheDir === null || isGranted({ name: "read", path: cacheDir });
  if (cacheDir !== null && known && await isNoted(source, resolved)) return "done";
  try {
    for (const bytes of await reachedComponents(source, resolved)) {
      if (!known) return null;
      if (cacheDir === null || !await isPrepared(bytes, { limits, cacheDir })) return "needed";
    }
    return "done";
  } catch (error) {
    // The run meets the same fault before it prepares anything, and tells it in its place.
    if (error instanceof RunnerError) return "done";
    throw error;
  }
}

/**
 * Whether the last run of the same found all prepared, which is known without opening the pack again. Components from
 * elsewhere may have changed since then.
 */
async function isNoted(source: PackInput, options: ResolvedOptions): Promise<boolean> {
  const { cacheDir, resolution: { map, dir } } = options;
  if (cacheDir === null || map !== null || dir !== null) return false;
  return await hasNoted(cacheDir, runIdentity(source, options));
}

/** The bytes of the components that a run can reach, with those that they are linked to. */
async function reachedComponents(source: PackInput, options: ResolvedOptions): Promise<Uint8Array[]> {
  const { limits } = options;
  const { pack: { components }, wishes } = await reachedBy(source, options);
  const library = new ComponentLibrary(
    { components, offers: allOffers(), limits, cacheDir: null, emit() {} },
    new Map(),
  );
  const files = new Map<string, Uint8Array>();
  for (const wish of wishes) {
    for (const file of (await library.look(wish)).keys()) files.set(file.id, await file.bytes());
  }
  return [...files.values()];
}

/** What a run would reach of a pack. */
export interface Reached {
  /** The pack itself. */
  readonly pack: Pack;
  /** The flow that would run; null for a component without a pack. */
  readonly flow: Flow | null;
  /** The components that it can call. */
  readonly wishes: readonly ComponentWish[];
}

/** Opens a pack as a run does, and finds what its flow can reach; of a component without a pack that is the component. */
export async function reachedBy(source: PackInput, options: ResolvedOptions): Promise<Reached> {
  const { pack, packed } = await openedPack(source, options);
  if (pack.layout === "component") {
    return { pack, flow: null, wishes: pack.components.map(({ id }) => ({ id, via: "component" })) };
  }
  const program = await loadProgram(pack);
  const findings = packed.findings ?? allFindings(pack, program);
  const flow = chooseFlow({ pack, program, findings }, options.entryFlow ?? packed.entryFlow);
  return { pack, flow, wishes: reach(program, flow).components };
}

/** Whether no prepared component can be there, so that the transpiler will be needed. */
export function isSurelyCold(cacheDir: string | null): boolean {
  if (cacheDir === null) return true;
  // What may not be read cannot be known; a cold cache is then found out when a component is prepared.
  if (!isGranted({ name: "read", path: cacheDir })) return false;
  try {
    return Deno.readDirSync(cacheDir).every(({ name }) => !name.endsWith(COMPONENT_SUFFIX));
  } catch {
    return true;
  }
}
