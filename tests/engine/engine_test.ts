/** The conformance cases of flows: one table, by the number of the case, then what a table cannot say. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import type { Snapshot } from "../../lib/engine/snapshot.ts";
import {
  always,
  echo,
  err,
  failureIn,
  flowOf,
  hostError,
  node,
  ok,
  play,
  type Script,
  seq,
  type Stub,
  waitingIn,
} from "./_script.ts";

interface Case {
  name: string;
  script: Script;
  output?: Json;
  /** The failure's message. */
  fails?: string;
  code?: string;
  /** A text among the causes. */
  cause?: string;
  trace?: string;
  /** The inputs that components got. */
  inputs?: Json[];
  /** The operations that were called. */
  operations?: string[];
  sleeps?: number[];
  warnings?: number;
}

function one(name: string, nodes: Json, expected: Omit<Case, "name" | "script"> & Partial<Script>): Case {
  const { input, stubs, providers, limits, templates, ...rest } = expected;
  const script: Script = { flows: [flowOf("f", nodes)] };
  if (input !== undefined) script.input = input;
  Object.assign(script, {
    stubs: stubs ?? { c: echo },
    providers: providers ?? [],
    limits: limits ?? {},
    templates,
  });
  return { name, script, ...rest };
}

const T = [{ type: "t", component: "prov", world: "w" }];
const MAPS = { provider_type: "t", op: "echo", in_map: { echo: "/state/input/message" } };

