/**
 * One run through the public face: forms of packs, refusals, signals, limits, secrets, records. Long because every way
 * in which a run can end is one table here.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type JsonObject, RunnerError, type RunOptions, runPack, type RunResult } from "../mod.ts";
import {
  brokenFlow,
  completeTranscript,
  exists,
  filesOf,
  makePack,
  packPath,
  readRun,
  runScript,
  sharedCache,
  tempFolder,
  textsBelow,
} from "./_helpers.ts";

const cacheDir = sharedCache();
const ADA: RunOptions = { input: { name: "Ada" } };
const DEMO = packPath("demo.gtpack"), KINDS = packPath("kinds.gtpack"), SPIN = packPath("spin.gtpack");
const OUTPUT = [{ text: "Hello, Ada!", visits: "You were here 1 time" }];

/** Runs a pack in a folder that goes away, and gives what the run left there. */
async function run(
  source: Parameters<typeof runPack>[0],
  options: RunOptions = {},
): Promise<{ result: RunResult; lines: Awaited<ReturnType<typeof completeTranscript>> }> {
  await using temp = await tempFolder();
  const result = await runPack(source, { cacheDir, artifactsDir: temp.path, ...options });
  const lines = await completeTranscript(temp.path);
  assertEquals((await readRun(temp.path)).result, result, "run.json says what the result says");
  return { result, lines };
}

/** Runs a pack that is refused, and gives the error and what the record says of it. */
async function refused(
  source: Parameters<typeof runPack>[0],
  options: RunOptions = {},
): Promise<{ error: RunnerError; record: RunResult }> {
  await using temp = await tempFolder();
  const error: RunnerError = await assertRejects(
    () => runPack(source, { cacheDir, artifactsDir: temp.path, ...options }),
    RunnerError,
  );
  await completeTranscript(temp.path);
  const { result } = await readRun(temp.path);
  assertEquals([result.status, result.error?.code], ["failure", error.code]);
  return { error, record: result };
}

Deno.test("runPack() gives the output and tells how it came about", async () => {
  const { result, lines } = await run(DEMO, { ...ADA, ctx: { tenantId: "acme", sessionId: "s-1" } });
  assertEquals(result.output, OUTPUT);
  assertEquals([result.status, result.stage, result.error, result.waiting], [
    "success",
    "execute",
    null,
    null,
  ]);
  assertEquals([result.packId, result.packVersion, result.flowId], ["demo", "0.1.0", "demo"]);
  const bytes = await Deno.readFile(DEMO);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals(result.packDigest, `sha256:${digest}`);
  assertEquals([result.sessionId, new Set(lines.map((line) => line.session_id))], ["s-1", new Set(["s-1"])]);
  assert(result.durationMs >= 0 && result.startedAt <= result.finishedAt);
  assertEquals(
    result.nodeSummaries.map(({ nodeId, component, status, attempts }) => ({
      nodeId,
      component,
      status,
      attempts,
    })),
    [
      { nodeId: "greet", component: "greet", status: "ok", attempts: 1 },
      { nodeId: "remember", component: "host-user", status: "ok", attempts: 1 },
      { nodeId: "recall", component: "host-user", status: "ok", attempts: 1 },
      { nodeId: "reply", component: "emit.response", status: "ok", attempts: 1 },
    ],
  );
  assert(result.nodeSummaries[0]!.metrics.fuel! > 0);
  assertEquals(result.failures, {});
  assertEquals(result.components.map(({ id, entry }) => [id, entry]).sort(), [
    ["greet", "components/greet.wasm"],
    ["host-user", "components/host-user.wasm"],
  ]);
  assertEquals(result.verification.policy, "devok");
  assertEquals(result.verification.verdicts.filter(({ waived }) => waived).map(({ check }) => check), [
    "trust",
  ]);
});

Deno.test("runPack() takes a pack in every form", async (t) => {
  await using temp = await tempFolder();
  const files = await filesOf(DEMO);
  for (const [name, bytes] of files) {
    const path = `${temp.path}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, bytes);
  }
  const table: [name: string, source: Parameters<typeof runPack>[0], label: string][] = [
    ["path", DEMO, DEMO],
    ["address", new URL(`file://${DEMO}`), DEMO],
    ["folder", temp.path, temp.path],
    ["folder with a slash", `${temp.path}/`, `${temp.path}/`],
    ["bytes", await Deno.readFile(DEMO), "memory"],
    ["files", files, "memory"],
  ];
  for (const [name, source, label] of table) {
    await t.step(name, async () => {
      const { result, lines } = await run(source, ADA);
      assertEquals([result.status, result.packId, result.output], ["success", "demo", OUTPUT]);
      assertStringIncludes(JSON.stringify(lines[0]), JSON.stringify(label));
    });
  }
});

