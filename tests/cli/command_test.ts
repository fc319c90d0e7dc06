/** The command as a process of its own: permissions, streams, signals, exit codes. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { transpilerNeeds } from "../../lib/component/transpiler.ts";
import { readTranscript } from "../../lib/record/read.ts";
import {
  completeTranscript,
  exists,
  makePack,
  packPath,
  sharedCache,
  tempFolder,
  textsBelow,
} from "../_helpers.ts";
import { MINIMAL } from "../_sources.ts";
import { write } from "../pack/_packs.ts";
import { assertCalm, command, ended, hintedFlags, startCommand, textWith, until } from "./_helpers.ts";

const CACHE = sharedCache();
/** The folder of packages, from which the transpiler reads its own files. */
const PACKAGES = transpilerNeeds().flatMap((need) => need.name === "read" ? [need.path] : []).join();
const ADA = ["--input", '{"name":"Ada"}'];
const OUTPUT = [{ text: "Hello, Ada!", visits: "You were here 1 time" }];

Deno.test("command: names what it needs, and runs with exactly that", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.copyFile(packPath("demo.gtpack"), `${cwd}/demo.gtpack`);
  const args = ["run", "demo.gtpack", ...ADA];

  await t.step("cold, with what the hint says", async () => {
    const denied = await command(args, { cwd, permissions: [] });
    assertCalm(denied.stderr);
    assertEquals([denied.code, denied.stdout], [4, ""], denied.stderr);
    assert(!await exists(`${cwd}/.greentic`), "nothing was written yet");
    const permissions = hintedFlags(denied.stderr);
    const { code, stdout, stderr } = await command(args, { cwd, permissions });
    assertCalm(stderr);
    assertEquals([code, JSON.parse(stdout)], [0, OUTPUT], stderr);
    assert(
      !permissions.some((flag) => /^--allow-(?:env|net|run|ffi|sys)|-A/.test(flag)),
      permissions.join(" "),
    );
  });

  const warm = ["--allow-read=demo.gtpack,.greentic", "--allow-write=.greentic"];
  await t.step("warm, with the pack and its own folder alone", async () => {
    const { code, stdout, stderr } = await command(args, { cwd, permissions: warm });
    assertCalm(stderr);
    assertEquals([code, JSON.parse(stdout)], [0, OUTPUT], stderr);
  });

  const before = (await textsBelow(cwd)).size;
  const table: [name: string, permissions: string[], flags: string[]][] = [
    [
      "nothing",
      [],
      [`--allow-read=demo.gtpack,.greentic,${PACKAGES}`, "--allow-write=.greentic", "--ignore-env"],
    ],
    // Nobody knows then whether its components are prepared.
    [
      "the pack",
      ["--allow-read=.greentic", warm[1]!],
      [`--allow-read=demo.gtpack,${PACKAGES}`, "--ignore-env"],
    ],
    [
      "reading its folder",
      ["--allow-read=demo.gtpack", warm[1]!],
      [`--allow-read=.greentic,${PACKAGES}`, "--ignore-env"],
    ],
    ["writing its folder", [warm[0]!], ["--allow-write=.greentic/runs"]],
  ];
  for (const [name, permissions, flags] of table) {
    await t.step(`without ${name}`, async () => {
      const { code, stdout, stderr } = await command(args, { cwd, permissions });
      assertCalm(stderr);
      assertEquals([code, stdout], [4, ""], stderr);
      assertEquals(hintedFlags(stderr), flags);
      const missing = warm.filter((flag) => !permissions.includes(flag));
      const less = flags.length > missing.length || /,\//.test(flags[0]!);
      assertEquals(stderr.includes("  once its components are in the cache, less will do: --allow-"), less);
      assertEquals((await textsBelow(cwd)).size, before, "nothing was written");
    });
  }

  await t.step("another pack that is not in the cache yet", async () => {
    await Deno.copyFile(packPath("fails.gtpack"), `${cwd}/fails.gtpack`);
    const other = ["run", "fails.gtpack", "--flow", "error"];
    const permissions = ["--allow-read=fails.gtpack,.greentic", warm[1]!];
    const { code, stdout, stderr } = await command(other, { cwd, permissions });
    assertCalm(stderr);
    assertEquals([code, stdout], [4, ""], stderr);
    assertEquals((await textsBelow(cwd)).size, before + 1, "nothing was written");
    const granted = await command(other, { cwd, permissions: [...permissions, ...hintedFlags(stderr)] });
    assertEquals(granted.code, 1, granted.stderr);
    assertStringIncludes(granted.stderr, "error[E_DEMO]: ");
  });

  await t.step("inspect reads the pack alone", async () => {
    const { code, stderr } = await command(["inspect", "demo.gtpack"], { cwd, permissions: [] });
    assertEquals([code, hintedFlags(stderr)], [4, ["--allow-read=demo.gtpack"]]);
    const granted = await command(["inspect", "demo.gtpack"], {
      cwd,
      permissions: ["--allow-read=demo.gtpack"],
    });
    assertEquals([granted.code, granted.stderr], [0, ""]);
  });

  await t.step("inspect says what it needs to read hints, and shows the rest", async () => {
    await write(`${cwd}/hints/pack.yaml`, MINIMAL);
    await write(`${cwd}/hints/assets/bindings.hints.yaml`, "network: {allow: [https://hint.example]}");
    assertEquals((await command(["build", "hints", "-o", "hints.gtpack"], { cwd })).code, 0);
    const permissions = ["--allow-read=hints.gtpack"], inspect = ["inspect", "hints.gtpack"];
    const without = await command(inspect, { cwd, permissions });
    assertEquals([without.code, without.stderr], [0, ""]);
    assert(!without.stdout.includes("hint.example"), without.stdout);
    assertStringIncludes(without.stdout, "warning[permission.missing]: Hints are left out: ");
    assertStringIncludes(without.stdout, "--ignore-env");
    const granted = await command(inspect, { cwd, permissions: [...permissions, "--ignore-env"] });
    assertStringIncludes(granted.stdout, "hosts:\n  https://hint.example\n");
  });

  await t.step("--version needs nothing", async () => {
    assertEquals((await command(["--version"], { cwd, permissions: [] })).code, 0);
  });

  await t.step("other folders are named as they are, for a shell", async () => {
    const more = ["--artifacts-dir", "my runs/1", "--cache-dir", ".greentic/cache"];
    const { code, stderr } = await command([...args, ...more], { cwd, permissions: [] });
    assertEquals(code, 4);
    assertStringIncludes(
      stderr,
      `hint: Add --allow-read=demo.gtpack,'my runs/1',.greentic/cache,${PACKAGES} --allow-write='my runs/1',.greentic/cache `,
    );
    const permissions = ["--allow-read=demo.gtpack,my runs/1,.greentic", "--allow-write=my runs/1,.greentic"];
    const granted = await command([...args, ...more], { cwd, permissions });
    assertEquals(granted.code, 0, granted.stderr);
    assert(await exists(`${cwd}/my runs/1/run.json`));
  });
});

