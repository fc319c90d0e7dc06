/** Reading the flows of a pack and choosing one. */

import { assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../lib/base/errors.ts";
import type { RunEvent } from "../lib/base/events.ts";
import { openPack } from "../lib/pack/open.ts";
import type { Pack } from "../lib/pack/pack.ts";
import { chooseFlow, loadProgram, reportFindings } from "../lib/program.ts";
import { DEVOK } from "./pack/_packs.ts";
import { brokenFlow, makePack, packPath, type PackSketch } from "./_helpers.ts";

const SAY = [{ id: "say", component: "emit.response", payload: { text: "hi" } }];
const BROKEN = brokenFlow("bad");

async function open(sketch: PackSketch): Promise<Pack> {
  return await openPack(await makePack(sketch), DEVOK);
}

/** The error when no flow can be chosen. */
function refusal(pack: Pack, asked: string | null): RunnerError {
  return assertThrows(() => chooseFlow(pack, loadProgram(pack), asked), RunnerError);
}

Deno.test("loadProgram() reads flows, components and providers", async () => {
  const pack = await openPack(packPath("kinds.gtpack"), DEVOK);
  const program = loadProgram(pack);
  assertEquals([...program.flows.keys()].sort(), pack.flows.map(({ id }) => id).sort());
  assertEquals([...program.components].sort(), ["echo5", "greet", "host-user", "provider"]);
  assertEquals(program.providers.map(({ type, component }) => [type, component]), [[
    "demo.sender",
    "provider",
  ]]);
});

Deno.test("loadProgram() keeps the good flows of a pack with a broken one", async () => {
  const pack = await open({ documents: { bad: BROKEN }, flows: { good: SAY } });
  const program = loadProgram(pack);
  assertEquals([...program.flows.keys()], ["good"]);
  assertEquals(program.findings.get("bad")?.map(({ severity, code }) => [severity, code]), [
    ["error", "flow.routing"],
  ]);
  assertEquals(program.findings.get("good"), []);
});

Deno.test("reportFindings() warns of everything that the run may do without", async () => {
  const pack = await open({ documents: { bad: BROKEN }, flows: { good: SAY } });
  const events: RunEvent[] = [];
  reportFindings(pack, loadProgram(pack), (event) => void events.push(event));
  const [warning] = events;
  assertEquals([events.length, warning?.type], [1, "warning"]);
  assertEquals(warning?.type === "warning" && warning.code, "flow.routing");
});

Deno.test("chooseFlow() takes the flow that was asked for, else the entry flow", async () => {
  const pack = await open({ flows: { first: SAY, second: SAY } });
  const program = loadProgram(pack);
  assertEquals(chooseFlow(pack, program, "second").id, "second");
  assertEquals(chooseFlow(pack, program, null).id, pack.entryFlows[0]);
});

Deno.test("chooseFlow() tells why there is no flow to run", async (t) => {
  await t.step("unknown: the hint lists the flows", async () => {
    const pack = await open({ flows: { first: SAY, second: SAY } });
    for (const asked of ["absent", "constructor", ""]) {
      const { code, hint, message } = refusal(pack, asked);
      assertEquals([code, hint], ["flow.not_found", "The pack has: first, second"]);
      assertEquals(message, `flow made:${asked} not registered`);
    }
  });
  await t.step("broken: what is wrong with it", async () => {
    const pack = await open({ documents: { bad: BROKEN }, flows: { good: SAY } });
    assertEquals(refusal(pack, "bad").code, "flow.routing");
    assertEquals(chooseFlow(pack, loadProgram(pack), "good").id, "good");
  });
  await t.step("none at all", async () => {
    const pack = await open({ flows: {} });
    assertEquals(refusal(pack, null).code, "flow.none");
    assertEquals(refusal(pack, "main").hint, "The pack has: no flows");
  });
});
