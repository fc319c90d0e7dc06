import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import {
  type HttpMode,
  type HttpModeName,
  type MocksConfig,
  type ResolvedMocks,
  resolveMocks,
} from "../lib/mocks_options.ts";

const NONE: ResolvedMocks = {
  http: null,
  secrets: null,
  kv: false,
  state: false,
  telemetry: false,
  tools: null,
  clock: null,
  netAllowlist: [],
};

Deno.test("resolveMocks() fills every default", async (t) => {
  const http = {
    mode: "record-replay",
    dir: ".greentic/recordings",
    rewrites: [],
    expireAfterDays: null,
    onExpired: "warn",
  } as const;
  const table: [mocks: MocksConfig, resolved: Partial<ResolvedMocks>][] = [
    [{}, {}],
    [{ http: {} }, { http }],
    [{ secrets: { map: {} } }, { secrets: { map: {}, strict: true } }],
    [{ tools: { dir: "t" } }, { tools: { dir: "t", shortCircuit: true } }],
    [{ time: true }, { clock: { nowMs: Date.UTC(2026, 0), advanceMs: 0 } }],
    [{ time: { now: 5 } }, { clock: { nowMs: 5, advanceMs: 0 } }],
  ];
  for (const [mocks, resolved] of table) {
    await t.step(JSON.stringify(mocks), () => assertEquals(resolveMocks(mocks), { ...NONE, ...resolved }));
  }
});

Deno.test("resolveMocks() takes what it is given", () => {
  const mocks: MocksConfig = {
    http: {
      mode: "replay",
      dir: "r",
      rewrites: [["https://a.test", "http://b.test"], ["https://c.test/", ""]],
      expireAfterDays: 0.5,
      onExpired: "record",
    },
    secrets: { map: { K: "v", E: "" }, strict: false },
    kv: true,
    state: true,
    telemetry: true,
    tools: { dir: "t", shortCircuit: false },
    time: { now: "2026-02-01T00:00:00+01:00", advanceMs: 2 },
    netAllowlist: ["a.test"],
  };
  const { time: _, ...same } = mocks;
  assertEquals(resolveMocks(mocks), {
    ...same,
    clock: { nowMs: Date.UTC(2026, 0, 31, 23), advanceMs: 2 },
  });
});

Deno.test("resolveMocks() copies what its caller may change", () => {
  const map: Record<string, string> = { K: "v" };
  const rewrites: [string, string][] = [["a", "b"]];
  const resolved = resolveMocks({ secrets: { map }, http: { rewrites } });
  map["L"] = "w";
  rewrites[0]![0] = "c";
  assertEquals([resolved.secrets?.map, resolved.http?.rewrites], [{ K: "v" }, [["a", "b"]]]);
});

