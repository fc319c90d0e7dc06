/**
 * Places the nodes of a directed graph in layers and draws its edges around them: the usual steps of such layouts (turn
 * the edges that close circles, rank, order to cross little, straighten), each in its simplest form. Pure and
 * deterministic: one graph has one picture. The steps share the places that they move, which is why they share a file.
 */

/** What is laid out. Edges between nodes that there are not, and a second one between the same two, must not be. */
export interface LayoutInput {
  /** What stands somewhere, with its size in pixels. */
  readonly nodes: readonly { readonly key: string; readonly width: number; readonly height: number }[];
  /** What leads from one to another, with the room that its label needs; 0 for none. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly labelWidth: number }[];
}

/** Where everything stands, in pixels. */
export interface Layout {
  /** Of the whole. */
  readonly width: number;
  /** Of the whole. */
  readonly height: number;
  /** The middles of nodes, as they came. */
  readonly nodes: readonly { readonly x: number; readonly y: number }[];
  /** The lines of edges as they came, and where their labels stand. */
  readonly edges: readonly { readonly line: string; readonly x: number; readonly y: number }[];
}

/** Room around the whole, between nodes of one layer, beside lines, between layers, where a line turns back, for heads. */
const MARGIN = 18, NODE_GAP = 28, LINE_GAP = 16, LAYER_GAP = 20, TURN = 26, HEAD = 12, LOOP = 24;
const LABEL_HEIGHT = 18;
/** Widest picture that is drawn to the right; wider ones go down. */
const MAX_WIDTH = 1160;
const SWEEPS = 8;

/**
 * A node, a label, or a bend of a line in a layer that it passes. Nodes stand in even layers, labels in odd ones. Along:
 * the way that the flow goes; across: beside it.
 */
interface Cell {
  layer: number;
  along: number;
  across: number;
  /** Size in both directions; a bend is as long as its layer, so that lines turn between layers only. */
  length: number;
  readonly breadth: number;
  /** What must be left free on both sides. */
  readonly room: number;
  readonly isBend: boolean;
  readonly before: Cell[];
  readonly after: Cell[];
}

/** An edge with the cells that its line passes, from its source to its target. */
interface Path {
  readonly cells: readonly Cell[];
  /** The cell of its label, or null. */
  readonly label: Cell | null;
  readonly labelWidth: number;
}

/** Lays a graph out: to the right when it is narrow enough, else down. */
export function layout(input: LayoutInput): Layout {
  const right = place(input, "right");
  return right.width <= MAX_WIDTH ? right : place(input, "down");
}

type Direction = "right" | "down";

function place({ nodes, edges }: LayoutInput, direction: Direction): Layout {
  const down = direction === "down";
  // A line from a node to itself stands beside it, with its label.
  const loops = new Map(edges.flatMap(({ from, to, labelWidth }) => from === to ? [[from, labelWidth]] : []));
  const cells = nodes.map(({ key, width, height }): Cell => {
    const loop = loops.get(key);
    const room = loop === undefined ? 0 : LOOP + (loop === 0 ? 0 : down ? loop : LABEL_HEIGHT);
    return cell(
      0,
      down ? { length: height, breadth: width, room } : { length: width, breadth: height, room },
    );
  });
  const numbers = new Map(nodes.map(({ key }, i) => [key, i]));
  const ends = edges.map(({ from, to }): readonly [number, number] => [
    numbers.get(from)!,
    numbers.get(to)!,
  ]);
  const turned = turnedEdges(nodes.length, ends);
  rank(cells, ends, turned);
  const layers: Cell[][] = [];
  const last = cells.reduce((most, { layer }) => Math.max(most, layer), 0);
  for (let at = 0; at <= last; at++) layers.push([]);
  for (const each of cells) layers[each.layer]!.push(each);
  const paths = edges.map(({ labelWidth }, i): Path => {
    const [from, to] = ends[i]!;
    const size = down
      ? { length: LABEL_HEIGHT, breadth: labelWidth }
      : { length: labelWidth, breadth: LABEL_HEIGHT };
    return { ...bend(cells[from]!, cells[to]!, layers, labelWidth > 0 ? size : null), labelWidth };
  });
  order(layers);
  straighten(layers);
  spread(layers, paths);
  return drawn(cells, paths, down);
}

function cell(
  layer: number,
  { length, breadth, room = 0, isBend = false }: {
    length: number;
    breadth: number;
    room?: number;
    isBend?: boolean;
  },
): Cell {
  return { layer, along: 0, across: 0, length, breadth, room, isBend, before: [], after: [] };
}

/** The edges that lead back to a node on the way to their source: turned around, no circle is left. */
function turnedEdges(count: number, ends: readonly (readonly [number, number])[]): Set<number> {
  const out: number[][] = Array.from({ length: count }, () => []);
  ends.forEach(([from], i) => out[from]!.push(i));
  const turned = new Set<number>();
  const state = new Uint8Array(count);
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    const stack = [{ node: root, next: 0 }];
    state[root] = 1;
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const edge = out[top.node]![top.next++];
      if (edge === undefined) {
        state[top.node] = 2;
        stack.pop();
        continue;
      }
      const to = ends[edge]![1];
      if (state[to] === 1) turned.add(edge);
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push({ node: to, next: 0 });
      }
    }
  }
  return turned;
}

