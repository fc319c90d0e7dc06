/**
 * Mocks from a file: JSON or YAML, with the members of `MocksConfig` at its top, in camelCase or in the snake_case of the
 * reference runner's configuration, and beside them what else makes a run repeatable: `seed`, `allow`, `config`, `env`.
 * Paths in it are relative to its folder. Never repeats a value of it, which may be a secret. Longer than most files, as
 * one table of members and what becomes of each.
 *
 * ```yaml
 * http: { mode: replay, dir: recordings, onExpired: error }
 * secrets: { map: { API_KEY: not-a-real-one } }
 * tools: { dir: tools }
 * kv: true
 * time: { now: 2026-01-01T12:00:00Z, advanceMs: 5 }
 * netAllowlist: [api.example.com]
 * allow: [https://api.example.com]
 * seed: 7
 * config: { greeting: Hello }
 * env: { MODE: test }
 * ```
 */

import { RunnerError } from "./base/errors.ts";
import { isArray, type Json, type JsonObject } from "./base/json.ts";
import { nameOf } from "./base/paths.ts";
import {
  type HttpMock,
  isHttpMode,
  type MocksConfig,
  type OnExpired,
  resolveMocks,
  type SecretsMock,
  type ToolsMock,
} from "./mocks_options.ts";
import { MocksSection, type Names } from "./mocks_section.ts";
import { readUserFile } from "./pack/archive_file.ts";
import { resolveWasi, type TimeMock } from "./wasi_options.ts";

/** What a mocks file says, in the words of the options of a run. */
export interface MocksFile {
  /** What is pretended to guests and nodes. */
  readonly mocks: MocksConfig;
  /** Where guests may send requests, as `scheme://host[:port]`. */
  readonly allow?: readonly string[];
  /** The seed of guests' randomness. */
  readonly seed?: string | number;
  /** Values that guests read as configuration, by key. */
  readonly config?: JsonObject;
  /** The environment of guests. */
  readonly wasi?: { readonly env: Readonly<Record<string, string>> };
}

/** Largest mocks file that is read, in bytes. */
const MAX_BYTES = 2 * 1024 * 1024;

const TOP: Names<keyof MocksConfig | "allow" | "seed" | "config" | "env"> = {
  http: [],
  secrets: [],
  kv: [],
  state: [],
  telemetry: [],
  tools: ["mcp_tools"],
  time: [],
  netAllowlist: ["net_allowlist"],
  allow: [],
  seed: [],
  config: [],
  env: [],
};
const HTTP: Names<keyof HttpMock> = {
  mode: [],
  dir: ["record_replay_dir"],
  rewrites: [],
  expireAfterDays: ["expire_after_days"],
  onExpired: ["on_expired"],
};
const SECRETS: Names<keyof SecretsMock> = { map: [], strict: [] };
const TOOLS: Names<keyof ToolsMock> = {
  dir: ["script_dir", "directory"],
  shortCircuit: ["short_circuit"],
};
const TIME: Names<keyof TimeMock> = { now: [], advanceMs: ["advance_ms"] };

type TopSection = MocksSection<keyof typeof TOP>;

/**
 * Reads a mocks file.
 *
 * @throws {RunnerError} `mocks.invalid`, naming the file, the line and the member; `permission.missing`.
 */
export async function readMocksFile(path: string): Promise<MocksFile> {
  const text = decode(await readUserFile(path, MAX_BYTES, "mocks.invalid"), path);
  // Few runs have such a file.
  const { parseYaml } = await import("./base/yaml.ts");
  const document = orInvalid(() => parseYaml(text, path));
  const top = new MocksSection({ file: path, document }, {
    path: [],
    value: document.value ?? {},
    names: TOP,
  });
  const seed = top.get("seed");
  if (seed !== undefined && typeof seed !== "string" && typeof seed !== "number") {
    throw top.fault("seed", "is neither a text nor a number");
  }
  const env = top.textMap("env");
  top.check("env", () => resolveWasi({ wasi: { env: env ?? {} } }));
  return {
    mocks: mocksIn(top, path),
    ...given("allow", allowIn(top)),
    ...given("seed", seed),
    ...given("config", top.object("config")),
    ...(env === undefined ? {} : { wasi: { env } }),
  };
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RunnerError("mocks.invalid", `File "${path}" is no text in UTF-8`, { place: path, cause });
  }
}

/** Where parsers repeat what they stumbled over, which may be the beginning of a secret. */
const REPEATED_REGEXP =
  /(?<=Unresolved (?:alias|tag)\b|extra characters|Unknown directive\b).*$| and found ".*"$/s;

/** What is no document of its kind is no mocks file either. */
function orInvalid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== "yaml.invalid") throw error;
    const { message, place, hint } = error;
    throw new RunnerError("mocks.invalid", message.replace(REPEATED_REGEXP, ""), {
      ...given("place", place),
      ...given("hint", hint),
    });
  }
}

