/** Guests and hosts that mean harm or are broken, each of which once got through. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Outcome } from "../../lib/base/call.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { RunEvent } from "../../lib/base/events.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { ComponentHostOptions } from "../../lib/component/component.ts";
import { InlineHost } from "../../lib/component/inline_host.ts";
import type { CompiledComponents } from "../../lib/component/compiled.ts";
import { ComponentLibrary } from "../../lib/component/library.ts";
import { meterModule } from "../../lib/component/meter.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { type Json, member } from "../../lib/base/json.ts";
import type { Capability } from "../../lib/host/capability.ts";
import { KeptBytes } from "../../lib/host/kept_bytes.ts";
import { Kv } from "../../lib/host/kv/kv.ts";
import { MemoryStore } from "../../lib/host/state/memory_store.ts";
import { HostTable } from "../../lib/host/table.ts";
import {
  answering,
  files,
  hostOptions,
  invocation,
  logged,
  metered,
  nodeOf,
  providerOf,
  SCHEMA_CORE,
  speaker,
  wat,
} from "../component/_helpers.ts";

const NEVER = new AbortController().signal;

/** How a call of a component ends that is the only one of its host. */
async function outcomeOf(bytes: Uint8Array, changes: Partial<ComponentHostOptions> = {}): Promise<Outcome> {
  const { options } = hostOptions({ components: files([], { x: bytes }), ...changes });
  await using host = new InlineHost(options);
  return await host.invoke(invocation("x", "y"), NEVER);
}

Deno.test("prepare() refuses names of core modules that would become code in the glue", async (t) => {
  const control = '(import "greentic:component/control@0.5.0" (instance $c (export "yield-now" (func)))) ' +
    '(core func $y (canon lower (func $c "yield-now")))';
  const end = `(alias core export $i "m" (core memory $memory))
    (func $f (result (list u8)) (canon lift (core func $i "NAME") (memory $memory)))
    (instance $p (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $p))`;
  const evil = "x'];globalThis.INJECTED=1;//";
  const body = '(memory (export "m") 1) (func (export "NAME") (result i32) (i32.const 0))';
  const cases: [string, string][] = [
    [
      "an export",
      `(core module $m ${body}) (core instance $i (instantiate $m)) ${end}`.replaceAll("NAME", evil),
    ],
    [
      "an export with a line end",
      `(core module $m ${body}) (core instance $i (instantiate $m)) ${end}`.replaceAll("NAME", "x\\n"),
    ],
    [
      "an import's field",
      `${control} (core instance $h (export "${evil}" (func $y))) (core module $m (import "c" "${evil}" (func)) ${body}) (core instance $i (instantiate $m (with "c" (instance $h)))) ${end}`
        .replaceAll("NAME", "f"),
    ],
    [
      "an import's module",
      `${control} (core instance $h (export "y" (func $y))) (core module $m (import "${evil}" "y" (func)) ${body}) (core instance $i (instantiate $m (with "${evil}" (instance $h)))) ${end}`
        .replaceAll("NAME", "f"),
    ],
  ];
  for (const [name, text] of cases) {
    await t.step(name, async () => {
      const { options } = hostOptions({ components: files([], { x: await wat(`(component ${text})`) }) });
      await using host = new InlineHost(options);
      await assertRejects(() => host.prepare([{ id: "x", via: "component" }]), RunnerError);
      await host.invoke(invocation("x", "y"), NEVER);
      assert(!("INJECTED" in globalThis));
    });
  }
});

Deno.test("meterModule() makes calls that double at every level pay", async () => {
  const levels = Array.from({ length: 20 }, (_, i) => `(func $f${i} (call $f${i + 1}) (call $f${i + 1}))`);
  const module = await metered(
    `(module ${levels.join("\n")} (func $f20) (func (export "f") (call $f0)))`,
  );
  module.exports.f!();
  assert(module.paid() > 100, `2^20 calls paid ${module.paid()}`);
});

