/**
 * The graphs of the flows of a run with the way that it took: from the routes that it recorded, or where there are none
 * from what was visited. Pure; says nothing about where on a page they stand.
 */

import type { RecordedFlow, RecordedNode } from "../record/flows_json.ts";
import type { Status } from "./document.ts";
import type { Span, Walk } from "./spans.ts";

/** A node of a graph. */
export interface GraphNode {
  /** Tells it apart from the others; for nodes of the flow their id behind `n `. */
  readonly key: string;
  /** Its id, or what an end or a jump is called. */
  readonly id: string;
  /** The component that it calls, and its operation. */
  readonly label: string;
  /** A node of the flow, its end, or a node of another that it jumps to. */
  readonly kind: "node" | "end" | "jump";
  /** Whether the flow starts here. */
  readonly start: boolean;
  /** How often the run came here. */
  readonly visits: number;
  /** How the last visit ended; null when there was none. */
  readonly status: Status | null;
  /** The last visit that failed, else the last. */
  readonly span: Span | null;
}

/** All routes from one node to another. */
export interface GraphEdge {
  /** The key of the node that it leaves. */
  readonly from: string;
  /** The key of the node that it leads to. */
  readonly to: string;
  /** What leads along it: guards of routes. */
  readonly label: string;
  /** Whether it takes what went well, failures, or jumps. */
  readonly kind: "route" | "failure" | "jump";
  /** How often the run took it. */
  readonly taken: number;
}

/** A flow as a graph. */
export interface Graph {
  /** The id of the flow. */
  readonly flow: string;
  /** Whether its routes were recorded. */
  readonly recorded: boolean;
  /** Nodes that are left out because the flow is too large to be looked at. */
  readonly left: number;
  /** Its nodes. */
  readonly nodes: readonly GraphNode[];
  /** Its edges. */
  readonly edges: readonly GraphEdge[];
}

/** The most nodes and edges of a flow that are drawn. */
const MAX_NODES = 300, MAX_EDGES = 600;
/** The most guards that an edge names. */
const MAX_GUARDS = 3;
const END = "end";

/** The graphs of a run: of the flows that it walked, in that order, then of those that it could have reached. */
export function graphsOf(
  walks: readonly Walk[],
  { flows, endedWell }: { flows: readonly RecordedFlow[] | null; endedWell: boolean },
): Graph[] {
  const recorded = new Map((flows ?? []).map((flow) => [flow.id, flow]));
  const ids = new Set([...walks.map(({ flowId }) => flowId), ...recorded.keys()]);
  const byFlow = Map.groupBy(walks, ({ flowId }) => flowId);
  const last = walks.findLast(({ caller }) => caller === null);
  const isEnded = (walk: Walk): boolean =>
    walk.jump === null && (walk.caller === null ? endedWell && walk === last : walk.caller.status === "ok");
  const startOf = (id: string): string | undefined => recorded.get(id)?.start;
  return Array.from(
    ids,
    (id) => graphOf(id, { flow: recorded.get(id), walks: byFlow.get(id) ?? [], isEnded, startOf }),
  );
}

/** What a graph is made of. */
interface Parts {
  readonly flow: RecordedFlow | undefined;
  readonly walks: readonly Walk[];
  readonly isEnded: (walk: Walk) => boolean;
  readonly startOf: (flow: string) => string | undefined;
}

function graphOf(id: string, { flow, walks, isEnded, startOf }: Parts): Graph {
  const taken = new Map<string, number>();
  const visits = Map.groupBy(walks.flatMap((walk) => walk.visits), ({ name }) => name);
  for (const walk of walks) countWay(walk, { ended: isEnded(walk), taken });
  const { nodes, left } = nodesToDraw(flow?.nodes ?? [], visits);
  const edges = new Map<string, GraphEdge & { guards: string[] }>();
  function add(from: string, to: string, guard: string, kind: GraphEdge["kind"]): void {
    const key = pair(from, to);
    const known = edges.get(key);
    if (known !== undefined && !known.guards.includes(guard)) known.guards.push(guard);
    edges.set(key, known ?? { from, to, kind, label: "", taken: taken.get(key) ?? 0, guards: [guard] });
  }
  for (const node of nodes) {
    addRoutes(node, add);
    const jump = jumpTarget(node, id, startOf);
    if (jump !== undefined) add(nodeKey(node.id), jump, "jump", "jump");
  }
  // Also ways that no route tells of: jumps, flows without a record, routes that end a flow without saying so.
  for (const key of taken.keys()) {
    const [from = "", to = ""] = JSON.parse(key);
    if (!edges.has(key)) {
      add(from, to, to.startsWith("j ") ? "jump" : "", to.startsWith("j ") ? "jump" : "route");
    }
  }
  const drawn = new Set(nodes.map((node) => nodeKey(node.id)));
  const kept = [...edges.values()]
    .filter(({ from, to }) => drawn.has(from) && (!to.startsWith("n ") || drawn.has(to)))
    .sort((a, b) => edges.size > MAX_EDGES ? b.taken - a.taken : 0).slice(0, MAX_EDGES);
  const others = [...new Set(kept.map(({ to }) => to))].filter((key) => !key.startsWith("n "));
  const start = flow?.start ?? walks[0]?.visits[0]?.name ?? "";
  return {
    flow: id,
    recorded: flow !== undefined,
    left,
    nodes: [
      ...nodes.map((node) => drawnNode(node, { start, visits: visits.get(node.id) ?? [] })),
      ...others.map((key) => otherNode(key, kept)),
    ],
    edges: kept.map(({ guards, ...edge }) => ({ ...edge, label: labelOf(guards) })),
  };
}

