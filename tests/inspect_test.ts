/** What is told of a pack without running it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { inspectionJson } from "../lib/inspect.ts";
import {
  buildPack as buildFolder,
  flowChart,
  inspectPack,
  type PackInspection,
  RunnerError,
} from "../mod.ts";
import {
  brokenFlow,
  filesOf,
  flowDocument,
  makePack,
  type NodeSketch,
  packPath,
  sharedCache,
  tempFolder,
} from "./_helpers.ts";
import { component, MINIMAL, sources } from "./_sources.ts";
import { buildPack } from "../lib/pack/build.ts";
import { newSpec, sourceRow, sourcesExtension, UTF8 } from "./pack/_packs.ts";

const CACHE = sharedCache();

Deno.test("inspectPack() tells where nodes jump", async () => {
  const nodes: NodeSketch[] = [
    { id: "a", component: "flow.goto", payload: { flow: "two", node: "x" } },
    { id: "b", component: "flow.goto", payload: { node: "a" } },
  ];
  const { flows } = await inspectPack(
    await makePack({ flows: { one: nodes, two: [{ id: "x", component: "emit.x" }] } }),
  );
  assertEquals(flows[0]?.nodes.map(({ routing }) => routing), [
    "jumps to flow two node x",
    "jumps to node a",
  ]);
});

Deno.test("inspectPack() tells what a pack contains", async () => {
  const pack = await inspectPack(packPath("kinds.gtpack"));
  assertEquals([pack.id, pack.version, pack.name, pack.kind, pack.layout], [
    "kinds",
    "0.1.0",
    "Every kind of node",
    "application",
    "new",
  ]);
  assert(/^sha256:[0-9a-f]{64}$/.test(pack.digest), pack.digest);
  assertEquals(pack.providers, [{ type: "demo.sender", component: "provider" }]);
  assertEquals(pack.secrets, [{ key: "DEMO_TOKEN", required: true }]);
  assertEquals(pack.hosts, ["https://example.com"]);
  assertEquals(pack.findings, []);
  assertEquals(pack.verdicts.map(({ check }) => check).sort(), [
    "certificate",
    "container",
    "manifest",
    "sbom",
    "signature",
    "trust",
  ]);
  const manifest = pack.entries.find(({ name }) => name === "manifest.cbor");
  assert(manifest !== undefined && manifest.size > 0);
});

Deno.test("inspectPack() says where each node goes on", async () => {
  const { flows } = await inspectPack(packPath("kinds.gtpack"));
  const routings = flows.map(({ id, kind, start, nodes }) => [
    id,
    kind,
    start,
    nodes.map((node) => `${node.id}: ${node.routing}`),
  ]);
  assertEquals(routings.find(([id]) => id === "main"), ["main", "messaging", "ask", [
    "ask: known -> sub, unknown -> sorry, else -> sorry",
    "sub: -> send",
    "send: -> note",
    "note: -> reply",
    "reply: end",
    "sorry: end",
  ]]);
  assertEquals(routings.find(([id]) => id === "routes")?.[3], [
    "count: done -> end, count >= 10 -> many, else -> few",
    "many: end",
    "few: end",
  ]);
  const ask = flows.find(({ id }) => id === "main")?.nodes[0];
  assertEquals([ask?.component, ask?.target], ["component.exec", "echo5"]);
});

Deno.test("inspectPack() names the operation of each node that names one", async () => {
  const pack = await makePack({
    components: ["echo"],
    documents: {
      main: flowDocument("main", [
        { id: "beside", component: "echo", operation: "one", next: "within" },
        { id: "within", component: "echo", payload: { operation: "two" }, next: "short" },
        { id: "short", component: "echo", payload: { op: "three" }, next: "late" },
        { id: "late", component: "echo", payload: { op: "{{entry.op}}" }, next: "exec" },
        {
          id: "exec",
          component: "component.exec",
          payload: { component: "echo", operation: "four" },
          next: "provider",
        },
        { id: "provider", component: "provider.invoke", payload: { op: "send" }, next: "none" },
        { id: "none", component: "echo", next: "say" },
        { id: "say", component: "emit.response", payload: { operation: "no call" } },
      ]),
    },
    flows: {},
  });
  const [flow] = (await inspectPack(pack)).flows;
  assertEquals(
    flow!.nodes.map(({ id, component, target, operation }) => [id, component, target, operation]),
    [
      ["beside", "echo", null, "one"],
      ["within", "echo", null, "two"],
      ["short", "echo", null, "three"],
      // Only the run will tell.
      ["late", "echo", null, null],
      ["exec", "component.exec", "echo", "four"],
      ["provider", "provider.invoke", null, "send"],
      ["none", "echo", null, null],
      ["say", "emit.response", null, null],
    ],
  );
});

Deno.test("inspectPack() tells what each component exports and wants", async () => {
  const { components } = await inspectPack(packPath("demo.gtpack"));
  const greet = components.find(({ id }) => id === "greet");
  assertEquals([greet?.version, greet?.entry, greet?.worlds, greet?.problem], [
    "0.1.0",
    "components/greet.wasm",
    ["greentic:component/node@0.5.0"],
    null,
  ]);
  const bytes = (await filesOf(packPath("demo.gtpack"))).get("components/greet.wasm")!;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toHex();
  assertEquals([greet?.size, greet?.digest], [bytes.length, `sha256:${digest}`]);
  const imports = components.find(({ id }) => id === "host-user")?.imports ?? [];
  assert(imports.includes("greentic:http/http-client@1.1.0"));
  assert(!imports.some((name) => name.startsWith("wasi:")), imports.join(", "));
});

Deno.test("inspectPack() shows what cannot run beside what can", async () => {
  const pack = await inspectPack(
    await makePack({
      components: ["no-world", "core-module", "echo"],
      documents: { bad: brokenFlow("bad") },
      flows: { good: [{ id: "say", component: "emit.response" }] },
    }),
  );
  assertEquals(pack.flows.map(({ id, kind, nodes }) => [id, kind, nodes.length]), [
    ["bad", null, 0],
    ["good", "job", 1],
  ]);
  assertEquals(pack.findings.map(({ severity, code }) => [severity, code]), [[
    "error",
    "flow.routing",
  ]]);
  const problems = new Map(pack.components.map(({ id, problem }) => [id, problem]));
  assert(problems.get("no-world")?.startsWith("exports no world that flows can call, only: "));
  assert((problems.get("core-module") ?? "") !== "");
  assertEquals(problems.get("echo"), null);
});

Deno.test("inspectPack() says the same of every form of a pack", async () => {
  const path = packPath("demo.gtpack");
  const { digest, verdicts: _, ...zip } = await inspectPack(path);
  const { digest: fromBytes, verdicts: _1, ...bytes } = await inspectPack(await Deno.readFile(path));
  assertEquals([bytes, fromBytes], [zip, digest]);
  const { digest: _2, verdicts: _3, ...files } = await inspectPack(await filesOf(path));
  assertEquals(files, zip);
});

Deno.test("inspectPack() refuses what a run would refuse", async () => {
  for (
    const [source, code] of [[packPath("demo.gtpack"), "verify.policy"], ["absent.gtpack", "pack.not_found"]]
  ) {
    const error: RunnerError = await assertRejects(
      () => inspectPack(source!, { signing: "strict" }),
      RunnerError,
    );
    assertEquals(error.code, code);
  }
});

Deno.test("inspectPack() takes no operation for a pack, which has flows", async () => {
  const error: RunnerError = await assertRejects(
    () => inspectPack(packPath("demo.gtpack"), { operation: "greet" }),
    RunnerError,
  );
  assertEquals([error.code, error.place], ["option.invalid", packPath("demo.gtpack")]);
});

Deno.test("inspectionJson() is the inspection as JSON, with the reference's spelling", async () => {
  const pack = await inspectPack(packPath("demo.gtpack"));
  const { entry_flows, ...rest } = inspectionJson(pack);
  const { entryFlows, components, ...more } = pack;
  const expected = {
    ...more,
    components: components.map(({ pinnedBy, ...one }) => ({ ...one, pinned_by: pinnedBy })),
  };
  assertEquals(entry_flows, entryFlows);
  assertEquals(rest, JSON.parse(JSON.stringify(expected)));
});

/** What a folder of sources becomes when it is built and looked at. */
async function inspectBuilt(files: Readonly<Record<string, string | Uint8Array>>): Promise<PackInspection> {
  await using folder = await sources(files);
  return await inspectPack((await buildFolder(folder.path)).archive);
}

