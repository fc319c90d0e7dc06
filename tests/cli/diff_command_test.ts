/** `diff` as people and scripts see it: what it prints, its exit codes, and the permissions that it needs. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { RunnerError } from "../../lib/base/errors.ts";
import { type DiffCommand, diffCommand } from "../../lib/cli/diff_command.ts";
import type { RunOptions } from "../../lib/options.ts";
import { resumeRun, runPack } from "../../lib/runner.ts";
import { makePack, packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { callCommand, type Ended } from "./_helpers.ts";

const CACHE = sharedCache();
const DEMO = packPath("demo.gtpack");

/** Runs a pack into a directory. */
async function run(
  artifactsDir: string,
  pack: string | Uint8Array,
  options: RunOptions = {},
): Promise<string> {
  await runPack(pack, { cacheDir: CACHE, ...options, artifactsDir });
  return artifactsDir;
}

/** Calls the command. */
async function diff(
  a: string,
  b: string,
  more: Partial<DiffCommand> = {},
  interrupt: AbortSignal = new AbortController().signal,
): Promise<Ended> {
  const command: DiffCommand = { name: "diff", a, b, json: false, options: {}, ...more };
  return await callCommand((io) => diffCommand(command, io), { interrupt });
}

/** What was printed without the table of costs, which differs each time. */
function withoutCosts(stdout: string): string[] {
  const lines = stdout.split("\n");
  const at = lines.findIndex((line) => line.startsWith("cost "));
  assert(at > 0, stdout);
  return lines.slice(0, at - 1);
}

Deno.test("diff: shows what A has behind a minus and what B has behind a plus, a section for each subject", async () => {
  await using temp = await tempFolder();
  const a = await run(`${temp.path}/a`, DEMO, { input: { name: "Ada" } });
  const b = await run(`${temp.path}/b`, DEMO, { input: { name: "Bob" } });
  const { code, stdout, stderr } = await diff(a, b);
  assertEquals(code, 6);
  assertEquals(withoutCosts(stdout), [
    "output",
    "  output[0].text",
    '    - "Hello, Ada!"',
    '    + "Hello, Bob!"',
    "",
    "node",
    "  demo/greet inputs.name",
    '    - "Ada"',
    '    + "Bob"',
    "  demo/greet outputs.text",
    '    - "Hello, Ada!"',
    '    + "Hello, Bob!"',
    "  demo/reply inputs.text",
    '    - "Hello, Ada!"',
    '    + "Hello, Bob!"',
    "  demo/reply outputs.text",
    '    - "Hello, Ada!"',
    '    + "Hello, Bob!"',
  ]);
  assert(/^demo\/greet +\d+ +\d+ .*\d+ +\d+ +x 1 +65536 +65536 +x 1$/m.test(stdout), stdout);
  assert(
    /^4 differences in 2 nodes, 1 difference in the run as a whole; B took [\d.]+ x the time of A\n$/.test(
      stderr,
    ),
    stderr,
  );
});

Deno.test("diff: ends with 0 and says so where the runs are the same", async (t) => {
  await using temp = await tempFolder();
  const input = { name: "Ada" };
  const [a, b] = [await run(`${temp.path}/a`, DEMO, { input }), await run(`${temp.path}/b`, DEMO, { input })];
  await t.step("as text", async () => {
    const { code, stdout, stderr } = await diff(a, b);
    assertEquals([code, withoutCosts(stdout)], [0, ["same"]]);
    assertStringIncludes(stderr, "no difference; B took ");
  });
  await t.step("a run that was killed, with what that means", async () => {
    await Deno.remove(`${b}/run.json`);
    const { code, stderr } = await diff(a, b);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "run B has no run.json: it was killed, or goes on still, ");
    assertStringIncludes(
      stderr,
      "not compared, since not both runs tell of it: output, turn, pack, component, policy, limit\n",
    );
  });
  await t.step("but for what is ignored", async () => {
    const c = await run(`${temp.path}/c`, DEMO, { input: { name: "Bob" } });
    const { code } = await diff(a, c, { options: { ignore: ["output", "node"] } });
    assertEquals(code, 0);
  });
});

