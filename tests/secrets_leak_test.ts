/**
 * A secret is planted wherever a guest can put a text, in every spelling, and everything that a run leaves or tells is
 * searched for it. What a guest itself keeps for later is its own and not searched: the SQLite file of its state, and
 * the contents of files in a folder that it was given.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type Json,
  type JsonObject,
  RunnerError,
  type RunOptions,
  runPack,
  type RunResult,
  startRun,
} from "../mod.ts";
import { messageChain } from "../lib/base/errors.ts";
import { assertHidden, disguises, filesBelow, leaks, type Remains } from "./_disguises.ts";
import { makePack, type NodeSketch, sharedCache, tempFolder } from "./_helpers.ts";
import { command } from "./cli/_helpers.ts";
import { startCollector } from "./record/otlp/_collector.ts";

const CACHE = sharedCache();

const SECRETS: Readonly<Record<string, string>> = {
  words: "planted-secret-value",
  signs: 'p@ss/w+rd=ü"\\',
  lines: "first line of it\nsecond line of it",
  digits: "8675309124",
};

/** Nodes one after the other. */
function chain(...nodes: Omit<NodeSketch, "id" | "next">[]): NodeSketch[] {
  return nodes.map((node, i) => ({
    id: `n${i}`,
    ...node,
    ...(i + 1 < nodes.length ? { next: `n${i + 1}` } : {}),
  }));
}

function call(component: string, operation: string, payload: Json): Omit<NodeSketch, "id" | "next"> {
  return { component, operation, payload };
}

/** A node for each spelling in the input. */
function each(
  make: (spelling: string) => Omit<NodeSketch, "id" | "next">,
): Omit<NodeSketch, "id" | "next">[] {
  return Object.keys(disguises("any")).map((name) => make(`{{{entry.${name}}}}`));
}

const PLAIN = "{{{entry.plain}}}",
  URL = "{{{entry.origin}}}/{{{entry.url}}}?q={{{entry.urlLower}}}&{{{entry.form}}}";