Deno.test("a host refuses lists of strings before it has copied them all", async () => {
  const bytes = await wat(`(component
    (import "greentic:host/http-v1@1.0.0" (instance $h (export "request" (func (param "x" (list string))))))
    (core module $mem (memory (export "m") 600)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $memi (instantiate $mem))
    (alias core export $memi "m" (core memory $mm)) (alias core export $memi "realloc" (core func $re))
    (core func $req (canon lower (func $h "request") (memory $mm) (realloc $re)))
    (core instance $host (export "r" (func $req)) (export "m" (memory $mm)))
    (core module $m (import "h" "r" (func $r (param i32 i32))) (import "h" "m" (memory $mm 600))
      (func (export "f") (result i32) (local $i i32)
        (loop $l
          (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 1000000))
          (i32.store (i32.add (i32.const 4) (i32.mul (local.get $i) (i32.const 8))) (i32.const 30000000))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 30))))
        (call $r (i32.const 0) (i32.const 30)) (i32.const 0)))
    (core instance $i (instantiate $m (with "h" (instance $host))))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $mm)))
    (instance $p (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $p)))`);
  const { options } = hostOptions({
    components: files([], { x: bytes }),
    offers: new Map([["greentic:host/http-v1@1.0.0", ["request"]]]),
  });
  await using host = new InlineHost(options);
  await host.prepare([{ id: "x", via: "component" }]);
  const before = Deno.memoryUsage().rss;
  const outcome = await host.invoke(invocation("x", "y"), NEVER);
  assertEquals(outcome.status === "error" && outcome.failure.code, "limit.value");
  const taken = (Deno.memoryUsage().rss - before) / 1e6;
  assert(taken < 300, `${taken} MB for a limit of 16 MB`);
});

Deno.test("meterModule() caps tables and refuses or counts garbage-collected memory", async (t) => {
  await t.step("tables that start large", async () => {
    const bytes = await wat(`(module ${"(table 10000000 funcref)".repeat(20)})`);
    let refused = false;
    try {
      meterModule(bytes, { maxPages: 16, maxTableElements: 100_000, place: "x" });
    } catch (error) {
      refused = error instanceof RunnerError;
    }
    assert(refused, "200 million entries are 1.6 GB or more, under a cap of 1 MiB");
  });
  await t.step("tables that grow", async () => {
    const module = await metered(
      '(module (table $t 0 externref) (func (export "f") (result i32) (table.grow $t (ref.null extern) (i32.const 9000000))))',
    );
    assertEquals(module.exports.f!(), -1);
  });
  await t.step("structs and arrays", async () => {
    const bytes = await wat(
      '(module (type $a (array i64)) (func (export "f") (drop (array.new_default $a (i32.const 10000000)))))',
    );
    let refused = false;
    try {
      meterModule(bytes, { maxPages: 16, maxTableElements: 100_000, place: "x" });
    } catch (error) {
      refused = error instanceof RunnerError && error.code === "component.unmetered";
    }
    assert(refused, "80 MB under a cap of 1 MiB; a list of structs in a loop takes 4 GB");
  });
});

Deno.test("a host refuses wishes for more random bytes than a value may have", async () => {
  const bytes = await wat(`(component
    (import "wasi:random/random@0.2.0" (instance $r (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
    (core module $mem (memory (export "m") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $memi (instantiate $mem))
    (alias core export $memi "m" (core memory $mm)) (alias core export $memi "realloc" (core func $re))
    (core func $get (canon lower (func $r "get-random-bytes") (memory $mm) (realloc $re)))
    (core instance $host (export "g" (func $get)) (export "m" (memory $mm)))
    (core module $m (import "h" "g" (func $g (param i64 i32))) (import "h" "m" (memory $mm 1))
      (func (export "f") (result i32) (call $g (i64.const 8000000000) (i32.const 64)) (i32.const 0)))
    (core instance $i (instantiate $m (with "h" (instance $host))))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $mm)))
    (instance $p (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $p)))`);
  const outcome = await outcomeOf(bytes);
  assertEquals(outcome.status === "error" && outcome.failure.code, "limit.value");
});

