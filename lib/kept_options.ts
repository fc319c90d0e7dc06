/**
 * How a run was run, as its files keep it, so that it can go on or be replayed without saying any of it again. Never keeps
 * the values of secrets that were given by name, headers of collectors, or where its record went.
 */

import { RunnerError } from "./base/errors.ts";
import type { JsonObject } from "./base/json.ts";
import { DEFAULT_LIMITS, type LimitName } from "./base/limits.ts";
import type { ResolvedHttpMock, ResolvedMocks } from "./mocks_options.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { inputPath } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { isWrittenKey } from "./pack/trust.ts";
import { absolutePath } from "./record/run_dir.ts";

/** Where a pack can be found again. */
export function addressOf(source: PackInput): string | null {
  const path = inputPath(source);
  if (path !== undefined) return absolutePath(path);
  // What stands before the host of an address may be a password.
  return source instanceof URL && source.protocol !== "blob:" && source.username === "" ? source.href : null;
}

/** The options that a resumed run repeats unless it is told otherwise, without paths that only fit one folder. */
export function optionsJson(options: ResolvedOptions, pack: Pack | null): JsonObject {
  const { identity, policy, trust, resolution, templates, componentInput, parameters, limits, cacheDir } =
    options;
  const { dir, lock, allowMissingHash } = resolution;
  // A file that maps components may change, and its paths are relative to a folder that may be another then.
  const mapped = pack?.components.filter(({ origin }) => origin === "map") ?? [];
  const map = mapped.map(({ id, entry }) => [id, absolutePath(entry)]);
  const changed = (Object.keys(limits) as LimitName[]).filter((name) =>
    limits[name] !== DEFAULT_LIMITS[name]
  );
  return {
    ctx: {
      tenantId: identity.tenant,
      teamId: identity.team,
      userId: identity.user,
      sessionId: identity.session,
    },
    env: identity.env,
    signing: policy,
    trust: trust.map((item) => isWrittenKey(item) ? item : absolutePath(item)),
    components: {
      ...(map.length === 0 ? {} : { map: Object.fromEntries(map) }),
      ...(dir === null ? {} : { dir: absolutePath(dir) }),
      ...(lock === null ? {} : { lock: absolutePath(lock) }),
      allowMissingHash,
    },
    templates,
    componentInput,
    parameters,
    cacheDir: cacheDir === null ? null : absolutePath(cacheDir),
    limits: Object.fromEntries(changed.map((name) => [name, limits[name]])),
    ...guestsJson(options),
  };
}

/** What guests saw of the world. */
function guestsJson({ wasi, config, isolation, allow, secrets, state, mocks }: ResolvedOptions): JsonObject {
  const { environment, arguments: args, dirs, seed } = wasi;
  return {
    wasi: {
      env: Object.fromEntries(environment),
      args: [...args],
      dirs: dirs.map(({ host, guest, readOnly }) => ({ host: absolutePath(host), guest, readOnly })),
    },
    config,
    isolation,
    allow: allow.origins,
    secrets: {
      files: secrets.files.map(absolutePath),
      environment: [...secrets.environment],
      allowMissing: secrets.allowMissing,
    },
    state: { ...(state.file === null ? {} : { file: absolutePath(state.file) }), dump: state.dump },
    mocks: mocksJson(mocks),
    ...(seed === null ? {} : { seed }),
  };
}

/** What was pretended, but for secrets. */
function mocksJson({ http, kv, state, telemetry, tools, clock, netAllowlist }: ResolvedMocks): JsonObject {
  return {
    ...(http === null ? {} : { http: httpJson(http) }),
    kv,
    state,
    telemetry,
    ...(tools === null ? {} : { tools: { ...tools, dir: absolutePath(tools.dir) } }),
    ...(clock === null ? {} : { time: { now: clock.nowMs, advanceMs: clock.advanceMs } }),
    netAllowlist: [...netAllowlist],
  };
}

function httpJson({ mode, dir, rewrites, expireAfterDays, onExpired }: ResolvedHttpMock): JsonObject {
  return {
    mode,
    dir: absolutePath(dir),
    rewrites: rewrites.map(([from, to]) => [from, to]),
    ...(expireAfterDays === null ? {} : { expireAfterDays }),
    onExpired,
  };
}

/** What a file says of how its run was run: the names that {@linkcode optionsJson} writes, and no others. */
const OPTIONS = [
  ...["ctx", "env", "signing", "trust", "components", "templates", "componentInput", "parameters"],
  ...["cacheDir", "limits", "wasi", "config", "isolation", "seed", "mocks", "allow", "secrets", "state"],
];

/** The options of a file, checked like any others. */
export function readOptions(
  json: JsonObject,
  fault: (message: string, cause: RunnerError) => RunnerError,
): RunOptions {
  const known = OPTIONS.filter((name) => Object.hasOwn(json, name)).map((name) => [name, json[name]]);
  const options: RunOptions = Object.fromEntries(known);
  try {
    resolveOptions(options);
  } catch (cause) {
    if (!(cause instanceof RunnerError)) throw cause;
    throw fault(`options are damaged: ${cause.message}`, cause);
  }
  return options;
}