const CASES: Case[] = [
  one("1 an emit ends the flow once", [node("a", "emit.response", { text: "hi" })], {
    output: [{ text: "hi" }],
    trace: "s(a) e(a)",
  }),
  one("2 two emits", [node("a", "emit.x", { t: 1 }, "b"), node("b", "emit.x", { t: 2 })], {
    output: [{ t: 1 }, { t: 2 }],
  }),
  ...([[{ r: 1 }, [{ t: 1 }, { r: 1 }]], [["x", "y"], [{ t: 1 }, "x", "y"]], [null, [{ t: 1 }]]] as [
    Json,
    Json,
  ][])
    .map(([value, output]) =>
      one(
        `3 4 emit, then ${JSON.stringify(value)}`,
        [node("a", "emit.x", { t: 1 }, "b"), node("b", "c", {})],
        {
          stubs: { c: always(value) },
          output,
        },
      )
    ),
  one("5 only a component", [node("b", "c", {})], { stubs: { c: always({ r: 1 }) }, output: { r: 1 } }),
  one("5 only null", [node("b", "c", {})], { stubs: { c: always(null) }, output: null }),
  one("6 emit takes input", [node("a", "emit.x", { input: { a: 1 }, payload: { b: 2 } })], {
    output: [{ a: 1 }],
  }),
  one("6 emit takes payload", [node("a", "emit.x", { payload: { b: 2 } })], { output: [{ b: 2 }] }),
  one("emit.log is no reply", [node("a", "emit.x", 1, "l"), node("l", "emit.log", { message: "m" })], {
    output: [1],
  }),
  one("emit.log leaves the last output", [node("b", "c", {}, "l"), node("l", "emit.log", "m")], {
    stubs: { c: always({ r: 1 }) },
    output: { r: 1 },
  }),
  one("11 a component's error ends the run", [node("a", "c", {}, "b"), node("b", "emit.x", 1)], {
    stubs: { c: err("E1", "bad") },
    fails: "component c failed: E1: bad",
    code: "E1",
    trace: "s(a) x(a)",
  }),
  one("12 ok false is no error", [node("a", "c", {})], {
    stubs: { c: always({ ok: false }) },
    output: { ok: false },
  }),
  one("13 an empty error", [node("a", "c", {})], {
    stubs: { c: always({ ok: false, error: {} }) },
    fails: "component c failed: component_error: component reported error",
  }),
  one("14 a transient error is retried", [node("a", "c", {})], {
    stubs: { c: seq(err("T", "upstream timeout"), always({ r: 1 })) },
    output: { r: 1 },
    trace: "s(a) x(a) s(a) e(a)",
    sleeps: [250],
  }),
  one("15 three attempts", [node("a", "c", {})], {
    stubs: { c: err("U", "unavailable") },
    fails: "component c failed: U: unavailable",
    trace: "s(a) x(a) s(a) x(a) s(a) x(a)",
    sleeps: [250, 500],
  }),
  one("16 the component asks for a retry", [node("a", "c", {})], {
    stubs: { c: seq(err("E", "nope", { retryable: true, backoff_ms: 10 }), always(1)) },
    output: 1,
    sleeps: [10],
  }),
  one("the component's refusal wins over its words", [node("a", "c", {})], {
    stubs: { c: err("E", "timeout", { retryable: false }) },
    fails: "component c failed: E: timeout",
    trace: "s(a) x(a)",
  }),
  one("a name is no reason to retry", [node("a", "internal-mail", {})], {
    stubs: { "internal-mail": err("E", "bad") },
    fails: "component internal-mail failed: E: bad",
    sleeps: [],
  }),
  one("nor is a name in a host's message", [node("a", "internal-mail", {})], {
    stubs: {
      "internal-mail": hostError({ code: "trap.other", message: 'Component "internal-mail" trapped: bad' }),
    },
    fails: 'Component "internal-mail" trapped: bad',
    sleeps: [],
  }),
  one("a host's error is retried by its words", [node("a", "c", {})], {
    stubs: { c: seq(hostError({ code: "component.worker", message: "Worker unavailable" }), always(1)) },
    output: 1,
    sleeps: [250],
  }),
  one("17 only the failed node is retried", [node("a", "count", {}, "b"), node("b", "c", {})], {
    stubs: { count: always(1), c: seq(err("T", "transient"), always(2)) },
    output: 2,
    trace: "s(a) e(a) s(b) x(b) s(b) e(b)",
  }),
  one("18 a component that is not there", [node("a", "ghost", {})], {
    fails: "component 'ghost' not found in pack",
    code: "node.component",
    trace: "s(a) x(a)",
  }),
  one("19 one path keeps its type", [node("a", "c", { id: "{{entry.n}}" })], {
    input: { n: 3 },
    output: { id: 3 },
  }),
  one("20 a path within text", [node("a", "c", { t: "x{{entry.n}}" })], {
    input: { n: 3 },
    output: { t: "x3" },
  }),
  one("21 a missing value", [node("a", "c", { text: "{{entry.missing}}" })], {
    fails: "failed to render node input template at $.text: template expression `entry.missing` not found",
    code: "template.missing",
    cause: "template expression `entry.missing` not found",
    trace: "s(a) x(a)",
  }),
  one("21 leniently", [node("a", "c", { text: "{{entry.missing}}", mixed: "<{{entry.no}}>" })], {
    templates: "lenient",
    output: { text: "", mixed: "<>" },
    warnings: 2,
  }),
  one("22 two paths", [node("a", "c", { t: "{{entry.a}} {{entry.b}}" })], {
    input: { a: 1, b: 2 },
    output: { t: "1 2" },
  }),
  one("23 a block", [node("a", "c", { t: "{{#if entry.a}}y{{/if}}" })], {
    input: { a: 1 },
    output: { t: "y" },
  }),
  one("24 how values print", [node("a", "c", { t: "v={{entry.o}} {{entry.l}} {{entry.z}}." })], {
    input: { o: {}, l: [1, 2], z: null },
    output: { t: "v=[object] [1, 2] ." },
  }),
  ...["items[1]", "items.1"].map((path) =>
    one(`25 ${path}`, [node("a", "c", { items: [1, 2] }, "b"), node("b", "c", { x: `{{node.a.${path}}}` })], {
      output: { x: 2 },
    })
  ),
  one("26 prev of the first node", [node("a", "c", { p: "{{prev}}" })], { output: { p: {} } }),
  one("27 state", [
    node("a", "c", { x: 7 }, "b"),
    node("b", "c", { p: "{{state.nodes.a.payload.x}}", q: "{{state.input.q}}" }),
  ], { input: { q: [1] }, output: { p: 7, q: [1] } }),
  one("28 keys are no templates", [node("a", "c", { "{{entry.k}}": 1 })], { output: { "{{entry.k}}": 1 } }),
  one("29 the compiled operation wins", [node("a", "c", { operation: "other", input: { x: 1 } })], {
    output: { x: 1 },
    operations: ["run"],
  }),
  one("29 exec: its operation wins", [
    node("a", "component.exec", { component: "c", operation: "other", input: 1 }, "end", "run"),
  ], { output: 1 }),
  one("30 exec without an operation", [node("n", "component.exec", { component: "c", input: 1 })], {
    fails: "missing operation for node `n` (component `c`); expected node.component.operation to be set",
    cause: "component.exec requires an operation",
  }),
  one("30 no operation", [node("n", "c", {}, "end", "")], {
    fails: "missing operation for node `n` (component `c`); expected node.component.operation to be set",
    code: "node.operation",
  }),
  one("30 the operation of the mapping", [node("n", "c", { op: "x", input: 5 }, "end", " ")], { output: 5 }),
  one("31 config is delivered", [node("a", "c", { input: { x: 1 }, config: { y: 2 } })], {
    output: { x: 1, config: { y: 2 } },
    warnings: 0,
  }),
  one("31 config beside no input", [node("a", "c", { input: null, config: { y: 2 } })], {
    output: { config: { y: 2 } },
  }),
  one("31 config beside a text", [node("a", "c", { input: "s", config: { y: 2 } })], {
    fails: `"config" cannot be delivered: the node's input is no object`,
    code: "node.payload",
  }),
  one("31 config beside another", [node("a", "c", { input: { config: 1 }, config: { y: 2 } })], {
    fails: `"config" cannot be delivered: the node's input has a member of that name already`,
    code: "node.payload",
  }),
  one("31 other keys", [node("a", "c", { input: { x: 1 }, extra: 1 })], {
    output: { input: { x: 1 }, extra: 1 },
  }),
  one("32 nothing is lost", [node("a", "c", { payload: { m: 1 }, metadata: { k: 1 }, other: 9 })], {
    output: { payload: { m: 1 }, metadata: { k: 1 }, other: 9 },
  }),
  one("33 exec", [node("a", "component.exec", { component: "c", operation: "o", input: { q: 1 } })], {
    output: { q: 1 },
  }),
  one("34 exec of a string", [node("a", "component.exec", { component: "c", op: "o", input: "str" })], {
    output: "str",
  }),
  one("34 exec with fields beside", [node("a", "component.exec", { component: "c", op: "o", text: "x" })], {
    output: { text: "x" },
  }),
  one("exec of both spellings", [node("a", "component.exec", { component: "c", op: "o", operation: "o" })], {
    fails: "invalid payload for component.exec",
    code: "node.payload",
  }),
  ...([["ok", "x"], ["error", "y"], ["other", "d"]] as [string, string][]).map(([status, to]) =>
    one(`37 branch on ${status}`, [
      node("a", "c", { status }, { branch: { on_status: { ok: "x", error: "y" }, default: "d" } }),
      ...["x", "y", "d"].map((id) => node(id, "emit.x", id)),
    ], { output: [to] })
  ),
  one("38 no branch matches", [
    node("a", "c", { status: "odd" }, { branch: { on_status: { ok: "x" }, default: null } }),
    node("x", "emit.x", 1),
  ], {
    fails: 'No route of node "a" matches its output with status "odd"',
    code: "flow.no_route",
    trace: "s(a) x(a)",
  }),
  ...([["ok", ["x"]], ["done", { status: "done" }]] as [string, Json][]).map(([status, output]) =>
    one(`39 custom routes on ${status}`, [
      node("a", "c", { status }, { custom: [{ status: "ok", to: "x" }, { out: true }] }),
      node("x", "emit.x", "x"),
    ], { output })
  ),
  one("39 conditions", [
    node("a", "c", { n: 5 }, {
      custom: [{ condition: "n > 9", out: true }, { condition: 'entry.lang == "DE"', to: "x" }, { to: "y" }],
    }),
    node("x", "emit.x", "x"),
    node("y", "emit.x", "y"),
  ], { input: { lang: "de" }, output: ["x"] }),
  one("48 a flow that is not there", [node("a", "flow.call", { flow: "x" })], {
    fails: "flow.call failed for x",
    cause: "flow p:x not registered",
    code: "flow.not_found",
    trace: "s(a) x(a)",
  }),
  one("48 no flow", [node("a", "flow.call", {})], { fails: "invalid payload for flow.call node" }),
  one("48 a blank flow", [node("a", "flow.call", { flow_id: " " })], {
    fails: "flow.call requires a non-empty flow_id",
  }),
  one("50 a circle", [node("a", "emit.log", 1, "b"), node("b", "emit.log", 1, "a")], {
    limits: { maxSteps: 5 },
    fails: "The run exceeds the limit maxSteps of 5: the flow goes in circles b → a → b",
    code: "flow.max_steps",
    trace: "s(a) e(a) s(b) e(b) s(a) e(a) s(b) e(b) s(a) e(a) s(b) x(b)",
  }),
  one("51 provider maps", [node("a", "provider.invoke", { ...MAPS, out_map: { echoed: "/result/echo" } })], {
    input: { message: "hello" },
    stubs: { prov: echo },
    providers: T,
    output: { echoed: "hello" },
    inputs: [{ echo: "hello" }],
  }),
  one("52 maps are rendered once", [
    node("a", "provider.invoke", {
      ...MAPS,
      input: "{{entry.evil}}",
      out_map: { e: "{{result.echo}}", i: "/input/echo" },
    }),
  ], {
    input: { message: "{{entry.x}}", evil: "/state" },
    stubs: { prov: echo },
    providers: T,
    output: { e: "{{entry.x}}", i: "{{entry.x}}" },
  }),
  ...([
    [{ provider_type: "t" }, "provider.invoke requires an op"],
    [{ op: "x" }, "provider.invoke requires provider_id or provider_type"],
    [{ op: "x", provider_id: "no" }, "provider_id `no` not found"],
    [{ op: "x", provider_type: "no" }, "no provider runtime found for type `no`"],
    [{ op: 1 }, "invalid payload for provider.invoke"],
    [
      { provider_type: "t", op: "x", in_map: { a: "/nope" } },
      "failed to render provider.invoke in_map at $.a: mapping path `/nope` not found",
    ],
    [
      { provider_type: "t", op: "x", out_map: ["{{result.no}}"] },
      "failed to render provider.invoke out_map at $[0]: template expression `result.no` not found",
    ],
  ] as [Json, string][]).map(([mapping, fails]) =>
    one(`53 ${fails}`, [node("a", "provider.invoke", mapping)], {
      stubs: { prov: echo },
      providers: T,
      fails,
      trace: "s(a) x(a)",
    })
  ),
  one("two providers of one type", [node("a", "provider.invoke", { provider_type: "t", op: "x" })], {
    stubs: { prov: echo },
    providers: [...T, ...T],
    fails: "multiple providers found for type `t`, specify provider_id",
  }),
  one("err_map shapes the failure", [
    node("a", "provider.invoke", {
      provider_type: "t",
      op: "x",
      err_map: { code: "mapped", message: "No: {{error.message}}", raw: "/result/error/code" },
    }),
  ], {
    stubs: { prov: err("E", "bad") },
    providers: T,
    fails: "No: bad",
    code: "mapped",
    cause: "component prov failed: E: bad",
  }),
  one("a kind that needs a service", [node("a", "dw.agent", {})], {
    fails: 'Node kind "dw.agent" needs an agent runtime, which this runner does not have',
    code: "node.kind",
    trace: "s(a) x(a)",
  }),
  one("an output that is too large", [node("a", "c", {})], {
    stubs: { c: always("äbc") },
    limits: { maxValueBytes: 5 },
    fails: 'The output of node "a" exceeds the limit maxValueBytes of 5',
    code: "limit.value",
    trace: "s(a) x(a)",
  }),
  one("ids that objects inherit", [
    node("__proto__", "c", { constructor: 1 }, "b"),
    node("b", "c", "{{node.__proto__}}"),
  ], {
    output: { constructor: 1 },
  }),
  one("a node's timeout", [node("a", "c", {})], {
    stubs: { c: hostError({ code: "node.timeout", message: "timeout" }, "timed_out") },
    fails: "timeout",
    code: "node.timeout",
    sleeps: [],
  }),
];

