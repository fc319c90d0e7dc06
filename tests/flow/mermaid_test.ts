/** Flows as diagrams, word for word, and names that try to be more than names. */

import { assert, assertEquals } from "@std/assert";
import type { Json } from "../../lib/base/json.ts";
import type { Flow } from "../../lib/flow/flow.ts";
import { mermaidChart } from "../../lib/flow/mermaid.ts";
import { parseFlow } from "../../lib/flow/parse.ts";

/** A checked flow of these nodes. */
function flowOf(nodes: Json): Flow {
  const document = { kind: "job", nodes };
  const { flow, findings } = parseFlow({ id: "main", form: "compiled", document, place: "here" });
  if (flow === undefined) throw new Error(JSON.stringify(findings));
  return flow;
}

Deno.test("mermaidChart() draws jumps as dotted arrows", () => {
  const goto = (id: string, mapping: Json, routing: Json = "end") => {
    return { id, component: { id: "flow.goto" }, input: { mapping }, routing };
  };
  const chart = mermaidChart(flowOf([
    goto("a", { flow: "other", node: "x" }),
    goto("b", { node: "a" }),
    goto("c", { flow: "{{entry.f}}" }, { custom: [{ status: "error", to: "a" }] }),
    goto("d", { flow: "main" }),
  ]));
  assertEquals(
    chart,
    `flowchart TD
  start(["main"]) --> n0
  n0["a<br>flow.goto"]
  n0 -.-> n0j(["other/x"])
  n1["b<br>flow.goto"]
  n1 -.-> n0
  n2["c<br>flow.goto"]
  n2 -.-> n2j(["#123;#123;entry.f#125;#125;"])
  n2 -->|"error"| n0
  n3["d<br>flow.goto"]
  n3 -.-> n0
`,
  );
});

Deno.test("mermaidChart() draws every node, and an arrow per route with its guard", () => {
  const chart = mermaidChart(flowOf([
    {
      id: "ask",
      component: { id: "component.exec" },
      input: { mapping: { component: "echo5", operation: "echo" } },
      routing: { branch: { on_status: { known: "sub", unknown: "sorry" }, default: "sorry" } },
    },
    {
      id: "sub",
      component: { id: "flow.call" },
      routing: {
        custom: [
          { status: "done", out: true },
          { condition: 'count >= "10"', to: "sorry" },
          { status: "odd", condition: "n == 1", to: "ask" },
          { to: "say" },
        ],
      },
    },
    { id: "say", component: { id: "emit.response" }, routing: { next: { node_id: "sorry" } } },
    { id: "sorry", component: { id: "sorry" }, routing: "end" },
  ]));
  assertEquals(
    chart,
    `flowchart TD
  start(["main"]) --> n0
  n0["ask<br>echo5"]
  n0 -->|"known"| n1
  n0 -->|"unknown"| n3
  n0 -->|"else"| n3
  n1["sub<br>flow.call"]
  n1 -->|"done"| stop
  n1 -->|"count #62;= #34;10#34;"| n3
  n1 -->|"odd, n == 1"| n0
  n1 -->|"else"| n2
  n2["say<br>emit.response"]
  n2 --> n3
  n3["sorry"]
  n3 --> stop
  stop((end))
`,
  );
});

Deno.test("mermaidChart() draws no end where a flow has none", () => {
  const chart = mermaidChart(flowOf([
    { id: "a", component: { id: "emit.log" }, routing: { next: { node_id: "a" } } },
  ]));
  assertEquals(chart, 'flowchart TD\n  start(["main"]) --> n0\n  n0["a<br>emit.log"]\n  n0 --> n0\n');
});

Deno.test("mermaidChart() lets no name be more than a name", async (t) => {
  const hostile = [
    '"]; click n0 "javascript:alert(1)"',
    "%%{init: {'securityLevel':'loose'}}%%",
    "<script>alert(1)</script>",
    "`**bold**`",
    "a\n  n9 --> n0\nend",
    "#quot;|x|",
    "\u202e\x1b[2J\0",
    "```\n# Heading",
  ];
  for (const name of hostile) {
    await t.step(JSON.stringify(name), () => {
      const flow = flowOf([
        {
          id: "a",
          component: { id: `c${name}` },
          routing: { custom: [{ status: name, to: "b" }, { out: true }] },
        },
        { id: "b", component: { id: `emit.${name}` } },
      ]);
      const lines = mermaidChart({ ...flow, id: `f${name}` }).trimEnd().split("\n");
      const shapes = lines.map((line) => line.replace(/"[^"]*"/g, '""'));
      assertEquals(shapes, [
        "flowchart TD",
        '  start([""]) --> n0',
        '  n0[""]',
        '  n0 -->|""| n1',
        '  n0 -->|""| stop',
        '  n1[""]',
        "  n1 --> stop",
        "  stop((end))",
      ]);
      for (const text of lines.flatMap((line) => line.match(/"[^"]*"/g) ?? [])) {
        const inner = text.slice(1, -1).replaceAll("<br>", "").replace(/#\d+;/g, "");
        assert(!/[<>"#;&`|[\]{}()%\\\p{C}]/u.test(inner), text);
      }
    });
  }
});

Deno.test("mermaidChart() keeps letters of every script", () => {
  const chart = mermaidChart({ ...flowOf([{ id: "a", component: { id: "emit.x" } }]), id: "Grüße 日本" });
  assert(chart.includes('start(["Grüße 日本"])'), chart);
});