/** The flows, each of which plants the secrets of its input in places of one sort. */
const FLOWS: Readonly<Record<string, NodeSketch[]>> = {
  outputs: chain(
    call("echo", "echo", "{{entry}}"),
    call("echo", "echo", { text: "{{entry}}", list: ["{{entry.document}}", "{{entry.number}}"] }),
    { component: "var.set", payload: { name: "kept", value: PLAIN } },
    { component: "state.set", payload: { key: "kept", value: "{{entry}}" } },
    { component: "emit.log", payload: { message: `it is ${PLAIN}`, all: "{{entry}}" } },
    { component: "emit.response", payload: { text: `it is ${PLAIN}`, all: "{{entry}}" } },
  ),
  logs: chain(
    ...each((text) => call("host-user", "log", { text })),
    ...each((text) => call("host-more", "logging", { text })),
    ...each((text) => call("host-more", "message", { text })),
  ),
  stores: chain(
    ...each((text) => call("host-user", "state-write", { key: text, value: text })),
    ...each((text) => call("host-user", "state-read", { key: text })),
    call("host-user", "state-write", { key: "all", value: "{{entry}}" }),
    ...each((text) => call("host-user", "kv-put", { key: text, value: text })),
    ...each((text) => call("host-user", "kv-put", { ns: text, key: "k", value: text })),
    ...each((text) => call("host-user", "kv-get", { key: text })),
    call("host-user", "state-delete", { key: PLAIN }),
  ),
  lookups: chain(
    call("host-user", "secret", { key: "TOKEN" }),
    call("echo", "echo", "{{node.n0}}"),
    ...each((text) => call("host-user", "secret", { key: text })),
    ...each((text) => call("host-more", "config", { key: text })),
    call("host-more", "config", { key: "token" }),
    ...each((text) => call("host-more", "token", { provider: text })),
    ...each((text) => call("host-more", "consent", { provider: text })),
    ...each((text) => call("host-more", "exchange", { provider: text })),
  ),
  http: chain(
    call("host-user", "http", { url: URL }),
    call("host-user", "http", { url: URL, method: "POST", body: "{{entry}}" }),
    ...each((body) => call("host-user", "http", { url: "{{{entry.origin}}}/", method: "POST", body })),
    call("host-more", "http-v1", { url: URL }),
    call("host-client", "client-1.1", { url: URL }),
    call("host-user", "http", { url: "http://user:{{{entry.url}}}@127.0.0.1:1/" }),
    call("host-user", "http", { url: "http://{{{entry.url}}}.example/" }),
    call("host-user", "http", { url: PLAIN, method: PLAIN }),
  ),
  names: chain(
    { component: "component.exec", payload: { component: "echo", operation: PLAIN, input: {} } },
    { component: "mcp", payload: { server: PLAIN, tool: "{{{entry.base64}}}", arguments: "{{entry}}" } },
  ),
  files: chain(
    call("command", "run", { args: ["args", PLAIN, "{{{entry.basic}}}"] }),
    call("command", "run", { args: ["env"] }),
    call("command", "run", { args: ["write", "/data", "{{{entry.url}}}", PLAIN] }),
    call("command", "run", { args: ["read", "/data", "{{{entry.url}}}"] }),
    call("command", "run", { args: ["stat", "/data", "{{{entry.base64url}}}"] }),
    call("command", "run", { args: ["ls", "/data", "."] }),
    call("command", "run", { args: [PLAIN] }),
  ),
  // The guest prints its input, which is JSON: what was escaped twice would be so three times.
  panic: chain(call("fails", "panic", `${PLAIN} {{{entry.document}}} {{{entry.basic}}} {{{entry.form}}}`)),
  tool: chain({ component: "mcp", payload: { server: "lookup", tool: "it" } }),
  template: chain({
    component: "emit.response",
    payload: { text: `${PLAIN}{{{lookup entry entry.plain}}}` },
  }),
  waits: chain(
    call("echo", "echo", "{{entry}}"),
    { component: "state.set", payload: { key: "kept", value: "{{entry}}" } },
    { component: "emit.response", payload: { text: PLAIN, all: "{{entry}}" } },
    { component: "session.wait", payload: { reason: `is it ${PLAIN}?` } },
    { component: "emit.response", payload: { text: "{{state.input}}" } },
  ),
};

const PACK = await makePack({
  flows: FLOWS,
  components: ["echo", "host-user", "host-more", "host-client", "fails", "command"],
});

/** The input of every flow: the secret in all spellings, as keys too. */
function inputOf(secret: string, origin: string): JsonObject {
  const spelt = disguises(secret);
  return {
    ...spelt,
    keys: Object.fromEntries(Object.entries(spelt).map(([name, text]) => [text, { [text]: name }])),
    ...(/^\d+$/.test(secret) ? { number: Number(secret) } : { number: 0 }),
    origin,
  };
}

/** A server that says back what it was told. */
function startEcho(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const headers = new Headers({
      "x-url": encodeURI(decodeURIComponentOrNot(request.url)),
      "x-plain": request.url,
    });
    return new Response(`${request.url}\n${await request.text()}`, { headers });
  });
}

