/** The kinds of nodes that keep values and leave the order of routes, and the routes that take failures. */

import { assertEquals } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import type { Snapshot } from "../../lib/engine/snapshot.ts";
import type { Flow } from "../../lib/flow/flow.ts";
import {
  always,
  echo,
  err,
  failureIn,
  flowOf,
  hostError,
  node,
  play,
  type Played,
  type Script,
  seq,
  type Stub,
  waitingIn,
} from "./_script.ts";

/** The output of a run that completed. */
function outputOf({ result }: Played): Json {
  if (result.status !== "completed") throw new Error(`The run did not complete: ${JSON.stringify(result)}`);
  return result.output;
}

/** Runs a flow of these nodes. */
function run(nodes: Json, more: Partial<Script> = {}): Promise<Played> {
  return play({ flows: [flowOf("f", nodes)], stubs: { c: echo }, ...more });
}

const CONTROL = "greentic_control";

Deno.test("var.set keeps a value that templates, pointers and conditions read", async (t) => {
  await t.step("its value keeps its type and is rendered once", async () => {
    const played = await run([
      node("a", "var.set", { name: "v", value: { n: "{{entry.n}}", p: "/entry/n", t: "{{entry.t}}" } }, "b"),
      node("b", "c", { v: "{{vars.v}}", a: "{{node.a}}" }),
    ], { input: { n: 3, t: "/entry" } });
    assertEquals(outputOf(played), { v: { n: 3, p: 3, t: "/entry" }, a: { ok: true } });
  });
  await t.step("a later change does not reach back", async () => {
    const played = await run([
      node("a", "var.set", { name: "v", value: 1 }, "b"),
      node("b", "c", { all: "{{vars}}" }, "c"),
      node("c", "var.set", { name: "v", value: 2 }, "d"),
      node("d", "c", { then: "{{node.b.all}}", now: "{{vars.v}}" }),
    ]);
    assertEquals(outputOf(played), { then: { v: 1 }, now: 2 });
  });
  await t.step("conditions", async () => {
    const routing: Json = { custom: [{ condition: "vars.v >= 2", to: "x" }, { to: "y" }] };
    const nodes = (value: number) => [
      node("a", "var.set", { name: "v", value }, routing),
      node("x", "emit.x", "x"),
      node("y", "emit.x", "y"),
    ];
    assertEquals(outputOf(await run(nodes(2))), ["x"]);
    assertEquals(outputOf(await run(nodes(1))), ["y"]);
  });
  await t.step("a value that is not there names its field", async () => {
    const { result } = await run([node("a", "var.set", { name: "v", value: ["/entry/no"] })]);
    assertEquals(
      failureIn(result).message,
      "failed to render var_set value at $.value[0]: mapping path `/entry/no` not found",
    );
  });
  await t.step("a called flow has variables of its own", async () => {
    const caller = flowOf("f", [
      node("a", "var.set", { name: "v", value: 1 }, "b"),
      node("b", "flow.call", { flow: "sub" }, "c"),
      node("c", "c", { v: "{{vars.v}}", inner: "{{node.b}}" }),
    ]);
    const sub = flowOf("sub", [
      node("s", "var.set", { name: "v", value: 2 }, "t"),
      node("t", "c", "{{vars}}"),
    ]);
    assertEquals(outputOf(await play({ flows: [caller, sub], stubs: { c: echo } })), {
      v: 1,
      inner: { v: 2 },
    });
  });
  await t.step("a variable that shadows nothing on the prototype", async () => {
    const played = await run([
      node("a", "var.set", { name: "__proto__", value: { x: 1 } }, "b"),
      node("b", "c", { p: "{{vars.__proto__.x}}" }),
    ]);
    assertEquals(outputOf(played), { p: 1 });
  });
});

