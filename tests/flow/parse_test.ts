import { assert, assertEquals } from "@std/assert";
import type { Finding } from "../../lib/base/finding.ts";
import type { Json } from "../../lib/base/json.ts";
import { type Flow, nodeLabel, type Routing } from "../../lib/flow/flow.ts";
import { parseFlow } from "../../lib/flow/parse.ts";

function parse(
  form: "compiled" | "authored",
  document: Json,
): { flow: Flow | undefined; findings: readonly Finding[] } {
  const { flow, findings } = parseFlow({ id: "f", form, document, place: "here" });
  return { flow, findings };
}

function authored(nodes: Json, more: { [key: string]: Json } = {}): ReturnType<typeof parse> {
  return parse("authored", { id: "f", type: "messaging", nodes, ...more });
}

function compiled(nodes: Json, more: { [key: string]: Json } = {}): ReturnType<typeof parse> {
  return parse("compiled", { id: "f", kind: "messaging", nodes, ...more });
}

function errors(findings: readonly Finding[]): string[] {
  return findings.filter((one) => one.severity === "error").map((one) => one.message);
}

Deno.test("parseFlow() derives kinds from the compiled model", async (t) => {
  const comp = { type: "component", exec: false } as const;
  const table: [string, string | undefined, Json, object][] = [
    ["c", "run", { x: 1 }, { ...comp, label: "c", component: "c", operation: "run", mapping: { x: 1 } }],
    ["c", undefined, 1, { ...comp, label: "c", component: "c", mapping: 1 }],
    ["component.exec", undefined, { component: "q" }, {
      type: "component",
      label: "component.exec",
      component: "q",
      mapping: { component: "q" },
      exec: true,
    }],
    ["component.exec", "run", { component_ref: "q" }, {
      type: "component",
      label: "component.exec",
      component: "q",
      operation: "run",
      mapping: { component_ref: "q" },
      exec: true,
    }],
    ["q", "component.exec", {}, {
      type: "component",
      label: "component.exec",
      component: "q",
      mapping: {},
      exec: true,
    }],
    ["emit.response", undefined, { text: 1 }, { type: "emit", name: "emit.response", mapping: { text: 1 } }],
    ["component.exec", "emit.log", "m", { type: "emit", name: "emit.log", mapping: "m" }],
    ["c", "emit.x", { input: 1 }, { type: "emit", name: "emit.x", mapping: 1 }],
    ["component.exec", undefined, { component: "emit.x", input: { payload: 1 } }, {
      type: "emit",
      name: "emit.x",
      mapping: { payload: 1 },
    }],
    ["component.exec", undefined, { component: "emit.x", text: "t" }, {
      type: "emit",
      name: "emit.x",
      mapping: { text: "t" },
    }],
    ["flow.call", undefined, { flow: "s" }, { type: "flow_call", mapping: { flow: "s" } }],
    ["component.exec", "flow.call", { flow: "s" }, { type: "flow_call", mapping: { flow: "s" } }],
    ["component.exec", undefined, { component: "flow.call", input: { flow: "s" } }, {
      type: "flow_call",
      mapping: { flow: "s" },
    }],
    ["provider.invoke", undefined, {}, { type: "provider", mapping: {} }],
    ["dw.agent", "helper", {}, {
      type: "service",
      name: "dw.agent",
      operation: "helper",
      needs: "an agent runtime",
      mapping: {},
    }],
    ["mcp", undefined, {}, { type: "service", name: "mcp", needs: "an MCP server", mapping: {} }],
    ["component.exec", undefined, { component: "sorla.call", operation: "open", input: { a: 1 } }, {
      type: "service",
      name: "sorla.call",
      operation: "open",
      needs: "a remote dispatcher",
      mapping: { a: 1 },
    }],
    ["component.exec", "open", { component: "sorla.call", op: "other", a: 1 }, {
      type: "service",
      name: "sorla.call",
      operation: "open",
      needs: "a remote dispatcher",
      mapping: { a: 1 },
    }],
    ["component.exec", "mcp:weather", { tool: "forecast" }, {
      type: "service",
      name: "mcp:weather",
      needs: "an MCP server",
      mapping: { tool: "forecast" },
    }],
    ["a2a:desk", "component.exec", { component: "a2a:desk", input: "hi" }, {
      type: "service",
      name: "a2a:desk",
      needs: "an agent to talk to",
      mapping: "hi",
    }],
  ];
  for (const [id, operation, mapping, kind] of table) {
    await t.step(`${id} ${operation ?? ""} ${JSON.stringify(mapping)}`, () => {
      const component: Json = operation === undefined ? { id } : { id, operation };
      const { flow, findings } = compiled([{ id: "a", component, input: { mapping }, routing: "end" }]);
      assertEquals(flow?.nodes.get("a")?.kind, kind, JSON.stringify(findings));
    });
  }
  await t.step("35 exec without a component is an error", () => {
    const { flow, findings } = compiled([{ id: "a", component: { id: "component.exec", operation: "run" } }]);
    assertEquals([flow, errors(findings)], [undefined, ["component 'component.exec' not found in pack"]]);
    assertEquals(findings[0]?.place, "here flow f node a");
  });
});

