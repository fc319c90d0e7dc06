/**
 * Decides what running a function costs, and which functions must pay for themselves at their entry: those that
 * can take part in a recursion, and those whose calls would add up to too much. Knows only the call graph.
 */

/** What metering knows of a function. */
export interface CallNode {
  /** Cost of the instructions outside of loops. */
  readonly cost: number;
  /** Functions of the same module called outside of loops, once for each call. */
  readonly calls: readonly number[];
  /** Functions of the same module called inside of loops. */
  readonly loopCalls: readonly number[];
  /** Whether it calls through a table or a reference. */
  readonly indirect: boolean;
}

/** What each function costs its callers, and which functions pay at their entry. */
export interface CallCosts {
  /** Cost of a call of each function: 0 for those that pay themselves. */
  readonly cost: Float64Array;
  /** Cost that each function of this map pays at its entry. */
  readonly atEntry: ReadonlyMap<number, number>;
}

/** A function that costs more than this pays at its entry, however it is called. */
export const MAX_UNPAID_COST = 64;

/**
 * Weighs all functions, callees before callers. A cycle of calls consists of direct calls, or passes through a
 * function that calls indirectly; so metering the members of direct cycles and all indirect callers misses no
 * recursion. What is left is acyclic, and there the cost of a function bounds the work behind it.
 */
export function weighCalls(nodes: readonly CallNode[]): CallCosts {
  const cost = new Float64Array(nodes.length);
  const atEntry = new Map<number, number>();
  for (const members of components(nodes)) {
    const recursive = members.length > 1 || isSelfCaller(members[0]!, nodes);
    // Members of a cycle cost their callers nothing, so that each counts the others as paid.
    for (const member of members) {
      const { calls, indirect, cost: own } = nodes[member]!;
      const total = calls.reduce((sum, callee) => sum + (cost[callee] ?? 0), own);
      if (recursive || indirect || total > MAX_UNPAID_COST) atEntry.set(member, total);
      else cost[member] = total;
    }
  }
  return { cost, atEntry };
}

function isSelfCaller(index: number, nodes: readonly CallNode[]): boolean {
  const { calls, loopCalls } = nodes[index]!;
  return calls.includes(index) || loopCalls.includes(index);
}

/** The strongly connected components, callees first: Tarjan's algorithm, without recursion of our own. */
function* components(nodes: readonly CallNode[]): Generator<readonly number[]> {
  const order = new Int32Array(nodes.length).fill(-1);
  const low = new Int32Array(nodes.length);
  const onStack = new Uint8Array(nodes.length);
  const stack: number[] = [];
  let next = 0;
  function enter(node: number): { node: number; edge: number; edges: readonly number[] } {
    order[node] = low[node] = next++;
    stack.push(node);
    onStack[node] = 1;
    const { calls, loopCalls } = nodes[node]!;
    return { node, edge: 0, edges: loopCalls.length === 0 ? calls : [...calls, ...loopCalls] };
  }
  for (let root = 0; root < nodes.length; root++) {
    if (order[root] !== -1) continue;
    const path = [enter(root)];
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const target = top.edges[top.edge++];
      if (target !== undefined) {
        if (target >= nodes.length) continue; // a call of nothing: the engine refuses the module
        if (order[target] === -1) path.push(enter(target));
        else if (onStack[target]) low[top.node] = Math.min(low[top.node]!, order[target]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[top.node]!);
      if (low[top.node] !== order[top.node]) continue;
      const members = stack.splice(stack.lastIndexOf(top.node));
      for (const member of members) onStack[member] = 0;
      yield members;
    }
  }
}
