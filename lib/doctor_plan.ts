/**
 * What a run with some options would be: its flow, its first node, for whom, where it is kept, what it may reach, and where
 * each value came from. Never tells a value that may be a secret: of secrets, configuration, variables and state it tells
 * the names.
 */

import { formatUtc } from "./base/clock.ts";
import type { Json, JsonObject } from "./base/json.ts";
import { DEFAULT_LIMITS, type LimitName } from "./base/limits.ts";
import { RUNS_FOLDER } from "./base/own_folder.ts";
import type { ExaminedFlows } from "./doctor_flows.ts";
import type { ResolvedOptions, RunOptions } from "./options.ts";

/** One value of a run that would begin. */
export interface PlannedValue {
  /** What it is: `flow`, `policy`, `limits.maxSteps`. */
  readonly name: string;
  /** The value; null for none, or for one that only the run will know. */
  readonly value: Json;
  /**
   * Where it came from: `default`, `option`, `argument`, `pack` for what the pack says, or what the caller says of it, such as
   * a flag or a file.
   */
  readonly source: string;
}

/** What a plan is made of. */
export interface PlanParts {
  /** The options as they were given. */
  readonly given: RunOptions;
  /** The same with every default. */
  readonly options: ResolvedOptions;
  /** What the pack is called: its path or address. */
  readonly label: string;
  /** What of it would run; null when it is refused. */
  readonly flows: Pick<ExaminedFlows, "flow" | "startAt"> | null;
  /** Where values came from, by their names in the plan, for callers who know more than that they are options. */
  readonly sources: Readonly<Record<string, string>>;
}

/** A value, whether it was given, and where it comes from otherwise. */
type Row = readonly [name: string, value: Json, given: boolean, otherwise?: string];

/** What the run would be, in the order in which people ask. Values that are neither given nor asked for are left out. */
export function planOf(parts: PlanParts): PlannedValue[] {
  const { sources } = parts;
  const rows = [
    ...startRows(parts),
    ...identityRows(parts),
    ...keptRows(parts),
    ...hostRows(parts),
    ...limitRows(parts),
  ];
  return rows.map(([name, value, given, otherwise = "default"]) => ({
    name,
    value,
    source: sources[name] ?? (given ? "option" : otherwise),
  }));
}

/** A plan as JSON. */
export function planJson(plan: readonly PlannedValue[]): JsonObject[] {
  return plan.map((planned) => ({ ...planned }));
}

function startRows({ given, options, label, flows }: PlanParts): Row[] {
  const { entryFlow, entryNode, entrypoint, operation, parameters, turns, input, policy, trust } = options;
  const starts = entryNode !== null || entrypoint !== null;
  return [
    ["pack", /^https?:/i.test(label) ? withoutUser(label) : label, false, "argument"],
    ["flow", flows?.flow?.id ?? entryFlow, entryFlow !== null, "pack"],
    ["start", flows?.startAt ?? null, starts, "pack"],
    ...some("operation", operation),
    ["input", `${JSON.stringify(input).length} characters of JSON`, given.input !== undefined],
    ...some("turns", turns.length === 0 ? null : `${turns.length} answers`),
    ...some("parameters", names(parameters)),
    ["policy", policy, given.signing !== undefined],
    ...some("trust", trust.length === 0 ? null : [...trust]),
    ...componentRows(options),
  ];
}

function componentRows({ resolution: { map, dir, lock, allowMissingHash } }: ResolvedOptions): Row[] {
  const mapped = map !== null && typeof map !== "string"
    ? Object.entries(map).map(([id, path]) => `${id}=${path}`)
    : map;
  return [
    ...some("components.map", mapped),
    ...some("components.dir", dir),
    ...some("components.lock", lock),
    ...some("components.allowMissingHash", allowMissingHash || null),
  ];
}

function identityRows(
  { given: { ctx = {}, profile = {}, env }, options: { identity, wasi } }: PlanParts,
): Row[] {
  const isGiven = (name: "tenantId" | "teamId" | "userId") => (ctx[name] ?? profile[name]) !== undefined;
  const session = ctx.sessionId === undefined ? null : identity.session;
  return [
    ["tenant", identity.tenant, isGiven("tenantId")],
    ["team", identity.team, isGiven("teamId")],
    ["user", identity.user, isGiven("userId")],
    ["session", session, session !== null, wasi.seed === null ? "made anew" : "made of the seed"],
    ["env", identity.env, env !== undefined],
  ];
}

function keptRows({ given, options: { artifactsDir, cacheDir, record, state } }: PlanParts): Row[] {
  return [
    ["run_directory", artifactsDir ?? `${RUNS_FOLDER}/<time>_<id>`, artifactsDir !== null],
    ["cache_directory", cacheDir, given.cacheDir !== undefined],
    ...some("record", record || null),
    ...some("state", state.file),
    ...some("state.set", state.seeds.length === 0 ? null : state.seeds.map(([key]) => key)),
  ];
}

function hostRows({ given, options }: PlanParts): Row[] {
  const { allow, secrets, mocks, otlp, config, wasi, templates, componentInput, isolation } = options;
  const { http, tools, clock } = mocks;
  return [
    ["allow", allow.netHosts, allow.netHosts.length > 0],
    ...some("secrets", names({ ...mocks.secrets?.map, ...secrets.values })),
    ...some("secrets.files", secrets.files.length === 0 ? null : [...secrets.files]),
    ...some("secrets.environment", secrets.environment.length === 0 ? null : [...secrets.environment]),
    ...some("recordings", http === null ? null : `${http.mode} in ${http.dir}`),
    ...some("tools", tools?.dir ?? null),
    ...some("mocks", mockedNames(mocks)),
    ...some("time", clock === null ? null : formatUtc(new Date(clock.nowMs))),
    ...some("seed", wasi.seed),
    ...some("config", names(config)),
    ...some("guest_env", names(given.wasi?.env ?? {})),
    ...some("dirs", wasi.dirs.length === 0 ? null : wasi.dirs.map(shownDir)),
    ...some("trace", otlp === null ? null : withoutUser(otlp.url)),
    ...some("templates", templates === "strict" ? null : templates),
    ...some("component_input", componentInput === "auto" ? null : componentInput),
    ...some("isolation", isolation === "worker" ? null : isolation),
  ];
}

function limitRows({ options: { limits } }: PlanParts): Row[] {
  const all = Object.keys(DEFAULT_LIMITS) as LimitName[];
  return all.filter((name) => limits[name] !== DEFAULT_LIMITS[name])
    .map((name): Row => [`limits.${name}`, limits[name], true]);
}

/** A row for a value that is given; none for null. */
function some(name: string, value: Json): Row[] {
  return value === null ? [] : [[name, value, true]];
}

/** The names of what may be secret, or null when there is none. */
function names(values: Readonly<Record<string, unknown>>): string[] | null {
  const known = Object.keys(values);
  return known.length === 0 ? null : known;
}

function mockedNames({ kv, state, telemetry }: ResolvedOptions["mocks"]): string[] | null {
  return names(Object.fromEntries(Object.entries({ kv, state, telemetry }).filter(([, mocked]) => mocked)));
}

function shownDir({ host, guest, readOnly }: ResolvedOptions["wasi"]["dirs"][number]): string {
  return `${host}::${guest}${readOnly ? ":ro" : ""}`;
}

/** An address without the user, the password and the query that it may carry. */
function withoutUser(address: string): string {
  const { origin = "", pathname = "" } = URL.parse(address) ?? {};
  return `${origin}${pathname}`;
}
