/** The worker host: the suite, and what only a thread can do. Long, because each way of ending a call has its test. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { HostReply } from "../../lib/base/call.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { Draws } from "../../lib/base/tape.ts";
import type { ComponentHostOptions } from "../../lib/component/component.ts";
import { ComponentLibrary } from "../../lib/component/library.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { type GuestWorker, WorkerPool } from "../../lib/component/worker_pool.ts";
import { files, guestCall, hostOptions, invocation, ok, providerOf, speaker } from "./_helpers.ts";
import { drawsSuite } from "./draws_suite.ts";
import { endingOf, hostSuite, outputOf, startWorkerHost } from "./host_suite.ts";
import { worldsSuite } from "./worlds_suite.ts";

const NEVER = new AbortController().signal;

hostSuite("WorkerHost", startWorkerHost);
worldsSuite("WorkerHost", startWorkerHost);
drawsSuite("WorkerHost", startWorkerHost);

/** Options with a host function that gives `reply` to every call and tells of each by `called`. */
function scripted(
  components: ComponentHostOptions["components"],
  reply: (signal: AbortSignal) => HostReply | Promise<HostReply>,
  changes: Partial<ComponentHostOptions> = {},
) {
  let called = Promise.withResolvers<AbortSignal>();
  const { options, events } = hostOptions({
    components,
    answer(_, signal) {
      called.resolve(signal);
      return reply(signal);
    },
    ...changes,
  });
  return {
    options,
    events,
    /** The signal of the next host call, once it comes. */
    async nextCall(): Promise<AbortSignal> {
      const signal = await called.promise;
      called = Promise.withResolvers();
      return signal;
    },
  };
}

Deno.test("WorkerHost waits for answers that take their time", async () => {
  const answers = Promise.withResolvers<HostReply>();
  const { options, nextCall } = scripted(files(["host-user"]), () => answers.promise);
  await using started = startWorkerHost(options);
  const outcome = started.host.invoke(invocation("host-user", "state-read", { input: "k" }), NEVER);
  assertEquals((await nextCall()).aborted, false);
  answers.resolve(ok(new TextEncoder().encode("late but fine")));
  assertEquals(outputOf(await outcome), { found: true, value: "late but fine" });
});

Deno.test("WorkerHost ends a guest in the middle of a loop when its signal is aborted", async (t) => {
  let said = Promise.withResolvers<void>();
  const { options } = hostOptions({
    components: files(["echo"], { looper: await speaker("(call $say (i32.const 1)) (loop $l (br $l))") }),
    emit: () => said.resolve(),
  });
  await using started = startWorkerHost(options);
  const failure = { code: "limit.run_time", message: "Run took too long" };
  const cases: [string, unknown, string][] = [
    ["cancelled", undefined, "cancelled node.cancelled"],
    ["timed out", { status: "timed_out", failure }, "timed_out node.timeout"],
  ];
  for (const [name, reason, ending] of cases) {
    await t.step(name, async () => {
      said = Promise.withResolvers();
      const controller = new AbortController();
      const running = started.host.invoke(invocation("looper", "x"), controller.signal);
      await said.promise;
      const begin = performance.now();
      controller.abort(reason);
      assertEquals(endingOf(await running), ending);
      assert(performance.now() - begin < 1000, `${performance.now() - begin} ms`);
      const next = await started.host.invoke(invocation("echo", "x", { input: 1 }), NEVER);
      assertEquals(outputOf(next), 1);
    });
  }
});

Deno.test("WorkerHost ends a guest that waits for the host, and drops the late answer", async () => {
  const late = Promise.withResolvers<HostReply>();
  const replies: (HostReply | Promise<HostReply>)[] = [late.promise];
  const { options, nextCall } = scripted(
    files(["host-user"]),
    () => replies.shift() ?? { type: "err", error: "not-found" },
  );
  await using started = startWorkerHost(options);
  const controller = new AbortController();
  const running = started.host.invoke(invocation("host-user", "secret", { input: "K" }), controller.signal);
  const signal = await nextCall();
  assertEquals(signal.aborted, false);
  controller.abort();
  assertEquals(endingOf(await running), "cancelled node.cancelled");
  assertEquals(signal.aborted, true);

  const waiting = Promise.withResolvers<HostReply>();
  replies.push(waiting.promise);
  const next = started.host.invoke(invocation("host-user", "secret", { input: "K" }), NEVER);
  await nextCall();
  late.resolve(ok(new TextEncoder().encode("late")));
  // Turns in which a wrong answer would reach the guest and end its call.
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  waiting.resolve(ok(new TextEncoder().encode("mine")));
  assertEquals(outputOf(await next), { found: true, value: "mine" });
});