Deno.test("a host takes a core that V8 refuses as a fault of the component", async (t) => {
  const cases: [string, string][] = [
    ["a table too large", "(table 20000000 funcref)"],
    [
      "one local too many once metered",
      `(memory 1) (func (local ${"i32 ".repeat(50000)}) (drop (memory.grow (i32.const 1))))`,
    ],
    [
      "a 64-bit table that is filled",
      "(table $t i64 9 externref) (func (table.fill $t (i64.const 0) (ref.null extern) (i64.const 9)))",
    ],
    ["a br_table too long", `(func (br_table ${"0 ".repeat(70000)} (i32.const 0)))`],
  ];
  for (const [name, fields] of cases) {
    await t.step(name, async () => {
      const outcome = await outcomeOf(await nodeOf(fields));
      assert(outcome.status === "error" && /^(?:component|limit)\./.test(outcome.failure.code));
    });
  }
});

function worker(changes: Parameters<typeof hostOptions>[0], pool: WorkerPool) {
  const { options, events } = hostOptions({ limits: { ...DEFAULT_LIMITS, nodeTimeoutMs: 300 }, ...changes });
  return { host: new WorkerHost(options, { pool, compiled: new Map() }), events };
}

Deno.test("WorkerHost ends the node when the answering function throws", async () => {
  using pool = new WorkerPool();
  const { host } = worker({
    components: files(["host-user"]),
    answer() {
      throw new Error("broken host");
    },
  }, pool);
  await using _ = host;
  const outcome = await host.invoke(invocation("host-user", "secret"), NEVER);
  assertEquals(outcome.status === "error" && outcome.failure.code, "internal");
});

Deno.test("WorkerPool does not lend a worker that died while it was idle", async () => {
  const { options } = hostOptions({ components: files(["echo"]) });
  const { guest } = await new ComponentLibrary(options, new Map()).ready("echo", "component");
  using pool = new WorkerPool();
  const idle = pool.acquire();
  pool.release(idle);
  idle.load({
    ...guest,
    key: "broken",
    glue: "setTimeout(() => { throw new Error('gone'); }); return () => {};",
  });
  while (!idle.lost) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  const { host } = worker({ components: files(["echo"]) }, pool);
  await using _ = host;
  const begin = performance.now();
  const outcome = await host.invoke(invocation("echo", "x", { input: 1 }), NEVER);
  assertEquals(outcome.status, "ok", `after ${performance.now() - begin} ms`);
});

Deno.test("HostTable ends a call that its guest gave up, though the capability never answers", async () => {
  const events: RunEvent[] = [];
  const capability = {
    name: "slow",
    interfaces: { "acme:slow/api@1.0.0": ["get"] },
    describe: () => null,
    answer: () => new Promise<never>(() => {}),
  };
  const table = new HostTable([capability], (event) => void events.push(event));
  const place = { callId: "c1", flowId: "main", flowPath: [], nodeId: "ask", attempt: 1 };
  const controller = new AbortController();
  void table.answer({ place, interface: "acme:slow/api@1.0.0", fn: "get", args: [] }, controller.signal);
  controller.abort();
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  assertEquals(events.map(({ type }) => type), ["host.called", "host.returned"]);
});

Deno.test("a host says that output was cut, also when it filled the cap to the byte", async () => {
  // `panic` writes once; a guest that writes `cap` bytes and then more leaves no note.
  const bytes = await speaker("(call $say (i32.const 100)) (call $say (i32.const 1))");
  const { options, events } = hostOptions({
    components: files([], { x: bytes }),
    limits: { ...DEFAULT_LIMITS, maxLogBytes: 100 },
  });
  await using host = new InlineHost(options);
  await host.invoke(invocation("x", "y"), NEVER);
  assert(logged(events, "stderr").includes("truncated"));
});

