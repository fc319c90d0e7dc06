/** `permissions` as people and scripts see it: a line to paste, a set for `deno.json`, reasons, notes, exit codes. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { transpilerNeeds } from "../../lib/component/transpiler.ts";
import { fixtureFolder, plan, shellWords } from "../_permission_folder.ts";
import { packPath } from "../_helpers.ts";
import { assertCalm, callMain, command } from "./_helpers.ts";

const [PACKAGES = ""] = transpilerNeeds().flatMap((need) => need.name === "read" ? [need.path] : []);
const READ = ["--allow-read=demo.gtpack"];

Deno.test("permissions: prints a line, a set and what preparing takes, and needs the pack alone", async () => {
  await using folder = await fixtureFolder();
  const { cwd } = folder;
  const { code, stdout, stderr } = await plan(["run", "demo.gtpack"], { cwd, permissions: READ });
  assertEquals(stdout.split("\n"), [
    "--allow-read=demo.gtpack,.greentic --allow-write=.greentic/runs",
    "",
    "# the same as a set of the deno.json here: deno run --config deno.json -P=greentic jsr:@greentic/runner …",
    '{"permissions":{"greentic":{"read":["demo.gtpack",".greentic"],"write":[".greentic/runs"]}}}',
    "",
    "# what preparing its components once takes: greentic-runner cache warmup demo.gtpack",
    `--allow-read=demo.gtpack,.greentic/cache,${PACKAGES} --allow-write=.greentic/cache --ignore-env`,
    "",
  ]);
  assertEquals(stderr.split("\n"), [
    "--allow-read=demo.gtpack      The pack is read                             PACK",
    "--allow-read=.greentic/runs   The record of the run is put in place there  --artifacts-dir",
    "--allow-write=.greentic/runs  The record of the run is written             --artifacts-dir",
    "--allow-read=.greentic/cache  Prepared components are taken from it        " +
    "--cache-dir: component greet of flow demo, component host-user of flow demo",
    "note: Component host-user may send requests, and no host is allowed (components/host-user.wasm)",
    "  hint: Add --allow https://HOST",
    "",
  ]);
  assertEquals(code, 0);
});

Deno.test("permissions: its first line is enough for a shell, also with blanks in it", async () => {
  await using folder = await fixtureFolder();
  const { cwd } = folder;
  const args = ["run", "order.gtpack", "--artifacts-dir", "my run"];
  const { stdout } = await plan(args, { cwd });
  const [line = ""] = stdout.split("\n");
  assertEquals(line, "--allow-read=order.gtpack,'my run',.greentic/cache --allow-write='my run'");
  assertEquals((await command(args, { cwd, permissions: shellWords(line) })).code, 0);
});

Deno.test("permissions: --json prints one document", async () => {
  await using folder = await fixtureFolder();
  const { code, stdout } = await plan(["--json", "verify", "demo.gtpack"], {
    cwd: folder.cwd,
    permissions: READ,
  });
  assertEquals([code, JSON.parse(stdout)], [0, {
    command: "verify",
    flags: ["--allow-read=demo.gtpack"],
    line: "--allow-read=demo.gtpack",
    permissions: { greentic: { read: ["demo.gtpack"] } },
    warmup: null,
    reasons: [{ flag: "--allow-read=demo.gtpack", why: "The pack is read", from: "PACK" }],
    notes: [],
  }]);
});

Deno.test("permissions: asks once for what it reads, and says what is wrong", async (t) => {
  await using folder = await fixtureFolder();
  const { cwd } = folder;
  const table: [args: string[], code: number, stderr: string][] = [
    [["run", "demo.gtpack"], 4, "  hint: Add --allow-read=demo.gtpack\n"],
    [
      ["run", "demo.gtpack", "--mocks", "mocks.yaml"],
      4,
      "Add --allow-read=demo.gtpack,mocks.yaml --ignore-env\n",
    ],
    [["lint", "hello"], 4, "  hint: Add --allow-read=hello --ignore-env\n"],
    [["resume", ".greentic/runs/x", "--input", "1"], 4, "  hint: Add --allow-read=.greentic/runs/x\n"],
  ];
  for (const [args, code, stderr] of table) {
    await t.step(args.join(" "), async () => {
      const denied = await plan(args, { cwd, permissions: [] });
      assertCalm(denied.stderr);
      assertEquals([denied.code, denied.stdout], [code, ""]);
      assertStringIncludes(denied.stderr, stderr);
    });
  }
  await t.step("a flow that is not there", async () => {
    const { code, stderr } = await plan(["run", "demo.gtpack", "--flow", "nope"], { cwd });
    assertEquals(code, 2, stderr);
  });
  await t.step("a pack that is none", async () => {
    await Deno.writeTextFile(`${cwd}/text.gtpack`, "no archive");
    assertEquals((await plan(["run", "text.gtpack"], { cwd })).code, 3);
  });
});

Deno.test("permissions: traces count that the command line asks for, and none of the environment", async () => {
  await using folder = await fixtureFolder();
  const { cwd } = folder, env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
  const [quiet = ""] = (await plan(["run", "order.gtpack"], { cwd, env })).stdout.split("\n");
  assert(!quiet.includes("--allow-net"), quiet);
  const asked = ["run", "order.gtpack", "--otlp", "http://127.0.0.1:9"];
  const [traced = ""] = (await plan(asked, { cwd, env })).stdout.split("\n");
  assertStringIncludes(traced, "--allow-net=127.0.0.1:9");
});

Deno.test("permissions: the command is the argument behind the pack, or --for", async (t) => {
  const demo = packPath("demo.gtpack");
  const table: [args: string[], code: number, told: string][] = [
    [[demo], 0, `--allow-read=${demo},.greentic --allow-write=.greentic/runs\n`],
    [[demo, "verify"], 0, `--allow-read=${demo}\n`],
    [["-p", demo, "--for", "lint"], 0, `--allow-read=${demo}\n`],
    [[demo, "sign", "--key", "my.key", "-o", "out/a.gtpack"], 0, `--allow-read=${demo},my.key,out `],
    [[demo, "verfy"], 2, "Did you mean verify?"],
    [[demo, "verify", "lint"], 2, "is one too many"],
    [[demo, "verify", "--for", "lint"], 2, "is one too many"],
    [[], 2, "No pack is named"],
  ];
  for (const [args, code, told] of table) {
    await t.step(args.join(" "), async () => {
      const done = await callMain(["permissions", ...args]);
      assertEquals(done.code, code, done.stderr);
      assertStringIncludes(code === 0 ? done.stdout : done.stderr, told);
    });
  }
});
