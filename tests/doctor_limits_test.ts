/** What an examination tells of limits, each against what the real run then does. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../lib/base/json.ts";
import type { Limits } from "../lib/base/limits.ts";
import { RunnerError } from "../lib/base/errors.ts";
import { type DoctorOptions, doctorPack } from "../lib/doctor.ts";
import { buildPack } from "../lib/pack/build.ts";
import { runPack } from "../lib/runner.ts";
import { flowDocument, makePack, type NodeSketch, packPath, sharedCache, tempFolder } from "./_helpers.ts";
import { openPack } from "../lib/pack/open.ts";
import { wat } from "./component/_helpers.ts";
import { DEVOK } from "./pack/_packs.ts";

const CACHE = sharedCache();
const DEMO = packPath("demo.gtpack");

/** What is told of limits, as one line for each finding. */
async function limits(pack: Uint8Array | string, options: DoctorOptions = {}): Promise<string[]> {
  const { findings } = await doctorPack(pack, { cacheDir: CACHE, ...options });
  return findings.filter(({ subject }) => subject === "limit").map((
    { severity, code, message, place, hint },
  ) => [`${severity} ${code}`, message, place ?? "-", hint ?? "-"].join(" | "));
}

/** The code with which a run ends; `ok` for one that does not fail. */
async function ending(pack: Uint8Array | string, options: DoctorOptions): Promise<string> {
  await using temp = await tempFolder();
  try {
    const { error } = await runPack(pack, { cacheDir: CACHE, ...options, artifactsDir: `${temp.path}/run` });
    return error?.code ?? "ok";
  } catch (error) {
    if (error instanceof RunnerError) return error.code;
    throw error;
  }
}

const say = (id: string, next?: string, payload: JsonObject = { text: id }): NodeSketch => ({
  id,
  component: "emit.response",
  payload,
  ...(next === undefined ? {} : { next }),
});
const call = (id: string, flow: string, next?: string): NodeSketch => ({
  id,
  component: "flow.call",
  payload: { flow_id: flow, input: {} },
  ...(next === undefined ? {} : { next }),
});
const ask = (id: string, operation: string, next?: string): NodeSketch => ({
  id: "ask",
  component: id,
  operation,
  ...(next === undefined ? {} : { next }),
});

/** A line of nodes that say something. */
function line(length: number): NodeSketch[] {
  return Array.from({ length }, (_, i) => say(`n${i}`, i + 1 < length ? `n${i + 1}` : undefined));
}

/** Flows of which each calls the next. */
function chain(length: number): Record<string, NodeSketch[]> {
  const flows = Array.from({ length }, (_, i): [string, NodeSketch[]] => [
    i === 0 ? "main" : `f${i}`,
    i + 1 < length ? [call("c", `f${i + 1}`)] : [say("last")],
  ]);
  return Object.fromEntries(flows);
}

/** A pack of one flow whose node takes failures. */
function catching(
  node: JsonObject,
  more: Record<string, NodeSketch[]> = {},
  components: readonly string[] = [],
) {
  const end = {
    id: "end",
    component: { id: "emit.response" },
    input: { mapping: { text: "end" } },
    routing: "end",
  };
  const first = { id: "a", routing: { branch: { on_status: { error: "end" }, default: "end" } }, ...node };
  return makePack({
    flows: more,
    components,
    documents: { main: { id: "main", kind: "job", entrypoints: { default: "a" }, nodes: [first, end] } },
  });
}

interface Case {
  readonly name: string;
  readonly pack: Uint8Array | string;
  readonly options?: DoctorOptions;
  readonly limits?: Partial<Limits>;
  /** The finding's first word and code; undefined for none. */
  readonly told?: string;
  /** How the run ends. */
  readonly ends: string;
}

