/**
 * Finds out what a run needs of Deno before any of it happens, so that everything missing is named at once.
 */

import { isGranted, type Need, requirePermissions } from "./base/permission.ts";
import { COMPONENT_SUFFIX } from "./component/cache.ts";
import { transpilerNeeds } from "./component/transpiler.ts";

/** What a run touches. */
export interface RunTouches {
  /** Files and folders that are read. */
  readonly read: readonly string[];
  /** Folders that guests may write to. @default {[]} */
  readonly write?: readonly string[];
  /** Whether sources in YAML are read. @default {false} */
  readonly env?: boolean;
  /** Variables of the environment that are read. @default {[]} */
  readonly variables?: readonly string[];
  /** Hosts that are reached, as `--allow-net` takes them. @default {[]} */
  readonly net?: readonly string[];
  /** The folder under which the run directory is made. */
  readonly artifactsDir: string;
  /** Where prepared components are kept, or null for nowhere. */
  readonly cacheDir: string | null;
  /** Whether components are prepared, as far as that is known. @default {true} */
  readonly prepares?: boolean;
}

/**
 * Checks that Deno permits everything a run touches.
 *
 * @throws {RunnerError} `permission.missing`, with all missing flags as one line in its hint.
 */
export function requireRunPermissions(touches: RunTouches): void {
  const { cacheDir, prepares = true } = touches;
  requirePermissions([
    ...runNeeds(touches),
    ...(prepares && isSurelyCold(cacheDir) ? transpilerNeeds() : []),
  ]);
}

/** What everything that a run touches needs of Deno, but for preparing components. */
export function runNeeds(touches: RunTouches): Need[] {
  const { read, write = [], env = false, variables = [], net = [], artifactsDir, cacheDir } = touches;
  // Files are put in place by renaming, which needs the right to read as well.
  const written = [artifactsDir, ...(cacheDir === null ? [] : [cacheDir])];
  return [
    ...needsOf({ read: [...read, ...written], write: [...written, ...write], env }),
    ...variables.map((variable): Need => ({ name: "env", variable })),
    ...net.map((host): Need => ({ name: "net", host })),
  ];
}

/**
 * Checks that Deno permits to prepare a pack's components ahead of its runs.
 *
 * @throws {RunnerError} `permission.missing`, with all missing flags as one line in its hint.
 */
export function requireWarmUpPermissions(
  { read, env, cacheDir }: Required<Pick<RunTouches, "read" | "env">> & { readonly cacheDir: string },
): void {
  requirePermissions([
    ...needsOf({ read: [...read, cacheDir], write: [cacheDir], env }),
    ...transpilerNeeds(),
  ]);
}

function needsOf({ read, write, env }: Required<Pick<RunTouches, "read" | "write" | "env">>): Need[] {
  return [
    ...read.map((path): Need => ({ name: "read", path })),
    ...write.map((path): Need => ({ name: "write", path })),
    ...(env ? [{ name: "env" } as const] : []),
  ];
}

/** Whether a run that prepares any component will lack what the transpiler needs. */
export function lacksTranspiler(cacheDir: string | null): boolean {
  return isSurelyCold(cacheDir) && !transpilerNeeds().every(isGranted);
}

/** Whether no prepared component can be there, so that the transpiler will be needed. */
export function isSurelyCold(cacheDir: string | null): boolean {
  if (cacheDir === null) return true;
  // What may not be read cannot be known; a cold cache is then found out when a component is prepared.
  if (!isGranted({ name: "read", path: cacheDir })) return false;
  try {
    return Deno.readDirSync(cacheDir).every(({ name }) => !name.endsWith(COMPONENT_SUFFIX));
  } catch {
    return true;
  }
}