Deno.test("resolveMocks() knows each mode by its names", async (t) => {
  const table: Record<HttpModeName, HttpMode> = {
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
  for (const [name, mode] of Object.entries(table)) {
    await t.step(name, () => {
      assertEquals(resolveMocks({ http: { mode: name as HttpModeName } }).http?.mode, mode);
    });
  }
});

Deno.test("resolveMocks() writes hosts in one way, and refuses what is none", async (t) => {
  const table: [host: string, written: string | undefined][] = [
    ["API.Example.com", "api.example.com"],
    ["localhost", "localhost"],
    ["[::1]", "[::1]"],
    ["127.0.0.1", "127.0.0.1"],
    ["https://API.example.com:443", "https://api.example.com"],
    ["https://api.example.com:8443", "https://api.example.com:8443"],
    ["http://[::1]:80", "http://[::1]"],
    ["api.example.com:8443", undefined],
    ["api.example.com:", undefined],
    ["ftp://a.test", undefined],
    ["https://a.test/path", undefined],
    ["https://a.test/", undefined],
    ["https://u:p@a.test", undefined],
    ["a.test?x", undefined],
    ["a.test#x", undefined],
    ["a test", undefined],
    ["https:\\\\a.test", undefined],
    ["https://", undefined],
    [" ", undefined],
  ];
  for (const [host, written] of table) {
    await t.step(host, () => {
      const resolve = () => resolveMocks({ netAllowlist: [host] }).netAllowlist;
      if (written !== undefined) return assertEquals(resolve(), [written]);
      const error = assertThrows(resolve, RunnerError);
      assertEquals(error.code, "option.invalid");
      assert(error.message.startsWith('Option "mocks.netAllowlist[0]" is '), error.message);
    });
  }
});

Deno.test("resolveMocks() refuses what its types do not allow, by the name of the option", async (t) => {
  const table: [mocks: unknown, message: string][] = [
    [null, 'Option "mocks" is null: expected an object'],
    [{ htpp: {} }, 'The mock "htpp" is unknown'],
    [{ http: true }, 'Option "mocks.http" is true: expected an object'],
    [{ http: { modes: "off" } }, 'The HTTP mock option "modes" is unknown'],
    [{ http: { mode: "OFF" } }, 'Option "mocks.http.mode" is "OFF": expected one of off, record,'],
    [{ http: { mode: "toString" } }, 'Option "mocks.http.mode" is "toString"'],
    [{ http: { dir: "" } }, 'Option "mocks.http.dir" is "": expected a text that is not empty'],
    [{ http: { rewrites: {} } }, 'Option "mocks.http.rewrites" is {}: expected a list'],
    [{ http: { rewrites: [["a"]] } }, 'Option "mocks.http.rewrites[0]" is ["a"]: expected two texts'],
    [{ http: { rewrites: [["a", "b", "c"]] } }, 'Option "mocks.http.rewrites[0]" is ["a","b","c"]'],
    [{ http: { rewrites: [["", "b"]] } }, 'Option "mocks.http.rewrites[0][0]" is ""'],
    [{ http: { rewrites: [["a", 1]] } }, 'Option "mocks.http.rewrites[0][1]" is 1: expected a text'],
    [{ http: { expireAfterDays: 0 } }, 'Option "mocks.http.expireAfterDays" is 0: expected a number'],
    [{ http: { expireAfterDays: NaN } }, 'Option "mocks.http.expireAfterDays" is NaN'],
    [{ http: { expireAfterDays: "3" } }, 'Option "mocks.http.expireAfterDays" is "3"'],
    [{ http: { onExpired: "no" } }, 'Option "mocks.http.onExpired" is "no": expected "warn" or "error"'],
    [{ secrets: { mpa: {} } }, 'The secrets mock "mpa" is unknown'],
    [{ secrets: { map: {}, strict: 1 } }, 'Option "mocks.secrets.strict" is 1: expected true or false'],
    [{ kv: {} }, 'Option "mocks.kv" is {}: expected true or false'],
    [{ state: "yes" }, 'Option "mocks.state" is "yes"'],
    [{ telemetry: null }, 'Option "mocks.telemetry" is null'],
    [{ tools: {} }, 'Option "mocks.tools.dir" is undefined: expected a text'],
    [{ tools: { dir: "t", shortCircuit: 0 } }, 'Option "mocks.tools.shortCircuit" is 0'],
    [{ tools: { directory: "t" } }, 'The tools mock option "directory" is unknown'],
    [{ time: false }, 'Option "mocks.time" is false: expected an object'],
    [{ time: { now: "soon" } }, 'Option "mocks.time.now" is "soon"'],
    [{ netAllowlist: "a.test" }, 'Option "mocks.netAllowlist" is "a.test": expected a list'],
    [{ netAllowlist: [1] }, 'Option "mocks.netAllowlist[0]" is 1'],
  ];
  for (const [mocks, message] of table) {
    await t.step(message, () => {
      const error = assertThrows(() => resolveMocks(mocks as MocksConfig), RunnerError);
      assertEquals([error.code, error.message.slice(0, message.length)], ["option.invalid", message]);
    });
  }
});

Deno.test("resolveMocks() repeats no secret", async (t) => {
  const values: unknown[] = ["hush", ["hush"], { map: "hush" }, { map: ["hush"] }, { map: { K: ["hush"] } }];
  for (const secrets of values) {
    await t.step(JSON.stringify(secrets), () => {
      const error = assertThrows(() => resolveMocks({ secrets } as MocksConfig), RunnerError);
      assertEquals(error.code, "option.invalid");
      assert(!JSON.stringify([error.message, error.hint]).includes("hush"), error.message);
    });
  }
  await t.step("in front of a host", () => {
    const error = assertThrows(() => resolveMocks({ netAllowlist: ["https://u:hush@a.test"] }), RunnerError);
    assertEquals(error.message.slice(0, 44), 'Option "mocks.netAllowlist[0]" is "…@a.test"');
  });
});