Deno.test("doctorPack() tells of limits that components exceed, as the run then does", async (t) => {
  const spin = await makePack({
    components: ["spin"],
    flows: { main: [ask("spin", "big")], other: [say("a")] },
  });
  const demo = { input: { name: "Ada" } };
  const cores = await makePack({
    components: ["many-cores", "echo"],
    flows: {
      main: [{ id: "p", component: "provider.invoke", payload: {} }],
      direct: [ask("many-cores", "invoke")],
      behind: [{ ...ask("echo", "x", "b"), id: "a" }, { ...ask("many-cores", "invoke"), id: "b" }],
    },
  });
  const cases: Case[] = [
    { name: "nothing", pack: DEMO, options: demo, ends: "ok" },
    {
      name: "memory below what it starts with",
      pack: DEMO,
      options: demo,
      limits: { maxMemoryBytes: 60_000 },
      told: "error limit.memory",
      ends: "limit.memory",
    },
    { name: "memory just enough", pack: DEMO, options: demo, limits: { maxMemoryBytes: 65_536 }, ends: "ok" },
    {
      name: "a component that the flow does not reach",
      pack: spin,
      options: { entryFlow: "other" },
      limits: { maxMemoryBytes: 60_000 },
      told: "warning limit.memory",
      ends: "ok",
    },
    {
      name: "tables",
      pack: DEMO,
      options: demo,
      limits: { maxTableElements: 1 },
      told: "error limit.table",
      ends: "limit.table",
    },
    {
      name: "core instances of the first node",
      pack: cores,
      options: { entryFlow: "direct" },
      told: "error limit.instances",
      ends: "limit.instances",
    },
    {
      name: "core instances, raised",
      pack: cores,
      options: { entryFlow: "direct" },
      limits: { maxCoreInstances: 70 },
      ends: "ok",
    },
    {
      name: "core instances of a later node",
      pack: cores,
      options: { entryFlow: "behind" },
      told: "warning limit.instances",
      ends: "limit.instances",
    },
    {
      name: "core instances of a node whose failure is taken",
      pack: await catching(
        { component: { id: "many-cores", operation: "invoke" }, input: { mapping: {} } },
        {},
        ["many-cores"],
      ),
      told: "warning limit.instances",
      ends: "ok",
    },
  ];
  await check(t, cases);
});

Deno.test("doctorPack() tells of limits that flows exceed, as the run then does", async (t) => {
  const five = await makePack({ flows: { main: line(5) } });
  const circle = await makePack({ flows: { main: [say("a", "b"), say("b", "a")] } });
  const deep = await makePack({ flows: chain(4) });
  const self = await makePack({ flows: { main: [say("a", "b"), call("b", "main")] } });
  const nested = await makePack({ flows: { main: [call("a", "sub", "b"), say("b")], sub: line(3) } });
  const waits = await makePack({
    flows: { main: [{ id: "w", component: "session.wait", next: "n0" }, ...line(5)] },
  });
  const asks = await makePack({
    components: ["echo"],
    flows: { main: [ask("echo", "x", "n0"), ...line(5)] },
  });
  const jumps = await makePack({
    flows: { main: [{ id: "g", component: "flow.goto", payload: { flow: "far" } }], far: line(5) },
  });
  const cases: Case[] = [
    { name: "as many steps as allowed", pack: five, limits: { maxSteps: 5 }, ends: "ok" },
    {
      name: "a line of more nodes",
      pack: five,
      limits: { maxSteps: 4 },
      told: "error flow.max_steps",
      ends: "flow.max_steps",
    },
    {
      name: "a circle",
      pack: circle,
      limits: { maxSteps: 100 },
      told: "error flow.max_steps",
      ends: "flow.max_steps",
    },
    {
      name: "steps within a flow that is called",
      pack: nested,
      limits: { maxSteps: 4 },
      told: "error flow.max_steps",
      ends: "flow.max_steps",
    },
    { name: "steps within a flow that is called, enough", pack: nested, limits: { maxSteps: 5 }, ends: "ok" },
    { name: "steps behind a wait", pack: waits, limits: { maxSteps: 4 }, ends: "ok" },
    {
      name: "steps behind a component",
      pack: asks,
      limits: { maxSteps: 4 },
      told: "warning flow.max_steps",
      ends: "flow.max_steps",
    },
    {
      name: "a circle of components",
      pack: packPath("kinds.gtpack"),
      options: { entryFlow: "endless" },
      limits: { maxSteps: 4 },
      told: "warning flow.max_steps",
      ends: "flow.max_steps",
    },
    { name: "steps behind a jump", pack: jumps, limits: { maxSteps: 4 }, ends: "flow.max_steps" },
    {
      name: "steps that a route of failures does not save",
      pack: await catching({
        component: { id: "flow.call" },
        input: { mapping: { flow_id: "sub", input: {} } },
      }, { sub: line(5) }),
      limits: { maxSteps: 4 },
      told: "error flow.max_steps",
      ends: "flow.max_steps",
    },
    { name: "calls as deep as allowed", pack: deep, limits: { maxCallDepth: 3 }, ends: "ok" },
    {
      name: "calls that are deeper",
      pack: deep,
      limits: { maxCallDepth: 2 },
      told: "error flow.max_depth",
      ends: "flow.max_depth",
    },
    { name: "a flow that calls itself", pack: self, told: "error flow.max_depth", ends: "flow.max_depth" },
    {
      name: "a flow that calls itself, with less steps",
      pack: self,
      limits: { maxSteps: 9 },
      told: "error flow.max_steps",
      ends: "flow.max_steps",
    },
    {
      name: "calls whose failure a route takes",
      pack: await catching({
        component: { id: "flow.call" },
        input: { mapping: { flow_id: "f1", input: {} } },
      }, (({ main: _, ...rest }) => rest)(chain(4))),
      limits: { maxCallDepth: 2 },
      told: "warning flow.max_depth",
      ends: "ok",
    },
  ];
  await check(t, cases);
});