Deno.test("runFlow() answers the conformance cases", async (t) => {
  for (const { name, script, ...expected } of CASES) {
    await t.step(name, async () => {
      const { result, trace, calls, sleeps, events } = await play(script);
      if (expected.fails === undefined) {
        assertEquals(result, { status: "completed", output: expected.output, failedNodes: false });
      } else {
        const failure = failureIn(result);
        assertEquals(failure.message, expected.fails);
        if (expected.code !== undefined) assertEquals(failure.code, expected.code);
        if (expected.cause !== undefined) {
          assert(failure.causes?.includes(expected.cause), String(failure.causes));
        }
      }
      if (expected.trace !== undefined) assertEquals(trace, expected.trace);
      if (expected.inputs !== undefined) assertEquals(calls.map((call) => call.input), expected.inputs);
      if (expected.operations !== undefined) {
        assertEquals(calls.map(({ operation }) => operation), expected.operations);
      }
      if (expected.sleeps !== undefined) assertEquals(sleeps, expected.sleeps);
      const warnings = events.filter((event) => event.type === "warning").length;
      assertEquals(warnings, expected.warnings ?? 0);
    });
  }
});

Deno.test("runFlow() names what there is when a flow or node is not there", async () => {
  const flow = flowOf("f", [node("a", "emit.x", 1)]);
  const unknown = await play({ flows: [flow], flowId: "nope" });
  assertEquals(failureIn(unknown.result), {
    code: "flow.not_found",
    message: "flow p:nope not registered",
    hint: "The flows of the pack are: f",
  });
  const lost = await play({ flows: [{ ...flow, start: "ghost" }] });
  assertEquals(failureIn(lost.result).message, "node ghost not found");
  assertEquals(lost.trace, "");
});

