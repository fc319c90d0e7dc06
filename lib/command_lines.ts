/** Command lines that hints name: what to type about a pack. */

import { quoted } from "./base/paths.ts";
import type { Pack } from "./pack/pack.ts";

/** How a pack is named on a command line. */
export function packWord({ source: { label } }: Pack): string {
  return label === "standard input" ? "-" : quoted(label);
}

/** The command that tells what a pack contains. */
export function inspectLine(pack: Pack): string {
  return `greentic-runner inspect ${packWord(pack)}`;
}

/** The command that prepares the components of a pack: `pack` as it is named; null is what needs not be said. */
export function warmUpLine(
  pack: string,
  { flow, cacheDir }: { flow: string | null; cacheDir: string | null },
): string {
  const words = [
    pack,
    ...(flow === null ? [] : ["--flow", quoted(flow)]),
    ...(cacheDir === null ? [] : ["--cache-dir", quoted(cacheDir)]),
  ];
  return `greentic-runner cache warmup ${words.join(" ")}`;
}
