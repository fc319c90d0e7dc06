/** Command lines and what they ask for, as tables. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { nearest, parseArguments } from "../../lib/cli/args.ts";
import { parseCommand, type RunCommand } from "../../lib/cli/command.ts";
import { COMMAND_NAMES } from "../../lib/cli/commands.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { LIMIT_FLAGS } from "../../lib/base/limits.ts";

const RUN: RunCommand = {
  name: "run",
  pack: "my.gtpack",
  watch: false,
  input: null,
  turns: null,
  json: false,
  quiet: false,
  verbose: false,
  failOnWait: false,
  mocksFiles: [],
  otlp: { endpoint: undefined, headers: {} },
  offline: false,
  options: { ctx: {} },
};
const { watch: _, ...EXAMINED } = RUN;

const INSPECT = { name: "inspect", pack: "my.gtpack", json: false, mermaid: null, options: {} };
const RESUME = {
  name: "resume",
  run: "runs/1",
  pack: null,
  input: { kind: "text", text: "1" },
  turns: null,
  json: false,
  quiet: false,
  verbose: false,
  failOnWait: false,
  mocksFiles: [],
  otlp: { endpoint: undefined, headers: {} },
  offline: false,
  options: { ctx: {} },
};
const LINT = { name: "lint", pack: "my.gtpack", json: false, options: {} };
const VERIFY = { name: "verify", pack: "my.gtpack", json: false, options: {} };
const BUILD = { name: "build", folder: "dir", out: null, json: false, options: {} };
const SIGN = {
  name: "sign",
  pack: "my.gtpack",
  out: null,
  key: "my.key",
  date: null,
  json: false,
  limits: {},
};
const KEYGEN = { name: "keygen", out: "my.key", json: false };

/** What `run my.gtpack` with more arguments is. */
function run(...args: string[]): RunCommand {
  const command = parseCommand(["run", "my.gtpack", ...args]);
  if (command.name !== "run") throw new Error(`The command is ${command.name}`);
  return command;
}

/** The error for a command line. */
function refusal(argv: readonly string[]): RunnerError {
  const error: RunnerError = assertThrows(() => parseCommand(argv), RunnerError);
  assertEquals(error.code, "usage");
  return error;
}

Deno.test("parseCommand() understands what a command line asks for", async (t) => {
  const table: [argv: string[], command: unknown][] = [
    [[], { name: "help", topic: null }],
    [["help"], { name: "help", topic: null }],
    [["help", "run"], { name: "help", topic: "run" }],
    [["--help"], { name: "help", topic: null }],
    [["-h"], { name: "help", topic: null }],
    [["inspect", "a", "--node-timeout", "9"], {
      name: "inspect",
      pack: "a",
      json: false,
      mermaid: null,
      options: { limits: { nodeTimeoutMs: 9 } },
    }],
    [["run", "--help"], { name: "help", topic: "run" }],
    [["run", "-h"], { name: "help", topic: "run" }],
    [["my.gtpack", "--help"], { name: "help", topic: "run" }],
    [["inspect", "-h"], { name: "help", topic: "inspect" }],
    [["--version"], { name: "version" }],
    [["-V"], { name: "version" }],
    [["run", "my.gtpack"], RUN],
    [["my.gtpack"], RUN],
    [["./folder"], { ...RUN, pack: "./folder" }],
    [["C:\\packs\\a"], { ...RUN, pack: "C:\\packs\\a" }],
    [["--pack", "my.gtpack"], RUN],
    [["-p", "my.gtpack"], RUN],
    [["run", "--pack", "my.gtpack"], RUN],
    [["run", "-p", "my.gtpack"], RUN],
    [["--json", "my.gtpack"], { ...RUN, json: true }],
    [["inspect", "my.gtpack"], INSPECT],
    [["run", "my.gtpack", "--watch"], { ...RUN, watch: true }],
    [["doctor", "my.gtpack"], { ...EXAMINED, name: "doctor" }],
    [["doctor", "my.gtpack", "--flow", "main", "--quiet", "--secret", "a=b"], {
      ...EXAMINED,
      name: "doctor",
      quiet: true,
      options: { ...RUN.options, entryFlow: "main", secrets: { values: { a: "b" } } },
    }],
    [["inspect", "--json", "my.gtpack"], { ...INSPECT, json: true }],
    [["run", "--", "-odd.gtpack"], { ...RUN, pack: "-odd.gtpack" }],
    [["run", "--quiet", "--", "--json"], { ...RUN, pack: "--json", quiet: true }],
    [["run", "0x10"], { ...RUN, pack: "0x10" }],
    [["run", "1e3"], { ...RUN, pack: "1e3" }],
  ];
  for (const [argv, command] of table) {
    await t.step(argv.join(" ") || "(nothing)", () => assertEquals(parseCommand(argv), command));
  }
});