Deno.test("Variables and parameters begin as the flow declares or the run says", async (t) => {
  const extra = { region: "eu", vars_init: { mood: { default: "calm" }, who: { required: true } } };
  const flow = flowOf("f", [node("a", "c", { p: "{{parameters}}", v: "{{vars}}" })], { metadata: { extra } });
  await t.step("declared", async () => {
    const played = await play({
      flows: [flow],
      stubs: { c: echo },
      parameters: { who: "Ada", region: "us" },
    });
    assertEquals(outputOf(played), { p: { region: "us", who: "Ada" }, v: { mood: "calm", who: "Ada" } });
  });
  await t.step("missing", async () => {
    const { result, trace } = await play({ flows: [flow], stubs: { c: echo } });
    const { code, message, hint } = failureIn(result);
    assertEquals([code, message, trace], ["flow.variable", "required flow variable not provided: who", ""]);
    assertEquals(hint, "Add --parameter who=VALUE or the option parameters");
  });
  await t.step("a flow that is jumped to begins with what nothing has set", async () => {
    const from = flowOf("g", [
      node("v", "var.set", { name: "kept", value: 1 }, "j"),
      node("j", "flow.goto", { flow: "f" }),
    ]);
    const vars = { kept: { default: 0 }, mood: { default: "calm" }, open: {}, who: { required: true } };
    const to = flowOf("f", [node("a", "c", "{{vars}}")], { metadata: { extra: { vars_init: vars } } });
    const played = await play({ flows: [from, to], stubs: { c: echo } });
    assertEquals(outputOf(played), { kept: 1, mood: "calm" });
  });
  await t.step("a called flow has its own", async () => {
    const caller = flowOf("g", [node("b", "flow.call", { flow: "f" })], { metadata: { extra: { own: 1 } } });
    const open = flowOf("f", [node("a", "c", { p: "{{parameters}}" })], {
      metadata: { extra: { region: "eu" } },
    });
    const played = await play({
      flows: [caller, open],
      stubs: { c: echo },
      parameters: { own: 2, region: "us" },
    });
    assertEquals(outputOf(played), { p: { region: "eu" } });
  });
});

Deno.test("now tells the time of the run's clock, and only to those who name it", async () => {
  const played = await run([
    node("a", "c", { d: "{{now.date}}", t: "at {{now.iso}}", ms: "{{now.epoch_ms}}" }),
  ]);
  assertEquals(outputOf(played), {
    d: "2026-01-02",
    t: "at 2026-01-02T03:04:05.678Z",
    ms: 1767323045678,
  });
});

Deno.test("in is the entry, with an input also where the entry has none", async () => {
  const nodes = [node("a", "c", ["{{in.text}}", "{{in.input.text}}", "{{entry.text}}"])];
  assertEquals(outputOf(await run(nodes, { input: { text: "hi" } })), ["hi", "hi", "hi"]);
  const inner = [node("a", "c", ["{{in.input.text}}", "{{entry.input.text}}"])];
  assertEquals(outputOf(await run(inner, { input: { input: { text: "own" } } })), ["own", "own"]);
  assertEquals(outputOf(await run([node("a", "c", "{{in}}")], { input: 5 })), 5);
});

Deno.test("prev is what the last node gave, whatever that is, and at first an object", async () => {
  const played = await run([
    node("a", "c", { first: "{{prev}}" }, "b"),
    node("b", "none", {}, "d"),
    node("d", "c", { then: "{{prev}}", a: "{{node.a.first}}" }),
  ], { stubs: { c: echo, none: always(null) } });
  assertEquals(outputOf(played), { then: null, a: {} });
});

Deno.test("state.get and state.set keep values for all flows of a run", async (t) => {
  await t.step("missing, set, and read by a called flow", async () => {
    const caller = flowOf("f", [
      node("a", "state.get", { key: "k" }, "b"),
      node("b", "state.set", { key: "k", value: "{{entry}}" }, "d"),
      node("d", "flow.call", { flow: "sub" }, "e"),
      node("e", "c", ["{{node.a}}", "{{node.b}}", "{{node.d}}"]),
    ]);
    const sub = flowOf("sub", [node("s", "state.get", { key: "k" })]);
    const played = await play({ flows: [caller, sub], input: { x: 1 }, stubs: { c: echo } });
    assertEquals(outputOf(played), [
      { key: "k", value: null, found: false },
      { key: "k", value: { x: 1 } },
      { key: "k", value: { x: 1 }, found: true },
    ]);
  });
  for (const kind of ["state.get", "state.set"]) {
    await t.step(`${kind} without a key`, async () => {
      const { result } = await run([node("a", kind, { key: " " })]);
      const { code, message } = failureIn(result);
      assertEquals([code, message], [
        "node.payload",
        "state node payload missing required `key` (non-empty string)",
      ]);
    });
  }
});

