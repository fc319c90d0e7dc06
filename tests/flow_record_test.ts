/** What a run keeps of its flows: `flows.json` in its directory. */

import { assertEquals } from "@std/assert";
import { fromFlowsJson, type RecordedFlow } from "../lib/record/flows_json.ts";
import { type RunOptions, runPack } from "../mod.ts";
import { exists, makePack, packPath, sharedCache, tempFolder } from "./_helpers.ts";

const cacheDir = sharedCache();

/** The flows that a run keeps. */
async function flowsOf(pack: string | Uint8Array, options: RunOptions): Promise<readonly RecordedFlow[]> {
  await using temp = await tempFolder();
  const artifactsDir = `${temp.path}/run`;
  await runPack(pack, { cacheDir, artifactsDir, ...options });
  return fromFlowsJson(JSON.parse(await Deno.readTextFile(`${artifactsDir}/flows.json`))) ?? [];
}

/** The nodes of a flow with their routes in a few words. */
function told(flow: RecordedFlow | undefined): string[] {
  return (flow?.nodes ?? []).map(({ id, component, target, operation, routes, calls }) => {
    const leads = routes.map(({ to, on, failure }) =>
      `${on.join(" and ") || "else"}${failure ? "!" : ""} ${to ?? "."}`
    );
    const called = calls === null
      ? ""
      : ` ${calls.returns ? "calls" : "jumps to"} ${calls.flow} ${calls.node}`;
    return `${id}: ${component} ${target} ${operation}${called} [${leads.join(", ")}]`;
  });
}

Deno.test("a run keeps the flows that it can reach, with nodes and routes", async () => {
  const input = { status: "unknown", who: "Ada" };
  const secrets = { values: { DEMO_TOKEN: "planted-secret-value" } };
  const flows = await flowsOf(packPath("kinds.gtpack"), { entryFlow: "main", input, secrets });
  assertEquals(flows.map(({ id, start }) => [id, start]), [["main", "ask"], ["greeting", "greet"]]);
  assertEquals(told(flows[0]), [
    "ask: component.exec echo5 echo [known sub, unknown sorry, else sorry]",
    "sub: flow.call null null calls greeting null [else send]",
    "send: provider.invoke null echo [else note]",
    "note: emit.log null null [else reply]",
    "reply: emit.response null null [else .]",
    "sorry: emit.response null null [else .]",
  ]);
});

Deno.test("a run keeps which routes take failures, and where nodes jump", async (t) => {
  const pack = packPath("steps.gtpack");
  await t.step("failures", async () => {
    const limits = { nodeTimeoutMs: 100 };
    const [flow] = await flowsOf(pack, { entryFlow: "errors", input: { how: "error" }, limits });
    assertEquals(told(flow), [
      "try: component.exec fails null [error! sorry, else slow]",
      "sorry: emit.response null null [else slow]",
      "slow: spin null loop [on_timeout! late, else late]",
      "late: emit.response null null [else .]",
    ]);
  });
  await t.step("jumps", async () => {
    const flows = await flowsOf(pack, { entryFlow: "jump", input: { name: "Ada" } });
    assertEquals(told(flows[0]).at(-1), "leave: flow.goto null null jumps to target null []");
    assertEquals(flows.map(({ id }) => id), ["jump", "target"]);
  });
});

Deno.test("a run that is refused before its flow keeps none", async () => {
  await using temp = await tempFolder();
  const artifactsDir = `${temp.path}/run`;
  await runPack(packPath("kinds.gtpack"), { cacheDir, artifactsDir, entryFlow: "main" }).catch(() => {});
  assertEquals([await exists(`${artifactsDir}/run.json`), await exists(`${artifactsDir}/flows.json`)], [
    true,
    false,
  ]);
});

Deno.test("no secret stands in the flows that a run keeps", async () => {
  await using temp = await tempFolder();
  await Deno.writeTextFile(`${temp.path}/.env`, "TOKEN=planted-secret\n");
  const nodes = [{ id: "planted-secret", component: "emit.response" }];
  const secrets = { files: [`${temp.path}/.env`] };
  const [flow] = await flowsOf(await makePack({ flows: { main: nodes } }), { secrets });
  assertEquals(flow?.nodes.map(({ id }) => id), ["__REDACTED__"]);
});
