/**
 * Kills the command while it fills its cache and runs, again and again at other moments: the next run must be right,
 * whatever was left. The moments are spread over the time that a run takes here.
 */

import { assert, assertEquals } from "@std/assert";
import { completeTranscript, exists, packPath, readRun, tempFolder } from "../_helpers.ts";
import { command, startCommand } from "../cli/_helpers.ts";

const KILLS = 100;
const DEMO = packPath("demo.gtpack");
const ARGS = ["run", DEMO, "--input", '{"name":"Ada"}', "--quiet"];
const HELLO = [{ text: "Hello, Ada!", visits: "You were here 1 time" }];

Deno.test("a process that is killed at any moment leaves nothing that makes the next run wrong", async () => {
  await using folder = await tempFolder();
  const cwd = folder.path;
  const begin = performance.now();
  await command(ARGS, { cwd });
  const cold = performance.now() - begin;
  await Deno.remove(`${cwd}/.greentic`, { recursive: true });

  let finished = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Every third process finds an empty cache; the others find what those before them left.
    if (kill % 3 === 0) await Deno.remove(`${cwd}/.greentic/cache`, { recursive: true }).catch(() => {});
    const child = startCommand(ARGS, { cwd });
    const moment = cold * ((kill * 37) % KILLS) / KILLS;
    const timer = setTimeout(() => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself, just now.
      }
    }, moment);
    const { code, signal } = await child.output();
    clearTimeout(timer);
    if (signal === null) {
      assertEquals(code, 0, `run ${kill} of ${moment} ms`);
      finished++;
    }
    if (kill % 10 !== 9) continue;
    const { code: next, stdout, stderr } = await command(ARGS, { cwd });
    assertEquals([next, JSON.parse(stdout || "null")], [0, HELLO], `after kill ${kill}: ${stderr}`);
    assert(!/warning|damaged|Cache cannot/.test(stderr), stderr);
  }
  assert(finished < KILLS, "some were killed");

  // What they left of themselves: records that are whole, or not there; and a cache without damage.
  for await (const { name } of Deno.readDir(`${cwd}/.greentic/runs`)) {
    const dir = `${cwd}/.greentic/runs/${name}`;
    if (!await exists(`${dir}/run.json`)) continue;
    assertEquals((await readRun(dir)).result.status, "success");
    await completeTranscript(dir);
  }
  const { code, stdout } = await command(["cache", "doctor", "--json"], { cwd });
  const states: string[] = JSON.parse(stdout).files.map(({ state }: { state: string }) => state);
  assertEquals(code, 0, stdout);
  assert(states.every((state) => ["whole", "note", "leftover"].includes(state)), states.join());
});