Deno.test("flow.goto goes on elsewhere with another input, and keeps all else", async (t) => {
  const target = flowOf("g", [
    node("a", "emit.x", "start of g"),
    node("z", "c", {
      entry: "{{entry}}",
      input: "{{state.input}}",
      prev: "{{prev}}",
      v: "{{vars.v}}",
      a: "{{node.a.n}}",
    }),
  ]);
  const flows = (payload: Json): Flow[] => [
    flowOf("f", [
      node("a", "c", { n: 1 }, "e"),
      node("e", "emit.x", "said", "v"),
      node("v", "var.set", { name: "v", value: 5 }, "j"),
      node("j", "flow.goto", payload),
    ]),
    target,
  ];
  await t.step("to a node", async () => {
    const played = await play({
      flows: flows({ flow_id: "g", node: "z", input: { q: 2 } }),
      input: { first: 1 },
      stubs: { c: echo },
    });
    const state = { entry: { first: 1 }, input: { q: 2 }, prev: { q: 2 }, v: 5, a: 1 };
    assertEquals(outputOf(played), ["said", state]);
    assertEquals(played.trace, "s(a) e(a) s(e) e(e) s(v) e(v) s(j) e(j) s(z) e(z)");
    const jumps = played.events.filter((event) => event.type === "flow.jumped");
    assertEquals(jumps, [
      { type: "flow.jumped", flowId: "f", flowPath: [], nodeId: "j", toFlow: "g", toNode: "z" },
    ]);
    const last = played.events.findLast((event) => event.type === "node.ended");
    assertEquals(last?.type === "node.ended" && last.flowId, "g");
  });
  await t.step("to the start of a flow", async () => {
    assertEquals(outputOf(await play({ flows: flows({ flow: "g" }), stubs: { c: echo } })), [
      "said",
      "start of g",
    ]);
  });
  await t.step("within the flow", async () => {
    const nodes = [node("j", "flow.goto", { node: "z", input: 1 }), node("z", "c", "{{state.input}}")];
    assertEquals(outputOf(await run(nodes)), 1);
  });
  await t.step("within a called flow, which then returns", async () => {
    const caller = flowOf("f", [node("a", "flow.call", { flow: "sub" }, "b"), node("b", "c", "{{node.a}}")]);
    const sub = flowOf("sub", [node("j", "flow.goto", { flow: "g", node: "z", input: 7 })]);
    const end = flowOf("g", [node("x", "c", 0), node("z", "c", "{{prev}}")]);
    const played = await play({ flows: [caller, sub, end], stubs: { c: echo } });
    assertEquals(outputOf(played), 7);
    assertEquals(played.trace, "s(a) s(j) e(j) s(z) e(z) e(a) s(b) e(b)");
  });
  const refusals: [payload: Json, code: string, message: string, cause?: string][] = [
    [{}, "node.payload", "flow.goto requires a non-empty flow_id"],
    ["x", "node.payload", "invalid payload for flow.goto node"],
    [{ flow: 1 }, "node.payload", "invalid payload for flow.goto node", "flow is no string"],
    [{ flow: "no" }, "flow.not_found", "unknown_flow:no"],
    [{ flow: "g", node: "no" }, "flow.node_not_found", "unknown_node:no"],
    [
      { flow: "g", max_redirects: 0 },
      "flow.redirect_limit",
      "The flow has jumped 0 times already",
      "redirect_limit",
    ],
  ];
  for (const [payload, code, message, cause] of refusals) {
    await t.step(message, async () => {
      const failure = failureIn((await play({ flows: flows(payload), stubs: { c: echo } })).result);
      assertEquals([failure.code, failure.message, failure.causes?.[0]], [code, message, cause]);
    });
  }
  await t.step("three times, unless the jump says otherwise", async () => {
    const circle = (more: object) => run([node("j", "flow.goto", { node: "j", ...more })]);
    assertEquals(failureIn((await circle({})).result).code, "flow.redirect_limit");
    assertEquals((await circle({})).trace, "s(j) e(j) s(j) e(j) s(j) e(j) s(j) x(j)");
    assertEquals((await circle({ max_redirects: 5 })).trace.match(/s\(j\)/g)?.length, 6);
  });
});

