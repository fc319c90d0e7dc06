/** How spans come to a collector, whatever it does. */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/base/clock.ts";
import type { RunEvent } from "../../../lib/base/events.ts";
import type { OtlpOptions } from "../../../lib/otlp_options.ts";
import { ended, place, said, started } from "../_run.ts";
import { type Collector, readHead, startCollector, startStranger } from "./_collector.ts";
import { resultOf, startTrace, traced } from "./_trace.ts";

/** What a short run is: three spans. */
const EVENTS: readonly RunEvent[] = [started(place("a")), ended(place("a"))];
/** How long the end of a run may take in these tests, where a collector makes it wait. */
const SHORT_MS = 200;

/** The failure that a run with a collector ends with, and how long its end took. */
async function failureWith(
  base: string,
  { finishMs = 2000, otlp = {} }: { finishMs?: number; otlp?: Partial<OtlpOptions> } = {},
) {
  const trace = startTrace({ endpoint: base, ...otlp }, { finishMs, clock: systemClock });
  const startedMs = performance.now();
  const { failure } = await traced(trace, EVENTS);
  return { failure, tookMs: performance.now() - startedMs };
}

/** Strangers by what they do, and what is said of them. */
const HOSTILE: Readonly<Record<string, [open: () => Collector, said: string, causes?: readonly string[]]>> = {
  "that answers with an error": [
    () =>
      startCollector(() =>
        Response.json({ code: 13, message: "Bearer s3cret is\nunknown" }, { status: 500 })
      ),
    "it answered with the status 500",
    ["[hidden] is unknown"],
  ],
  "that knows no such path": [
    () => startCollector(() => new Response("<h1>Not found</h1>", { status: 404 })),
    "it answered with the status 404",
  ],
  "that redirects": [
    () => startCollector(() => new Response(null, { status: 307, headers: { location: "/v1/traces" } })),
    "it redirects elsewhere with the status 307, which is not followed",
  ],
  "that answers with a page": [
    () => startCollector(() => new Response("<html></html>")),
    "it answered with what is no answer of OTLP",
  ],
  "that answers with another document": [
    () => startCollector(() => Response.json([1])),
    "it answered with what is no answer of OTLP",
  ],
  "that answers without end": [
    () =>
      startCollector(() =>
        new Response(
          new ReadableStream({
            pull(controller) {
              controller.enqueue(new Uint8Array(32 * 1024));
            },
          }),
        )
      ),
    "it answered with what is no answer of OTLP",
  ],
  "that is too busy and does not say for how long": [
    () => startCollector(() => new Response(null, { status: 503 })),
    "it answered with the status 503",
  ],
  "that is too busy for long": [
    () => startCollector(() => new Response(null, { status: 429, headers: { "retry-after": "3600" } })),
    "it answered with the status 429",
  ],
  "that speaks something else": [
    () =>
      startStranger(async (connection) =>
        void await connection.write(new TextEncoder().encode("SSH-2.0-x\r\n"))
      ),
    "it does not answer, or broke off",
  ],
  "that hangs up": [
    () => startStranger(readHead),
    "it does not answer, or broke off",
  ],
  "that hangs up midway": [
    () =>
      startStranger(async (connection) => {
        await readHead(connection);
        await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"));
      }),
    "it does not answer, or broke off",
  ],
};

for (const [what, [open, said, causes]] of Object.entries(HOSTILE)) {
  Deno.test(`Exporter ends with one failure with a collector ${what}`, async () => {
    await using collector = open();
    const otlp = { headers: { authorization: "Bearer s3cret" } };
    const { failure } = await failureWith(collector.base, { otlp });
    assertEquals(failure?.code, "otlp.export");
    assertEquals(failure?.message, `The OTLP collector did not confirm 3 of 3 spans of this run: ${said}`);
    assertEquals(failure?.place, `${collector.base}/v1/traces`);
    assert(failure?.hint?.includes(`${collector.base}/v1/traces`), failure?.hint);
    if (causes !== undefined) assertEquals(failure?.causes, causes);
    assert(!JSON.stringify(failure).includes("s3cret"));
    assert(collector.requests.length <= 1, "nothing is sent twice");
  });
}

const SLOW: Readonly<Record<string, (connection: Deno.Conn) => Promise<void>>> = {
  "that takes the connection and never reads": () => new Promise(() => {}),
  "that never answers": (connection) => readHead(connection).then(() => new Promise<void>(() => {})),
  "that never ends its answer": async (connection) => {
    await readHead(connection);
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"));
    await new Promise(() => {});
  },
};