Deno.test("parseCommand() reads every option of the other commands", async (t) => {
  const mib = 1024 * 1024;
  const table: [line: string, command: unknown][] = [
    ["inspect my.gtpack --mermaid main", { ...INSPECT, mermaid: "main" }],
    ["inspect my.gtpack --mermaid=main --json=false", { ...INSPECT, mermaid: "main" }],
    ["inspect -", { ...INSPECT, pack: "-" }],
    ["inspect -p my.gtpack --cache-dir c", { ...INSPECT, options: { cacheDir: "c" } }],
    ["verify my.gtpack", VERIFY],
    ["verify -", { ...VERIFY, pack: "-" }],
    ["verify --pack - --json", { ...VERIFY, pack: "-", json: true }],
    ["verify my.gtpack --policy strict --trust keys/", {
      ...VERIFY,
      options: { signing: "strict", trust: ["keys/"] },
    }],
    ["verify my.gtpack --strict-signing --max-archive-mb 2", {
      ...VERIFY,
      options: { signing: "strict", limits: { maxArchiveBytes: 2 * mib } },
    }],
    ["build dir", BUILD],
    // A folder is the same with what stands behind its name.
    ["build dir/", BUILD],
    ["build dir//", BUILD],
    ["build /", { ...BUILD, folder: "/" }],
    ["build .", { ...BUILD, folder: "." }],
    ["build ./", { ...BUILD, folder: "." }],
    ["build dir -o my.gtpack", { ...BUILD, out: "my.gtpack" }],
    ["build dir --out my.gtpack --json", { ...BUILD, out: "my.gtpack", json: true }],
    ["build dir --output my.gtpack", { ...BUILD, out: "my.gtpack" }],
    ["build dir --layout legacy", { ...BUILD, options: { layout: "legacy" } }],
    ["build dir --layout new --date 2026-01-01T00:00:00Z", {
      ...BUILD,
      options: { layout: "new", date: "2026-01-01T00:00:00Z" },
    }],
    ["build dir --sign my.key", { ...BUILD, options: { signing: "my.key" } }],
    ["build dir --dev-sign", { ...BUILD, options: { signing: "dev" } }],
    // A key in a file of that name is no key that is thrown away.
    ["build dir --sign dev", { ...BUILD, options: { signing: "./dev" } }],
    ["build dir --max-entry-mb 1 --max-entries 5", {
      ...BUILD,
      options: { limits: { maxEntryBytes: mib, maxEntries: 5 } },
    }],
    ["sign my.gtpack --key my.key", SIGN],
    ["sign --pack my.gtpack --key my.key", SIGN],
    ["sign my.gtpack --dev-sign", { ...SIGN, key: "dev" }],
    ["sign my.gtpack --key dev", { ...SIGN, key: "./dev" }],
    ["sign my.gtpack --key my.key -o b --date D --json --max-ratio 9", {
      ...SIGN,
      out: "b",
      date: "D",
      json: true,
      limits: { maxRatio: 9 },
    }],
    ["sign - --key my.key -o b", { ...SIGN, pack: "-", out: "b" }],
    ["keygen my.key", KEYGEN],
    ["keygen -o my.key", KEYGEN],
    ["keygen --out my.key --json", { ...KEYGEN, json: true }],
    ["run - --op greet", { ...RUN, pack: "-", options: { ctx: {}, operation: "greet" } }],
    ["run my.gtpack --operation greet", { ...RUN, options: { ctx: {}, operation: "greet" } }],
    ["resume runs/1 --input 1", RESUME],
    ["resume runs/1 --input 1 --pack my.gtpack --allow-pack-change --flow f --quiet", {
      ...RESUME,
      pack: "my.gtpack",
      quiet: true,
      options: { ctx: {}, entryFlow: "f", allowPackChange: true },
    }],
    ["lint my.gtpack", LINT],
    ["lint my.gtpack --json --components-dir parts", {
      ...LINT,
      json: true,
      options: { components: { dir: "parts" } },
    }],
    ["verify --help", { name: "help", topic: "verify" }],
    ["resume -h", { name: "help", topic: "resume" }],
    ["keygen -h", { name: "help", topic: "keygen" }],
  ];
  for (const [line, command] of table) {
    await t.step(line, () => assertEquals(parseCommand(line.split(" ")), command));
  }
});