Deno.test("runFlow() shows the raw mapping when a template fails, and the rendered one otherwise", async () => {
  const nodes = [node("a", "c", { t: "{{entry.n}}" }, "b"), node("b", "c", { t: "{{entry.no}}" })];
  const { events } = await play({ flows: [flowOf("f", nodes)], input: { n: 1 }, stubs: { c: echo } });
  const payloads = events.flatMap((event) => event.type === "node.started" ? [event.payload] : []);
  assertEquals(payloads, [{ t: 1 }, { t: "{{entry.no}}" }]);
});

Deno.test("runFlow() gives components their place, their operation and the state", async () => {
  const nodes = [
    node("a", "emit.x", { k: 1 }, "b"),
    node("b", "component.exec", { component: "c", operation: "o", input: 1 }, "p"),
    node("p", "provider.invoke", { provider_id: "t", op: "x", input: 2 }),
  ];
  const { calls, events } = await play({
    flows: [flowOf("f", nodes)],
    input: { q: 1 },
    stubs: { c: seq(err("T", "transient"), echo), prov: echo },
    providers: T,
  });
  assertEquals(calls[1], {
    callId: "n3",
    flowId: "f",
    flowPath: [],
    nodeId: "b",
    attempt: 2,
    via: "component",
    component: "c",
    operation: "o",
    input: 1,
    state: { input: { q: 1 }, nodes: { a: { ok: true, payload: { k: 1 }, meta: null } } },
  });
  const aims = events.flatMap((event) =>
    event.type === "node.started" ? [[event.component, event.target, event.operation]] : []
  );
  assertEquals(aims, [
    ["emit.x", undefined, undefined],
    ["component.exec", "c", "o"],
    ["component.exec", "c", "o"],
    ["provider.invoke", "prov", "x"],
  ]);
});