Deno.test("inspectPack() tells what a manifest says of its components", async () => {
  const yaml = `${MINIMAL}components:
  - id: greet
    operations:
      - {name: greet, input_schema: {}, output_schema: {}}
      - {name: part, input_schema: {}, output_schema: {}}
    capabilities:
      wasi: {random: true}
      host:
        http: {client: true}
        secrets:
          required:
            - {key: API_KEY, required: false, description: For the service}
            - {key: TOKEN, required: true}
secret_requirements:
  - {key: TOKEN, required: false, description: Said by the pack}
`;
  const { components, secrets } = await inspectBuilt({
    "pack.yaml": yaml,
    "components/greet.wasm": await component("greet"),
  });
  const [greet] = components;
  assertEquals([greet!.operations, greet!.capabilities, greet!.origin, greet!.pinned, greet!.problem], [
    ["greet", "part"],
    ["host:secrets", "host:http", "wasi:random"],
    "pack",
    null,
    null,
  ]);
  assertEquals(secrets.toSorted((a, b) => a.key < b.key ? -1 : 1), [
    { key: "API_KEY", required: false, description: "For the service" },
    { key: "TOKEN", required: false, description: "Said by the pack" },
  ]);
});

Deno.test("inspectPack() tells the hosts that flows and hints name", async (t) => {
  const flow = `id: main
type: job
nodes:
  a:
    emit.response:
      text: see https://api.example.com:8443/v1?x=1 or http://localhost:3000
      deep: [{url: "HTTPS://Loud.example", other: "https://api.example.com:8443/v2"}]
`;
  const flows = { "pack.yaml": MINIMAL, "flows/main.ygtc": flow };
  const named = ["http://localhost:3000", "https://api.example.com:8443", "https://loud.example"];
  const table: [name: string, files: Record<string, string>, hosts: string[]][] = [
    ["flows", {}, named],
    ["hints", { "assets/bindings.hints.yaml": "network:\n  allow: [https://hint.example, 5]\n" }, [
      ...named.slice(0, 2),
      "https://hint.example",
      ...named.slice(2),
    ]],
    ["hints that cannot be read", { "assets/bindings.hints.yaml": "[" }, named],
    ["hints of another form", { "assets/bindings.hints.yaml": "network: [x]" }, named],
    ["hints without hosts", { "assets/bindings.hints.yaml": "" }, named],
  ];
  for (const [name, files, hosts] of table) {
    await t.step(name, async () => {
      const { hosts: found, findings } = await inspectBuilt({ ...flows, ...files });
      assertEquals(found, hosts);
      const odd = name === "hints that cannot be read";
      assertEquals(
        findings.map(({ severity, code, place }) => [severity, code, place]),
        odd ? [["warning", "yaml.invalid", "assets/bindings.hints.yaml:1"]] : [],
      );
      if (odd) assert(findings[0]!.message.startsWith("Hints are left out: "), findings[0]!.message);
    });
  }
});

