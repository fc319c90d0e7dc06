/** `doctor` as people and scripts see it: tables, JSON, exit codes, and a process that may read nothing but the pack. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { transpilerNeeds } from "../../lib/component/transpiler.ts";
import { makePack, packPath, sharedCache, tempFolder, textsBelow } from "../_helpers.ts";
import { write } from "../pack/_packs.ts";
import { assertCalm, callMain, command } from "./_helpers.ts";

const CACHE = sharedCache();
/** The folder of packages, from which the transpiler reads its own files. */
const PACKAGES = transpilerNeeds().flatMap((need) => need.name === "read" ? [need.path] : []).join();
const FINGERPRINT = "10165eb5c99d6e5237f077e6b79e1eed7614d55b7e2857fe95e657c923a9a6cd";
const UNTRUSTED = `warning  verification  Nobody vouched for the key with fingerprint ${FINGERPRINT}  ` +
  `signatures/pack.sig  Add --trust ${FINGERPRINT}`;

Deno.test("doctor: reads nothing but the pack, and names what the run needs beside", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("kinds.gtpack"), `${cwd}/kinds.gtpack`);
  const args = ["kinds.gtpack", "--flow", "host", "--input", '{"secret":"DEMO_TOKEN"}'];
  const doctor = ["doctor", ...args];

  await t.step("without the pack", async () => {
    const { code, stdout, stderr } = await command(doctor, { cwd, permissions: [] });
    assertEquals([code, stdout], [4, ""]);
    assertStringIncludes(stderr, "  hint: Add --allow-read=kinds.gtpack\n");
  });
  await t.step("with the pack alone", async () => {
    const { code, stdout, stderr } = await command(doctor, {
      cwd,
      permissions: ["--allow-read=kinds.gtpack"],
    });
    assertCalm(stderr);
    assertEquals(stdout.split("\n"), [
      "plan  pack             kinds.gtpack                argument",
      "plan  flow             host                        --flow",
      "plan  start            ask                         pack",
      "plan  input            23 characters of JSON       --input",
      "plan  policy           devok                       default",
      "plan  tenant           local-dev                   default",
      "plan  team             default                     default",
      "plan  user             developer                   default",
      "plan  session          -                           made anew",
      "plan  env              local                       default",
      "plan  run_directory    .greentic/runs/<time>_<id>  default",
      "plan  cache_directory  .greentic/cache             default",
      "plan  allow            none                        default",
      "",
      UNTRUSTED,
      "",
      "error  secret  Required secret DEMO_TOKEN is missing  the pack  Add --secret DEMO_TOKEN=…",
      "",
      "warning  http  Component host-user may send requests, and no host is allowed  " +
      "components/host-user.wasm  Add --allow https://example.com",
      "warning  http  https://example.com is not allowed                             " +
      "flow host                  Add --allow https://example.com",
      "",
      'error  permission  Deno permissions are missing: read ".greentic/runs", write ".greentic/runs", ' +
      `read ".greentic/cache", write ".greentic/cache", read "${PACKAGES}", env    ` +
      `Add --allow-read=.greentic,${PACKAGES} --allow-write=.greentic --ignore-env`,
      "",
      "info  cache  What is prepared is not known, since the cache may not be read  .greentic/cache",
      "",
    ]);
    assertEquals([code, stderr], [4, "flow host of kinds 0.1.0 would be stopped: 2 errors, 3 warnings\n"]);
    assertEquals([...(await textsBelow(cwd)).keys()], ["kinds.gtpack"], "nothing was written");
  });
  await t.step("with an input that may not be read", async () => {
    const permissions = ["--allow-read=kinds.gtpack"];
    const { code, stdout } = await command(["doctor", "kinds.gtpack", "--input", "@in.json"], {
      cwd,
      permissions,
    });
    assertEquals(code, 4);
    assertStringIncludes(stdout, "  Add --allow-read=in.json,.greentic,");
  });
  await t.step("what it names is enough for the run", async () => {
    const permissions = ["--allow-read=kinds.gtpack"];
    const given = ["--secret", "DEMO_TOKEN=made up"];
    for (let round = 0; round < 2; round++) {
      const { stdout } = await command([...doctor, ...given], { cwd, permissions });
      const [, flags = ""] = /^error {2}permission .* {2}Add (--.*)$/m.exec(stdout) ?? [];
      permissions.push(...flags.split(" ").filter((flag) => flag !== ""));
    }
    const { code, stdout, stderr } = await command([...doctor, ...given], { cwd, permissions });
    assertEquals([code, stderr], [0, "flow host of kinds 0.1.0 can begin: 0 errors, 3 warnings\n"], stdout);
    assert(
      !permissions.some((flag) => /^--allow-(?:env|net|run|ffi|sys)|-A/.test(flag)),
      permissions.join(" "),
    );
    const run = await command(["run", ...args, ...given], { cwd, permissions });
    assertCalm(run.stderr);
    assertEquals(run.code, 0, run.stderr);
  });
});

