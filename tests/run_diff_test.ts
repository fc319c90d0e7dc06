/** What two real runs of fixture packs differ in, through the public face: one line for each difference. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../lib/base/json.ts";
import { RunnerError } from "../lib/base/errors.ts";
import { fixtureUrl } from "../fixtures/components/build.ts";
import { type DiffOptions, diffRuns, runDirectory, type RunsDifference } from "../lib/run_diff.ts";
import type { RunOptions } from "../lib/options.ts";
import { runPack } from "../lib/runner.ts";
import { makePack, packPath, sharedCache, tempFolder } from "./_helpers.ts";

const CACHE = sharedCache();
const DEMO = packPath("demo.gtpack"), FAILS = packPath("fails.gtpack");
const STEPS = packPath("steps.gtpack"), ORDER = packPath("order.gtpack");

/** A folder in which runs are made. */
async function runs(): Promise<
  AsyncDisposable & { run(pack: string | Uint8Array, options?: RunOptions): Promise<string> }
> {
  const temp = await tempFolder();
  let made = 0;
  return {
    async run(pack, options = {}) {
      const artifactsDir = `${temp.path}/${++made}`;
      await runPack(pack, { cacheDir: CACHE, ...options, artifactsDir });
      return artifactsDir;
    },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

/** Differences as one line each: subject, place, path, both values. */
function lines({ differences }: RunsDifference): string[] {
  return differences.map(({ subject, place, visit, attempt, call, callNumber, path, a, b }) => {
    const where = [place ?? "-", visit ?? "", attempt ?? "", call === null ? "" : `${call}#${callNumber}`];
    return `${subject} ${where.join(":")} ${path} ${JSON.stringify(a) ?? "-"} ${JSON.stringify(b) ?? "-"}`;
  });
}

async function diff(a: string, b: string, options?: DiffOptions): Promise<string[]> {
  const difference = await diffRuns(a, b, options);
  assertEquals(difference.same, difference.differences.length === 0);
  return lines(difference);
}

/** A file as a component's place in the map of components. */
function mapped(id: string, name: string): RunOptions {
  return { components: { map: { [id]: decodeURIComponent(fixtureUrl(name).pathname) } } };
}

Deno.test("diffRuns() finds nothing where a pack is run twice alike", async (t) => {
  await using made = await runs();
  const secrets = { values: { DEMO_TOKEN: "long enough" } };
  const table: [name: string, pack: string, options: RunOptions][] = [
    ["with calls of the host", DEMO, { input: { name: "Ada" } }],
    ["with sub-flows", packPath("kinds.gtpack"), { entryFlow: "main", secrets }],
    ["with attempts that fail", FAILS, { entryFlow: "retryable" }],
    ["that waits", ORDER, {}],
    ["that is recorded", DEMO, { record: true }],
  ];
  for (const [name, pack, options] of table) {
    await t.step(name, async () => {
      const [a, b] = [await made.run(pack, options), await made.run(pack, options)];
      assertEquals(await diff(a, b), []);
      assertEquals((await diffRuns(a, b)).notCompared, []);
    });
  }
});

Deno.test("diffRuns() tells how inputs made outputs differ", async () => {
  await using made = await runs();
  const [a, b] = [
    await made.run(DEMO, { input: { name: "Ada" } }),
    await made.run(DEMO, { input: { name: "Bob" } }),
  ];
  const difference = await diffRuns(a, b);
  assertEquals(lines(difference), [
    'output -::: output[0].text "Hello, Ada!" "Hello, Bob!"',
    'node demo/greet:1:: inputs.name "Ada" "Bob"',
    'node demo/greet:1:: outputs.text "Hello, Ada!" "Hello, Bob!"',
    'node demo/reply:1:: inputs.text "Hello, Ada!" "Hello, Bob!"',
    'node demo/reply:1:: outputs.text "Hello, Ada!" "Hello, Bob!"',
  ]);
  const { nodes, counts, leftOut, a: first, nodeCosts } = difference;
  assertEquals([nodes, counts, leftOut], [2, { output: 1, node: 4 }, 0]);
  assertEquals([first.dir, first.finished, first.packId, first.flowId, first.status], [
    a,
    true,
    "demo",
    "demo",
    "success",
  ]);
  assertEquals(nodeCosts.map(({ place }) => place), [
    "demo/greet",
    "demo/remember",
    "demo/recall",
    "demo/reply",
  ]);
  const [greet] = nodeCosts;
  assertEquals([greet?.fuel.a, greet?.fuel.ratio, greet?.memoryPeakBytes], [
    greet?.fuel.b,
    1,
    { a: 65536, b: 65536, ratio: 1 },
  ]);
});

Deno.test("diffRuns() tells of a component in the place of another, and what is ignored does not count", async () => {
  await using made = await runs();
  const input = { name: "Ada" };
  const [a, b] = [
    await made.run(DEMO, { input }),
    await made.run(DEMO, { input, ...mapped("greet", "echo") }),
  ];
  const found = (await diff(a, b)).map((line) => line.replace(/sha256:\w{64}/g, "DIGEST"));
  assertEquals(found[0], 'status -::: status "success" "failure"');
  assertStringIncludes(found[1]!, 'status -::: error - {"code":"template.missing",');
  assert(
    found.some((line) => line.startsWith('verification -::: components - {"echo.wasm":')),
    found.join("\n"),
  );
  assert(found.includes('component -::: greet.digest "DIGEST" "DIGEST"'), found.join("\n"));
  assert(found.includes('component -::: greet.origin "pack" "map"'), found.join("\n"));
  assert(found.includes('node demo/greet:1:: outputs.name - "Ada"'), found.join("\n"));
  const rest = await diffRuns(a, b, {
    ignore: ["status", "failure", "output", "component", "verification", "path", "node", "call"],
  });
  assertEquals(lines(rest), []);
  assertEquals([rest.same, rest.counts], [true, {}]);
});

Deno.test("diffRuns() tells of failures and attempts", async (t) => {
  await using made = await runs();
  const retried = await made.run(FAILS, { entryFlow: "retryable" });
  await t.step("a failure that another component does not have", async () => {
    const found = await diff(
      retried,
      await made.run(FAILS, { entryFlow: "retryable", ...mapped("fails", "echo") }),
      {
        ignore: ["component"],
      },
    );
    assertStringIncludes(found[0]!, 'status -::: status "failure" "success"');
    assertStringIncludes(found[1]!, 'status -::: error {"code":"E_RETRY"');
    assert(found.includes('failure retryable/fail:1:3: status "error" "ok"'), found.join("\n"));
    assert(found.includes("node retryable/fail:1:: attempts 3 1"), found.join("\n"));
    assert(found.some((line) => line.startsWith("node retryable/fail:1:: outputs - {")), found.join("\n"));
    assert(found.includes('node retryable/fail:1:: route null "after"'), found.join("\n"));
    assert(found.includes("path retryable/after:1:: visit - 3"), found.join("\n"));
  });
  await t.step("another failure", async () => {
    const [a, b] = [
      await made.run(FAILS, { entryFlow: "error" }),
      await made.run(FAILS, { entryFlow: "trap" }),
    ];
    const found = await diff(a, b, { ignore: ["path", "node"] });
    assert(found.includes('status -::: error.code "E_DEMO" "trap.unreachable"'), found.join("\n"));
    assert(found.includes('flow -::: id "error" "trap"'), found.join("\n"));
  });
  await t.step("what a guest wrote", async () => {
    const calling = (operation: string) =>
      makePack({ components: ["fails"], flows: { main: [{ id: "a", component: "fails", operation }] } });
    const [a, b] = [await made.run(await calling("panic")), await made.run(await calling("trap"))];
    const found = await diff(a, b);
    assert(found.some((line) => /^log main\/a:1:: stderr ".+" ""$/.test(line)), found.join("\n"));
  });
});

Deno.test("diffRuns() tells the way that each run took", async (t) => {
  await using made = await runs();
  const pack = await makePack({
    flows: {},
    documents: {
      main: {
        id: "main",
        kind: "job",
        entrypoints: { default: "ask" },
        nodes: [
          {
            id: "ask",
            component: { id: "emit.response" },
            input: { mapping: { status: "{{entry.status}}" } },
            routing: {
              branch: { on_status: { left: "left", right: "right", both: "left" }, default: "right" },
            },
          },
          {
            id: "left",
            component: { id: "emit.log" },
            input: { mapping: { text: "l" } },
            routing: { next: { node_id: "end" } },
          },
          {
            id: "right",
            component: { id: "emit.log" },
            input: { mapping: { text: "r" } },
            routing: { next: { node_id: "end" } },
          },
          {
            id: "end",
            component: { id: "emit.response" },
            input: { mapping: { text: "done" } },
            routing: "end",
          },
        ],
      },
    },
  });
  await t.step("another branch", async () => {
    const [a, b] = [
      await made.run(pack, { input: { status: "left" } }),
      await made.run(pack, { input: { status: "right" } }),
    ];
    assertEquals(await diff(a, b, { ignore: ["output"] }), [
      "path main/left:1:: visit 2 -",
      "path main/right:1:: visit - 2",
      'node main/ask:1:: inputs.status "left" "right"',
      'node main/ask:1:: outputs.status "left" "right"',
      'node main/ask:1:: route "left" "right"',
    ]);
  });
  await t.step("more rounds", async () => {
    const rounds = (...turns: JsonObject[]) =>
      made.run(STEPS, { entryFlow: "rounds", parameters: { name: "Ada" }, turns });
    const [a, b] = [await rounds({ more: "yes" }, {}), await rounds({ more: "yes" }, { more: "yes" }, {})];
    const found = await diff(a, b, { ignore: ["output", "turn"] });
    assertEquals(found.slice(0, 3), [
      "path rounds/ask:3:: visit - 7",
      "path rounds/wait:3:: visit - 8",
      "path rounds/decide:3:: visit - 9",
    ]);
    assertEquals(found.filter((line) => line.startsWith("path")).length, 3, found.join("\n"));
  });
  await t.step("another order", async () => {
    const say = (id: string, next?: string) => ({
      id,
      component: "emit.response",
      payload: { id },
      ...(next && { next }),
    });
    const [one, other] = [
      await makePack({ flows: { main: [say("a", "b"), say("b", "c"), say("c")] } }),
      await makePack({ flows: { main: [say("b", "a"), say("a", "c"), say("c")] } }),
    ];
    const found = await diff(await made.run(one), await made.run(other), { ignore: ["output", "pack"] });
    assertEquals(found, [
      'flow -::: flows.main.nodes.a.routes[0].to "b" "c"',
      'flow -::: flows.main.nodes.b.routes[0].to "c" "a"',
      'flow -::: flows.main.start "a" "b"',
      "path main/a:1:: order 1 2",
      'node main/a:1:: route "b" "c"',
      'node main/b:1:: route "c" "a"',
    ]);
  });
});

Deno.test("diffRuns() tells of answers to waits", async () => {
  await using made = await runs();
  const order = (...turns: JsonObject[]) => made.run(ORDER, { turns });
  const [one, two] = [await order({ dish: "soup" }), await order({ dish: "soup" }, { count: 2 })];
  assertEquals(await diff(one, two, { ignore: ["output"] }), [
    'status -::: status "waiting" "success"',
    'status -::: waiting {"reason":"count"} -',
    "turn -::: turn[1] - " + JSON.stringify({ ...await turnOf(two, 1) }),
    "path order/confirm:1:: visit - 6",
    'node order/wait_count:1:: route "wait" "confirm"',
  ]);
  const other = await order({ dish: "cake" }, { count: 2 });
  const found = await diff(two, other, { ignore: ["output"] });
  assertEquals(found[0], 'turn -::: turn[0].input.dish "soup" "cake"');
});

async function turnOf(dir: string, index: number): Promise<JsonObject> {
  const { turns } = JSON.parse(await Deno.readTextFile(`${dir}/run.json`));
  return turns[index];
}

Deno.test("diffRuns() tells what guests asked and what they were answered", async (t) => {
  await using made = await runs();
  const ask = (id: string, operation: string, payload: JsonObject, next?: string) => ({
    id,
    component: "host-user",
    operation,
    payload,
    ...(next === undefined ? {} : { next }),
  });
  const pack = await makePack({
    components: ["host-user"],
    flows: {
      main: [
        ask("write", "state-write", { key: "{{entry.key}}", value: "{{entry.value}}" }, "read"),
        ask("read", "state-read", { key: "k" }, "log"),
        ask("log", "log", { text: "{{entry.value}}" }, "secret"),
        ask("secret", "secret", { key: "TOKEN" }),
      ],
    },
  });
  const secrets = { values: { TOKEN: "long enough" } };
  const run = (key: string, value: string) => made.run(pack, { input: { key, value }, secrets });
  const first = await run("k", "one");
  await t.step("another value", async () => {
    const found = await diff(first, await run("k", "two"), { ignore: ["node", "output"] });
    assertEquals(found.slice(0, 2), [
      'call main/write:1::state.write#1 request.value "one" "two"',
      'call main/read:1::state.read#1 answer.value "one" "two"',
    ]);
    assert(found.some((line) => line.startsWith("log main/log:1:: telemetry")), found.join("\n"));
  });
  await t.step("another key", async () => {
    const found = await diff(first, await run("other", "one"), { ignore: ["node", "output"] });
    assertEquals(found.slice(0, 1), ['call main/write:1::state.write#1 request.key "k" "other"']);
  });
  await t.step("another who answers", async () => {
    const mocks = { secrets: { map: secrets.values } };
    const found = await diff(first, await made.run(pack, { input: { key: "k", value: "one" }, mocks }));
    assertEquals(found, ['call main/secret:1::secrets.get#1 provider "real" "mock"']);
  });
  await t.step("a component that asks no more", async () => {
    const found = await diff(
      first,
      await made.run(pack, { input: { key: "k", value: "one" }, ...mapped("host-user", "echo") }),
      {
        ignore: ["component", "verification", "node", "output", "log", "status"],
      },
    );
    assertEquals(found.slice(0, 2), [
      'call main/write:1::state.write#1 request {"key":"k","value":"one"} -',
      'call main/read:1::state.read#1 request {"key":"k"} -',
    ]);
  });
});

Deno.test("diffRuns() tells what the runs were given", async (t) => {
  await using made = await runs();
  const input = { name: "Ada" };
  const first = await made.run(DEMO, { input });
  const table: [name: string, pack: string, options: RunOptions, expected: RegExp[]][] = [
    ["policy and trust", DEMO, {
      signing: "strict",
      trust: ["10165eb5c99d6e5237f077e6b79e1eed7614d55b7e2857fe95e657c923a9a6cd"],
    }, [
      /^policy -::: policy "devok" "strict"$/,
      /^verification -::: trust\["signatures\/pack\.sig"\]\.verdict "untrusted" "verified"$/,
    ]],
    ["limits", DEMO, { limits: { maxSteps: 9 } }, [/^limit -::: max_steps 10000 9$/]],
    ["whom it is for", DEMO, { ctx: { tenantId: "t", sessionId: "s" } }, [
      /^identity -::: session - "s"$/,
      /^identity -::: tenant "local-dev" "t"$/,
    ]],
    ["the pack", packPath("demo-unsigned.gtpack"), {}, [
      /^pack -::: digest "sha256:\w+" "sha256:\w+"$/,
      /^verification -::: signature/,
    ]],
  ];
  for (const [name, pack, options, expected] of table) {
    await t.step(name, async () => {
      const found = await diff(first, await made.run(pack, { input, ...options }));
      for (const line of expected) assert(found.some((one) => line.test(one)), found.join("\n"));
      assert(found.every((line) => !/^(?:node|path|call|log|output)/.test(line)), found.join("\n"));
    });
  }
});

Deno.test("diffRuns() compares the flows that runs kept, node by node", async () => {
  await using made = await runs();
  const input = { name: "Ada" };
  const [a, b] = [await made.run(DEMO, { input }), await made.run(DEMO, { input })];
  const node = (id: string, to: string | null) => ({
    id,
    component: "x",
    routes: [{ to, on: [], failure: false }],
  });
  const keep = async (dir: string, nodes: JsonObject[]) =>
    await Deno.writeTextFile(
      `${dir}/flows.json`,
      JSON.stringify({ version: 1, flows: [{ id: "demo", start: "greet", nodes }] }),
    );
  await keep(a, [node("greet", "say"), node("say", null)]);
  await Deno.remove(`${b}/flows.json`);
  assertEquals(await diff(a, b, { ignore: [] }), [], "what only one run kept is no difference");
  await keep(b, [node("new", "greet"), node("greet", "new"), node("say", null)]);
  assertEquals(await diff(a, b), [
    'flow -::: flows.demo.nodes.greet.routes[0].to "say" "new"',
    `flow -::: flows.demo.nodes.new - ${JSON.stringify(node("new", "greet"))}`,
  ]);
  await Deno.writeTextFile(`${b}/flows.json`, "{");
  const error: RunnerError = await assertRejects(() => diffRuns(a, b), RunnerError);
  assertEquals([error.code, error.place], ["artifacts.read", `${b}/flows.json`]);
});

Deno.test("diffRuns() compares a run that was killed as far as it came", async (t) => {
  await using made = await runs();
  const input = { name: "Ada" };
  const [a, b] = [await made.run(DEMO, { input }), await made.run(DEMO, { input })];
  await Deno.remove(`${b}/run.json`);
  await t.step("without run.json", async () => {
    const difference = await diffRuns(a, b);
    assertEquals(lines(difference), []);
    assertEquals([difference.a.finished, difference.b.finished, difference.b.status, difference.b.packId], [
      true,
      false,
      "success",
      null,
    ]);
    assertEquals(difference.notCompared, ["output", "turn", "pack", "component", "policy", "limit"]);
  });
  await t.step("without its end", async () => {
    const path = `${b}/transcript.jsonl`;
    const text = await Deno.readTextFile(path);
    const kept = text.split("\n").findIndex((line) => line.includes('"node_id":"recall"')) + 1;
    await Deno.writeTextFile(path, text.split("\n").slice(0, kept).join("\n") + '\n{"half":');
    assertEquals(await diff(a, b), [
      'status -::: status "success" "unfinished"',
      'failure demo/recall:1:: status "ok" "unfinished"',
      "path demo/reply:1:: visit 4 -",
      'node demo/recall:1:: outputs {"found":true,"value":"1"} -',
      'node demo/recall:1:: route "reply" null',
      'call demo/recall:1::state.read#1 request {"key":"visits"} -',
    ]);
    assertEquals(await diff(b, b), []);
  });
});

Deno.test("diffRuns() compares runs of the reference runner, which tells less", async () => {
  await using made = await runs();
  await using temp = await tempFolder();
  const [a, b] = [
    await made.run(DEMO, { input: { name: "Ada" } }),
    await made.run(DEMO, { input: { name: "Bob" } }),
  ];
  const [old, other] = [`${temp.path}/old`, `${temp.path}/other`];
  await asReference(a, old);
  await asReference(b, other);
  const difference = await diffRuns(old, other);
  assertEquals(lines(difference), lines(await diffRuns(a, b, { ignore: ["output", "call"] })));
  assertEquals(difference.notCompared, ["output", "turn", "component", "policy", "verification", "limit"]);
  assertEquals(await diff(a, old, { ignore: ["call", "node"] }), []);
});

/** Writes a run again as the reference does: fewer keys, fewer lines. */
async function asReference(from: string, to: string): Promise<void> {
  const keys = [
    "ts",
    "session_id",
    "flow_id",
    "node_id",
    "component",
    "phase",
    "status",
    "inputs",
    "outputs",
    "error",
  ];
  const more = ["metrics", "schema_id", "defaults_applied", "redactions"];
  const pick = (value: JsonObject, names: readonly string[]) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
  await Deno.mkdir(to);
  const text = await Deno.readTextFile(`${from}/transcript.jsonl`);
  const lines = text.trimEnd().split("\n").map((line): JsonObject => JSON.parse(line))
    .filter(({ phase }) => phase === "start" || phase === "end" || phase === "error");
  const nothing = { duration_ms: null, cpu_time_ms: null, mem_peak_bytes: null };
  await Deno.writeTextFile(
    `${to}/transcript.jsonl`,
    lines.map((line) => `${JSON.stringify({ ...pick(line, [...keys, ...more]), metrics: nothing })}\n`).join(
      "",
    ),
  );
  const run: JsonObject = JSON.parse(await Deno.readTextFile(`${from}/run.json`));
  const kept = [
    "session_id",
    "pack_id",
    "pack_version",
    "flow_id",
    "started_at_utc",
    "finished_at_utc",
    "status",
    "error",
  ];
  const rest = ["node_summaries", "failures", "artifacts_dir"];
  await Deno.writeTextFile(`${to}/run.json`, JSON.stringify(pick(run, [...kept, ...rest])));
}

Deno.test("runDirectory() takes a file of a run directory for the directory", () => {
  const table: [path: string, expected: string][] = [
    ["runs/1", "runs/1"],
    ["runs/1/", "runs/1/"],
    ["runs/1/run.json", "runs/1"],
    ["runs/1/transcript.jsonl", "runs/1"],
    ["C:\\runs\\1\\snapshot.json", "C:\\runs\\1"],
    ["run.json", "."],
    ["/tape.jsonl", "/"],
    ["runs/1/state.json", "runs/1/state.json"],
    ["run.json/1", "run.json/1"],
    ["", ""],
  ];
  for (const [path, expected] of table) assertEquals(runDirectory(path), expected, path);
});

Deno.test("diffRuns() says which of the two runs cannot be read, and why", async (t) => {
  await using made = await runs();
  await using temp = await tempFolder();
  const good = await made.run(DEMO);
  const transcript = await Deno.readTextFile(`${good}/transcript.jsonl`);
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const table: [name: string, files: Record<string, string>, reason: string][] = [
    ["an empty folder", {}, "cannot be read"],
    ["a line that is no JSON", { "transcript.jsonl": `${transcript}{]\n` }, "is damaged"],
    ["a line that is no object", { "transcript.jsonl": "5\n" }, "it has no phase"],
    [
      "a line that nests deeply",
      { "transcript.jsonl": `{"phase":"log","inputs":${deep}}\n` },
      "it nests deeper than",
    ],
    [
      "newer lines",
      { "transcript.jsonl": '{"phase":"run","version":99}\n' },
      "Version 99 of the transcript is newer",
    ],
    ["a run.json that is none", { "transcript.jsonl": transcript, "run.json": "[]" }, 'Field "session_id"'],
    ["half a run.json", { "transcript.jsonl": transcript, "run.json": '{"session_id":' }, "is damaged"],
    [
      "a newer run.json",
      { "transcript.jsonl": transcript, "run.json": '{"schema_version":99}' },
      "Version 99 of run.json",
    ],
  ];
  for (const [i, [name, files, reason]] of table.entries()) {
    await t.step(name, async () => {
      const dir = `${temp.path}/${i}`;
      await Deno.mkdir(dir);
      for (const [file, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${file}`, text);
      const first: RunnerError = await assertRejects(() => diffRuns(dir, good), RunnerError);
      const second: RunnerError = await assertRejects(() => diffRuns(good, dir), RunnerError);
      assertEquals([first.code, second.code], ["artifacts.read", "artifacts.read"]);
      assertStringIncludes(first.message, "Run A cannot be compared: ");
      assertStringIncludes(second.message, "Run B cannot be compared: ");
      assertStringIncludes(first.message, reason);
      assert(first.place?.startsWith(dir) && first.hint !== undefined, `${first.place} ${first.hint}`);
    });
  }
  await t.step("a folder that is not there", async () => {
    const error: RunnerError = await assertRejects(() => diffRuns(good, `${temp.path}/absent`), RunnerError);
    assertEquals(error.code, "artifacts.read");
  });
  await t.step("a folder of runs", async () => {
    const folder = `${temp.path}/runs`;
    for (const name of ["1", "2", "3"]) await madeRun(`${folder}/${name}`, [["a", 0]]);
    const error: RunnerError = await assertRejects(() => diffRuns(good, folder), RunnerError);
    assertEquals(error.hint, `Name one of the runs in it, such as ${folder}/3 ${folder}/2`);
  });
  await t.step("lines whose fields are of wrong types are no reason to fall over", async () => {
    const dir = `${temp.path}/odd`;
    await Deno.mkdir(dir);
    const odd = {
      phase: "start",
      node_id: 5,
      flow_id: [],
      operation: {},
      call_id: 1,
      component: [],
      attempt: "x",
    };
    const rest = [{ ...odd, phase: "host", status: 7 }, { ...odd, phase: "log" }, { ...odd, phase: "new" }];
    await Deno.writeTextFile(
      `${dir}/transcript.jsonl`,
      [odd, ...rest].map((one) => `${JSON.stringify(one)}\n`).join(""),
    );
    assertEquals((await diffRuns(dir, dir)).same, true);
  });
});

/** A run directory of a transcript alone, made of the visits to these nodes, each with a number in it. */
async function madeRun(
  dir: string,
  visits: readonly (readonly [node: string, number: number])[],
): Promise<string> {
  await Deno.mkdir(dir, { recursive: true });
  const text = visits.flatMap(([node_id, n], i) => {
    const shared = { flow_id: "main", node_id, call_id: `n${i}`, attempt: 1, component: "x", status: "ok" };
    return [
      { ...shared, phase: "start", inputs: { payload: { n } } },
      { ...shared, phase: "end", inputs: null, outputs: { n } },
    ];
  }).map((line) => `${JSON.stringify(line)}\n`).join("");
  await Deno.writeTextFile(`${dir}/transcript.jsonl`, text);
  return dir;
}

Deno.test("diffRuns() compares runs of ten thousand steps, lists the first differences and counts all", async (t) => {
  await using temp = await tempFolder();
  const steps = (times: number, node: (i: number) => string, number: (i: number) => number = () => 0) =>
    Array.from({ length: times }, (_, i) => [node(i), number(i)] as const);
  const loop = steps(10_000, (i) => `n${i % 7}`);
  const first = await madeRun(`${temp.path}/first`, loop);
  await t.step("one round less in the middle", async () => {
    const b = await madeRun(`${temp.path}/less`, loop.toSpliced(5_000, 7));
    const { counts, nodes } = await diffRuns(first, b);
    // The last step of the shorter run leads nowhere.
    assertEquals([counts, nodes], [{ path: 7, node: 1 }, 7]);
  });
  await t.step("a step more at its beginning and another at its end", async () => {
    const b = await madeRun(`${temp.path}/more`, [["new", 0], ...loop, ["last", 0]]);
    assertEquals(await diff(first, b), [
      "path main/new:1:: visit - 1",
      "path main/last:1:: visit - 10002",
      'node main/n3:1429:: route null "last"',
    ]);
  });
  await t.step("nothing in common", async () => {
    const b = await madeRun(`${temp.path}/other`, steps(10_000, (i) => `m${i}`));
    const { counts, leftOut, differences } = await diffRuns(first, b, { most: 10 });
    assertEquals([counts, leftOut, differences.length], [{ path: 20_000 }, 19_990, 10]);
  });
  await t.step("another order throughout", async () => {
    const b = await madeRun(`${temp.path}/turned`, loop.toReversed());
    const { counts } = await diffRuns(first, b);
    assert(counts.path! > 0 && counts.path! < 20_000, JSON.stringify(counts));
  });
  await t.step("another value in every step", async () => {
    const b = await madeRun(`${temp.path}/values`, steps(10_000, (i) => `n${i % 7}`, (i) => i + 1));
    const { counts, nodes } = await diffRuns(first, b);
    assertEquals([counts, nodes], [{ node: 20_000 }, 7]);
  });
});

Deno.test("diffRuns() refuses options that are none", async (t) => {
  const table: [name: string, options: DiffOptions][] = [
    ["an unknown option", { all: true } as DiffOptions],
    ["an unknown subject", { ignore: ["nodes" as "node"] }],
    ["a subject that is no list", { ignore: "node" as unknown as ["node"] }],
    ["none at all", { most: 0 }],
    ["half a difference", { most: 1.5 }],
  ];
  for (const [name, options] of table) {
    await t.step(name, async () => {
      const error: RunnerError = await assertRejects(() => diffRuns("a", "b", options), RunnerError);
      assertEquals(error.code, "option.invalid");
    });
  }
  const error: RunnerError = await assertRejects(() => diffRuns("", "b"), RunnerError);
  assertEquals(error.code, "option.invalid");
});