Deno.test("runFlow() does not let later nodes change what earlier ones were given", async () => {
  const nodes = [node("a", "c", { all: "{{state}}", n: "{{node}}", t: "{{this}}" }, "b"), node("b", "c", 1)];
  const { events } = await play({ flows: [flowOf("f", nodes)], input: 5, stubs: { c: echo } });
  const [first] = events.flatMap((event) => event.type === "node.started" ? [event.payload] : []);
  const state = { entry: 5, input: 5, nodes: {} };
  const names = { entry: 5, in: 5, prev: {}, node: {}, state, vars: {}, parameters: {} };
  assertEquals(first, { all: state, n: {}, t: names });
});

Deno.test("runFlow() logs emit.log with its place", async () => {
  const { events } = await play({
    flows: [flowOf("f", [node("l", "emit.log", { message: "m", level: 1 })])],
  });
  assertEquals(events.map((event) => event.type), ["node.started", "log", "node.ended"]);
  const [log] = events.filter((event) => event.type === "log");
  assertEquals(log?.text, "m");
  assertEquals(log?.fields, { message: "m", level: 1 });
  assertEquals(log?.place.callId, "n1");
});

Deno.test("runFlow() pauses at session.wait and resumes from the snapshot", async (t) => {
  const flow = flowOf("f", [
    node("a", "emit.x", { t: 1 }, "w"),
    node("w", "session.wait", { reason: "need id" }, "b"),
    node("b", "c", {
      x: "{{state.input.x}}",
      entry: "{{entry}}",
      prev: "{{prev.reason}}",
      a: "{{node.a.t}}",
    }),
  ]);
  const paused = await play({ flows: [flow], input: { first: true } });
  assertEquals(paused.trace, "s(a) e(a) s(w) e(w)");
  const { reason, output, snapshot } = waitingIn(paused.result);
  assertEquals({ reason, output, next: snapshot.next_node }, {
    reason: "need id",
    output: [{ t: 1 }],
    next: "b",
  });

  await t.step("45 with the answer as input", async () => {
    const copy = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
    const resumed = await play({ flows: [flow], input: { x: 2 }, resume: copy, stubs: { c: echo } });
    const expected = { x: 2, entry: { first: true }, prev: "need id", a: 1 };
    assertEquals(resumed.result, { status: "completed", output: expected, failedNodes: false });
    assertEquals(resumed.trace, "s(b) e(b)");
  });
  await t.step("46 not into another flow, pack or node", async () => {
    const other = flowOf("g", [node("a", "emit.x", 1)]);
    const fail = async (resume: Snapshot) => failureIn((await play({ flows: [other, flow], resume })).result);
    assertEquals((await fail(snapshot)).message, "snapshot flow f does not match requested g");
    assertEquals(
      (await fail({ ...snapshot, pack_id: "q" })).message,
      "snapshot pack q does not match requested p",
    );
    assertEquals((await fail({ ...snapshot, flow_id: "g" })).message, "node b not found");
    assertEquals((await fail({ ...snapshot, flow_id: "g", next_node: "a b" })).code, "flow.snapshot");
  });
  await t.step("43 also without a reason", async () => {
    const bare = flowOf("f", [node("w", "session.wait", {}, "b"), node("b", "emit.x", 1)]);
    const { result } = await play({ flows: [bare] });
    const waiting = waitingIn(result);
    assertEquals([waiting.reason, waiting.output], [null, null]);
  });
  await t.step("a route that leads nowhere fails the node", async () => {
    const routing: Json = { custom: [{ status: "never", to: "b" }, { out: true }] };
    const lost = flowOf("f", [node("w", "session.wait", {}, routing), node("b", "emit.x", 1)]);
    const { result, trace } = await play({ flows: [lost] });
    assertEquals(failureIn(result).message, "session.wait node w requires a non-empty route");
    assertEquals(trace, "s(w) x(w)");
  });
});

