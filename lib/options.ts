/**
 * What a caller may ask of a run, and the one place where defaults are filled and values checked.
 * Nothing deeper in the library knows a default.
 */

import { RunnerError } from "./base/errors.ts";
import { type Json, type JsonObject, MAX_JSON_DEPTH, withinDepth } from "./base/json.ts";
import { DEFAULT_LIMITS, LIMIT_FLAGS, type LimitName, type Limits, MAX_TIMER_MS } from "./base/limits.ts";
import { CACHE_FOLDER } from "./base/own_folder.ts";
import type { OnProgress } from "./base/progress.ts";
import {
  array,
  checkNames,
  identifier,
  invalid,
  object,
  oneOf,
  optionalText,
  text,
} from "./option_checks.ts";
import type { ResolutionOptions } from "./pack/component_files.ts";
import { type MocksConfig, type ResolvedMocks, resolveMocks } from "./mocks_options.ts";
import { guestRandom } from "./component/guest_clock.ts";
import { AllowList } from "./host/http/allow.ts";
import type { SecretsGrants } from "./host/secrets/open.ts";
import type { StateGrants } from "./host/granted.ts";
import { type OtlpOptions, type ResolvedOtlp, resolveOtlp } from "./otlp_options.ts";
import { type ResolvedWasi, resolveWasi, type WasiOptions } from "./wasi_options.ts";

export type { MocksConfig, SecretsMock } from "./mocks_options.ts";
export type { TimeMock, WasiDir, WasiOptions } from "./wasi_options.ts";

/** Who a run is for when the context does not say, and how long it may take. */
export interface DevProfile {
  /** Tenant. @default {"local-dev"} */
  readonly tenantId?: string;
  /** Team. @default {"default"} */
  readonly teamId?: string;
  /** User. @default {"developer"} */
  readonly userId?: string;
  /** Wall time of one node, in milliseconds; `limits.nodeTimeoutMs` wins. @default {30000} */
  readonly maxNodeWallTimeMs?: number;
  /** Wall time of a run, in milliseconds; `limits.runTimeoutMs` wins. @default {600000} */
  readonly maxRunWallTimeMs?: number;
}

/** Who a run is for. Every field falls back to the profile. */
export interface TenantContext {
  /** Tenant. */
  readonly tenantId?: string;
  /** Team. */
  readonly teamId?: string;
  /** User. */
  readonly userId?: string;
  /** Session. @default a fresh UUID, with a `seed` always the same */
  readonly sessionId?: string;
}

/**
 * How much a pack must prove. Tampering is refused under both. `devok` lets unsigned packs and signatures by
 * unknown keys pass, and says so; `strict` wants a valid signature by a key in `trust`.
 */
export type SigningPolicy = "strict" | "devok";

/** Where components may come from beside the pack. Digests are checked wherever one is pinned. */
export interface ComponentsOptions {
  /**
   * Files that take the place of components: paths by component id, or the path of a JSON file with such an object.
   * What the pack pins does not bind them, a lock does. @default none
   */
  readonly map?: string | Readonly<Record<string, string>>;
  /**
   * A folder that is searched before the pack: `components/<id>.wasm`, `<id>.wasm`, the entry that the manifest
   * names, or `<sha256>/component.wasm`. @default none
   */
  readonly dir?: string;
  /** A lock file, `pack.lock.json` or `pack.lock.cbor`, whose digests components must have. @default none */
  readonly lock?: string;
  /** Whether a lock may leave out the digest of a bundled component. @default {false} */
  readonly allowMissingHash?: boolean;
}

/** Where secrets come from. Values are hidden in everything that is recorded. */
export interface SecretsOptions {
  /** Values by key. @default {{}} */
  readonly values?: Readonly<Record<string, string>>;
  /**
   * Paths of files: `.env` files, or JSON or YAML with values by key or with `entries` of `uri` and `text`, `json`,
   * `bytes_b64` or `value`. What is in `values` goes first, then these in their order. @default {[]}
   */
  readonly files?: readonly string[];
  /** Names of environment variables that are asked last. No others are ever read. @default {[]} */
  readonly environment?: readonly string[];
  /** Whether a run may begin without secrets that its pack declares as required. @default {false} */
  readonly allowMissing?: boolean;
}

