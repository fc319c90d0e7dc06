/** What the guests of a run are granted, through the public face: files, environment, clocks, seeds, linked components. */

import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fixtureUrl } from "../fixtures/components/build.ts";
import { type Json, RunnerError, type RunOptions, runPack, type RunResult } from "../mod.ts";
import { makePack, packPath, sharedCache, tempFolder } from "./_helpers.ts";
import { callMain, command } from "./cli/_helpers.ts";

const COMMAND = decodeURIComponent(fixtureUrl("command").pathname);
const CACHE = sharedCache();

/** Runs the fixture that is a command. */
async function runCommand(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  await using temp = await tempFolder();
  return await runPack(COMMAND, {
    operation: "run",
    input: { args: [...args] },
    artifactsDir: `${temp.path}/run`,
    cacheDir: CACHE,
    ...options,
  });
}

Deno.test("guests see the environment, the arguments and the folders that they are given, and no others", async () => {
  Deno.env.set("GUESTS_TEST_SECRET", "mine");
  try {
    assertEquals((await runCommand(["env"])).output, {});
    assertEquals((await runCommand(["env"], { wasi: { env: { A: "1", EMPTY: "" } } })).output, {
      A: "1",
      EMPTY: "",
    });
  } finally {
    Deno.env.delete("GUESTS_TEST_SECRET");
  }
  assertEquals((await runCommand(["x"], { wasi: { args: ["args", "-v"] } })).output, [
    "command",
    "args",
    "-v",
    "x",
  ]);
  assertEquals((await runCommand(["preopens"])).output, []);
});

Deno.test("guests read and write the folders that they are given, within what the folders allow", async () => {
  await using temp = await tempFolder();
  const host = `${temp.path}/data`;
  await Deno.mkdir(host);
  await Deno.writeTextFile(`${host}/in.txt`, "in");
  const dirs = [{ host, guest: "/data" }, { host, guest: "/fixed/", readOnly: true }];
  const run = async (...args: string[]) => (await runCommand(args, { wasi: { dirs } })).output;
  assertEquals(await run("preopens"), ["/data", "/fixed"]);
  assertEquals(await run("read", "/fixed", "in.txt"), "in");
  assertEquals(await run("write", "/fixed", "out.txt", "no"), "error: read-only");
  assertEquals(await run("write", "/data", "out.txt", "yes"), "ok");
  assertEquals(await Deno.readTextFile(`${host}/out.txt`), "yes");
  assertEquals(await run("mv", "/data", "out.txt", "moved.txt"), "ok");
  assertEquals(await run("mkdir", "/data", "sub"), "ok");
  assertEquals(await run("ls", "/data", "."), ["in.txt", "moved.txt", "sub"]);
  assertEquals(await run("rm", "/data", "moved.txt"), "ok");
  assertEquals(await run("read", "/data", "../run/run.json"), "error: not-permitted");
});

Deno.test("what guests do with files is in the record, but not what stands in them", async () => {
  await using temp = await tempFolder();
  await Deno.mkdir(`${temp.path}/data`);
  await Deno.writeTextFile(`${temp.path}/data/in.txt`, "very private");
  const lines: string[] = [];
  const { output } = await runCommand(["stat", "/data", "in.txt"], {
    wasi: { dirs: [{ host: `${temp.path}/data`, guest: "/data", readOnly: true }] },
    transcript: (line) => void lines.push(JSON.stringify(line)),
  });
  assertEquals(output, { type: "regular-file", size: 12 });
  const text = lines.join("\n");
  assertStringIncludes(text, "wasi:filesystem/types@0.2#open");
  assertStringIncludes(text, "/data/in.txt");
  assert(!text.includes("very private"));
});

Deno.test("guests find the assets of their pack at /assets", async (t) => {
  await using temp = await tempFolder();
  const flow = (args: string[]) => [{ id: "c", component: "command", operation: "run", payload: { args } }];
  const flows = {
    read: flow(["read", "/assets", "deep/setup.yaml"]),
    list: flow(["ls", "/assets", "."]),
    write: flow(["write", "/assets", "new", "x"]),
    out: flow(["read", "/assets", "../manifest.cbor"]),
  };
  const pack = await makePack({
    flows,
    components: ["command"],
    assets: { "deep/setup.yaml": "a: 1\n", "top.txt": "" },
  });
  const expected = {
    read: "a: 1\n",
    list: ["deep", "top.txt"],
    write: "error: read-only",
    out: "error: not-permitted",
  };
  for (const [entryFlow, output] of Object.entries(expected)) {
    await t.step(entryFlow, async () => {
      const options = { entryFlow, artifactsDir: `${temp.path}/${entryFlow}`, cacheDir: CACHE };
      assertEquals((await runPack(pack, options)).nodeSummaries[0]!.status, "ok");
      assertEquals((await runPack(pack, options)).output, output);
    });
  }
});

