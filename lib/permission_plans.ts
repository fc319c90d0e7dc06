/**
 * What each command needs once the components of its pack are prepared, what preparing them takes, and what the pack asks for
 * that nobody grants. Reads no more than the pack or the earlier run. One plan for each command, which is why it is longer
 * than other files.
 */

import { RunnerError } from "./base/errors.ts";
import { RUNS_FOLDER } from "./base/own_folder.ts";
import { quoted } from "./base/paths.ts";
import { isGranted, type ReasonedNeed, requirePermissions } from "./base/permission.ts";
import { warmUpLine } from "./command_lines.ts";
import {
  buildNeeds,
  inspectNeeds,
  recordedNeeds,
  reportNeeds,
  signNeeds,
  warmUpNeeds,
} from "./command_needs.ts";
import { examineComponents, type ExaminedComponents } from "./doctor_components.ts";
import { examineHttp } from "./doctor_http.ts";
import { read, YAML_WHY } from "./host_touches.ts";
import { hintsEntry } from "./inspect_wants.ts";
import { openedPack } from "./opened.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { isFolder, isGone, namesIn } from "./pack/archive_file.ts";
import { PACK_ONLY } from "./pack/component_files.ts";
import { inputPath } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { withAskers } from "./permission_reasons.ts";
import { runNeeds } from "./preflight.ts";
import { reachedBy } from "./preparation.ts";
import { TRANSCRIPT_FILE } from "./record/run_dir.ts";
import { readTaped, untouched } from "./replay.ts";
import { mergedOptions, packSource } from "./resumption.ts";
import { openingNeeds, packNeeds, type Preparation } from "./run_touches.ts";
import { readWaiting } from "./waiting.ts";

/** A command that permissions can be planned for. */
export type PlannedCommand =
  | "run"
  | "resume"
  | "replay"
  | "verify"
  | "inspect"
  | "lint"
  | "doctor"
  | "report"
  | "build"
  | "sign"
  | "cache-warmup";

/** Something that the pack asks for and nobody grants. */
export interface PermissionNote {
  /** What is asked for. */
  readonly message: string;
  /** Where it is asked for. */
  readonly place?: string;
  /** What to type. */
  readonly hint?: string;
}

/** What is planned for, beside what names the pack. */
export interface Planned {
  /** What the command needs whatever the pack is. */
  readonly also: readonly ReasonedNeed[];
  /** The pack of an earlier run, when it is not where it was. */
  readonly pack: PackInput | undefined;
  /** The file that is written, or null for where the command has it. */
  readonly out: string | null;
  /** The file of a private key, or null for none. */
  readonly key: string | null;
  /** The options that are those of a run. */
  readonly run: RunOptions;
}

/** What is needed, before it takes the forms of a plan. */
export interface Needed {
  /** Of the command itself. */
  readonly needs: readonly ReasonedNeed[];
  /** Of preparing components ahead. @default {null} */
  readonly warmup?: WarmUp | null;
  /** What nobody grants. @default {[]} */
  readonly notes?: readonly PermissionNote[];
}

/** Preparing components ahead. */
export interface WarmUp {
  /** The command, as it is typed. */
  readonly command: string;
  readonly needs: readonly ReasonedNeed[];
}

/** A plan for each command. */
export const PLANS: Readonly<
  Record<PlannedCommand, (source: PackInput, planned: Planned) => Promise<Needed>>
> = {
  run: async (source, { run, also }) => await planRun(source, run, { also }),
  doctor: planDoctor,
  resume: planResume,
  replay: planReplay,
  verify: planOpening,
  lint: planOpening,
  inspect: planInspect,
  "cache-warmup": async (source, { run }) => {
    await requireToLook(source, run);
    return { needs: await warmUpNeeds(source, run) };
  },
  report: async (source, { out }) => ({
    needs: await reportNeeds(pathOf(await isRunDir(source) ? source : RUNS_FOLDER), out),
  }),
  build: planBuild,
  sign: async (source, { out, key }) => {
    const pack = inputPath(source) ?? null;
    return { needs: await signNeeds({ pack, out: out ?? pathOf(source), key }) };
  },
};

async function planOpening(source: PackInput, { run }: Planned): Promise<Needed> {
  await requireToLook(source, run);
  return { needs: await openingNeeds(source, run) };
}

/** What may not be looked at is taken for a folder, as `build` does. */
async function planBuild(source: PackInput, { out, key }: Planned): Promise<Needed> {
  const folder = pathOf(source);
  if (isGranted({ name: "read", path: folder }) && !await isFolder(folder) && !await isGone(folder)) {
    throw new RunnerError("option.invalid", `"${folder}" is a file: packs are built from a folder`, {
      place: folder,
      hint: "Name the folder with pack.yaml",
    });
  }
  return { needs: await buildNeeds({ folder, out, key }) };
}

async function planInspect(source: PackInput, { run }: Planned): Promise<Needed> {
  await requireToLook(source, run);
  const { cacheDir } = resolveOptions(run);
  const prepared = await inspectNeeds(source, run, cacheDir === null ? "needed" : "done");
  const uses = prepared.length > (await openingNeeds(source, run)).length;
  return {
    needs: [...prepared, ...await hintNeeds(source, run)],
    warmup: uses && cacheDir !== null ? await warmUpOf(source, run) : null,
  };
}

