/** What is watched for a run: all that it reads and its user may change. Never what it writes. */

import { OWN_FOLDER } from "../base/own_folder.ts";
import { isGranted } from "../base/permission.ts";
import { isFlowName, SIDECAR_SUFFIX } from "../base/flow_names.ts";
import { isOffline } from "../host_touches.ts";
import { resolveOptions, type RunOptions } from "../options.ts";
import { readMap } from "../pack/component_files.ts";
import { openedPaths } from "../run_touches.ts";
import type { RunCommand } from "./command.ts";
import type { Watched, WatchedPath } from "./disk_files.ts";

/** What is watched for a run with these options; `answers` are the files of its input. */
export async function watchedOf(
  { pack, mocksFiles }: Pick<RunCommand, "pack" | "mocksFiles">,
  options: RunOptions,
  answers: readonly string[],
): Promise<Watched> {
  const { resolution, secrets, state, mocks, wasi, artifactsDir, cacheDir, limits } = resolveOptions(options);
  const { http, tools } = mocks;
  const kept = http !== null && isOffline(mocks);
  const named = [...openedPaths(pack, options), ...answers, ...mocksFiles, ...secrets.files];
  const folders = [...(tools === null ? [] : [tools.dir]), ...(kept ? [http.dir] : [])];
  return {
    paths: distinct([
      ...named.map((path): WatchedPath => ({ path, needed: true, counts: countsOf(path) })),
      ...isFlowName(pack) ? [optional(`${pack}${SIDECAR_SUFFIX}`)] : [],
      ...(await mappedFiles(resolution.map)).map(optional),
      ...folders.map(optional),
    ]),
    written: [
      OWN_FOLDER,
      ...(artifactsDir === null ? [] : [artifactsDir]),
      ...(cacheDir === null ? [] : [cacheDir]),
      ...(state.file === null ? [] : [state.file]),
      ...(http === null || kept ? [] : [http.dir]),
      ...wasi.dirs.filter(({ readOnly }) => !readOnly).map(({ host }) => host),
    ],
    maxFiles: limits.maxEntries,
  };

  function countsOf(path: string): WatchedPath["counts"] {
    return path === pack ? "pack" : path === resolution.dir ? "components" : "all";
  }
}

/** What a run can do without, or finds out itself. */
function optional(path: string): WatchedPath {
  return { path, needed: false, counts: "all" };
}

/** Each path once. */
function distinct(paths: readonly WatchedPath[]): WatchedPath[] {
  return [...new Map(paths.toReversed().map((watched) => [watched.path, watched])).values()].toReversed();
}

/** The files that a map of components names; the run tells what is wrong with the map, or with permission to read it. */
async function mappedFiles(map: Parameters<typeof readMap>[0]): Promise<string[]> {
  if (typeof map === "string" && !isGranted({ name: "read", path: map })) return [];
  return await readMap(map).then(Object.values, () => []);
}
