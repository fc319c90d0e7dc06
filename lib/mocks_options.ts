/**
 * What a caller may have pretended to guests and nodes: the mocks of a run, with their defaults and checks. Never
 * pretends anything itself, and never repeats the value of a secret. Longer than most files: half of it is what callers
 * read of each mock.
 */

import { OWN_FOLDER } from "./base/own_folder.ts";
import { array, checkNames, invalid, object, oneOf, string, text } from "./option_checks.ts";
import { type ResolvedWasi, resolveWasi, type TimeMock } from "./wasi_options.ts";

/** What becomes of a guest's request: see {@linkcode HttpMock.mode}. */
export type HttpMode = "off" | "record" | "replay" | "record-replay" | "fail-on-miss" | "lockdown";

/** A mode, or another name of one: `auto` is `record-replay`, the rest are the reference runner's. */
export type HttpModeName =
  | HttpMode
  | "auto"
  | "Off"
  | "Record"
  | "Replay"
  | "RecordReplay"
  | "FailOnMiss";

/** What happens with a recording that is older than it may be: see {@linkcode HttpMock.onExpired}. */
export type OnExpired = "warn" | "error" | "record";

/** Recordings of HTTP requests, which answer guests instead of servers. */
export interface HttpMock {
  /**
   * `off`: every request is a real one. `record`: so is it, and answers take the place of recordings from before.
   * `replay`: recordings alone answer, and what they do not have is denied to the guest. `record-replay`: only what they do
   * not have is a real request, and recorded. `fail-on-miss`: what they do not have fails the node. `lockdown`: so
   * does an expired recording. Real requests go only where guests are allowed to. @default {"record-replay"}
   */
  readonly mode?: HttpModeName;
  /** Folder of the recordings. @default {".greentic/recordings"} */
  readonly dir?: string;
  /** Beginnings of addresses, each with what takes its place before anything is looked up. @default {[]} */
  readonly rewrites?: readonly (readonly [from: string, to: string])[];
  /** Age in days from which a recording has expired. @default none: recordings do not expire */
  readonly expireAfterDays?: number;
  /**
   * What happens with expired recordings: they answer with a warning, the node fails, or `record-replay` records anew.
   * @default {"warn"}
   */
  readonly onExpired?: OnExpired;
}

/** Secrets that guests may read. Values are hidden in everything that is recorded. */
export interface SecretsMock {
  /** Value by key. */
  readonly map: Readonly<Record<string, string>>;
  /** Whether a key that the map lacks is not found, whatever other secrets are configured. @default {true} */
  readonly strict?: boolean;
}

/**
 * Answers to nodes that need a service which this runner does not have: `mcp`, `a2a`, `dw.agent`, `*.call`. The answer is
 * the JSON in the file `<dir>/<tool>__<action>.json`, taken as it is; `_` stands for every character of both names but
 * letters and digits. An answer `{"ok":false,"error":{"code":"…","message":"…"}}` fails the node.
 *
 * An `mcp` node has its server as the tool, or `mcp` where it names none, and its tool as the action. For the others the tool is the kind of the node,
 * such as `dw.agent`, and the action its agent, graph or operation; `call` where there is none.
 *
 * @example
 * ```ts
 * import { runPack } from "@greentic/runner";
 *
 * const dir = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${dir}/weather__forecast.json`, `{"sky": "clear"}`);
 * const flow = `{"id": "main", "type": "job", "nodes": {"ask": {"mcp": {"server": "weather", "tool": "forecast"}}}}`;
 * const bytes = new TextEncoder().encode(flow);
 * const { output } = await runPack({ name: "main.ygtc", bytes }, { mocks: { tools: { dir } } });
 * console.log(output); // { sky: "clear" }
 * ```
 */
export interface ToolsMock {
  /** Folder of the answers. */
  readonly dir: string;
  /**
   * Whether the mock is asked before anybody else who could answer; otherwise it is asked where nobody else can. As this
   * runner has no services, that is everywhere. @default {true}
   */
  readonly shortCircuit?: boolean;
}

