/** Which runs are traced, as part of which trace, and that nothing of it disturbs the run. */

import { assert, assertEquals } from "@std/assert";
import type { RunEvent } from "../../../lib/base/events.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import type { OtlpOptions } from "../../../lib/otlp_options.ts";
import { resolveOtlp } from "../../../lib/otlp_options.ts";
import { OtlpTrace } from "../../../lib/record/otlp/otlp.ts";
import { called, ended, place, started } from "../_run.ts";
import { readHead, startCollector, startStranger } from "./_collector.ts";
import { resultOf, START, startTrace, traced } from "./_trace.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736", SPAN = "00f067aa0ba902b7";
const EVENTS: readonly RunEvent[] = [started(place("a")), ended(place("a"))];

Deno.test("OtlpTrace follows the parent's decision whether to record", async (t) => {
  const table: [what: string, options: Partial<OtlpOptions>, spans: number][] = [
    ["no parent", {}, 3],
    ["a parent that is recorded", { traceparent: `00-${TRACE}-${SPAN}-01` }, 3],
    ["a parent that is not", { traceparent: `00-${TRACE}-${SPAN}-00` }, 0],
    ["a parent that is not, by another bit", { traceparent: `00-${TRACE}-${SPAN}-02` }, 0],
    [
      "a parent that is not, and all are wanted",
      { traceparent: `00-${TRACE}-${SPAN}-00`, sampleAll: true },
      3,
    ],
    ["a parent that is none", { traceparent: `00-${TRACE}-${SPAN}` }, 3],
  ];
  for (const [what, options, count] of table) {
    await t.step(what, async () => {
      await using collector = startCollector();
      const { failure } = await traced(startTrace({ endpoint: collector.base, ...options }), EVENTS);
      assertEquals(failure, null);
      assertEquals(collector.spans().length, count);
      assertEquals(collector.requests.length, count === 0 ? 0 : 1);
    });
  }
});

Deno.test("OtlpTrace is part of its parent's trace, and passes its state on", async () => {
  await using collector = startCollector();
  const otlp = {
    endpoint: collector.base,
    traceparent: `00-${TRACE}-${SPAN}-03`,
    tracestate: "vendor=a,bad member,other=b",
    serviceName: "my-service",
  };
  assertEquals((await traced(startTrace(otlp), EVENTS)).failure, null);
  const spans = collector.spans();
  for (const { traceId, traceState } of spans) {
    assertEquals([traceId, traceState], [TRACE, "vendor=a,other=b"]);
  }
  const root = spans.find(({ name }) => name === "run main")!;
  assertEquals(root.parentSpanId, SPAN);
  // Sampled, random, whether the parent is remote is known, and it is: as the format numbers them.
  assertEquals(spans.map(({ flags }) => flags), [0x103, 0x103, 0x303]);
  assertEquals(collector.requests[0]!.resource[0], {
    key: "service.name",
    value: { stringValue: "my-service" },
  });
});

Deno.test("OtlpTrace has ids of its own for every run", async () => {
  await using collector = startCollector();
  const target = resolveOtlp({ endpoint: collector.base })!;
  for (let run = 0; run < 2; run++) {
    const trace = new OtlpTrace({ target, tenantId: "acme", clock: systemClock });
    assertEquals((await traced(trace, EVENTS)).failure, null);
  }
  const spans = collector.spans();
  assertEquals(spans.length, 6);
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 2);
});

Deno.test("OtlpTrace exports once, however often it is asked, and hears nothing afterwards", async () => {
  await using collector = startCollector();
  const trace = startTrace({ endpoint: collector.base });
  const result = resultOf();
  assertEquals(await Promise.all([trace.finish(result), trace.finish(result)]), [null, null]);
  trace.listen({ seq: 0, ts: START, event: started(place("a")) });
  assertEquals(await trace.finish(result), null);
  assertEquals(collector.spans().length, 1);
});

Deno.test("OtlpTrace.listen() never throws, and finish() tells what went wrong", async () => {
  await using collector = startCollector();
  const trace = startTrace({ endpoint: collector.base });
  const broken = {
    ...called(place("a")),
    get inputs(): never {
      throw new Error("cannot be read");
    },
  };
  trace.listen({ seq: 0, ts: START, event: broken });
  const failure = await trace.finish(resultOf());
  assertEquals([failure?.code, failure?.message], ["otlp.export", "The trace of this run is not complete"]);
  assertEquals(failure?.causes, ["cannot be read"]);
  assertEquals(collector.spans().length, 1);
});

/** Traces a run in a process of its own, which may reach loopback and nothing else. */
async function probe(base: string, finishMs: number): Promise<{ code: number | null; said: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", "--cached-only", "--quiet", "--allow-net=127.0.0.1"],
      new URL("_probe.ts", import.meta.url).pathname,
      base,
      String(finishMs),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Longer than an open request may take: the process has to end by itself before.
  const timer = setTimeout(() => child.kill("SIGKILL"), 8000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code: signal === null ? code : null, said };
}

Deno.test("OtlpTrace needs no permission but that for the collector", async () => {
  await using collector = startCollector();
  assertEquals(await probe(collector.base, 2000), { code: 0, said: "ok" });
  assertEquals(collector.spans().length, 3);
});

Deno.test("OtlpTrace keeps no process alive after its end, whatever the collector does", async (t) => {
  const table: [what: string, talk: (connection: Deno.Conn) => Promise<void>][] = [
    ["reads nothing", () => new Promise(() => {})],
    ["never ends its answer", async (connection) => {
      await readHead(connection);
      await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"));
      await new Promise(() => {});
    }],
  ];
  for (const [what, talk] of table) {
    await t.step(what, async () => {
      await using collector = startStranger(talk);
      const { code, said } = await probe(collector.base, 100);
      assertEquals(code, 0, said);
      assert(said.includes("did not confirm 3 of 3 spans"), said);
    });
  }
});
