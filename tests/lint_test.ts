/** Everything that is wrong with flows, at once, wherever they come from. */

import { assertEquals, assertRejects } from "@std/assert";
import { buildPack, type Finding, lintPack, RunnerError } from "../mod.ts";
import { brokenFlow, makePack, packPath, tempFolder } from "./_helpers.ts";
import { component, FLOW, goodFiles, sources } from "./_sources.ts";

/** Findings in short: how bad, where, what. */
function short(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, flow, node, line, message }) =>
    `${severity} ${flow ?? "-"}/${node ?? "-"}:${line ?? "-"} ${message}`
  );
}

const HEAD = "id: main\ntype: job\n";

Deno.test("lintPack() finds nothing wrong with what is right", async (t) => {
  const packs = ["demo.gtpack", "demo-legacy.gtpack", "older-form.gtpack", "order.gtpack", "steps.gtpack"];
  for (const pack of packs) {
    await t.step(pack, async () => {
      const { ok, findings } = await lintPack(packPath(pack));
      assertEquals([ok, short(findings)], [true, []]);
    });
  }
  await t.step("a folder of sources", async () => {
    await using folder = await sources(await goodFiles());
    assertEquals(await lintPack(folder.path), { ok: true, flows: ["main"], findings: [] });
  });
  await t.step("a flow alone, whose components are elsewhere", async () => {
    await using folder = await sources({ "main.ygtc": FLOW });
    assertEquals(await lintPack(`${folder.path}/main.ygtc`), { ok: true, flows: ["main"], findings: [] });
  });
});

Deno.test("lintPack() tells all problems of all flows, with flow, node and line", async () => {
  await using folder = await sources({
    "pack.yaml": "pack_id: made\nversion: 0.1.0\n",
    "components/greet.wasm": await component("greet"),
    "flows/a.ygtc": [
      "id: a",
      "type: job",
      "nodes:",
      "  one:",
      "    emit.x: 1",
      "    routing: [{to: two}, {to: three}]",
      "  two:",
      "    emit.x: 1",
      "    other: 2",
      "  three:",
      "    emit.x: 1",
      "    routing: [{to: gone}]",
    ].join("\n"),
    "flows/b.ygtc": [
      "id: b",
      "type: job",
      "nodes:",
      "  one:",
      "    stranger: {}",
      "    routing: [{to: two}]",
      "  two:",
      "    flow.call: {flow: gone}",
      "    routing: [{to: three}]",
      "  three:",
      "    mcp: {}",
      "  four:",
      "    greet.greet: {name: x}",
    ].join("\n"),
    "flows/c.ygtc": "id: c\ntype: job\nnodes: {}\n",
    "flows/d.ygtc": "id: b\ntype: job\nnodes: {a: {emit.x: 1}}\n",
    "flows/e.ygtc": "nodes: [",
  });
  const { ok, flows, findings } = await lintPack(folder.path);
  assertEquals([ok, flows], [false, ["b"]]);
  assertEquals(short(findings), [
    "error a/two:7 Node 'two' must contain exactly one component key like 'qa.process' plus optional 'routing'",
    "error a/one:4 Routing is ambiguous: 2 routes have no guard (two, three)",
    "error a/three:12 Missing node 'gone' referenced in routing from 'three'",
    'warning b/three:10 Node kind "mcp" needs an MCP server, which this runner does not have',
    "error c/-:1 flow c has no start node",
    'error b/-:1 Flow "b" is in flows/b.ygtc and in flows/d.ygtc',
    "error e/-:- Document cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ]",
    'error b/one:4 Node "one" calls component "stranger", which is not in the pack',
    'error b/two:7 Node "two" calls flow "gone", which is not in the pack',
    "warning b/-:1 No route leads to four",
  ]);
  assertEquals(findings.map(({ place }) => place).slice(0, 2), [
    "flows/a.ygtc:7 flow a node two",
    "flows/a.ygtc:4 flow a node one",
  ]);
});

