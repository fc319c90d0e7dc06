/** Traces of runs through the public face: what the collector gets, and that a collector in trouble troubles nobody. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { resumeRun, type RunOptions, runPack, type RunResult } from "../mod.ts";
import type { TranscriptLine } from "../lib/record/line.ts";
import {
  completeTranscript,
  makePack,
  type NodeSketch,
  packPath,
  sharedCache,
  tempFolder,
} from "./_helpers.ts";
import { command, ended, startCommand, textWith } from "./cli/_helpers.ts";
import { freePort } from "./host/http/_servers.ts";
import {
  type Collector,
  named,
  plain,
  readHead,
  type SentSpan,
  startCollector,
  startStranger,
  treeOf,
} from "./record/otlp/_collector.ts";

const CACHE = sharedCache();
const SPIN: NodeSketch = { id: "spin", component: "spin", operation: "loop" };

/** What a trace is made of: runs, visits and attempts by node, host calls by what was called; each with how often. */
type Tally = Record<string, number>;

function tallyOf(items: readonly string[]): Tally {
  const tally: Tally = {};
  for (const item of items.toSorted()) tally[item] = (tally[item] ?? 0) + 1;
  return tally;
}

function spanName(span: SentSpan): string {
  const { name, attributes } = span, facts = plain(attributes);
  if (name.startsWith("run")) return "run";
  if (facts["greentic.host.call"] !== undefined) return `call ${facts["greentic.host.call"]}`;
  const kind = name.startsWith("attempt") ? name : "node";
  return `${kind} of ${facts["greentic.flow.id"]}/${facts["greentic.node.id"]}`;
}

/** The spans that a transcript asks for. */
function asked(lines: readonly TranscriptLine[]): string[] {
  return lines.flatMap(({ phase, status, attempt, flow_id, node_id, operation }) => {
    if (phase === "run" && status === "start") return ["run"];
    if (phase === "host" && status === "call") return [`call ${operation}`];
    if (phase !== "start") return [];
    const place = `${flow_id}/${node_id}`;
    return [`attempt ${attempt} of ${place}`, ...(attempt === 1 ? [`node of ${place}`] : [])];
  });
}

/** Checks that a collector got exactly what a transcript tells, as one tree, and gives the spans. */
async function assertTraced(collector: Collector, runDir: string): Promise<SentSpan[]> {
  const spans = collector.spans();
  assertEquals(tallyOf(spans.map(spanName)), tallyOf(asked(await completeTranscript(runDir))));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
  assertEquals(roots.map(spanName), ["run"]);
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  return spans;
}

const PACK = await makePack({
  flows: {
    main: [
      { id: "all", component: "host-user", operation: "all", payload: "{{entry}}", next: "sub" },
      { id: "sub", component: "flow.call", payload: { flow: "inner", input: {} }, next: "again" },
      { id: "again", component: "host-user", operation: "state-read", payload: { key: "k" }, next: "say" },
      { id: "say", component: "emit.response", payload: { text: "done" } },
    ],
    inner: [
      { id: "write", component: "host-user", operation: "kv-put", payload: { key: "k", value: "v" } },
    ],
    fail: [{ id: "fail", component: "fails", operation: "error" }],
    trap: [{ id: "fail", component: "fails", operation: "panic", payload: "no" }],
    retry: [{ id: "fail", component: "fails", operation: "retryable" }],
    spin: [{ id: "say", component: "emit.log", payload: { message: "soon" }, next: "spin" }, SPIN],
    nested: [{ id: "sub", component: "flow.call", payload: { flow: "spin", input: {} } }],
    fetch: [{ id: "fetch", component: "host-user", operation: "http", payload: "{{entry}}" }],
    wait: [
      { id: "say", component: "emit.response", payload: { text: "yes?" }, next: "wait" },
      { id: "wait", component: "session.wait", payload: { reason: "an answer" }, next: "end" },
      { id: "end", component: "emit.response", payload: { text: "thanks" } },
    ],
  },
  components: ["host-user", "fails", "spin"],
});