Deno.test("command: ends with the code that says whose turn it is", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.writeTextFile(`${cwd}/text.gtpack`, "no archive");
  const kinds = packPath("kinds.gtpack"), fails = packPath("fails.gtpack"), demo = packPath("demo.gtpack");
  const table: [name: string, args: string[], code: number][] = [
    ["success", [demo, ...ADA], 0],
    ["flow failure", [fails, "--flow", "trap"], 1],
    ["usage", [demo, "--frobnicate"], 2],
    ["refused", ["text.gtpack"], 3],
    ["policy", [demo, "--strict-signing"], 3],
    ["limit", [kinds, "--flow", "endless", "--max-steps", "9"], 5],
    ["run timeout", [packPath("spin.gtpack"), "--flow", "loop", "--run-timeout", "300"], 5],
    ["waiting", [kinds, "--flow", "wait"], 0],
    ["waiting, not wanted", [kinds, "--flow", "wait", "--fail-on-wait"], 75],
  ];
  for (const [name, args, code] of table) {
    await t.step(`${name}: ${code}`, async () => {
      const done = await command([...args, "--cache-dir", CACHE], { cwd });
      assertEquals(done.code, code, done.stderr);
      assertCalm(done.stderr);
    });
  }
});

Deno.test("command: stops a guest that never ends, and leaves a complete record", async () => {
  await using temp = await tempFolder();
  const args = [packPath("spin.gtpack"), "--flow", "loop", "--node-timeout", "500", "--cache-dir", CACHE];
  const start = performance.now();
  const child = startCommand([...args, "--artifacts-dir", "run", "--json"], { cwd: temp.path });
  const { code, stdout } = await ended(child);
  assertEquals(code, 5);
  assert(performance.now() - start < 10_000, "the process is gone soon after the limit");
  const printed = JSON.parse(stdout);
  assertEquals(printed, JSON.parse(await Deno.readTextFile(`${temp.path}/run/run.json`)));
  assertEquals([printed.status, printed.error_detail.code], ["TimedOut", "node.timeout"]);
  const lines = await completeTranscript(`${temp.path}/run`);
  const ends = lines.filter(({ phase }) => phase === "error");
  assertEquals(ends.map(({ node_id, status }) => [node_id, status]), [["spin", "timed_out"]]);
  const spent = Number(ends[0]!.metrics["duration_ms"]);
  assert(spent >= 490 && spent < 2_500, `the node took ${spent} ms`);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test({
    name: `command: ${signal} ends a run in the middle, and leaves a complete record`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using temp = await tempFolder();
      const args = [
        packPath("spin.gtpack"),
        "--flow",
        "loop",
        "--cache-dir",
        CACHE,
        "--artifacts-dir",
        "run",
      ];
      const child = startCommand(args, { cwd: temp.path });
      await textWith(`${temp.path}/run/transcript.jsonl`, '"phase":"start"');
      const start = performance.now();
      // Twice, as a terminal and a task runner both deliver it.
      child.kill(signal);
      child.kill(signal);
      const { code, stdout, stderr } = await ended(child);
      assert(performance.now() - start < 5_000, "the process is gone soon after the signal");
      assertEquals([code, stdout], [130, ""], stderr);
      assertCalm(stderr);
      assertStringIncludes(stderr, "error[run.cancelled]: ");
      const record = JSON.parse(await Deno.readTextFile(`${temp.path}/run/run.json`));
      assertEquals([record.status, record.stage], ["Cancelled", "execute"]);
      const lines = await completeTranscript(`${temp.path}/run`);
      assertEquals(lines.filter(({ phase }) => phase === "error").map(({ status }) => status), ["cancelled"]);
      assertEquals((await Array.fromAsync(Deno.readDir(`${temp.path}/run`))).map(({ name }) => name).sort(), [
        "flows.json",
        "logs",
        "run.json",
        "transcript.jsonl",
      ]);
    },
  });
}