Deno.test("lintPack() tells flows that go in circles, and names of endings that are nearly right", async (t) => {
  const table: [name: string, nodes: string, findings: string[]][] = [
    [
      "a circle",
      "  a:\n    emit.x: 1\n    routing: [{to: b}]\n  b:\n    emit.x: 1\n    routing: [{to: a}]\n",
      [
        "warning main/-:1 No route leads to an end: the flow goes in circles unless a component ends it",
      ],
    ],
    [
      "a circle that waits",
      "  a:\n    session.wait: {}\n    routing: [{to: b}]\n  b:\n    emit.x: 1\n    routing: [{to: a}]\n",
      [],
    ],
    [
      "a status",
      "  a:\n    emit.x: 1\n    routing: [{status: eror, to: b}, {to: b}]\n  b:\n    emit.x: 1\n",
      [
        'warning main/a:4 Status "eror" comes of no node by itself, only of a component that says it',
      ],
    ],
    [
      "an event",
      "  a:\n    emit.x: 1\n    routing: [{event: on_eror, to: b}, {to: b}]\n  b:\n    emit.x: 1\n",
      [
        'warning main/a:4 Event "on_eror" comes of no node by itself, only of a component that says it',
      ],
    ],
    [
      "words of components",
      "  a:\n    emit.x: 1\n    routing: [{status: known, to: b}, {event: on_submitted, to: b}, {to: b}]\n  b:\n    emit.x: 1\n",
      [],
    ],
  ];
  for (const [name, nodes, expected] of table) {
    await t.step(name, async () => {
      await using folder = await sources({ "main.ygtc": `${HEAD}nodes:\n${nodes}` });
      const { findings } = await lintPack(`${folder.path}/main.ygtc`);
      assertEquals(short(findings), expected);
    });
  }
});

Deno.test("lintPack() tells what was meant by a misspelt routing", async () => {
  await using folder = await sources({
    "main.ygtc": `${HEAD}nodes:\n  a:\n    emit.x: 1\n    routng: out\n  b:\n    emit.x: 1\n    right: out\n`,
  });
  const { findings } = await lintPack(`${folder.path}/main.ygtc`);
  assertEquals(findings.map(({ node, hint }) => [node, hint]), [
    ["a", "Write routing in the place of routng"],
    ["b", "Move the other keys into the component's payload"],
  ]);
});

