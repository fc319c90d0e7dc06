/** `run` and `resume` of flows that ask: what is printed, what is permitted, and how it ends. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fixtureUrl } from "../../fixtures/components/build.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { write } from "../pack/_packs.ts";
import { assertCalm, callMain, command, hintedFlags } from "./_helpers.ts";

const ORDER = packPath("order.gtpack");

/** What the lines of talk say, without times and the names of run directories. */
function talk(stderr: string): string[] {
  return stderr.trimEnd().split("\n").map((line) =>
    line.replace(/\d+ ms/g, "# ms").replace(/\/\S*\/(?=first|second|third)/g, "")
  );
}

Deno.test("A flow that asks twice is run, answered and answered again", async (t) => {
  await using temp = await tempFolder();
  const at = (name: string) => `${temp.path}/${name}`;
  await t.step("run", async () => {
    const { code, stdout, stderr } = await callMain(["run", ORDER, "--artifacts-dir", at("first")]);
    assertEquals([code, JSON.parse(stdout)], [0, [{ text: "What would you like?" }]]);
    assertEquals(talk(stderr), [
      "unsigned  signatures/pack.sig: the pack is not signed",
      "ok        ask_dish  emit.response  # ms",
      "ok        wait_dish  session.wait  # ms",
      "waiting: dish",
      `  hint: Answer it: greentic-runner resume first --input '{"text":"…"}'`,
      "waiting: flow order, 2 nodes, # ms",
      "record: first",
    ]);
  });
  await t.step("resume", async () => {
    const args = ["resume", at("first"), "--input", '{"dish":"soup"}', "--artifacts-dir", at("second")];
    const { code, stdout, stderr } = await callMain([...args, "--fail-on-wait"]);
    assertEquals([code, JSON.parse(stdout)], [75, [{ text: "How many times soup?" }]]);
    assertEquals(talk(stderr)[1], 'answer    {"dish":"soup"}');
  });
  await t.step("resume again, with the whole record", async () => {
    await write(at("answer.json"), '{"count":2}');
    const args = ["resume", at("second"), "--input", `@${at("answer.json")}`, "--artifacts-dir", at("third")];
    const { code, stdout } = await callMain([...args, "--json"]);
    const { status, output, parent_run } = JSON.parse(stdout);
    assertEquals([code, status, output, parent_run], [
      0,
      "Success",
      [{ text: "2 × soup: the kitchen is on it." }],
      at("second"),
    ]);
  });
});

Deno.test("run --turns answers in one run, and says what was asked", async (t) => {
  await using temp = await tempFolder();
  const file = await write(`${temp.path}/turns.json`, '[{"dish":"soup"},{"count":2}]');
  const args = ["run", ORDER, "--artifacts-dir", `${temp.path}/first`, "--turns", file];
  await t.step("all", async () => {
    const { code, stdout, stderr } = await callMain([...args, "--param", "kitchen=Ada"]);
    assertEquals([code, JSON.parse(stdout)], [0, [{ text: "2 × soup: Ada is on it." }]]);
    assertEquals(talk(stderr).filter((line) => /^(?:asks|answer)/.test(line)), [
      'asks      dish  [{"text":"What would you like?"}]',
      'answer    {"dish":"soup"}',
      'asks      count  [{"text":"How many times soup?"}]',
      'answer    {"count":2}',
    ]);
  });
  await t.step("quietly", async () => {
    const { stderr } = await callMain([...args, "--quiet"]);
    assertEquals(talk(stderr).slice(1), ["success: flow order, 6 nodes, # ms", "record: first"]);
  });
  await t.step("from standard input", async () => {
    const answers = '[{"dish":"soup"},{"count":3}]';
    const { code, stdout } = await callMain([...args.slice(0, -1), "-"], { stdin: answers });
    assertEquals([code, JSON.parse(stdout)], [0, [{ text: "3 × soup: the kitchen is on it." }]]);
    const both = await callMain([...args.slice(0, -1), "-", "--input", "-"], { stdin: answers });
    assertEquals(both.code, 2);
    assertStringIncludes(both.stderr, "Input and answers cannot both come from standard input");
  });
  const faults: [content: string, message: string][] = [
    ["{}", "File of answers holds no list"],
    ["[1", "File of answers is no JSON"],
  ];
  for (const [content, message] of faults) {
    await t.step(message, async () => {
      await write(file, content);
      const { code, stdout, stderr } = await callMain(args);
      assertEquals([code, stdout], [2, ""]);
      assertStringIncludes(stderr, `error[input.invalid]: ${message} (${file})`);
      assertStringIncludes(stderr, "  hint: Write a list of answers");
    });
  }
  await t.step("a file that is no text", async () => {
    await Deno.writeFile(file, Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d));
    const { code, stderr } = await callMain(args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Input is no text in UTF-8");
  });
  await t.step("a file that is not there", async () => {
    assertEquals((await callMain([...args.slice(0, -1), `${temp.path}/none.json`])).code, 2);
  });
});

Deno.test("resume tells what is wrong with the way it was asked", async (t) => {
  await using temp = await tempFolder();
  await callMain(["run", ORDER, "--artifacts-dir", `${temp.path}/first`]);
  const first = `${temp.path}/first`, input = ["--input", "{}"];
  const table: [args: string[], code: number, error: string][] = [
    [[], 2, "error[usage]: No run is named"],
    [[first], 2, "error[usage]: The answer is missing"],
    [[first, "other", ...input], 2, 'error[usage]: Argument "other" is one too many'],
    [[first, ...input, "--entry-node", "x"], 2, 'error[usage]: Option "--entry-node" is none of "resume"'],
    [[first, ...input, "--pack", "-"], 2, "error[usage]: A run is resumed with a pack that is a file"],
    [[temp.path, ...input], 3, `error[flow.snapshot]: Run "${temp.path}" does not wait`],
    [[first, ...input, "--flow", "x"], 2, "error[flow.not_found]: flow order:x not registered"],
    [
      [first, ...input, "--pack", packPath("steps.gtpack")],
      3,
      "error[flow.snapshot]: snapshot pack order does",
    ],
  ];
  for (const [args, code, error] of table) {
    await t.step(error, async () => {
      const ended = await callMain(["resume", ...args, "--artifacts-dir", `${temp.path}/rest`]);
      assertEquals([ended.code, ended.stdout], [code, ""]);
      assertStringIncludes(ended.stderr, error);
      assertStringIncludes(ended.stderr, "  hint: ");
    });
  }
});

