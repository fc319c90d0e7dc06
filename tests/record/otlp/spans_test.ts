/** What a trace says of a run, as a collector gets it. */

import { assert, assertEquals } from "@std/assert";
import type { Failure } from "../../../lib/base/call.ts";
import type { RunEvent } from "../../../lib/base/events.ts";
import type { Json } from "../../../lib/base/json.ts";
import { VERSION } from "../../../lib/base/version.ts";
import { always, err, flowOf, node, play, seq } from "../../engine/_script.ts";
import { called, ended, failed, place, returned, type runEnd, said, started } from "../_run.ts";
import { named, plain, type SentSpan, startCollector, treeOf } from "./_collector.ts";
import { resultOf, START, startTrace, traced } from "./_trace.ts";

/** The spans that a collector gets for the events of a run. */
async function spansOf(
  events: readonly RunEvent[],
  end: Parameters<typeof runEnd>[0] = {},
): Promise<SentSpan[]> {
  await using collector = startCollector();
  const { failure } = await traced(startTrace({ endpoint: collector.base }), events, end);
  assertEquals(failure, null);
  return collector.spans();
}

/** A call of a node of another flow, which `at` calls. */
function below(nodeId: string, callId: string) {
  return place(nodeId, { callId, flowId: "sub", flowPath: ["main/call"] });
}

Deno.test("OtlpTrace tells a run as one trace: run, visits, attempts, host calls", async () => {
  const at = place("qa");
  await using collector = startCollector();
  const { failure, result } = await traced(startTrace({ endpoint: collector.base }), [
    started(at, { text: "in" }),
    called(at, { method: "POST", url: "https://api.example/v1?q=1" }),
    returned(at),
    said(at, "stderr", "careful"),
    ended(at, { text: "out" }),
  ]);
  assertEquals(failure, null);
  assertEquals(collector.requests.length, 1);
  const [{ path, headers, resource, scope }] = collector.requests as [typeof collector.requests[number]];
  assertEquals(path, "/v1/traces");
  assertEquals(headers.get("user-agent"), `greentic-runner/${VERSION}`);
  assertEquals(plain(resource), { "service.name": "greentic-runner", "service.version": VERSION });
  assertEquals(scope, { name: "@greentic/runner", version: VERSION });

  const spans = collector.spans();
  assertEquals(treeOf(spans), "run main\n  node qa\n    attempt 1\n      POST");
  assertEquals(new Set(spans.map(({ traceId }) => traceId)), new Set(["a".repeat(32)]));
  const root = named(spans, "run main");
  assertEquals(root.parentSpanId, undefined);
  assertEquals(plain(root.attributes), {
    "greentic.session.id": "session-1",
    "greentic.tenant.id": "acme",
    "greentic.pack.id": "demo",
    "greentic.pack.version": "1.0.0",
    "greentic.pack.digest": "sha256:00",
    "greentic.flow.id": "main",
    "greentic.run.status": "success",
    "greentic.run.stage": "execute",
    "greentic.duration_ms": result.durationMs,
  });
  assertEquals(plain(named(spans, "node qa").attributes), {
    "greentic.flow.id": "main",
    "greentic.node.id": "qa",
    "greentic.component": "qa.process",
    "greentic.node.status": "ok",
    "greentic.attempts": 1,
  });
  const attempt = named(spans, "attempt 1");
  assertEquals(plain(attempt.attributes), {
    "greentic.flow.id": "main",
    "greentic.node.id": "qa",
    "greentic.attempt": 1,
    "greentic.component": "qa.process",
    "greentic.operation": "process",
    "greentic.fuel": 7,
    "greentic.memory.peak_bytes": 65536,
    "greentic.node.status": "ok",
    "greentic.duration_ms": 4,
  });
  assertEquals(attempt.events.map(({ name, attributes }) => [name, plain(attributes)]), [
    ["log", { "greentic.log.stream": "stderr", "greentic.log.text": "careful" }],
  ]);
  assert(!JSON.stringify(spans).includes('"in"') && !JSON.stringify(spans).includes('"out"'));
});