Deno.test("lintPack() tells templates that cannot work", async (t) => {
  const nodes = (mapping: string) =>
    `${HEAD}parameters: {region: eu, vars_init: {mood: {}}}\nnodes:\n  a:\n    emit.x: ${mapping}\n` +
    `    routing: [{to: b}]\n  b:\n    var.set: {name: seen, value: 1}\n`;
  const table: [mapping: string, findings: string[]][] = [
    ['"{{entry.x}} {{#each prev}}{{@key}}{{/each}}"', []],
    ['["{{in}}", "{{node.b.x}}", "{{state.input}}", "{{now.iso}}", "{{this}}"]', []],
    ['["{{parameters.region}}", "{{vars.mood}}", "{{vars.seen}}"]', []],
    ['{t: "{{inputs.x}}"}', [
      'error main/a:5 Template {{inputs.x}} at $.t names "inputs", which no template knows',
    ]],
    ['{t: ["{{parameters.no}}"]}', [
      "error main/a:5 Template {{parameters.no}} at $.t[0] names a parameter that the flow does not declare",
    ]],
    ['"{{node.gone.x}}"', [
      'warning main/a:5 Template {{node.gone.x}} at $ names node "gone", which no flow has',
    ]],
    ['"{{vars.gone}}"', [
      'warning main/a:5 Template {{vars.gone}} at $ names variable "gone", which no flow sets',
    ]],
    ['"to {{entry.x}}: {{mood}} {{len entry}} {{log 1}} {{@root.x}}"', [
      'error main/a:5 Template {{mood}} at $ names "mood", which no template knows',
    ]],
    ['"{{#each entry.list}}{{name}}{{/each}}"', []],
    ['"{{parameters.vars_init}}"', [
      "error main/a:5 Template {{parameters.vars_init}} at $ names a parameter that the flow does not declare",
    ]],
    ['"{{upper entry.x}}"', [
      'error main/a:5 Template at $: template render failed: helper "upper" is unknown or cannot be used here ' +
      "(line 1, column 1)",
    ]],
    ['"{{#if (lookup entry (near x))}}{{/if}}"', [
      'error main/a:5 Template at $: template render failed: helper "near" is unknown or cannot be used here ' +
      "(line 1, column 21)",
    ]],
    ['"{{#each entry}}{{#when x}}{{/when}}{{/each}}"', [
      'error main/a:5 Template at $: template render failed: helper "when" is unknown or cannot be used here ' +
      "(line 1, column 16)",
    ]],
    ['"{{#if}}x{{/if}}"', [
      'error main/a:5 Template at $: template render failed: helper "if" takes one argument (line 1, column 1)',
    ]],
    ['"{{#each prev}}{{eq 1}}{{/each}}"', [
      'error main/a:5 Template at $: template render failed: helper "eq" takes 2 arguments (line 1, column 15)',
    ]],
    ['"{{> gone}}"', [
      'error main/a:5 Template at $: template render failed: partial "gone" is not defined before its use ' +
      "(line 1, column 1)",
    ]],
    [
      '"{{#*inline \\"p\\"}}x{{/inline}}{{> p}}{{#> q}}{{> @partial-block}}{{/q}}{{> (lookup entry \'p\')}}"',
      [],
    ],
    ["\"{{#if (eq entry.a 1)}}{{lookup entry 'x'}}{{/if}}\"", []],
    ['"{{#if x}}"', [
      "error main/a:5 Template at $: template render failed: Parse error on line 1: Unexpected EOF at column 10 of " +
      '"{{#if x}}"',
    ]],
  ];
  for (const [mapping, expected] of table) {
    await t.step(mapping, async () => {
      await using folder = await sources({ "main.ygtc": nodes(mapping) });
      assertEquals(short((await lintPack(`${folder.path}/main.ygtc`)).findings), expected);
    });
  }
  await t.step("the maps of a provider know more", async () => {
    const flow =
      `${HEAD}nodes:\n  a:\n    provider.invoke: {provider_type: t, op: x, out_map: {r: "{{result.x}}"}}\n`;
    await using folder = await sources({ "main.ygtc": flow });
    assertEquals(short((await lintPack(`${folder.path}/main.ygtc`)).findings), []);
  });
});

Deno.test("lintPack() tells payloads that cannot work, where they are written out", async (t) => {
  const table: [node: string, finding: string | undefined][] = [
    ["flow.goto: {}", "flow.goto requires a non-empty flow_id"],
    ["flow.goto: {flow: 5}", "invalid payload for flow.goto node: flow is no string"],
    ["flow.call: {}", "invalid payload for flow.call node"],
    ["state.get: {}", "state node payload missing required `key` (non-empty string)"],
    ["state.set: {value: 1}", "state node payload missing required `key` (non-empty string)"],
    ["provider.invoke: {provider_type: t}", "provider.invoke requires an op"],
    ["provider.invoke: {op: x}", "provider.invoke requires provider_id or provider_type"],
    ["provider.invoke: {op: x, provider_type: t, in_map: '{{result}}'}", undefined],
    ['flow.goto: "{{entry}}"', undefined],
    ["flow.goto: {node: a}", undefined],
  ];
  for (const [node, finding] of table) {
    await t.step(node, async () => {
      await using folder = await sources({ "main.ygtc": `${HEAD}nodes:\n  a:\n    ${node}\n` });
      const found = (await lintPack(`${folder.path}/main.ygtc`)).findings.filter(({ code }) =>
        code === "node.payload" || code === "node.operation"
      );
      assertEquals(short(found), finding === undefined ? [] : [`error main/a:4 ${finding}`]);
    });
  }
});

