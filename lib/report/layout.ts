/**
 * Places the nodes of a directed graph in layers and draws its edges around them: the usual steps of such layouts (turn
 * the edges that close circles, rank, order to cross little, straighten), each in its simplest form. Pure and
 * deterministic: one graph has one picture.
 */

/** What is laid out. Edges between nodes that there are not, and a second one between the same two, must not be. */
export interface LayoutInput {
  readonly nodes: readonly { readonly key: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly labelWidth: number }[];
}

/** Where everything stands, in pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The middles of nodes, as they came. */
  readonly nodes: readonly { readonly x: number; readonly y: number }[];
  /** The lines of edges as they came, and where their labels stand. */
  readonly edges: readonly { readonly line: string; readonly x: number; readonly y: number }[];
}

/** Room around the whole, between nodes of one layer, beside lines, and between layers at least. */
const MARGIN = 16, NODE_GAP = 28, LINE_GAP = 18, LAYER_GAP = 44;
const LABEL_HEIGHT = 18;
/** Widest picture that is drawn to the right; wider ones go down. */
const MAX_WIDTH = 1160;
const SWEEPS = 8;

/** A node, or a bend of a line in a layer that it passes. Along: the way that the flow goes; across: beside it. */
interface Cell {
  layer: number;
  along: number;
  across: number;
  /** Size in both directions. */
  readonly length: number;
  readonly breadth: number;
  readonly isBend: boolean;
  readonly before: Cell[];
  readonly after: Cell[];
}

/** An edge with the cells that its line passes, from its source to its target. */
interface Path {
  readonly cells: readonly Cell[];
  readonly labelWidth: number;
  readonly isLoop: boolean;
}

/** Lays a graph out: to the right when it is narrow enough, else down. */
export function layout(input: LayoutInput): Layout {
  const right = place(input, "right");
  return right.width <= MAX_WIDTH ? right : place(input, "down");
}

type Direction = "right" | "down";

function place({ nodes, edges }: LayoutInput, direction: Direction): Layout {
  const down = direction === "down";
  const cells = nodes.map(({ width, height }): Cell =>
    cell(0, down ? { length: height, breadth: width } : { length: width, breadth: height })
  );
  const numbers = new Map(nodes.map(({ key }, i) => [key, i]));
  const ends = edges.map(({ from, to }): readonly [number, number] => [
    numbers.get(from)!,
    numbers.get(to)!,
  ]);
  const turned = turnedEdges(nodes.length, ends);
  rank(cells, ends, turned);
  const layers: Cell[][] = [];
  for (const each of cells) (layers[each.layer] ??= []).push(each);
  const paths = edges.map(({ labelWidth }, i): Path => {
    const [from, to] = ends[i]!;
    return { cells: bend(cells[from]!, cells[to]!, layers), labelWidth, isLoop: from === to };
  });
  for (let at = 0; at < layers.length; at++) layers[at] ??= [];
  order(layers);
  straighten(layers);
  spread(layers, paths, down);
  return drawn(cells, paths, down);
}

function cell(
  layer: number,
  { length, breadth, isBend = false }: { length: number; breadth: number; isBend?: boolean },
): Cell {
  return { layer, along: 0, across: 0, length, breadth, isBend, before: [], after: [] };
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
      cells[to]!.layer = Math.max(cells[to]!.layer, cells[node]!.layer + 1);
      if (--waits[to]! === 0) ready.push(to);
    }
  }
}

/** The cells that a line passes: a bend in every layer between; one that goes back passes those of its ends as well. */
function bend(from: Cell, to: Cell, layers: Cell[][]): Cell[] {
  if (from === to) return [from, to];
  const path = [from];
  const back = to.layer <= from.layer;
  const step = back ? -1 : 1;
  const [first, last] = back ? [from.layer, to.layer] : [from.layer + 1, to.layer - 1];
  for (let at = first; back ? at >= last : at <= last; at += step) {
    const next = cell(at, { length: 0, breadth: 0, isBend: true });
    layers[at]!.push(next);
    path.push(next);
  }
  path.push(to);
  for (let at = 1; at < path.length; at++) {
    const [a, b] = [path[at - 1]!, path[at]!];
    if (a.layer < b.layer) link(a, b);
    else if (a.layer > b.layer) link(b, a);
  }
  return path;
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
}

/** Gives cells the places that they want as far as there is room: crowded ones share the middle of their wishes. */
function pack(layer: readonly Cell[], wanted: readonly number[]): void {
  interface Block {
    first: number;
    last: number;
    /** Where its first cell would stand. */
    at: number;
    sum: number;
  }
  const offsets: number[] = [];
  layer.forEach((each, i) => offsets.push(i === 0 ? 0 : offsets[i - 1]! + distance(layer[i - 1]!, each)));
  const blocks: Block[] = [];
  for (let i = 0; i < layer.length; i++) {
    const wish = wanted[i]! - offsets[i]!;
    let block: Block = { first: i, last: i, at: wish, sum: wish };
    for (let before = blocks.at(-1); before !== undefined && before.at > block.at; before = blocks.at(-1)) {
      blocks.pop();
      const sum = before.sum + block.sum;
      block = { first: before.first, last: block.last, at: sum / (block.last - before.first + 1), sum };
    }
    blocks.push(block);
  }
  for (const { first, last, at } of blocks) {
    for (let i = first; i <= last; i++) layer[i]!.across = at + offsets[i]!;
  }
}