Deno.test("WorkerHost ends a guest whose host call is never answered at the deadline", async () => {
  const { options, nextCall } = scripted(files(["host-user"]), () => new Promise(() => {}), {
    limits: { ...DEFAULT_LIMITS, nodeTimeoutMs: 150 },
  });
  await using started = startWorkerHost(options);
  await started.host.prepare([{ id: "host-user", via: "component" }]);
  const begin = performance.now();
  const running = started.host.invoke(invocation("host-user", "secret", { input: "K" }), NEVER);
  const signal = await nextCall();
  assertEquals(endingOf(await running), "timed_out node.timeout");
  assertEquals(signal.aborted, true);
  const elapsed = performance.now() - begin;
  assert(elapsed >= 145 && elapsed < 2000, `${elapsed} ms`);
});

Deno.test("WorkerHost asks nothing on behalf of a guest that was stopped already", async () => {
  const pausing = await providerOf(`(import "host" "pause" (func $pause)) (memory (export "m") 1)
    (func (export "f") (result i32) (call $pause) (i32.const 0))`);
  let asked = 0;
  const { options } = hostOptions({
    components: files([], { pausing }),
    answer: () => (asked++, ok(undefined)),
  });
  await using started = startWorkerHost(options);
  const call = invocation("pausing", "x");
  assertEquals([outputOf(await started.host.invoke(call, NEVER)), asked], [null, 1]);
  const controller = new AbortController();
  const running = started.host.invoke(call, controller.signal);
  // While this thread blocks, the guest posts its question; the stop comes before the question is read.
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  controller.abort();
  assertEquals([(await running).status, asked], ["cancelled", 1]);
});

Deno.test("WorkerHost is at rest once a guest has broken a limit, whichever", async (t) => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./_rest_probe.ts", import.meta.url).href],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  const { looping, rows, kept } = JSON.parse(new TextDecoder().decode(stdout));
  const endings: Record<string, string> = {
    "spin loop": "node.timeout",
    "spin fill": "node.timeout",
    "spin recurse": "trap.stack",
    "spin grow": "limit.memory",
    "spin big": "limit.value",
    "spin-start any": "node.timeout",
    "greedy copy": "node.timeout",
    "greedy calls": "limit.host_calls",
    "greedy handles": "limit.handles",
    "greedy args": "limit.value",
    "greedy random": "limit.value",
    "greedy sleep": "node.timeout",
    "greedy-table table": "limit.table",
    "greedy-table table-fill": "node.timeout",
    "polite stubborn": "node.timeout",
    "many-cores any": "limit.instances",
  };
  for (const [name, ending] of Object.entries(endings)) {
    await t.step(name, () => {
      assertEquals(rows[name].ending, ending);
      // A ratio, since a busy machine gives the loop only part of a processor.
      assert(rows[name].waiting < looping / 2, `${rows[name].waiting} of a processor, in a loop ${looping}`);
    });
  }
  await t.step("memory that guests took is given back", () => {
    assert(kept < 5 * 64, `${kept} MB were kept of 20 x 64 MB`);
  });
});

