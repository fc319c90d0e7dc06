/**
 * The file that a waiting run leaves: the snapshot of its flow, the pack that it ran, and how it was run, so that it
 * can be resumed without saying any of it again. Never keeps the secrets of a run beside what its flow has made of them,
 * and never resumes.
 */

import { RunnerError } from "./base/errors.ts";
import { isObject, type Json, type JsonObject, member } from "./base/json.ts";
import { folderOf, withoutTrailingSlash } from "./base/paths.ts";
import type { ComponentUse } from "./base/result.ts";
import { checkSnapshotFlow, checkSnapshotPack, readSnapshot, type Snapshot } from "./engine/snapshot.ts";
import type { Flow } from "./flow/flow.ts";
import { addressOf, optionsJson, readOptions } from "./kept_options.ts";
import { changeParts } from "./kept_parts.ts";
import type { ResolvedOptions, RunOptions } from "./options.ts";
import { isFolder } from "./pack/archive_file.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { readJson } from "./record/read.ts";
import type { Seal } from "./record/seal.ts";
import { absolutePath, SNAPSHOT_FILE } from "./record/run_dir.ts";

/** A run that waits, as its file tells it. */
export interface WaitingRun {
  /** The file. */
  readonly path: string;
  /** Its run directory, absolute. */
  readonly parent: string;
  readonly snapshot: Snapshot;
  /** The pack: a path or an address, or null when it came from memory or standard input. */
  readonly source: string | null;
  /** The digest that the pack had, or null when the file does not say. */
  readonly packDigest: string | null;
  /** The digests of the components that did not come from the pack, by id. */
  readonly components: Readonly<Record<string, Json>>;
  /** How the run was run. */
  readonly options: RunOptions;
  /** Whether secrets are sealed in it. */
  readonly sealed: boolean;
}

/** The document of a waiting run. */
export function waitingJson(
  snapshot: Snapshot,
  { pack, source, used, options }: {
    pack: Pack;
    source: PackInput;
    used: readonly ComponentUse[];
    options: ResolvedOptions;
  },
): JsonObject {
  const foreign = used.filter(({ origin }) => origin !== "pack");
  return {
    ...snapshot,
    pack_version: pack.version,
    pack_digest: pack.digest,
    pack_source: addressOf(source),
    components: Object.fromEntries(foreign.map(({ id, digest }) => [id, digest])),
    options: optionsJson(options, pack),
  };
}

/**
 * Reads the file of a waiting run.
 *
 * @param place The run directory, or the file itself; snapshots of the reference runner are files.
 * @throws {RunnerError} `artifacts.read` or `flow.snapshot`.
 */
export async function readWaiting(place: string): Promise<WaitingRun> {
  if (typeof place !== "string" || place === "") {
    throw new RunnerError("option.invalid", "The run to resume is no path", {
      hint: "Give the run directory of a run that waits, or its snapshot file",
    });
  }
  const folder = withoutTrailingSlash(place);
  const isFile = folder.endsWith(".json") && !await isFolder(folder);
  const path = isFile ? folder : `${folder}/${SNAPSHOT_FILE}`;
  const document = await readJson(path, {
    missing: new RunnerError("flow.snapshot", `Run "${folder}" does not wait: it left no ${SNAPSHOT_FILE}`, {
      place: path,
      hint: "Give the run directory of a run that ended with the status Waiting",
    }),
  });
  return {
    path,
    parent: absolutePath(isFile ? folderOf(folder) : folder),
    snapshot: readSnapshot(document),
    sealed: member(document, "sealed") === true,
    source: optionalText(document, "pack_source", path),
    packDigest: optionalText(document, "pack_digest", path),
    components: optionalObject(document, "components", path),
    options: readOptions(
      optionalObject(document, "options", path),
      (message, cause) =>
        new RunnerError("flow.snapshot", `The snapshot's ${message}`, { place: path, cause }),
    ),
  };
}

function optionalText(document: Json, name: string, place: string): string | null {
  const value = member(document, name) ?? null;
  if (value === null || typeof value === "string") return value;
  throw new RunnerError("flow.snapshot", `The snapshot's "${name}" is no text`, { place });
}

