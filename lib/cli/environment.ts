/** The environment of the process, as far as the command may look at it. Nobody is asked for what may not be read. */

import { isGranted } from "../base/permission.ts";

/** A variable that is set and may be read. */
export function variable(name: string): string | undefined {
  return isGranted({ name: "env", variable: name }) ? Deno.env.get(name) : undefined;
}