Deno.test("lintPack() finds in a pack what it finds in its sources", async () => {
  const pack = await makePack({
    documents: { bad: brokenFlow("bad") },
    flows: { main: [{ id: "a", component: "ghost", operation: "x" }] },
  });
  const { ok, flows, findings } = await lintPack(pack);
  assertEquals([ok, flows], [false, ["main"]]);
  assertEquals(short(findings), [
    "error bad/a:- Routing is ambiguous: 2 routes have no guard (a, out)",
    'error main/a:- Node "a" calls component "ghost", which is not in the pack',
  ]);
});

Deno.test("lintPack() takes components from where they are named", async () => {
  await using folder = await sources({ "main.ygtc": FLOW, "parts/other.wasm": await component("greet") });
  const { findings } = await lintPack(`${folder.path}/main.ygtc`, {
    components: { dir: `${folder.path}/parts` },
  });
  assertEquals(short(findings), [
    'error main/greet:4 Node "greet" calls component "greet", which is not in the pack',
  ]);
});

Deno.test("lintPack() hides nothing of a flow alone but that its components are nowhere", async () => {
  await using folder = await sources({
    "a.ygtc": `${HEAD}nodes:\n  a:\n    component.exec: {operation: x, input: 1}\n`,
    "b.ygtc": `${HEAD}nodes:\n  a:\n    greet: {operation: x}\n`,
  });
  assertEquals(short((await lintPack(`${folder.path}/a.ygtc`)).findings), [
    "error main/a:4 component 'component.exec' not found in pack",
  ]);
  assertEquals((await lintPack(`${folder.path}/b.ygtc`)).findings, []);
});

Deno.test("lintPack() can be cancelled", async () => {
  await using folder = await sources({ "flows/main.ygtc": FLOW });
  const signal = AbortSignal.abort(new Error("enough"));
  const { code } = await assertRejects(() => lintPack(folder.path, { signal }), RunnerError);
  assertEquals(code, "run.cancelled");
});

Deno.test("lintPack() finds in a folder the components that are named elsewhere", async () => {
  await using folder = await sources({
    "my/flows/main.ygtc": FLOW,
    "parts/greet.wasm": await component("greet"),
  });
  const my = `${folder.path}/my`;
  assertEquals((await lintPack(my)).findings.map(({ code }) => code), ["node.component"]);
  assertEquals((await lintPack(my, { components: { dir: `${folder.path}/parts` } })).findings, []);
});

Deno.test("lintPack() reports a document that cannot be read, and refuses what is none", async () => {
  await using folder = await sources({ "main.ygtc": "nodes: [", "pack.yaml/x": "", "text.gtpack": "hello" });
  const { ok, findings } = await lintPack(`${folder.path}/main.ygtc`);
  assertEquals([ok, findings.map(({ code }) => code)], [false, ["yaml.invalid"]]);
  await assertRejects(() => lintPack(`${folder.path}/text.gtpack`), RunnerError, "is no zip archive");
  await assertRejects(() => lintPack(`${folder.path}/absent.gtpack`), RunnerError, "does not exist");
  const stopped = AbortSignal.abort();
  await assertRejects(() => lintPack(packPath("demo.gtpack"), { signal: stopped }), RunnerError, "cancelled");
});

Deno.test("lintPack() finds a pack that was built without a word to be without fault", async () => {
  await using folder = await sources(await goodFiles());
  await using temp = await tempFolder();
  const { archive } = await buildPack(folder.path);
  await Deno.writeFile(`${temp.path}/x.gtpack`, archive);
  assertEquals((await lintPack(`${temp.path}/x.gtpack`)).findings, []);
});