function optionalObject(document: Json, name: string, place: string): JsonObject {
  const value = member(document, name) ?? {};
  if (isObject(value)) return value;
  throw new RunnerError("flow.snapshot", `The snapshot's "${name}" is no object`, { place });
}

/** What a run goes on from. */
export interface ResumePoint {
  readonly snapshot: Snapshot;
  /** Whether secrets are sealed in it, and in the options that it kept. */
  readonly sealed: boolean;
  /** The run directory of the run that waited. */
  readonly parent: string;
  /** The digest that its pack had, or null when that is not known. */
  readonly packDigest: string | null;
  /** The digests of its components that did not come from the pack. */
  readonly components: Readonly<Record<string, Json>>;
  /** The names of the parameters that are given now. */
  readonly given: readonly string[];
  /** Whether pack and components may have changed since. */
  readonly allowPackChange: boolean;
}

/**
 * A run's options and snapshot with its secrets in them, which are known by now.
 *
 * @throws {RunnerError} `secret.missing` for one that was not given again.
 */
export async function unsealed(
  options: ResolvedOptions,
  { snapshot, sealed }: ResumePoint,
  known: () => Promise<Seal>,
): Promise<{ readonly options: ResolvedOptions; readonly snapshot: Snapshot }> {
  if (!sealed) return { options, snapshot };
  const seal = await known();
  const { config, parameters, wasi } = options;
  const open = <Value extends Json>(value: Value): Value => seal.unsealValue(value) as Value;
  return {
    options: {
      ...options,
      config: open(config),
      parameters: open(parameters),
      wasi: {
        ...wasi,
        environment: wasi.environment.map(([name, value]) => [seal.unseal(name), seal.unseal(value)]),
        arguments: wasi.arguments.map((argument) => seal.unseal(argument)),
      },
    },
    snapshot: readSnapshot(changeParts(toJson(snapshot), open)),
  };
}

/** A snapshot as its document has it. */
function toJson(snapshot: Snapshot): JsonObject {
  return JSON.parse(JSON.stringify(snapshot));
}

/**
 * Checks that a run can go on with a pack.
 *
 * @throws {RunnerError} `flow.snapshot` when the pack is not the one that the run waited in, or has changed.
 */
export function checkResumedPack(point: ResumePoint, pack: Pack): void {
  const { snapshot, packDigest, allowPackChange } = point;
  checkSnapshotPack(snapshot, pack.id);
  if (allowPackChange || packDigest === null || packDigest === pack.digest) return;
  throw new RunnerError("flow.snapshot", `Pack "${pack.id}" has changed since the run waited`, {
    place: `${pack.source.label}: ${pack.digest}, before ${packDigest}`,
    hint: "Add --allow-pack-change or the option allowPackChange to go on with the pack as it is now",
  });
}

/**
 * Checks that a run can go on with a flow.
 *
 * @throws {RunnerError} `flow.snapshot` for another flow than that of the run, `option.invalid` for a parameter that is
 * a variable: what it was at the start has become what the flow made of it.
 */
export function checkResumedFlow({ snapshot, given }: ResumePoint, flow: Flow): void {
  checkSnapshotFlow(snapshot, flow.id);
  const variable = given.find((name) => flow.variables.has(name));
  if (variable === undefined) return;
  throw new RunnerError(
    "option.invalid",
    `"${variable}" is a variable, and the run that waited has begun with it`,
    {
      hint: "Leave it out, or let the flow take it from the answer",
    },
  );
}

/**
 * Checks that a run can go on with the components that it used.
 *
 * @throws {RunnerError} `flow.snapshot` when one of them has changed.
 */
export function checkResumedComponents(point: ResumePoint, used: readonly ComponentUse[]): void {
  if (point.allowPackChange) return;
  for (const { id, digest, entry } of used) {
    const before = Object.hasOwn(point.components, id) ? point.components[id] : undefined;
    if (before === undefined || before === digest) continue;
    throw new RunnerError("flow.snapshot", `Component "${id}" has changed since the run waited`, {
      place: `${entry}: ${digest}, before ${before}`,
      hint: "Add --allow-pack-change or the option allowPackChange to go on with the component as it is now",
    });
  }
}
