/**
 * Turns a folder of sources into the bytes of a pack, so that it goes through the same door as every pack. Whatever
 * else names a pack stays what it is. Never writes a file.
 */

import type { Finding } from "./base/finding.ts";
import { withoutTrailingSlash } from "./base/paths.ts";
import type { ResolvedOptions } from "./options.ts";
import { namesIn } from "./pack/archive_file.ts";
import { MANIFEST, PACK_YAML } from "./pack/entries.ts";
import { inputPath } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";

/** What is opened in the place of an input. */
export interface PackedInput {
  /** The input itself, or the pack that its folder was built into. */
  readonly input: PackInput;
  /** Whether it has the components that the user names beside its own: sources do. */
  readonly extensible: boolean;
  /** What is wrong with the sources; null when there are none. */
  readonly findings: readonly Finding[] | null;
  /** The flow to run unless another is asked for; null when the pack itself says. */
  readonly entryFlow: string | null;
}

/**
 * The pack of an input: a folder with `pack.yaml` or `flows` and without a manifest is built in memory, as far as its
 * sources allow.
 *
 * @throws {RunnerError} `build.failed` when `pack.yaml` cannot be read, or the sources are larger than a pack may be.
 */
export async function packedInput(
  input: PackInput,
  { limits, resolution }: Pick<ResolvedOptions, "limits" | "resolution">,
): Promise<PackedInput> {
  const folder = await sourcesPath(input);
  if (folder === undefined) return { input, extensible: false, findings: null, entryFlow: null };
  const { buildLoosely } = await import("./build.ts");
  const { archive, ...read } = await buildLoosely(folder, { limits, resolution });
  return { input: { name: folder, bytes: archive }, extensible: true, ...read };
}

/** The folder of sources that an input names, or undefined when it names something else. */
export async function sourcesPath(input: PackInput): Promise<string | undefined> {
  const named = inputPath(input);
  if (named === undefined) return undefined;
  const path = withoutTrailingSlash(named);
  const names = await namesIn(path);
  const isSources = !names.includes(MANIFEST) && (names.includes(PACK_YAML) || names.includes("flows"));
  return isSources ? path : undefined;
}
