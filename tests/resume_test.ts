/** Runs that wait and go on, through the public face. */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  type JsonObject,
  type ResumeOptions,
  resumeRun,
  Runner,
  RunnerError,
  runPack,
  type RunResult,
  startResume,
} from "../mod.ts";
import { fixtureUrl } from "../fixtures/components/build.ts";
import {
  completeTranscript,
  makePack,
  packPath,
  readRun,
  sharedCache,
  type TempFolder,
  tempFolder,
  textsBelow,
} from "./_helpers.ts";

const ORDER = packPath("order.gtpack");
const SOUP = { input: { dish: "soup" } };

/** A run that waits for the first answer, in a folder of its own. */
async function waitingRun(temp: TempFolder, pack: string | Uint8Array = ORDER): Promise<RunResult> {
  const result = await runPack(pack, { artifactsDir: `${temp.path}/first`, cacheDir: null });
  assertEquals(result.status, "waiting");
  return result;
}

/** Why a run is not resumed. */
async function refusal(...args: Parameters<typeof resumeRun>): Promise<RunnerError> {
  return await assertRejects(() => resumeRun(...args), RunnerError);
}

Deno.test("resumeRun() goes on in a run directory of its own, which names the one before", async () => {
  await using temp = await tempFolder();
  const first = await waitingRun(temp);
  const before = await textsBelow(first.artifactsDir);
  const second = await resumeRun(first.artifactsDir, { ...SOUP, artifactsDir: `${temp.path}/second` });
  assertEquals([second.status, second.waiting?.reason, second.output], ["waiting", "count", [
    { text: "How many times soup?" },
  ]]);
  assertEquals([second.parentRun, second.sessionId], [first.artifactsDir, first.sessionId]);
  const third = await resumeRun(second.artifactsDir, {
    input: { count: 2 },
    artifactsDir: `${temp.path}/third`,
  });
  assertEquals([third.status, third.output], ["success", [{ text: "2 × soup: the kitchen is on it." }]]);
  assertEquals(third.parentRun, second.artifactsDir);
  const { result, lines } = await readRun(third.artifactsDir);
  assertEquals([result.parentRun, result.output], [second.artifactsDir, third.output]);
  const [opening] = await completeTranscript(third.artifactsDir);
  assertEquals((opening?.inputs as { info: JsonObject }).info, {
    pack: ORDER,
    parent_run: second.artifactsDir,
  });
  assertEquals(
    lines.filter(({ phase }) => phase === "resume").map(({ node_id, inputs }) => [node_id, inputs]),
    [
      ["confirm", { input: { count: 2 } }],
    ],
  );
  assertEquals(await textsBelow(first.artifactsDir), before, "the run that waited stays as it was");
});

Deno.test("resumeRun() can be asked twice, and answers the waits that follow from turns", async () => {
  await using temp = await tempFolder();
  const first = await waitingRun(temp);
  for (const dish of ["soup", "rice"]) {
    const { status, output, turns } = await resumeRun(first.artifactsDir, {
      input: { dish },
      turns: [{ count: 1 }],
      artifactsDir: `${temp.path}/${dish}`,
    });
    assertEquals([status, output], ["success", [{ text: `1 × ${dish}: the kitchen is on it.` }]]);
    assertEquals(turns, [{
      reason: "count",
      output: [{ text: `How many times ${dish}?` }],
      input: { count: 1 },
    }]);
  }
});

Deno.test("startResume() hands out the events of the rest, and a Runner resumes with its warm parts", async () => {
  await using temp = await tempFolder();
  const { artifactsDir } = await waitingRun(temp);
  const run = startResume(artifactsDir, { ...SOUP, artifactsDir: `${temp.path}/live` });
  const types: string[] = [];
  for await (const { event } of run) types.push(event.type);
  assertEquals(types.filter((type) => type.startsWith("flow.")), ["flow.resumed", "flow.waited"]);
  assertEquals((await run.result).status, "waiting");
  await using runner = new Runner({ artifactsDir: `${temp.path}/warm` });
  assertEquals((await runner.resume(artifactsDir, SOUP)).waiting?.reason, "count");
  const gone = startResume(`${temp.path}/nowhere`);
  assertEquals(await gone.record, null);
  await assertRejects(() => gone.result, RunnerError, "does not wait");
});

