/** Command lines and what they ask for, as tables. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { COMMANDS, parseCommand, type RunCommand } from "../../lib/cli/args.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { LIMIT_FLAGS } from "../../lib/base/limits.ts";
import { helpText } from "../../lib/cli/help.ts";

const RUN: RunCommand = {
  name: "run",
  pack: "my.gtpack",
  input: null,
  json: false,
  quiet: false,
  failOnWait: false,
  options: { ctx: {} },
};

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
    [["inspect", "my.gtpack"], { name: "inspect", pack: "my.gtpack", json: false, options: {} }],
    [["inspect", "--json", "my.gtpack"], { name: "inspect", pack: "my.gtpack", json: true, options: {} }],
    [["run", "--", "-odd.gtpack"], { ...RUN, pack: "-odd.gtpack" }],
    [["run", "--quiet", "--", "--json"], { ...RUN, pack: "--json", quiet: true }],
    [["run", "0x10"], { ...RUN, pack: "0x10" }],
    [["run", "1e3"], { ...RUN, pack: "1e3" }],
  ];
  for (const [argv, command] of table) {
    await t.step(argv.join(" ") || "(nothing)", () => assertEquals(parseCommand(argv), command));
  }
});

Deno.test("parseCommand() reads every option of run", async (t) => {
  const key = "ab".repeat(32);
  const table: [args: string[], more: Partial<RunCommand>][] = [
    [["--json"], { json: true }],
    [["--json=false"], { json: false }],
    [["--quiet"], { quiet: true }],
    [["--fail-on-wait"], { failOnWait: true }],
    [["--flow", "main"], { options: { ctx: {}, entryFlow: "main" } }],
    [["--flow=main"], { options: { ctx: {}, entryFlow: "main" } }],
    [["--entry", "main"], { options: { ctx: {}, entryFlow: "main" } }],
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
      options: { ctx: {}, mocks: { secrets: { map: { A: "1", B: "2=3" } } } },
    }],
    [["--secret", "A="], { options: { ctx: {}, mocks: { secrets: { map: { A: "" } } } } }],
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
    [["inspct", "a"], 'Command "inspct" is unknown', "Did you mean inspect?"],
    [["constructor"], 'Command "constructor" is unknown', "To run a pack of that name: run constructor"],
    [["run"], "No pack is named", "Name one: greentic-runner run my.gtpack"],
    [["run", ""], "No pack is named", "Name one: greentic-runner run my.gtpack"],
    [["run", "--json"], "No pack is named", "Name one: greentic-runner run my.gtpack"],
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
    [["inspect", "a", "--flow", "x"], 'Option "--flow" is unknown', "See --help"],
    [["inspect", "a", "--entry", "x"], 'Option "--entry" is unknown', "See --help"],
    [["inspect", "a", "--quiet"], 'Option "--quiet" is unknown', "See --help"],
    [["run", "a", "--input"], 'Option "--input" has no value', "See --help"],
    [["run", "a", "--input", ""], 'Option "--input" has no value', "See --help"],
    [["run", "a", "--flow", "--json"], 'Option "--flow" has no value', "See --help"],
    [["run", "a", "--input", "--", "-5"], 'Option "--input" has no value', "See --help"],
    [["run", "a", "--trust"], 'Option "--trust" has no value', "See --help"],
    [["run", "a", "--secret"], 'Option "--secret" has no value', "See --help"],
    [["run", "a", "--input", "@"], 'Option "--input" names no file', "Write --input @FILE"],
    [
      ["run", "a", "--input", "1", "--input-file", "f"],
      "Both --input and --input-file are given",
      "Give one of them",
    ],
    [["run", "a", "--policy", "lax"], 'Option "--policy" is "lax"', "Use --policy strict or --policy devok"],
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
  assertEquals(Object.entries(options.mocks?.secrets?.map ?? {}), [["__proto__", "x"]]);
});

Deno.test("helpText() names every option that the command has", async (t) => {
  for (const name of COMMANDS) {
    await t.step(name, () => {
      for (const [option] of helpText(name).matchAll(/--[a-z-]+/g)) {
        const argv = [name, "a", option];
        const message = option === "--help" ? "" : messageOf(argv);
        assert(!message.includes("is unknown"), `${name} ${option}`);
      }
    });
  }
  await t.step("run has every limit", () => {
    for (const flag of Object.values(LIMIT_FLAGS)) assert(helpText("run").includes(flag), flag);
  });
  await t.step("an unknown topic gets the general text", () => {
    assertEquals(helpText("toString"), helpText(null));
  });
});

function messageOf(argv: readonly string[]): string {
  try {
    parseCommand(argv);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