Deno.test("runFlow() calls flows, with their path, and wraps what goes wrong in them", async (t) => {
  const caller = flowOf("f", [node("a", "flow.call", { flow: "sub", input: { k: 1 } })]);
  const run = (nodes: Json, more: Partial<Script> = {}) =>
    play({ flows: [caller, flowOf("sub", nodes)], stubs: { c: echo }, ...more });
  await t.step("47 output and events", async () => {
    const { result, trace, events } = await run([node("s", "c", "{{entry}}")]);
    assertEquals(result, { status: "completed", output: { k: 1 }, failedNodes: false });
    assertEquals(trace, "s(a) s(s) e(s) e(a)");
    const inner = events.flatMap((event) =>
      event.type === "node.ended" ? [[event.flowId, event.flowPath]] : []
    );
    assertEquals(inner, [["sub", ["f/a"]], ["f", []]]);
  });
  await t.step("49 a flow that waits", async () => {
    const { result } = await run([node("w", "session.wait", "r", "b"), node("b", "emit.x", 1)]);
    assertEquals(failureIn(result).message, 'flow.call cannot pause (flow sub waiting Some("r"))');
    assertEquals(failureIn(result).code, "flow.call_waits");
  });
  await t.step("a flow that fails, without a retry of the call", async () => {
    const { result, trace } = await run([node("s", "c", {})], { stubs: { c: err("U", "bad internal") } });
    const failure = failureIn(result);
    assertEquals([failure.message, failure.code], ["flow.call failed for sub", "U"]);
    assertEquals(failure.causes, ["component c failed: U: bad internal"]);
    assertEquals(trace, "s(a) s(s) x(s) s(s) x(s) s(s) x(s) x(a)");
  });
  await t.step("a flow that calls itself", async () => {
    const { result, events } = await run([node("s", "flow.call", { flow: "sub" })], {
      limits: { maxCallDepth: 3 },
    });
    assertEquals(failureIn(result).code, "flow.max_depth");
    assertStringIncludes(failureIn(result).causes?.at(-1) ?? "", "exceeds the limit maxCallDepth of 3");
    assertEquals(events.length, 8);
  });
});