Deno.test("OtlpTrace counts time from the wall clock of the start with the clock that never runs backwards", async () => {
  const spans = await spansOf([started(place("a")), ended(place("a"))]);
  const startNs = BigInt(Date.parse(START)) * 1_000_000n;
  const times = spans.map(({ name, startTimeUnixNano, endTimeUnixNano }) => [
    name,
    (BigInt(startTimeUnixNano) - startNs) / 1_000_000n,
    (BigInt(endTimeUnixNano) - startNs) / 1_000_000n,
  ]);
  assertEquals(times, [["attempt 1", 1n, 2n], ["node a", 1n, 2n], ["run main", 0n, 3n]]);
});

Deno.test("OtlpTrace puts the attempts of a visit together, and each visit of a loop apart", async () => {
  function attempt(n: number, visit: number) {
    return place("flaky", { callId: `n${visit}.${n}`, attempt: n });
  }
  const spans = await spansOf([
    started(attempt(1, 1)),
    failed(attempt(1, 1), "no luck"),
    started(attempt(2, 1)),
    ended(attempt(2, 1)),
    started(attempt(1, 2)),
    failed(attempt(1, 2), "again"),
    started(place("other")),
    ended(place("other")),
  ]);
  assertEquals(
    treeOf(spans),
    [
      "run main",
      "  node flaky",
      "    attempt 1 !",
      "    attempt 2",
      "  node flaky !",
      "    attempt 1 !",
      "  node other",
      "    attempt 1",
    ].join("\n"),
  );
  const visits = spans.filter(({ name }) => name === "node flaky");
  assertEquals(visits.map(({ attributes }) => plain(attributes)["greentic.attempts"]), [2, 1]);
  // The second visit ends with its attempt, although that is known only when the next node starts.
  const last = spans.filter(({ name }) => name === "attempt 1").find(({ parentSpanId }) =>
    parentSpanId === visits[1]!.spanId
  );
  assertEquals(visits[1]!.endTimeUnixNano, last!.endTimeUnixNano);
});

Deno.test("OtlpTrace puts a flow that is called below the attempt that called it", async () => {
  const call = place("call");
  const spans = await spansOf([
    started(call),
    started(below("x", "n2")),
    ended(below("x", "n2")),
    started(below("y", "n3")),
    failed(below("y", "n3"), "deep"),
    failed(call, "deep"),
    started(place("call", { callId: "n4", attempt: 2 })),
    started(below("x", "n5")),
    ended(below("x", "n5")),
    ended(place("call", { callId: "n4", attempt: 2 })),
  ]);
  assertEquals(
    treeOf(spans),
    [
      "run main",
      "  node call",
      "    attempt 1 !",
      "      node x",
      "        attempt 1",
      "      node y !",
      "        attempt 1 !",
      "    attempt 2",
      "      node x",
      "        attempt 1",
    ].join("\n"),
  );
});

Deno.test("OtlpTrace tells what the engine does, with retries and flows below flows", async () => {
  const route: Json = [{ to: "last", status: "error" }, { to: "last" }];
  const { events } = await play({
    flows: [
      flowOf("main", [
        node("call", "flow.call", { flow: "sub" }, "again"),
        node("again", "flow.call", {
          flow: "sub",
        }, { custom: route }),
        node("last", "c", {}),
      ]),
      flowOf("sub", [node("flaky", "flaky", {}, "deeper"), node("deeper", "flow.call", { flow: "deep" })]),
      flowOf("deep", [node("bottom", "bottom", {})]),
    ],
    stubs: {
      flaky: seq(err("E", "nope", { retryable: true, backoff_ms: 1 }), always(1)),
      bottom: seq(always(1), err("E", "broken")),
      c: always(1),
    },
  });
  assertEquals(
    treeOf(await spansOf(events)),
    [
      "run main",
      "  node call",
      "    attempt 1",
      "      node flaky",
      "        attempt 1 !",
      "        attempt 2",
      "      node deeper",
      "        attempt 1",
      "          node bottom",
      "            attempt 1",
      "  node again !",
      "    attempt 1 !",
      "      node flaky",
      "        attempt 1",
      "      node deeper !",
      "        attempt 1 !",
      "          node bottom !",
      "            attempt 1 !",
      "  node last",
      "    attempt 1",
    ].join("\n"),
  );
});

