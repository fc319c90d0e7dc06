/** Defaults, and the values that options refuse. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AllowList } from "../lib/host/http/allow.ts";
import { resolveMocks } from "../lib/mocks_options.ts";
import { RunnerError } from "../lib/base/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../lib/base/limits.ts";
import { desktopDefaults, resolveOptions, type RunOptions } from "../lib/options.ts";

/** The error for wrong options. */
function refusal(options: RunOptions): RunnerError {
  return assertThrows(() => resolveOptions(options), RunnerError);
}

Deno.test("desktopDefaults() is the profile of a developer's machine", () => {
  assertEquals(desktopDefaults(), {
    tenantId: "local-dev",
    teamId: "default",
    userId: "developer",
    maxNodeWallTimeMs: 30_000,
    maxRunWallTimeMs: 600_000,
  });
});

Deno.test("resolveOptions() fills every default", () => {
  const { identity, ...rest } = resolveOptions({});
  const { session, ...who } = identity;
  const seeded = resolveOptions({ seed: 7 }).identity.session;
  assertEquals(resolveOptions({ seed: "7" }).identity.session, seeded, "a seed makes the session's id");
  assert(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(seeded), seeded);
  assert(seeded !== resolveOptions({ seed: 8 }).identity.session, "another seed makes another one");
  assertEquals(who, { env: "local", tenant: "local-dev", team: "default", user: "developer" });
  assert(/^[0-9a-f-]{36}$/.test(session), session);
  assert(session !== resolveOptions({}).identity.session, "each run is its own session");
  assertEquals(rest, {
    entryFlow: null,
    entrypoint: null,
    entryNode: null,
    input: {},
    transcript: null,
    progress: null,
    allow: new AllowList([]),
    secrets: { mock: null, values: {}, files: [], environment: [], allowMissing: false },
    state: { file: null, seeds: [], dump: false },
    otlp: null,
    record: false,
    mocks: resolveMocks({}),
    config: {},
    wasi: { environment: [], arguments: [], dirs: [], clock: null, seed: null },
    isolation: "worker",
    artifactsDir: null,
    policy: "devok",
    trust: [],
    operation: null,
    resolution: { map: null, dir: null, lock: null, allowMissingHash: false },
    limits: DEFAULT_LIMITS,
    parameters: {},
    turns: [],
    templates: "strict",
    componentInput: "auto",
    cacheDir: ".greentic/cache",
    signal: null,
  });
});

const NO_SECRETS = { mock: null, values: {}, files: [], environment: [], allowMissing: false };

Deno.test("resolveOptions() takes what it is given", async (t) => {
  const key = "AB".repeat(32);
  const signal = new AbortController().signal;
  function transcript(): void {}
  const map = { A: "1" };
  const table: [options: RunOptions, resolved: Record<string, unknown>][] = [
    [{ entryFlow: "main" }, { entryFlow: "main" }],
    [{ input: null }, { input: null }],
    [{ input: [0, ""] }, { input: [0, ""] }],
    [{ cacheDir: null }, { cacheDir: null }],
    [{ cacheDir: "c" }, { cacheDir: "c" }],
    [{ artifactsDir: "out" }, { artifactsDir: "out" }],
    // Items of trust are files, too: what they are is told where they are read.
    [{ signing: "strict", trust: [key, "keys/"] }, { policy: "strict", trust: [key, "keys/"] }],
    [{ operation: "greet" }, { operation: "greet" }],
    [{ components: {} }, { resolution: { map: null, dir: null, lock: null, allowMissingHash: false } }],
    [
      { components: { map: "map.json", dir: "d", lock: "l", allowMissingHash: true } },
      { resolution: { map: "map.json", dir: "d", lock: "l", allowMissingHash: true } },
    ],
    [
      { components: { map: { a: "a.wasm" } } },
      { resolution: { map: { a: "a.wasm" }, dir: null, lock: null, allowMissingHash: false } },
    ],
    [{ templates: "lenient" }, { templates: "lenient" }],
    [{ mocks: { secrets: { map } } }, { secrets: { ...NO_SECRETS, mock: { map, strict: true } } }],
    [{ mocks: {} }, { secrets: NO_SECRETS }],
    [{ secrets: { values: map, files: ["f"], environment: ["E"], allowMissing: true } }, {
      secrets: { mock: null, values: map, files: ["f"], environment: ["E"], allowMissing: true },
    }],
    [{ state: { file: "s.db", set: { k: { n: 1 }, b: new Uint8Array([0]) }, dump: true } }, {
      state: {
        file: "s.db",
        seeds: [["k", new TextEncoder().encode('{"n":1}')], ["b", new Uint8Array([0])]],
        dump: true,
      },
    }],
    [{ allow: ["https://a.example"] }, { allow: new AllowList(["https://a.example"]) }],
    [{ signal, transcript }, { signal, transcript }],
    [{ limits: { runTimeoutMs: 2 ** 31 - 1 } }, { limits: { ...DEFAULT_LIMITS, runTimeoutMs: 2 ** 31 - 1 } }],
    [{ limits: { maxSteps: 7 } }, { limits: { ...DEFAULT_LIMITS, maxSteps: 7 } }],
  ];
  for (const [options, expected] of table) {
    await t.step(Object.keys(options).join(", "), () => {
      const resolved: Record<string, unknown> = { ...resolveOptions(options) };
      for (const [name, value] of Object.entries(expected)) assertEquals(resolved[name], value, name);
    });
  }
});