/** Where state and values under keys are kept. */
export interface StateOptions {
  /** An SQLite file, made if absent, which runs may share. @default none: in memory, for one run */
  readonly file?: string;
  /** Values by key that are there before the run begins, or the bytes that a guest would write. @default {{}} */
  readonly set?: Readonly<Record<string, Json | Uint8Array>>;
  /** Whether `state.json` in the run directory has all that is kept, beside what the run changed. @default {false} */
  readonly dump?: boolean;
}

/** Options of a run. All are optional. */
export interface RunOptions {
  /** Who the run is for, and its time limits. @default {desktopDefaults()} */
  readonly profile?: DevProfile;
  /** Flow to run. @default the pack's entry flow */
  readonly entryFlow?: string;
  /** A named entrypoint of the flow to start at. @default the flow's own start */
  readonly entrypoint?: string;
  /** The node to start at, whatever the flow says. @default the flow's own start */
  readonly entryNode?: string;
  /** Input of the flow. @default {{}} */
  readonly input?: Json;
  /** Parameters and variables of the flow, in place of those that it declares. @default {{}} */
  readonly parameters?: JsonObject;
  /** Answers to the waits that the flow comes to, in their order; then it waits as it would without. @default {[]} */
  readonly turns?: readonly Json[];
  /** Who the run is for. @default the profile */
  readonly ctx?: TenantContext;
  /** Gets every transcript line after it was written. */
  readonly transcript?: (line: JsonObject) => void;
  /**
   * Hears what takes long before a flow begins: reading a large pack, preparing components. What it throws is ignored.
   * @default nobody
   */
  readonly progress?: OnProgress;
  /**
   * Where guests may send HTTP requests: `https://api.example.com`, `http://127.0.0.1:8080`. Exact origins; addresses
   * of private networks count only where they are named themselves. @default {[]}
   */
  readonly allow?: readonly string[];
  /** Secrets that guests may read. @default none */
  readonly secrets?: SecretsOptions;
  /** Where state is kept. @default in memory */
  readonly state?: StateOptions;
  /** Where a trace of the run goes. @default nowhere */
  readonly otlp?: OtlpOptions;
  /**
   * Whether everything that comes to guests is kept in `tape.jsonl` of the run directory, so that {@linkcode replayRun} can
   * run it again offline. @default {false}
   */
  readonly record?: boolean;
  /** What is pretended to guests. @default {{}} */
  readonly mocks?: MocksConfig;
  /** What guests see of the world through WASI. @default {{}} */
  readonly wasi?: WasiOptions;
  /** Values that guests read as configuration, by key. @default {{}} */
  readonly config?: JsonObject;
  /**
   * Makes the randomness of guests, and the id of the session, the same in every run with the same seed.
   * @default real randomness
   */
  readonly seed?: string | number;
  /**
   * Where guests run: in a worker, or in one without any of Deno's permissions. The latter needs Deno to be started with
   * `--unstable-worker-options`, and ends the whole process otherwise. @default {"worker"}
   */
  readonly isolation?: "worker" | "sandboxed";
  /** Run directory, created if absent. @default `.greentic/runs/<time>_<id>` in the working directory */
  readonly artifactsDir?: string;
  /** How much the pack must prove. @default {"devok"} */
  readonly signing?: SigningPolicy;
  /**
   * Whom to trust: Ed25519 public keys or their BLAKE3 fingerprints as 64 hex digits, `ed25519:` and a key in
   * Base64, or paths of files and folders with PEM certificates, PEM or raw public keys. @default {[]}
   */
  readonly trust?: readonly string[];
  /** Operation of a bare component: what a `.wasm` file is called with. Packs have flows instead. */
  readonly operation?: string;
  /** Where components may come from beside the pack. @default {{}} */
  readonly components?: ComponentsOptions;
  /** Limits; those left out keep their defaults. */
  readonly limits?: Partial<Limits>;
  /** What a template does with a value that does not exist: fail, or print nothing and warn. @default {"strict"} */
  readonly templates?: "strict" | "lenient";
  /**
   * What components of the worlds node 0.4 and 0.5 get: their input as the flow gives it, or the invocation envelope
   * of the reference runner around it. @default {"auto"}
   */
  readonly componentInput?: "auto" | "envelope";
  /** Where prepared components are kept between runs; null for nowhere. @default {".greentic/cache"} */
  readonly cacheDir?: string | null;
  /** Name of the environment that guests see. @default {"local"} */
  readonly env?: string;
  /** Stops the run; its status becomes `cancelled`. */
  readonly signal?: AbortSignal;
}