Deno.test("doctorPack() tells of inputs and state that are too large, as the run then does", async (t) => {
  const whole = await makePack({ flows: { main: [say("a", undefined, { all: "{{entry}}" })] } });
  const part = await makePack({ flows: { main: [say("a", undefined, { text: "fixed" })] } });
  const loop = await makePack({
    flows: { main: [say("a", undefined, { text: "{{#each entry.list}}{{this}}{{/each}}" })] },
  });
  const input = { text: "x".repeat(2000) }, list = { list: Array.from({ length: 300 }, () => "0123456789") };
  const mapping = { all: "{{entry}}" };
  const state = { set: { k: "x".repeat(100_000) } };
  const small = { maxValueBytes: 1000 };
  const cases: Case[] = [
    {
      name: "an input that the first node is given",
      pack: whole,
      options: { input },
      limits: small,
      told: "error limit.value",
      ends: "limit.value",
    },
    {
      name: "an input that it is not given",
      pack: part,
      options: { input },
      limits: small,
      told: "warning limit.value",
      ends: "ok",
    },
    {
      name: "an input whose failure a route takes",
      pack: await catching({ component: { id: "emit.response" }, input: { mapping } }),
      options: { input },
      limits: small,
      told: "warning limit.value",
      ends: "ok",
    },
    {
      name: "an input that is not too large",
      pack: whole,
      options: { input },
      limits: { maxValueBytes: 3000 },
      ends: "ok",
    },
    {
      name: "a component alone",
      pack: packPath("../components/echo/echo.wasm"),
      options: { input, operation: "x" },
      limits: small,
      told: "error limit.value",
      ends: "limit.value",
    },
    {
      name: "a template",
      pack: loop,
      options: { input: list },
      limits: { maxTemplateChars: 1024 },
      told: "error template.limit",
      ends: "template.limit",
    },
    {
      name: "state",
      pack: part,
      options: { state },
      limits: { maxMemoryBytes: 65_536 },
      told: "error limit.memory",
      ends: "limit.memory",
    },
    {
      name: "state that is not too large",
      pack: part,
      options: { state },
      limits: { maxMemoryBytes: 300_000 },
      ends: "ok",
    },
  ];
  await check(t, cases);
});