Deno.test("resume goes on with a pack that has changed when it is told to", async () => {
  await using temp = await tempFolder();
  const cwd = temp.path, flow = `${cwd}/main.ygtc`;
  const text = "id: main\ntype: job\nnodes:\n  ask:\n    session.wait: why\n    routing: [{to: say}]\n";
  await write(flow, `${text}  say: {emit.x: before}\n`);
  await callMain(["run", flow, "--artifacts-dir", `${cwd}/first`]);
  await write(flow, `${text}  say: {emit.x: after}\n`);
  const args = ["resume", `${cwd}/first`, "--input", "{}", "--artifacts-dir", `${cwd}/rest`];
  const refused = await callMain(args);
  assertEquals([refused.code, refused.stdout], [3, ""]);
  assertStringIncludes(refused.stderr, "hint: Add --allow-pack-change");
  const allowed = await callMain([...args, "--allow-pack-change"]);
  assertEquals([allowed.code, JSON.parse(allowed.stdout)], [0, ["after"]], allowed.stderr);
});

Deno.test("command: a run that waited in a sandboxed worker goes on in one", async () => {
  await using temp = await tempFolder();
  const cwd = temp.path, greet = decodeURIComponent(fixtureUrl("greet").pathname);
  const text = "id: main\ntype: job\nnodes:\n  ask:\n    session.wait: why\n    routing: [{to: greet}]\n";
  await write(`${cwd}/main.ygtc`, `${text}  greet: {greet: {operation: greet, input: {name: Ada}}}\n`);
  const permissions = ["-A", "--unstable-worker-options"];
  const map = ["--components-map", `greet=${greet}`, "--cache-dir", sharedCache()];
  const first = ["run", "main.ygtc", ...map, "--isolation", "sandboxed", "--artifacts-dir", "first"];
  assertEquals((await command(first, { cwd, permissions })).code, 0);
  const rest = (name: string) => ["resume", "first", "--input", "{}", "--artifacts-dir", name];
  // Deno itself ends a process that asks for such a worker without the flag.
  assertEquals((await command(rest("without"), { cwd })).code, 70);
  const granted = await command(rest("with"), { cwd, permissions });
  assertEquals(granted.code, 0, granted.stderr);
  assertStringIncludes(granted.stdout, "Ada");
});

Deno.test("command: a flow that asks runs and resumes with what its hints name", async () => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(ORDER, `${cwd}/order.gtpack`);
  /** Grants what the hints ask for until there is nothing more to ask. */
  async function granted(args: string[]): Promise<{ code: number; stderr: string; permissions: string[] }> {
    const permissions: string[] = [];
    for (let round = 0; round < 4; round++) {
      const { code, stdout, stderr } = await command(args, { cwd, permissions });
      assertCalm(stderr);
      if (code !== 4) return { code, stderr, permissions };
      assertEquals(stdout, "");
      permissions.push(...hintedFlags(stderr));
    }
    throw new Error(`Too many rounds of asking: ${permissions.join(" ")}`);
  }
  const first = await granted(["run", "order.gtpack", "--artifacts-dir", ".greentic/first"]);
  assertEquals(first.code, 0, first.stderr);
  // A pack without components needs no transpiler, also while nothing is in the cache: known once it may be read.
  const flags = ["--allow-read=order.gtpack,.greentic", "--allow-write=.greentic"];
  const second = ["run", "order.gtpack", "--artifacts-dir", ".greentic/again"];
  assertEquals((await command(second, { cwd, permissions: flags })).code, 0);
  const third = await granted(["resume", ".greentic/first", "--input", "{}", "--no-cache"]);
  assertEquals(third.code, 1, third.stderr);
  assertStringIncludes(third.stderr, "template.missing");
  const all = [...first.permissions, ...third.permissions];
  assertEquals(all.filter((flag) => !/^--(?:allow-(?:read|write)=|ignore-env)/.test(flag)), []);
  // What is written stays below the folder of the program.
  const written = all.filter((flag) => flag.startsWith("--allow-write"));
  assertEquals([...new Set(written)], ["--allow-write=.greentic", "--allow-write=.greentic/runs"]);
});

Deno.test("command: flow files and folders of sources run with what their hints name", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  const text = "id: main\ntype: job\nnodes:\n  say:\n    emit.response: {text: hi}\n";
  await write(`${cwd}/main.ygtc`, text);
  await write(`${cwd}/my/flows/main.ygtc`, text);
  for (const pack of ["main.ygtc", "my"]) {
    for (const args of [["lint", pack], ["run", pack]]) {
      await t.step(args.join(" "), async () => {
        const permissions: string[] = [];
        for (let round = 0;; round++) {
          const { code, stderr } = await command(args, { cwd, permissions });
          assertCalm(stderr);
          if (code === 0) break;
          assertEquals([code, round < 3], [4, true], stderr);
          permissions.push(...hintedFlags(stderr));
        }
        assertEquals(permissions.includes("--ignore-env"), true, "YAML is read");
      });
    }
  }
});