function distance(a: Cell, b: Cell): number {
  return (a.breadth + b.breadth) / 2 + (a.isBend || b.isBend ? LINE_GAP : NODE_GAP);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Places the layers one behind the other, with room for the labels of the lines between them. */
function spread(layers: readonly Cell[][], paths: readonly Path[], down: boolean): void {
  const gaps = layers.map(() => LAYER_GAP);
  for (const path of paths) {
    const at = labelLayer(path);
    const needs = down ? LABEL_HEIGHT + 26 : path.labelWidth + 30;
    if (path.labelWidth > 0 && gaps[at] !== undefined) gaps[at] = Math.max(gaps[at], needs);
  }
  let along = MARGIN;
  layers.forEach((layer, i) => {
    const length = layer.reduce((most, each) => Math.max(most, each.length), 0);
    for (const each of layer) each.along = along + length / 2;
    along += length + gaps[i]!;
  });
  const all = layers.flat();
  const lowest = all.reduce((least, { across, breadth }) => Math.min(least, across - breadth / 2), Infinity);
  for (const each of all) each.across += MARGIN - lowest;
}

/** The layer behind which the label of a line stands. */
function labelLayer({ cells: [a, b] }: Path): number {
  return Math.min(a!.layer, b!.layer);
}

function drawn(cells: readonly Cell[], paths: readonly Path[], down: boolean): Layout {
  const point = (along: number, across: number) => down ? { x: across, y: along } : { x: along, y: across };
  const edges = paths.map((path) => {
    const { points, label } = path.isLoop ? loopOf(path.cells[0]!) : lineOf(path);
    const line = points.map(([along, across], i) => {
      const { x, y } = point(along, across);
      return `${i === 0 ? "M" : i % 3 === 1 ? "C" : ""}${round(x)} ${round(y)}`;
    }).join(" ");
    const { x, y } = point(...label);
    return { line, x: round(x), y: round(y), points };
  });
  const all = [
    ...cells.map((each) => [each.along + each.length / 2, each.across + each.breadth / 2] as const),
    ...edges.flatMap(({ points }) => points),
    ...edges.map(({ x, y }, i) => {
      const half = paths[i]!.labelWidth / 2;
      return down ? [y + LABEL_HEIGHT / 2, x + half] as const : [x + half, y + LABEL_HEIGHT / 2] as const;
    }),
  ];
  const along = all.reduce((most, [at]) => Math.max(most, at), 0) + MARGIN;
  const across = all.reduce((most, [, at]) => Math.max(most, at), 0) + MARGIN;
  return {
    width: Math.ceil(down ? across : along),
    height: Math.ceil(down ? along : across),
    nodes: cells.map((each) => {
      const { x, y } = point(each.along, each.across);
      return { x: round(x), y: round(y) };
    }),
    edges: edges.map(({ line, x, y }) => ({ line, x, y })),
  };
}

type Point = readonly [along: number, across: number];

/** A line through the cells of an edge as Bézier curves, each from one layer to the next. */
function lineOf({ cells }: Path): { points: Point[]; label: Point } {
  const [from, to] = [cells[0]!, cells.at(-1)!];
  const points: Point[] = [[from.along + from.length / 2, from.across]];
  const back = to.layer <= from.layer;
  for (let i = 1; i < cells.length; i++) {
    const [a, b] = [cells[i - 1]!, cells[i]!];
    const [along, across] = points.at(-1)!;
    const end: Point = b === to ? [to.along - to.length / 2, to.across] : [b.along, b.across];
    // A line that goes back turns beside its source and beside its target.
    if (back && (a === from || b === to)) {
      const reach = 30 * (a === from ? 1 : -1);
      points.push([along + (a === from ? reach : 0), across], [end[0] + reach, end[1]], end);
      if (b === to) points[points.length - 3] = [along + reach, across];
      continue;
    }
    const middle = (along + end[0]) / 2;
    points.push([middle, across], [middle, end[1]], end);
  }
  const [a, b] = [cells[0]!, cells[1]!];
  const label: Point = back
    ? [(cells[1]!.along + cells.at(-2)!.along) / 2, cells[1]!.across]
    : [(a.along + a.length / 2 + b.along - b.length / 2) / 2, b.across * 0.6 + a.across * 0.4];
  return { points, label };
}

/** A line from a node to itself, beside it. */
function loopOf(node: Cell): { points: Point[]; label: Point } {
  const [along, across] = [node.along, node.across + node.breadth / 2];
  const reach = 34;
  return {
    points: [[along + 22, across], [along + 40, across + reach], [along - 40, across + reach], [
      along - 22,
      across,
    ]],
    label: [along, across + reach * 0.75 + LABEL_HEIGHT / 2],
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