Deno.test("diff: prints one JSON document with --json, whose keys are always there", async () => {
  await using temp = await tempFolder();
  const [long, longer] = ["x".repeat(5000), `${"x".repeat(5000)}y`];
  const pack = (name: string) =>
    makePack({ flows: { main: [{ id: "a", component: "emit.response", payload: { text: name } }] } });
  const [a, b] = [
    await run(`${temp.path}/a`, await pack(long)),
    await run(`${temp.path}/b`, await pack(longer)),
  ];
  const { code, stdout } = await diff(a, b, { json: true });
  const { cost, node_costs, a: first, b: _, ...rest } = JSON.parse(stdout);
  assertEquals([code, Object.keys(cost), node_costs.length], [
    6,
    ["duration_ms", "fuel", "mem_peak_bytes"],
    1,
  ]);
  assertEquals(Object.keys(first), [
    ...[
      "dir",
      "finished",
      "status",
      "pack_id",
      "pack_version",
      "flow_id",
      "duration_ms",
      "parent_run",
      "environment",
    ],
  ]);
  const { differences, ...counts } = rest;
  assertEquals(counts, {
    same: false,
    counts: { output: 1, pack: 1, node: 2 },
    nodes: 1,
    left_out: 0,
    not_compared: [],
  });
  assertEquals(differences[2], {
    subject: "node",
    place: "main/a",
    visit: 1,
    attempt: null,
    call: null,
    call_number: null,
    path: "inputs.text",
    only: null,
    a: long,
    b: longer,
  });
});

Deno.test("diff: cuts long values around the place where they differ", async () => {
  await using temp = await tempFolder();
  const say = (text: string) =>
    makePack({ flows: { main: [{ id: "a", component: "emit.response", payload: { text } }] } });
  const [one, other] = [`${"x".repeat(5000)}1${"z".repeat(500)}`, `${"x".repeat(5000)}2${"z".repeat(500)}`];
  const a = await run(`${temp.path}/a`, await say(one)), b = await run(`${temp.path}/b`, await say(other));
  const { stdout } = await diff(a, b);
  assertStringIncludes(stdout, `    - …${"x".repeat(30)}1${"z".repeat(89)}… (5503 characters)\n`);
  assertStringIncludes(stdout, `    + …${"x".repeat(30)}2${"z".repeat(89)}… (5503 characters)\n`);
});

Deno.test("diff: cuts no character in two", async () => {
  await using temp = await tempFolder();
  const say = async (name: string, sign: string) => {
    const payload = { text: `${"😀".repeat(100)}y${sign}a${"😀".repeat(100)}` };
    return await run(
      `${temp.path}/${name}`,
      await makePack({ flows: { main: [{ id: "a", component: "emit.response", payload }] } }),
    );
  };
  const { stdout } = await diff(await say("a", "1"), await say("b", "2"));
  assert(stdout.isWellFormed(), stdout);
  assertStringIncludes(stdout, `    - …${"😀".repeat(15)}y1a`);
});