Deno.test("OtlpTrace tells failures with status, type and an exception where they happened", async () => {
  const error: Failure = { code: "node.failed", message: "no luck" };
  const spans = await spansOf([started(place("a")), failed(place("a"), "no luck")], {
    status: "failure",
    error,
  });
  for (const name of ["attempt 1", "node a", "run main"]) {
    const { status, attributes } = named(spans, name);
    assertEquals(status, { code: 2, message: "no luck" }, name);
    assertEquals(plain(attributes)["error.type"], "node.failed", name);
  }
  const exceptions = spans.map((
    { name, events },
  ) => [name, events.map(({ attributes }) => plain(attributes))]);
  const exception = { "exception.type": "node.failed", "exception.message": "no luck" };
  assertEquals(exceptions, [["attempt 1", [exception]], ["node a", []], ["run main", [exception]]]);
});

Deno.test("OtlpTrace ends what is open when a run is stopped", async (t) => {
  const table = [
    ["timed_out", { code: "limit.run_time", message: "Run took too long" }],
    ["cancelled", { code: "run.cancelled", message: "Run was cancelled" }],
  ] as const;
  for (const [status, error] of table) {
    await t.step(status, async () => {
      const call = place("call");
      const at = below("x", "n2");
      const events = [started(call), started(at), called(at, { method: "GET", url: "http://a.example/" })];
      const spans = await spansOf(events, { status, error });
      assertEquals(
        treeOf(spans),
        [
          "run main !",
          "  node call !",
          "    attempt 1 !",
          "      node x !",
          "        attempt 1 !",
          "          GET !",
        ].join("\n"),
      );
      assertEquals(plain(named(spans, "run main").attributes)["greentic.run.status"], status);
      assertEquals(plain(named(spans, "GET").attributes)["greentic.host.status"], "cancelled");
    });
  }
});

Deno.test("OtlpTrace ends by itself what a recorder left open", async () => {
  await using collector = startCollector();
  const trace = startTrace({ endpoint: collector.base });
  const at = place("a");
  for (const event of [started(at), called(at, { method: "GET", url: "http://a.example/" })]) {
    trace.listen({ seq: 0, ts: START, event });
  }
  assertEquals(await trace.finish(resultOf({ status: "cancelled" })), null);
  assertEquals(treeOf(collector.spans()), "run main\n  node a !\n    attempt 1 !\n      GET !");
});

Deno.test("OtlpTrace tells a pack that was refused before its flow as the run alone", async () => {
  const error = { code: "verify.digest", message: "A file differs" };
  const spans = await spansOf([], {
    status: "failure",
    stage: "verify",
    flowId: null,
    packDigest: null,
    error,
  });
  assertEquals(treeOf(spans), "run !");
  const attributes = plain(spans[0]!.attributes);
  assertEquals([attributes["greentic.run.stage"], attributes["error.type"]], ["verify", "verify.digest"]);
  assert(!("greentic.flow.id" in attributes) && !("greentic.pack.digest" in attributes));
});

Deno.test("OtlpTrace tells warnings, jumps and waits as events of the run", async () => {
  const main = { flowId: "main", nodeId: "a" };
  const spans = await spansOf([
    { type: "warning", code: "flow.turns", message: "odd", place: "flow main" },
    { type: "flow.jumped", ...main, flowPath: [], toFlow: "next", toNode: "b" },
    { type: "flow.waited", ...main, reason: "name?", output: "secret output" },
    { type: "flow.resumed", ...main, input: "secret input" },
  ], { status: "waiting", waiting: { reason: "name?", snapshot: "snapshot.json" } });
  const [root] = spans as [SentSpan];
  assertEquals(root.events.map(({ name }) => name), [
    "warning",
    "flow.jumped",
    "flow.waited",
    "flow.resumed",
  ]);
  assertEquals(plain(root.events[0]!.attributes), {
    "greentic.warning.code": "flow.turns",
    "greentic.warning.message": "odd",
    "greentic.warning.place": "flow main",
  });
  assertEquals(root.status.code, 0);
  assert(!JSON.stringify(root).includes("secret"));
});

Deno.test("OtlpTrace bounds the events of a span and their texts", async () => {
  const at = place("a");
  const [long, text] = ["x".repeat(5000), `${"y".repeat(4094)}😀😀`];
  const lines = Array.from(
    { length: 300 },
    (_, i) => said(at, "stdout", i === 0 ? long : i === 1 ? text : `${i}`),
  );
  const spans = await spansOf([started(at), ...lines, ended(at)]);
  const { events, droppedEventsCount } = named(spans, "attempt 1");
  assertEquals([events.length, droppedEventsCount], [128, 172]);
  const texts = events.map(({ attributes }) => String(plain(attributes)["greentic.log.text"]));
  assertEquals([texts[0]!.length, texts[0]!.at(-1)], [4096, "…"]);
  assert(texts[1]!.isWellFormed(), "no half of a character");
});