Deno.test("runPack() verifies a folder as it does an archive", async () => {
  const files = await filesOf(DEMO);
  files.get("components/greet.wasm")![100]! ^= 1;
  const { error, record } = await refused(files, ADA);
  assertEquals([error.code, record.stage], ["verify.digest", "verify"]);
});

Deno.test("runPack() runs the bytes that it was given, whatever becomes of them later", async () => {
  const bytes = await Deno.readFile(DEMO);
  await using temp = await tempFolder();
  const running = runPack(bytes, { ...ADA, cacheDir, artifactsDir: temp.path });
  bytes.fill(0);
  assertEquals((await running).output, OUTPUT);
});

Deno.test("runPack() throws for a pack that is refused, and still leaves a record", async (t) => {
  const wants = await makePack({
    components: ["wants-more"],
    flows: { main: [{ id: "a", component: "wants-more", operation: "x" }] },
  });
  const world = await makePack({
    components: ["no-world"],
    flows: { main: [{ id: "a", component: "no-world", operation: "x" }] },
  });
  const broken = await makePack({ documents: { bad: brokenFlow("bad") }, flows: {} });
  const table: [
    name: string,
    source: Parameters<typeof runPack>[0],
    options: RunOptions,
    code: string,
    stage: string,
  ][] = [
    ["absent", "absent.gtpack", {}, "pack.not_found", "open"],
    ["empty", new Uint8Array(), {}, "pack.not_zip", "open"],
    ["no address of a pack", new URL("ftp://example.com/a.gtpack"), {}, "option.invalid", "open"],
    ["strict, untrusted", DEMO, { signing: "strict" }, "verify.policy", "verify"],
    ["strict, unsigned", packPath("demo-unsigned.gtpack"), { signing: "strict" }, "verify.policy", "verify"],
    ["unknown flow", DEMO, { entryFlow: "absent" }, "flow.not_found", "load"],
    ["broken flow", broken, {}, "flow.routing", "load"],
    ["missing imports", wants, {}, "component.import_missing", "resolve"],
    ["no world", world, {}, "component.world", "resolve"],
    ["memory", DEMO, { limits: { maxMemoryBytes: 1 } }, "limit.memory", "resolve"],
    ["too many entries", DEMO, { limits: { maxEntries: 2 } }, "pack.limit.entries", "open"],
  ];
  for (const [name, source, options, code, stage] of table) {
    await t.step(name, async () => {
      const { error, record } = await refused(source, options);
      assertEquals([error.code, record.stage], [code, stage]);
      assertEquals(record.failures["_runtime"]?.code, code);
    });
  }
  await t.step("by the file's name while the manifest is unknown", async () => {
    const { record } = await refused("some/where/my.pack.gtpack");
    assertEquals([record.packId, record.packVersion, record.packDigest, record.flowId], [
      "my.pack",
      "0.0.0",
      null,
      null,
    ]);
  });
});

Deno.test("runPack() runs a good flow of a pack with a broken one, and warns", async () => {
  const pack = await makePack({
    documents: { bad: brokenFlow("bad") },
    flows: { good: [{ id: "say", component: "emit.response", payload: "hi" }] },
  });
  const { result, lines } = await run(pack, { entryFlow: "good" });
  assertEquals([result.status, result.output], ["success", ["hi"]]);
  const warnings = lines.filter(({ phase }) => phase === "warning").map(({ error }) => error?.["code"]);
  assertEquals(warnings, ["flow.routing"]);
});

Deno.test("runPack() does not stop for a component that the flow cannot reach", async () => {
  const pack = await makePack({
    components: ["wants-more", "core-module"],
    flows: { main: [{ id: "say", component: "emit.response", payload: "hi" }] },
  });
  const { result } = await run(pack);
  assertEquals([result.status, result.components], ["success", []]);
});

Deno.test("runPack() takes names of the prototype for names", async () => {
  const pack = await makePack({
    components: ["echo5"],
    flows: {
      constructor: [
        {
          id: "__proto__",
          component: "echo5",
          operation: "echo",
          payload: { "toString": 1 },
          next: "constructor",
        },
        {
          id: "constructor",
          component: "emit.response",
          payload: "{{node.__proto__.toString}}",
          next: "toString",
        },
        { id: "toString", component: "echo5", operation: "fail" },
      ],
    },
  });
  const { result } = await run(pack, { entryFlow: "constructor" });
  assertEquals(result.nodeSummaries.map(({ nodeId, status }) => [nodeId, status]), [
    ["__proto__", "ok"],
    ["constructor", "ok"],
    ["toString", "error"],
  ]);
  assertEquals([result.status, Object.keys(result.failures)], ["failure", ["toString", "_runtime"]]);
});