Deno.test("resolveOptions() lets the context win over the profile, and a limit over both", () => {
  const profile = { tenantId: "p-tenant", teamId: "p-team", maxNodeWallTimeMs: 5, maxRunWallTimeMs: 6 };
  const { identity, limits } = resolveOptions({
    profile,
    ctx: { teamId: "c-team", sessionId: "s" },
    env: "ci",
    limits: { runTimeoutMs: 7 },
  });
  assertEquals(identity, { env: "ci", tenant: "p-tenant", team: "c-team", user: "developer", session: "s" });
  assertEquals([limits.nodeTimeoutMs, limits.runTimeoutMs], [5, 7]);
});

Deno.test("resolveOptions() takes an option that is undefined for one that is absent", () => {
  // What a caller in JavaScript may hand over.
  const limits = { maxSteps: undefined } as unknown as Partial<Limits>;
  assertEquals(resolveOptions({ limits }).limits.maxSteps, DEFAULT_LIMITS.maxSteps);
});

Deno.test("resolveOptions() refuses a wrong value by the name of its option", async (t) => {
  let deep: RunOptions["input"] = 1;
  for (let i = 0; i < 129; i++) deep = [deep];
  const table: [name: string, options: unknown, message: string][] = [
    ["trust", { trust: "ab" }, 'Option "trust" is "ab": expected a list'],
    ["an item of trust", { trust: ["k", " "] }, 'Option "trust" is " ": expected a text'],
    ["an item of trust that is no text", { trust: [5] }, 'Option "trust" is 5: expected a text'],
    ["operation", { operation: "" }, 'Option "operation" is "": expected a text'],
    ["operation of another type", { operation: null }, 'Option "operation" is null: expected a text'],
    ["components", { components: "dir" }, 'Option "components" is "dir": expected an object'],
    ["a file of components", { components: { map: "" } }, 'Option "components.map" is "": expected a text'],
    [
      "a map of components",
      { components: { map: { a: 5 } } },
      'Option "components.map.a" is 5: expected a text',
    ],
    [
      "a list of components",
      { components: { map: ["a"] } },
      'Option "components.map" is ["a"]: expected an obj',
    ],
    ["a folder of components", { components: { dir: 5 } }, 'Option "components.dir" is 5: expected a text'],
    ["a lock", { components: { lock: "" } }, 'Option "components.lock" is "": expected a text'],
    [
      "hashes that may be missing",
      { components: { allowMissingHash: "yes" } },
      'Option "components.allowMissingHash" is "yes": expected true or false',
    ],
    ["an unknown member", { components: { maps: "a" } }, 'The components option "maps" is unknown'],
    ["signing", { signing: "lax" }, 'Option "signing" is "lax"'],
    ["templates", { templates: "sloppy" }, 'Option "templates" is "sloppy"'],
    ["env", { env: "a/b" }, 'Option "env" is "a/b"'],
    ["tenant", { ctx: { tenantId: "" } }, 'Option "ctx.tenantId" is ""'],
    ["session", { ctx: { sessionId: "a b" } }, 'Option "ctx.sessionId" is "a b"'],
    ["user of the profile", { profile: { userId: "ü" } }, 'Option "ctx.userId" is "ü"'],
    ["no whole number", { limits: { maxSteps: 1.5 } }, 'Option "limits.maxSteps" is '],
    ["zero", { limits: { maxSteps: 0 } }, 'Option "limits.maxSteps" is '],
    ["infinity", { limits: { runTimeoutMs: Infinity } }, 'Option "limits.runTimeoutMs" is Infinity'],
    ["longer than timers wait", { limits: { nodeTimeoutMs: 2 ** 31 } }, 'Option "limits.nodeTimeoutMs" is '],
    [
      "more than a memory can be",
      { limits: { maxMemoryBytes: 2 ** 32 + 1 } },
      'Option "limits.maxMemoryBytes" is ',
    ],
    ["a text", { limits: { maxSteps: "7" } }, 'Option "limits.maxSteps" is '],
    ["time of the profile", { profile: { maxRunWallTimeMs: -1 } }, 'Option "limits.runTimeoutMs" is '],
    ["an unknown limit", { limits: { maxStep: 7 } }, 'Option "limits" is "maxStep"'],
    ["a limit of the prototype", { limits: { constructor: 7 } }, 'Option "limits" is "constructor"'],
  ];
  for (const [name, options, message] of table) {
    await t.step(name, () => {
      // What a caller in JavaScript may hand over.
      const error = refusal(options as RunOptions);
      assertEquals(error.code, "option.invalid");
      assert(error.message.startsWith(message), error.message);
    });
  }
  await t.step("an input that nests too deeply", () => {
    assertEquals(refusal({ input: deep }).code, "input.invalid");
  });
});

