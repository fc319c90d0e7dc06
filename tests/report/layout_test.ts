/** Where nodes and lines of a graph stand. */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { layout, type LayoutInput } from "../../lib/report/layout.ts";

/** A graph from the names of its edges' ends. */
function graph(...edges: readonly (readonly [string, string, label?: number])[]): LayoutInput {
  const keys = [...new Set(edges.flatMap(([from, to]) => [from, to]))];
  return {
    nodes: keys.map((key) => ({ key, width: 100, height: 40 })),
    edges: edges.map(([from, to, labelWidth = 0]) => ({ from, to, labelWidth })),
  };
}

Deno.test("layout() stands a chain in a row, one behind the other", () => {
  const { nodes, width, height } = layout(graph(["a", "b"], ["b", "c"]));
  assertEquals(new Set(nodes.map(({ y }) => y)).size, 1);
  const [a, b, c] = nodes.map(({ x }) => x);
  assert(a! + 100 < b! && b! + 100 < c! && c! + 50 < width, "from left to right, apart");
  assert(height < 100);
});

Deno.test("layout() goes down where a row would be too wide", () => {
  const edges = Array.from({ length: 12 }, (_, i) => [`n${i}`, `n${i + 1}`] as const);
  const { nodes, width } = layout(graph(...edges));
  assert(width < 200);
  assert(nodes.every(({ y }, i) => i === 0 || y > nodes[i - 1]!.y + 40));
});

Deno.test("layout() draws circles, also of one node", () => {
  const { nodes, edges } = layout(graph(["a", "b"], ["b", "a"], ["b", "b"]));
  const [a, b] = nodes;
  assert(a!.x < b!.x, "the way back does not turn the order around");
  const [, back, loop] = edges;
  assert(back!.line.startsWith(`M${b!.x + 50} `), "the way back leaves its node where others do");
  assert(back!.line.endsWith(`${a!.x - 50} ${a!.y}`), "and arrives where others do");
  assert(loop!.y > b!.y);
});

Deno.test("layout() is the same each time", () => {
  const input = graph(["a", "b", 60], ["a", "c"], ["b", "d"], ["c", "d", 40], ["d", "a"], ["a", "d"]);
  assertEquals(layout(input), layout(structuredClone(input)));
});

Deno.test("layout() of nothing is small", () => {
  const { width, height, nodes, edges } = layout({ nodes: [], edges: [] });
  assertEquals([width < 100, height < 100, nodes, edges], [true, true, [], []]);
});

Deno.test("layout() keeps nodes and labels apart and within the picture, whatever the graph", () => {
  const anyGraph = fc.integer({ min: 1, max: 9 }).chain((count) =>
    fc.uniqueArray(
      fc.tuple(fc.nat(count - 1), fc.nat(count - 1), fc.constantFrom(0, 70)),
      { maxLength: 20, selector: ([from, to]) => `${from} ${to}` },
    ).map((edges) => ({
      nodes: Array.from({ length: count }, (_, i) => ({ key: `${i}`, width: 100, height: 40 })),
      edges: edges.map(([from, to, labelWidth]) => ({ from: `${from}`, to: `${to}`, labelWidth })),
    }))
  );
  fc.assert(fc.property(anyGraph, (input) => {
    const { nodes, edges, width, height } = layout(input);
    const boxes = [
      ...nodes.map(({ x, y }) => ({ x, y, width: 100, height: 40 })),
      ...edges.map(({ x, y }, i) => ({ x, y, width: input.edges[i]!.labelWidth, height: 14 })).filter((
        { width },
      ) => width > 0),
    ];
    for (const [i, a] of boxes.entries()) {
      assert(a.x - a.width / 2 >= 0 && a.x + a.width / 2 <= width, "within, from side to side");
      assert(a.y - a.height / 2 >= 0 && a.y + a.height / 2 <= height, "within, from top to bottom");
      for (const b of boxes.slice(i + 1)) {
        const isApart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 - 0.5 ||
          Math.abs(a.y - b.y) >= (a.height + b.height) / 2 - 0.5;
        assert(isApart, "apart");
      }
    }
  }));
});

Deno.test("layout() takes as many nodes and edges as a report draws", () => {
  const edges = Array.from({ length: 600 }, (_, i) => [`n${i % 300}`, `n${(i * 7 + 1) % 300}`] as const);
  const unique = [...new Map(edges.map((edge) => [edge.join(" "), edge])).values()];
  const { nodes, edges: lines } = layout(graph(...unique));
  assertEquals([nodes.length, lines.length], [300, unique.length]);
});
