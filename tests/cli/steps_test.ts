/** What is told of long work, on a terminal and elsewhere. */

import { assertEquals } from "@std/assert";
import type { Progress } from "../../lib/base/progress.ts";
import { type Level, levelOf, stepTeller } from "../../lib/cli/steps.ts";
import type { Terminal } from "../../lib/cli/terminal.ts";
import { rememberingIo, terminal } from "./_terminals.ts";

/** What is told of some progress: lines, and texts of steps. */
function told(
  all: readonly Progress[],
  { level = "normal", on }: { level?: Level; on?: Terminal } = {},
): { lines: string[]; steps: (string | null)[] } {
  const io = rememberingIo(on);
  const tell = stepTeller(io, level);
  for (const progress of all) tell(progress);
  const lines = io.lines.map((line) => line.replace(/\d+ ms$/, "N ms"));
  return { lines, steps: io.steps.map((step) => step?.text ?? null) };
}

function preparing(bytes: number): Progress {
  return { type: "preparing", id: "greet", bytes, number: 1, of: 2 };
}

const PREPARED: Progress = {
  type: "prepared",
  id: "greet",
  digest: "sha256:ab",
  cacheHit: false,
  prepareMs: 7,
};
const CACHED: Progress = { ...PREPARED, id: "echo", cacheHit: true };

Deno.test("levelOf() is what the command line asks for", () => {
  assertEquals(levelOf({ quiet: false, verbose: false }), "normal");
  assertEquals(levelOf({ quiet: true, verbose: false }), "quiet");
  assertEquals(levelOf({ quiet: false, verbose: true }), "verbose");
});

Deno.test("stepTeller() tells components that are prepared", async (t) => {
  const small = [preparing(7000), PREPARED], large = [preparing(9_100_000), PREPARED];
  const step = ["preparing greet (1 of 2)", null];
  await t.step("on a terminal as the step that goes on", () => {
    assertEquals(told(small, { on: terminal(80) }), { lines: [], steps: step });
    assertEquals(told(large, { on: terminal(80) }), { lines: [], steps: step });
  });
  await t.step("elsewhere where it takes long for sure", () => {
    assertEquals(told(small).lines, []);
    assertEquals(told(large).lines, ["preparing greet (1 of 2), 9.1 MB"]);
    assertEquals(told(large, { on: terminal(80, { live: false }) }).lines, [
      "preparing greet (1 of 2), 9.1 MB",
    ]);
  });
  await t.step("to nobody who wants to hear nothing", () => {
    assertEquals(told(large, { level: "quiet", on: terminal(80) }), { lines: [], steps: [] });
  });
  await t.step("with everything to whoever wants to hear it", () => {
    const { lines } = told([...small, CACHED], { level: "verbose", on: terminal(80) });
    assertEquals(lines, [
      "preparing greet (1 of 2), 7.0 kB",
      "prepared  greet  sha256:ab  N ms",
      "cached    echo  sha256:ab  N ms",
    ]);
  });
});

Deno.test("stepTeller() tells how much of a pack was read", async (t) => {
  function reading(of: number): Progress[] {
    return [0, of / 2, of].map((bytes) => ({ type: "reading", pack: "a.gtpack", bytes, of }));
  }
  await t.step("on a terminal", () => {
    assertEquals(told(reading(300_000_000), { on: terminal(80) }), {
      lines: [],
      steps: ["reading 0.0 kB of 300.0 MB: a.gtpack", "reading 150.0 MB of 300.0 MB: a.gtpack", null],
    });
  });
  await t.step("elsewhere once, where it takes long for sure", () => {
    assertEquals(told(reading(300_000_000)).lines, ["reading   a.gtpack, 300.0 MB"]);
    assertEquals(told(reading(30_000_000)).lines, []);
  });
  await t.step("of an empty folder nothing", () => {
    const { lines, steps } = told([{ type: "reading", pack: "a/", bytes: 0, of: 0 }], { on: terminal(80) });
    assertEquals([lines, steps], [[], [null]]);
  });
  await t.step("whatever it is called", () => {
    const { steps } = told([{ type: "reading", pack: "\x1b[2J", bytes: 1, of: 2 }], { on: terminal(80) });
    assertEquals(steps, ["reading 0.0 kB of 0.0 kB: \\x1b[2J"]);
  });
});

Deno.test("stepTeller() tells the time of each stage to whoever wants to hear everything", () => {
  const stages = (["open", "verify", null] as const).map((stage): Progress => ({ type: "stage", stage }));
  assertEquals(told(stages).lines, []);
  assertEquals(told(stages, { level: "verbose" }).lines, ["stage     open  N ms", "stage     verify  N ms"]);
});
