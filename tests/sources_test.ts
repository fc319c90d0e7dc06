/** Flow files and folders of sources, run and inspected without being built first. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  flowChart,
  inspectPack,
  type PackInput,
  RunnerError,
  type RunOptions,
  runPack,
  type RunResult,
  verifyPack,
} from "../mod.ts";
import { sha256Hex } from "../lib/base/digest.ts";
import { packPath, readRun, sharedCache, tempFolder } from "./_helpers.ts";
import { component, FLOW, goodFiles, MINIMAL, sources } from "./_sources.ts";
import { UTF8 } from "./pack/_packs.ts";

const cacheDir = sharedCache();
const GREET = new URL("../fixtures/components/greet/greet.wasm", import.meta.url).pathname;
const ADA: RunOptions = { input: { name: "Ada" } };
const HELLO = [{ text: "Hello, Ada!" }];

/** Runs something in a run directory that goes away. */
async function run(pack: PackInput, options: RunOptions = {}): Promise<RunResult & { warnings: string[] }> {
  await using temp = await tempFolder();
  const result = await runPack(pack, { ...ADA, cacheDir, artifactsDir: temp.path, ...options });
  const { lines } = await readRun(temp.path);
  const warnings = lines.filter(({ phase }) => phase === "warning").map(({ error }) =>
    String(error?.message)
  );
  return { ...result, warnings };
}

/** Why something is not run. */
async function refusal(pack: PackInput, options: RunOptions = {}): Promise<RunnerError> {
  return await assertRejects(() => run(pack, options), RunnerError);
}

const SAY = (text: string) => ({
  id: "say",
  component: { id: "emit.response" },
  input: { mapping: { text } },
});

Deno.test("A flow file runs with the components that are named", async (t) => {
  await using folder = await sources({
    "main.ygtc": FLOW,
    "main.json": JSON.stringify({
      id: "main",
      type: "job",
      nodes: { say: { "emit.response": { text: "hi" } } },
    }),
    "compiled.yaml": JSON.stringify({ id: "main", kind: "job", nodes: [SAY("hi")] }),
    "no-ending": FLOW,
    "parts/greet.wasm": await component("greet"),
    "nested/components/greet.wasm": await component("greet"),
  });
  const map = { greet: GREET };
  const table: [name: string, components: RunOptions["components"], output: unknown][] = [
    ["main.ygtc", { map }, HELLO],
    ["main.ygtc", { dir: `${folder.path}/parts` }, HELLO],
    ["main.ygtc", { dir: `${folder.path}/nested` }, HELLO],
    ["no-ending", { map }, HELLO],
    ["main.json", {}, [{ text: "hi" }]],
    ["compiled.yaml", {}, [{ text: "hi" }]],
  ];
  for (const [name, components, output] of table) {
    await t.step(`${name} ${JSON.stringify(components)}`, async () => {
      const result = await run(`${folder.path}/${name}`, components === undefined ? {} : { components });
      assertEquals([result.status, result.output, result.warnings], ["success", output, []]);
      assertEquals([result.flowId, result.packVersion], ["main", "0.0.0"]);
      const text = await Deno.readFile(`${folder.path}/${name}`);
      assertEquals(result.packDigest, `sha256:${await sha256Hex(text)}`);
    });
  }
  await t.step("from memory, and by its address", async () => {
    const text = UTF8.encode(FLOW);
    for (
      const pack of [
        text,
        { name: "standard input", bytes: text },
        new URL(`file://${folder.path}/main.ygtc`),
      ]
    ) {
      assertEquals((await run(pack, { components: { map } })).output, HELLO);
    }
  });
  await t.step("its verdicts are honest", async () => {
    const { verification } = await run(`${folder.path}/main.ygtc`, { components: { map } });
    assertEquals(verification.verdicts.map(({ check, verdict, waived }) => [check, verdict, waived]), [
      ["container", "verified", undefined],
      ["signature", "unsigned", true],
    ]);
    assertEquals((await refusal(`${folder.path}/main.ygtc`, { signing: "strict" })).code, "verify.policy");
    assertEquals((await verifyPack(`${folder.path}/main.ygtc`, { signing: "strict" })).ok, false);
  });
  await t.step("without its components it warns, and fails where they are called", async () => {
    const result = await run(`${folder.path}/main.ygtc`);
    assertEquals([result.status, result.error?.message, result.error?.place], [
      "failure",
      "component 'greet' not found in pack",
      "flow main node greet",
    ]);
    assertEquals(result.warnings, ['Node "greet" calls component "greet", which is not in the pack']);
  });
  await t.step("a lock pins its components", async () => {
    const digest = await sha256Hex(await component("greet"));
    const lock = `${folder.path}/pack.lock.json`;
    const locked = (sha256: string) =>
      Deno.writeTextFile(
        lock,
        JSON.stringify({
          schema_version: 1,
          components: [{
            name: "greet",
            source_ref: "file://greet",
            bundled_path: "greet.wasm",
            wasm_sha256: sha256,
          }],
        }),
      );
    await locked(digest);
    assertEquals((await run(`${folder.path}/main.ygtc`, { components: { map, lock } })).output, HELLO);
    await locked("0".repeat(64));
    const error = await refusal(`${folder.path}/main.ygtc`, { components: { map, lock } });
    assertEquals(error.code, "verify.component_digest");
  });
  await t.step("it has no operation to name", async () => {
    const error = await refusal(`${folder.path}/main.ygtc`, { operation: "greet" });
    assertStringIncludes(error.message, "is named for a flow, which says what it calls");
  });
});