Deno.test("resumeRun() repeats how the run was run, and never its secrets", async () => {
  await using temp = await tempFolder();
  const pack = await makePack({
    flows: {
      main: [
        { id: "ask", component: "session.wait", next: "say" },
        { id: "say", component: "emit.response", payload: { no: "<{{entry.no}}>", of: "{{state.input}}" } },
      ],
    },
  });
  const path = `${temp.path}/my.gtpack`;
  await Deno.writeFile(path, pack);
  const first = await runPack(path, {
    artifactsDir: `${temp.path}/first`,
    ctx: { tenantId: "acme", sessionId: "s-1" },
    templates: "lenient",
    limits: { maxSteps: 7 },
    trust: ["ab".repeat(32)],
    mocks: { secrets: { map: { KEY: "hush-hush-value" } } },
  });
  const file = await Deno.readTextFile(`${first.artifactsDir}/snapshot.json`);
  assert(!file.includes("hush-hush-value"), "the snapshot holds no secret that was given");
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(`${first.artifactsDir}/snapshot.json`)).mode! & 0o777, 0o600);
  }
  const second = await resumeRun(first.artifactsDir, { input: 1, artifactsDir: `${temp.path}/second` });
  assertEquals([second.sessionId, second.limits.maxSteps, second.output], ["s-1", 7, [{ no: "<>", of: 1 }]]);
  const other = await resumeRun(first.artifactsDir, {
    input: 1,
    artifactsDir: `${temp.path}/other`,
    ctx: { sessionId: "s-2" },
    limits: { maxLogBytes: 9 },
    templates: "strict",
  });
  assertEquals([other.sessionId, other.limits.maxSteps, other.limits.maxLogBytes], ["s-2", 7, 9]);
  assertEquals(other.error?.code, "template.missing");
});

Deno.test("resumeRun() shows guests what they saw in the run that waited, but for its secrets", async (t) => {
  await using temp = await tempFolder();
  const path = `${temp.path}/main.ygtc`;
  const text = [
    "id: main",
    "type: job",
    "nodes:",
    "  first: {host-user: {operation: random}, routing: [{to: ask}]}",
    "  ask: {session.wait: {reason: r}, routing: [{to: env}]}",
    "  env: {command: {operation: run, input: null}, routing: [{to: config}]}",
    "  config: {host-more: {operation: config, input: {key: K}}, routing: [{to: clock}]}",
    "  clock: {host-user: {operation: clock}, routing: [{to: random}]}",
    "  random: {host-user: {operation: random}, routing: [{to: secret}]}",
    "  secret: {host-user: {operation: secret, input: {key: S}}, routing: [{to: say}]}",
    "  say:",
    "    emit.x:",
    ...["env", "config", "clock", "random", "secret"]
      .map((node) => `      ${node}: "{{node.${node}}}"`),
  ].join("\n");
  await Deno.writeTextFile(path, text);
  const ids = ["command", "host-more", "host-user"];
  const map = Object.fromEntries(ids.map((id) => [id, decodeURIComponent(fixtureUrl(id).pathname)]));
  const { artifactsDir } = await runPack(path, {
    artifactsDir: `${temp.path}/first`,
    cacheDir: sharedCache(),
    components: { map },
    wasi: { env: { A: "1" }, args: ["env"], dirs: [{ host: temp.path, guest: "/data", readOnly: true }] },
    config: { K: "value" },
    seed: "s",
    mocks: { time: { now: "2026-01-01T00:00:00Z" }, secrets: { map: { S: "hush-hush" } } },
  });
  let runs = 0;
  async function resumed(options: ResumeOptions = {}): Promise<JsonObject> {
    const { output, error } = await resumeRun(artifactsDir, {
      artifactsDir: `${temp.path}/rest-${++runs}`,
      ...options,
    });
    assertEquals(error, null);
    return (output as JsonObject[])[0]!;
  }
  const kept = await resumed();
  await t.step("as it was", () => {
    assertEquals(kept.env, { A: "1" }, "its arguments ask the command for its environment");
    assertEquals(kept.config, { found: true, value: '"value"' });
    assertEquals(kept.clock, { seconds: 1_767_225_600, nanoseconds: 0 });
    assert(JSON.stringify(kept.secret).includes("not-found"), JSON.stringify(kept.secret));
  });
  await t.step("with the same randomness each time", async () => {
    assertEquals((await resumed()).random, kept.random);
  });
  await t.step("unless it is told otherwise", async () => {
    const other = await resumed({
      wasi: { args: ["preopens"] },
      config: { K: "other" },
      seed: "t",
      mocks: { time: { now: 0 } },
    });
    assertEquals(other.env, ["/data"], "its arguments ask the command for its folders now");
    assertEquals(other.config, { found: true, value: '"other"' });
    assertEquals(other.clock, { seconds: 0, nanoseconds: 0 });
    assertNotEquals(other.random, kept.random);
  });
});

