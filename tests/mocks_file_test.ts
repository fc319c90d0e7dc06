import { assert, assertEquals, assertRejects } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import { type MocksFile, readMocksFile } from "../lib/mocks_file.ts";
import { tempFolder } from "./_helpers.ts";

/** Reads a file of this text, whose folder is written as `~` in what comes of it. */
async function read(text: string, name: string = "mocks.yaml"): Promise<MocksFile> {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/${name}`, text);
  const file = await readMocksFile(`${folder.path}/${name}`);
  return JSON.parse(JSON.stringify(file).replaceAll(folder.path, "~"));
}

/** The error for a file of this text. */
async function refusal(text: string, name: string = "mocks.yaml"): Promise<RunnerError> {
  await using folder = await tempFolder();
  const path = `${folder.path}/${name}`;
  await Deno.writeTextFile(path, text);
  const error = await assertRejects(() => readMocksFile(path), RunnerError);
  const place = error.place?.replace(folder.path, "~");
  return new RunnerError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(place === undefined ? {} : { place }),
    cause: error.cause,
  });
}

const ALL: MocksFile = {
  mocks: {
    http: {
      mode: "replay",
      dir: "~/recordings",
      rewrites: [["https://a.test", "http://b.test"]],
      expireAfterDays: 30,
      onExpired: "error",
    },
    secrets: { map: { API_KEY: "v" }, strict: false },
    kv: true,
    state: true,
    telemetry: false,
    tools: { dir: "/opt/tools", shortCircuit: false },
    time: { now: "2026-01-01T12:00:00Z", advanceMs: 5 },
    netAllowlist: ["a.test", "https://b.test:8443"],
  },
  allow: ["https://c.test"],
  seed: 7,
  config: { greeting: { text: "Hello" }, none: null },
  wasi: { env: { MODE: "test", EMPTY: "" } },
};

Deno.test("readMocksFile() reads everything, as YAML or JSON, in either spelling", async (t) => {
  await t.step("YAML in camelCase", async () => {
    const text = `
http:
  mode: replay
  dir: recordings
  rewrites: [["https://a.test", "http://b.test"]]
  expireAfterDays: 30
  onExpired: error
secrets: { map: { API_KEY: v }, strict: false }
kv: true
state: {}
telemetry: false
tools: { dir: /opt/tools, shortCircuit: false }
time: { now: 2026-01-01T12:00:00Z, advanceMs: 5 }
netAllowlist: [a.test, "https://b.test:8443"]
allow: ["https://c.test"]
seed: 7
config: { greeting: { text: Hello }, none: null }
env: { MODE: test, EMPTY: "" }
`;
    assertEquals(await read(text), ALL);
  });
  await t.step("JSON in the spelling of the reference", async () => {
    const text = JSON.stringify({
      http: {
        mode: "replay",
        record_replay_dir: "recordings",
        rewrites: [["https://a.test", "http://b.test"]],
        expire_after_days: 30,
        on_expired: "error",
      },
      secrets: { map: { API_KEY: "v" }, strict: false },
      kv: {},
      state: true,
      telemetry: false,
      mcp_tools: { directory: null, script_dir: "/opt/tools", short_circuit: false },
      time: { now: "2026-01-01T12:00:00Z", advance_ms: 5 },
      net_allowlist: ["a.test", "https://b.test:8443"],
      allow: ["https://c.test"],
      seed: 7,
      config: { greeting: { text: "Hello" }, none: null },
      env: { MODE: "test", EMPTY: "" },
    });
    for (const name of ["mocks.json", "mocks.txt"]) assertEquals(await read(text, name), ALL);
  });
});

Deno.test("readMocksFile() takes null and absent for the same, and unit mocks as true or an empty map", async (t) => {
  const table: [text: string, file: MocksFile][] = [
    ["", { mocks: {} }],
    ["{}", { mocks: {} }],
    ["http: null\nkv: ~\ntime: null\nseed: null\nenv: null\nallow: null", { mocks: {} }],
    ["http: { mode: null }", { mocks: { http: {} } }],
    ["kv: {}\ntelemetry: {}\nstate: {}", { mocks: { kv: true, telemetry: true, state: true } }],
    ["time: true", { mocks: { time: true } }],
    ["time: {}", { mocks: { time: true } }],
    ["time: false\nkv: false", { mocks: { kv: false } }],
    ["time: { now: 0 }", { mocks: { time: { now: 0 } } }],
    ["seed: a", { mocks: {}, seed: "a" }],
    ["env: {}", { mocks: {}, wasi: { env: {} } }],
    ["tools: { directory: ../t }", { mocks: { tools: { dir: "~/../t" } } }],
    ["http: { mode: RecordReplay }", { mocks: { http: { mode: "RecordReplay" } } }],
    ['http: { dir: "C:\\\\r" }', { mocks: { http: { dir: "C:\\r" } } }],
  ];
  for (const [text, file] of table) {
    await t.step(JSON.stringify(text), async () => assertEquals(await read(text), file));
  }
});

Deno.test("readMocksFile() tells file, line and member of what is wrong, and repeats no value", async (t) => {
  const table: [text: string, line: number, message: string, hint?: string][] = [
    ["[]", 1, "Mocks file is a list: expected a map"],
    ["hush", 1, "Mocks file is a text: expected a map"],
    ["kv: true\nhttq: {}", 2, 'Member "httq" is unknown', 'Write "http". There are: http, secrets, kv, '],
    ["net_alowlist: []", 1, 'Member "net_alowlist" is unknown', 'Write "net_allowlist". There are: '],
    ["zzzzzzzz: 1", 1, 'Member "zzzzzzzz" is unknown', "There are: http, "],
    ["xx: 1", 1, 'Member "xx" is unknown', "There are: http, "],
    ["http:\n  modus: off", 2, 'Member "http.modus" is unknown', 'Write "mode". There are: mode, dir, '],
    [
      "http: { expire_after_dayzzz: 1 }",
      1,
      'Member "http.expire_after_dayzzz"',
      'Write "expire_after_days". ',
    ],
    ["time: { nwo: 1 }", 1, 'Member "time.nwo" is unknown', 'Write "now". '],
    [
      "tools: {}\nmcp_tools: {}",
      2,
      'Member "mcp_tools" is there twice: as "tools" as well',
      "Give one of the two",
    ],
    [
      "tools:\n  dir: a\n  short_circuit: true\n  script_dir: b",
      4,
      'Member "tools.script_dir" is there twice: as "dir" as well',
    ],
    ["kv: true\nkv: true", 2, 'Document cannot be read: it has the key "kv" twice'],
    ["http: hush", 1, 'Member "http" is a text: expected a map'],
    ["http:\n  mode: hush", 2, 'Member "http.mode" is unknown: expected off, record, replay, '],
    ["http:\n  mode: off\n  dir: 5", 3, 'Member "http.dir" is a number: expected a text'],
    ['http: { dir: "" }', 1, 'Member "http.dir" is "": expected a text that is not empty'],
    ["http: { rewrites: a }", 1, 'Member "http.rewrites" is a text: expected a list'],
    [
      "http:\n  rewrites:\n  - [a, b]\n  - [a]",
      4,
      'Member "http.rewrites[1]" is no list of two texts: what is replaced, and by what',
    ],
    ["http: { rewrites: [[a, b, c]] }", 1, 'Member "http.rewrites[0]" is no list of two texts'],
    ['http: { rewrites: [["", b]] }', 1, 'Member "http.rewrites[0]" is no list of two texts'],
    ["http: { expire_after_days: soon }", 1, 'Member "http.expire_after_days" is a text: expected a number'],
    [
      "http: { expireAfterDays: 0 }",
      1,
      'Member "http.expireAfterDays" is 0: expected a number of days above',
    ],
    ["http: { onExpired: no }", 1, 'Member "http.onExpired" is unknown: expected warn, error or record'],
    ["secrets: {}", 1, 'Member "secrets.map" is missing', "Write map: {KEY: value}"],
    ["secrets: hush", 1, 'Member "secrets" is a text: expected a map'],
    ["secrets: { map: [hush] }", 1, 'Member "secrets.map" is a list: expected a map'],
    [
      "secrets:\n  map:\n    A: hush\n    B: 12345",
      4,
      'Member "secrets.map.B" is a number: expected a text',
      "Write it in quotes",
    ],
    ["secrets: { map: { A: null } }", 1, 'Member "secrets.map.A" is null: expected a text'],
    ["secrets: { map: {}, strict: hush }", 1, 'Member "secrets.strict" is a text: expected true or false'],
    ["kv: 1", 1, 'Member "kv" is a number: expected true or false'],
    ["state: { a: 1 }", 1, 'Member "state" is a map: expected true or false'],
    ["tools: { shortCircuit: true }", 1, 'Member "tools.dir" is missing', "Name the folder of the answers"],
    ['tools: { dir: "" }', 1, 'Member "tools.dir" is "": expected a text that is not empty'],
    ["time: soon", 1, 'Member "time" is a text: expected a map'],
    ["time: { advanceMs: 1 }", 1, 'Member "time.now" is missing', "Write now: 2026-01-01T00:00:00Z"],
    ["time:\n  now: soon", 2, 'Member "time.now" is "soon": expected a time such as '],
    ["time: { now: [] }", 1, 'Member "time.now" is neither a text nor a number'],
    ["time:\n  now: 0\n  advance_ms: -1", 3, 'Member "time.advance_ms" is -1: expected a number of milli'],
    ["netAllowlist: a.test", 1, 'Member "netAllowlist" is a text: expected a list'],
    ["netAllowlist:\n- a.test\n- a.test:1", 3, 'Member "netAllowlist[1]" is "a.test:1": expected a host '],
    ["netAllowlist: [1]", 1, 'Member "netAllowlist[0]" is a number: expected a text'],
    ["allow: [a.test]", 1, 'Member "allow[0]" names no scheme', "Write it as https://api.example.com"],
    ["allow:\n- https://a.test\n- https://a.test/x", 3, 'Member "allow[1]" is "https://a.test/x": expected'],
    ["seed: [1]", 1, 'Member "seed" is neither a text nor a number'],
    ["config: hush", 1, 'Member "config" is a text: expected a map'],
    ["env:\n  A: b\n  PORT: 8080", 3, 'Member "env.PORT" is a number: expected a text', "Write it in quotes"],
    ["env: { A=B: hush }", 1, 'Member "env" is "A=B": expected names without ='],
  ];
  for (const [text, line, message, hint = ""] of table) {
    await t.step(JSON.stringify(text), async () => {
      const error = await refusal(text);
      assertEquals(error.message.slice(0, message.length), message);
      assertEquals([error.code, error.place], ["mocks.invalid", `~/mocks.yaml:${line}`]);
      assertEquals(error.hint?.slice(0, hint.length) ?? "", hint);
      assert(!/hush|12345/.test(`${error.message} ${error.hint}`), error.message);
    });
  }
  const broken: [text: string, line: number, message: string][] = [
    ['{\n"kv" true\n}', 2, "it is no JSON: expected a colon"],
    ['{"secrets":\n"hush" "hush"}', 2, "it is no JSON: expected a comma or } and found a string"],
    ['{"secrets": hush:1 "hush" hush', 1, "it is no JSON: expected a value"],
    ["k: *hush", 1, "Unresolved alias"],
    ["k: !hush x", 1, "Unresolved tag"],
    ["k: |hush\n x", 1, "Block scalar header includes extra characters"],
    ["%hush\n---\nk: 1", 1, "Unknown directive"],
  ];
  for (const [text, line, message] of broken) {
    await t.step(`no document: ${JSON.stringify(text)}`, async () => {
      const error = await refusal(text, text.startsWith("{") ? "m.json" : "m.yaml");
      assertEquals([error.code, error.message], ["mocks.invalid", `Document cannot be read: ${message}`]);
      assertEquals(error.place?.endsWith(`:${line}`), true, error.place);
      assertEquals(error.cause, undefined);
    });
  }
});

Deno.test("readMocksFile() tells what cannot be read", async (t) => {
  await using folder = await tempFolder();
  await t.step("no file", async () => {
    const path = `${folder.path}/absent.yaml`;
    const { code, message } = await assertRejects(() => readMocksFile(path), RunnerError);
    assertEquals([code, message], ["mocks.invalid", `File "${path}" does not exist`]);
  });
  await t.step("a folder", async () => {
    const { code, message } = await assertRejects(() => readMocksFile(folder.path), RunnerError);
    assertEquals([code, message], ["mocks.invalid", `File "${folder.path}" is a folder`]);
  });
  await t.step("no text", async () => {
    const path = `${folder.path}/a.yaml`;
    await Deno.writeFile(path, new Uint8Array([0x6b, 0xff]));
    const { code, message } = await assertRejects(() => readMocksFile(path), RunnerError);
    assertEquals([code, message], ["mocks.invalid", `File "${path}" is no text in UTF-8`]);
  });
});

Deno.test({
  name: "readMocksFile() names the permission that is missing",
  permissions: { read: false },
  async fn() {
    const { code, hint } = await assertRejects(() => readMocksFile("mocks.yaml"), RunnerError);
    assertEquals([code, hint], ["permission.missing", "Add --allow-read=mocks.yaml"]);
  },
});