/** Options with every default filled in and every value checked. */
export interface ResolvedOptions {
  readonly entryFlow: string | null;
  readonly entrypoint: string | null;
  readonly entryNode: string | null;
  readonly input: Json;
  readonly parameters: JsonObject;
  readonly turns: readonly Json[];
  readonly identity: {
    readonly env: string;
    readonly tenant: string;
    readonly team: string;
    readonly user: string;
    readonly session: string;
  };
  readonly transcript: ((line: JsonObject) => void) | null;
  readonly progress: OnProgress | null;
  readonly secrets: SecretsGrants & { readonly allowMissing: boolean };
  readonly allow: AllowList;
  readonly state: StateGrants & { readonly dump: boolean };
  readonly otlp: ResolvedOtlp | null;
  readonly record: boolean;
  readonly mocks: ResolvedMocks;
  readonly config: JsonObject;
  readonly wasi: ResolvedWasi;
  readonly isolation: "worker" | "sandboxed";
  readonly artifactsDir: string | null;
  readonly policy: SigningPolicy;
  readonly trust: readonly string[];
  readonly operation: string | null;
  readonly resolution: ResolutionOptions;
  readonly limits: Limits;
  readonly templates: "strict" | "lenient";
  readonly componentInput: "auto" | "envelope";
  readonly cacheDir: string | null;
  readonly signal: AbortSignal | null;
}

/**
 * The profile of a developer's own machine: tenant `local-dev`, team `default`, user `developer`, 30 s and 600 s.
 *
 * @example
 * ```ts
 * import { desktopDefaults, Runner } from "@greentic/runner";
 *
 * await using runner = new Runner({ profile: { ...desktopDefaults(), tenantId: "acme" } });
 * console.log((await runner.runPackWith("fixtures/packs/demo.gtpack", { input: { name: "Ada" } })).status);
 * ```
 */
export function desktopDefaults(): Required<DevProfile> {
  return {
    tenantId: "local-dev",
    teamId: "default",
    userId: "developer",
    maxNodeWallTimeMs: DEFAULT_LIMITS.nodeTimeoutMs,
    maxRunWallTimeMs: DEFAULT_LIMITS.runTimeoutMs,
  };
}

/** What a limit may be raised to: a timer that is set to more fires at once, and no memory can be larger. */
const MAXIMA: Partial<Limits> = {
  nodeTimeoutMs: MAX_TIMER_MS,
  runTimeoutMs: MAX_TIMER_MS,
  httpTimeoutMs: MAX_TIMER_MS,
  maxMemoryBytes: 2 ** 32,
};

/** Every option, so that a misspelt one is told. */
const OPTION_NAMES: Readonly<Record<keyof RunOptions, true>> = {
  profile: true,
  entryFlow: true,
  entrypoint: true,
  entryNode: true,
  input: true,
  parameters: true,
  turns: true,
  ctx: true,
  transcript: true,
  progress: true,
  allow: true,
  secrets: true,
  state: true,
  otlp: true,
  record: true,
  mocks: true,
  wasi: true,
  config: true,
  seed: true,
  isolation: true,
  artifactsDir: true,
  signing: true,
  trust: true,
  operation: true,
  components: true,
  limits: true,
  templates: true,
  componentInput: true,
  cacheDir: true,
  env: true,
  signal: true,
};