/** Checks what is told, and how the run then ends. */
async function check(t: Deno.TestContext, cases: readonly Case[]): Promise<void> {
  for (const { name, pack, options = {}, limits: given = {}, told, ends } of cases) {
    await t.step(name, async () => {
      const run = { ...options, limits: given };
      const found = (await limits(pack, run)).filter((one) => !one.includes("limit.never"));
      const codes = [...new Set(found.map((one) => one.split(" | ")[0]))];
      assertEquals(codes, told === undefined ? [] : [told], found.join("\n"));
      assertEquals(await ending(pack, run), ends);
    });
  }
}

Deno.test("doctorPack() names the line that raises a limit as far as it takes", async (t) => {
  const demo = { input: { name: "Ada" } };
  const table: [name: string, pack: Uint8Array | string, options: DoctorOptions, expected: string[]][] = [
    ["memory", DEMO, { ...demo, limits: { maxMemoryBytes: 60_000 } }, [
      "error limit.memory | Component greet starts with 65536 bytes of memory, and the limit maxMemoryBytes is 60000 | " +
      "components/greet.wasm | Add --max-memory-mb 1",
      "error limit.memory | Component host-user starts with 65536 bytes of memory, and the limit maxMemoryBytes is 60000 | " +
      "components/host-user.wasm | Add --max-memory-mb 1",
    ]],
    ["steps", await makePack({ flows: { main: line(5) } }), { limits: { maxSteps: 3 } }, [
      "error flow.max_steps | Every run takes more steps than the limit maxSteps of 3 | flow main node n3 | Add --max-steps 5",
    ]],
    ["a circle", await makePack({ flows: { main: [say("a", "b"), say("b", "a")] } }), {}, [
      "error flow.max_steps | Every run takes more steps than the limit maxSteps of 10000: the flow goes in circles | " +
      "flow main node a | Give it a route that leads out",
    ]],
    ["depth", await makePack({ flows: chain(4) }), { limits: { maxCallDepth: 1 } }, [
      "error flow.max_depth | Every run calls flows deeper than the limit maxCallDepth of 1 | flow f1 node c | Add --max-call-depth 3",
    ]],
    [
      "instances",
      await makePack({ components: ["many-cores"], flows: { main: [ask("many-cores", "invoke")] } }),
      {},
      [
        "error limit.instances | Component many-cores takes 70 core instances for each call, and the limit maxCoreInstances is 64 | " +
        "components/many-cores.wasm | Add --max-core-instances 70",
      ],
    ],
    [
      "linked components",
      await makePack({
        components: ["adapter", "router"],
        flows: { main: [ask("adapter", "list")] },
      }),
      { limits: { maxCoreInstances: 3 } },
      [
        "error limit.instances | Component adapter with those that it is linked to takes 4 core instances for each call, " +
        "and the limit maxCoreInstances is 3 | components/adapter.wasm | Add --max-core-instances 4",
      ],
    ],
  ];
  for (const [name, pack, options, expected] of table) {
    await t.step(name, async () => assertEquals(await limits(pack, options), expected));
  }
});

Deno.test("doctorPack() tells of limits that others make useless, and of archives that are nearly too large", async (t) => {
  const pack = await makePack({ flows: { main: line(1) } });
  await t.step("a node that would be given more time than the run", async () => {
    assertEquals(await limits(pack, { limits: { nodeTimeoutMs: 900_000 } }), [
      "warning limit.never | The limit nodeTimeoutMs of 900000 is never reached: runTimeoutMs is 600000 | - | Add --run-timeout 900000",
    ]);
  });
  await t.step("a run that is given less time than a node", async () => {
    assertEquals(await limits(pack, { limits: { runTimeoutMs: 10_000 } }), [
      "info limit.never | The limit nodeTimeoutMs of 30000 is never reached: runTimeoutMs is 10000 | - | Add --run-timeout 30000",
    ]);
  });
  await t.step("archives", async () => {
    const { length } = pack;
    const found = await limits(pack, {
      limits: { maxArchiveBytes: Math.floor(length * 1.05), maxEntryBytes: length },
    });
    const near = found.filter((one) => one.startsWith("info limit.near | The size of the pack, "));
    assertEquals(near.length, 1, found.join("\n"));
    assertStringIncludes(near[0]!, `is near the limit maxArchiveBytes of ${Math.floor(length * 1.05)} | `);
    assertEquals(
      (await doctorPack(pack, { limits: { maxArchiveBytes: length * 3 }, cacheDir: CACHE })).ok,
      true,
    );
  });
  await t.step("entries", async () => {
    const { entries } = await openPack(pack, DEVOK);
    const found = await limits(pack, { limits: { maxEntries: entries.length } });
    assertEquals(found, [
      `info limit.near | The number of entries, ${entries.length}, is near the limit maxEntries of ${entries.length} | ` +
      `memory | Add --max-entries ${entries.length * 2}`,
    ]);
    assertEquals(await limits(pack, { limits: { maxEntries: entries.length * 2 } }), []);
  });
  await t.step("documents", async () => {
    const { entries } = await openPack(pack, DEVOK);
    const { size } = entries.find(({ name }) => name === "manifest.cbor")!;
    const found = await limits(pack, { limits: { maxDocumentBytes: size } });
    assert(found.some((one) => one.endsWith(" | manifest.cbor | Add --max-document-mb 1")), found.join("\n"));
  });
});