Deno.test("maxValueBytes counts bytes, not UTF-16 units", async () => {
  const { options } = hostOptions({
    components: files(["echo"]),
    limits: { ...DEFAULT_LIMITS, maxValueBytes: 1000 },
  });
  await using host = new InlineHost(options);
  const outcome = await host.invoke(invocation("echo", "x", { input: "€".repeat(900) }), NEVER);
  assertEquals(outcome.status, "error", "2 700 bytes passed a limit of 1 000");
});

Deno.test("WorkerHost takes glue that cannot be loaded as a fault of the component", async () => {
  const { options } = hostOptions({ components: files(["echo"]) });
  const compiled: CompiledComponents = new Map();
  await new ComponentLibrary(options, compiled).ready("echo", "component");
  for (const [key, { prepared, cores }] of compiled) {
    compiled.set(key, { prepared: { ...prepared, glue: "return (" }, cores });
  }
  using pool = new WorkerPool();
  await using host = new WorkerHost(options, { pool, compiled });
  const outcome = await host.invoke(invocation("echo", "x", { input: 1 }), NEVER);
  assertEquals(outcome.status === "error" && outcome.failure.code, "component.invalid");
});

Deno.test("a host refuses lists that lie outside of the guest's memory", async (t) => {
  const cases: [name: string, start: number, length: number][] = [
    ["too long", 16, 0xffffffff],
    ["beyond the end", 65536, 1],
    ["across the end", 65530, 7],
    ["a negative address", -8, 4],
  ];
  for (const [name, start, length] of cases) {
    await t.step(name, async () => {
      const bytes = await providerOf(`(memory (export "m") 1)
        (func (export "f") (result i32)
          (i32.store (i32.const 32) (i32.const ${start})) (i32.store (i32.const 36) (i32.const ${length}))
          (i32.const 32))`);
      const outcome = await outcomeOf(bytes);
      assertEquals(outcome.status === "error" && outcome.failure.code, "node.output");
    });
  }
});

Deno.test("prepare() refuses functions that could run on after their call", async (t) => {
  const cases: [name: string, text: string][] = [
    [
      "an asynchronous export",
      `(core module $m (memory (export "m") 1) (func (export "f") (result i32) (i32.const 1))
        (func (export "cb") (param i32 i32 i32) (result i32) (loop $l (br $l)) (i32.const 1)))
      (core instance $i (instantiate $m)) (alias core export $i "m" (core memory $mm))
      (func $f async (result (list u8))
        (canon lift (core func $i "f") async (memory $mm) (callback (func $i "cb"))))
      (instance $p (export "invoke" (func $f))) (export "${SCHEMA_CORE}" (instance $p))`,
    ],
    [
      "a built-in of asynchronous functions, in a nested component",
      `(component $inner (core func $new (canon waitable-set.new)))
      (core module $m (func (export "f") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func $f (result u32) (canon lift (core func $i "f")))
      (instance $p (export "invoke" (func $f))) (export "${SCHEMA_CORE}" (instance $p))`,
    ],
  ];
  for (const [name, text] of cases) {
    await t.step(name, async () => {
      const { options } = hostOptions({ components: files([], { x: await wat(`(component ${text})`) }) });
      await using host = new InlineHost(options);
      const error = await assertRejects(() => host.prepare([{ id: "x", via: "provider" }]), RunnerError);
      assertEquals((error as RunnerError).code, "component.unmetered");
    });
  }
});

Deno.test("a host refuses long lists of small items before it takes them one by one", async () => {
  const bytes = await wat(`(component
    (import "greentic:host/http-v1@1.0.0" (instance $h (export "request" (func (param "x" (list bool))))))
    (core module $mem (memory (export "m") 1000)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $memi (instantiate $mem))
    (alias core export $memi "m" (core memory $mm)) (alias core export $memi "realloc" (core func $re))
    (core func $req (canon lower (func $h "request") (memory $mm) (realloc $re)))
    (core instance $host (export "r" (func $req)) (export "m" (memory $mm)))
    (core module $m (import "h" "r" (func $r (param i32 i32))) (import "h" "m" (memory $mm 1000))
      (func (export "f") (result i32) (call $r (i32.const 0) (i32.const 60000000)) (i32.const 0)))
    (core instance $i (instantiate $m (with "h" (instance $host))))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $mm)))
    (instance $p (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $p)))`);
  const outcome = await outcomeOf(bytes, { offers: new Map([["greentic:host/http-v1@1.0.0", ["request"]]]) });
  assertEquals(outcome.status === "error" && outcome.failure.code, "limit.value");
});