Deno.test("a collector gets every span once, however a run ends", async (t) => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("hi"),
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const input = { secret: "NONE", url: origin, key: "k", value: "1" };
  const table: [flow: string, status: RunResult["status"], code: string | undefined, options: RunOptions][] =
    [
      ["main", "success", undefined, { input, allow: [origin] }],
      ["fail", "failure", "E_DEMO", {}],
      ["trap", "failure", "trap.unreachable", {}],
      ["retry", "failure", "E_RETRY", {}],
      ["spin", "timed_out", "node.timeout", { limits: { nodeTimeoutMs: 150 } }],
      ["nested", "timed_out", "limit.run_time", { limits: { runTimeoutMs: 300 } }],
      ["wait", "waiting", undefined, {}],
      ["wait", "success", undefined, { turns: [{ text: "yes" }] }],
    ];
  for (const [entryFlow, status, code, options] of table) {
    await t.step(`${entryFlow}: ${status}`, async () => {
      await using temp = await tempFolder();
      await using collector = startCollector();
      const result = await runPack(PACK, {
        entryFlow,
        otlp: { endpoint: collector.base },
        artifactsDir: `${temp.path}/run`,
        cacheDir: CACHE,
        ...options,
      });
      assertEquals([result.status, result.error?.code, result.exportFault], [status, code, undefined]);
      const spans = await assertTraced(collector, result.artifactsDir);
      const root = named(spans, `run ${entryFlow}`);
      assertEquals(plain(root.attributes)["greentic.run.status"], status);
      assertEquals(root.status.code, code === undefined ? 0 : 2);
    });
  }
});

Deno.test("a run that goes on is traced on its own, or as a part of what it is told", async () => {
  await using temp = await tempFolder();
  const shared = { pack: PACK, cacheDir: CACHE };
  const asked = await runPack(PACK, {
    cacheDir: CACHE,
    entryFlow: "wait",
    artifactsDir: `${temp.path}/asked`,
  });
  await using collector = startCollector();
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736", spanId = "00f067aa0ba902b7";
  const result = await resumeRun(asked.artifactsDir, {
    ...shared,
    input: { text: "yes" },
    otlp: { endpoint: collector.base, traceparent: `00-${traceId}-${spanId}-01` },
    artifactsDir: `${temp.path}/answered`,
  });
  assertEquals([result.status, result.exportFault], ["success", undefined]);
  const root = named(await assertTraced(collector, result.artifactsDir), "run wait");
  assertEquals([root.traceId, root.parentSpanId], [traceId, spanId]);
});

Deno.test("a collector gets every span once when a run is cancelled", async (t) => {
  for (const entryFlow of ["spin", "nested"]) {
    await t.step(entryFlow, async () => {
      await using temp = await tempFolder();
      await using collector = startCollector();
      const controller = new AbortController();
      const result = await runPack(PACK, {
        entryFlow,
        signal: controller.signal,
        transcript: ({ phase, node_id }) => {
          if (phase === "start" && node_id === "spin") controller.abort();
        },
        otlp: { endpoint: collector.base },
        artifactsDir: `${temp.path}/run`,
        cacheDir: CACHE,
      });
      assertEquals([result.status, result.exportFault], ["cancelled", undefined]);
      const spans = await assertTraced(collector, result.artifactsDir);
      assertEquals(named(spans, "node spin").status.code, 2);
    });
  }
});

Deno.test("a collector hears of a pack that is refused", async () => {
  await using temp = await tempFolder();
  await using collector = startCollector();
  const bytes = await Deno.readFile(packPath("demo.gtpack"));
  const broken = bytes.slice(0, bytes.length - 100);
  let thrown = "";
  await runPack(broken, {
    otlp: { endpoint: collector.base },
    artifactsDir: `${temp.path}/run`,
    cacheDir: CACHE,
  }).catch(({ code }) => thrown = code);
  assertStringIncludes(thrown, "pack.");
  const spans = await assertTraced(collector, `${temp.path}/run`);
  assertEquals(treeOf(spans), "run !");
  assertEquals(plain(spans[0]!.attributes)["greentic.run.stage"], "open");
});

