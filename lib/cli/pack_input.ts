/** The pack that a command line names: a path, or the bytes of standard input. */

import { RunnerError } from "../base/errors.ts";
import { isGranted } from "../base/permission.ts";
import { resolveOptions, type RunOptions } from "../options.ts";
import { openPack } from "../pack/open.ts";
import { ownBytes, type PackInput } from "../pack/pack_input.ts";
import {
  openedPaths as pathsToOpen,
  type OpeningNeeds,
  openingNeeds as needsToOpen,
} from "../run_touches.ts";
import { packedInput } from "../sources.ts";
import type { CommandIo } from "./print.ts";

/** What is opened for a pack's name; `-` is standard input, of which no more is read than the limit allows. */
export async function packInput(pack: string, options: RunOptions, io: CommandIo): Promise<PackInput> {
  if (pack !== "-") return pack;
  const { maxArchiveBytes } = resolveOptions(options).limits;
  const name = "standard input";
  try {
    return ownBytes(name, await io.stdin(maxArchiveBytes + 1));
  } catch (cause) {
    if (io.interrupt.aborted) {
      throw new RunnerError("run.cancelled", "Interrupted before the pack was read");
    }
    throw new RunnerError("pack.not_found", "Pack cannot be read from standard input", {
      place: name,
      cause,
    });
  }
}

/** What opening a pack, a folder of sources or a flow needs; nobody can look into a folder that may not be read. */
export async function openingNeeds(pack: string, options: RunOptions): Promise<OpeningNeeds> {
  return await needsToOpen(pathOf(pack), options);
}

/** The files and folders that opening a pack reads, as far as its options name them. */
export function openedPaths(pack: string, options: RunOptions): string[] {
  return pathsToOpen(pathOf(pack), options);
}

function pathOf(pack: string): string | undefined {
  return pack === "-" ? undefined : pack;
}

/** Whether a pack may have components; only one that can be opened with what is granted is known to have none. */
export async function mayHaveComponents(
  pack: string,
  options: RunOptions,
  { read, env }: OpeningNeeds,
): Promise<boolean> {
  const granted = read.every((path) => isGranted({ name: "read", path })) &&
    (!env || isGranted({ name: "env" }));
  if (pack === "-" || !granted) return true;
  try {
    const resolved = resolveOptions(options);
    const { input, extensible } = await packedInput(pack, resolved);
    const { components } = await openPack(input, { ...resolved, extensible, signal: undefined });
    return components.length > 0;
  } catch (error) {
    // The run will meet the same fault, and says it in its place.
    if (error instanceof RunnerError) return true;
    throw error;
  }
}