/**
 * Fills defaults and checks values.
 *
 * @throws {RunnerError} `option.invalid` or `input.invalid`, naming the option.
 */
export function resolveOptions(options: RunOptions): ResolvedOptions {
  checkNames("option", Object.keys(object("options", options)), Object.keys(OPTION_NAMES));
  const given = object("profile", options.profile ?? {});
  const defaults = desktopDefaults();
  const ctx = object("ctx", options.ctx ?? {});
  const { trust = [], env = "local", signing = "devok", templates = "strict", signal = null } = options;
  const { parameters = {}, turns = [], componentInput = "auto" } = options;
  const { config = {}, isolation = "worker" } = options;
  const mocks = resolveMocks(options.mocks ?? {});
  if (options.entrypoint !== undefined && options.entryNode !== undefined) {
    throw new RunnerError("option.invalid", "Both entrypoint and entryNode are given", {
      hint: "Give one of them",
    });
  }
  if (signal !== null && !(signal instanceof AbortSignal)) {
    throw invalid("signal", typeof signal, "an AbortSignal");
  }
  return {
    entryFlow: optionalText("entryFlow", options.entryFlow),
    entrypoint: optionalText("entrypoint", options.entrypoint),
    entryNode: optionalText("entryNode", options.entryNode),
    input: options.input === undefined ? {} : copied("Input", options.input),
    parameters: copied('Option "parameters"', object("parameters", parameters)) as JsonObject,
    turns: array("turns", turns).map((turn, i) => copied(`Option "turns[${i}]"`, turn)),
    identity: {
      env: identifier("env", env),
      tenant: identifier("ctx.tenantId", ctx.tenantId ?? given.tenantId ?? defaults.tenantId),
      team: identifier("ctx.teamId", ctx.teamId ?? given.teamId ?? defaults.teamId),
      user: identifier("ctx.userId", ctx.userId ?? given.userId ?? defaults.userId),
      session: identifier("ctx.sessionId", ctx.sessionId ?? sessionId(options.seed)),
    },
    transcript: options.transcript ?? null,
    progress: options.progress === undefined ? null : tolerant(options.progress),
    secrets: secretsOf(object("secrets", options.secrets ?? {}), mocks),
    allow: new AllowList(
      array("allow", options.allow ?? []).map((origin) => text("allow", origin)),
      mocks.netAllowlist,
    ),
    state: stateOf(object("state", options.state ?? {})),
    otlp: resolveOtlp(options.otlp),
    record: oneOf("record", options.record ?? false, [true, false]),
    mocks,
    config: copied('Option "config"', object("config", config)) as JsonObject,
    wasi: { ...resolveWasi({ wasi: options.wasi, seed: options.seed }), clock: mocks.clock },
    isolation: oneOf("isolation", isolation, ["worker", "sandboxed"]),
    artifactsDir: optionalText("artifactsDir", options.artifactsDir),
    policy: oneOf("signing", signing, ["strict", "devok"]),
    trust: array("trust", trust).map((item) => text("trust", item)),
    operation: optionalText("operation", options.operation),
    resolution: resolutionOf(object("components", options.components ?? {})),
    limits: resolveLimits({
      nodeTimeoutMs: given.maxNodeWallTimeMs ?? defaults.maxNodeWallTimeMs,
      runTimeoutMs: given.maxRunWallTimeMs ?? defaults.maxRunWallTimeMs,
      ...object("limits", options.limits ?? {}),
    }),
    templates: oneOf("templates", templates, ["strict", "lenient"]),
    componentInput: oneOf("componentInput", componentInput, ["auto", "envelope"]),
    cacheDir: options.cacheDir === null ? null : text("cacheDir", options.cacheDir ?? CACHE_FOLDER),
    signal,
  };
}

/** Whoever only listens cannot stop the work. */
function tolerant(hear: OnProgress): OnProgress {
  return (progress) => {
    try {
      hear(progress);
    } catch {
      // What listens is nobody of ours, and has no place where its faults could be told.
    }
  };
}