Deno.test("the flows of a pack reach the router that a component is linked to", async () => {
  await using temp = await tempFolder();
  const payload = { tool: "echo", arguments: "hello" };
  const pack = await makePack({
    flows: { main: [{ id: "c", component: "adapter", operation: "call", payload }] },
    components: ["adapter", "router"],
  });
  const { output, components } = await runPack(pack, { artifactsDir: `${temp.path}/run`, cacheDir: CACHE });
  assertEquals(output, { ok: true, content: "hello" });
  assertEquals(components.map(({ id, world }) => [id, world]), [
    ["adapter", "greentic:component/node@0.4.0"],
    ["router", "wasix:mcp/router@25.6.18"],
  ]);
});

Deno.test("what components of a flow lack is one table, before anything is transpiled", async () => {
  await using temp = await tempFolder();
  const pack = await makePack({
    flows: {
      main: [
        { id: "a", component: "one", operation: "x", next: "b" },
        { id: "b", component: "two", operation: "x", next: "c" },
        { id: "c", component: "echo", operation: "x" },
      ],
    },
    components: ["one=wants-more", "two=wants-more", "echo"],
  });
  const path = `${temp.path}/x.gtpack`;
  await Deno.writeFile(path, pack);
  const { code, stdout, stderr } = await command(["run", path], { cwd: temp.path });
  assertEquals([code, stdout], [4, ""], stderr);
  assertStringIncludes(stderr, "2 components import what nobody offers here");
  const rows = stderr.split("\n").filter((line) => line.includes("components/"));
  assertEquals(rows.filter((row) => row.includes("greentic:http/http-client@9.0.0")).length, 2);
  assertStringIncludes(stderr, "offered: greentic:http/http-client@1.1.0");
  assertEquals(await Array.fromAsync(Deno.readDir(`${temp.path}/.greentic/cache`)).catch(() => []), []);
});

Deno.test("pretended clocks and seeds make two runs alike", async () => {
  const options = { mocks: { time: { now: "2026-01-01T00:00:00Z" } }, seed: 7 };
  const outputs: string[] = [];
  for (const seed of [7, 7, 8]) {
    await using temp = await tempFolder();
    const wasm = decodeURIComponent(fixtureUrl("host-user").pathname);
    const run = async (operation: string) => {
      const where = { artifactsDir: `${temp.path}/${operation}`, cacheDir: CACHE };
      return (await runPack(wasm, { ...options, ...where, seed, operation })).output;
    };
    outputs.push(JSON.stringify(await run("random")));
    assertEquals(await run("clock"), { seconds: 1_767_225_600, nanoseconds: 0 });
  }
  assertEquals(outputs[0], outputs[1]);
  assert(outputs[0] !== outputs[2]);
});

Deno.test("options of guests are checked before anything runs", async (t) => {
  const cases: [name: string, options: RunOptions, message: string][] = [
    ["a name with =", { wasi: { env: { "A=B": "1" } } }, "names without ="],
    ["a value that is no text", { wasi: { env: { A: 1 as unknown as string } } }, "wasi.env.A"],
    ["a relative guest path", { wasi: { dirs: [{ host: ".", guest: "data" }] } }, "absolute path"],
    ["a guest path with dots", { wasi: { dirs: [{ host: ".", guest: "/a/../b" }] } }, "absolute path"],
    [
      "two folders of one guest path",
      { wasi: { dirs: [{ host: ".", guest: "/data" }, { host: "/", guest: "/data/" }] } },
      "folders of different paths",
    ],
    ["an unknown option", { wasi: { envs: {} } as RunOptions["wasi"] & object }, '"envs" is unknown'],
    ["no time", { mocks: { time: { now: "soon" } } }, "mocks.time.now"],
    ["time that runs backwards", { mocks: { time: { now: 0, advanceMs: -1 } } }, "advanceMs"],
    ["another isolation", { isolation: "none" as "worker" }, "isolation"],
    ["a seed that is none", { seed: {} as string }, "seed"],
    ["config that is no object", { config: [] as unknown as Record<string, string> }, "config"],
  ];
  for (const [name, options, message] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => runPack(packPath("demo.gtpack"), options), RunnerError);
      assertEquals(error.code, "option.invalid");
      assertStringIncludes(`${error.message} ${error.hint}`, message);
    });
  }
  await t.step("a folder that is none", async () => {
    const dirs = [{ host: "/nowhere/at/all", guest: "/data" }];
    const error = await assertRejects(() => runCommand(["env"], { wasi: { dirs } }), RunnerError);
    assertEquals([error.code, error.place], ["option.invalid", "/nowhere/at/all"]);
  });
});