/** A flow without components that goes round for ever. */
const ROUND = {
  id: "main",
  kind: "job",
  entrypoints: { default: "a" },
  nodes: ["a", "b"].map((id) => ({
    id,
    component: { id: "emit.log" },
    input: { mapping: "x".repeat(100) },
    routing: { next: { node_id: id === "a" ? "b" : "a" } },
  })),
};

Deno.test("runPack() stops for a signal", async (t) => {
  await t.step("that was aborted before", async () => {
    const { result, lines } = await run(DEMO, { ...ADA, signal: AbortSignal.abort(new Error("Too late")) });
    assertEquals([result.status, result.error?.code, result.output], ["cancelled", "run.cancelled", null]);
    assertEquals(lines.filter(({ phase }) => phase === "start"), []);
    assertStringIncludes(JSON.stringify(result.error), "Too late");
  });
  await t.step("that is aborted while a guest runs", async () => {
    const controller = new AbortController();
    let abortedAt = NaN;
    const { result, lines } = await run(SPIN, {
      entryFlow: "loop",
      signal: controller.signal,
      transcript({ phase }) {
        if (phase !== "start") return;
        setTimeout(() => {
          abortedAt = performance.now();
          controller.abort();
        }, 20);
      },
    });
    assert(performance.now() - abortedAt < 3_000, "soon after the signal");
    assertEquals([result.status, result.stage, result.error?.code], [
      "cancelled",
      "execute",
      "run.cancelled",
    ]);
    assertEquals(lines.filter(({ phase }) => phase === "error").map(({ status }) => status), ["cancelled"]);
    assertEquals(result.nodeSummaries.map(({ status }) => status), ["error"]);
  });
  await t.step("that is aborted while nodes go round of which none calls a component", async () => {
    const pack = await makePack({ documents: { main: ROUND }, flows: {} });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const { result } = await run(pack, { signal: controller.signal, limits: { maxSteps: 1_000_000 } });
    assertEquals([result.status, result.error?.code], ["cancelled", "run.cancelled"]);
  });
  await t.step("that is aborted between two nodes", async () => {
    const controller = new AbortController();
    const { result, lines } = await run(DEMO, {
      ...ADA,
      signal: controller.signal,
      transcript: ({ phase }) => void (phase === "end" && controller.abort()),
    });
    assertEquals(result.status, "cancelled");
    assertEquals(lines.filter(({ phase }) => phase === "end").map(({ node_id }) => node_id), ["greet"]);
  });
});