Deno.test("parseCommand() reads where components come from", async (t) => {
  const table: [args: string[], components: unknown][] = [
    [["--components-map", "map.json"], { map: "map.json" }],
    [["--components-map", "a=a.wasm"], { map: { a: "a.wasm" } }],
    [["--components-map", "a=a=b.wasm", "--components-map", "b=c"], { map: { a: "a=b.wasm", b: "c" } }],
    // What stands before the sign is no id, so all of it is a file.
    [["--components-map", "./x/a=b.json"], { map: "./x/a=b.json" }],
    [["--components-dir", "d", "--lock", "l"], { dir: "d", lock: "l" }],
    [["--allow-missing-hash"], { allowMissingHash: true }],
  ];
  for (const [args, components] of table) {
    await t.step(args.join(" "), () => assertEquals(run(...args).options.components, components));
  }
  await t.step("a file beside others is refused", () => {
    const { message } = refusal(["run", "a", "--components-map", "a=b", "--components-map", "map.json"]);
    assertEquals(message, 'Option "--components-map" is "map.json" beside others');
  });
});

Deno.test("parseCommand() refuses what would be done by halves", async (t) => {
  const table: [line: string, message: string][] = [
    ["run - --input -", "Pack and input cannot both come from standard input"],
    ["- --input-file -", "Pack and input cannot both come from standard input"],
    ["run a --quiet --verbose", "Both --quiet and --verbose are given"],
    ["resume a --input 1 --quiet --verbose", "Both --quiet and --verbose are given"],
    ["replay a --quiet --verbose", "Both --quiet and --verbose are given"],
    ["build", "No folder is named"],
    ["build a b", 'Argument "b" is one too many'],
    ["build a --layout old", 'Option "--layout" is "old"'],
    ["build a --sign k --dev-sign", "Both --sign and --dev-sign are given"],
    ["build a --policy strict", 'Option "--policy" is none of "build"'],
    ["build a --pack b", 'Option "--pack" is none of "build"'],
    ["sign a", "No key is named"],
    ["sign a --key k --dev-sign", "Both --key and --dev-sign are given"],
    ["sign - --key k", "A pack from standard input needs a file to be written to"],
    ["sign --key k", "No pack is named"],
    ["build a -o -", "Nothing but a file can be written to"],
    ["sign a --key k -o -", "Nothing but a file can be written to"],
    ["keygen -o -", "Nothing but a file can be written to"],
    ["keygen", "No file is named"],
    ["keygen a b", 'Argument "b" is one too many'],
    ["keygen -o a b", 'Argument "b" is one too many'],
    ["verify", "No pack is named"],
    ["verify a --op x", 'Option "--op" is none of "verify"'],
    ["inspect a --mermaid", 'Option "--mermaid" has no value'],
    ["inspect a --mermaid main --json", "Both --mermaid and --json are given"],
    ["inspect --json --mermaid=main a", "Both --mermaid and --json are given"],
    ["run https://a.test/x.gtpack --offline", "A pack is to be fetched, and --offline is given"],
    ["run a --watch --explain", "Both --watch and --explain are given"],
    ["diff", "No runs are named"],
    ["diff a", "A second run is not named"],
    ["diff a b c", 'Argument "c" is one too many'],
    ["diff a b --most 0", 'Option "--most" is "0"'],
    ["diff a b --ignore pak", 'Option "--ignore" is "pak"'],
    ["report", "No run is named"],
    ["report a b", 'Argument "b" is one too many'],
    ["report a -o -", "Nothing but a file can be written to"],
    ["run a --max-stps 1", 'Option "--max-stps" is unknown'],
  ];
  for (const [line, message] of table) {
    await t.step(line, () => assertEquals(refusal(line.split(" ")).message, message));
  }
});

