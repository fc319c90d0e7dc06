/** What two runs took, side by side. */

import { assertEquals } from "@std/assert";
import { nodeCosts } from "../../lib/record/run_costs.ts";
import { visitsOf } from "../../lib/record/visits.ts";
import { Script } from "../report/_lines.ts";

/** The visits of a run of one node, whose end tells what it took. */
function visits(durationMs: number | null) {
  const script = new Script();
  const place = script.start("a");
  script.line({ phase: "end", status: "ok", place, component: "echo" }, durationMs);
  return visitsOf(script.lines);
}

Deno.test("nodeCosts() tells how B compares with A, where both are known and A took something", async (t) => {
  const table: [name: string, a: number | null, b: number | null, ratio: number | null][] = [
    ["more", 4, 6, 1.5],
    ["to three places", 3, 1, 0.333],
    ["nothing at last", 4, 0, 0],
    ["nothing at first", 0, 4, null],
    ["unknown", null, 4, null],
  ];
  for (const [name, a, b, ratio] of table) {
    await t.step(name, () => {
      assertEquals(nodeCosts(visits(a), visits(b)).map(({ place, durationMs }) => [place, durationMs]), [
        ["main/a", { a, b, ratio }],
      ]);
    });
  }
});
