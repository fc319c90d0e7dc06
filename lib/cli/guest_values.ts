/** What the texts of the options mean that tell what guests see of the world. Never reads a file. */

import type { RunOptions } from "../options.ts";
import type { WasiDir, WasiOptions } from "../wasi_options.ts";
import { type Parsed, usage } from "./args.ts";
import { defined, pairOf, parametersOf } from "./values.ts";

/** What guests see, as far as it is said. */
export function guestOptions(
  { text, lists }: Parsed,
): Pick<RunOptions, "wasi" | "config" | "seed" | "isolation"> {
  const { isolation } = text;
  if (isolation !== undefined && isolation !== "worker" && isolation !== "sandboxed") {
    throw usage(`Option "--isolation" is "${isolation}"`, "Use --isolation worker or --isolation sandboxed");
  }
  const wasi: WasiOptions = defined({
    env: given(lists["guest-env"]!, envOf),
    args: given(lists["guest-arg"]!, (items) => items),
    dirs: given(lists.dir!, (items) => items.map(dirOf)),
  });
  return defined({
    wasi: Object.keys(wasi).length === 0 ? undefined : wasi,
    config: parametersOf(lists.config!, "--config"),
    seed: text.seed,
    isolation,
  });
}

function given<T>(items: readonly string[], read: (items: readonly string[]) => T): T | undefined {
  return items.length === 0 ? undefined : read(items);
}

function envOf(items: readonly string[]): Record<string, string> {
  return Object.fromEntries(items.map((item) => pairOf(item, "--guest-env", `is "${item.slice(0, 20)}"`)));
}

/** `HOST::GUEST`, with `:ro` behind it for a folder that is only read. */
function dirOf(item: string): WasiDir {
  const parts = /^(.+)::(.+?)(:r[ow])?$/.exec(item);
  if (parts === null) {
    throw usage(`Option "--dir" is "${item}"`, "Write --dir HOST::GUEST or --dir HOST::GUEST:ro");
  }
  return { host: parts[1]!, guest: parts[2]!, readOnly: parts[3] === ":ro" };
}