Deno.test("resumeRun() takes an option that is undefined for one that is left out", async () => {
  await using temp = await tempFolder();
  const { artifactsDir } = await waitingRun(temp);
  const snapshot = `${artifactsDir}/snapshot.json`;
  const text = await Deno.readTextFile(snapshot);
  await Deno.writeTextFile(snapshot, text.replace('"signing": "devok"', '"signing": "strict"'));
  const undecided = { signing: undefined } as unknown as Parameters<typeof resumeRun>[1];
  const rest = { ...SOUP, artifactsDir: `${temp.path}/rest` };
  assertEquals((await refusal(artifactsDir, { ...rest, ...undecided })).code, "verify.policy");
  assertEquals((await resumeRun(artifactsDir, { ...rest, signing: "devok" })).status, "waiting");
});

Deno.test("Runner.resume() goes on as the run was run, with what only the runner knows", async () => {
  await using temp = await tempFolder();
  const text = [
    "id: main",
    "type: job",
    "parameters: {vars_init: {who: {required: true}}}",
    "nodes:",
    "  ask:",
    "    session.wait: {reason: r}",
    "    routing: [{to: say}]",
    "  say:",
    '    emit.x: "{{vars.who}}"',
  ].join("\n");
  await Deno.writeTextFile(`${temp.path}/main.ygtc`, text);
  await using runner = new Runner({
    parameters: { who: "Ada" },
    entryNode: "ask",
    profile: { tenantId: "acme" },
    limits: { maxSteps: 9 },
  });
  const asked = await runner.runPackWith(`${temp.path}/main.ygtc`, { artifactsDir: `${temp.path}/first` });
  const other = runner.profile({ tenantId: "other" }).configure((options) => ({
    ...options,
    limits: { maxSteps: 5 },
  }));
  const { output, limits } = await other.resume(asked.artifactsDir, { artifactsDir: `${temp.path}/rest` });
  assertEquals([output, limits.maxSteps], [["Ada"], 9]);
  const [opening] = await completeTranscript(`${temp.path}/rest`);
  assertEquals(((opening?.inputs as JsonObject)["context"] as JsonObject)["tenant_id"], "acme");
});

Deno.test("resumeRun() keeps the parameters that it is not given anew", async () => {
  await using temp = await tempFolder();
  const text = [
    "id: main",
    "type: job",
    "parameters: {a: 0, b: 0}",
    "nodes:",
    "  ask:",
    "    session.wait: {reason: r}",
    "    routing: [{to: say}]",
    "  say:",
    '    emit.x: ["{{parameters.a}}", "{{parameters.b}}"]',
  ].join("\n");
  await Deno.writeTextFile(`${temp.path}/main.ygtc`, text);
  const { artifactsDir } = await runPack(`${temp.path}/main.ygtc`, {
    parameters: { a: 1, b: 2 },
    artifactsDir: `${temp.path}/first`,
  });
  const rest = await resumeRun(artifactsDir, { parameters: { b: 3 }, artifactsDir: `${temp.path}/rest` });
  assertEquals(rest.output, [[1, 3]]);
});

