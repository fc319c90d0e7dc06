/** What a flow can reach. */

import { assertEquals } from "@std/assert";
import type { ProviderSource } from "../../lib/base/flow_source.ts";
import type { Json } from "../../lib/base/json.ts";
import type { FlowProgram } from "../../lib/engine/program.ts";
import { reach } from "../../lib/engine/reach.ts";
import type { Flow, FlowNode, NodeKind } from "../../lib/flow/flow.ts";

const PROVIDERS: ProviderSource[] = [
  { type: "mail", component: "mailer", world: "w" },
  { type: "chat", component: "chatter", world: "w" },
];

function component(name: string): NodeKind {
  return { type: "component", label: name, component: name, mapping: {}, exec: false };
}

function call(mapping: Json): NodeKind {
  return { type: "flow_call", mapping };
}

function provider(mapping: Json): NodeKind {
  return { type: "provider", mapping };
}

function flow(id: string, ...kinds: NodeKind[]): Flow {
  const nodes = kinds.map((kind, i): [string, FlowNode] => [
    `n${i}`,
    { id: `n${i}`, kind, routing: { type: "end" } },
  ]);
  return {
    id,
    kind: "job",
    start: "n0",
    nodes: new Map(nodes),
    entrypoints: {},
    parameters: {},
    variables: new Map(),
  };
}

/** What the first of some flows reaches: flow ids, and components with how they are called. */
function reached(...flows: [Flow, ...Flow[]]): { flows: string[]; components: string[] } {
  const program: FlowProgram = {
    flows: new Map(flows.map((item) => [item.id, item])),
    components: new Set(["a", "b", "mailer", "chatter"]),
    providers: PROVIDERS,
  };
  const { flows: found, components } = reach(program, flows[0]);
  return { flows: found.map(({ id }) => id), components: components.map(({ id, via }) => `${via} ${id}`) };
}

Deno.test("reach() finds what a flow may call, and nothing else", async (t) => {
  const other = flow("other", component("b"));
  const table: [name: string, flows: [Flow, ...Flow[]], found: ReturnType<typeof reached>][] = [
    [
      "its own components, each once",
      [flow("main", component("a"), component("a"), { type: "wait", mapping: {} }), other],
      { flows: ["main"], components: ["component a"] },
    ],
    ["no component that the pack does not have", [flow("main", component("x"))], {
      flows: ["main"],
      components: [],
    }],
    [
      "flows that it calls",
      [flow("main", call({ flow_id: "other" })), other, flow("third", component("a"))],
      {
        flows: ["main", "other"],
        components: ["component b"],
      },
    ],
    ["by the other name of the field", [flow("main", call({ flow: "other" })), other], {
      flows: ["main", "other"],
      components: ["component b"],
    }],
    ["flows that call each other", [
      flow("main", call({ flow_id: "loop" })),
      flow("loop", call({ flow_id: "main" })),
    ], {
      flows: ["main", "loop"],
      components: [],
    }],
    [
      "flows that called flows call",
      [flow("main", call({ flow_id: "mid" })), flow("mid", call({ flow_id: "other" })), other],
      { flows: ["main", "mid", "other"], components: ["component b"] },
    ],
    ["no flow that is not there", [flow("main", call({ flow_id: "absent" })), other], {
      flows: ["main"],
      components: [],
    }],
    ["no flow of the prototype", [flow("main", call({ flow_id: "constructor" })), other], {
      flows: ["main"],
      components: [],
    }],
    ["every flow, when the name is a template", [flow("main", call({ flow_id: "{{entry.f}}" })), other], {
      flows: ["main", "other"],
      components: ["component b"],
    }],
    ["every flow, when there is no name", [flow("main", call("{{entry}}")), other], {
      flows: ["main", "other"],
      components: ["component b"],
    }],
    ["the component of a provider", [flow("main", provider({ provider_type: "mail" }))], {
      flows: ["main"],
      components: ["provider mailer"],
    }],
    ["the provider's id first", [flow("main", provider({ provider_id: "chat", provider_type: "mail" }))], {
      flows: ["main"],
      components: ["provider chatter"],
    }],
    [
      "every provider, when the name is a template",
      [flow("main", provider({ provider_id: "x{{entry.p}}" }))],
      {
        flows: ["main"],
        components: ["provider mailer", "provider chatter"],
      },
    ],
    ["no provider that is not there", [flow("main", provider({ provider_id: "fax" }))], {
      flows: ["main"],
      components: [],
    }],
    [
      "one component called in two ways",
      [flow("main", component("mailer"), provider({ provider_id: "mail" }))],
      { flows: ["main"], components: ["component mailer", "provider mailer"] },
    ],
  ];
  for (const [name, flows, found] of table) {
    await t.step(name, () => assertEquals(reached(...flows), found));
  }
});