Deno.test("doctor: shows a table for each subject, and ends with the code that says whose turn it is", async (t) => {
  await using temp = await tempFolder();
  const demo = packPath("demo.gtpack");
  const text = await write(`${temp.path}/text.gtpack`, "no archive");
  const wants = await write(
    `${temp.path}/wants.gtpack`,
    await makePack({
      components: ["wants-more"],
      flows: { main: [{ id: "a", component: "wants-more", operation: "x" }] },
    }),
  );
  const strict =
    `error  verification  Policy strict refuses the pack: nobody vouched for the key with fingerprint ${FINGERPRINT}`;
  const table: [args: string[], code: number, stdout: string, stderr: string][] = [
    [[demo], 0, UNTRUSTED, "flow demo of demo 0.1.0 can begin: 0 errors, 2 warnings\n"],
    [
      [demo, "--policy", "strict", "--trust", FINGERPRINT, "--allow", "https://a.example"],
      0,
      "info  http  ",
      "0 errors, 0 warnings",
    ],
    [[demo, "--policy", "strict"], 3, strict, "the pack would be refused: 1 error, 0 warnings\n"],
    [[text], 3, "error  verification  ", "the pack would be refused: "],
    [
      [demo, "--flow", "nope"],
      4,
      "error  flow  flow demo:nope not registered  ",
      "a run of demo 0.1.0 would be stopped: ",
    ],
    [
      [wants],
      4,
      "error  component  Component imports what nobody offers here: acme:unknown/api@1.0.0 ",
      "would be stopped",
    ],
    [[`${temp.path}/absent.gtpack`], 3, "", "error[pack.not_found]: "],
    [[demo, "--input", "{no json"], 2, "", "error[input.invalid]: "],
    [[demo, "--input-file", `${temp.path}/absent.json`], 2, "", "error[input.invalid]: "],
    [[], 2, "", "hint: Name one: greentic-runner doctor my.gtpack"],
  ];
  for (const [args, code, stdout, stderr] of table) {
    await t.step(args.map((arg) => arg.slice(0, 30)).join(" ") || "(nothing)", async () => {
      const done = await callMain(["doctor", ...args, "--cache-dir", CACHE]);
      assertEquals(done.code, code, done.stderr);
      assertStringIncludes(done.stdout, stdout);
      assertStringIncludes(done.stderr, stderr);
      if (stdout === "") assertEquals(done.stdout, "");
    });
  }
});

Deno.test("doctor: prints one JSON document with --json", async (t) => {
  await t.step("of a pack that may be run", async () => {
    const args = ["doctor", packPath("demo.gtpack"), "--json", "--cache-dir", CACHE];
    const { code, stdout } = await callMain(args);
    const { findings, plan, ...rest } = JSON.parse(stdout);
    assertEquals(plan[1], { name: "flow", value: "demo", source: "pack" });
    assertEquals([code, rest], [0, { ok: true, refused: false, id: "demo", version: "0.1.0", flow: "demo" }]);
    assertEquals(findings[0], {
      severity: "warning",
      subject: "verification",
      code: "verify.untrusted",
      message: `Nobody vouched for the key with fingerprint ${FINGERPRINT}`,
      place: "signatures/pack.sig",
      hint: `Add --trust ${FINGERPRINT}`,
    });
  });
  await t.step("of one that is refused", async () => {
    const { code, stdout } = await callMain([
      "doctor",
      packPath("demo.gtpack"),
      "--json",
      "--policy",
      "strict",
    ]);
    const { ok, refused, id, version, flow, findings } = JSON.parse(stdout);
    assertEquals([code, ok, refused, id, version, flow, findings.length], [
      3,
      false,
      true,
      null,
      null,
      null,
      1,
    ]);
  });
});