Deno.test("parseFlow() reads authored nodes", async (t) => {
  const exec = (component: string, mapping: { [key: string]: Json }) => ({
    type: "component",
    label: "component.exec",
    component,
    mapping: { component, ...mapping },
    exec: true,
  });
  const table: [Json, object][] = [
    [
      { "templating.handlebars": { template: "Hi" }, routing: [{ out: true }] },
      { ...exec("templating.handlebars", { input: { template: "Hi" } }), defaultOperation: "render" },
    ],
    [
      { "qa.process": { operation: "process", text: "x", config: { a: 1 } } },
      exec("qa.process", {
        operation: "process",
        input: { text: "x" },
        config: { a: 1 },
      }),
    ],
    [
      { "component.exec": { component: "qa.process", operation: "process", input: { text: "hello" } } },
      exec(
        "qa.process",
        { operation: "process", input: { text: "hello" } },
      ),
    ],
    [{ "c": "text" }, { ...exec("c", { input: "text" }), defaultOperation: "invoke" }],
    [
      { after: "x", "component.exec": { component: "c" }, operation: "o", telemetry: {} },
      exec("c", {
        operation: "o",
        input: {},
      }),
    ],
    [
      { component: "component.exec", payload_expr: { component: "c", op: "o", input: { q: 1 } }, routes: [] },
      exec("c", {
        operation: "o",
        input: { q: 1 },
      }),
    ],
    [{ component: "emit.response", payload: { text: 1 } }, {
      type: "emit",
      name: "emit.response",
      mapping: { text: 1 },
    }],
    [{ "emit.log": { message: "m" } }, { type: "emit", name: "emit.log", mapping: { message: "m" } }],
    [{ "component.exec": { component: "emit.x", input: { t: 1 } } }, {
      type: "emit",
      name: "emit.x",
      mapping: { t: 1 },
    }],
    [{ "flow.call": { flow: "s", input: 1 } }, { type: "flow_call", mapping: { flow: "s", input: 1 } }],
    [{ "provider.invoke": { op: "x" } }, { type: "provider", mapping: { op: "x" } }],
  ];
  for (const [node, kind] of table) {
    await t.step(JSON.stringify(node), () => {
      const { flow, findings } = authored({ a: node });
      assertEquals(flow?.nodes.get("a")?.kind, kind, JSON.stringify(findings));
    });
  }
});

