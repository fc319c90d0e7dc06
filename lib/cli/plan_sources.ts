/**
 * Which flag, file or variable of the environment a value of a planned run came from. Never repeats a value, and says of two
 * that it cannot tell apart that it may be either.
 */

import { LIMIT_FLAGS, type LimitName } from "../base/limits.ts";
import type { RunOptions } from "../options.ts";
import { OTLP_VARIABLES } from "../otlp_options.ts";
import type { DoctorCommand } from "./command.ts";
import { variable } from "./environment.ts";

/** The flags of values that nothing else gives, and what they say. */
const FLAGS: Readonly<Record<string, readonly [flag: string, said: (options: RunOptions) => unknown]>> = {
  flow: ["--flow", ({ entryFlow }) => entryFlow],
  operation: ["--op", ({ operation }) => operation],
  parameters: ["--parameter", ({ parameters }) => parameters],
  trust: ["--trust", ({ trust }) => trust],
  "components.map": ["--components-map", ({ components }) => components?.map],
  "components.dir": ["--components-dir", ({ components }) => components?.dir],
  "components.lock": ["--lock", ({ components }) => components?.lock],
  "components.allowMissingHash": ["--allow-missing-hash", ({ components }) => components?.allowMissingHash],
  tenant: ["--tenant", ({ ctx }) => ctx?.tenantId],
  team: ["--team", ({ ctx }) => ctx?.teamId],
  user: ["--user", ({ ctx }) => ctx?.userId],
  session: ["--session", ({ ctx }) => ctx?.sessionId],
  run_directory: ["--artifacts-dir", ({ artifactsDir }) => artifactsDir],
  record: ["--record", ({ record }) => record],
  state: ["--state", ({ state }) => state?.file],
  "state.set": ["--state-set", ({ state }) => state?.set],
  "secrets.files": ["--secrets", ({ secrets }) => secrets?.files],
  "secrets.environment": ["--secret-env", ({ secrets }) => secrets?.environment],
  dirs: ["--dir", ({ wasi }) => wasi?.dirs],
  templates: ["--lenient-templates", ({ templates }) => templates],
  component_input: ["--component-input", ({ componentInput }) => componentInput],
  isolation: ["--isolation", ({ isolation }) => isolation],
};

/**
 * Where the values of a plan came from, by their names.
 *
 * @param command What the command line said.
 * @param options The same with what files and the environment say of the host.
 */
export function planSources(command: DoctorCommand, options: RunOptions): Readonly<Record<string, string>> {
  const { options: said } = command;
  const given: Record<string, string | null> = {
    ...startSources(command),
    ...fileSources(command, options),
    policy: said.signing === undefined
      ? null
      : said.signing === "strict"
      ? "--policy or --strict-signing"
      : "--policy",
    cache_directory: said.cacheDir === null
      ? "--no-cache"
      : flagOr("--cache-dir", "GREENTIC_CACHE_DIR", said.cacheDir),
    env: flagOr("--env", "GREENTIC_ENV", said.env),
    trace: traceSource(command, options),
  };
  for (const name of Object.keys(said.limits ?? {}) as LimitName[]) {
    given[`limits.${name}`] = LIMIT_FLAGS[name];
  }
  const flags = Object.entries(FLAGS).map(([name, [flag, value]]): [string, string | null] => [
    name,
    value(said) === undefined ? null : flag,
  ]);
  const sources = [...flags, ...Object.entries(given)];
  return Object.fromEntries(sources.filter((pair): pair is [string, string] => pair[1] !== null));
}

/** Where the run begins, and with what. */
function startSources({ options, input, turns }: DoctorCommand): Record<string, string | null> {
  const { entryNode, entrypoint } = options;
  return {
    start: entryNode !== undefined ? "--entry-node" : entrypoint !== undefined ? "--entrypoint" : null,
    input: input === null
      ? "default"
      : input.kind === "stdin"
      ? "standard input"
      : input.kind === "file"
      ? input.path
      : "--input",
    turns: turns === null ? null : turns === "-" ? "standard input" : turns,
  };
}

/** What the command line or a mocks file, or both, may give. */
function fileSources(
  { options: said, mocksFiles }: DoctorCommand,
  options: RunOptions,
): Record<string, string | null> {
  const file = mocksFiles.join(" or ");
  const { mocks = {} } = options;
  function from(flag: string, isSaid: boolean, isFiled: boolean): string | null {
    const sources = [...(isSaid ? [flag] : []), ...(isFiled && file !== "" ? [file] : [])];
    return sources.length === 0 ? null : sources.join(" and ");
  }
  function keyed(flag: string, before: object = {}, now: object = {}): string | null {
    const names = Object.keys(before);
    return from(flag, names.length > 0, Object.keys(now).some((name) => !names.includes(name)));
  }
  const { allow = [] } = said;
  const allowed = (options.allow?.length ?? 0) > allow.length || (mocks.netAllowlist ?? []).length > 0;
  return {
    allow: from("--allow", allow.length > 0, allowed),
    secrets: from("--secret", said.secrets?.values !== undefined, mocks.secrets !== undefined),
    recordings: keyed("--mocks or --recordings", said.mocks?.http, mocks.http),
    tools: from("", false, true),
    mocks: from("", false, true),
    time: from("--mock-time", said.mocks?.time !== undefined, said.mocks?.time === undefined),
    seed: from("--seed", said.seed !== undefined, said.seed === undefined),
    config: keyed("--config", said.config, options.config),
    guest_env: keyed("--guest-env", said.wasi?.env, options.wasi?.env),
  };
}

/** A flag in the place of which a variable counts; which of them it was cannot be told when both say the same. */
function flagOr(flag: string, name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return variable(name) === value ? `${flag} or ${name}` : flag;
}

/** What said where traces go: the strongest of the variables that are set, unless the command line did. */
function traceSource({ otlp }: DoctorCommand, options: RunOptions): string | null {
  if (options.otlp === undefined) return null;
  if (otlp.endpoint !== undefined) return "--otlp";
  return OTLP_VARIABLES.find((name) => name.endsWith("ENDPOINT") && (variable(name)?.trim() ?? "") !== "") ??
    "environment";
}
