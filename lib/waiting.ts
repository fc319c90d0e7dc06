/**
 * The file that a waiting run leaves: the snapshot of its flow, the pack that it ran, and how it was run, so that it
 * can be resumed without saying any of it again. Never holds secrets that were given, and never resumes.
 */

import { RunnerError } from "./base/errors.ts";
import { isArray, isObject, type Json, type JsonObject, member, stringMember } from "./base/json.ts";
import { DEFAULT_LIMITS, type LimitName } from "./base/limits.ts";
import { checkSnapshot, readSnapshot, type Snapshot } from "./engine/snapshot.ts";
import type { Flow } from "./flow/flow.ts";
import type { ResolvedOptions, RunOptions } from "./options.ts";
import { inputPath, type PackInput } from "./pack/open_source.ts";
import type { Pack } from "./pack/pack.ts";
import { readJson } from "./record/read.ts";
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
  /** How the run was run. */
  readonly options: RunOptions;
}

/** The document of a waiting run. */
export function waitingJson(
  snapshot: Snapshot,
  { pack, source, options }: { pack: Pack; source: PackInput; options: ResolvedOptions },
): JsonObject {
  return {
    ...snapshot,
    pack_version: pack.version,
    pack_digest: pack.digest,
    pack_source: addressOf(source),
    options: optionsJson(options),
  };
}

/** Where a pack can be found again. */
function addressOf(source: PackInput): string | null {
  const path = inputPath(source);
  if (path !== undefined) return absolutePath(path);
  // What stands before the host of an address may be a password.
  return source instanceof URL && source.protocol !== "blob:" && source.username === "" ? source.href : null;
}

/** The options that a resumed run repeats unless it is told otherwise, without paths that only fit one folder. */
function optionsJson(options: ResolvedOptions): JsonObject {
  const { identity, policy, trust, resolution, templates, componentInput, parameters, limits } = options;
  const { map, dir, lock, allowMissingHash } = resolution;
  const changed = (Object.keys(limits) as LimitName[]).filter((name) =>
    limits[name] !== DEFAULT_LIMITS[name]
  );
  return {
    ctx: {
      tenantId: identity.tenant,
      teamId: identity.team,
      userId: identity.user,
      sessionId: identity.session,
    },
    env: identity.env,
    signing: policy,
    trust: trust.map((item) => isKey(item) ? item : absolutePath(item)),
    components: {
      ...(map === null ? {} : { map: typeof map === "string" ? absolutePath(map) : absolutePaths(map) }),
      ...(dir === null ? {} : { dir: absolutePath(dir) }),
      ...(lock === null ? {} : { lock: absolutePath(lock) }),
      allowMissingHash,
    },
    templates,
    componentInput,
    parameters,
    limits: Object.fromEntries(changed.map((name) => [name, limits[name]])),
  };
}

function isKey(item: string): boolean {
  return /^(?:[0-9a-f]{64}|ed25519:.*)$/i.test(item);
}

function absolutePaths(map: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([id, path]) => [id, absolutePath(path)]));
}

/**
 * Reads the file of a waiting run.
 *
 * @param place The run directory, or the file itself; snapshots of the reference runner are files.
 * @throws {RunnerError} `artifacts.read` or `flow.snapshot`.
 */
export async function readWaiting(place: string): Promise<WaitingRun> {
  const folder = place.replace(/(?<=.)[\\/]+$/, "");
  const isFile = folder.endsWith(".json");
  const path = isFile ? folder : `${folder}/${SNAPSHOT_FILE}`;
  const document = await readJson(path, {
    missing: new RunnerError("flow.snapshot", `Run "${folder}" does not wait: it left no ${SNAPSHOT_FILE}`, {
      place: path,
      hint: "Give the run directory of a run that ended with the status Waiting",
    }),
  });
  return {
    path,
    parent: absolutePath(isFile ? folder.replace(/[^\\/]*$/, "") || "." : folder),
    snapshot: readSnapshot(document),
    source: stringMember(document, "pack_source") ?? null,
    packDigest: stringMember(document, "pack_digest") ?? null,
    options: readOptions(member(document, "options")),
  };
}

/** The options of a file. They are checked like any others when the run starts. */
function readOptions(json: Json | undefined): RunOptions {
  if (!isObject(json)) return {};
  const { ctx, env, signing, trust, components, templates, componentInput, parameters, limits } = json;
  return {
    ...(isObject(ctx) ? { ctx } : {}),
    ...(typeof env === "string" ? { env } : {}),
    ...(signing === "strict" || signing === "devok" ? { signing } : {}),
    ...(isArray(trust) ? { trust: trust.filter((item) => typeof item === "string") } : {}),
    ...(isObject(components) ? { components } : {}),
    ...(templates === "strict" || templates === "lenient" ? { templates } : {}),
    ...(componentInput === "auto" || componentInput === "envelope" ? { componentInput } : {}),
    ...(isObject(parameters) ? { parameters } : {}),
    ...(isObject(limits) ? { limits: limits as RunOptions["limits"] & JsonObject } : {}),
  };
}

/** What a run goes on from. */
export interface ResumePoint {
  readonly snapshot: Snapshot;
  /** The run directory of the run that waited. */
  readonly parent: string;
  /** The digest that its pack had, or null when that is not known. */
  readonly packDigest: string | null;
  /** Whether the pack may have changed since. */
  readonly allowPackChange: boolean;
}

/**
 * Checks that a run can go on with a pack and a flow.
 *
 * @throws {RunnerError} `flow.snapshot` when the pack is not the one that the run waited in, or the flow another.
 */
export function checkResume(point: ResumePoint, { pack, flow }: { pack: Pack; flow: Flow }): void {
  const { snapshot, packDigest, allowPackChange } = point;
  checkSnapshot(snapshot, { packId: pack.id, flowId: flow.id });
  if (allowPackChange || packDigest === null || packDigest === pack.digest) return;
  throw new RunnerError("flow.snapshot", `Pack "${pack.id}" has changed since the run waited`, {
    place: `${pack.source.label}: ${pack.digest}, before ${packDigest}`,
    hint: "Add --allow-pack-change or the option allowPackChange to go on with the pack as it is now",
  });
}