Deno.test("A flow file finds in its sidecar what its nodes were resolved to", async () => {
  const flow = "id: main\ntype: job\nnodes:\n  a:\n    greet:\n      name: Ada\n";
  await using folder = await sources({
    "main.ygtc": flow,
    "main.ygtc.resolve.summary.json": JSON.stringify({ nodes: { a: { component_id: "vendor.greeter" } } }),
  });
  const components = { map: { "vendor.greeter": GREET } };
  assertEquals((await run(`${folder.path}/main.ygtc`, { components })).output, { text: "Hello, Ada!" });
  const first = await run(`${folder.path}/main.ygtc`, { components });
  await Deno.remove(`${folder.path}/main.ygtc.resolve.summary.json`);
  const alone = await run(`${folder.path}/main.ygtc`, { components });
  assertEquals(alone.error?.code, "node.component");
  assert(first.packDigest !== alone.packDigest, "the sidecar is part of what ran");
});

Deno.test("What is neither pack nor flow is refused by what it is", async (t) => {
  const table: [name: string, content: string | Uint8Array, code: string, place?: string][] = [
    ["text.gtpack", "just some text", "pack.not_zip"],
    ["empty.gtpack", "", "pack.not_zip"],
    ["nul.gtpack", "nodes: \0", "pack.not_zip"],
    ["empty.ygtc", "", "flow.invalid", ":1 flow empty"],
    ["wide.ygtc", Uint8Array.of(0xff, 0xfe, 0x69, 0, 0x64, 0), "yaml.invalid", ""],
    ["nul.yaml", "i\0d\0", "flow.invalid", ":1 flow nul"],
    ["bad.ygtc", "id: x\nnodes: [", "yaml.invalid", ":2"],
    [
      "latin.ygtc",
      new Uint8Array([...UTF8.encode("nodes: {a: {emit.x: "), 0xe4, 0x7d, 0x7d]),
      "yaml.invalid",
      "",
    ],
    ["list.json", "[1,2]", "flow.invalid", ":1 flow list"],
    ["none.yaml", "id: x\ntype: job\n", "flow.no_start", ":1 flow x"],
    ["zero.gtpack", '{"id": "x", "type": "job", "nodes": {}}', "flow.no_start", ":1 flow x"],
    ["deep.json", `{"nodes":${"[".repeat(200)}${"]".repeat(200)}}`, "yaml.invalid", ":1"],
  ];
  for (const [name, content, code, place] of table) {
    await t.step(name, async () => {
      await using folder = await sources({ [name]: content });
      const error = await refusal(`${folder.path}/${name}`);
      assertEquals([error.code, error.message.includes("\n")], [code, false]);
      if (place !== undefined) assertEquals(error.place, `${folder.path}/${name}${place}`);
    });
  }
});

Deno.test("A flow file that is too large is not parsed", async () => {
  await using folder = await sources({ "big.ygtc": `nodes:\n${"# filler\n".repeat(2000)}` });
  const error = await refusal(`${folder.path}/big.ygtc`, { limits: { maxDocumentBytes: 1000 } });
  assertEquals(error.code, "pack.limit.document");
});

Deno.test("A folder of sources runs as the pack that it would be built into", async (t) => {
  await using folder = await sources(await goodFiles());
  await t.step("run", async () => {
    const result = await run(folder.path);
    assertEquals([result.output, result.packId, result.warnings], [HELLO, "made", []]);
    assertEquals((await run(`${folder.path}/`)).output, HELLO);
    assertEquals((await run(new URL(`file://${folder.path}`))).packDigest, result.packDigest);
  });
  await t.step("inspect and draw", async () => {
    const { id, flows, layout } = await inspectPack(folder.path, { cacheDir });
    assertEquals([id, layout, flows.map((flow) => flow.id)], ["made", "new", ["main"]]);
    assertStringIncludes(await flowChart(folder.path), "flowchart TD");
  });
  await t.step("a component that takes the place of another", async () => {
    const result = await run(folder.path, { components: { map: { greet: GREET } } });
    assertEquals([result.output, result.components.map(({ origin }) => origin)], [HELLO, ["map"]]);
  });
});

Deno.test("A folder of flows alone runs without a description", async () => {
  await using folder = await sources({
    "flows/main.ygtc": FLOW,
    "components/greet.wasm": await component("greet"),
  });
  const result = await run(folder.path);
  assertEquals([result.output, result.packVersion], [HELLO, "0.0.0"]);
});