Deno.test("OtlpTrace describes host calls as the semantic conventions do", async (t) => {
  const at = place("a");
  const table: [
    what: string,
    call: Partial<ReturnType<typeof called>>,
    answer: Parameters<typeof returned>[1],
    name: string,
    attributes: Record<string, string | number>,
  ][] = [
    [
      "a request",
      { inputs: { method: "GET", url: "http://a.example:8080/x?y=1" } },
      {},
      "GET",
      {
        "http.request.method": "GET",
        "url.full": "http://a.example:8080/x?y=1",
        "server.address": "a.example",
        "server.port": 8080,
        "greentic.host.provider": "mock",
        "greentic.host.status": "ok",
        "http.response.status_code": 200,
      },
    ],
    [
      "a method in small letters, and a password in the address",
      { inputs: { method: "post", url: "https://me:pass@a.example/?sig=abc&z=1" } },
      {},
      "POST",
      {
        "http.request.method": "POST",
        "http.request.method_original": "post",
        "url.full": "https://REDACTED:REDACTED@a.example/?sig=REDACTED&z=1",
        "server.port": 443,
      },
    ],
    [
      "a method that HTTP does not know, and no address",
      { inputs: { method: "BREW", url: "pot" } },
      { status: "error", outputs: { error: { code: "invalid", message: "no address" } } },
      "HTTP !",
      {
        "http.request.method": "_OTHER",
        "http.request.method_original": "BREW",
        "url.full": "pot",
        "error.type": "invalid",
      },
    ],
    [
      "an answer that refuses",
      { inputs: { method: "GET", url: "http://a.example/" } },
      { outputs: { status: 404 } },
      "GET !",
      { "http.response.status_code": 404, "error.type": "404", "server.port": 80 },
    ],
    [
      "a denial",
      { inputs: { method: "GET", url: "http://a.example/" } },
      {
        status: "denied",
        provider: "refuse",
        outputs: { error: { code: "denied", message: "not allowed" } },
      },
      "GET !",
      { "greentic.host.provider": "refuse", "greentic.host.status": "denied", "error.type": "denied" },
    ],
    [
      "state",
      { capability: "state", call: "greentic:state/state-store@1.0.0#write", inputs: { key: "k" } },
      { capability: "state", outputs: { stored: true } },
      "state.write",
      { "db.operation.name": "write", "greentic.host.capability": "state" },
    ],
    [
      "keys",
      { capability: "kv", call: "greentic:host/kv-v1@1.0.0#get", inputs: { ns: "n", key: "k" } },
      { capability: "kv", outputs: { found: false } },
      "kv.get",
      { "db.operation.name": "get", "db.collection.name": "n" },
    ],
    [
      "a secret",
      { capability: "secrets", call: "greentic:secrets-store/secrets-store@1.1.0#get", inputs: { key: "k" } },
      { capability: "secrets", status: "error", outputs: { found: false } },
      "secrets.get !",
      { "greentic.host.call": "greentic:secrets-store/secrets-store@1.1.0#get", "error.type": "error" },
    ],
    [
      "inputs and outputs that are cut to an excerpt",
      { inputs: { excerpt: "…", characters: 70_000 } },
      { outputs: { excerpt: "…", characters: 70_000 } },
      "HTTP",
      { "http.request.method": "_OTHER", "greentic.host.status": "ok" },
    ],
  ];
  for (const [what, call, answer, name, attributes] of table) {
    await t.step(what, async () => {
      const spans = await spansOf([
        started(at),
        { ...called(at), ...call },
        returned(at, answer),
        ended(at),
      ]);
      assertEquals(treeOf(spans), `run main\n  node a\n    attempt 1\n      ${name}`);
      const span = named(spans, name.replace(" !", ""));
      const sent = plain(span.attributes);
      for (const [key, value] of Object.entries(attributes)) assertEquals(sent[key], value, key);
      const isTold = "error.type" in sent && sent["error.type"] !== "404";
      assertEquals(span.events.map(({ name }) => name), isTold ? ["exception"] : []);
      assertEquals(span.kind, "http.request.method" in sent ? 3 : 1);
      assert(!JSON.stringify(span).includes("pass@") && !JSON.stringify(span).includes("abc"));
    });
  }
});