Deno.test({
  name: "command: a run that is killed leaves a transcript to read, and no result of an earlier run",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using temp = await tempFolder();
    await Deno.mkdir(`${temp.path}/run`);
    await Deno.writeTextFile(`${temp.path}/run/run.json`, "{}");
    const args = [packPath("spin.gtpack"), "--flow", "loop", "--cache-dir", CACHE, "--artifacts-dir", "run"];
    const child = startCommand(args, { cwd: temp.path });
    await textWith(`${temp.path}/run/transcript.jsonl`, '"phase":"start"');
    child.kill("SIGKILL");
    await ended(child);
    assert(!await exists(`${temp.path}/run/run.json`));
    const lines = await readTranscript(`${temp.path}/run`);
    assertEquals(lines.at(-1)?.phase, "start");
  },
});

Deno.test({
  name: "command: an interrupt ends the wait for standard input",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const cases: [string, number, string[]][] = [
      ["for the input, before it is read", 0, [packPath("demo.gtpack"), "--input", "-"]],
      ["for the input, while it is read", 500, [packPath("demo.gtpack"), "--input", "-"]],
      ["for the pack, while it is read", 500, ["-"]],
    ];
    for (const [name, delay, args] of cases) {
      await t.step(name, async () => {
        await using temp = await tempFolder();
        const child = startCommand([...args, "--cache-dir", CACHE], { cwd: temp.path, stdin: "" });
        // The command says nothing before it reads, so the system is asked whether it listens to the signal.
        await until(async () => {
          const caught = await Deno.readTextFile(`/proc/${child.pid}/status`);
          return /SigCgt:\t[0-9a-f]*[2367abef]\n/.test(caught) ? true : undefined;
        });
        await new Promise((resolve) => setTimeout(resolve, delay));
        child.kill("SIGINT");
        // One interrupt must do: what still waits then is ended, and fails.
        const stuck = setTimeout(() => child.kill("SIGKILL"), 20_000);
        const { code, stderr } = await child.output();
        clearTimeout(stuck);
        const text = new TextDecoder().decode(stderr);
        await child.stdin.close().catch(() => {});
        assertEquals(code, 130, text);
        assertCalm(text);
      });
    }
  },
});