Deno.test("runPack() holds its limits", async (t) => {
  const round = await makePack({ documents: { main: ROUND }, flows: {} });
  const big = await makePack({
    components: ["spin"],
    flows: { main: [{ id: "big", component: "spin", operation: "big", payload: "{{entry.size}}" }] },
  });
  const table: [
    name: string,
    source: Parameters<typeof runPack>[0],
    options: RunOptions,
    status: string,
    code: string,
  ][] = [
    [
      "nodeTimeoutMs",
      SPIN,
      { entryFlow: "loop", limits: { nodeTimeoutMs: 200 } },
      "timed_out",
      "node.timeout",
    ],
    [
      "the profile's",
      SPIN,
      { entryFlow: "loop", profile: { maxNodeWallTimeMs: 200 } },
      "timed_out",
      "node.timeout",
    ],
    [
      "start functions",
      SPIN,
      { entryFlow: "start", limits: { nodeTimeoutMs: 200 } },
      "timed_out",
      "node.timeout",
    ],
    [
      "bulk instructions",
      SPIN,
      { entryFlow: "fill", limits: { nodeTimeoutMs: 200 } },
      "timed_out",
      "node.timeout",
    ],
    [
      "runTimeoutMs",
      SPIN,
      { entryFlow: "loop", limits: { runTimeoutMs: 300 } },
      "timed_out",
      "limit.run_time",
    ],
    ["runTimeoutMs", round, { limits: { runTimeoutMs: 300, maxSteps: 1e6 } }, "timed_out", "limit.run_time"],
    ["maxRunBytes", round, { limits: { maxRunBytes: 5_000 } }, "failure", "limit.run_values"],
    ["maxSteps", KINDS, { entryFlow: "endless", limits: { maxSteps: 6 } }, "failure", "flow.max_steps"],
    [
      "maxMemoryBytes",
      SPIN,
      { entryFlow: "grow", limits: { maxMemoryBytes: 4 << 20 } },
      "failure",
      "limit.memory",
    ],
    [
      "maxValueBytes",
      big,
      { input: { size: 70_000 }, limits: { maxValueBytes: 65_536 } },
      "failure",
      "limit.value",
    ],
    ["the stack", SPIN, { entryFlow: "recurse" }, "failure", "trap.stack"],
  ];
  for (const [name, source, options, status, code] of table) {
    await t.step(name, async () => {
      const { result } = await run(source, options);
      assertEquals([result.status, result.error?.code], [status, code]);
      const limit = /^max[A-Z]|Ms$/.test(name) ? name : null;
      if (limit !== null) assertStringIncludes(result.error?.hint ?? "", `limits.${limit}`);
      const peak = result.nodeSummaries[0]?.metrics.memoryPeakBytes ?? 0;
      assert(peak <= result.limits.maxMemoryBytes, `${peak} bytes`);
    });
  }
  await t.step("what is just within them passes", async () => {
    const { result } = await run(big, { input: { size: 60_000 }, limits: { maxValueBytes: 65_536 } });
    assertEquals([result.status, String(result.output).length], ["success", 59_998]);
  });
  await t.step("maxSteps counts nodes that start", async () => {
    const { lines } = await run(KINDS, { entryFlow: "endless", limits: { maxSteps: 6 } });
    assertEquals(lines.filter(({ phase, status }) => phase === "end" && status === "ok").length, 6);
  });
  await t.step("the run lives on after each", async () => {
    assertEquals((await run(DEMO, ADA)).result.status, "success");
  });
});

Deno.test("runPack() keeps secrets out of everything that it leaves", async () => {
  const secret = "planted-secret-value";
  const pack = await makePack({
    components: ["host-user", "fails", "echo5"],
    flows: {
      main: [
        {
          id: "ask",
          component: "host-user",
          operation: "secret",
          payload: { key: "DEMO_TOKEN" },
          next: "copy",
        },
        {
          id: "copy",
          component: "echo5",
          operation: "echo",
          payload: { copied: "{{node.ask}}" },
          next: "tell",
        },
        {
          id: "tell",
          component: "host-user",
          operation: "log",
          payload: { text: "{{node.ask}}" },
          next: "note",
        },
        { id: "note", component: "emit.log", payload: { message: "it is {{node.ask}}" }, next: "reply" },
        { id: "reply", component: "emit.response", payload: { text: "it is {{node.ask}}" } },
      ],
      panic: [
        {
          id: "ask",
          component: "host-user",
          operation: "secret",
          payload: { key: "DEMO_TOKEN" },
          next: "panic",
        },
        { id: "panic", component: "fails", operation: "panic", payload: "{{node.ask}}" },
      ],
    },
  });
  for (const entryFlow of ["main", "panic"]) {
    await using temp = await tempFolder();
    const seen: JsonObject[] = [];
    const result = await runPack(pack, {
      entryFlow,
      cacheDir,
      artifactsDir: temp.path,
      mocks: { secrets: { map: { DEMO_TOKEN: secret } } },
      transcript: (line) => void seen.push(line),
    });
    assertEquals(result.status, entryFlow === "main" ? "success" : "failure");
    const texts = await textsBelow(temp.path);
    assert(texts.size >= 3, [...texts.keys()].join(", "));
    for (
      const [place, text] of [...texts, ["result", JSON.stringify(result)], ["hook", JSON.stringify(seen)]]
    ) {
      assert(!text!.includes(secret), `${place} holds the secret`);
    }
    assert([...texts.values()].join("").includes("__REDACTED__"), "something was taken out");
  }
});

Deno.test("runPack() gives every line to the transcript hook after it was written", async () => {
  await using temp = await tempFolder();
  const seen: JsonObject[] = [];
  let behind = 0;
  await runPack(DEMO, {
    ...ADA,
    cacheDir,
    artifactsDir: temp.path,
    transcript(line) {
      seen.push(line);
      const written = Deno.readTextFileSync(`${temp.path}/transcript.jsonl`).split("\n").length - 1;
      if (written < seen.length) behind++;
    },
  });
  assertEquals(seen, await completeTranscript(temp.path) as unknown as JsonObject[]);
  assertEquals(behind, 0);
});

