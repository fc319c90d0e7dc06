/** What every component host must do, whichever thread its guests run on. Long, because it is one list of demands. */

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { HostCall, HostReply, Invocation, Outcome } from "../../lib/base/call.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { Json } from "../../lib/base/json.ts";
import { DEFAULT_LIMITS, type Limits } from "../../lib/base/limits.ts";
import type { ComponentHost, ComponentHostOptions } from "../../lib/component/component.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { tempFolder } from "../_helpers.ts";
import {
  files,
  hostOptions,
  invocation,
  logged,
  OFFERS,
  OFFERS_WITH_WASI,
  ok,
  PLACE,
  providerOf,
  SCHEMA_CORE,
  speaker,
} from "./_helpers.ts";

/** A host, and whatever must end with it. */
export interface StartedHost extends AsyncDisposable {
  readonly host: ComponentHost;
}

/** Starts the host under test. */
export type StartHost = (options: ComponentHostOptions) => StartedHost;

/** Starts a host whose guests run on threads of their own. */
export function startWorkerHost(options: ComponentHostOptions): StartedHost {
  const pool = new WorkerPool();
  const host = new WorkerHost(options, { pool, compiled: new Map() });
  return {
    host,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      pool[Symbol.dispose]();
    },
  };
}

const NEVER = new AbortController().signal;

function limits(changes: Partial<Limits>): Limits {
  return { ...DEFAULT_LIMITS, ...changes };
}

/** The output of a call that must be a success. */
export function outputOf(outcome: Outcome): Json {
  if (outcome.status !== "ok") throw new Error(`Call ended ${outcome.status}: ${outcome.failure.message}`);
  return outcome.output;
}

/** Status and code of a call that must not be a success. */
export function endingOf(outcome: Outcome): string {
  return outcome.status === "ok" ? "ok" : `${outcome.status} ${outcome.failure.code}`;
}