Deno.test("command: a reader that goes away leaves no trace of an error", async (t) => {
  await using temp = await tempFolder();
  for (const stream of ["stdout", "stderr"] as const) {
    await t.step(stream, async () => {
      const args = [
        packPath("demo.gtpack"),
        ...ADA,
        "--json",
        "--cache-dir",
        CACHE,
        "--artifacts-dir",
        stream,
      ];
      const child = startCommand(args, { cwd: temp.path });
      await child[stream].cancel();
      const other = stream === "stdout" ? child.stderr : child.stdout;
      const [{ code }, text] = await Promise.all([child.status, new Response(other).text()]);
      assertEquals(code, 0, text);
      assert(!/EPIPE|Broken pipe/i.test(text), text);
      assertCalm(text);
      const record = JSON.parse(await Deno.readTextFile(`${temp.path}/${stream}/run.json`));
      assertEquals(record.status, "Success");
    });
  }
});

Deno.test("command: reads its input from standard input", async () => {
  await using temp = await tempFolder();
  const args = ["run", packPath("demo.gtpack"), "--input", "-", "--cache-dir", CACHE];
  const { code, stdout, stderr } = await command(args, { cwd: temp.path, stdin: '{"name":\n"Zoë 日本"}\n' });
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout)[0].text, "Hello, Zoë 日本!");
});

Deno.test("command: a record that cannot be written fails the run and says so", async (t) => {
  await using temp = await tempFolder();
  const cwd = temp.path;
  const args = [packPath("demo.gtpack"), ...ADA, "--cache-dir", CACHE, "--artifacts-dir"];
  await t.step("a file in the place of the run directory", async () => {
    await Deno.writeTextFile(`${cwd}/file`, "");
    const { code, stdout, stderr } = await command([...args, "file/run"], { cwd });
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, "error[artifacts.write]: ");
    assertCalm(stderr);
  });
  await t.step({
    name: "a directory that may only be read",
    // Root may write anywhere.
    ignore: Deno.build.os === "windows" || Deno.uid() === 0,
    async fn() {
      await Deno.mkdir(`${cwd}/locked`, { mode: 0o555 });
      const { code, stderr } = await command([...args, "locked/run"], { cwd });
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, "error[artifacts.write]: ");
    },
  });
  await t.step({
    name: "a full disk in the middle: the output is still printed",
    ignore: Deno.build.os !== "linux",
    async fn() {
      await Deno.mkdir(`${cwd}/full`);
      await Deno.symlink("/dev/full", `${cwd}/full/transcript.jsonl`);
      const { code, stdout, stderr } = await command([...args, "full"], { cwd });
      assertEquals(code, 1, stderr);
      assertEquals(JSON.parse(stdout), OUTPUT);
      assertStringIncludes(stderr, "error[artifacts.write]: ");
      const record = JSON.parse(await Deno.readTextFile(`${cwd}/full/run.json`));
      assertEquals(record.status, "Success");
    },
  });
});

Deno.test("command: keeps what guests say off standard output", async () => {
  await using temp = await tempFolder();
  const forged = '{"status":"Success","schema_version":1,"output":"forged"}';
  await Deno.writeFile(
    `${temp.path}/forger.gtpack`,
    await makePack({
      components: ["fails", "host-user"],
      flows: {
        main: [
          { id: "say", component: "host-user", operation: "log", payload: { text: forged }, next: "note" },
          { id: "note", component: "emit.log", payload: { message: forged }, next: "shout" },
          { id: "shout", component: "fails", operation: "panic", payload: forged },
        ],
      },
    }),
  );
  const args = ["forger.gtpack", "--cache-dir", CACHE, "--artifacts-dir", "run"];
  for (const json of [[], ["--json"]]) {
    const { code, stdout } = await command([...args, ...json], { cwd: temp.path });
    assertEquals(code, 1);
    if (json.length === 0) assertEquals(stdout, "");
    else assertEquals([JSON.parse(stdout).status, JSON.parse(stdout).output], ["Failure", null]);
  }
  const logs = await textsBelow(`${temp.path}/run/logs`);
  assert([...logs.values()].join("").includes("forged"), "the guest was heard where it belongs");
});
