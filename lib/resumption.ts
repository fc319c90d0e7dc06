/**
 * How a run that waited goes on: with which pack, with which of the options that it kept and that are given now, and
 * from where. Never reads its file, and never runs it.
 */

import { RunnerError } from "./base/errors.ts";
import { object } from "./option_checks.ts";
import { type ComponentsOptions, type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { isGone } from "./pack/archive_file.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import { isSamePlace } from "./record/run_dir.ts";
import type { ResumePoint, WaitingRun } from "./waiting.ts";

/**
 * Options of a resumed run. What they leave out is as it was in the run that waited: identity, policy, limits and
 * components, and for guests `wasi`, `config`, `isolation`, `seed`, `allow`, `state.file`, `secrets.files` and
 * `secrets.environment`, and `mocks`. The snapshot keeps these as they are, for its owner only. Not kept, and to be given
 * again, are `secrets.values`, `mocks.secrets`, `otlp`, `transcript` and `artifactsDir`.
 */
export interface ResumeOptions extends RunOptions {
  /** The pack, when it is not where it was. @default the pack of the run that waited */
  readonly pack?: PackInput;
  /** Whether the pack and its components may have changed meanwhile. @default {false} */
  readonly allowPackChange?: boolean;
}

/** A run that is about to go on. */
export interface Resumption {
  readonly source: PackInput;
  readonly resolved: ResolvedOptions;
  readonly resume: ResumePoint;
}

/**
 * How a run goes on.
 *
 * @param read Reads the run that waits; what its caller owns is copied before.
 * @param given What is said now.
 * @param usual The options of whoever resumes, for what neither the run that waited nor `given` says.
 * @throws {RunnerError} `flow.snapshot`, `option.invalid` or `pack.not_found`.
 */
export async function resumption(
  read: () => Promise<WaitingRun>,
  given: ResumeOptions,
  usual: RunOptions = {},
): Promise<Resumption> {
  const { pack, allowPackChange = false, ...options } = object("options", given);
  const held = pack === undefined ? undefined : heldInput(pack);
  const waiting = await read();
  const { snapshot, sealed, parent, path, source, packDigest, components, options: before } = waiting;
  const { entrypoint: _, entryNode: __, ...others } = usual;
  const resolved = resolveOptions(mergedOptions(mergedOptions(others, before), options));
  checkPlace(resolved, waiting);
  const input = held ?? await packSource(source, path);
  const point = { snapshot, sealed, parent, packDigest, components, allowPackChange };
  return { source: input, resolved, resume: { ...point, given: Object.keys(options.parameters ?? {}) } };
}

/** Throws for places where a resumed run can neither start nor be recorded. */
function checkPlace(
  { artifactsDir, entrypoint, entryNode }: ResolvedOptions,
  { parent }: WaitingRun,
): void {
  if (entrypoint !== null || entryNode !== null) {
    throw new RunnerError(
      "option.invalid",
      "A resumed run goes on where it waited, and starts nowhere else",
      {
        hint: "Leave entrypoint and entryNode out",
      },
    );
  }
  if (artifactsDir === null || !isSamePlace(artifactsDir, parent)) return;
  throw new RunnerError(
    "option.invalid",
    "A resumed run cannot have the run directory of the run that waited",
    {
      place: parent,
      hint: "Give another to --artifacts-dir or the option artifactsDir, or leave it out",
    },
  );
}

/**
 * The pack that the file of an earlier run names: a path or an address.
 *
 * @throws {RunnerError} `option.invalid` when it names none, `flow.snapshot`, `pack.not_found`.
 */
export async function packSource(source: string | null, place: string): Promise<PackInput> {
  const hint = "Add --pack PACK or the option pack";
  if (source === null) {
    throw new RunnerError("option.invalid", "The earlier run does not say where its pack is", {
      place,
      hint,
    });
  }
  if (isAddress(source)) {
    const url = URL.parse(source);
    if (url !== null) return url;
    throw new RunnerError("flow.snapshot", `The pack of the earlier run has no address: "${source}"`, {
      place,
      hint,
    });
  }
  if (await isGone(source)) {
    throw new RunnerError("pack.not_found", "The pack of the earlier run is not there any more", {
      place: source,
      hint,
    });
  }
  return source;
}

/** Whether a pack is named by an address and not by a path. */
export function isAddress(source: string): boolean {
  return /^[a-z]{2,}:/i.test(source);
}

/** How a resumed run is run: as the one before, but for what is given now. */
export function mergedOptions(before: RunOptions, now: RunOptions): RunOptions {
  return {
    ...merged(before, now),
    components: mergedComponents(before.components, now.components),
    parameters: merged(before.parameters, now.parameters),
    ctx: merged(before.ctx, object("ctx", now.ctx ?? {})),
    limits: merged(before.limits, object("limits", now.limits ?? {})),
    wasi: merged(before.wasi, object("wasi", now.wasi ?? {})),
    secrets: merged(before.secrets, object("secrets", now.secrets ?? {})),
    state: merged(before.state, object("state", now.state ?? {})),
    mocks: merged(before.mocks, object("mocks", now.mocks ?? {})),
    config: merged(before.config, object("config", now.config ?? {})),
  };
}

/** An object with the members of another in the place of its own; those that are undefined say nothing. */
function merged<T extends object>(before: T | undefined, now: T | undefined): T {
  const said = Object.entries(now ?? {}).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(said) } as T;
}

/** Files that are mapped now take the place of those that were, and others stay. */
function mergedComponents(before: ComponentsOptions = {}, now: ComponentsOptions = {}): ComponentsOptions {
  const both = typeof before.map === "object" && typeof now.map === "object";
  return { ...merged(before, now), ...(both ? { map: { ...before.map, ...now.map } } : {}) };
}