Deno.test("doctor: says of every value of the run which flag, file or variable it came from", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("kinds.gtpack"), `${cwd}/kinds.gtpack`);
  await write(
    `${cwd}/mocks.yaml`,
    "allow: [https://b.example]\nsecrets: {map: {DEMO_TOKEN: hunter2000}}\nseed: 7\nconfig: {greeting: Hidden}\n" +
      "env: {MODE: Hidden}\ntools: {dir: tools}\ntime: {now: 2026-01-02T00:00:00Z}\n",
  );
  await write(`${cwd}/in.json`, '{"secret":"Hidden"}');
  await Deno.mkdir(`${cwd}/tools`);
  const planned = async (
    args: string[],
    env: Record<string, string> = {},
  ): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await command(["doctor", "kinds.gtpack", "--json", ...args], { cwd, env });
    assert(!/hunter|Hidden/.test(stdout + stderr), stdout);
    const { plan }: { plan: { name: string; value: unknown; source: string }[] } = JSON.parse(stdout);
    return Object.fromEntries(plan.map(({ name, value, source }) => [name, [value, source]]));
  };
  const mocks = ["--mocks", "mocks.yaml"];
  await t.step("flags and files", async () => {
    const flags = ["--flow", "host", "--entry-node", "ask", "--policy", "devok", "--input-file", "in.json"];
    const host = ["--allow", "https://a.example", "--secret", "X=hunter3000", "--config", "more=Hidden"];
    const kept = [
      "--artifacts-dir",
      "out",
      "--no-cache",
      "--session",
      "s1",
      "--max-steps",
      "5",
      "--state-set",
      "k=eA==",
    ];
    const plan = await planned([...flags, ...host, ...kept, ...mocks]);
    const told = [
      "flow",
      "start",
      "policy",
      "input",
      "allow",
      "secrets",
      "config",
      "guest_env",
      "seed",
      "tools",
      "time",
    ];
    assertEquals(told.map((name) => [name, plan[name]]), [
      ["flow", ["host", "--flow"]],
      ["start", ["ask", "--entry-node"]],
      ["policy", ["devok", "--policy"]],
      ["input", ["19 characters of JSON", "in.json"]],
      ["allow", [["a.example:443", "b.example:443"], "--allow and mocks.yaml"]],
      ["secrets", [["DEMO_TOKEN", "X"], "--secret and mocks.yaml"]],
      ["config", [["greeting", "more"], "--config and mocks.yaml"]],
      ["guest_env", [["MODE"], "mocks.yaml"]],
      ["seed", ["7", "mocks.yaml"]],
      ["tools", ["tools", "mocks.yaml"]],
      ["time", ["2026-01-02T00:00:00Z", "mocks.yaml"]],
    ]);
    const rest = ["run_directory", "cache_directory", "session", "limits.maxSteps", "state.set", "trace"];
    assertEquals(rest.map((name) => plan[name]), [
      ["out", "--artifacts-dir"],
      [null, "--no-cache"],
      ["s1", "--session"],
      [5, "--max-steps"],
      [["k"], "--state-set"],
      undefined,
    ]);
  });
  await t.step("variables", async () => {
    const plan = await planned([], {
      GREENTIC_ENV: "stage",
      GREENTIC_CACHE_DIR: "kept",
      OTLP_ENDPOINT: "http://127.0.0.1:1/?key=hunter4000",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=hunter5000",
    });
    assertEquals(["env", "cache_directory", "trace"].map((name) => plan[name]), [
      ["stage", "--env or GREENTIC_ENV"],
      ["kept", "--cache-dir or GREENTIC_CACHE_DIR"],
      ["http://127.0.0.1:1/v1/traces", "OTLP_ENDPOINT"],
    ]);
    const flag = await planned(["--otlp", "http://127.0.0.1:1", "--env", "other"], { GREENTIC_ENV: "stage" });
    assertEquals([flag.trace, flag.env], [["http://127.0.0.1:1/v1/traces", "--otlp"], ["other", "--env"]]);
  });
  await t.step("an input that is left to the run", async () => {
    assertEquals((await planned(["--input", "-"])).input, [null, "standard input"]);
  });
});

Deno.test("doctor: takes a pack from standard input, and leaves the input of the run there", async (t) => {
  const demo = await Deno.readFile(packPath("demo.gtpack"));
  await t.step("the pack", async () => {
    const { code, stdout } = await callMain(["doctor", "-", "--cache-dir", CACHE], { stdin: demo });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "greentic-runner cache warmup - ");
  });
  await t.step("the input", async () => {
    const { code, reads } = await callMain(["doctor", packPath("demo.gtpack"), "--input", "-"], {
      stdin: "{",
    });
    assertEquals([code, reads], [0, []]);
  });
});

Deno.test("doctor: shows nothing that a terminal obeys", async () => {
  await using temp = await tempFolder();
  const pack = await makePack({
    flows: { main: [{ id: "a", component: "emit.response" }] },
    assets: { "bindings.hints.yaml": 'network: {allow: ["\\e[2J.example"]}' },
  });
  const path = await write(`${temp.path}/made.gtpack`, pack);
  const { stdout } = await callMain(["doctor", path, "--cache-dir", CACHE]);
  assert(!/(?!\n)\p{Cc}/u.test(stdout), stdout);
  assertStringIncludes(stdout, "\\x1b[2J.example");
});