Deno.test("resumeRun() goes on with the pack that the run waited in, or is told otherwise", async (t) => {
  await using temp = await tempFolder();
  const path = `${temp.path}/my.gtpack`;
  const flow = (text: string) =>
    makePack({
      flows: {
        main: [
          { id: "ask", component: "session.wait", next: "say" },
          { id: "say", component: "emit.response", payload: { text } },
        ],
        other: [{ id: "ask", component: "session.wait", next: "say" }, { id: "say", component: "emit.x" }],
      },
    });
  await Deno.writeFile(path, await flow("before"));
  const { artifactsDir } = await waitingRun(temp, path);
  const rest = { artifactsDir: `${temp.path}/rest` };
  await t.step("the same", async () => {
    assertEquals((await resumeRun(artifactsDir, rest)).output, [{ text: "before" }]);
  });
  await t.step("another flow is refused", async () => {
    const error = await refusal(artifactsDir, { ...rest, entryFlow: "other", allowPackChange: true });
    assertEquals([error.code, error.message], [
      "flow.snapshot",
      "snapshot flow main does not match requested other",
    ]);
  });
  await Deno.writeFile(path, await flow("after"));
  await t.step("a pack that changed is refused", async () => {
    const error = await refusal(artifactsDir, rest);
    assertEquals([error.code, error.message], [
      "flow.snapshot",
      'Pack "made" has changed since the run waited',
    ]);
    assert(error.hint?.includes("--allow-pack-change"), error.hint);
    const { result } = await readRun(rest.artifactsDir);
    assertEquals([result.status, result.stage, result.parentRun], ["failure", "load", artifactsDir]);
  });
  await t.step("unless it may have changed", async () => {
    assertEquals((await resumeRun(artifactsDir, { ...rest, allowPackChange: true })).output, [
      { text: "after" },
    ]);
  });
  await t.step("another pack is refused, whatever is allowed", async () => {
    const error = await refusal(artifactsDir, {
      ...rest,
      pack: ORDER,
      entryFlow: "order",
      allowPackChange: true,
    });
    assertEquals(error.message, "snapshot pack made does not match requested order");
  });
  await t.step("a node that is gone", async () => {
    await Deno.writeFile(path, await makePack({ flows: { main: [{ id: "ask", component: "emit.x" }] } }));
    const { status, error } = await resumeRun(artifactsDir, { ...rest, allowPackChange: true });
    assertEquals([status, error?.code, error?.message], [
      "failure",
      "flow.node_not_found",
      "node say not found",
    ]);
  });
  await t.step("the pack is gone", async () => {
    await Deno.remove(path);
    const { code, hint } = await refusal(artifactsDir, rest);
    assertEquals([code, hint], ["pack.not_found", "Add --pack PACK or the option pack"]);
  });
});

Deno.test("resumeRun() needs to be told where a pack from memory is", async () => {
  await using temp = await tempFolder();
  const bytes = await Deno.readFile(ORDER);
  const { artifactsDir } = await waitingRun(temp, bytes);
  const error = await refusal(artifactsDir, SOUP);
  assertEquals([error.code, error.hint], ["option.invalid", "Add --pack PACK or the option pack"]);
  const rest = { ...SOUP, artifactsDir: `${temp.path}/rest` };
  assertEquals((await resumeRun(artifactsDir, { ...rest, pack: bytes })).status, "waiting");
  assertEquals((await resumeRun(artifactsDir, { ...rest, pack: ORDER })).status, "waiting");
});