Deno.test("runPack() survives a transcript hook that throws", async () => {
  const { result, lines } = await run(DEMO, {
    ...ADA,
    transcript() {
      throw new Error("hook broke");
    },
  });
  assertEquals([result.status, result.output], ["success", OUTPUT]);
  assertEquals(lines.filter(({ phase }) => phase === "warning").length, 1);
});

Deno.test("runPack() lets missing values pass only when templates are lenient", async () => {
  const pack = await makePack({
    flows: {
      main: [{ id: "say", component: "emit.response", payload: { text: "Hello {{entry.nobody}}!" } }],
    },
  });
  const strict = await run(pack);
  assertEquals([strict.result.status, strict.result.error?.code], ["failure", "template.missing"]);
  const lenient = await run(pack, { templates: "lenient" });
  assertEquals([lenient.result.status, lenient.result.output], ["success", [{ text: "Hello !" }]]);
  assertEquals(lenient.lines.filter(({ phase }) => phase === "warning").length, 1);
});

Deno.test("runPack() gives what a waiting flow said so far, and a snapshot", async () => {
  await using temp = await tempFolder();
  const result = await runPack(KINDS, { entryFlow: "wait", cacheDir, artifactsDir: temp.path });
  assertEquals([result.status, result.waiting], ["waiting", { reason: "name", snapshot: "snapshot.json" }]);
  assertEquals(result.output, [{ text: "What is your name?" }]);
  assert(await exists(`${temp.path}/snapshot.json`));
});

Deno.test("runPack() makes a run directory of its own for each run", async () => {
  await using temp = await tempFolder();
  // A working directory belongs to a process.
  const { stdout } = await runScript(
    `const runs = [1, 2, 3].map(() => runPack(${JSON.stringify(DEMO)}, { input: { name: "Ada" } }));
    console.log(JSON.stringify((await Promise.all(runs)).map((run) => run.artifactsDir)));`,
    { cwd: temp.path },
  );
  const dirs: string[] = JSON.parse(stdout);
  assertEquals(new Set(dirs).size, 3);
  for (const dir of dirs) {
    assert(dir.startsWith(`${temp.path}/.greentic/runs/`), dir);
    assert(!dir.slice(temp.path.length).includes(":"), "names that Windows takes too");
    await completeTranscript(dir);
  }
});

Deno.test("runPack() gives the caller what the flow answered, and the record none of what sounds secret", async () => {
  await using temp = await tempFolder();
  const pack = await makePack({
    flows: {
      main: [{ id: "a", component: "emit.response", payload: { token: "page 2", note: "{{entry.note}}" } }],
    },
  });
  const result = await runPack(pack, {
    artifactsDir: temp.path,
    cacheDir,
    input: { note: "it is planted-value" },
    mocks: { secrets: { map: { KEY: "planted-value" } } },
  });
  assertEquals(result.output, [{ note: "it is __REDACTED__", token: "page 2" }]);
  assertEquals((await readRun(temp.path)).result.output, [{
    note: "it is __REDACTED__",
    token: "__REDACTED__",
  }]);
});

Deno.test({
  name: "runPack() lets only the owner read a snapshot, which holds values as they are",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using temp = await tempFolder();
    await runPack(KINDS, { artifactsDir: temp.path, cacheDir, entryFlow: "wait" });
    const { mode } = await Deno.stat(`${temp.path}/snapshot.json`);
    assertEquals((mode ?? 0) & 0o777, 0o600);
  },
});

Deno.test("runPack() refuses a directory in which another run is under way", async () => {
  await using temp = await tempFolder();
  const stop = new AbortController();
  const first = runPack(SPIN, { artifactsDir: temp.path, cacheDir, entryFlow: "loop", signal: stop.signal });
  const error = await assertRejects(
    () => runPack(DEMO, { ...ADA, artifactsDir: temp.path, cacheDir }),
    RunnerError,
  );
  stop.abort();
  assertEquals(error.code, "artifacts.write");
  assertEquals((await first).status, "cancelled");
  await completeTranscript(temp.path);
});

Deno.test("runPack() warns of nodes whose component the pack does not have", async () => {
  const pack = await makePack({
    flows: {
      main: [{ id: "a", component: "emit.response", next: "b" }, {
        id: "b",
        component: "absent",
        operation: "x",
      }],
    },
  });
  const { result, lines } = await run(pack);
  assertEquals([result.status, result.error?.code], ["failure", "node.component"]);
  const warning = lines.find(({ phase }) => phase === "warning");
  assertStringIncludes(JSON.stringify(warning), 'Node \\"b\\" calls component \\"absent\\"');
});