/** What the hints of a pack need to be read; of a pack that is refused nothing is. */
async function hintNeeds(source: PackInput, run: RunOptions): Promise<ReasonedNeed[]> {
  try {
    const { pack } = await openedPack(source, lenient(run));
    const entry = hintsEntry(pack);
    return entry === undefined ? [] : [{ name: "env", why: YAML_WHY, from: entry }];
  } catch (error) {
    if (error instanceof RunnerError) return [];
    throw error;
  }
}

/** A run whose components are prepared; without a cache it prepares them itself. */
async function planRun(
  source: PackInput,
  run: RunOptions,
  { also, replayed = false }: { also: readonly ReasonedNeed[]; replayed?: boolean },
): Promise<Needed> {
  await requireToLook(source, run);
  const resolved = resolveOptions(run);
  const reached = await reachedBy(source, lenient(run));
  const opening = await openingNeeds(source, run);
  const uses = reached.wishes.length > 0;
  const preparation: Preparation = uses && resolved.cacheDir === null ? "needed" : "done";
  const needs = runNeeds(run, { opening, also, preparation });
  const examined = await examineComponents(reached.pack, reached.wishes, resolved);
  return {
    needs: await withAskers(needs, { ...reached, examined }, resolved),
    warmup: uses && resolved.cacheDir !== null ? await warmUpOf(source, run) : null,
    notes: replayed ? [] : await deniedHosts(reached.pack, examined, resolved),
  };
}

/** Preparing what a run can reach, and keeping it where the run looks for it. */
async function warmUpOf(source: PackInput, run: RunOptions): Promise<WarmUp> {
  const { entryFlow, cacheDir } = run;
  const named = inputPath(source);
  return {
    command: warmUpLine(named === undefined ? "-" : quoted(named), {
      flow: entryFlow ?? null,
      cacheDir: cacheDir ?? null,
    }),
    needs: await warmUpNeeds(source, run),
  };
}

/** An examination tells which permissions a run would lack: with those of the run it has nothing to tell. */
async function planDoctor(source: PackInput, { run, also }: Planned): Promise<Needed> {
  const { needs, ...rest } = await planRun(source, run, { also });
  return { ...rest, needs: [...needs, ...await hintNeeds(source, run)] };
}

/** A run that goes on: one that is named, or one of those that a pack leaves. */
async function planResume(source: PackInput, { run, also, pack }: Planned): Promise<Needed> {
  if (!await isRunDir(source)) {
    return await planRun(source, run, { also: [...recordedNeeds(RUNS_FOLDER), ...also] });
  }
  const waiting = await readWaiting(pathOf(source));
  const { snapshot } = waiting;
  const options = mergedOptions(waiting.options, {
    entryFlow: snapshot.next_flow ?? snapshot.flow_id,
    ...run,
  });
  return await planRun(pack ?? await packSource(waiting.source, waiting.path), options, {
    also: [...recordedNeeds(pathOf(source)), ...also],
  });
}

/** A replay: of a run that is named, or of one of those that a pack leaves. */
async function planReplay(source: PackInput, { run, pack }: Planned): Promise<Needed> {
  const { components, signing, trust, cacheDir, limits, artifactsDir } = run;
  const given: RunOptions = Object.fromEntries(
    Object.entries({ components, signing, trust, cacheDir, limits, artifactsDir })
      .filter(([, value]) => value !== undefined),
  );
  if (!await isRunDir(source)) {
    return await planRun(source, given, { also: recordedNeeds(RUNS_FOLDER), replayed: true });
  }
  const taped = await readTaped(pathOf(source));
  return await planRun(pack ?? await packSource(taped.source, taped.dir), untouched(taped, given), {
    also: recordedNeeds(pathOf(source)),
    replayed: true,
  });
}

/** Whether a path is that of a run, and no pack. */
async function isRunDir(source: PackInput): Promise<boolean> {
  const path = inputPath(source);
  if (path === undefined) return false;
  requirePermissions([{ name: "read", path }]);
  if (/\.json$/i.test(path)) return /snapshot[^\\/]*$/i.test(path);
  return (await namesIn(path)).includes(TRANSCRIPT_FILE);
}

/** Checks that what a plan is made from may be read. */
async function requireToLook(source: PackInput, { components }: RunOptions): Promise<void> {
  const map = components?.map;
  const mapped = typeof map === "string"
    ? [read(map, "The map of components is read", "--components-map")]
    : [];
  const needs = [...await packNeeds(source), ...mapped];
  if (!needs.every(isGranted)) requirePermissions(needs);
}

/** The options with which a pack is looked at: what it asks for does not depend on whom anybody trusts. */
function lenient(run: RunOptions): ResolvedOptions {
  return { ...resolveOptions(run), policy: "devok", trust: [], resolution: PACK_ONLY };
}

/** What of the hosts that a pack asks for is not allowed. */
async function deniedHosts(
  pack: Pack,
  examined: ExaminedComponents,
  options: ResolvedOptions,
): Promise<PermissionNote[]> {
  const findings = await examineHttp(pack, examined, options);
  return findings.filter(({ code }) => code === "http.denied" || code === "permission.missing").map((
    { message, place, hint },
  ) => ({
    message,
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  }));
}

function pathOf(source: PackInput): string {
  const path = inputPath(source);
  if (path !== undefined) return path;
  throw new RunnerError("option.invalid", "What is planned for is no path", {
    hint: "Give the path of a folder or a file",
  });
}
