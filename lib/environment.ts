/** What a run ran on, for its record. Reads nothing that needs a permission. */

import { VERSION } from "./base/version.ts";

/** Versions of the runner and the engines beneath it. */
export function environmentFacts(): Readonly<Record<string, string>> {
  const { deno, v8 } = Deno.version;
  return { runner: VERSION, deno, v8, target: Deno.build.target };
}