Deno.test("resumeRun() reads snapshots of the reference runner, which say less", async () => {
  await using temp = await tempFolder();
  const path = `${temp.path}/their.json`;
  const state = { input: {}, nodes: {}, egress: [] };
  await Deno.writeTextFile(path, JSON.stringify({ flow_id: "order", next_node: "keep_dish", state }));
  const result = await resumeRun(path, { ...SOUP, pack: ORDER, artifactsDir: `${temp.path}/rest` });
  assertEquals([result.waiting?.reason, result.parentRun], ["count", temp.path]);
});

Deno.test("resumeRun() refuses what is no waiting run", async (t) => {
  await using temp = await tempFolder();
  const done = await runPack(ORDER, {
    turns: [{ dish: "soup" }, { count: 1 }],
    artifactsDir: `${temp.path}/done`,
  });
  assertEquals(done.status, "success");
  const { artifactsDir } = await waitingRun(temp);
  const snapshot = `${artifactsDir}/snapshot.json`, text = await Deno.readTextFile(snapshot);
  const table: [name: string, content: string, code: string, message: string][] = [
    ["cut off", text.slice(0, 100), "artifacts.read", ""],
    ["no JSON", "", "artifacts.read", ""],
    ["no object", "[]", "flow.snapshot", "The snapshot is no JSON object"],
    ["newer", text.replace('"version": 2', '"version": 9'), "flow.snapshot", "The snapshot has version 9"],
    ["no flow", text.replace('"flow_id"', '"other"'), "flow.snapshot", "The snapshot names no flow"],
    [
      "a node that is none",
      text.replace('"keep_dish"', '"a b"'),
      "flow.snapshot",
      "invalid resume node id `a b`",
    ],
    [
      "limits that are none",
      text.replace('"limits": {}', '"limits": {"maxSteps": -1}'),
      "flow.snapshot",
      "The snapshot's options are damaged: ",
    ],
    [
      "a map of components that is none",
      text.replace('"allowMissingHash"', '"map": null, "allowMissingHash"'),
      "flow.snapshot",
      "The snapshot's",
    ],
    [
      "a policy that is none",
      text.replace('"devok"', '"Strict"'),
      "flow.snapshot",
      "The snapshot's options are",
    ],
    [
      "an address that is none",
      text.replace(/"pack_source": "[^"]*"/, '"pack_source": "http:"'),
      "flow.snapshot",
      'The pack of the earlier run has no address: "http:"',
    ],
    [
      "a digest that is none",
      text.replace(/"pack_digest": "[^"]*"/, '"pack_digest": 5'),
      "flow.snapshot",
      'The snapshot\'s "pack_digest" is no text',
    ],
    [
      "a pack that is none",
      text.replace('"pack_id": "order"', '"pack_id": 5'),
      "flow.snapshot",
      'The snapshot\'s "pack_id"',
    ],
    [
      "variables that are none",
      text.replace('"vars": {}', '"vars": []'),
      "flow.snapshot",
      'The snapshot\'s "vars" is no',
    ],
  ];
  for (const [name, content, code, message] of table) {
    await t.step(name, async () => {
      assert(content !== text, "the file differs");
      await Deno.writeTextFile(snapshot, content);
      const error = await refusal(artifactsDir, { ...SOUP, artifactsDir: `${temp.path}/rest` });
      assertEquals([error.code, error.message.slice(0, message.length)], [code, message]);
    });
  }
  for (
    const [name, dir] of [["a run that is over", done.artifactsDir], ["no run", `${temp.path}/none`]] as const
  ) {
    await t.step(name, async () => {
      const error = await refusal(dir, SOUP);
      assertEquals([error.code, error.message], [
        "flow.snapshot",
        `Run "${dir}" does not wait: it left no snapshot.json`,
      ]);
    });
  }
});