Deno.test("resolveOptions() refuses what its types do not allow", async (t) => {
  const table: [options: unknown, message: string][] = [
    [null, 'Option "options" is null: expected an object'],
    [{ inptu: 1 }, 'The option "inptu" is unknown'],
    [{ ctx: null }, ""],
    [{ ctx: { tenantId: 5 } }, 'Option "ctx.tenantId" is 5: expected letters'],
    [{ env: null }, 'Option "env" is null: expected letters'],
    [{ signal: "x" }, 'Option "signal" is "string": expected an AbortSignal'],
    [{ cacheDir: "" }, 'Option "cacheDir" is "": expected a text that is not empty'],
    [{ artifactsDir: 7 }, 'Option "artifactsDir" is 7: expected a text that is not empty'],
    [{ limits: { maxSteps: 5n } }, 'Option "limits.maxSteps" is 5: expected a whole number'],
    [{ mocks: { secrets: { KEY: "hidden" } } }, 'The secrets mock "KEY" is unknown'],
    [
      { mocks: { secrets: { map: { KEY: 12345 } } } },
      'Option "mocks.secrets.map.KEY" is "number": expected a string',
    ],
    [{ mocks: { htpp: {} } }, 'The mock "htpp" is unknown'],
    [{ input: 5n }, "Input cannot be written as JSON"],
    [{ input: () => 1 }, "Input is a function and no JSON"],
    [{
      input: {
        get a() {
          throw new Error("no");
        },
      },
    }, "Input cannot be written as JSON"],
  ];
  for (const [options, message] of table) {
    await t.step(message || "a context of null counts as none", () => {
      if (message === "") assertEquals(resolveOptions(options as RunOptions).identity.tenant, "local-dev");
      else assertEquals(refusal(options as RunOptions).message.slice(0, message.length), message);
    });
  }
});

Deno.test("resolveOptions() keeps defaults where a member is undefined, and copies the input", () => {
  const { identity, limits } = resolveOptions(
    { profile: { tenantId: undefined, maxNodeWallTimeMs: undefined } } as unknown as RunOptions,
  );
  assertEquals([identity.tenant, limits.nodeTimeoutMs], ["local-dev", 30_000]);
  const input = { a: [1] };
  const { input: copy } = resolveOptions({ input });
  input.a.push(2);
  assertEquals(copy, { a: [1] });
});

Deno.test("resolveOptions() copies the map of components, and takes its ids as data", () => {
  const map: Record<string, string> = { a: "a.wasm" };
  const { resolution } = resolveOptions({ components: { map } });
  map["b"] = "b.wasm";
  assertEquals(resolution.map, { a: "a.wasm" });
  const odd = resolveOptions({ components: { map: JSON.parse('{"__proto__":"p.wasm"}') } });
  assertEquals(JSON.stringify(odd.resolution.map), '{"__proto__":"p.wasm"}');
});