/** Runs the suite. */
export function hostSuite(name: string, start: StartHost): void {
  /** One call on a host of its own. */
  async function once(call: Invocation, changes: Partial<ComponentHostOptions> = {}) {
    const { options, events } = hostOptions({ components: files([call.component]), ...changes });
    await using started = start(options);
    return { outcome: await started.host.invoke(call, NEVER), events };
  }

  Deno.test(`${name} gives a component's answer`, async (t) => {
    const { options } = hostOptions({ components: files(["echo", "echo5", "greet", "provider"]) });
    await using started = start(options);
    const cases: [Invocation, Json][] = [
      [invocation("echo", "any", { input: { a: "é😀" }, state: { n: 1 } }), { a: "é😀", state: { n: 1 } }],
      [invocation("echo", "any", { input: [1, null, "x"] }), [1, null, "x"]],
      [invocation("echo5", "any", { input: { a: 1 }, state: { n: 1 } }), { a: 1 }],
      [invocation("greet", "greet", { input: { name: "Ada" } }), { text: "Hello, Ada!" }],
      [invocation("provider", "echo", { via: "provider", input: { a: ["é"] } }), { a: ["é"] }],
      [invocation("provider", "echo", { input: "through a component node" }), "through a component node"],
      [invocation("echo", "any", { via: "provider", input: 1 }), 1],
      [
        invocation("echo5", "context", { attempt: 3, nodeId: "other" }),
        {
          tenant: "acme",
          team: "blue",
          user: "ann",
          session: "s-1",
          flow_id: "main",
          node_id: "other",
          attempt: 3,
        },
      ],
    ];
    for (const [call, output] of cases) {
      await t.step(`${call.component} ${call.operation} via ${call.via}`, async () => {
        const outcome = await started.host.invoke(call, NEVER);
        assertEquals(outputOf(outcome), output);
        assert(outcome.metrics.memoryPeakBytes! >= 65536);
        assert(outcome.metrics.fuel! >= 0);
      });
    }
  });

  Deno.test(`${name} wraps inputs in the reference's envelope when it is asked to`, async (t) => {
    const json = (value: Json) => [...new TextEncoder().encode(JSON.stringify(value))];
    const place = { flow_id: PLACE.flowId, node_id: PLACE.nodeId };
    const ctx = {
      env: "local",
      tenant: "acme",
      tenant_id: "acme",
      session_id: "s-1",
      ...place,
      provider_id: "greentic-dev",
      attempt: 1,
    };
    const envelope = (op: string, payload: Json, metadata: Json = null): Json => ({
      ctx,
      ...place,
      op,
      payload: json(payload),
      metadata: json(metadata),
    });
    const cases: [component: string, input: Json, output: Json, dropped?: string][] = [
      ["echo5", { a: 1 }, envelope("any", { a: 1 })],
      ["echo5", "text", envelope("any", "text")],
      ["echo", { a: 1 }, envelope("any", { a: 1 })],
      [
        "echo5",
        { payload: { m: 1 }, metadata: { k: 1 }, other: 9 },
        envelope("any", { m: 1 }, { k: 1 }),
        "The envelope has no place for other of the node's input",
      ],
      [
        "echo5",
        { op: "own", x: 1 },
        envelope("own", null),
        "The envelope has no place for x of the node's input",
      ],
      [
        "echo5",
        { envelope: { op: "own", payload: [1], ctx: {} }, x: 1 },
        envelope("own", [1]),
        "The envelope has no place for x of the node's input",
      ],
    ];
    for (const [component, input, output, dropped] of cases) {
      await t.step(JSON.stringify(input), async () => {
        const call = invocation(component, "any", { input, state: { n: 1 } });
        const { outcome, events } = await once(call, { componentInput: "envelope" });
        assertEquals(outputOf(outcome), output);
        const warnings = events.flatMap((event) => event.type === "warning" ? [event.message] : []);
        assertEquals(warnings, dropped === undefined ? [] : [dropped]);
      });
    }
    await t.step("providers get their input as it is", async () => {
      const call = invocation("provider", "echo", { via: "provider", input: { a: 1 } });
      assertEquals(outputOf((await once(call, { componentInput: "envelope" })).outcome), { a: 1 });
    });
  });

  Deno.test(`${name} gives a component's own errors as output and its traps as failures`, async (t) => {
    const { options, events } = hostOptions({ components: files(["fails", "greet"]) });
    await using started = start(options);
    const own = (code: string, message: string, more: Record<string, Json> = {}): Json => ({
      ok: false,
      error: { code, message, retryable: false, ...more },
    });
    const answers: [string, string, Json][] = [
      ["fails", "error", own("E_DEMO", "demanded", { details: { why: "asked" } })],
      ["fails", "retryable", own("E_RETRY", "demanded, try again", { retryable: true, backoff_ms: 10 })],
      ["fails", "garbage", "not json"],
      ["fails", "empty", null],
      ["fails", "other", own("UNKNOWN_OP", "unknown op other")],
      ["greet", "greet", own("MISSING_NAME", "the input has no name")],
    ];
    for (const [component, operation, output] of answers) {
      await t.step(operation, async () => {
        assertEquals(outputOf(await started.host.invoke(invocation(component, operation), NEVER)), output);
      });
    }
    const traps: [string, string, string][] = [
      ["trap", "error trap.unreachable", "unreachable"],
      ["divide", "error trap.arithmetic", "divide by zero"],
      ["exit", "error trap.exit", "called exit"],
      ["panic", "error trap.unreachable", "unreachable"],
    ];
    for (const [operation, ending, message] of traps) {
      await t.step(operation, async () => {
        const outcome = await started.host.invoke(invocation("fails", operation, { input: { a: 1 } }), NEVER);
        assertEquals(endingOf(outcome), ending);
        assertStringIncludes(failureOf(outcome).message, message);
      });
    }
    await t.step("a panic's words are logged and stand in the failure", async () => {
      events.length = 0;
      const call = invocation("fails", "panic", { input: { a: 1 }, nodeId: "p" });
      const outcome = await started.host.invoke(call, NEVER);
      const said = 'demanded panic: {"a":1,"state":{}}';
      assertStringIncludes(failureOf(outcome).causes!.join(), said);
      const place = { ...PLACE, nodeId: "p" };
      assertEquals(events, [{ type: "log", place, stream: "stderr", text: said }]);
    });
  });

  Deno.test(`${name} caps what a guest says`, async () => {
    const call = invocation("fails", "panic", { input: "é".repeat(2000) });
    const { events } = await once(call, { limits: limits({ maxLogBytes: 1000 }) });
    const text = logged(events, "stderr");
    assertStringIncludes(text, "[output truncated at 1000 bytes]");
    const kept = new TextEncoder().encode(text.slice(0, text.indexOf("\n[output"))).length;
    assert(kept > 990 && kept < 1005, `${kept} bytes were kept`);
    assert(text.startsWith('demanded panic: "éé'));
  });

  Deno.test(`${name} takes no more once the cap of a stream is reached`, async () => {
    const say = (count: number) => `(call $say (i32.const ${count}))`;
    const chatty = await speaker([60, 60, 60, 60].map(say).join(" "));
    const { options, events } = hostOptions({
      components: files([], { chatty }),
      limits: limits({ maxLogBytes: 100 }),
    });
    await using started = start(options);
    for (let calls = 0; calls < 2; calls++) {
      events.length = 0;
      assertEquals(outputOf(await started.host.invoke(invocation("chatty", "x"), NEVER)), null);
      const text = logged(events, "stderr");
      assertEquals(text, `${"\0".repeat(100)}…\n[output truncated at 100 bytes]\n`);
    }
    // More in sum than one value may have: what is printed is capped, and no fault.
    const endless = await speaker(say(1_000_000).repeat(60));
    const { options: more } = hostOptions({ components: files([], { endless }) });
    await using other = start(more);
    assertEquals(outputOf(await other.host.invoke(invocation("endless", "x"), NEVER)), null);
  });

  Deno.test(`${name} holds limits`, async (t) => {
    const MB = 1024 * 1024;
    const cases: [string, Json, Partial<Limits>, string, string][] = [
      ["grow", {}, { maxMemoryBytes: 4 * MB }, "error limit.memory", "maxMemoryBytes"],
      ["recurse", {}, {}, "error trap.stack", "too deeply"],
      ["big", 200_000, { maxValueBytes: 100_000 }, "error limit.value", "Output of the component"],
      ["big", "x".repeat(200_000), { maxValueBytes: 100_000 }, "error limit.value", "Input of the component"],
      ["loop", {}, { nodeTimeoutMs: 100 }, "timed_out node.timeout", "nodeTimeoutMs of 100"],
      ["fill", {}, { nodeTimeoutMs: 100 }, "timed_out node.timeout", "nodeTimeoutMs of 100"],
    ];
    for (const [operation, input, changes, ending, message] of cases) {
      await t.step(`${operation} ends with ${ending}`, async () => {
        const { options } = hostOptions({ components: files(["spin"]), limits: limits(changes) });
        await using started = start(options);
        await started.host.prepare([{ id: "spin", via: "component" }]);
        const begin = performance.now();
        const outcome = await started.host.invoke(invocation("spin", operation, { input }), NEVER);
        const elapsed = performance.now() - begin;
        assertEquals(endingOf(outcome), ending);
        assertStringIncludes(failureOf(outcome).message, message);
        if (outcome.status === "timed_out") {
          assert(elapsed >= 95 && elapsed < 2000, `${elapsed} ms`);
          assert(outcome.metrics.fuel! > 1000);
        }
        const next = await started.host.invoke(invocation("spin", "busy", { input: 0 }), NEVER);
        assertEquals(outputOf(next), 1);
      });
    }
    await t.step("and lets pass what is within them", async () => {
      const { outcome } = await once(invocation("spin", "big", { input: 99_000 }), {
        limits: limits({ maxValueBytes: 100_000, maxMemoryBytes: 4 * MB }),
      });
      assertEquals(outputOf(outcome), "a".repeat(98_998));
    });
  });

  Deno.test(`${name} stops a start function that never ends`, async () => {
    const { outcome } = await once(invocation("spin-start", "any"), {
      limits: limits({ nodeTimeoutMs: 200 }),
    });
    assertEquals(endingOf(outcome), "timed_out node.timeout");
    assert(failureOf(outcome).hint!.includes("--node-timeout"));
  });

  Deno.test(`${name} counts the work of a call`, async () => {
    const { options } = hostOptions({ components: files(["spin"]) });
    await using started = start(options);
    const fuel: number[] = [];
    for (const millions of [1, 2, 1]) {
      const { metrics } = await started.host.invoke(invocation("spin", "busy", { input: millions }), NEVER);
      fuel.push(metrics.fuel!);
    }
    assertEquals(fuel[0], fuel[2]);
    // Writing the numbers down costs a little more or less.
    assertAlmostEquals(fuel[1]! - fuel[0]!, 1_000_000, 100);
  });

  Deno.test(`${name} hands host calls to the answering function, and its answers to the guest`, async (t) => {
    const calls: HostCall[] = [];
    const replies = new Map<string, HostReply>([
      ["send", ok({ status: 201, headers: [["a", "b"]], body: new TextEncoder().encode("hé") })],
      ["get", { type: "err", error: "denied" }],
      ["read", { type: "err", error: { code: "not_found", message: "no such key" } }],
      ["log", ok("ok")],
    ]);
    const { options } = hostOptions({
      components: files(["host-user"]),
      answer(call) {
        calls.push(call);
        return replies.get(call.fn)!;
      },
    });
    await using started = start(options);
    const http = { interface: "greentic:http/http-client@1.1.0", fn: "send" };
    const cases: [string, Json, Json, Partial<HostCall>[]][] = [
      ["http", { url: "https://a.example/", method: "POST", body: "{}" }, { status: 201, body: "hé" }, [{
        ...http,
        args: [
          {
            method: "POST",
            url: "https://a.example/",
            headers: [["x-fixture", "host-user"]],
            body: new TextEncoder().encode("{}"),
          },
          undefined,
          undefined,
        ],
      }]],
      ["secret", { key: "K" }, { found: false, error: "denied" }, [
        { interface: "greentic:secrets-store/secrets-store@1.0.0", fn: "get", args: ["K"] },
      ]],
      ["state-read", { key: "k" }, { error: { code: "not_found", message: "no such key" } }, [
        { interface: "greentic:state/state-store@1.0.0", fn: "read", args: ["k", undefined] },
      ]],
      // Whether it should stop a guest is told beside the host.
      ["cancel", {}, { cancel: false }, []],
    ];
    for (const [operation, input, output, expected] of cases) {
      await t.step(operation, async () => {
        calls.length = 0;
        const call = invocation("host-user", operation, { input, callId: "c9", flowPath: ["outer/call"] });
        assertEquals(outputOf(await started.host.invoke(call, NEVER)), output);
        const place = { ...PLACE, callId: "c9", flowPath: ["outer/call"] };
        assertEquals(calls as Partial<HostCall>[], expected.map((seen) => ({ place, ...seen })));
      });
    }
    await t.step("an abort ends the node with its failure", async () => {
      const failure = { code: "E_HOST", message: "host said no", hint: "ask nicely", details: { a: 1 } };
      replies.set("send", { type: "abort", failure });
      const outcome = await started.host.invoke(invocation("host-user", "http", { input: "u" }), NEVER);
      assertEquals([endingOf(outcome), failureOf(outcome)], ["error E_HOST", failure]);
    });
    await t.step("and the next call works", async () => {
      replies.set("send", { type: "err", error: { code: "denied", message: "no" } });
      const outcome = await started.host.invoke(invocation("host-user", "http", { input: "u" }), NEVER);
      assertEquals(outputOf(outcome), { error: { code: "denied", message: "no" } });
    });
  });

  Deno.test(`${name} refuses arguments above the limit without asking`, async () => {
    // The guest takes a bare text as key and as value, so that the arguments are twice the input.
    const call = invocation("host-user", "kv-put", { input: "x".repeat(400) });
    for (const [maxValueBytes, asks, ending] of [[1000, 1, "ok"], [700, 0, "error limit.value"]] as const) {
      let asked = 0;
      const { outcome } = await once(call, {
        limits: limits({ maxValueBytes }),
        answer: () => (asked++, ok(undefined)),
      });
      assertEquals([asked, endingOf(outcome)], [asks, ending]);
      if (asks === 0) assertStringIncludes(failureOf(outcome).message, "kv-v1@1.0.0#put");
    }
  });

  Deno.test(`${name} gives guests clocks and randomness of their own`, async () => {
    const { options } = hostOptions({ components: files(["host-user"]) });
    await using started = start(options);
    const before = Date.now();
    const clock = outputOf(await started.host.invoke(invocation("host-user", "clock"), NEVER)) as {
      seconds: number;
    };
    assert(clock.seconds >= Math.floor(before / 1000) && clock.seconds <= Date.now() / 1000);
    const first = outputOf(await started.host.invoke(invocation("host-user", "random"), NEVER));
    const second = outputOf(await started.host.invoke(invocation("host-user", "random"), NEVER));
    assert(JSON.stringify(first) !== JSON.stringify(second));
  });

  Deno.test(`${name} keeps nothing of a guest between calls`, async () => {
    const counter = await providerOf(`(memory (export "m") 1) (global $calls (mut i32) (i32.const 48))
      (func (export "f") (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (i32.store8 (i32.const 100) (global.get $calls))
        (i32.store8 (i32.const 101) (i32.add (i32.load8_u (i32.const 101)) (i32.const 49)))
        (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 2)) (i32.const 0))`);
    const { options } = hostOptions({ components: files([], { counter }) });
    await using started = start(options);
    for (let count = 0; count < 3; count++) {
      assertEquals(outputOf(await started.host.invoke(invocation("counter", "count"), NEVER)), 11);
    }
  });

  Deno.test(`${name} prepares each component once and says what it is`, async () => {
    await using cache = await tempFolder();
    let reads = 0;
    const [provider, echo] = files(["provider", "echo"]);
    const counted = { ...echo!, bytes: () => (reads++, echo!.bytes()) };
    const { options, events } = hostOptions({ components: [provider!, counted], cacheDir: cache.path });
    const wishes = [
      { id: "echo", via: "component" },
      { id: "provider", via: "provider" },
      { id: "echo", via: "component" },
    ] as const;
    for (const cacheHit of [false, true]) {
      await using started = start(options);
      const uses = await started.host.prepare(wishes);
      assertEquals(await started.host.prepare(wishes), uses);
      assertEquals(outputOf(await started.host.invoke(invocation("echo", "x", { input: 1 }), NEVER)), 1);
      const plain = uses.map(({ digest, prepareMs, ...rest }) => {
        assert(/^sha256:[0-9a-f]{64}$/.test(digest ?? "") && prepareMs >= 0);
        return rest;
      });
      assertEquals(plain, [
        {
          id: "echo",
          origin: "pack",
          entry: "components/echo.wasm",
          world: "greentic:component/node@0.4.0",
          cacheHit,
        },
        { id: "provider", origin: "pack", entry: "components/provider.wasm", world: SCHEMA_CORE, cacheHit },
      ]);
    }
    assertEquals([reads, events], [2, []]);
  });

  Deno.test(`${name} warns of a cache that cannot be used, and goes on`, async () => {
    const cacheDir = await Deno.makeTempFile();
    try {
      const { outcome, events } = await once(invocation("echo", "x", { input: 1 }), { cacheDir });
      assertEquals(outputOf(outcome), 1);
      assert(events.length > 0);
      for (const event of events) assert(event.type === "warning" && event.place === cacheDir, event.type);
    } finally {
      await Deno.remove(cacheDir);
    }
  });

  Deno.test(`${name} refuses what cannot run, as an error or as the node's failure`, async (t) => {
    const components = files(["core-module", "no-world", "wants-more", "echo"]);
    const { options } = hostOptions({ components });
    await using started = start(options);
    const cases: [string, string][] = [
      ["core-module", "component.not_component"],
      ["no-world", "component.world"],
      ["wants-more", "component.import_missing"],
      ["absent", "node.component"],
    ];
    for (const [id, code] of cases) {
      await t.step(id, async () => {
        const wish = { id, via: "component" } as const;
        const error = await assertRejects(() => started.host.prepare([wish]), RunnerError);
        assertEquals(error.code, code);
        const outcome = await started.host.invoke(invocation(id, "any"), NEVER);
        assertEquals(endingOf(outcome), `error ${code}`);
        assertEquals(failureOf(outcome).message, error.message);
        assert(failureOf(outcome).hint !== undefined);
      });
    }
    await t.step("one bad component does not spoil the others", async () => {
      const wishes = [{ id: "no-world", via: "component" }, { id: "echo", via: "component" }] as const;
      await assertRejects(() => started.host.prepare(wishes), RunnerError);
      assertEquals(outputOf(await started.host.invoke(invocation("echo", "x", { input: 1 }), NEVER)), 1);
    });
  });

  Deno.test(`${name} does not start a guest once its signal is aborted`, async (t) => {
    const call = invocation("host-user", "http", { input: "u" });
    let asked = 0;
    const { options } = hostOptions({ components: files(["host-user"]), answer: () => ok((asked++, "")) });
    await using started = start(options);
    const failure = { code: "limit.run_time", message: "Run took too long" };
    const cases: [string, unknown, string][] = [
      ["cancelled without a reason", undefined, "cancelled node.cancelled"],
      ["cancelled", { status: "cancelled", failure }, "cancelled node.cancelled"],
      ["timed out", { status: "timed_out", failure }, "timed_out node.timeout"],
    ];
    for (const [what, reason, ending] of cases) {
      await t.step(what, async () => {
        const outcome = await started.host.invoke(call, AbortSignal.abort(reason));
        assertEquals([endingOf(outcome), asked], [ending, 0]);
      });
    }
  });

  Deno.test(`${name} ends a call of a component that imports a function which its interface lacks`, async () => {
    const offers = new Map([...OFFERS_WITH_WASI]).set("greentic:host/kv-v1@1.0.0", ["get"]);
    const { outcome } = await once(invocation("host-user", "clock"), { offers });
    assertEquals(endingOf(outcome), "error component.import_missing");
    assertStringIncludes(JSON.stringify(outcome), 'does not have here: \\"put\\"');
  });

  Deno.test(`${name} offers exactly what it was told to offer`, async () => {
    const offers = new Map([...OFFERS].filter(([name]) => !name.startsWith("greentic:secrets")));
    const { outcome } = await once(invocation("provider", "send", { via: "provider" }), { offers });
    assertEquals(endingOf(outcome), "error component.import_missing");
  });
}

/** The failure of a call that must not be a success. */
function failureOf(outcome: Outcome): (Outcome & { status: "error" })["failure"] {
  if (outcome.status === "ok") throw new Error(`Call was a success: ${JSON.stringify(outcome.output)}`);
  return outcome.failure;
}
