/** Packs from standard input, and components without a pack. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import { packPath, sharedCache, tempFolder } from "../_helpers.ts";
import { component } from "../_sources.ts";
import { write } from "../pack/_packs.ts";
import { callMain, command } from "./_helpers.ts";

const CACHE = sharedCache();
const HELLO = { text: "Hello, Ada!" };

Deno.test("packInput() takes a pack from standard input, for every command that opens one", async (t) => {
  await using temp = await tempFolder();
  const stdin = await Deno.readFile(packPath("demo.gtpack"));
  const table: [args: string[], stdout: string][] = [
    [["verify", "-"], "container    standard input"],
    [["verify", "--pack", "-"], "container    standard input"],
    [["inspect", "-"], "demo 0.1.0"],
    [["inspect", "-", "--mermaid", "demo"], 'start(["demo"]) --> n0'],
    [["run", "-", "--input", '{"name":"Ada"}', "--artifacts-dir", `${temp.path}/1`], "Hello, Ada!"],
    [["-", "--input", '{"name":"Ada"}', "--artifacts-dir", `${temp.path}/2`], "Hello, Ada!"],
  ];
  for (const [args, stdout] of table) {
    await t.step(args.slice(0, 3).join(" "), async () => {
      const cache = args[0] === "verify" ? [] : ["--cache-dir", CACHE];
      const done = await callMain([...args, ...cache], { stdin });
      assertEquals(done.code, 0, done.stderr);
      assertStringIncludes(done.stdout, stdout);
      assertEquals(done.reads.length, 1, "it is read once");
    });
  }
});

Deno.test("packInput() reads no more of standard input than the limit allows", async (t) => {
  const MIB = 1024 * 1024;
  await t.step("the default", async () => {
    const { reads } = await callMain(["verify", "-"]);
    assertEquals(reads, [DEFAULT_LIMITS.maxArchiveBytes + 1]);
  });
  await t.step("one that is given", async () => {
    const stdin = new Uint8Array(2 * MIB);
    const { code, stderr, reads } = await callMain(["verify", "-", "--max-archive-mb", "1"], { stdin });
    assertEquals([code, reads], [3, [MIB + 1]]);
    assertStringIncludes(stderr, "error[pack.limit.archive]: ");
    assertStringIncludes(stderr, "--max-archive-mb");
  });
  await t.step("of a process, which does not wait for the rest", async () => {
    await using temp = await tempFolder();
    const options = { cwd: temp.path, permissions: [], stdin: new Uint8Array(8 * MIB) };
    const { code, stderr } = await command(["verify", "-", "--max-archive-mb", "1"], options);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, "error[pack.limit.archive]: ");
  });
});

Deno.test("packInput() never reads standard input for a file, nor twice", async () => {
  const { reads } = await callMain(["verify", packPath("demo.gtpack")], { stdin: "unread" });
  assertEquals(reads, []);
  for (const input of [["--input", "-"], ["--input-file", "-"]]) {
    const { code, stderr, reads } = await callMain(["run", "-", ...input], { stdin: "unread" });
    assertEquals([code, reads], [2, []]);
    assertStringIncludes(stderr, "Pack and input cannot both come from standard input");
  }
});

Deno.test("packInput() tells of standard input what it would tell of a file", async (t) => {
  const table: [name: string, stdin: string, error: string][] = [
    ["nothing", "", 'error[pack.not_zip]: File "standard input" is empty'],
    ["no archive", "text", 'error[pack.not_zip]: File "standard input" is no zip archive'],
  ];
  for (const [name, stdin, error] of table) {
    for (const verb of ["verify", "inspect"]) {
      await t.step(`${verb}: ${name}`, async () => {
        const done = await callMain([verb, "-"], { stdin });
        assertEquals(done.code, 3);
        assertStringIncludes(done.stderr, error);
      });
    }
  }
  await t.step("an interrupt", async () => {
    const interrupt = AbortSignal.abort(new Error("Interrupted"));
    const { code } = await callMain(["verify", "-"], { interrupt, stdin: "text" });
    assertEquals(code, 130);
  });
});

Deno.test("run calls an operation of a component without a pack", async (t) => {
  await using temp = await tempFolder();
  const greet = await component("greet");
  const path = await write(`${temp.path}/greet.wasm`, greet);
  const more = ["--cache-dir", CACHE, "--artifacts-dir"];
  const ada = ["--input", '{"name":"Ada"}'];
  const table: [name: string, args: string[], stdin: Uint8Array | undefined][] = [
    ["a file", [path, "--op", "greet", ...ada], undefined],
    ["a file, by its other name", [path, "--operation", "greet", ...ada], undefined],
    ["standard input", ["-", "--op", "greet", ...ada], greet],
  ];
  for (const [name, args, stdin] of table) {
    await t.step(name, async () => {
      const all = ["run", ...args, ...more, `${temp.path}/run`];
      const { code, stdout, stderr } = await callMain(all, stdin === undefined ? {} : { stdin });
      assertEquals(code, 0, stderr);
      assertEquals(JSON.parse(stdout), HELLO);
    });
  }
  await t.step("without its name, it is told how to find one", async () => {
    const { code, stdout, stderr } = await callMain(["run", path, ...ada, ...more, `${temp.path}/none`]);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, 'error[option.invalid]: The operation of component "greet" is not named');
    assertStringIncludes(stderr, `hint: Add --op NAME; greentic-runner inspect ${path} tells the operations`);
  });
  await t.step("from standard input likewise", async () => {
    const args = ["run", "-", ...ada, ...more, `${temp.path}/stdin`];
    const { code, stderr } = await callMain(args, { stdin: greet });
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "hint: Add --op NAME; greentic-runner inspect - tells the operations\n");
    const inspected = await callMain(["inspect", "-", "--cache-dir", CACHE], { stdin: greet });
    assert(/^ {4}operations {2}greet$/m.test(inspected.stdout), inspected.stdout);
  });
  await t.step("with one that is unknown to it, it names who tells them", async () => {
    const { code, stderr } = await callMain([
      "run",
      path,
      "--op",
      "nope",
      ...ada,
      ...more,
      `${temp.path}/nope`,
    ]);
    assertEquals(code, 1, stderr);
    const hint =
      `greentic-runner inspect ${path} tells its operations; transcript.jsonl has what it was given`;
    assertStringIncludes(stderr, `  hint: ${hint}\n`);
    const { error_detail } = JSON.parse(await Deno.readTextFile(`${temp.path}/nope/run.json`));
    assertEquals(error_detail.hint, hint);
  });
  await t.step("only with the digest that a lock pins", async () => {
    const lock = `${temp.path}/pack.lock`;
    const row = { name: "greet", source_ref: "oci://r/greet@sha256:1", resolved_digest: "0".repeat(64) };
    await write(lock, JSON.stringify({ schema_version: 1, components: [row] }));
    const args = ["run", path, "--op", "greet", ...ada, "--lock", lock, ...more, `${temp.path}/locked`];
    const { code, stdout, stderr } = await callMain(args);
    assertEquals([code, stdout], [3, ""], stderr);
    assertStringIncludes(stderr, "error[verify.component_digest]: ");
  });
  await t.step("no operation of a pack, which has flows", async () => {
    const demo = packPath("demo.gtpack");
    for (const [pack, stdin] of [[demo, ""], ["-", await Deno.readFile(demo)]] as const) {
      const { code, stderr } = await callMain(["run", pack, "--op", "x", ...more, `${temp.path}/op`], {
        stdin,
      });
      assertEquals(code, 2, stderr);
      assertStringIncludes(
        stderr,
        'error[option.invalid]: Operation "x" is named for a pack, which has flows',
      );
      assertStringIncludes(stderr, "hint: Leave --op out; name the flow with --flow");
    }
  });
  await t.step("and inspect tells the operations", async () => {
    const { code, stdout } = await callMain(["inspect", path, "--cache-dir", CACHE]);
    assertEquals(code, 0);
    assert(/^ {4}operations {2}greet$/m.test(stdout), stdout);
  });
  await t.step("once prepared, a process needs the file and its own folder alone", async () => {
    const cwd = temp.path;
    const args = ["run", "greet.wasm", "--op", "greet", ...ada];
    const cold = await command(args, { cwd });
    assertEquals(cold.code, 0, cold.stderr);
    const permissions = ["--allow-read=greet.wasm,.greentic", "--allow-write=.greentic"];
    const warm = await command(args, { cwd, permissions });
    assertEquals([warm.code, JSON.parse(warm.stdout)], [0, HELLO], warm.stderr);
    const asked = await command(["inspect", "greet.wasm", "--json"], { cwd, permissions });
    assertEquals(JSON.parse(asked.stdout).components[0].operations, ["greet"]);
  });
});