Deno.test("parseArguments() splits by the table it is given, and knows nothing else", async (t) => {
  const table = {
    command: "try",
    options: [
      { name: "out", letter: "o", value: "FILE", also: ["output"], text: "" },
      { name: "input", value: "JSON", text: "" },
      { name: "trust", value: "KEY", repeatable: true, text: "" },
      { name: "json", text: "" },
    ],
    elsewhere: ["seed"],
  };
  await t.step("texts, lists and flags", () => {
    assertEquals(parseArguments(["a", "-o", "x", "--trust", "1", "--json", "--trust=2", "--", "-b"], table), {
      text: { out: "x", input: undefined },
      lists: { trust: ["1", "2"] },
      flags: { json: true },
      positional: ["a", "-b"],
    });
  });
  await t.step("values that look like options", () => {
    const { text } = parseArguments(["--input", "-", "--out", "-5"], table);
    assertEquals({ ...text }, { input: "-", out: "-5" });
  });
  await t.step("another name of an option", () => {
    assertEquals(parseArguments(["--output=x"], table).text.out, "x");
  });
  await t.step("an option of other commands", () => {
    const error: RunnerError = assertThrows(() => parseArguments(["--seed=1"], table), RunnerError);
    assertEquals([error.message, error.hint], [
      'Option "--seed" is none of "try"',
      "greentic-runner help try tells its options",
    ]);
  });
  await t.step("a variable of the environment, where the option is not given", () => {
    const options = [{ name: "cache-dir", value: "DIR", variable: "PLACE", text: "" }];
    const read = (argv: string[], place: string) =>
      parseArguments(argv, {
        command: "try",
        options,
        variable: (name) => name === "PLACE" ? place : undefined,
      })
        .text["cache-dir"];
    assertEquals([read([], "there"), read(["--cache-dir", "here"], "there"), read([], "")], [
      "there",
      "here",
      undefined,
    ]);
  });
  await t.step("an alias of an option that is not in the table is unknown", () => {
    const error: RunnerError = assertThrows(() => parseArguments(["-p", "x"], table), RunnerError);
    assertEquals(error.message, 'Option "-p" is unknown');
  });
});

Deno.test("nearest() names a word that is near, and none that is far", async (t) => {
  const table: [word: string, hint: string][] = [
    ["verfy", "Did you mean verify?"],
    ["sgn", "Did you mean sign?"],
    ["sing", "Did you mean sign?"],
    ["keyegn", "Did you mean keygen?"],
    ["xyz", "See --help"],
    ["", "See --help"],
  ];
  for (const [word, hint] of table) {
    await t.step(word || "(nothing)", () => assertEquals(nearest(word, COMMAND_NAMES), hint));
  }
});

