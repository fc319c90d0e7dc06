/**
 * What an examination finds of components: imports that nobody offers, worlds that cannot be called, files that are none,
 * and whether the cache has them. Reads their borders; never transpiles or runs anything.
 */

import { RunnerError } from "./base/errors.ts";
import { findingOf } from "./base/finding.ts";
import { CACHE_FOLDER } from "./base/own_folder.ts";
import { isGranted } from "./base/permission.ts";
import { packWord, warmUpLine } from "./command_lines.ts";
import type { ComponentFile, ComponentWish } from "./component/component.ts";
import { MissingImports } from "./component/imports.ts";
import { ComponentLibrary } from "./component/library.ts";
import { isPrepared } from "./component/prepare.ts";
import type { ComponentShape } from "./component/world.ts";
import { concerning, type DoctorFinding, notReached, stopping } from "./doctor_finding.ts";
import { allOffers } from "./host/capabilities.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Pack } from "./pack/pack.ts";

/** The components that a run would use. */
export interface ExaminedComponents {
  /** What those import and export that can be called or linked, by id. */
  readonly shapes: ReadonlyMap<string, ComponentShape>;
  /** The ids of all that the run may use, also of those that are broken. */
  readonly used: ReadonlySet<string>;
  /** Those of them that can be prepared. */
  readonly usable: readonly ComponentFile[];
  /** What a call of each component that flows call instantiates: itself and those that it is linked to, by its id. */
  readonly called: ReadonlyMap<string, readonly ComponentFile[]>;
  readonly findings: readonly DoctorFinding[];
}

/** Looks at every component of a pack; what is wrong with those that the run does not reach is a warning. */
export async function examineComponents(
  pack: Pack,
  reached: readonly ComponentWish[],
  { limits, signal }: ResolvedOptions,
): Promise<ExaminedComponents> {
  const offers = allOffers();
  const { components } = pack;
  const library = new ComponentLibrary(
    { components, offers, limits, cacheDir: null, emit() {} },
    new Map(),
  );
  const used = new Set(reached.map(({ id }) => id));
  const shapes = new Map<string, ComponentShape>();
  const usable = new Map<string, ComponentFile>();
  const called = new Map<string, ComponentFile[]>();
  const findings: DoctorFinding[] = [];
  for (const wish of reached) {
    if (signal?.aborted) throw cancelled(signal.reason);
    try {
      const looked = await library.look(wish);
      called.set(wish.id, [...looked.keys()]);
      for (const [file, shape] of looked) {
        shapes.set(file.id, shape);
        used.add(file.id);
        usable.set(file.id, file);
      }
    } catch (error) {
      findings.push(...faultFindings(error));
    }
  }
  for (const { id } of components.filter(({ id }) => !used.has(id))) {
    if (signal?.aborted) throw cancelled(signal.reason);
    try {
      await library.look({ id, via: "component" });
    } catch (error) {
      // What is there to be linked need not be callable.
      if (error instanceof RunnerError && error.code === "component.world") continue;
      findings.push(...faultFindings(error).map(notReached));
    }
  }
  return { shapes, used, usable: [...usable.values()], called, findings };
}

/** An error about a component, an import at a time. */
function faultFindings(error: unknown): DoctorFinding[] {
  if (!(error instanceof RunnerError)) throw error;
  if (!(error instanceof MissingImports)) return [stopping("component", error)];
  return error.missing.map(({ entry, name, nearest, exporters }) => {
    const hint = exporters !== undefined
      ? `Keep one of the components that export it: ${exporters.join(", ")}`
      : nearest !== undefined
      ? `Rebuild against ${nearest}, which is offered`
      : "Remove the import, or build a pack with a component that exports it";
    const message = `Component imports what nobody offers here: ${name}`;
    return concerning("component", { ...findingOf(error), message, place: entry, hint });
  });
}

function cancelled(cause: unknown): RunnerError {
  return new RunnerError("run.cancelled", "Examination was cancelled", { cause });
}

/** What is known of the cache. */
export interface ExaminedCache {
  /** Whether something is yet to be prepared, or that cannot be known. */
  readonly cold: boolean;
  readonly findings: readonly DoctorFinding[];
}

/** Looks up in the cache what the run would need. */
export async function examineCache(
  pack: Pack,
  usable: readonly ComponentFile[],
  { cacheDir, limits, entryFlow }: ResolvedOptions,
): Promise<ExaminedCache> {
  const subject = "cache", severity = "info";
  if (usable.length === 0) return { cold: false, findings: [] };
  if (cacheDir === null) {
    const message = "Components are prepared in this run and kept nowhere";
    return { cold: true, findings: [{ severity, subject, code: "cache.cold", message }] };
  }
  const place = cacheDir;
  if (!isGranted({ name: "read", path: cacheDir })) {
    const message = "What is prepared is not known, since the cache may not be read";
    return { cold: true, findings: [{ severity, subject, code: "cache.unknown", message, place }] };
  }
  const cold: string[] = [];
  for (const file of usable) {
    if (!await isPrepared(await file.bytes(), { cacheDir, limits })) cold.push(file.id);
  }
  if (cold.length === 0) {
    const message = "Everything that the run needs is prepared";
    return { cold: false, findings: [{ severity, subject, code: "cache.warm", message, place }] };
  }
  const hint = warmUpLine(packWord(pack), {
    flow: entryFlow,
    cacheDir: cacheDir === CACHE_FOLDER ? null : cacheDir,
  });
  const message = `Components are yet to be prepared: ${cold.join(", ")}`;
  return { cold: true, findings: [{ severity, subject, code: "cache.cold", message, place, hint }] };
}
