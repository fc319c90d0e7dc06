/** What is told of a pack without running it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { inspectionJson } from "../lib/inspect.ts";
import { inspectPack, RunnerError } from "../mod.ts";
import { brokenFlow, filesOf, makePack, packPath } from "./_helpers.ts";

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
  assertEquals(pack.secrets, ["DEMO_TOKEN"]);
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

Deno.test("inspectionJson() is the inspection as JSON, with the reference's spelling", async () => {
  const pack = await inspectPack(packPath("demo.gtpack"));
  const { entry_flows, ...rest } = inspectionJson(pack);
  const { entryFlows, ...expected } = pack;
  assertEquals(entry_flows, entryFlows);
  assertEquals(rest, JSON.parse(JSON.stringify(expected)));
});
