/** Graphs as pictures: what is written on them has the length that there is room for. */

import { assert, assertEquals } from "@std/assert";
import type { Graph } from "../../lib/report/graph.ts";
import { pictureOf } from "../../lib/report/picture.ts";

/** A flow of two nodes with one route. */
function graph(label: string, taken: number): Graph {
  const node = { label: "echo", kind: "node", visits: 1, status: "ok", span: null } as const;
  return {
    ...{ flow: "main", recorded: true, left: 0 },
    nodes: [
      { ...node, key: "n b", id: "b", start: false },
      { ...node, key: "n a", id: "a", start: true },
    ],
    edges: [{ from: "n a", to: "n b", label, kind: "route", taken }],
  };
}

Deno.test("pictureOf() begins where the flow begins", () => {
  const [first, second] = pictureOf(graph("", 1), new Map()).nodes;
  assertEquals([first!.id, second!.id], ["a", "b"]);
  assert(first!.x < second!.x);
});

Deno.test("pictureOf() writes what leads along an edge, cut as it is written, and how often it was taken", async (t) => {
  const table: [label: string, taken: number, shown: string][] = [
    ["", 1, ""],
    ["", 3, "×3"],
    ["ok", 2, "ok ×2"],
    ["a".repeat(30), 1, `${"a".repeat(23)}…`],
    // What would turn the direction of text takes six characters.
    ["\u202e".repeat(5), 1, "\\u202e\\u202e\\u202e\\u202…"],
  ];
  for (const [label, taken, shown] of table) {
    await t.step(shown, () => {
      assertEquals(pictureOf(graph(label, taken), new Map()).edges.map((edge) => edge.label), [shown]);
    });
  }
});