/** An id for a session: another one each time, or for a seed always the same, in the form of a UUID. */
function sessionId(seed: string | number | undefined): string {
  if (seed === undefined) return crypto.randomUUID();
  const bytes = new Uint8Array(16);
  guestRandom(`session ${seed}`)(bytes);
  const hex = bytes.toHex();
  const [a, b, c, d, e] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(13, 16),
    hex.slice(17, 20),
    hex.slice(20),
  ];
  // Version 8: made by rules of one's own (RFC 9562).
  return `${a}-${b}-8${c}-8${d}-${e}`;
}

/** A copy of a value as JSON, so that whoever gave it may go on changing it. */
function copied(what: string, value: Json): Json {
  let written: string | undefined;
  try {
    if (withinDepth(value)) written = JSON.stringify(value);
    else throw new RunnerError("input.invalid", `${what} nests deeper than ${MAX_JSON_DEPTH} levels`);
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    throw new RunnerError("input.invalid", `${what} cannot be written as JSON`, { cause });
  }
  if (written !== undefined) return JSON.parse(written);
  throw new RunnerError("input.invalid", `${what} is a ${typeof value} and no JSON`);
}

function secretsOf(secrets: SecretsOptions, mocks: ResolvedMocks): ResolvedOptions["secrets"] {
  checkNames("secrets option", Object.keys(secrets), ["values", "files", "environment", "allowMissing"]);
  const { values = {}, files = [], environment = [], allowMissing = false } = secrets;
  if (typeof values !== "object" || values === null) {
    throw invalid("secrets.values", typeof values, "an object");
  }
  for (const [key, value] of Object.entries(values)) {
    // The value is not repeated in the message: it is secret, whatever its type.
    if (typeof value !== "string") throw invalid(`secrets.values.${key}`, typeof value, "a string");
  }
  return {
    mock: mocks.secrets,
    values: { ...values },
    files: array("secrets.files", files).map((path) => text("secrets.files", path)),
    environment: array("secrets.environment", environment).map((name) => text("secrets.environment", name)),
    allowMissing: oneOf("secrets.allowMissing", allowMissing, [true, false]),
  };
}

function stateOf(state: StateOptions): ResolvedOptions["state"] {
  checkNames("state option", Object.keys(state), ["file", "set", "dump"]);
  const { file, set = {}, dump = false } = state;
  const encoder = new TextEncoder();
  const seeds = Object.entries(object("state.set", set)).map(([key, value]) => {
    if (value instanceof Uint8Array) return [key, value.slice()] as const;
    return [key, encoder.encode(JSON.stringify(copied(`Option "state.set.${key}"`, value)))] as const;
  });
  return {
    file: optionalText("state.file", file),
    seeds,
    dump: oneOf("state.dump", dump, [true, false]),
  };
}

function resolutionOf(components: ComponentsOptions): ResolutionOptions {
  checkNames("components option", Object.keys(components), ["map", "dir", "lock", "allowMissingHash"]);
  const { map, dir, lock, allowMissingHash = false } = components;
  if (map !== undefined && typeof map !== "string") {
    for (const [id, path] of Object.entries(object("components.map", map))) {
      text(`components.map.${id}`, path);
    }
  }
  return {
    map: map !== undefined && typeof map !== "string" ? { ...map } : optionalText("components.map", map),
    dir: optionalText("components.dir", dir),
    lock: optionalText("components.lock", lock),
    allowMissingHash: oneOf("components.allowMissingHash", allowMissingHash, [true, false]),
  };
}

function resolveLimits(given: Partial<Limits>): Limits {
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(LIMIT_FLAGS, name)) {
      throw invalid("limits", name, `one of ${Object.keys(LIMIT_FLAGS).join(", ")}`);
    }
    const max = MAXIMA[name as LimitName] ?? Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < 1 || value > max) {
      throw invalid(`limits.${name}`, value, `a whole number from 1 to ${max}`);
    }
    limits[name] = value;
  }
  return limits as Record<LimitName, number>;
}