Deno.test("parseFlow() reads every form of routing", async (t) => {
  const branch = (onStatus: [string, string][], fallback?: string): Routing => ({
    type: "branch",
    onStatus: new Map(onStatus),
    ...(fallback === undefined ? {} : { default: fallback }),
  });
  const end: Routing = { type: "end" };
  const next: Routing = { type: "next", to: "b" };
  const table: [Json, Routing | string][] = [
    [null, end],
    [[], end],
    ["out", end],
    ["reply", end],
    ["End", end],
    ["elsewhere", "invalid routing shorthand 'elsewhere'"],
    [[{ out: true }], end],
    [[{ to: "out" }], end],
    [[{ reply: true }], end],
    [[{ to: "b", out: true }], end],
    [[{ to: "b" }], next],
    [[{ status: "s", to: "b" }], next],
    [{ next: { node_id: "b" } }, next],
    [{ Next: { node_id: "b" } }, next],
    [[{ next: "b" }], next],
    [
      [{ status: "ok", to: "a" }, { status: "err", to: "b" }, { to: "c" }],
      branch([["ok", "a"], ["err", "b"]], "c"),
    ],
    [{ branch: { on_status: { ok: "b" }, default: "c" } }, branch([["ok", "b"]], "c")],
    [{ Branch: { on_status: { ok: "b" }, default: null } }, branch([["ok", "b"]])],
    [{ custom: [{ status: "ok", to: "b" }, { out: true }] }, {
      type: "custom",
      entries: [{ status: "ok", to: "b" }, { out: true }],
    }],
    [{ Custom: [{ to: "b" }] }, next],
    [[{ to: "b" }, { status: "x", to: "out" }], {
      type: "custom",
      entries: [{ to: "b" }, { status: "x", out: true }],
    }],
    [[{ condition: "n > 1", to: "b" }], {
      type: "custom",
      entries: [{ condition: { text: "n > 1", path: ["n"], operator: ">", value: "1" }, to: "b" }],
    }],
    [[{ to: "b" }, { to: "c" }], "Routing is ambiguous: 2 routes have no guard (b, c)"],
    [[{ status: "s", to: "b" }, { status: "s", to: "c" }], 'Routing is ambiguous: status "s" has two routes'],
    [[{ status: "s" }], "A route has neither to, out nor reply"],
    [[{}], "A route has neither to, out nor reply"],
    [[{ condition: "maybe", to: "b" }], 'The condition "maybe" does not have the form path op value'],
    [["b"], "A route is no object with to, out or reply"],
    [{ to: "b" }, "Invalid routing block in node 'a' with the keys to"],
    [5, "Routing is neither a list nor a word"],
    [[{ to: "gone" }], "Missing node 'gone' referenced in routing from 'a'"],
  ];
  const others = { b: { "emit.x": 1 }, c: { "emit.x": 1 } };
  for (const [routing, expected] of table) {
    await t.step(JSON.stringify(routing), () => {
      const { flow, findings } = authored({ a: { "emit.x": 1, routing }, ...others });
      if (typeof expected === "string") assertEquals([errors(findings), flow], [[expected], undefined]);
      else assertEquals(flow?.nodes.get("a")?.routing, expected, JSON.stringify(findings));
    });
  }
});

Deno.test("parseFlow() chooses the start", async (t) => {
  const nodes = { b: { "emit.x": 1 }, a: { "emit.x": 1 } };
  const list = ["b", "a"].map((id) => ({ id, component: { id: "emit.x" } }));
  const table: [string, ReturnType<typeof parse>, string | undefined, string?][] = [
    ["first in sorted order", authored(nodes), "a"],
    ["start", authored(nodes, { start: "b" }), "b"],
    ["first of the compiled list", compiled(list), "b"],
    ["the default entrypoint", compiled(list, { entrypoints: { default: "a" } }), "a"],
    ["8 an empty entrypoint", compiled(list, { entrypoints: { default: {} } }), "b"],
    ["7 a ghost", compiled(list, { entrypoints: { default: "ghost" } }), undefined, "node ghost not found"],
    ["9 no nodes", compiled([]), undefined, "flow f has no start node"],
    [
      "a stub",
      parse("authored", { id: "f", kind: "flow/v1", entry: "s", nodes: [] }),
      undefined,
      "flow f has no start node",
    ],
  ];
  for (const [name, { flow, findings }, start, error] of table) {
    await t.step(name, () => {
      assertEquals(flow?.start, start);
      assertEquals(errors(findings), error === undefined ? [] : [error]);
    });
  }
  const { findings } = compiled(list, { entrypoints: { default: {} } });
  assertEquals(findings[0]?.message, 'The default entrypoint names no node; the flow starts at "b"');
});

Deno.test("parseFlow() refuses what no runner executes, by name", async (t) => {
  const table: [string, ReturnType<typeof parse>][] = [
    ["steps", authored({ a: { "emit.x": 1 } }, { steps: [] })],
    ["edges", authored({ a: { "emit.x": 1 } }, { edges: [] })],
    ["nodes as a list", authored([{ id: "a", type: "emit" }])],
    ["when", authored({ a: { "emit.x": 1, when: "${x}" } })],
    ["route", authored({ a: { "emit.x": 1, route: { route: "to_node", to: ["b"] } } })],
    ["retry", authored({ a: { "emit.x": 1, retry: 3 } })],
    ["timeout", authored({ a: { "emit.x": 1, timeout: 3 } })],
    ["${inputs.x}", authored({ a: { "c": { deep: ["is ${inputs.x}"] } } })],
  ];
  for (const [construct, { flow, findings }] of table) {
    await t.step(construct, () => {
      assertEquals(flow, undefined);
      assertEquals(
        errors(findings)[0],
        `The construct "${construct}" is not executed by any runner of these flows`,
      );
    });
  }
});