function mocksIn(top: TopSection, file: string): MocksConfig {
  const http = top.section("http", HTTP), secrets = top.section("secrets", SECRETS);
  const tools = top.section("tools", TOOLS);
  const mocks: MocksConfig = {
    ...given("http", http && httpIn(http, file)),
    ...given("secrets", secrets && secretsIn(secrets)),
    ...given("kv", top.unit("kv")),
    ...given("state", top.unit("state")),
    ...given("telemetry", top.unit("telemetry")),
    ...given("tools", tools && toolsIn(tools, file)),
    ...given("time", timeIn(top)),
    ...given("netAllowlist", top.texts("netAllowlist")),
  };
  mocks.netAllowlist?.forEach((host, i) =>
    top.check("netAllowlist", () => resolveMocks({ netAllowlist: [host] }), [i])
  );
  return mocks;
}

function httpIn(http: MocksSection<keyof HttpMock>, file: string): HttpMock {
  const modes = "off, record, replay, record-replay (or auto), fail-on-miss or lockdown";
  const mode = http.oneOf("mode", { is: isHttpMode, list: modes });
  const onExpired = http.oneOf("onExpired", { is: isOnExpired, list: "warn, error or record" });
  const dir = http.text("dir"), expireAfterDays = http.number("expireAfterDays");
  http.check("dir", () => resolveMocks({ http: given("dir", dir) }));
  http.check("expireAfterDays", () => resolveMocks({ http: given("expireAfterDays", expireAfterDays) }));
  return {
    ...given("mode", mode),
    ...given("dir", dir === undefined ? undefined : besideFile(file, dir)),
    ...given("rewrites", http.list("rewrites")?.map((item, i) => rewriteIn(http, item, i))),
    ...given("expireAfterDays", expireAfterDays),
    ...given("onExpired", onExpired),
  };
}

function rewriteIn(
  http: MocksSection<keyof HttpMock>,
  item: Json,
  index: number,
): readonly [from: string, to: string] {
  const [from, to, more] = isArray(item) ? item : [];
  if (typeof from === "string" && from.trim() !== "" && typeof to === "string" && more === undefined) {
    return [from, to];
  }
  throw http.fault("rewrites", "is no list of two texts: what is replaced, and by what", { within: [index] });
}

function isOnExpired(text: string): text is OnExpired {
  return text === "warn" || text === "error" || text === "record";
}

function secretsIn(secrets: MocksSection<keyof SecretsMock>): SecretsMock {
  const map = secrets.textMap("map");
  if (map === undefined) throw secrets.fault("map", "is missing", { hint: "Write map: {KEY: value}" });
  return { map, ...given("strict", secrets.flag("strict")) };
}

function toolsIn(tools: MocksSection<keyof ToolsMock>, file: string): ToolsMock {
  const dir = tools.text("dir");
  if (dir === undefined) throw tools.fault("dir", "is missing", { hint: "Name the folder of the answers" });
  tools.check("dir", () => resolveMocks({ tools: { dir } }));
  return { dir: besideFile(file, dir), ...given("shortCircuit", tools.flag("shortCircuit")) };
}

/** A clock of its own time, or the one that stands still. */
function timeIn(top: TopSection): TimeMock | true | undefined {
  const written = top.get("time");
  if (typeof written === "boolean") return written || undefined;
  const time = top.section("time", TIME);
  if (time === undefined) return undefined;
  if (Object.keys(time.value).length === 0) return true;
  const now = time.get("now"), advanceMs = time.number("advanceMs");
  if (now === undefined) throw time.fault("now", "is missing", { hint: "Write now: 2026-01-01T00:00:00Z" });
  if (typeof now !== "string" && typeof now !== "number") {
    throw time.fault("now", "is neither a text nor a number");
  }
  const mock: TimeMock = { now, ...given("advanceMs", advanceMs) };
  time.check("now", () => resolveWasi({ time: { now } }));
  time.check("advanceMs", () => resolveWasi({ time: mock }));
  return mock;
}

function allowIn(top: TopSection): readonly string[] | undefined {
  const allow = top.texts("allow");
  allow?.forEach((origin, i) => {
    if (!origin.includes("://")) {
      throw top.fault("allow", "names no scheme", {
        within: [i],
        hint: "Write it as https://api.example.com",
      });
    }
    top.check("allow", () => resolveMocks({ netAllowlist: [origin] }), [i]);
  });
  return allow;
}

/** A path as it is seen from where the run is started. */
function besideFile(file: string, path: string): string {
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) return path;
  return file.slice(0, file.length - nameOf(file).length) + path;
}

/** A member, where it has a value. */
function given<Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } {
  return value === undefined ? {} : { [name]: value } as { readonly [N in Name]?: T };
}