Deno.test("parseCommand() reads every option of run", async (t) => {
  const key = "ab".repeat(32);
  const table: [args: string[], more: Partial<RunCommand>][] = [
    [["--json"], { json: true }],
    [["--json=false"], { json: false }],
    [["--quiet"], { quiet: true }],
    [["--verbose"], { verbose: true }],
    [["--fail-on-wait"], { failOnWait: true }],
    [["--offline"], { offline: true }],
    [["--env", "prod"], { options: { ctx: {}, env: "prod" } }],
    [["--timeout", "5"], { options: { ctx: {}, limits: { nodeTimeoutMs: 5 } } }],
    [["--flow", "main"], { options: { ctx: {}, entryFlow: "main" } }],
    [["--flow=main"], { options: { ctx: {}, entryFlow: "main" } }],
    [["--entry", "main"], { options: { ctx: {}, entryFlow: "main" } }],
    [["--entrypoint", "chat"], { options: { ctx: {}, entrypoint: "chat" } }],
    [["--entry-node", "a"], { options: { ctx: {}, entryNode: "a" } }],
    [["--turns", "t.json"], { turns: "t.json" }],
    [["--param=a=1e999", "--param=b=12345678901234567890", "--param=c=-7", "--param=d=1.50"], {
      options: { ctx: {}, parameters: { a: "1e999", b: "12345678901234567890", c: -7, d: 1.5 } },
    }],
    [["--parameter", "a=1", "--param", 'b={"c":"="}', "--parameter=d=x y", "--param", "e="], {
      options: { ctx: {}, parameters: { a: 1, b: { c: "=" }, d: "x y", e: "" } },
    }],
    [["--component-input", "envelope"], { options: { ctx: {}, componentInput: "envelope" } }],
    [["--artifacts-dir", "out"], { options: { ctx: {}, artifactsDir: "out" } }],
    [["--artifacts", "out"], { options: { ctx: {}, artifactsDir: "out" } }],
    [["--cache-dir", "c"], { options: { ctx: {}, cacheDir: "c" } }],
    [["--no-cache"], { options: { ctx: {}, cacheDir: null } }],
    [["--no-cache", "--cache-dir", "c"], { options: { ctx: {}, cacheDir: null } }],
    [["--lenient-templates"], { options: { ctx: {}, templates: "lenient" } }],
    [["--policy", "devok"], { options: { ctx: {}, signing: "devok" } }],
    [["--policy=strict"], { options: { ctx: {}, signing: "strict" } }],
    [["--strict-signing"], { options: { ctx: {}, signing: "strict" } }],
    [["--policy", "devok", "--strict-signing"], { options: { ctx: {}, signing: "strict" } }],
    [["--trust", key, "--trust", "cd"], { options: { ctx: {}, trust: [key, "cd"] } }],
    [["--tenant", "007", "--team", "b", "--user", "c", "--session", "d"], {
      options: { ctx: { tenantId: "007", teamId: "b", userId: "c", sessionId: "d" } },
    }],
    [["--secret", "A=1", "--secret", "B=2=3"], {
      options: { ctx: {}, secrets: { values: { A: "1", B: "2=3" } } },
    }],
    [["--secret", "A="], { options: { ctx: {}, secrets: { values: { A: "" } } } }],
    [["--secrets", ".env", "--secret-env", "A,B", "--secret-env", "C", "--allow-missing-secrets"], {
      options: {
        ctx: {},
        secrets: { files: [".env"], environment: ["A", "B", "C"], allowMissing: true },
      },
    }],
    [["--allow", "https://a.example", "--allow", "http://127.0.0.1:8080"], {
      options: { ctx: {}, allow: ["https://a.example", "http://127.0.0.1:8080"] },
    }],
    [["--state", "s.db", "--state-set", "k=MQ==", "--state-dump"], {
      options: { ctx: {}, state: { file: "s.db", set: { k: new Uint8Array([49]) }, dump: true } },
    }],
    [["--mocks", "on"], { options: { ctx: {}, mocks: { http: { mode: "record-replay" } } } }],
    [["--mocks", "lockdown", "--recordings", "r"], {
      options: { ctx: {}, mocks: { http: { mode: "lockdown", dir: "r" } } },
    }],
    [["--mocks", "a.yaml", "--mocks", "replay", "--mocks", "b/c.json", "--mock-time", "2026-01-01"], {
      mocksFiles: ["a.yaml", "b/c.json"],
      options: { ctx: {}, mocks: { http: { mode: "replay" }, time: { now: "2026-01-01" } } },
    }],
    [["--otlp", "http://127.0.0.1:4318", "--otlp-header", "x-key=a=b"], {
      otlp: { endpoint: "http://127.0.0.1:4318", headers: { "x-key": "a=b" } },
    }],
  ];
  for (const [args, more] of table) {
    await t.step(args.join(" "), () => assertEquals(run(...args), { ...RUN, ...more }));
  }
});

Deno.test("parseCommand() reads every limit in its unit", async (t) => {
  const units: Record<string, number> = { mb: 1024 * 1024, kb: 1024 };
  for (const [limit, flag] of Object.entries(LIMIT_FLAGS)) {
    await t.step(flag, () => {
      const factor = units[flag.slice(-2)] ?? 1;
      assertEquals(run(flag, "3").options.limits, { [limit]: 3 * factor });
    });
  }
  await t.step("pack limits stand in inspect too", () => {
    const command = parseCommand(["inspect", "my.gtpack", "--max-entries", "7"]);
    assertEquals(command.name === "inspect" && command.options.limits, { maxEntries: 7 });
  });
});