/** Gives every node its layer: one behind the last of those that lead to it. */
function rank(
  cells: readonly Cell[],
  ends: readonly (readonly [number, number])[],
  turned: ReadonlySet<number>,
): void {
  const forward = ends.filter(([from, to], i) => from !== to && !turned.has(i));
  const waits = new Uint32Array(cells.length);
  const out: number[][] = cells.map(() => []);
  for (const [from, to] of forward) {
    waits[to]!++;
    out[from]!.push(to);
  }
  const ready = cells.map((_, i) => i).filter((i) => waits[i] === 0);
  // A list that grows while it is walked is walked to its end.
  for (const node of ready) {
    for (const to of out[node]!) {
      cells[to]!.layer = Math.max(cells[to]!.layer, cells[node]!.layer + 2);
      if (--waits[to]! === 0) ready.push(to);
    }
  }
}

/**
 * The cells that a line passes: one in every layer between, of which one has its label. A line that goes back passes the
 * layers of its ends as well, beside them.
 */
function bend(
  from: Cell,
  to: Cell,
  layers: Cell[][],
  label: { length: number; breadth: number } | null,
): Pick<Path, "cells" | "label"> {
  if (from === to) return { cells: [from, to], label: null };
  const path = [from];
  let labelled: Cell | null = null;
  const step = to.layer <= from.layer ? -1 : 1;
  const [first, last] = step < 0 ? [from.layer, to.layer] : [from.layer + 1, to.layer - 1];
  for (let at = first; (last - at) * step >= 0; at += step) {
    const isLabel: boolean = label !== null && labelled === null && at % 2 === 1;
    const next = cell(at, { ...isLabel ? label! : { length: 0, breadth: 0 }, isBend: true });
    if (isLabel) labelled = next;
    layers[at]!.push(next);
    path.push(next);
  }
  path.push(to);
  for (let at = 1; at < path.length; at++) {
    const [a, b] = [path[at - 1]!, path[at]!];
    if (a.layer < b.layer) link(a, b);
    else if (a.layer > b.layer) link(b, a);
  }
  return { cells: path, label: labelled };
}

function link(a: Cell, b: Cell): void {
  a.after.push(b);
  b.before.push(a);
}

/** Orders each layer by the middle of what its cells are linked to, forth and back; keeps the best order found. */
function order(layers: Cell[][]): void {
  number(layers);
  let best = layers.map((layer) => [...layer]), fewest = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const forth = sweep % 2 === 0;
    const turns = forth ? layers : layers.toReversed();
    for (const layer of turns) {
      const middles = new Map(layer.map((each) => {
        const linked = forth ? each.before : each.after;
        const sum = linked.reduce((total, { across }) => total + across, 0);
        return [each, linked.length === 0 ? each.across : sum / linked.length];
      }));
      layer.sort((a, b) => middles.get(a)! - middles.get(b)! || a.across - b.across);
      layer.forEach((each, i) => each.across = i);
    }
    const now = crossings(layers);
    if (now >= fewest) continue;
    fewest = now;
    best = layers.map((layer) => [...layer]);
  }
  best.forEach((layer, i) => layers[i] = layer);
  number(layers);
}