Deno.test("inspectPack() tells where a component comes from and what pins it", async (t) => {
  const bytes = await component("greet");
  const digest = `sha256:${
    new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toHex()
  }`;
  const spec = newSpec({ components: [{ ...newSpec().components[0]!, bytes }] });
  await using temp = await tempFolder();
  await Deno.writeFile(`${temp.path}/mine.wasm`, bytes);
  await Deno.writeFile(`${temp.path}/demo.ask.wasm`, bytes);
  await t.step("pinned by the pack", async () => {
    const pinned = await buildPack({ ...spec, extensions: sourcesExtension([sourceRow(digest)]) });
    const inspection = await inspectPack(pinned);
    const [ask] = inspection.components;
    assertEquals([ask!.origin, ask!.pinned, ask!.problem], ["pack", digest, null]);
    assertEquals([ask!.pinnedBy, ask!.reference], ["table", "oci://r/ask@sha256:1"]);
    const [json] = inspectionJson(inspection).components as Record<string, unknown>[];
    assertEquals([json!.pinned, json!.pinned_by, json!.reference], [digest, "table", ask!.reference]);
    assertEquals(Object.hasOwn(json!, "pinnedBy"), false);
  });
  await t.step("a map", async () => {
    const map = { "demo.ask": `${temp.path}/mine.wasm` };
    const [ask] = (await inspectPack(await buildPack(spec), { components: { map } })).components;
    assertEquals([ask!.origin, ask!.entry, ask!.digest], ["map", `${temp.path}/mine.wasm`, digest]);
  });
  await t.step("a folder", async () => {
    const { components } = await inspectPack(await buildPack(spec), { components: { dir: temp.path } });
    assertEquals([components[0]!.origin, components[0]!.entry], ["dir", `${temp.path}/demo.ask.wasm`]);
  });
});