/** What is pretended to guests and nodes. */
export interface MocksConfig {
  /** HTTP requests. @default none: requests are real ones, to where guests are allowed */
  readonly http?: HttpMock;
  /** Secrets. @default none: every key is `not-found` */
  readonly secrets?: SecretsMock;
  /** Whether values under keys are kept in memory for this run, also where a file is given. @default {false} */
  readonly kv?: boolean;
  /** Whether state is kept in memory for this run, also where a file is given. @default {false} */
  readonly state?: boolean;
  /** Whether what guests log is answered as by a mock. @default {false} */
  readonly telemetry?: boolean;
  /** Nodes that need another service. @default none: such nodes fail */
  readonly tools?: ToolsMock;
  /**
   * The clocks of guests; waits take no time then. True is a clock that stands at 2026-01-01T00:00:00Z.
   * @default the machine's
   */
  readonly time?: TimeMock | true;
  /**
   * Hosts that guests may reach, beside those that are allowed otherwise: a host, at any port, or
   * `scheme://host[:port]`. @default {[]}
   */
  readonly netAllowlist?: readonly string[];
}

/** The HTTP mock with every default filled in. */
export interface ResolvedHttpMock extends Required<Omit<HttpMock, "mode" | "expireAfterDays">> {
  readonly mode: HttpMode;
  readonly expireAfterDays: number | null;
}

/** The mocks of a run with every default filled in and every value checked. */
export interface ResolvedMocks {
  readonly http: ResolvedHttpMock | null;
  readonly secrets: Required<SecretsMock> | null;
  readonly kv: boolean;
  readonly state: boolean;
  readonly telemetry: boolean;
  readonly tools: Required<ToolsMock> | null;
  /** What guests read in place of the machine's clocks. */
  readonly clock: ResolvedWasi["clock"];
  /** Hosts in lower case, and origins without the ports that their schemes imply. */
  readonly netAllowlist: readonly string[];
}

/** Whether a text is a mode, or another name of one. */
export function isHttpMode(text: string): text is HttpModeName {
  return Object.hasOwn(HTTP_MODES, text);
}

/** Every mode by all of its names. */
const HTTP_MODES: Readonly<Record<HttpModeName, HttpMode>> = {
  "off": "off",
  "record": "record",
  "replay": "replay",
  "record-replay": "record-replay",
  "fail-on-miss": "fail-on-miss",
  "lockdown": "lockdown",
  "auto": "record-replay",
  "Off": "off",
  "Record": "record",
  "Replay": "replay",
  "RecordReplay": "record-replay",
  "FailOnMiss": "fail-on-miss",
};

const MOCK_NAMES: Readonly<Record<keyof MocksConfig, true>> = {
  http: true,
  secrets: true,
  kv: true,
  state: true,
  telemetry: true,
  tools: true,
  time: true,
  netAllowlist: true,
};

/** The clock of `time: true`. */
const FIXED_TIME: TimeMock = { now: "2026-01-01T00:00:00Z" };

/**
 * Fills defaults and checks values.
 *
 * @throws {RunnerError} `option.invalid`, naming the option.
 */
export function resolveMocks(mocks: MocksConfig): ResolvedMocks {
  checkNames("mock", Object.keys(object("mocks", mocks)), Object.keys(MOCK_NAMES));
  const { http, secrets, kv = false, state = false, telemetry = false, tools, time, netAllowlist = [] } =
    mocks;
  return {
    http: http === undefined ? null : httpOf(object("mocks.http", http)),
    secrets: secrets === undefined ? null : secretsOf(secrets),
    kv: flag("mocks.kv", kv),
    state: flag("mocks.state", state),
    telemetry: flag("mocks.telemetry", telemetry),
    tools: tools === undefined ? null : toolsOf(object("mocks.tools", tools)),
    clock: resolveWasi({ time: time === true ? FIXED_TIME : time }).clock,
    netAllowlist: array("mocks.netAllowlist", netAllowlist).map((host, i) =>
      hostOf(`mocks.netAllowlist[${i}]`, host)
    ),
  };
}