Deno.test("A component steers the flow with greentic_control", async (t) => {
  const steer = (control: Json, more: Partial<Script> = {}) =>
    play({
      flows: [
        flowOf("f", [node("e", "emit.x", 1, "a"), node("a", "c", {}, "b"), node("b", "emit.x", "b")]),
        flowOf("g", [node("s", "emit.x", "{{state.nodes.a}}")]),
      ],
      stubs: { c: always({ [CONTROL]: control }) },
      ...more,
    });
  await t.step("jump", async () => {
    const jump = { v: 1, action: "jump", flow: "g", payload: { p: 1 }, hints: { h: 2 } };
    assertEquals(outputOf(await steer(jump)), [1, { ok: true, payload: { p: 1 }, meta: { h: 2 } }]);
  });
  await t.step("jump, as some components write it", async () => {
    const jump = { v: 1, action: "jump", target: { flow: "g" }, params: 5 };
    assertEquals(outputOf(await steer(jump)), [1, { ok: true, payload: 5, meta: null }]);
  });
  await t.step("respond", async () => {
    const respond = { v: 1, action: "respond", text: "done", needs_user: true };
    const played = await steer(respond);
    assertEquals(outputOf(played), [1, { text: "done", card_cbor: null, needs_user: true }]);
    assertEquals(played.trace, "s(e) e(e) s(a) e(a)");
  });
  await t.step("an action that nobody knows", async () => {
    assertEquals(outputOf(await steer({ v: 1, action: "dance" })), [1, "b"]);
  });
  const faults: [control: Json, message: string][] = [
    ["x", "jump_failed: greentic_control must be an object"],
    [{ v: 1 }, "jump_failed: greentic_control.action is required"],
    [{ action: "jump" }, "jump_failed: greentic_control.v is required"],
    [{ v: 3, action: "jump" }, "jump_failed: unsupported greentic_control.v=3"],
    [{ v: 1, action: "jump" }, "jump_failed: jump flow is required"],
    [{ v: 1, action: "jump", flow: "no" }, "unknown_flow:no"],
    [{ v: 1, action: "jump", flow: "g", node: "no" }, "unknown_node:no"],
  ];
  for (const [control, message] of faults) {
    await t.step(message, async () => {
      const { result, trace } = await steer(control);
      assertEquals([failureIn(result).message, trace], [message, "s(e) e(e) s(a) x(a)"]);
    });
  }
  await t.step("a provider only answers", async () => {
    const output = { [CONTROL]: { v: 1, action: "respond" } };
    const played = await run([node("p", "provider.invoke", { provider_type: "t", op: "x" })], {
      stubs: { c: always(output) },
      providers: [{ type: "t", component: "c", world: "w" }],
    });
    assertEquals(outputOf(played), output);
  });
});