Deno.test("runFlow() ends the running node as the signal says", async (t) => {
  const failure = { code: "limit.run_time", message: "The run took too long" };
  for (const status of ["cancelled", "timed_out"] as const) {
    const cause = { status, failure };
    const abortIn = (controller: AbortController): Stub => () => {
      controller.abort(cause);
      return {
        status: "cancelled",
        failure: { code: "node.cancelled", message: "stopped" },
        metrics: { fuel: 3 },
      };
    };
    await t.step(`${status} while a node runs`, async () => {
      const controller = new AbortController();
      const nodes = [node("a", "flow.call", { flow: "sub" })];
      const { result, events, trace } = await play({
        flows: [flowOf("f", nodes), flowOf("sub", [node("s", "c", {})])],
        stubs: { c: abortIn(controller) },
        signal: controller.signal,
      });
      assertEquals(result, { status, failure: { ...failure, place: "f/a > flow sub node s" }, nodeId: "a" });
      assertEquals(trace, "s(a) s(s) x(s) x(a)");
      const ends = events.flatMap((event) =>
        event.type === "node.failed" ? [[event.status, event.metrics]] : []
      );
      assertEquals(ends, [[status, { fuel: 3 }], [status, {}]]);
    });
    await t.step(`${status} between nodes`, async () => {
      const controller = new AbortController();
      const stop: Stub = () => (controller.abort(cause), ok(1));
      const nodes = [node("a", "c", {}, "b"), node("b", "c", {})];
      const { result, trace } = await play({
        flows: [flowOf("f", nodes)],
        stubs: { c: stop },
        signal: controller.signal,
      });
      assertEquals(result, { status, failure });
      assertEquals(trace, "s(a) e(a)");
    });
  }
  await t.step("a signal without a cause", async () => {
    const { result } = await play({
      flows: [flowOf("f", [node("a", "emit.x", 1)])],
      signal: AbortSignal.abort(),
    });
    assertEquals([result.status, failureIn(result).code], ["cancelled", "run.cancelled"]);
  });
});

Deno.test("runFlow() turns a rejecting invoker into a failed node", async () => {
  const broken: Stub = () => Promise.reject(new Error("gone", { cause: new Error("pipe") }));
  const { result, trace } = await play({ flows: [flowOf("f", [node("a", "c", {})])], stubs: { c: broken } });
  assertEquals(failureIn(result), {
    code: "internal",
    message: "gone",
    place: "flow f node a",
    causes: ["pipe"],
    hint: "This is a fault of the runner: please report it with the command and the pack",
  });
  assertEquals(trace, "s(a) x(a)");
});

Deno.test("runFlow() gives the same events for the same script", async () => {
  const script = (): Script => ({
    flows: [
      flowOf("f", [
        node("a", "flow.call", { flow: "sub" }, "b"),
        node("b", "emit.x", "{{#each prev}}{{@key}}{{/each}}!"),
      ]),
      flowOf("sub", [node("s", "c", { z: "{{entry}}", a: 1 })]),
    ],
    stubs: { c: seq(err("T", "transient"), echo) },
  });
  const [first, second] = [await play(script()), await play(script())];
  assertEquals(JSON.stringify(first), JSON.stringify(second));
  assertEquals(first.result, { status: "completed", output: ["az!"], failedNodes: false });
});

Deno.test("runFlow() takes ten thousand steps with two events each, in a loop and in a line", async () => {
  const loop = flowOf("f", [node("a", "c", { n: "{{prev}}" }, "b"), node("b", "c", 1, "a")]);
  const looped = await play({ flows: [loop], stubs: { c: always(1) } });
  assertEquals([looped.events.length, failureIn(looped.result).code], [20_002, "flow.max_steps"]);
  const ids = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
  const line = flowOf("f", ids.map((id, index) => node(id, "emit.log", "{{prev}}", ids[index + 1] ?? "end")));
  const walked = await play({ flows: [line] });
  assertEquals([walked.events.length, walked.result.status], [30_000, "completed"]);
});

Deno.test("runFlow() stops values that multiply with each step", async () => {
  const flow = flowOf("f", [node("a", "c", Array.from({ length: 50 }, () => "{{prev}}"), "a")]);
  const { result, events } = await play({ flows: [flow], stubs: { c: echo } });
  assertEquals(failureIn(result).code, "limit.value");
  assert(events.length < 20);
});