Deno.test("parseFlow() warns and goes on", async (t) => {
  const table: [string, ReturnType<typeof parse>, string][] = [
    ["unknown kind", authored({ a: { "emit.x": 1 } }, { type: "worker" }), "unknown flow kind `worker`"],
    ["no kind", parse("authored", { nodes: { a: { "emit.x": 1 } } }), "The flow has no type"],
    [
      "another id",
      authored({ a: { "emit.x": 1 } }, { id: "g" }),
      'The document calls itself "g" and is listed as "f"',
    ],
    [
      "next on a route",
      authored({ a: { "emit.x": 1, routing: [{ next: "a" }] } }),
      '"next" is read as "to" on a route, which not every runner does',
    ],
    [
      "a key that no route has",
      authored({ a: { "emit.x": 1, routing: [{ to: "a", on_message: true }] } }),
      '"on_message" has no effect on a route',
    ],
    ["after", authored({ a: { "emit.x": 1, after: "b" } }), '"after" has no effect on a node'],
    ["bare path", authored({ a: { "emit.x": { t: "in.text" } } }), '"in.text" is passed on as plain text'],
    [
      "only status",
      authored({ a: { "emit.x": 1, routing: [{ status: "ok", to: "a" }] } }),
      [
        'The status "ok" of the only route has no effect',
      ].join(""),
    ],
    [
      "service",
      authored({ a: { "mcp": {} } }),
      'Node kind "mcp" needs an MCP server, which this runner does not have',
    ],
  ];
  for (const [name, { flow, findings }, message] of table) {
    await t.step(name, () => {
      assert(flow !== undefined);
      assertEquals(findings.map((one) => [one.severity, one.message]), [["warning", message]]);
    });
  }
  assertEquals(authored({ a: { "emit.x": 1 } }, { type: "webhook" }).flow?.kind, "event");
  assertEquals(
    parse("authored", { flow_type: "component-config", nodes: { a: { "emit.x": 1 } } }).flow?.kind,
    "component_config",
  );
});

Deno.test("parseFlow() never throws and finds every fault", async (t) => {
  const deep = JSON.parse("[".repeat(500) + "]".repeat(500));
  for (
    const document of [null, 1, "x", [], {}, { nodes: null }, { nodes: 5 }, { nodes: { a: 1 } }, {
      x: deep,
    }] as Json[]
  ) {
    for (const form of ["compiled", "authored"] as const) {
      await t.step(`${form} ${JSON.stringify(document).slice(0, 40)}`, () => {
        const { flow, findings } = parse(form, document);
        assertEquals(flow, undefined);
        assert(errors(findings).length > 0);
      });
    }
  }
  const { findings } = compiled([
    { id: "a", component: { id: "session.wait" }, routing: "end" },
    { id: "a", component: { id: "emit.x" }, routing: [{ to: "gone" }] },
    { id: "no good", component: "c" },
    { component: "c" },
    { id: "z" },
  ]);
  assertEquals(errors(findings), [
    "A node has no id",
    "missing component for node `z`",
    "Two nodes have this id",
    'The node id "no good" has other characters than A-Z a-z 0-9 . _ -',
    "Missing node 'gone' referenced in routing from 'a'",
  ]);
  const waiting = compiled([{ id: "w", component: { id: "session.wait" }, routing: "end" }]);
  assertEquals(errors(waiting.findings), ["session.wait node w requires a non-empty route"]);
});

Deno.test("parseFlow() takes ids such as __proto__ as data", () => {
  const { flow } = parse(
    "authored",
    JSON.parse('{"type":"job","nodes":{"__proto__":{"constructor":{"a":1}}}}'),
  );
  const node = flow?.nodes.get("__proto__");
  assertEquals(node?.kind.type, "component");
  assertEquals(node === undefined ? "" : nodeLabel(node.kind), "component.exec");
});

Deno.test("parseFlow() says on which line of its file a fault stands", () => {
  const lines = { flow: 1, nodes: new Map([["a", 5]]) };
  const nodes = { a: { "emit.x": 1, routing: "elsewhere" }, b: { "emit.x": 1, when: 1 } };
  const document = { id: "g", type: "job", nodes };
  const { findings } = parseFlow({ id: "f", form: "authored", document, place: "flows/f.ygtc", lines });
  assertEquals(findings.map(({ place }) => place), [
    "flows/f.ygtc:1 flow f",
    // A node without a line of its own stands where the document does.
    "flows/f.ygtc:1 flow f node b",
    "flows/f.ygtc:5 flow f node a",
  ]);
});
