/** Live runs and warm runners through the public face. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type JsonObject,
  type RecordedEvent,
  Runner,
  RunnerError,
  type RunOptions,
  runPack,
  startRun,
} from "../mod.ts";
import { hearRun } from "../lib/runner.ts";
import {
  completeTranscript,
  exists,
  makePack,
  packPath,
  runScript,
  sharedCache,
  tempFolder,
} from "./_helpers.ts";

const cacheDir = sharedCache();
const DEMO = packPath("demo.gtpack"), SPIN = packPath("spin.gtpack"), KINDS = packPath("kinds.gtpack");
const ADA: RunOptions = { input: { name: "Ada" } };

Deno.test("startRun() hands out every event in order, then the result and the record", async () => {
  await using temp = await tempFolder();
  const lines: JsonObject[] = [];
  const run = startRun(DEMO, {
    ...ADA,
    cacheDir,
    artifactsDir: temp.path,
    transcript: (line) => void lines.push(line),
  });
  const events: RecordedEvent[] = [];
  for await (const event of run) events.push(event);
  const result = await run.result;
  assertEquals(result.status, "success");
  assertEquals(await run.record, result);
  // The first and the last line stand for no event.
  assertEquals(events.map(({ seq }) => seq), lines.slice(1, -1).map((line) => line["seq"]));
  assertEquals(events.map(({ ts }) => ts), lines.slice(1, -1).map((line) => line["ts"]));
  assertEquals(events.filter(({ event }) => event.type.startsWith("node.")).map(({ event }) => event.type), [
    "node.started",
    "node.ended",
    "node.started",
    "node.ended",
    "node.started",
    "node.ended",
    "node.started",
    "node.ended",
  ]);
});

Deno.test("startRun() hands out events as they happen", async () => {
  await using temp = await tempFolder();
  const controller = new AbortController();
  const run = startRun(SPIN, {
    entryFlow: "loop",
    cacheDir,
    artifactsDir: temp.path,
    signal: controller.signal,
  });
  for await (const { event } of run) {
    // The guest spins until somebody hears of it.
    if (event.type === "node.started") controller.abort(new Error("Heard enough"));
  }
  assertEquals((await run.result).status, "cancelled");
});

Deno.test("startRun() goes on when nobody listens any more", async () => {
  await using temp = await tempFolder();
  const run = startRun(DEMO, { ...ADA, cacheDir, artifactsDir: temp.path });
  for await (const _ of run) break;
  assertEquals((await run.result).status, "success");
  const silent = startRun(DEMO, { ...ADA, cacheDir, artifactsDir: temp.path });
  assertEquals((await silent.result).status, "success");
});

Deno.test("startRun() hides secrets in events", async () => {
  await using temp = await tempFolder();
  const secret = "planted-secret-value";
  const run = startRun(KINDS, {
    entryFlow: "host",
    input: { secret: "DEMO_TOKEN" },
    mocks: { secrets: { map: { DEMO_TOKEN: secret } } },
    cacheDir,
    artifactsDir: temp.path,
  });
  const events = await Array.fromAsync(run);
  assert(events.length > 10);
  assert(!JSON.stringify(events).includes(secret));
});

Deno.test("startRun() rejects the result for a pack that is refused, and gives the record all the same", async () => {
  await using temp = await tempFolder();
  const run = startRun(DEMO, { cacheDir, artifactsDir: temp.path, signing: "strict" });
  const events = await Array.fromAsync(run);
  assert(events.every(({ event }) => event.type === "verify") && events.length > 0);
  const error: RunnerError = await assertRejects(() => run.result, RunnerError);
  assertEquals(error.code, "verify.policy");
  const record = await run.record;
  assertEquals([record?.status, record?.stage, record?.error?.code], ["failure", "verify", "verify.policy"]);
});

Deno.test("startRun() has no record when there is no place for one", async () => {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/file`, "");
  const run = startRun(DEMO, { cacheDir, artifactsDir: `${temp.path}/file/run` });
  assertEquals(await Array.fromAsync(run), []);
  assertEquals(await run.record, null);
  const error: RunnerError = await assertRejects(() => run.result, RunnerError);
  assertEquals(error.code, "artifacts.write");
});

Deno.test("startRun() refuses a wrong option at once", () => {
  const error: RunnerError = assertThrows(() => startRun(DEMO, { limits: { maxSteps: 0 } }), RunnerError);
  assertEquals(error.code, "option.invalid");
});

Deno.test("hearRun() hears events and progress in the one order in which they happen", async () => {
  await using temp = await tempFolder();
  const heard: string[] = [];
  const options: RunOptions = {
    ...ADA,
    cacheDir,
    artifactsDir: temp.path,
    progress: (progress) => void (progress.type === "stage" && heard.push(String(progress.stage))),
  };
  const { result } = hearRun(DEMO, options, ({ event: { type } }) => {
    if (heard.at(-1) !== type && /^(?:verify|node\.)/.test(type)) heard.push(type);
  });
  assertEquals((await result).status, "success");
  const nodes = Array.from({ length: 4 }, () => ["node.started", "node.ended"]).flat();
  // The first verdict is that on the container, which is part of opening it.
  assertEquals(heard, ["open", "verify", "verify", "load", "resolve", "execute", ...nodes, "null"]);
});

Deno.test("runPack() goes on when whoever hears of its progress throws", async () => {
  await using temp = await tempFolder();
  let heard = 0;
  const { status } = await runPack(DEMO, {
    ...ADA,
    cacheDir,
    artifactsDir: temp.path,
    progress() {
      heard++;
      throw new TypeError("out of ink");
    },
  });
  assertEquals([status, heard > 5], ["success", true]);
});

Deno.test("Runner is immutable: a setter gives another runner", async () => {
  await using temp = await tempFolder();
  const base = new Runner({ ...ADA, cacheDir, artifactsDir: `${temp.path}/base`, ctx: { sessionId: "s" } });
  await using _ = base;
  const changed = base.profile({ tenantId: "acme", teamId: "blue" }).withMocks({
    secrets: { map: { A: "1234" } },
  })
    .configure((options) => ({ ...options, artifactsDir: `${temp.path}/changed` }));
  assert(changed !== base);
  await base.runPack(DEMO);
  await changed.runPack(DEMO);
  for (const [name, tenant_id, team_id] of [["base", "local-dev", "default"], ["changed", "acme", "blue"]]) {
    const lines = await completeTranscript(`${temp.path}/${name}`);
    const start = lines.find(({ phase }) => phase === "start")?.inputs as JsonObject;
    assertEquals(start["context"], { tenant_id, team_id, user_id: "developer" }, name);
  }
});

Deno.test("Runner.runPackWith() replaces options for one run", async () => {
  await using temp = await tempFolder();
  await using runner = new Runner({ ...ADA, cacheDir, artifactsDir: temp.path });
  const other = await runner.runPackWith(DEMO, { input: { name: "Bob" } });
  const own = await runner.runPack(DEMO);
  assertEquals([other, own].map(({ output }) => (output as JsonObject[])[0]?.["text"]), [
    "Hello, Bob!",
    "Hello, Ada!",
  ]);
  const error: RunnerError = await assertRejects(() => runner.runPackWith(DEMO, { env: "a b" }), RunnerError);
  assertEquals(error.code, "option.invalid");
});

Deno.test("Runner keeps compiled components and workers warm, also for runners made of it", async () => {
  await using temp = await tempFolder();
  await using runner = new Runner({
    ...ADA,
    cacheDir: `${temp.path}/cache`,
    artifactsDir: `${temp.path}/run`,
  });
  const cold = await runner.runPack(DEMO);
  const warm = await runner.profile({ tenantId: "acme" }).runPack(DEMO);
  assertEquals(cold.components.map(({ cacheHit }) => cacheHit), [false, false]);
  assertEquals(warm.components.map(({ cacheHit }) => cacheHit), [true, true]);
  const [before, after] = [cold, warm].map(({ components }) =>
    components.reduce((sum, { prepareMs }) => sum + prepareMs, 0)
  );
  assert(after! < before!, `${after} ms to prepare after ${before} ms`);
  assertEquals(warm.output, cold.output);
});

Deno.test("Runner.startRun() hands out events as they happen, and keeps what it made warm", async () => {
  await using temp = await tempFolder();
  await using runner = new Runner({ ...ADA, artifactsDir: temp.path, cacheDir: null });
  const seen: string[][] = [];
  for (const name of ["Ada", "Bob"]) {
    const run = runner.startRun(DEMO, { input: { name } });
    const types: string[] = [];
    for await (const { event } of run) types.push(event.type);
    const result = await run.result;
    assertEquals([result.status, await run.record === null], ["success", false]);
    assertEquals(JSON.stringify(result.output).includes(`Hello, ${name}!`), true);
    // Without a cache on disk, only what the runner keeps is there already.
    seen.push([
      `${types.filter((type) => type === "node.ended").length}`,
      ...result.components.map(({ cacheHit }) => `${cacheHit}`),
    ]);
  }
  assertEquals(seen, [["4", "false", "false"], ["4", "true", "true"]]);
  assertThrows(() => runner.startRun(DEMO, { entryFlow: "" }), RunnerError);
});

Deno.test("Runner carries nothing of one run into the next", async () => {
  await using temp = await tempFolder();
  await using runner = new Runner({ cacheDir, artifactsDir: temp.path });
  const writes = await makePack({
    components: ["host-user"],
    flows: {
      write: [{
        id: "w",
        component: "host-user",
        operation: "state-write",
        payload: { key: "k", value: "v" },
      }],
      read: [{ id: "r", component: "host-user", operation: "state-read", payload: { key: "k" } }],
    },
  });
  assertEquals((await runner.runPackWith(writes, { entryFlow: "write" })).output, { ok: true });
  const { output } = await runner.runPackWith(writes, { entryFlow: "read" });
  assertEquals(output, { error: { code: "not_found", message: "state key not found" } });
});

Deno.test("Runner runs packs side by side", async () => {
  await using temp = await tempFolder();
  await using runner = new Runner({ cacheDir });
  const names = ["Ada", "Bob", "Eve"];
  const results = await Promise.all(
    names.map((name) => runner.runPackWith(DEMO, { input: { name }, artifactsDir: `${temp.path}/${name}` })),
  );
  assertEquals(
    results.map(({ output }) => output),
    names.map((name) => [{ text: `Hello, ${name}!`, visits: "You were here 1 time" }]),
  );
  for (const name of names) await completeTranscript(`${temp.path}/${name}`);
});

Deno.test("Runner is as good as new after a guest had to be stopped", async () => {
  await using temp = await tempFolder();
  await using runner = new Runner({ cacheDir, artifactsDir: temp.path });
  const [stopped, meanwhile] = await Promise.all([
    runner.runPackWith(SPIN, {
      entryFlow: "loop",
      limits: { nodeTimeoutMs: 150 },
      artifactsDir: `${temp.path}/loop`,
    }),
    runner.runPackWith(DEMO, ADA),
  ]);
  assertEquals([stopped.status, meanwhile.status], ["timed_out", "success"]);
  assertEquals((await runner.runPackWith(DEMO, ADA)).status, "success");
});

Deno.test("Runner and runPack() end their workers: the process ends by itself", async (t) => {
  await using temp = await tempFolder();
  const options = JSON.stringify({ ...ADA, cacheDir, artifactsDir: "run" });
  const pack = JSON.stringify(DEMO);
  const table: [name: string, script: string][] = [
    ["runPack()", `await runPack(${pack}, ${options});`],
    ["startRun()", `const run = startRun(${pack}, ${options}); await run.result;`],
    [
      "a run that is refused",
      `await runPack(${pack}, { ...${options}, signing: "strict" }).catch(() => {});`,
    ],
    [
      "a disposed runner",
      `const runner = new Runner(${options});
       { await using lent = runner.profile({}); await lent.runPack(${pack}); await runner.runPack(${pack}); }`,
    ],
    [
      "a runner that is disposed while it runs",
      `const runner = new Runner(${options}); const run = runner.runPack(${pack});
       await runner[Symbol.asyncDispose](); await run;`,
    ],
    [
      "a runner that runs after it was disposed",
      `const runner = new Runner(${options}); await runner[Symbol.asyncDispose]();
       await runner.runPack(${pack});`,
    ],
  ];
  for (const [name, script] of table) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await runScript(`${script}\nconsole.log("done");`, { cwd: temp.path });
      assertEquals([code, stdout], [0, "done\n"], stderr);
    });
  }
  assert(!await exists(`${temp.path}/.greentic`), "all went where it was told to");
});

Deno.test("mod.ts exports the documented names and prints nothing when it is imported", async () => {
  await using temp = await tempFolder();
  const { code, stdout, stderr } = await runScript(
    `console.log(Object.keys(await import(${
      JSON.stringify(new URL("../mod.ts", import.meta.url).href)
    })).join(" "))`,
    { cwd: temp.path },
  );
  assertEquals([code, stderr], [0, ""]);
  const names =
    "BuildError DEFAULT_LIMITS Runner RunnerError VERSION buildPack desktopDefaults diffRuns doctorPack flowChart " +
    "inspectPack lintPack listCache packPermissions pruneCache recordingsToHar replayRun reportRun resumeRun runPack signPack startResume startRun verifyPack " +
    "warmUpCache";
  assertEquals(stdout, `${names}\n`);
});