Deno.test("a host refuses lists of large items by what the items take", async (t) => {
  const cases: [name: string, item: string, size: number][] = [
    ["numbers", "u8", 1],
    ["results", "(result u8)", 2],
  ];
  for (const [name, item, size] of cases) {
    await t.step(name, async () => {
      // Few items, so that what counts is that each has a thousand parts.
      const give = async (count: number) => {
        const outcome = await outcomeOf(await lister(item, count));
        return outcome.status === "error" ? outcome.failure.code : outcome.status;
      };
      assertEquals(await give(10_000 / size), "limit.value");
      assert(await give(1000 / size) !== "limit.value");
    });
  }
});

/** A provider that answers a list of so many items, each of which has a thousand parts of a type. */
async function lister(part: string, count: number): Promise<Uint8Array<ArrayBuffer>> {
  return await answering("(list $part)", {
    types: `(type $part (tuple ${`${part} `.repeat(1000)}))`,
    fields: `(memory (export "m") 1000)
      (func (export "f") (result i32) (i32.store (i32.const 4) (i32.const ${count})) (i32.const 0))`,
  });
}

Deno.test("a host counts all memories of a component together", async (t) => {
  const cases: [name: string, pages: number, body: string][] = [
    ["those that it starts with", 40, ""],
    ["those that it grows, although nobody sees them", 1, "(loop $l (call $grow_a) (call $grow_b) (br $l))"],
  ];
  for (const [name, pages, body] of cases) {
    await t.step(name, async () => {
      const bytes = await twins(`(memory ${pages})`, "(memory.grow (i32.const 1))", body);
      const limits = { ...DEFAULT_LIMITS, maxMemoryBytes: 64 * 65536 };
      const outcome = await outcomeOf(bytes, { limits });
      assertEquals(outcome.status === "error" && outcome.failure.code, "limit.memory");
      assert(outcome.metrics.memoryPeakBytes! < 2.2 * limits.maxMemoryBytes);
    });
  }
});

Deno.test("a host counts all tables of a component together", async (t) => {
  const cases: [name: string, elements: number, body: string][] = [
    ["those that it starts with", 600, ""],
    ["those that it grows, although nobody sees them", 1, "(loop $l (call $grow_a) (call $grow_b) (br $l))"],
  ];
  for (const [name, elements, body] of cases) {
    await t.step(name, async () => {
      const grow = "(table.grow $t (ref.null func) (i32.const 1))";
      const bytes = await twins(`(table $t ${elements} funcref)`, grow, body);
      const outcome = await outcomeOf(bytes, { limits: { ...DEFAULT_LIMITS, maxTableElements: 1000 } });
      assertEquals(outcome.status === "error" && outcome.failure.code, "limit.table");
    });
  }
});

/**
 * A provider that runs `body`, in which `$grow_a` and `$grow_b` run the expression `grow` in one each of two instances
 * that nobody outside sees and that hold `field`.
 */
async function twins(field: string, grow: string, body: string): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(`(component
    (core module $hidden ${field} (func (export "grow") (drop ${grow})))
    (core instance $a (instantiate $hidden)) (core instance $b (instantiate $hidden))
    (core module $m (import "a" "grow" (func $grow_a)) (import "b" "grow" (func $grow_b))
      (memory (export "m") 1)
      (func (export "f") (result i32) ${body} (i32.const 0)))
    (core instance $i (instantiate $m (with "a" (instance $a)) (with "b" (instance $b))))
    (alias core export $i "m" (core memory $mm))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $mm)))
    (instance $p (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $p)))`);
}