Deno.test("diff: shows of streams the lines that differ, and of many differences the first", async () => {
  await using temp = await tempFolder();
  async function wrote(name: string, text: string): Promise<string> {
    const dir = await run(`${temp.path}/${name}`, DEMO, { input: { name: "Ada" } });
    const path = `${dir}/transcript.jsonl`;
    const lines = (await Deno.readTextFile(path)).split("\n");
    const at = lines.findIndex((line) => line.includes('"phase":"end"'));
    const said = {
      ...JSON.parse(lines[at]!),
      phase: "log",
      outputs: { stream: "stdout", text, fields: null },
    };
    await Deno.writeTextFile(path, lines.toSpliced(at, 0, JSON.stringify(said)).join("\n"));
    return dir;
  }
  const [a, b] = [await wrote("a", "one\ntwo\nthree\n"), await wrote("b", "one\n2\x1b[2J\nthree\n")];
  const few = await diff(a, b);
  assertEquals(withoutCosts(few.stdout), ["log", "  demo/greet stdout", "    - two", "    + 2\\x1b[2J"]);
  const many = await wrote("c", Array.from({ length: 100 }, (_, i) => `${i}\n`).join(""));
  assertStringIncludes((await diff(a, many)).stdout, "    … and 83 more lines\n");
  const c = await run(`${temp.path}/d`, DEMO, { input: { name: "Bob" } });
  const { stdout, stderr } = await diff(a, c, { options: { most: 1 } });
  assertStringIncludes(stdout, "\n5 more differences not shown: raise --most\n");
  assertStringIncludes(stderr, "5 differences in 2 nodes, 1 difference in the run as a whole");
});

Deno.test("diff: shows nothing that a terminal obeys", async (t) => {
  await using temp = await tempFolder();
  const evil = "\x1b]0;x\x07\u202e\u2028\x9b2J";
  const say = (id: string, text: string) =>
    makePack({ flows: { main: [{ id, component: "emit.response", payload: { [evil]: text } }] } });
  const [a, b] = [
    await run(`${temp.path}/a`, await say("a", evil)),
    await run(`${temp.path}/b`, await say("b", `${evil}!`)),
  ];
  for (const json of [false, true]) {
    await t.step(json ? "as JSON" : "as text", async () => {
      const { stdout, stderr } = await diff(a, b, { json });
      assert(!/(?!\n)[\p{Cc}\u2028\u202e]/u.test(stdout + stderr), JSON.stringify(stdout));
    });
  }
});

Deno.test({
  name: "diff: names the line that lets it read both runs, before it reads one",
  permissions: { read: ["/nowhere/a"] },
  async fn() {
    const error: RunnerError = await assertRejects(() => diff("/nowhere/a", "/nowhere/b"), RunnerError);
    assertEquals([error.code, error.hint], ["permission.missing", "Add --allow-read=/nowhere/b"]);
  },
});

const READABLE = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(READABLE, { recursive: true }));
await run(`${READABLE}/a`, DEMO);

Deno.test({
  name: "diff: needs to read the two run directories and nothing else",
  permissions: { read: [`${READABLE}/a`] },
  async fn() {
    assertEquals((await diff(`${READABLE}/a`, `${READABLE}/a/`)).code, 0);
    assertEquals((await diff(`${READABLE}/a/run.json`, `${READABLE}/a/transcript.jsonl`)).code, 0);
  },
});

Deno.test("diff: is interrupted before it prints anything", async () => {
  await using temp = await tempFolder();
  const a = await run(`${temp.path}/a`, DEMO);
  assertEquals(await diff(a, a, {}, AbortSignal.abort()), { code: 130, stdout: "", stderr: "" });
});

Deno.test("diff: says that one run goes on where the other waited", async () => {
  await using temp = await tempFolder();
  const a = await run(`${temp.path}/a`, packPath("order.gtpack"));
  const { artifactsDir: b } = await resumeRun(a, {
    input: { dish: "soup" },
    artifactsDir: `${temp.path}/b`,
    cacheDir: CACHE,
  });
  const [there, back] = [await diff(a, b), await diff(b, a)];
  assertStringIncludes(there.stderr, "run B goes on where run A waited");
  assertStringIncludes(back.stderr, "run A goes on where run B waited");
});

Deno.test("diff: names the run that cannot be read", async () => {
  await using temp = await tempFolder();
  const a = await run(`${temp.path}/a`, DEMO);
  const error: RunnerError = await assertRejects(() => diff(a, `${temp.path}/absent`), RunnerError);
  assertEquals(error.code, "artifacts.read");
  assertStringIncludes(error.message, "Run B cannot be compared: ");
});
