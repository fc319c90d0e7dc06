/** The folders that the guests of a run are given: the pack's assets, and what the caller opens to them. */

import type { GivenFolder } from "./host/files/files.ts";
import { openHostTree } from "./host/files/host_tree.ts";
import { ReadOnlyTree } from "./host/files/read_only_tree.ts";
import type { Pack } from "./pack/pack.ts";
import type { ResolvedWasi } from "./wasi_options.ts";

/** Where guests find the assets of their pack. */
const ASSETS = "/assets";

/**
 * Opens the folders, or for a run that is replayed ones in their places, with nothing in them. One that the caller gives takes the place of the assets, if it has their path.
 *
 * @throws {RunnerError} `option.invalid` when one of them is no folder.
 */
export async function givenFolders(
  pack: Pack,
  dirs: ResolvedWasi["dirs"],
  { untouched }: { untouched: boolean },
): Promise<GivenFolder[]> {
  const given = await Promise.all(dirs.map(async ({ host, guest, readOnly }): Promise<GivenFolder> => ({
    guest,
    readOnly,
    tree: untouched ? new ReadOnlyTree([]) : await openHostTree(host, { readOnly }),
  })));
  if (given.some(({ guest }) => guest === ASSETS)) return given;
  const assets = pack.entries.filter(({ name }) => name.startsWith("assets/"));
  if (assets.length === 0) return given;
  const files = assets.map(({ name, size }) => ({
    path: name.slice("assets/".length),
    size,
    read: () => pack.read(name),
  }));
  return [{ guest: ASSETS, readOnly: true, tree: new ReadOnlyTree(files) }, ...given];
}
