/** What the module offers beside runs: the bytes that a caller gives are those of the call. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  doctorPack,
  flowChart,
  inspectPack,
  lintPack,
  packPermissions,
  replayRun,
  RunnerError,
  runPack,
  signPack,
  startResume,
  verifyPack,
  warmUpCache,
} from "../mod.ts";
import { packPath, sharedCache, tempFolder } from "./_helpers.ts";

const CACHE = sharedCache();

Deno.test("every call takes the bytes of a pack as they are when it is called", async (t) => {
  await using temp = await tempFolder();
  const pack = await Deno.readFile(packPath("demo.gtpack"));
  const run = { input: { name: "Ada" }, cacheDir: CACHE };
  await runPack(pack, { ...run, artifactsDir: `${temp.path}/recorded`, record: true });
  const replay = { artifactsDir: `${temp.path}/replayed`, cacheDir: CACHE };
  const table: Record<string, (bytes: Uint8Array) => Promise<unknown>> = {
    verifyPack: async (bytes) => (await verifyPack(bytes)).ok,
    lintPack: async (bytes) => (await lintPack(bytes)).ok,
    inspectPack: async (bytes) => (await inspectPack(bytes)).id === "demo",
    flowChart: async (bytes) => (await flowChart(bytes)).includes("greet"),
    doctorPack: async (bytes) => !(await doctorPack(bytes, run)).refused,
    packPermissions: async (bytes) => (await packPermissions(bytes)).warmup !== null,
    signPack: async (bytes) => {
      const { archive } = await signPack(bytes, { key: "dev", date: "2026-01-01T00:00:00Z" });
      return archive.length > 0;
    },
    warmUpCache: async (bytes) => (await warmUpCache(bytes, { cacheDir: CACHE })).components.length > 0,
    runPack: async (bytes) =>
      (await runPack(bytes, { ...run, artifactsDir: `${temp.path}/run` })).status === "success",
    replayRun: async (bytes) =>
      (await replayRun(`${temp.path}/recorded`, { ...replay, pack: bytes })).difference === null,
  };
  for (const [name, call] of Object.entries(table)) {
    await t.step(name, async () => {
      const bytes = new Uint8Array(pack);
      const called = call(bytes);
      bytes.fill(0);
      assertEquals(await called, true);
    });
  }
});

Deno.test("startResume() tells options that are none through its result", async () => {
  const none = null as unknown as Record<string, never>;
  const { code } = await assertRejects(() => startResume("absent", none).result, RunnerError);
  assertEquals(code, "option.invalid");
});

Deno.test("replayRun() tells options that are none", async () => {
  const none = null as unknown as Record<string, never>;
  const { code } = await assertRejects(() => replayRun("absent", none), RunnerError);
  assertEquals(code, "option.invalid");
});