Deno.test("WorkerHost keeps the runner's thread free while a guest loops", async () => {
  const { options } = hostOptions({
    components: files(["spin"]),
    limits: { ...DEFAULT_LIMITS, nodeTimeoutMs: 300 },
  });
  await using started = startWorkerHost(options);
  await started.host.prepare([{ id: "spin", via: "component" }]);
  const running = started.host.invoke(invocation("spin", "loop"), NEVER);
  let turns = 0, ended = false;
  void running.finally(() => ended = true);
  while (!ended) {
    turns++;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  await running;
  assert(turns > 20, `${turns} turns`);
});

Deno.test("WorkerHost passes answers on that its buffer must grow for, and refuses those above the limit", async () => {
  // More than the bridge's first buffer; the fixture quotes it letter by letter, in memory it never frees.
  const size = 6000;
  const { options } = scripted(files(["host-user"]), () => ok(new Uint8Array(size).fill(97)), {
    limits: { ...DEFAULT_LIMITS, maxValueBytes: size + 1000 },
  });
  await using started = startWorkerHost(options);
  const call = invocation("host-user", "state-read", { input: "k" });
  assertEquals(outputOf(await started.host.invoke(call, NEVER)), { found: true, value: "a".repeat(size) });
  await using small = startWorkerHost({ ...options, limits: { ...DEFAULT_LIMITS, maxValueBytes: size - 1 } });
  const outcome = await small.host.invoke(call, NEVER);
  assertEquals(endingOf(outcome), "error limit.value");
  assert(outcome.status === "error" && outcome.failure.message.includes("state-store@1.0.0#read"));
});

Deno.test("WorkerHost calls for two runs at once, each in a worker of its own", async () => {
  const { options } = hostOptions({ components: files(["spin"]) });
  using pool = new WorkerPool();
  const warm = { pool, compiled: new Map() };
  await using first = new WorkerHost(options, warm);
  await using second = new WorkerHost(options, warm);
  const outcomes = await Promise.all(
    [first, second].map((host, index) => host.invoke(invocation("spin", "big", { input: 5 + index }), NEVER)),
  );
  assertEquals(outcomes.map(outputOf), ["aaa", "aaaa"]);
  assertEquals(warm.compiled.size, 1);
});

Deno.test("WorkerPool lends a worker again once it was given back", async () => {
  using pool = new WorkerPool();
  const first = pool.acquire(), second = pool.acquire();
  assert(first !== second);
  pool.release(first);
  assert(pool.acquire() === first);
  pool.release(first);
  pool.release(second);
  const { options } = hostOptions({ components: files(["echo"]) });
  const warm = { pool, compiled: new Map() };
  for (let run = 0; run < 3; run++) {
    await using host = new WorkerHost(options, warm);
    assertEquals(outputOf(await host.invoke(invocation("echo", "x", { input: run }), NEVER)), run);
  }
});

Deno.test("WorkerPool.warmUp() starts one worker ahead", () => {
  using pool = new WorkerPool();
  pool.warmUp();
  pool.warmUp();
  const first = pool.acquire(), second = pool.acquire();
  assert(first !== second);
  pool.release(first);
  pool.release(second);
});

/** What a worker needs to call `echo`, calls of it, and what they were kept to have drawn. */
async function readyEcho() {
  const { options } = hostOptions({ components: files(["echo"]) });
  const { guest, world } = await new ComponentLibrary(options, new Map()).ready("echo", "component");
  const kept: Draws[] = [];
  const ports = {
    answer: () => ok(undefined),
    write() {},
    drawn: (draws: Draws) => void kept.push(draws),
    signal: NEVER,
  };
  const call = guestCall({ world, input: 7, operation: "x", keepDraws: true });
  return {
    guest,
    kept,
    run: (worker: GuestWorker, component = guest) => worker.call(component, call, ports),
  };
}

Deno.test("GuestWorker takes one call at a time", async () => {
  const { run } = await readyEcho();
  using pool = new WorkerPool();
  const worker = pool.acquire();
  const first = run(worker);
  const error = await assertRejects(() => run(worker), RunnerError);
  assertEquals(error.code, "internal");
  const result = await first;
  assertEquals(result.status === "ok" && result.output, 7);
  pool.release(worker);
});

Deno.test("GuestWorker that dies in a call fails it, and is not lent again", async () => {
  const { guest, kept, run } = await readyEcho();
  using pool = new WorkerPool();
  const worker = pool.acquire();
  const glue = "self.postMessage = () => { throw new Error('gone'); }; return () => ({});";
  const result = await run(worker, { ...guest, key: "broken", glue });
  assert(worker.lost);
  assertEquals(result.status === "error" && result.failure.code, "component.worker");
  assertEquals(kept.length, 0, "what it drew went with it");
  pool.release(worker);
  const next = pool.acquire();
  assert(next !== worker);
  const fresh = await run(next);
  assertEquals(fresh.status === "ok" && fresh.output, 7);
  assertEquals(kept.length, 1);
  pool.release(next);
});