Deno.test("A failure goes where a route asks for it", async (t) => {
  const FAIL = err("E", "bad", { details: { d: 1 } });
  const ends = [
    node("x", "c", ["{{prev}}", "{{node.a.error.code}}", "{{state.nodes.a.ok}}"]),
    node("y", "emit.x", "y"),
  ];
  const failing = (routing: Json, stub: Stub = FAIL, more: Partial<Script> = {}) =>
    run([node("a", "bad", {}, routing), ...ends], { stubs: { bad: stub, c: echo }, ...more });
  const payload = {
    ok: false,
    error: { code: "E", message: "component bad failed: E: bad", details: { d: 1 } },
  };
  const handled = [payload, "E", false];
  const routes: [name: string, routing: Json][] = [
    ["a branch on error", { branch: { on_status: { error: "x", ok: "y" }, default: "y" } }],
    ["a route with status error", { custom: [{ status: "error", to: "x" }, { to: "y" }] }],
    ["the only route, with status error", { custom: [{ status: "error", to: "x" }] }],
    ["an event", { custom: [{ event: "on_error", to: "x" }, { to: "y" }] }],
    ["a condition on the event", { custom: [{ condition: 'event == "on_error"', to: "x" }, { to: "y" }] }],
    ["a condition beside the status", {
      custom: [
        { status: "error", condition: "error.code == other", to: "y" },
        { status: "error", condition: "error.code == E", to: "x" },
      ],
    }],
  ];
  for (const [name, routing] of routes) {
    await t.step(name, async () => {
      const { result, trace } = await failing(routing);
      assertEquals(result, { status: "completed", output: handled, failedNodes: true });
      assertEquals(trace, "s(a) x(a) s(x) e(x)");
    });
  }
  const stops: [name: string, routing: Json, stub?: Stub][] = [
    ["no default takes it", { custom: [{ status: "ok", to: "x" }, { to: "y" }] }],
    ["no branch's default", { branch: { on_status: { ok: "x" }, default: "y" } }],
    ["no plain route", { next: { node_id: "x" } }],
    ["no other event", { custom: [{ event: "on_timeout", to: "x" }, { to: "y" }] }],
    ["no other condition", { custom: [{ status: "error", condition: "error.code == other", to: "x" }] }],
  ];
  for (const [name, routing] of stops) {
    await t.step(name, async () => {
      const { result, trace } = await failing(routing);
      assertEquals([failureIn(result).code, trace], ["E", "s(a) x(a)"]);
    });
  }
  await t.step("a success ends the flow where all routes ask for failures", async () => {
    const routings: Json[] = [
      { custom: [{ status: "error", to: "x" }] },
      { branch: { on_status: { error: "x" } } },
    ];
    for (const routing of routings) {
      const { result, trace } = await failing(routing, always(1));
      assertEquals([result, trace], [{ status: "completed", output: 1, failedNodes: false }, "s(a) e(a)"]);
    }
  });
  await t.step("retries come first", async () => {
    const routing = { custom: [{ status: "error", to: "x" }] };
    const { trace } = await failing(routing, seq(err("T", "transient"), err("T", "transient"), always(1)));
    assertEquals(trace, "s(a) x(a) s(a) x(a) s(a) e(a)");
  });
  await t.step("a timeout", async () => {
    const stub = hostError({ code: "node.timeout", message: "late" }, "timed_out");
    for (const event of ["on_timeout", "on_error"]) {
      const { result } = await failing({ custom: [{ event, to: "y" }] }, stub);
      assertEquals(result, { status: "completed", output: ["y"], failedNodes: true });
    }
  });
  await t.step("a template, a call, a route that does not match", async () => {
    const routing: Json = { custom: [{ status: "never", to: "x" }, { status: "error", to: "y" }] };
    const kinds: [component: string, mapping: Json][] = [
      ["c", "{{entry.no}}"],
      ["flow.call", { flow: "no" }],
      ["provider.invoke", { op: "x" }],
      ["c", { status: "odd" }],
    ];
    for (const [component, mapping] of kinds) {
      const { result } = await run([node("a", component, mapping, routing), ...ends]);
      assertEquals(result, { status: "completed", output: ["y"], failedNodes: true }, component);
    }
  });
  await t.step("the end of the run is taken by none", async () => {
    const circle = [node("a", "c", {}, { custom: [{ status: "error", to: "a" }, { to: "a" }] })];
    const { result, trace } = await run(circle, { limits: { maxSteps: 2 } });
    assertEquals([failureIn(result).code, trace], ["flow.max_steps", "s(a) e(a) s(a) e(a) s(a) x(a)"]);
    const called = await play({
      flows: [
        flowOf("f", [node("q", "flow.call", { flow: "g" }, { custom: [{ status: "error", to: "q" }] })]),
        flowOf("g", circle),
      ],
      stubs: { c: echo },
      limits: { maxSteps: 3 },
    });
    assertEquals(failureIn(called.result).code, "flow.max_steps");
    const controller = new AbortController();
    const stop: Stub =
      () => (controller.abort(), { status: "error", failure: { code: "E", message: "" }, metrics: {} });
    const stopped = await failing({ custom: [{ status: "error", to: "x" }] }, stop, {
      signal: controller.signal,
    });
    assertEquals(stopped.result.status, "cancelled");
  });
  await t.step("the end of the run's values is taken by none", async () => {
    const circle = [
      node("a", "emit.x", "0123456789", { custom: [{ status: "error", to: "a" }, { to: "a" }] }),
    ];
    const { result, trace } = await run(circle, { limits: { maxRunBytes: 40 } });
    // Each step has a payload and an output of twelve bytes.
    assertEquals([failureIn(result).code, trace], ["limit.run_values", "s(a) e(a) s(a) x(a)"]);
  });
  await t.step("a wait that leads nowhere is taken by none", async () => {
    const routing: Json = { custom: [{ status: "never", to: "x" }, { status: "error", to: "y" }] };
    const { result } = await run([node("w", "session.wait", "why", routing), ...ends]);
    const { code, message } = failureIn(result);
    assertEquals([code, message], ["flow.wait_route", "session.wait node w requires a non-empty route"]);
  });
  await t.step("a failure in a called flow counts for the run", async () => {
    const sub = flowOf("sub", [
      node("a", "bad", {}, { custom: [{ status: "error", to: "y" }] }),
      node("y", "c", 1),
    ]);
    const caller = flowOf("f", [node("q", "flow.call", { flow: "sub" })]);
    const { result } = await play({ flows: [caller, sub], stubs: { bad: FAIL, c: echo } });
    assertEquals(result, { status: "completed", output: 1, failedNodes: true });
  });
});