Deno.test("resumeRun() refuses what would lose the run that waited, or start elsewhere", async (t) => {
  await using temp = await tempFolder();
  const { artifactsDir } = await waitingRun(temp);
  const link = `${temp.path}/link`;
  await Deno.symlink(artifactsDir, link);
  const table: [name: string, args: unknown[], message: string][] = [
    [
      "its own directory",
      [artifactsDir, { artifactsDir: `${artifactsDir}/` }],
      "A resumed run cannot have the run dir",
    ],
    [
      "its own directory through a link",
      [artifactsDir, { artifactsDir: link }],
      "A resumed run cannot have the",
    ],
    ["another start", [artifactsDir, { entryNode: "ask" }], "A resumed run goes on where it waited"],
    ["a directory that is none", [artifactsDir, { artifactsDir: 5 }], 'Option "artifactsDir" is'],
    ["a context that is none", [artifactsDir, { ctx: "abc" }], 'Option "ctx" is'],
    ["no path", [5], "The run to resume is no path"],
    ["no options", [artifactsDir, null], 'Option "options" is'],
  ];
  for (const [name, args, message] of table) {
    await t.step(name, async () => {
      const { code, message: said } = await refusal(...args as Parameters<typeof resumeRun>);
      assertEquals([code, said.slice(0, message.length)], ["option.invalid", message]);
    });
  }
  assertEquals(
    (await resumeRun(artifactsDir, { ...SOUP, artifactsDir: `${temp.path}/rest` })).status,
    "waiting",
  );
});

Deno.test("resumeRun() goes on with the components that the run used, wherever that is", async (t) => {
  await using temp = await tempFolder();
  const flow = [
    "id: main",
    "type: job",
    "parameters: {vars_init: {who: {default: Ada}}}",
    "nodes:",
    "  first:",
    "    one: {operation: echo, input: 1}",
    "    routing: [{to: ask}]",
    "  ask:",
    "    session.wait: why",
    "    routing: [{to: again}]",
    "  again:",
    '    one: {operation: echo, input: "{{vars.who}}"}',
  ].join("\n");
  const echo = await Deno.readFile(new URL("../fixtures/components/echo5/echo5.wasm", import.meta.url));
  await Deno.writeTextFile(`${temp.path}/main.ygtc`, flow);
  await Deno.writeFile(`${temp.path}/one.wasm`, echo);
  await Deno.writeTextFile(`${temp.path}/map.json`, JSON.stringify({ one: `${temp.path}/one.wasm` }));
  const first = await runPack(`${temp.path}/main.ygtc`, {
    artifactsDir: `${temp.path}/first.json`,
    components: { map: `${temp.path}/map.json` },
  });
  const { artifactsDir } = first, rest = { input: {}, artifactsDir: `${temp.path}/rest` };
  assertEquals(first.status, "waiting");
  await t.step("where the map was", async () => {
    await Deno.remove(`${temp.path}/map.json`);
    assertEquals((await resumeRun(artifactsDir, rest)).output, "Ada");
  });
  await t.step("beside others that are named now", async () => {
    const components = { map: { two: `${temp.path}/one.wasm` } };
    assertEquals((await resumeRun(artifactsDir, { ...rest, components })).output, "Ada");
  });
  await t.step("not with a variable that it has begun with", async () => {
    const { code, message } = await refusal(artifactsDir, { ...rest, parameters: { who: "Bob" } });
    assertEquals([code, message], [
      "option.invalid",
      '"who" is a variable, and the run that waited has begun with it',
    ]);
  });
  await t.step("not with one that has changed, unless it may have", async () => {
    // A custom section changes the digest and nothing else.
    await Deno.writeFile(`${temp.path}/one.wasm`, new Uint8Array([...echo, 0, 2, 1, 0x78]));
    const { code, message } = await refusal(artifactsDir, rest);
    assertEquals([code, message], ["flow.snapshot", 'Component "one" has changed since the run waited']);
    assertEquals((await resumeRun(artifactsDir, { ...rest, allowPackChange: true })).output, "Ada");
  });
});

Deno.test("runPack() leaves no snapshot of an earlier run behind", async () => {
  await using temp = await tempFolder();
  const { artifactsDir } = await waitingRun(temp);
  await runPack(ORDER, { artifactsDir, turns: [{ dish: "soup" }, { count: 1 }] });
  assertEquals((await refusal(artifactsDir, SOUP)).code, "flow.snapshot");
});