Deno.test("A folder of flows takes the components that it has not from where they are named", async (t) => {
  await using folder = await sources({
    "my/flows/main.ygtc": FLOW,
    "parts/greet.wasm": await component("greet"),
  });
  const pack = `${folder.path}/my`, parts = `${folder.path}/parts`;
  for (const components of [{ dir: parts }, { map: { greet: `${parts}/greet.wasm` } }]) {
    await t.step(Object.keys(components).join(), async () => {
      const { output, warnings } = await run(pack, { components });
      assertEquals([output, warnings], [HELLO, []]);
      const { components: found, findings } = await inspectPack(pack, { components, cacheDir });
      assertEquals([found.map(({ id }) => id), findings], [["greet"], []]);
    });
  }
  await t.step("where what else lies there does not matter", async () => {
    await Deno.writeFile(`${parts}/large.wasm`, new Uint8Array(20_000));
    await Deno.writeTextFile(`${parts}/odd\nname.wasm`, "no component");
    const { output, warnings } = await run(pack, {
      components: { dir: parts },
      limits: { maxEntryBytes: 19_999 },
    });
    assertEquals([output, warnings], [HELLO, []]);
  });
  await t.step("and from nowhere else", async () => {
    const { error, warnings } = await run(pack);
    assertEquals([error?.code, warnings], ["node.component", [
      'Node "greet" calls component "greet", which is not in the pack',
    ]]);
  });
});

Deno.test("Of the flows in a folder main comes first, unless they are listed", async () => {
  const says = (id: string) => `id: ${id}\ntype: job\nnodes:\n  a: {emit.x: ${id}}\n`;
  const flows = {
    "flows/a.ygtc": says("a"),
    "flows/main.yaml": says("main"),
    "flows/mainly.ygtc": says("z"),
  };
  await using found = await sources(flows);
  assertEquals((await run(found.path)).output, ["main"]);
  const { flows: ids } = await inspectPack(found.path);
  assertEquals(ids.map(({ id }) => id), ["main", "a", "z"]);
  const listing = `${MINIMAL}flows: [{file: flows/mainly.ygtc}, {file: flows/main.yaml}]\n`;
  await using listed = await sources({ ...flows, "pack.yaml": listing });
  assertEquals((await run(listed.path)).output, ["z"]);
});

Deno.test("Two flows of one id in a folder are one too many to run", async () => {
  await using folder = await sources(await goodFiles({ "flows/twin.ygtc": FLOW }));
  for (const options of [{}, { entryFlow: "main" }]) {
    const { code, message } = await refusal(folder.path, options);
    assertEquals([code, message], [
      "flow.duplicate",
      'Flow "main" is in flows/main.ygtc and in flows/twin.ygtc',
    ]);
  }
});

Deno.test("A broken flow does not take its folder down", async (t) => {
  const broken = "id: broken\ntype: job\nnodes:\n  a:\n    emit.x: 1\n    routing: nowhere\n";
  await using folder = await sources(await goodFiles({ "flows/zz.ygtc": broken, "flows/zzz.ygtc": "[" }));
  await t.step("others run, and it is told", async () => {
    const result = await run(folder.path);
    assertEquals([result.output, result.warnings], [HELLO, [
      "invalid routing shorthand 'nowhere'",
      "Document cannot be read: Flow sequence must end with a ]",
    ]]);
  });
  await t.step("it does not run itself", async () => {
    const { code, place } = await refusal(folder.path, { entryFlow: "broken" });
    assertEquals([code, place], ["flow.routing", "flows/zz.ygtc:4 flow broken node a"]);
  });
  await t.step("it does not give way to the next when it comes first", async () => {
    await Deno.rename(`${folder.path}/flows/zz.ygtc`, `${folder.path}/flows/aa.ygtc`);
    await Deno.rename(`${folder.path}/flows/main.ygtc`, `${folder.path}/flows/mm.ygtc`);
    assertEquals((await refusal(folder.path)).code, "flow.routing");
    assertEquals((await run(folder.path, { entryFlow: "main" })).output, HELLO);
  });
  await t.step("nor when it cannot be read at all", async () => {
    await Deno.rename(`${folder.path}/flows/zzz.ygtc`, `${folder.path}/flows/a.ygtc`);
    for (const options of [{}, { entryFlow: "a" }]) {
      const { code, place } = await refusal(folder.path, options);
      assertEquals([code, place], ["yaml.invalid", "flows/a.ygtc:1"]);
    }
    assertEquals((await run(folder.path, { entryFlow: "main" })).output, HELLO);
  });
  await t.step("a description that cannot be read ends it all", async () => {
    await Deno.writeTextFile(`${folder.path}/pack.yaml`, `${MINIMAL}flows: 5\n`);
    assertEquals((await refusal(folder.path)).code, "build.failed");
  });
});

Deno.test("A folder that is neither is refused as before", async () => {
  await using folder = await sources({ "README.md": "nothing here" });
  assertEquals((await refusal(folder.path)).code, "manifest.missing");
  assertEquals((await refusal(`${folder.path}/absent`)).code, "pack.not_found");
  assertEquals((await run(packPath("demo.gtpack"))).status, "success");
});