/** A folder with the pack, whose components are prepared, and the permissions that running it there needs. */
async function commandFolder() {
  const temp = await tempFolder();
  await Deno.writeFile(`${temp.path}/p.gtpack`, PACK);
  await command(["cache", "warmup", "p.gtpack"], { cwd: temp.path });
  const permissions = (...hosts: string[]) => [
    "--allow-read=p.gtpack,.greentic",
    "--allow-write=.greentic",
    ...(hosts.length === 0 ? [] : [`--allow-net=${hosts.join(",")}`]),
  ];
  return { cwd: temp.path, permissions, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

const RUN = ".greentic/runs/one";

Deno.test("command: a run that is interrupted is traced to its end", async (t) => {
  await using folder = await commandFolder();
  const { cwd } = folder;
  await t.step("in a node that loops", async () => {
    await using collector = startCollector();
    const { host } = new URL(collector.base);
    const child = startCommand(
      ["run", "p.gtpack", "--flow", "spin", "--otlp", collector.base, "--artifacts-dir", RUN],
      { cwd, permissions: folder.permissions(host) },
    );
    await textWith(`${cwd}/${RUN}/transcript.jsonl`, '"node_id":"spin"');
    child.kill("SIGINT");
    const { code, stderr } = await ended(child);
    assertEquals([code, stderr.includes("warning[")], [130, false], stderr);
    const spans = await assertTraced(collector, `${cwd}/${RUN}`);
    assertEquals(plain(named(spans, "node spin").attributes)["greentic.node.status"], "cancelled");
  });
  await t.step("in a node that waits for an answer", async () => {
    await using collector = startCollector();
    const came = Promise.withResolvers<void>();
    await using server = startStranger(async (connection) => {
      await readHead(connection);
      came.resolve();
      await new Promise(() => {});
    });
    const hosts = [collector, server].map(({ base }) => new URL(base).host);
    const child = startCommand(
      [
        ...["run", "p.gtpack", "--flow", "fetch", "--input", JSON.stringify({ url: server.base })],
        ...["--allow", server.base, "--otlp", collector.base, "--artifacts-dir", RUN],
      ],
      { cwd, permissions: folder.permissions(...hosts) },
    );
    await came.promise;
    child.kill("SIGINT");
    const { code, stderr } = await ended(child);
    assertEquals([code, stderr.includes("warning[")], [130, false], stderr);
    const spans = await assertTraced(collector, `${cwd}/${RUN}`);
    assertEquals(plain(named(spans, "GET").attributes)["greentic.host.status"], "cancelled");
  });
});

Deno.test("command: a run that is interrupted ends also where its collector never answers", async () => {
  await using folder = await commandFolder();
  await using collector = startStranger(() => new Promise(() => {}));
  const { cwd } = folder, { host } = new URL(collector.base);
  const args = ["run", "p.gtpack", "--flow", "spin", "--otlp", collector.base, "--artifacts-dir", RUN];
  const child = startCommand(args, { cwd, permissions: folder.permissions(host) });
  await textWith(`${cwd}/${RUN}/transcript.jsonl`, '"node_id":"spin"');
  const start = performance.now();
  child.kill("SIGINT");
  const { code, stderr } = await ended(child);
  assertEquals([code, stderr.split("warning[otlp.export]").length - 1], [130, 1], stderr);
  assert(performance.now() - start < 5000, "it ends in about two seconds");
  await completeTranscript(`${cwd}/${RUN}`);
});

Deno.test("command: a collector in trouble costs a warning and at most about two seconds", async (t) => {
  await using folder = await commandFolder();
  const { cwd } = folder;
  await Deno.writeFile(`${cwd}/bad.gtpack`, PACK.slice(0, -100));
  async function run(flow: string, endpoint: string | null) {
    const pack = flow === "refused" ? "bad.gtpack" : "p.gtpack";
    const otlp = endpoint === null ? [] : ["--otlp", endpoint];
    const hosts = endpoint === null ? [] : [new URL(endpoint).host];
    const start = performance.now();
    const done = await command(["run", pack, "--flow", flow, "--json", ...otlp], {
      cwd,
      permissions: folder.permissions(...hosts).map((flag) => flag.replace("p.gtpack", pack)),
    });
    const ms = performance.now() - start;
    const record = JSON.parse(done.stdout), { status, output, failures } = record;
    const told = {
      code: done.code,
      status,
      output,
      failed: Object.keys(failures),
      fields: Object.keys(record),
    };
    return { ...done, ms, told };
  }
  const table: [flow: "wait" | "fail" | "refused", collector: string, start: () => Collector][] = [
    ["wait", "absent", () => {
      const base = `http://127.0.0.1:${freePort()}`;
      return { base, requests: [], spans: () => [], [Symbol.asyncDispose]: () => Promise.resolve() };
    }],
    ["fail", "one that never answers", () => startStranger(() => new Promise(() => {}))],
    ["wait", "one that fails", () => startCollector(() => new Response("broken", { status: 500 }))],
    ["refused", "one that is none", () => startCollector(() => new Response("<html>", { status: 404 }))],
    [
      "wait",
      "no HTTP at all",
      () => startStranger((connection) => connection.write(new Uint8Array([1, 2, 3])).then()),
    ],
  ];
  const without = {
    wait: await run("wait", null),
    fail: await run("fail", null),
    refused: await run("refused", null),
  };
  assertEquals(Object.values(without).map(({ code }) => code), [0, 1, 3]);
  for (const [flow, what, start] of table) {
    await t.step(`${flow}: ${what}`, async () => {
      await using collector = start();
      const { told, ms, stderr } = await run(flow, collector.base);
      assertEquals(told, without[flow].told);
      const warnings = stderr.split("\n").filter((line) => line.startsWith("warning["));
      assertEquals(warnings.map((line) => line.slice(0, 22)), ["warning[otlp.export]: "], stderr);
      // Two seconds for the collector, and as many again for a machine that is busy with other tests.
      assert(
        ms - without[flow].ms < 4000,
        `${Math.round(ms)} ms, ${Math.round(without[flow].ms)} ms without`,
      );
    });
  }
});

Deno.test("command: the environment says where traces go and what they are a part of", async (t) => {
  await using folder = await commandFolder();
  const { cwd } = folder;
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736", spanId = "00f067aa0ba902b7";
  const variables = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_SERVICE_NAME",
    "TRACEPARENT",
  ];
  async function run(collector: Collector, given: Record<string, string>, args: string[] = []) {
    const { host } = new URL(collector.base);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.base,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%2Cb,x-more=2",
      OTEL_SERVICE_NAME: "mine",
      ...given,
    };
    const permissions = [...folder.permissions(host), `--allow-env=${variables.join(",")}`];
    const where = ["--artifacts-dir", RUN];
    return await command(["run", "p.gtpack", "--flow", "wait", ...where, ...args], { cwd, permissions, env });
  }
  await t.step("as part of a trace", async () => {
    await using collector = startCollector();
    const { code, stderr } = await run(collector, { TRACEPARENT: `00-${traceId}-${spanId}-01` });
    assertEquals(code, 0, stderr);
    const spans = await assertTraced(collector, `${cwd}/${RUN}`);
    const root = named(spans, "run wait");
    assertEquals([root.traceId, root.parentSpanId], [traceId, spanId]);
    const [{ headers, resource, path }] = collector.requests as [typeof collector.requests[number]];
    assertEquals([headers.get("x-key"), headers.get("x-more"), path], ["a,b", "2", "/v1/traces"]);
    assertEquals(plain(resource)["service.name"], "mine");
  });
  await t.step("as part of a trace that nobody records", async () => {
    await using collector = startCollector();
    const { code, stderr } = await run(collector, { TRACEPARENT: `00-${traceId}-${spanId}-00` });
    assertEquals([code, collector.requests.length], [0, 0], stderr);
  });
  await t.step("a parent that is none is told, and ignored", async () => {
    await using collector = startCollector();
    const { code, stderr } = await run(collector, { TRACEPARENT: "mine" });
    const told = ["warning   The traceparent is ignored: it is not as W3C Trace Context writes it"];
    assertEquals([code, stderr.split("\n").filter((line) => line.startsWith("warning"))], [0, told], stderr);
    assertEquals(named(collector.spans(), "run wait").parentSpanId, undefined);
  });
  await t.step("flags go first", async () => {
    await using collector = startCollector();
    const elsewhere = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    const flags = ["--otlp", collector.base, "--otlp-header", "x-key=flag"];
    const { code, stderr } = await run(collector, elsewhere, flags);
    assertEquals([code, stderr.includes("warning[")], [0, false], stderr);
    assertEquals(collector.requests[0]!.headers.get("x-key"), "flag");
    assertEquals(collector.requests[0]!.headers.get("x-more"), "2");
  });
  await t.step("a collector that may not be reached is told before anything runs", async () => {
    await using collector = startCollector();
    const permissions = [...folder.permissions(), `--allow-env=${variables.join(",")}`];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.base };
    const { code, stderr } = await command(["run", "p.gtpack", "--flow", "wait"], { cwd, permissions, env });
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, `hint: Add --allow-net=${new URL(collector.base).host}`);
  });
});