for (const [what, talk] of Object.entries(SLOW)) {
  Deno.test(`Exporter stops waiting for a collector ${what}`, async () => {
    await using collector = startStranger(talk);
    const { failure, tookMs } = await failureWith(collector.base, { finishMs: SHORT_MS });
    assertEquals(
      failure?.message,
      "The OTLP collector did not confirm 3 of 3 spans of this run: it did not answer in time",
    );
    assert(tookMs >= SHORT_MS - 5, `it waited ${tookMs} ms`);
  });
}

Deno.test("Exporter waits two seconds at most unless told otherwise", async () => {
  await using collector = startStranger(() => new Promise(() => {}));
  const trace = startTrace({ endpoint: collector.base }, { clock: systemClock });
  const startedMs = performance.now();
  const { failure } = await traced(trace, EVENTS);
  const tookMs = performance.now() - startedMs;
  assertEquals(failure?.code, "otlp.export");
  assert(tookMs > 1900 && tookMs < 4000, `it took ${tookMs} ms`);
});

Deno.test("Exporter ends with one failure without a collector", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const { failure } = await failureWith(`http://127.0.0.1:${port}/?key=s3cret`);
  assertEquals(
    failure?.message,
    "The OTLP collector did not confirm 3 of 3 spans of this run: it does not answer, or broke off",
  );
  assertEquals(failure?.place, `http://127.0.0.1:${port}/v1/traces`);
  assert(
    failure?.causes !== undefined && !JSON.stringify(failure).includes("s3cret"),
    JSON.stringify(failure),
  );
});

Deno.test("Exporter does not ask for the network where it is not permitted", {
  permissions: { net: false },
}, async () => {
  const { failure } = await failureWith("http://127.0.0.1:9");
  assertEquals(
    failure?.message,
    "The OTLP collector did not confirm 3 of 3 spans of this run: it must not be reached without permission",
  );
  assertEquals(failure?.hint, 'Add --allow-net="127.0.0.1:9"'.replaceAll('"', ""));
});

Deno.test("Exporter tells how many spans a collector rejected, and takes a mere remark for none", async (t) => {
  const table: [what: string, partialSuccess: unknown, rejected: number][] = [
    ["a number as text", { rejectedSpans: "2", errorMessage: "too old" }, 2],
    ["a number", { rejectedSpans: 1 }, 1],
    ["more than there are", { rejectedSpans: "99" }, 3],
    ["a remark", { rejectedSpans: 0, errorMessage: "slow down" }, 0],
    ["nothing", {}, 0],
    ["null", null, 0],
    ["no number", { rejectedSpans: "many" }, 0],
  ];
  for (const [what, partialSuccess, rejected] of table) {
    await t.step(what, async () => {
      await using collector = startCollector(() => Response.json({ partialSuccess }));
      const { failure } = await failureWith(collector.base);
      const said = `The OTLP collector did not confirm ${rejected} of 3 spans of this run: it rejected some`;
      assertEquals(failure?.message, rejected === 0 ? undefined : said);
      assertEquals(failure?.causes, what === "a number as text" ? ["too old"] : undefined);
    });
  }
});

Deno.test("Exporter takes an empty answer for a good one", async () => {
  await using collector = startCollector(() => new Response(null, { status: 204 }));
  assertEquals((await failureWith(collector.base)).failure, null);
  assertEquals(collector.spans().length, 3);
});

Deno.test("Exporter sends again what a collector refused for a while", async (t) => {
  const past = "Thu, 01 Jan 2026 00:00:00 GMT";
  for (const [status, retryAfter] of [[429, "0"], [503, past]] as const) {
    await t.step(`${status} ${retryAfter}`, async () => {
      await using collector = startCollector((_, number) =>
        number < 2
          ? new Response(null, { status, headers: { "retry-after": retryAfter } })
          : Response.json({})
      );
      assertEquals((await failureWith(collector.base)).failure, null);
      assertEquals([collector.requests.length, collector.spans().length], [3, 3]);
    });
  }
  await t.step("but not for ever", async () => {
    await using collector = startCollector(() =>
      new Response(null, { status: 503, headers: { "retry-after": "0" } })
    );
    assertEquals((await failureWith(collector.base)).failure?.code, "otlp.export");
    assertEquals(collector.requests.length, 3);
  });
});