Deno.test("parseCommand() takes the input from where it is said to be", async (t) => {
  const table: [args: string[], input: RunCommand["input"]][] = [
    [["--input", '{"a":-1}'], { kind: "text", text: '{"a":-1}' }],
    [["--input={}"], { kind: "text", text: "{}" }],
    [["--input", "[1]"], { kind: "text", text: "[1]" }],
    [["--input", "007"], { kind: "text", text: "007" }],
    [["--input", "true"], { kind: "text", text: "true" }],
    [["--input", "a=b"], { kind: "text", text: "a=b" }],
    [["--input", "-5"], { kind: "text", text: "-5" }],
    [["--input=-5"], { kind: "text", text: "-5" }],
    [["--input", "-0.5e3"], { kind: "text", text: "-0.5e3" }],
    [["--input", "-"], { kind: "stdin" }],
    [["--input=-"], { kind: "stdin" }],
    [["--input-file", "-"], { kind: "stdin" }],
    [["--input", "@in.json"], { kind: "file", path: "in.json" }],
    [["--input-file", "in.json"], { kind: "file", path: "in.json" }],
    [["--input-file", "@in"], { kind: "file", path: "@in" }],
    [["--input", "1", "--input", "2"], { kind: "text", text: "2" }],
  ];
  for (const [args, input] of table) {
    await t.step(args.join(" "), () => assertEquals(run(...args).input, input));
  }
});

Deno.test("parseCommand() lets the last of two values count", () => {
  assertEquals(run("--flow", "a", "--flow", "b").options.entryFlow, "b");
  assertEquals(run("--flow", "a", "--entry", "b").options.entryFlow, "b");
  assertEquals(run("--max-steps", "1", "--max-steps", "2").options.limits, { maxSteps: 2 });
});