Deno.test("Values under telling names are hidden in the record of turns, and whole in the result", async () => {
  await using temp = await tempFolder();
  const { turns, artifactsDir } = await runPack(ORDER, {
    artifactsDir: `${temp.path}/run`,
    turns: [{ dish: "soup", password: "open sesame" }, { count: 1 }],
    mocks: { secrets: { map: { KEY: "soup" } } },
  });
  assertEquals(turns[0]?.input, { dish: "__REDACTED__", password: "open sesame" });
  const { result } = await readRun(artifactsDir);
  assertEquals(result.turns[0]?.input, { dish: "__REDACTED__", password: "__REDACTED__" });
  const texts = await textsBelow(artifactsDir);
  for (const [file, text] of texts) assert(!text.includes("open sesame"), file);
});

Deno.test("a snapshot has no secret that was given, and resuming takes them anew", async (t) => {
  await using temp = await tempFolder();
  const value = "p@ss/w+rd=u9";
  const pack = await makePack({
    flows: {
      main: [
        {
          id: "keep",
          component: "echo",
          operation: "echo",
          payload: { text: "{{entry.text}}", code: "{{entry.code}}" },
          next: "wait",
        },
        { id: "wait", component: "session.wait", payload: { reason: "how long?" }, next: "say" },
        {
          id: "say",
          component: "emit.response",
          payload: { text: "{{len node.keep.text}}", code: "{{len node.keep.code}}" },
        },
      ],
    },
    components: ["echo"],
  });
  const cacheDir = `${temp.path}/cache`;
  const secrets = { values: { TOKEN: value } };
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(`user:${value}`)));
  const asked = await runPack(pack, {
    input: { text: value, code: encoded },
    config: { token: value },
    secrets,
    artifactsDir: `${temp.path}/asked`,
    cacheDir,
  });
  assertEquals(asked.status, "waiting");
  const snapshot = await Deno.readTextFile(`${temp.path}/asked/snapshot.json`);
  for (const form of [value, encoded.slice(8, 20)]) assert(!snapshot.includes(form), form);
  const options = { input: {}, pack, cacheDir };
  await t.step("with the secret", async () => {
    const { output } = await resumeRun(asked.artifactsDir, {
      ...options,
      secrets,
      artifactsDir: `${temp.path}/with`,
    });
    assertEquals(output, [{ text: `${value.length}`, code: `${encoded.length}` }]);
  });
  await t.step("with another value", async () => {
    const { output } = await resumeRun(asked.artifactsDir, {
      ...options,
      secrets: { values: { TOKEN: "short one" } },
      artifactsDir: `${temp.path}/other`,
    });
    assertEquals((output as JsonObject[])[0]!.text, `${"short one".length}`);
  });
  await t.step("without it", async () => {
    const error = await assertRejects(
      () => resumeRun(asked.artifactsDir, { ...options, artifactsDir: `${temp.path}/without` }),
      RunnerError,
    );
    assertEquals([error.code, error.hint], [
      "secret.missing",
      "Give it as the run had it: --secret TOKEN=…, or the option secrets",
    ]);
  });
});

Deno.test("what a snapshot seals of the options is sealed alike when the run waits again", async () => {
  await using temp = await tempFolder();
  const secrets = { values: { TOKEN: "s3cret-value" } };
  const asked = await runPack(ORDER, {
    secrets,
    config: { token: "Bearer s3cret-value" },
    artifactsDir: `${temp.path}/first`,
    cacheDir: null,
  });
  const again = await resumeRun(asked.artifactsDir, {
    ...SOUP,
    secrets,
    artifactsDir: `${temp.path}/second`,
  });
  assertEquals(again.status, "waiting");
  for (const { artifactsDir } of [asked, again]) {
    const { options } = JSON.parse(await Deno.readTextFile(`${artifactsDir}/snapshot.json`));
    assertEquals(options.config, { token: "Bearer __SECRET(TOKEN,0)__" });
  }
});