Deno.test("Routes know the component's own word for what came of it", async () => {
  const routing: Json = { custom: [{ event: "on_submit", to: "x" }, { to: "y" }] };
  const ends = [node("x", "emit.x", "x"), node("y", "emit.x", "y")];
  const run = async (output: Json) =>
    outputOf(
      await play({ flows: [flowOf("f", [node("a", "c", output, routing), ...ends])], stubs: { c: echo } }),
    );
  assertEquals(await run({}), ["x"]);
  assertEquals(await run({ outcome: "on_submit" }), ["x"]);
  assertEquals(await run({ outcome: "on_cancel" }), ["y"]);
});

Deno.test("turns answer the waits of a run in order, as resuming would", async (t) => {
  const flow = flowOf("f", [
    node("e", "emit.x", "first", "w"),
    node("w", "session.wait", "one", "v"),
    node("v", "var.set", { name: "v", value: "{{state.input}}" }, "q"),
    node("q", "emit.x", "second", "x"),
    node("x", "session.wait", {}, "z"),
    node("z", "c", ["{{vars.v}}", "{{state.input}}", "{{entry}}", "{{node.w}}"]),
  ]);
  const play2 = (more: Partial<Script>) => play({ flows: [flow], input: "in", stubs: { c: echo }, ...more });
  const end: Json = ["a", "b", "in", "one"];
  await t.step("all of them", async () => {
    const { result, turns, events, trace } = await play2({ turns: ["a", "b"] });
    assertEquals(result, { status: "completed", output: end, failedNodes: false });
    assertEquals(turns, [
      { reason: "one", output: ["first"], input: "a" },
      { reason: null, output: ["second"], input: "b" },
    ]);
    assertEquals(trace, "s(e) e(e) s(w) e(w) s(v) e(v) s(q) e(q) s(x) e(x) s(z) e(z)");
    const said = events.filter((event) => event.type === "flow.waited" || event.type === "flow.resumed");
    assertEquals(said, [
      { type: "flow.waited", flowId: "f", nodeId: "w", reason: "one", output: ["first"] },
      { type: "flow.resumed", flowId: "f", nodeId: "v", input: "a" },
      { type: "flow.waited", flowId: "f", nodeId: "x", reason: null, output: ["second"] },
      { type: "flow.resumed", flowId: "f", nodeId: "z", input: "b" },
    ]);
    const ids = events.flatMap((event) => event.type === "node.started" ? [event.callId] : []);
    assertEquals(ids, ["n1", "n2", "n3", "n4", "n5", "n6"]);
  });
  await t.step("one of them, the rest in another run", async () => {
    const first = await play2({ turns: ["a"] });
    const { reason, output, snapshot } = waitingIn(first.result);
    assertEquals([reason, output, first.turns.length], [null, ["second"], 1]);
    const copy: Snapshot = JSON.parse(JSON.stringify(snapshot));
    const second = await play2({ input: "b", resume: copy });
    assertEquals(outputOf(second), end);
    assertEquals(second.events[0], { type: "flow.resumed", flowId: "f", nodeId: "z", input: "b" });
  });
  await t.step("one too many", async () => {
    const { result, events } = await play2({ turns: ["a", "b", null] });
    assertEquals(result.status, "completed");
    const [warning] = events.filter((event) => event.type === "warning");
    assertEquals(
      warning?.type === "warning" && [warning.code, warning.message],
      ["flow.turns", "The flow ended before it asked for the last 1 of 3 answers"],
    );
  });
  await t.step("a called flow cannot be answered", async () => {
    const caller = flowOf("g", [node("q", "flow.call", { flow: "f" })]);
    const { result, turns } = await play({ flows: [caller, flow], stubs: { c: echo }, turns: ["a", "b"] });
    assertEquals([failureIn(result).code, turns], ["flow.call_waits", []]);
  });
});