/** A pack of one component, written as text, that is called as a provider's is. */
async function writtenPack(text: string): Promise<Uint8Array> {
  return await buildPack({
    layout: "new",
    id: "made",
    version: "0.1.0",
    createdAt: "2026-01-01T00:00:00Z",
    flows: [{ id: "main", document: flowDocument("main", [ask("made", "invoke")]) }],
    components: [{
      id: "made",
      version: "0.1.0",
      world: "greentic:provider-schema-core/schema-core-api@1.0.0",
      bytes: await wat(text),
      record: {},
    }],
    assets: new Map(),
  });
}

/** A component of two instances of a core module. */
function twice(core: string): string {
  return `(component
    (core module $m ${core}
      (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00{}")
      (func (export "invoke") (result i32) (i32.const 0)))
    (core instance (instantiate $m))
    (core instance $last (instantiate $m))
    (alias core export $last "memory" (core memory $memory))
    (func $f (result (list u8)) (canon lift (core func $last "invoke") (memory $memory)))
    (instance $api (export "invoke" (func $f)))
    (export "greentic:provider-schema-core/schema-core-api@1.0.0" (instance $api)))`;
}

Deno.test("doctorPack() counts what all instances of a component take together, as the run then does", async (t) => {
  const memory = await writtenPack(twice('(memory (export "memory") 20)'));
  const table = await writtenPack(twice('(memory (export "memory") 1) (table 600 funcref)'));
  const many = await writtenPack(twice(`(memory (export "memory") 1) ${"(table 1 funcref)".repeat(11)}`));
  const large = await writtenPack(twice('(memory (export "memory") i64 1)'));
  const cases: Case[] = [
    {
      name: "memories",
      pack: memory,
      limits: { maxMemoryBytes: 30 * 65_536 },
      told: "error limit.memory",
      ends: "limit.memory",
    },
    { name: "memories, enough", pack: memory, limits: { maxMemoryBytes: 40 * 65_536 }, ends: "ok" },
    {
      name: "tables",
      pack: table,
      limits: { maxTableElements: 1000 },
      told: "error limit.table",
      ends: "limit.table",
    },
    { name: "tables, enough", pack: table, limits: { maxTableElements: 1200 }, ends: "ok" },
  ];
  await check(t, cases);
  await t.step("more tables than any component may have", async () => {
    assertEquals(await limits(many), [
      "error limit.table | Component made has 11 tables in a core module, and no more than 10 are taken | components/made.wasm | -",
    ]);
    assertEquals(await ending(many, {}), "limit.table");
  });
  await t.step("what no limit holds", async () => {
    const { findings } = await doctorPack(large, { cacheDir: CACHE });
    const errors = findings.filter(({ severity }) => severity === "error");
    assertEquals(errors.map(({ subject, code }) => [subject, code]), [["component", "component.unmetered"]]);
    // The transpiler refuses it before it comes to be metered.
    assertEquals(await ending(large, {}), "component.invalid");
  });
});