function decodeURIComponentOrNot(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What a run came to, and everything that it left or told. */
interface Left {
  readonly result: RunResult;
  readonly remains: Remains;
}

/** Runs a flow with a secret planted everywhere, in a folder that goes away with the test. */
async function plant(secret: string, entryFlow: string, more: RunOptions = {}): Promise<Left> {
  await using temp = await tempFolder();
  await using collector = startCollector();
  await using server = startEcho();
  for (const name of ["data", "tools", "cache"]) await Deno.mkdir(`${temp.path}/${name}`);
  const error = { code: `E_${secret}`, message: `not with ${secret}`, details: inputOf(secret, "") };
  await Deno.writeTextFile(`${temp.path}/tools/lookup__it.json`, JSON.stringify({ ok: false, error }));
  const lines: Json[] = [], events: unknown[] = [];
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const run = startRun(PACK, {
    entryFlow,
    input: inputOf(secret, origin),
    secrets: { values: { TOKEN: secret } },
    config: { token: secret, all: disguises(secret) },
    state: { file: `${temp.path}/state.db`, dump: true, set: { seeded: disguises(secret) } },
    allow: [origin],
    mocks: {
      http: { mode: "record", dir: `${temp.path}/recordings` },
      tools: { dir: `${temp.path}/tools` },
    },
    otlp: { endpoint: collector.base },
    wasi: { dirs: [{ host: `${temp.path}/data`, guest: "/data" }], env: { MINE: secret } },
    transcript: (line) => void lines.push(line),
    artifactsDir: `${temp.path}/run`,
    record: true,
    cacheDir: CACHE,
    ...more,
  });
  for await (const event of run) events.push(event);
  const result = await run.result;
  assert(result.recordFault === undefined && result.exportFault === undefined, JSON.stringify(result));
  assert(collector.spans().length > 1);
  const { nodeSummaries } = result;
  assertEquals(nodeSummaries.filter(({ status }) => status === "skipped").map(({ nodeId }) => nodeId), [
    ...(entryFlow === "waits" ? ["n4"] : []),
  ]);
  const recordings = entryFlow === "http" ? await filesBelow(`${temp.path}/recordings`, "recordings") : [];
  assertEquals(recordings.length > 0, entryFlow === "http");
  return {
    result,
    remains: new Map([
      ...await filesBelow(`${temp.path}/run`, "run"),
      ...recordings,
      ...await filesBelow(CACHE, "cache"),
      ["hook", JSON.stringify(lines)],
      ["events", JSON.stringify(events)],
      ["result", JSON.stringify(result)],
      ["record", JSON.stringify(await run.record)],
      ["spans", JSON.stringify(collector.requests)],
    ]),
  };
}

for (const entryFlow of Object.keys(FLOWS)) {
  Deno.test(`secrets stay hidden: ${entryFlow}`, async (t) => {
    for (const [name, secret] of Object.entries(SECRETS)) {
      await t.step(name, async () => assertHidden(secret, (await plant(secret, entryFlow)).remains));
    }
  });
}

Deno.test("the search finds a secret that nobody hides", async () => {
  const secret = SECRETS.signs!;
  const { remains } = await plant(secret, "outputs", { secrets: {} });
  const found = leaks(secret, remains);
  for (const place of ["run/run.json", "run/transcript.jsonl", "hook", "events", "result"]) {
    for (const form of ["plain", "urlLower", "form", "base64", "base64 after 0"]) {
      assert(found.some((leak) => leak.startsWith(`${place}: ${form},`)), `${place}: ${form}`);
    }
  }
});

Deno.test("a secret that a guest puts is hidden from then on", async () => {
  const secret = "put-by-a-guest";
  await using temp = await tempFolder();
  const lines: JsonObject[] = [];
  const pack = await makePack({
    flows: {
      main: chain(
        call("host-more", "put-secret", `NEW=${secret}`),
        call("host-more", "secret", { key: "NEW" }),
        call("echo", "echo", inputOf(secret, "")),
      ),
    },
    components: ["host-more", "echo"],
  });
  const result = await runPack(pack, {
    artifactsDir: `${temp.path}/run`,
    record: true,
    cacheDir: CACHE,
    transcript: (line) => void lines.push(line),
  });
  assertEquals(result.status, "success");
  // What the flow itself gave to the guest that puts it was written before.
  const [put, ...later] = lines.filter(({ node_id }) => node_id !== null);
  assertEquals([put?.phase, put?.operation], ["start", "put-secret"]);
  assert(later.length > 6);
  assertHidden(secret, new Map([["hook", JSON.stringify(later)], ["result", JSON.stringify(result)]]));
});

Deno.test({
  name: "a secret that a guest puts is not in the snapshot of its flow",
  // Only secrets that were given are sealed: nobody could give this one again to the run that goes on.
  ignore: true,
  async fn() {
    const secret = "put-by-a-guest";
    await using temp = await tempFolder();
    const pack = await makePack({
      flows: {
        main: chain(
          call("host-more", "put-secret", `NEW={{entry.half}}-a-guest`),
          call("host-more", "secret", { key: "NEW" }),
          { component: "session.wait", payload: {} },
          { component: "emit.response", payload: {} },
        ),
      },
      components: ["host-more"],
    });
    const result = await runPack(pack, {
      input: { half: "put-by" },
      artifactsDir: `${temp.path}/run`,
      cacheDir: CACHE,
    });
    assertEquals(result.status, "waiting");
    assertHidden(secret, new Map([["snapshot", await Deno.readTextFile(`${temp.path}/run/snapshot.json`)]]));
  },
});

Deno.test("nothing of a secret stands where the record cuts off what is long", async () => {
  const secret = SECRETS.words!, most = secret.slice(0, -1);
  await using temp = await tempFolder();
  const lines: JsonObject[] = [];
  // What the record says of what is written begins with its key. Few characters, but many bytes: the guest copies them often.
  const body = "x".repeat(1024 - most.length) + secret + "€".repeat(11_000);
  const value = "x".repeat(1024 - most.length - '{"key":"k","value":"'.length) + secret +
    "\x01".repeat(11_000);
  const result = await runPack(
    await makePack({
      flows: {
        main: chain(
          call("host-user", "http", { url: "http://127.0.0.1:1/", method: "POST", body: "{{entry.body}}" }),
          call("host-user", "state-write", { key: "k", value: "{{entry.value}}" }),
          call("host-user", "http", { url: "http://127.0.0.1:1/", method: "{{entry.method}}" }),
        ),
      },
      components: ["host-user"],
    }),
    {
      input: { body, value, method: ` ${"x".repeat(99 - most.length)}${secret}` },
      secrets: { values: { TOKEN: secret } },
      allow: ["http://127.0.0.1:1"],
      artifactsDir: `${temp.path}/run`,
      cacheDir: CACHE,
      transcript: (line) => void lines.push(line),
    },
  );
  assertEquals(result.error, null);
  const text = JSON.stringify(lines);
  // Two excerpts, and a message that the guest answers with as well.
  assertEquals(text.split("__REDACTED__…").length - 1, 4);
  assertHidden(most, new Map([["hook", text], ["result", JSON.stringify(result)]]));
});

Deno.test("nothing of a secret stands where what a guest says is cut off", async (t) => {
  const secret = SECRETS.words!;
  async function said(payload: string, limits: RunOptions["limits"] = {}): Promise<Remains> {
    await using temp = await tempFolder();
    const pack = await makePack({
      flows: { main: chain(call("fails", "panic", payload)) },
      components: ["fails"],
    });
    const result = await runPack(pack, {
      secrets: { values: { TOKEN: secret } },
      limits,
      artifactsDir: `${temp.path}/run`,
      cacheDir: CACHE,
    });
    assertEquals(result.error?.code, "trap.unreachable");
    return new Map([...await filesBelow(`${temp.path}/run`, "run"), ["result", JSON.stringify(result)]]);
  }
  await t.step("in the failure, which has its end", async () => {
    const most = secret.slice(1);
    const remains = await said(`${secret}${"x".repeat(2000 - most.length - 1)}`);
    assertStringIncludes(remains.get("result")!, "…__REDACTED__xxx");
    assertHidden(most, remains);
  });
  await t.step("in the log, which has its beginning", async () => {
    const most = secret.slice(0, -1), before = "demanded panic: ".length + 1;
    const remains = await said(`${"x".repeat(200 - before - most.length)}${secret}`, { maxLogBytes: 200 });
    assertStringIncludes(remains.get("run/logs/n0.stderr.log")!, "xxx__REDACTED__…\n");
    assertHidden(most, remains);
  });
});

/** Options with a secret where a name belongs, each of which ends a run before its flow. */
const MISTAKEN: readonly [what: string, options: (secret: string) => RunOptions][] = [
  ["a flow that is none", (secret) => ({ entryFlow: secret })],
  ["a node that is none", (secret) => ({ entryFlow: "outputs", entryNode: secret })],
  ["an entrypoint that is none", (secret) => ({ entryFlow: "outputs", entrypoint: secret })],
  ["a parameter that is none", (secret) => ({ entryFlow: "outputs", parameters: { [secret]: 1 } })],
  [
    "a folder that is none",
    (secret) => ({ entryFlow: "files", wasi: { dirs: [{ host: `/no/${secret}`, guest: "/data" }] } }),
  ],
];

/** What a run leaves and tells that ends with an error before its flow, and the error. */
async function mistake(secret: string, options: RunOptions): Promise<{ error: Remains; left: Remains }> {
  await using temp = await tempFolder();
  const run = startRun(PACK, {
    input: inputOf(secret, ""),
    secrets: { values: { TOKEN: secret } },
    artifactsDir: `${temp.path}/run`,
    cacheDir: CACHE,
    ...options,
  });
  const error = await assertRejects(() => run.result, RunnerError);
  const { code, message, hint, place, rows } = error;
  const record = ["record", JSON.stringify(await run.record)] as const;
  return {
    error: new Map([["error", JSON.stringify([code, message, hint, place, rows, messageChain(error)])]]),
    left: new Map([...await filesBelow(`${temp.path}/run`, "run"), record]),
  };
}

Deno.test("runs that end before their flow leave no secret", async (t) => {
  const secret = SECRETS.signs!;
  for (const [what, options] of MISTAKEN) {
    await t.step(what, async () => assertHidden(secret, (await mistake(secret, options(secret))).left));
  }
});

Deno.test("errors that end a run before its flow say no secret", async (t) => {
  const secret = SECRETS.signs!;
  for (const [what, options] of MISTAKEN) {
    await t.step(what, async () => assertHidden(secret, (await mistake(secret, options(secret))).error));
  }
});

Deno.test("command: what it prints and leaves says no secret", async (t) => {
  const secret = SECRETS.signs!;
  await using temp = await tempFolder();
  const cwd = temp.path;
  await Deno.writeFile(`${cwd}/p.gtpack`, PACK);
  await Deno.writeTextFile(`${cwd}/in.json`, JSON.stringify(inputOf(secret, "http://127.0.0.1:1")));
  await Deno.writeTextFile(`${cwd}/secrets.json`, JSON.stringify({ TOKEN: secret }));
  await Deno.mkdir(`${cwd}/tools`);
  const error = { code: `E_${secret}`, message: `not with ${secret}`, details: disguises(secret) };
  await Deno.writeTextFile(`${cwd}/tools/lookup__it.json`, JSON.stringify({ ok: false, error }));
  await Deno.writeTextFile(`${cwd}/mocks.json`, JSON.stringify({ tools: { dir: "tools" } }));
  const given = ["--input-file", "in.json", "--mocks", "./mocks.json"];
  const sources = [["--secrets", "secrets.json"], ["--secret-env", "TOKEN", "--json"]];
  for (const [flow, code] of Object.entries({ outputs: 0, names: 1, panic: 1, tool: 1, waits: 0 })) {
    for (const source of sources) {
      await t.step([flow, ...source].join(" "), async () => {
        const where = ["--artifacts-dir", `runs/${flow}`, "--cache-dir", CACHE];
        const args = ["run", "p.gtpack", "--flow", flow, "--record", ...given, ...where, ...source];
        const done = await command(args, { cwd, env: { TOKEN: secret } });
        assertEquals(done.code, code, done.stderr);
        const { stdout, stderr } = done;
        assert(stderr !== "");
        const left = await filesBelow(`${cwd}/runs/${flow}`, "run");
        const cached = await filesBelow(CACHE, "cache");
        assertHidden(secret, new Map([...left, ...cached, ["stdout", stdout], ["stderr", stderr]]));
      });
    }
  }
});
