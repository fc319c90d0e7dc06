/**
 * What a run touches, as far as its options tell: what names its pack, the folders that guests are given, its host, its
 * record, its cache. Never touches any of it, but for a look at whether a folder holds sources.
 */

import { isFlowName, SIDECAR_SUFFIX } from "./base/flow_names.ts";
import { OWN_FOLDER } from "./base/own_folder.ts";
import { isGranted } from "./base/permission.ts";
import { hostTouches } from "./host_touches.ts";
import type { ResolvedOptions, RunOptions } from "./options.ts";
import { isWrittenKey } from "./pack/trust.ts";
import type { RunTouches } from "./preflight.ts";
import { sourcesPath } from "./sources.ts";

/** What opening a pack needs of Deno. */
export interface OpeningNeeds {
  /** The files and folders that are read. */
  readonly read: readonly string[];
  /** Whether YAML is read: its parser looks at the environment, and needs nothing from there. */
  readonly env: boolean;
}

/** The files and folders that opening a pack reads; the path is undefined for one that is no file. */
export function openedPaths(
  path: string | undefined,
  { trust = [], components = {} }: Pick<RunOptions, "trust" | "components">,
): string[] {
  const { map, dir, lock } = components;
  const mapped = map === undefined ? [] : typeof map === "string" ? [map] : Object.values(map);
  return [
    ...(path === undefined ? [] : [path]),
    ...trust.filter((item) => !isWrittenKey(item)),
    ...mapped,
    ...(dir === undefined ? [] : [dir]),
    ...(lock === undefined ? [] : [lock]),
  ];
}

/** What opening a pack, a folder of sources or a flow needs; nobody can look into a folder that may not be read. */
export async function openingNeeds(
  path: string | undefined,
  options: Pick<RunOptions, "trust" | "components">,
): Promise<OpeningNeeds> {
  const read = openedPaths(path, options);
  if (path === undefined) return { read, env: false };
  if (isFlowName(path)) return { read: [...read, `${path}${SIDECAR_SUFFIX}`], env: true };
  return { read, env: isGranted({ name: "read", path }) && await sourcesPath(path) !== undefined };
}

/** Everything that a run touches whose pack is opened with these needs; `also` are files that its caller reads. */
export function runTouches(
  { read, env }: OpeningNeeds,
  options: ResolvedOptions,
  also: readonly string[],
): RunTouches {
  const { cacheDir, artifactsDir, wasi: { dirs } } = options;
  const host = hostTouches(options);
  return {
    read: [...read, ...also, ...dirs.map(({ host }) => host), ...host.read],
    write: [...dirs.flatMap(({ host, readOnly }) => readOnly ? [] : [host]), ...host.write],
    env: env || host.env,
    variables: host.variables,
    net: host.net,
    artifactsDir: artifactsDir ?? `${OWN_FOLDER}/runs`,
    cacheDir,
  };
}