function number(layers: readonly Cell[][]): void {
  for (const layer of layers) layer.forEach((each, i) => each.across = i);
}

/** How many pairs of links cross. Large layers are not counted out: their order is taken as it comes. */
function crossings(layers: readonly Cell[][]): number {
  let count = 0;
  for (const layer of layers) {
    const links = layer.flatMap((a) => a.after.map((b) => [a.across, b.across] as const));
    if (links.length > 400) continue;
    for (let i = 0; i < links.length; i++) {
      for (let j = i + 1; j < links.length; j++) {
        const [a, b] = [links[i]!, links[j]!];
        if ((a[0] - b[0]) * (a[1] - b[1]) < 0) count++;
      }
    }
  }
  return count;
}

/** Moves cells beside what they are linked to, without changing their order or bringing them too near. */
function straighten(layers: readonly Cell[][]): void {
  for (const layer of layers) pack(layer, layer.map(() => 0));
  for (let pass = 0; pass < 12; pass++) {
    const forth = pass % 2 === 0;
    for (const layer of forth ? layers : layers.toReversed()) {
      const wanted = layer.map((each) => {
        const linked = forth ? each.before : each.after;
        return linked.length === 0 ? each.across : median(linked.map(({ across }) => across));
      });
      pack(layer, wanted);
    }
  }
  // A line between two others of its own shall not wind: each of its bends goes where its neighbours are, if there is room.
  for (const layer of layers) {
    layer.forEach((each, i) => {
      const [before] = each.before;
      if (!each.isBend || before?.isBend !== true) return;
      const low = i === 0 ? -Infinity : layer[i - 1]!.across + distance(layer[i - 1]!, each);
      const high = i === layer.length - 1 ? Infinity : layer[i + 1]!.across - distance(each, layer[i + 1]!);
      each.across = Math.max(low, Math.min(high, before.across));
    });
  }
}

/** Gives cells the places that they want as far as there is room: crowded ones share the middle of their wishes. */
function pack(layer: readonly Cell[], wanted: readonly number[]): void {
  interface Block {
    first: number;
    last: number;
    /** Where its first cell would stand. */
    at: number;
    sum: number;
    weight: number;
  }
  const offsets: number[] = [];
  layer.forEach((each, i) => offsets.push(i === 0 ? 0 : offsets[i - 1]! + distance(layer[i - 1]!, each)));
  const blocks: Block[] = [];
  for (let i = 0; i < layer.length; i++) {
    const wish = wanted[i]! - offsets[i]!;
    // Long lines shall be straight before all else.
    const own = layer[i]!.isBend ? 4 : 1;
    let block: Block = { first: i, last: i, at: wish, sum: wish * own, weight: own };
    for (let before = blocks.at(-1); before !== undefined && before.at > block.at; before = blocks.at(-1)) {
      blocks.pop();
      const sum = before.sum + block.sum, weight = before.weight + block.weight;
      block = { first: before.first, last: block.last, at: sum / weight, sum, weight };
    }
    blocks.push(block);
  }
  for (const { first, last, at } of blocks) {
    for (let i = first; i <= last; i++) layer[i]!.across = at + offsets[i]!;
  }
}