Deno.test("inspectPack() asks a component without a pack for its operations", async (t) => {
  const options = { cacheDir: CACHE, limits: { nodeTimeoutMs: 500 } };
  const table: [name: string, operations: string[], problem: RegExp | null][] = [
    ["greet", ["greet"], null],
    ["provider", ["echo", "send"], null],
    ["echo", [], /^its operations are not known: the component names no operations$/],
    ["spin-start", [], /nodeTimeoutMs of 500/],
    ["wants-more", [], /acme:unknown\/api@1\.0\.0/],
    ["no-world", [], /^exports no world that flows can call, only: acme:unknown\/thing@1\.0\.0$/],
  ];
  for (const [name, operations, problem] of table) {
    await t.step(name, async () => {
      const pack = await inspectPack({ name: `${name}.wasm`, bytes: await component(name) }, options);
      assertEquals([pack.layout, pack.id, pack.flows, pack.findings], ["component", name, [], []]);
      const [only] = pack.components;
      assertEquals([only!.id, only!.entry, only!.operations], [name, `${name}.wasm`, operations]);
      if (problem === null) assertEquals(only!.problem, null);
      else assert(problem.test(only!.problem ?? ""), only!.problem ?? "no problem");
    });
  }
  await t.step("an operation that is named makes a flow of it", async () => {
    const source = { name: "greet.wasm", bytes: await component("greet") };
    const { flows, entryFlows } = await inspectPack(source, { ...options, operation: "greet" });
    assertEquals([flows.map(({ id, start }) => [id, start]), entryFlows], [[["main", "call"]], ["main"]]);
  });
});

Deno.test("inspectPack() stops when it is asked to", async () => {
  const signal = AbortSignal.abort();
  const error: RunnerError = await assertRejects(
    () => inspectPack(packPath("demo.gtpack"), { signal }),
    RunnerError,
  );
  assertEquals(error.code, "run.cancelled");
});

Deno.test("inspectPack() stops while it asks a component", async () => {
  const source = { name: "spin-start.wasm", bytes: await component("spin-start") };
  const start = performance.now();
  const error: RunnerError = await assertRejects(
    () => inspectPack(source, { cacheDir: CACHE, signal: AbortSignal.timeout(200) }),
    RunnerError,
  );
  assertEquals(error.code, "run.cancelled");
  assert(performance.now() - start < 10_000, "soon");
});

Deno.test("inspectPack() waits 5 s for a component that hangs, or as long as it is told", async (t) => {
  const source = { name: "spin-start.wasm", bytes: await component("spin-start") };
  for (const [limits, ms] of [[{}, 5000], [{ nodeTimeoutMs: 200 }, 200]] as const) {
    await t.step(`${ms} ms`, async () => {
      const start = performance.now();
      const { components } = await inspectPack(source, { cacheDir: CACHE, limits });
      const problem =
        `its operations are not known: Node "describe" exceeds the limit nodeTimeoutMs of ${ms} ms`;
      assertEquals(components[0]!.problem?.startsWith(`${problem}. Raise it with --node-timeout`), true);
      assert(performance.now() - start < ms + 5000, "soon");
    });
  }
});

Deno.test("flowChart() draws the entry flow, or the one that is named", async (t) => {
  await t.step("the entry flow", async () => {
    assertEquals(
      await flowChart(packPath("demo.gtpack")),
      `flowchart TD
  start(["demo"]) --> n0
  n0["greet"]
  n0 --> n1
  n1["remember<br>host-user"]
  n1 --> n2
  n2["recall<br>host-user"]
  n2 --> n3
  n3["reply<br>emit.response"]
  n3 --> stop
  stop((end))
`,
    );
  });
  await t.step("another", async () => {
    const chart = await flowChart(packPath("kinds.gtpack"), "routes");
    assert(chart.startsWith('flowchart TD\n  start(["routes"]) --> n0\n'), chart);
    assert(chart.includes('-->|"count #62;= 10"| '), chart);
  });
  const table: [name: string, work: () => Promise<string>, code: string][] = [
    ["no such flow", () => flowChart(packPath("demo.gtpack"), "absent"), "flow.not_found"],
    [
      "a flow that cannot be read",
      async () =>
        await flowChart(await makePack({ documents: { bad: brokenFlow("bad") }, flows: {} }), "bad"),
      "flow.routing",
    ],
    [
      "a refused pack",
      () => flowChart(packPath("demo.gtpack"), null, { signing: "strict" }),
      "verify.policy",
    ],
    [
      "a component whose operation is not named",
      () => component("greet").then((bytes) => flowChart({ name: "greet.wasm", bytes })),
      "option.invalid",
    ],
    ["no pack", () => flowChart(UTF8.encode("text")), "pack.not_zip"],
  ];
  for (const [name, work, code] of table) {
    await t.step(name, async () => {
      const error: RunnerError = await assertRejects(work, RunnerError);
      assertEquals(error.code, code);
    });
  }
});