Deno.test("HostTable tells of values that JSON does not have", () => {
  const events: RunEvent[] = [];
  const capability: Capability = {
    name: "odd",
    interfaces: { "acme:odd/api@1.0.0": ["get"] },
    describe: ({ args }) => args as unknown as Json,
    answer: () => ({
      reply: { type: "ok", value: 1 },
      status: "ok",
      provider: "real",
      outputs: 7n as unknown as Json,
    }),
  };
  const table = new HostTable([capability], (event) => void events.push(event));
  const place = { callId: "c1", flowId: "main", flowPath: [], nodeId: "ask", attempt: 1 };
  void table.answer({ place, interface: "acme:odd/api@1.0.0", fn: "get", args: [[5n], undefined] }, NEVER);
  assertEquals(
    events.map((event) =>
      event.type === "host.called" ? event.inputs : event.type === "host.returned" ? event.outputs : null
    ),
    [[["5"], null], "7"],
  );
});

Deno.test("HostTable keeps long values out of the record, and says so", () => {
  const events: RunEvent[] = [];
  const table = new HostTable(
    [new Kv({ env: "local", tenant: "acme" }, new MemoryStore(new KeptBytes(DEFAULT_LIMITS)))],
    (event) => void events.push(event),
  );
  const place = { callId: "c1", flowId: "main", flowPath: [], nodeId: "ask", attempt: 1 };
  const call = { place, interface: "greentic:host/kv-v1@1.0.0" };
  const value = "x".repeat(100_000);
  void table.answer({ ...call, fn: "put", args: ["ns", "key", value] }, NEVER);
  const reply = table.answer({ ...call, fn: "get", args: ["ns", "key"] }, NEVER);
  assertEquals(reply, { type: "ok", value });
  const recorded = events.map((event) =>
    event.type === "host.called" ? event.inputs : event.type === "host.returned" ? event.outputs : null
  );
  assertEquals(recorded.map((item) => JSON.stringify(item).length < 2000), [true, true, true, true]);
  assertEquals(member(recorded[0]!, "characters"), 100_000 + '{"ns":"ns","key":"key","value":""}'.length);
});

Deno.test("a host counts the resources that a component makes of its own", async (t) => {
  const make = "(call $new (local.tee $i (i32.add (local.get $i) (i32.const 1))))";
  const cases: [name: string, rounds: number, round: string, ends: string][] = [
    ["that it keeps", 101, `(drop ${make})`, "limit.handles"],
    ["as many as it may", 100, `(drop ${make})`, "answered"],
    ["that it drops", 5000, `(call $drop ${make})`, "answered"],
    ["that it drops, without end", 20_000, `(call $drop ${make})`, "limit.handles"],
  ];
  for (const [name, rounds, round, ends] of cases) {
    await t.step(name, async () => {
      const bytes = await wat(`(component
        (type $r (resource (rep i32)))
        (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
        (core instance $host (export "new" (func $new)) (export "drop" (func $drop)))
        (core module $m (import "host" "new" (func $new (param i32) (result i32)))
          (import "host" "drop" (func $drop (param i32)))
          (memory (export "m") 1)
          (func (export "f") (result i32) (local $i i32)
            (loop $l ${round} (br_if $l (i32.lt_u (local.get $i) (i32.const ${rounds}))))
            (i32.store16 (i32.const 64) (i32.const 0x7d7b))
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 2)) (i32.const 0)))
        (core instance $i (instantiate $m (with "host" (instance $host))))
        (alias core export $i "m" (core memory $mm))
        (func $f (result (list u8)) (canon lift (core func $i "f") (memory $mm)))
        (instance $p (export "invoke" (func $f)))
        (export "${SCHEMA_CORE}" (instance $p)))`);
      const limits = { ...DEFAULT_LIMITS, maxHandles: 100 };
      const { options } = hostOptions({ components: files([], { x: bytes }), limits });
      await using host = new InlineHost(options);
      const outcome = await host.invoke(invocation("x", "y"), NEVER);
      assertEquals(
        outcome.status === "error" ? outcome.failure.code : "answered",
        ends,
        JSON.stringify(outcome),
      );
    });
  }
});
