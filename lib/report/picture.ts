/** A graph as a picture: texts of the length that there is room for, and everything in its place. Pure. */

import { NODE, type Picture } from "./document.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph.ts";
import { layout } from "./layout.ts";
import type { Span } from "./spans.ts";
import { visible } from "./text.ts";

/** Size of an end, in pixels. */
const END = { width: 24, height: 24 };
/** What a character of a label takes, and its ends. */
const CHARACTER = 6.4, PADDING = 14;
/** Longest texts that fit, in characters. */
const MAX_LABEL = 24;

/** Draws a graph. */
export function pictureOf(graph: Graph, numbers: ReadonlyMap<Span, number>): Picture {
  // Where the flow starts, the picture starts.
  const nodes = graph.nodes.toSorted((a, b) => Number(b.start) - Number(a.start));
  const labels = graph.edges.map(edgeLabel);
  const places = layout({
    nodes: nodes.map(({ key, kind }) => ({ key, ...(kind === "end" ? END : NODE) })),
    edges: graph.edges.map(({ from, to }, i) => {
      const { length } = labels[i]!;
      return { from, to, labelWidth: length === 0 ? 0 : length * CHARACTER + PADDING };
    }),
  });
  const { flow, recorded, left } = graph;
  return {
    ...{ flow, recorded, left, width: places.width, height: places.height },
    nodes: nodes.map((node, i) => ({ ...shownNode(node, numbers), ...places.nodes[i]! })),
    edges: graph.edges.map(({ from, to, kind, taken }, i) => ({
      ...{ from, to, kind, taken, label: labels[i]! },
      ...places.edges[i]!,
    })),
  };
}

function shownNode(
  { key, id, label, kind, start, visits, status, span }: GraphNode,
  numbers: ReadonlyMap<Span, number>,
) {
  const item = span === null ? -1 : numbers.get(span) ?? -1;
  return { key, id, label, kind, start, visits, status, item };
}

/** What leads along an edge, and how often it was taken when that was more than once. */
function edgeLabel({ label, taken }: GraphEdge): string {
  // As it will be written: only then its length is known.
  const written = visible(label);
  const shown = written.length > MAX_LABEL ? `${written.slice(0, MAX_LABEL - 1)}…` : written;
  return [shown, taken > 1 ? `×${taken}` : ""].filter((part) => part !== "").join(" ");
}