function httpOf(http: HttpMock): ResolvedHttpMock {
  const known = ["mode", "dir", "rewrites", "expireAfterDays", "onExpired"];
  checkNames("HTTP mock option", Object.keys(http), known);
  const { mode = "record-replay", dir = `${OWN_FOLDER}/recordings`, rewrites = [] } = http;
  const { expireAfterDays, onExpired = "warn" } = http;
  if (expireAfterDays !== undefined && !(Number.isFinite(expireAfterDays) && expireAfterDays > 0)) {
    throw invalid("mocks.http.expireAfterDays", expireAfterDays, "a number of days above 0");
  }
  return {
    mode: modeOf(mode),
    dir: text("mocks.http.dir", dir),
    rewrites: array("mocks.http.rewrites", rewrites).map((rewrite, i) =>
      rewriteOf(`mocks.http.rewrites[${i}]`, rewrite)
    ),
    expireAfterDays: expireAfterDays ?? null,
    onExpired: oneOf("mocks.http.onExpired", onExpired, ["warn", "error", "record"]),
  };
}

function modeOf(mode: string): HttpMode {
  if (isHttpMode(mode)) return HTTP_MODES[mode];
  throw invalid("mocks.http.mode", mode, `one of ${Object.keys(HTTP_MODES).join(", ")}`);
}

function rewriteOf(name: string, rewrite: readonly [string, string]): readonly [string, string] {
  const [from, to] = array<string>(name, rewrite);
  if (from === undefined || to === undefined || rewrite.length !== 2) {
    throw invalid(name, rewrite, "two texts: what is replaced, and by what");
  }
  return [text(`${name}[0]`, from), string(`${name}[1]`, to)];
}

function secretsOf(secrets: SecretsMock): Required<SecretsMock> {
  checkNames("secrets mock", Object.keys(secretObject("mocks.secrets", secrets)), ["map", "strict"]);
  const entries = Object.entries(secretObject("mocks.secrets.map", secrets.map));
  const map = Object.fromEntries(entries.map(([key, value]) => {
    if (typeof value !== "string") throw invalid(`mocks.secrets.map.${key}`, typeof value, "a string");
    return [key, value];
  }));
  return { map, strict: flag("mocks.secrets.strict", secrets.strict ?? true) };
}

/** The value, if it is an object. Otherwise its type is told: what it says may be a secret. */
function secretObject<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid(name, Array.isArray(value) ? "list" : typeof value, "an object with a text for each key");
}

function toolsOf(tools: ToolsMock): Required<ToolsMock> {
  checkNames("tools mock option", Object.keys(tools), ["dir", "shortCircuit"]);
  const { dir, shortCircuit = true } = tools;
  return { dir: text("mocks.tools.dir", dir), shortCircuit: flag("mocks.tools.shortCircuit", shortCircuit) };
}

function hostOf(name: string, host: string): string {
  const wanted = "a host such as api.example.com, or https://api.example.com:8443";
  const isOrigin = text(name, host).includes("://");
  const url = URL.parse(isOrigin ? host : `http://${host}`);
  // What else an address can have would be left out in silence.
  const plain = url !== null && /^https?:$/.test(url.protocol) && !/[\s\\/?#@]/.test(host.replace("://", ""));
  if (plain && (isOrigin || !/:\d*$/.test(host))) return isOrigin ? url.origin : url.hostname;
  // What stands before an @ may be a password.
  throw invalid(name, host.replace(/^.*@/, "…@"), wanted);
}

function flag(name: string, value: boolean): boolean {
  return oneOf(name, value, [true, false]);
}