Deno.test("parseCommand() says what it does not understand, and the nearest thing that it does", async (t) => {
  const table: [argv: string[], message: string, hint: string][] = [
    [["rn"], 'Command "rn" is unknown', "Did you mean run?"],
    [["help", "rn"], 'Command "rn" is unknown', "Did you mean run?"],
    [["help", "nonsense"], 'Command "nonsense" is unknown', "greentic-runner help tells all commands"],
    [["help", "run", "more"], 'Argument "more" is one too many', "Name one command"],
    [["inspct", "a"], 'Command "inspct" is unknown', "Did you mean inspect?"],
    [["sing", "a"], 'Command "sing" is unknown', "Did you mean sign?"],
    [["constructor"], 'Command "constructor" is unknown', "To run a pack of that name: run constructor"],
    [["run"], "No pack is named", "Name one: greentic-runner run my.gtpack"],
    [["run", ""], "No pack is named", "Name one: greentic-runner run my.gtpack"],
    [["run", "--json"], "No pack is named", "Name one: greentic-runner run my.gtpack"],
    [["verify"], "No pack is named", "Name one: greentic-runner verify my.gtpack"],
    [["build"], "No folder is named", "Name one: greentic-runner build my-pack"],
    [["cache", "warmup"], "No pack is named", "Name one: greentic-runner cache warmup my.gtpack"],
    [
      ["cache", "doctor", "--all"],
      'Option "--all" is none of "cache doctor"',
      "greentic-runner help cache tells its options",
    ],
    [["run", "a", "b"], 'Argument "b" is one too many', "Name one pack; quote an input that has spaces"],
    [
      ["run", "--pack", "a", "b"],
      'Argument "b" is one too many',
      "Name one pack; quote an input that has spaces",
    ],
    [
      ["run", "a", "--", "--json"],
      'Argument "--json" is one too many',
      "Name one pack; quote an input that has spaces",
    ],
    [["run", "a", "--max-stps", "5"], 'Option "--max-stps" is unknown', "Did you mean --max-steps?"],
    [["run", "a", "--flwo=main"], 'Option "--flwo" is unknown', "Did you mean --flow?"],
    [["run", "a", "--no-json"], 'Option "--no-json" is unknown', "Did you mean --json?"],
    [["run", "a", "--frobnicate=x"], 'Option "--frobnicate" is unknown', "See --help"],
    [["run", "a", "-x"], 'Option "-x" is unknown', "See --help"],
    [["run", "a", "-5"], 'Option "-5" is unknown', "See --help"],
    [["run", "a", "--__proto__"], 'Option "--__proto__" is unknown', "See --help"],
    [["run", "a", "--input.a=1"], 'Option "--input.a" is unknown', "Did you mean --input?"],
    [["run", "a", "-V"], 'Option "-V" is unknown', "See --help"],
    [
      ["inspect", "a", "--flow", "x"],
      'Option "--flow" is none of "inspect"',
      "greentic-runner help inspect tells its options",
    ],
    [["inspect", "a", "--entry", "x"], 'Option "--entry" is unknown', "See --help"],
    [
      ["inspect", "a", "--quiet"],
      'Option "--quiet" is none of "inspect"',
      "greentic-runner help inspect tells its options",
    ],
    [["run", "a", "--input"], 'Option "--input" has no value', "See --help"],
    [["run", "a", "--input", ""], 'Option "--input" has no value', "See --help"],
    [["run", "a", "--flow", "--json"], 'Option "--flow" has no value', "See --help"],
    [["run", "a", "--input", "--", "-5"], 'Option "--input" has no value', "See --help"],
    [["run", "a", "--trust"], 'Option "--trust" has no value', "See --help"],
    [["run", "a", "--secret"], 'Option "--secret" has no value', "See --help"],
    [["run", "a", "--mocks", "replya"], 'Option "--mocks" is "replya"', "Did you mean replay?"],
    [
      ["run", "a", "--mocks", "xyz"],
      'Option "--mocks" is "xyz"',
      "Use on, off, record, replay, record-replay, auto, fail-on-miss, lockdown, or a file such as mocks.yaml",
    ],
    [
      ["run", "a", "--state-set", "k=!"],
      'Option "--state-set" has a value for "k" that is no Base64',
      `Write --state-set k="$(printf %s '{"n":1}' | base64)"`,
    ],
    [["run", "a", "--input", "@"], 'Option "--input" names no file', "Write --input @FILE"],
    [
      ["run", "a", "--input", "1", "--input-file", "f"],
      "Both --input and --input-file are given",
      "Give one of them",
    ],
    [["run", "a", "--policy", "lax"], 'Option "--policy" is "lax"', "Use --policy strict or --policy devok"],
    [["run", "a", "--component-input", "raw"], 'Option "--component-input" is "raw"', "Use auto or envelope"],
    [["run", "a", "--parameter", "x"], 'Option "--parameter" is "x"', "Write --parameter NAME=VALUE"],
    [["lnit", "a"], 'Command "lnit" is unknown', "Did you mean lint?"],
    [["resum", "a"], 'Command "resum" is unknown', "Did you mean resume?"],
  ];
  for (const [argv, message, hint] of table) {
    await t.step(argv.join(" "), () => {
      const error = refusal(argv);
      assertEquals([error.message, error.hint], [message, hint]);
    });
  }
});

Deno.test("parseCommand() takes only whole numbers from 1 for a limit", async (t) => {
  for (const value of ["0", "-1", "1.5", "1e3", "0x10", "ten", "1 000", "+1", "1".repeat(13)]) {
    await t.step(value, () => {
      const error = refusal(["run", "a", "--max-steps", value]);
      assertEquals(error.message, `Option "--max-steps" is "${value}"`);
    });
  }
});

Deno.test("parseCommand() never repeats what stands where a secret belongs", async (t) => {
  const table: string[][] = [
    ["--secret", "hunter2"],
    ["--secret=hunter2"],
    ["--secret", "=hunter2"],
    ["--secret", "NAME", "hunter2"],
    ["--secret", "A=1", "--secret", "hunter2"],
    ["--secrt=A=hunter2"],
  ];
  for (const args of table) {
    await t.step(args.join(" "), () => {
      const { message, hint } = refusal(["run", "my.gtpack", ...args]);
      assert(!`${message} ${hint}`.includes("hunter2"), message);
    });
  }
});

Deno.test("parseCommand() takes any name of a secret as data", () => {
  const { options } = run("--secret", "__proto__=x");
  assertEquals(Object.entries(options.secrets?.values ?? {}), [["__proto__", "x"]]);
});