/** Counts each step of a walk. */
function countWay(
  { visits, jump, flowId }: Walk,
  { ended, taken }: { ended: boolean; taken: Map<string, number> },
): void {
  const keys = visits.map(({ name }) => nodeKey(name));
  if (jump !== null) keys.push(jumpKey(jump.flow, jump.node, flowId));
  else if (ended && keys.length > 0) keys.push(END);
  for (let at = 1; at < keys.length; at++) {
    const key = pair(keys[at - 1]!, keys[at]!);
    taken.set(key, (taken.get(key) ?? 0) + 1);
  }
}

/** What is drawn of a flow: all of it, or of a large one what was visited first. */
function nodesToDraw(
  recorded: readonly RecordedNode[],
  visits: ReadonlyMap<string, readonly Span[]>,
): { nodes: RecordedNode[]; left: number } {
  const known = new Set(recorded.map(({ id }) => id));
  const unknown = Array.from(visits).filter(([id]) => !known.has(id)).map(([id, [first]]): RecordedNode => ({
    id,
    component: first?.what ?? "",
    target: first?.who || null,
    operation: first?.label || null,
    routes: [],
    calls: null,
  }));
  const all = [...recorded, ...unknown];
  if (all.length <= MAX_NODES) return { nodes: all, left: 0 };
  const [visited, rest] = [all.filter(({ id }) => visits.has(id)), all.filter(({ id }) => !visits.has(id))];
  return { nodes: [...visited, ...rest].slice(0, MAX_NODES), left: all.length - MAX_NODES };
}

function addRoutes(
  { id, routes }: RecordedNode,
  add: (from: string, to: string, guard: string, kind: GraphEdge["kind"]) => void,
): void {
  for (const { to, on, failure } of routes) {
    const guard = on.join(", ") || (routes.length === 1 ? "" : "else");
    add(nodeKey(id), to === null ? END : nodeKey(to), guard, failure ? "failure" : "route");
  }
}

/** Where a node jumps, unless only the run tells. */
function jumpTarget(
  { calls }: RecordedNode,
  own: string,
  startOf: (flow: string) => string | undefined,
): string | undefined {
  if (calls === null || calls.returns) return undefined;
  const flow = calls.flow ?? own;
  const node = calls.node ?? startOf(flow);
  const isOpen = [flow, node].some((name) => name === undefined || name.includes("{{"));
  return isOpen ? undefined : jumpKey(flow, node!, own);
}

function drawnNode(
  { id, component, target, operation }: RecordedNode,
  { start, visits }: { start: string; visits: readonly Span[] },
): GraphNode {
  const called = target ?? component;
  return {
    key: nodeKey(id),
    id,
    label: operation === null ? called : `${called} · ${operation}`,
    kind: "node",
    start: id === start,
    visits: visits.length,
    status: visits.at(-1)?.status ?? null,
    span: visits.findLast(({ status }) => status !== "ok") ?? visits.at(-1) ?? null,
  };
}

function otherNode(key: string, edges: readonly GraphEdge[]): GraphNode {
  const visits = edges.filter(({ to }) => to === key).reduce((sum, { taken }) => sum + taken, 0);
  const isEnd = key === END;
  return {
    key,
    id: isEnd ? "end" : key.slice(2),
    label: "",
    kind: isEnd ? "end" : "jump",
    start: false,
    visits,
    status: visits > 0 ? "ok" : null,
    span: null,
  };
}

function labelOf(guards: readonly string[]): string {
  const shown = guards.filter((guard) => guard !== "");
  const rest = shown.length - MAX_GUARDS;
  return [...shown.slice(0, MAX_GUARDS), ...(rest > 0 ? [`${rest} more`] : [])].join(" | ");
}

function nodeKey(id: string): string {
  return `n ${id}`;
}

/** Where a jump leads: a node of its own flow, or what stands for one of another. */
function jumpKey(flow: string, node: string, own: string): string {
  return flow === own ? nodeKey(node) : `j ${flow} / ${node}`;
}

function pair(from: string, to: string): string {
  return JSON.stringify([from, to]);
}
