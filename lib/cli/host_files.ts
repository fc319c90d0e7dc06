/**
 * Completes the options of a run with what files and the environment say of its host: mocks files, and variables about
 * traces. What the command line says goes first.
 */

import { isGranted, type ReasonedNeed, requirePermissions } from "../base/permission.ts";
import { read, YAML_WHY } from "../host_touches.ts";
import type { MocksFile } from "../mocks_file.ts";
import type { RunOptions } from "../options.ts";
import { OTLP_VARIABLES, otlpFromEnvironment } from "../otlp_options.ts";
import { usage } from "./args.ts";
import { variable } from "./environment.ts";
import type { HostValues, OtlpValues } from "./host_values.ts";

/**
 * The options with everything that is said elsewhere.
 *
 * @param others What the command needs beside, as far as the options tell that are known before the files are read.
 * @throws {RunnerError} `permission.missing` where a file may not be read, with the others that are missing; `usage` when
 * a host is to be reached by a run that is to reach none.
 */
export async function completeOptions<Options extends RunOptions>(
  options: Options,
  said: Pick<HostValues, "mocksFiles" | "otlp" | "offline">,
  others: (options: Options) => Promise<readonly ReasonedNeed[]>,
): Promise<Options> {
  const complete = await withFiles(options, said, others);
  const { allow = [], otlp, mocks } = complete;
  const [host = otlp?.endpoint ?? mocks?.netAllowlist?.[0]] = allow;
  if (!said.offline || host === undefined) return complete;
  throw usage(`Both --offline and the host "${host}" are given`, "Leave one of them out");
}

async function withFiles<Options extends RunOptions>(
  options: Options,
  { mocksFiles, otlp, offline }: Pick<HostValues, "mocksFiles" | "otlp" | "offline">,
  others: (options: Options) => Promise<readonly ReasonedNeed[]>,
): Promise<Options> {
  const traced = otlpOf(otlp, offline);
  const complete = traced === undefined ? options : { ...options, otlp: traced };
  if (mocksFiles.length === 0) return complete;
  const needs = mocksNeeds(mocksFiles);
  if (!needs.every(isGranted)) requirePermissions([...await others(complete), ...needs]);
  const { readMocksFile } = await import("../mocks_file.ts");
  let merged = complete;
  // The last file goes before those in front of it, the command line before all.
  for (const path of mocksFiles.toReversed()) {
    merged = { ...merged, ...behind(merged, await readMocksFile(path)) };
  }
  return merged;
}

/** What reading mocks files needs: JSON is read as YAML, too, which knows lines. */
export function mocksNeeds(mocksFiles: readonly string[]): ReasonedNeed[] {
  return [
    ...mocksFiles.map((path) => read(path, "Mocks are read from it", "--mocks")),
    ...(mocksFiles.length === 0 ? [] : [{ name: "env", why: YAML_WHY, from: "--mocks" } as const]),
  ];
}

/** What a file adds to what was said before it. */
function behind(
  said: RunOptions,
  { mocks, allow = [], seed, config, wasi }: MocksFile,
): Pick<RunOptions, "mocks" | "allow" | "seed" | "config" | "wasi"> {
  const { mocks: { http, secrets, ...others } = {} } = said;
  const both = { ...mocks.http, ...http };
  const map = { ...mocks.secrets?.map, ...secrets?.map, ...said.secrets?.values };
  return {
    allow: [...said.allow ?? [], ...allow],
    mocks: {
      ...mocks,
      ...others,
      netAllowlist: [...mocks.netAllowlist ?? [], ...others.netAllowlist ?? []],
      ...(Object.keys(both).length === 0 ? {} : { http: both }),
      // A strict mock would hide what the command line gives.
      ...(mocks.secrets === undefined ? {} : { secrets: { ...mocks.secrets, map } }),
    },
    ...(said.seed ?? seed) === undefined ? {} : { seed: said.seed ?? seed! },
    config: { ...config, ...said.config },
    wasi: { ...said.wasi, env: { ...wasi?.env, ...said.wasi?.env } },
  };
}

function otlpOf({ endpoint, headers }: OtlpValues, offline: boolean): RunOptions["otlp"] {
  if (offline && endpoint === undefined) return undefined;
  const said = otlpFromEnvironment(otlpVariable, endpoint);
  return said === undefined ? undefined : { ...said, headers: { ...said.headers, ...headers } };
}

function otlpVariable(name: string): string | undefined {
  return OTLP_VARIABLES.includes(name) ? variable(name) : undefined;
}