Deno.test("command: guests get the clock, the seed and the configuration that the flags name", async (t) => {
  await using temp = await tempFolder();
  let runs = 0;
  /** The output of an operation of a fixture. */
  async function output(component: string, operation: string, ...flags: string[]): Promise<Json> {
    const wasm = decodeURIComponent(fixtureUrl(component).pathname);
    const where = ["--artifacts-dir", `${temp.path}/${++runs}`, "--cache-dir", CACHE];
    const { code, stdout, stderr } = await callMain(["run", wasm, "--op", operation, ...where, ...flags]);
    assertEquals(code, 0, stderr);
    return JSON.parse(stdout);
  }
  await t.step("--mock-time", async () => {
    const flags = ["--mock-time", "2026-01-01T00:00:00Z"];
    assertEquals(await output("host-user", "clock", ...flags), { seconds: 1_767_225_600, nanoseconds: 0 });
  });
  await t.step("--seed", async () => {
    const first = await output("host-user", "random", "--seed", "a");
    assertEquals(await output("host-user", "random", "--seed", "a"), first);
    assertNotEquals(await output("host-user", "random", "--seed", "b"), first);
    assertNotEquals(await output("host-user", "random"), first);
  });
  await t.step("--config", async () => {
    const asked = ["--input", '{"key":"K"}'];
    const flags = ["--config", 'K={"a":1}', "--config", "OTHER=x"];
    assertEquals(await output("host-more", "config", ...asked, ...flags), { found: true, value: '{"a":1}' });
    assertEquals(await output("host-more", "config", ...asked), { found: false });
  });
});

Deno.test("command: guests get what the flags say", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(COMMAND, `${cwd}/c.wasm`);
  await Deno.mkdir(`${cwd}/data`);
  await Deno.writeTextFile(`${cwd}/data/x.txt`, "x");
  await command(["cache", "warmup", "c.wasm"], { cwd });
  const rights = ["--allow-read=c.wasm,.greentic", "--allow-write=.greentic"];
  async function run(flags: string[], args: string[], permissions = rights) {
    const input = ["--input", JSON.stringify({ args })];
    return await command(["run", "c.wasm", "--op", "run", ...input, "--quiet", ...flags], {
      cwd,
      permissions,
    });
  }
  await t.step("environment and arguments", async () => {
    const { stdout } = await run(["--guest-env", "A=1=2", "--guest-env", "B=", "--guest-arg", "env"], []);
    assertEquals(JSON.parse(stdout), { A: "1=2", B: "" });
  });
  await t.step("two folders of one path are refused", async () => {
    const { code, stdout, stderr } = await run(["--dir", ".::/data", "--dir", "data::/data:ro"], []);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "error[option.invalid]");
    assertStringIncludes(stderr, "folders of different paths");
  });
  await t.step("a folder needs Deno's permission", async () => {
    const flags = ["--dir", "data::/data:ro"], args = ["read", "/data", "x.txt"];
    const denied = await run(flags, args);
    assertEquals(denied.code, 4, denied.stderr);
    assertStringIncludes(denied.stderr, "hint: Add --allow-read=data");
    const granted = await run(flags, args, ["--allow-read=c.wasm,.greentic,data", "--allow-write=.greentic"]);
    assertEquals([granted.code, JSON.parse(granted.stdout)], [0, "x"], granted.stderr);
  });
  await t.step("and a folder that is written to needs more", async () => {
    const flags = ["--dir", "data::/data"], args = ["write", "/data", "y.txt", "y"];
    const denied = await run(flags, args, ["--allow-read=c.wasm,.greentic,data", "--allow-write=.greentic"]);
    assertStringIncludes(denied.stderr, "hint: Add --allow-write=data");
    const all = ["--allow-read=c.wasm,.greentic,data", "--allow-write=.greentic,data"];
    assertEquals(JSON.parse((await run(flags, args, all)).stdout), "ok");
    assertEquals(await Deno.readTextFile(`${cwd}/data/y.txt`), "y");
  });
  await t.step("what cannot be understood is a usage error", async () => {
    for (
      const flags of [["--dir", "data"], ["--guest-env", "A"], ["--isolation", "none"], ["--config", "x"]]
    ) {
      const { code, stderr } = await run(flags, []);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, "hint: ");
    }
  });
});