Deno.test("Exporter gives up at once when a collector wants to be left alone for longer than there is time", async (t) => {
  const busy = () => new Response(null, { status: 429, headers: { "retry-after": "60" } });
  const finishMs = 5000;
  for (const when of ["at the end of the run", "before it"]) {
    await t.step(when, async () => {
      const asked = Promise.withResolvers<void>();
      await using collector = startCollector(() => {
        asked.resolve();
        return busy();
      });
      const trace = startTrace({ endpoint: collector.base }, { clock: systemClock, finishMs });
      for (const [seq, event] of steps(700).entries()) trace.listen({ seq, ts: "", event });
      if (when === "before it") {
        await asked.promise;
        // The answer has to come back.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const startedMs = performance.now();
      const failure = await trace.finish(resultOf());
      assert(performance.now() - startedMs < finishMs, "there is nothing to wait for");
      assert(failure?.message.endsWith("1401 of 1401 spans of this run: it answered with the status 429"));
      assertEquals(collector.requests.length, 1);
    });
  }
});

Deno.test("Exporter sends the headers that it is given", async () => {
  await using collector = startCollector();
  const headers = { "X-Key": "k", "User-Agent": "mine" };
  assertEquals((await failureWith(collector.base, { otlp: { headers } })).failure, null);
  const [{ headers: sent }] = collector.requests as [typeof collector.requests[number]];
  assertEquals([sent.get("x-key"), sent.get("user-agent")], ["k", "mine"]);
});

/** Starts and ends of many nodes. */
function steps(count: number): RunEvent[] {
  return Array.from({ length: count }, (_, i) => place(`n${i % 7}`, { callId: `c${i}` })).flatMap((at) => [
    started(at),
    ended(at),
  ]);
}

Deno.test("Exporter sends batches while the run goes on, one request at a time", async () => {
  let now = 0, most = 0, before = 0, over = false;
  await using collector = startCollector(async (request) => {
    most = Math.max(most, ++now);
    assert(request.spans.length <= 512, `${request.spans.length} spans`);
    if (!over) before += request.spans.length;
    await new Promise((resolve) => setTimeout(resolve));
    now--;
    return Response.json({});
  });
  const trace = startTrace({ endpoint: collector.base }, { clock: systemClock });
  const events = steps(10_000);
  for (const [seq, event] of events.entries()) {
    trace.listen({ seq, ts: "", event });
    // A run lets others have their turn now and then.
    if (seq % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  over = true;
  assertEquals(await trace.finish(resultOf()), null);
  assertEquals(collector.spans().length, 20_001);
  assertEquals(most, 1);
  assert(before > 5000, `${before} spans came while the run went on`);
});

Deno.test("Exporter bounds what texts take in a request, and while they wait", async () => {
  await using collector = startCollector();
  const trace = startTrace({ endpoint: collector.base }, { clock: systemClock });
  const line = "x".repeat(4096);
  const nodes = Array.from({ length: 600 }, (_, i) => place("a", { callId: `c${i}` }));
  for (const at of nodes) {
    const lines = Array.from({ length: 20 }, () => said(at, "stdout", line));
    for (const event of [started(at), ...lines, ended(at)]) trace.listen({ seq: 0, ts: "", event });
  }
  const failure = await trace.finish(resultOf());
  const spans = collector.spans();
  const attempts = spans.filter(({ name }) => name === "attempt 1");
  // An attempt keeps 64 KiB of what was said; 16 MiB wait, and one request is on its way.
  assert(
    attempts.every(({ events, droppedEventsCount }) => events.length === 15 && droppedEventsCount === 5),
  );
  assert(attempts.length > 250 && attempts.length < 300, `${attempts.length} attempts`);
  const sizes = collector.requests.map((request) => JSON.stringify(request.spans).length);
  assert(Math.max(...sizes) < 1.2 * 1024 * 1024, `${Math.max(...sizes)} characters`);
  assert(failure?.causes?.[0]?.endsWith("spans found no room while others waited"), failure?.causes?.[0]);
  assert(spans.some(({ name }) => name === "run main"));
});

Deno.test("Exporter has room again for what was sent", async () => {
  await using collector = startCollector();
  const trace = startTrace({ endpoint: collector.base }, { clock: systemClock });
  const line = "x".repeat(4096);
  for (let i = 0; i < 400; i++) {
    const at = place("a", { callId: `c${i}` });
    const lines = Array.from({ length: 15 }, () => said(at, "stdout", line));
    for (const event of [started(at), ...lines, ended(at)]) trace.listen({ seq: 0, ts: "", event });
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(await trace.finish(resultOf()), null);
  assertEquals(collector.spans().length, 801);
});

Deno.test("Exporter drops what finds no room, never the run's own span, and tells how much", async () => {
  await using collector = startCollector();
  // Nobody has a turn while events are told.
  const { failure } = await traced(
    startTrace({ endpoint: collector.base }, { clock: systemClock }),
    steps(12_000),
  );
  const spans = collector.spans();
  const missing = 24_001 - spans.length;
  assert(missing > 3000 && missing < 4000, `${missing} spans are missing`);
  assertEquals(
    failure?.message,
    `The OTLP collector did not confirm ${missing} of 24001 spans of this run: it took them more slowly than they came`,
  );
  assertEquals(failure?.causes, [`${missing} spans found no room while others waited`]);
  assert(spans.some(({ name }) => name === "run main"));
});