Deno.test("A snapshot keeps where a jump has led, what was kept and that a node has failed", async () => {
  const flows = [
    flowOf("f", [
      node("a", "bad", {}, { custom: [{ status: "error", to: "s" }] }),
      node("s", "state.set", { key: "k", value: 1 }, "j"),
      node("j", "flow.goto", { flow: "g", input: 2 }),
    ]),
    flowOf("g", [
      node("w", "session.wait", {}, "r"),
      node("r", "state.get", { key: "k" }, "b"),
      node("b", "flow.goto", { node: "z", input: 3, max_redirects: 2 }),
      node("z", "c", ["{{node.r.value}}", "{{node.a.error.code}}", "{{state.input}}"]),
    ]),
  ];
  const stubs = { bad: err("E", "no"), c: echo };
  const { snapshot } = waitingIn((await play({ flows, stubs })).result);
  assertEquals([snapshot.flow_id, snapshot.next_flow, snapshot.next_node], ["f", "g", "r"]);
  const { result } = await play({ flows, stubs, resume: JSON.parse(JSON.stringify(snapshot)) });
  assertEquals(result, { status: "completed", output: [1, "E", 3], failedNodes: true });
  const lower = flows.map((flow) =>
    flow.id === "f" ? flow : flowOf("g", [
      node("w", "session.wait", {}, "r"),
      node("r", "flow.goto", { node: "w", max_redirects: 1 }),
    ])
  );
  // Whoever answers ends a circle: jumps are counted anew.
  const again = await play({ flows: lower, stubs, resume: JSON.parse(JSON.stringify(snapshot)) });
  const { snapshot: next } = waitingIn(again.result);
  const third = await play({
    flows: lower,
    stubs,
    resume: JSON.parse(JSON.stringify(next)),
    turns: [1, 2, 3, 4],
  });
  assertEquals([third.result.status, third.turns.length], ["waiting", 4]);
});

Deno.test("runFlow() starts at the node that it is told", async () => {
  const nodes = [node("a", "emit.x", 1, "b"), node("b", "emit.x", 2)];
  assertEquals(outputOf(await run(nodes, { startAt: "b" })), [2]);
});

Deno.test("An id that is a component and its operation in one word is split when only the component is there", async () => {
  const nodes = [node("a", "mail.send", { x: 1 }, "b", ""), node("b", "mail.box", {}, "end", "")];
  const { calls, result } = await run(nodes, { stubs: { mail: echo, "mail.box": echo } });
  assertEquals(calls.map(({ component, operation }) => [component, operation]), [["mail", "send"]]);
  // A component of the whole name is that component, and then the operation is missing.
  assertEquals(failureIn(result).code, "node.operation");
});
