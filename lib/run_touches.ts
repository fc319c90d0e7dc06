/**
 * What commands touch before and beside the flow of a run, as far as their options tell: what names the pack, the record, the
 * cache; each with the option that asks for it. Never touches any of it, but for a look at what may be read anyway.
 */

import { RunnerError } from "./base/errors.ts";
import { isFlowName, SIDECAR_SUFFIX } from "./base/flow_names.ts";
import { RUNS_FOLDER } from "./base/own_folder.ts";
import { isGranted, netHost, type ReasonedNeed } from "./base/permission.ts";
import { transpilerNeeds } from "./component/transpiler.ts";
import { hostTouches, type PathNeed, read, write, YAML_WHY } from "./host_touches.ts";
import type { ResolvedOptions, RunOptions } from "./options.ts";
import { readAtMost } from "./pack/archive_file.ts";
import { readMap } from "./pack/component_files.ts";
import { inputPath } from "./pack/open_source.ts";
import { isNamed, type PackInput } from "./pack/pack_input.ts";
import { isWrittenKey } from "./pack/trust.ts";
import { sourcesPath } from "./sources.ts";

/** The options that say what is read to open a pack. */
export type OpeningOptions = Pick<RunOptions, "trust" | "components">;

/** Where messages say that the pack was named. */
const PACK = "PACK";

/**
 * What opening a pack, a folder of sources or a flow needs. What lies at a path that may not be read is not known: unless its
 * name says otherwise, it is taken for what needs most. Of bytes that are yet to come, null, nothing is known.
 */
export async function openingNeeds(
  source: PackInput | null,
  options: OpeningOptions,
): Promise<ReasonedNeed[]> {
  const mapped = await knownMap(options.components?.map);
  return [...await packNeeds(source), ...besidesNeeds(options, mapped)];
}

/** What reading a pack itself needs, without whom it is trusted by and the components that are named beside it. */
export async function packNeeds(source: PackInput | null): Promise<ReasonedNeed[]> {
  if (source === null) return [];
  const yaml = await needsYaml(source) ? [{ name: "env", why: YAML_WHY, from: PACK } as const] : [];
  const path = inputPath(source);
  if (path === undefined) return [...addressNeeds(source), ...yaml];
  const sidecar = isFlowName(path)
    ? [read(`${path}${SIDECAR_SUFFIX}`, "What the packer resolved the flow's nodes to is read", PACK)]
    : [];
  return [read(path, "The pack is read", PACK), ...sidecar, ...yaml];
}

function addressNeeds(source: PackInput): ReasonedNeed[] {
  const fetched = source instanceof URL && /^https?:$/.test(source.protocol);
  return fetched
    ? [{ name: "net", host: netHost(source), why: "The pack is fetched from it", from: PACK }]
    : [];
}

/** Whether something is a flow or a folder of sources; as far as that is not known, whether it may be. */
async function needsYaml(source: PackInput): Promise<boolean> {
  const path = inputPath(source);
  if (path !== undefined && isFlowName(path)) return true;
  if (path !== undefined && !isGranted({ name: "read", path })) return !ARCHIVE_REGEXP.test(path);
  try {
    if (await sourcesPath(source) !== undefined) return true;
  } catch (error) {
    // Opening it meets the same fault, and tells it.
    if (error instanceof RunnerError) return false;
    throw error;
  }
  const start = await startOfInput(source);
  return start !== undefined && mayBeText(start);
}

/** The first bytes of what names a pack; undefined for folders, addresses, and what cannot be read. */
export async function startOfInput(source: PackInput): Promise<Uint8Array | undefined> {
  const path = inputPath(source);
  if (path !== undefined) return await readAtMost(path, START_BYTES).catch(() => undefined);
  if (source instanceof Uint8Array) return source.subarray(0, START_BYTES);
  return isNamed(source) ? source.bytes.subarray(0, START_BYTES) : undefined;
}

/** Enough to tell archives and components from texts. */
const START_BYTES = 4;

/** Names of what holds no YAML that would have to be read. */
const ARCHIVE_REGEXP = /\.(?:gtpack|zip|wasm)$/i;

/** Whether bytes begin neither as an archive nor as a component does. */
function mayBeText([first, second]: Uint8Array): boolean {
  return first !== undefined && first !== 0 && !(first === 0x50 && second === 0x4b);
}

/** The files and folders that opening a pack reads, as far as its options name them. */
export function openedPaths(path: string, options: OpeningOptions): string[] {
  const { map } = options.components ?? {};
  const mapped = map === undefined || typeof map === "string" ? {} : map;
  return [path, ...besidesNeeds(options, mapped).map((need) => need.path)];
}

/** What is read beside a pack, whose components come from these files instead. */
function besidesNeeds(
  { trust = [], components = {} }: OpeningOptions,
  mapped: Readonly<Record<string, string>>,
): PathNeed[] {
  const { map, dir, lock } = components;
  return [
    ...trust.filter((item) => !isWrittenKey(item)).map((path) =>
      read(path, "Trusted keys are read", "--trust")
    ),
    ...(typeof map === "string" ? [read(map, "The map of components is read", "--components-map")] : []),
    ...Object.values(mapped).map((path) => read(path, "A component is read", "--components-map")),
    ...(dir === undefined ? [] : [read(dir, "Components are read from it", "--components-dir")]),
    ...(lock === undefined ? [] : [read(lock, "The lock is read", "--lock")]),
  ];
}

/** The files that take the place of components, where nobody has to be asked for them. */
async function knownMap(
  map: NonNullable<OpeningOptions["components"]>["map"],
): Promise<Readonly<Record<string, string>>> {
  if (typeof map === "string" && !isGranted({ name: "read", path: map })) return {};
  try {
    return await readMap(map ?? null);
  } catch (error) {
    // Opening the pack meets the same fault, and tells it.
    if (error instanceof RunnerError) return {};
    throw error;
  }
}

/** What keeping the record of a run needs: its files are put in place by renaming, which takes reading as well. */
function recordNeeds(artifactsDir: string | null): ReasonedNeed[] {
  const path = artifactsDir ?? RUNS_FOLDER;
  return [
    read(path, "The record of the run is put in place there", "--artifacts-dir"),
    write(path, "The record of the run is written", "--artifacts-dir"),
  ];
}

/** Whether components are yet to be prepared. */
export type Preparation = "done" | "needed";

/** What components need that are taken from the cache, or are yet to be prepared and are kept there. */
export function componentNeeds(cacheDir: string | null, preparation: Preparation): ReasonedNeed[] {
  const kept = cacheDir === null
    ? []
    : [read(cacheDir, "Prepared components are taken from it", "--cache-dir")];
  if (preparation === "done") return kept;
  const from = cacheDir === null ? "--no-cache" : "--cache-dir";
  return [
    ...kept,
    ...(cacheDir === null ? [] : [write(cacheDir, "Prepared components are kept there", "--cache-dir")]),
    ...transpilerNeeds().map((need) => ({ ...need, why: "Components are transpiled", from })),
  ];
}

/** Everything that a run touches beside its pack; `also` are files that its caller reads for it. */
export function runTouches(
  options: Parameters<typeof hostTouches>[0] & Pick<ResolvedOptions, "artifactsDir" | "cacheDir">,
  { also, preparation }: { also: readonly ReasonedNeed[]; preparation: Preparation },
): ReasonedNeed[] {
  return [
    ...also,
    ...hostTouches(options),
    ...recordNeeds(options.artifactsDir),
    ...componentNeeds(options.cacheDir, preparation),
  ];
}