function distance(a: Cell, b: Cell): number {
  return (a.breadth + b.breadth) / 2 + Math.max(a.room, b.room) +
    (a.isBend || b.isBend ? LINE_GAP : NODE_GAP);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Places the layers one behind the other. */
function spread(layers: readonly Cell[][], paths: readonly Path[]): void {
  const turns = paths.filter(({ cells: [a, b] }) => a !== b && a!.layer === b!.layer);
  // Where a line turns back there must be room for it, also in front of the first layer.
  let along = MARGIN + (turns.some(({ cells }) => cells.at(-1)!.layer === 0) ? TURN : 0);
  for (const layer of layers) {
    const length = layer.reduce((most, each) => Math.max(most, each.length), 0);
    for (const each of layer) {
      each.along = along + length / 2;
      if (each.isBend) each.length = length;
    }
    along += length + LAYER_GAP;
  }
  const all = layers.flat();
  const lowest = all.reduce((least, { across, breadth }) => Math.min(least, across - breadth / 2), Infinity);
  for (const each of all) each.across += MARGIN - lowest;
}

function drawn(cells: readonly Cell[], paths: readonly Path[], down: boolean): Layout {
  const point = ([along, across]: Point) => down ? { x: across, y: along } : { x: along, y: across };
  const lines = paths.map(({ cells: [from, to] }, i) =>
    from === to ? loopOf(from!, down ? paths[i]!.labelWidth : LABEL_HEIGHT) : lineOf(paths[i]!)
  );
  const edges = lines.map(({ points, label }) => {
    const line = points.map((each, i) => {
      const { x, y } = point(each);
      return `${i === 0 ? "M" : i % 3 === 1 ? "C" : ""}${round(x)} ${round(y)}`;
    }).join(" ");
    const { x, y } = point(label);
    return { line, x: round(x), y: round(y) };
  });
  const ends: Point[] = [
    ...cells.map((each): Point => [each.along + each.length / 2, each.across + each.breadth / 2]),
    ...lines.flatMap(({ points }) => points),
    ...lines.map(({ label: [along, across] }, i): Point => {
      const half = paths[i]!.labelWidth / 2;
      return down ? [along + LABEL_HEIGHT / 2, across + half] : [along + half, across + LABEL_HEIGHT / 2];
    }),
  ];
  const size = point([
    ends.reduce((most, [along]) => Math.max(most, along), 0) + MARGIN,
    ends.reduce((most, [, across]) => Math.max(most, across), 0) + MARGIN,
  ]);
  return {
    width: Math.ceil(size.x),
    height: Math.ceil(size.y),
    nodes: cells.map(({ along, across }) => {
      const { x, y } = point([along, across]);
      return { x: round(x), y: round(y) };
    }),
    edges,
  };
}

type Point = readonly [along: number, across: number];

/** A line through the cells of an edge: straight beside what stands in a layer, Bézier curves between layers. */
function lineOf({ cells, label }: Path): { points: Point[]; label: Point } {
  const [from, to] = [cells[0]!, cells.at(-1)!];
  // A line that goes back passes each layer from its end to its beginning.
  const way = cells[1]!.layer === from.layer ? -1 : 1;
  const points: Point[] = [[from.along + from.length / 2, from.across]];
  function curve([along, across]: Point, turn: number): void {
    const [a, b] = points.at(-1)!;
    const [near, far] = turn === 0 ? [(a + along) / 2, (a + along) / 2] : [a + turn, along + turn];
    points.push([near, b], [far, across], [along, across]);
  }
  for (const each of cells.slice(1, -1)) {
    const half = each.length / 2 * way;
    curve([each.along - half, each.across], points.length === 1 && way < 0 ? TURN : 0);
    if (half !== 0) curve([each.along + half, each.across], 0);
  }
  const end = to.along - to.length / 2;
  // One that turned back goes straight on for the length of its head, which otherwise would stand beside it.
  if (way < 0) curve([end - HEAD, to.across], -TURN);
  curve([end, to.across], 0);
  const at = label ?? cells[1]!;
  return { points, label: [at.along, at.across] };
}

/** A line from a node to itself, beside it, and behind that its label. */
function loopOf(node: Cell, labelBreadth: number): { points: Point[]; label: Point } {
  const [along, across] = [node.along, node.across + node.breadth / 2];
  const half = Math.min(20, node.length / 2 - 4);
  return {
    points: [
      [along + half, across],
      [along + half * 1.4, across + LOOP],
      [along - half * 1.4, across + LOOP],
      [along - half, across],
    ],
    label: [along, across + LOOP * 0.8 + labelBreadth / 2],
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
