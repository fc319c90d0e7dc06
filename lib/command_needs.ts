/**
 * What each command but those that run a flow needs of Deno: the one place that its checks before any work and the plan of
 * permissions are made from. Never touches what it names, but for a look at what may be read anyway.
 */

import { folderOf, withoutTrailingSlash } from "./base/paths.ts";
import { isGranted, type ReasonedNeed } from "./base/permission.ts";
import { read, write, YAML_WHY } from "./host_touches.ts";
import { resolveOptions, type RunOptions } from "./options.ts";
import { inputPath } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";
import { preparationOf } from "./preparation.ts";
import {
  componentNeeds,
  openingNeeds,
  type OpeningOptions,
  type Preparation,
  startOfInput,
} from "./run_touches.ts";

/**
 * What inspecting a pack needs: a component without one is asked for its operations, and has to be prepared for it, which
 * is looked up unless it is said.
 */
export async function inspectNeeds(
  source: PackInput | null,
  options: RunOptions,
  prepared?: Preparation,
): Promise<ReasonedNeed[]> {
  const opening = await openingNeeds(source, options);
  if (source === null || !await mayBeComponent(source)) return opening;
  const preparation = prepared ?? await preparationOf(source, options, opening) ?? "needed";
  return [...opening, ...componentNeeds(resolveOptions(options).cacheDir, preparation)];
}

/** What preparing a pack's components ahead of its runs needs; without a cache nothing is prepared. */
export async function warmUpNeeds(
  source: PackInput | null,
  options: OpeningOptions & Pick<RunOptions, "cacheDir">,
): Promise<ReasonedNeed[]> {
  const { cacheDir } = resolveOptions(options);
  const opening = await openingNeeds(source, options);
  return cacheDir === null ? opening : [...opening, ...componentNeeds(cacheDir, "needed")];
}

/** What building a pack from a folder needs. */
export async function buildNeeds(
  { folder, out, key }: { folder: string; out: string | null; key: string | null },
): Promise<ReasonedNeed[]> {
  return [
    read(folder, "The sources are read", "DIR"),
    ...(key === null ? [] : [read(key, "The private key is read", "--sign")]),
    ...(out === null ? folderNeeds(`${folder}/dist`) : await writtenNeeds(out)),
    { name: "env", why: YAML_WHY, from: "DIR" },
  ];
}

/** What signing an archive needs; it is null when it comes from standard input, and so is the key that is made for it. */
export async function signNeeds(
  { pack, out, key }: { pack: string | null; out: string; key: string | null },
): Promise<ReasonedNeed[]> {
  return [
    ...(pack === null ? [] : [read(pack, "The archive is read", "PACK")]),
    ...(key === null ? [] : [read(key, "The private key is read", "--key")]),
    ...await writtenNeeds(out),
  ];
}

/** What making a key needs. */
export function keygenNeeds(out: string): ReasonedNeed[] {
  return [write(folderOf(out), "The key is written into it", "--out")];
}

/** What writing recordings as an archive needs; null is standard output. */
export async function harNeeds(folder: string, out: string | null): Promise<ReasonedNeed[]> {
  return [
    read(folder, "Recordings are read", "DIR"),
    ...(out === null ? [] : await writtenNeeds(out)),
  ];
}

/** What looking at a cache needs, and what changing it does. */
export function cacheNeeds(cacheDir: string, { changes }: { changes: boolean }): ReasonedNeed[] {
  return [
    read(cacheDir, "Prepared components are read", "--cache-dir"),
    ...(changes ? [write(cacheDir, "What is of no use is removed", "--cache-dir")] : []),
  ];
}

/** What a run directory needs to be read. */
export function recordedNeeds(runDir: string): ReasonedNeed[] {
  return [read(runDir, "The earlier run is read", "RUN_DIR")];
}

/** What the report of a run needs; null is its place in the run directory. */
export async function reportNeeds(runDir: string, out: string | null): Promise<ReasonedNeed[]> {
  return [...recordedNeeds(runDir), ...await writtenNeeds(out ?? reportPath(runDir))];
}

/** Where the report of a run lies unless it is told otherwise. */
export function reportPath(runDir: string): string {
  return `${withoutTrailingSlash(runDir)}/report.html`;
}

/** What writing a file needs that is put in place by renaming. A link that may be looked at leads to another folder. */
async function writtenNeeds(path: string): Promise<ReasonedNeed[]> {
  const folder = folderOf(path);
  const target = isGranted({ name: "read", path: folder }) ? await linkTarget(path) : null;
  const beside = target === null || folderOf(target) === await Deno.realPath(folder).catch(() => folder);
  return [...folderNeeds(folder), ...(beside ? [] : folderNeeds(folderOf(target)))];
}

function folderNeeds(folder: string): ReasonedNeed[] {
  return [
    read(folder, "The file is put in place there", "--out"),
    write(folder, "The file is written", "--out"),
  ];
}

/** Where a link leads, be it to nothing yet; null for what is no link. */
export async function linkTarget(path: string): Promise<string | null> {
  try {
    if (!(await Deno.lstat(path)).isSymlink) return null;
    const named = await Deno.readLink(path);
    const beside = /^(?:[\\/]|[A-Za-z]:)/.test(named) ? named : `${folderOf(path)}/${named}`;
    return await Deno.realPath(path).catch(() => beside);
  } catch {
    return null;
  }
}

/** Whether a pack is a bare component; of one that may not be read the name tells. */
async function mayBeComponent(source: PackInput): Promise<boolean> {
  const path = inputPath(source);
  if (path !== undefined && !isGranted({ name: "read", path })) return /\.wasm$/i.test(path);
  const [first, second, third, fourth] = await startOfInput(source) ?? [];
  return first === 0 && second === 0x61 && third === 0x73 && fourth === 0x6d;
}
