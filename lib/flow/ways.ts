/** How far it is through a flow at the least, if no component jumps or answers at once. Never runs a node. */

import { type Flow, type FlowNode, targetsOf } from "./flow.ts";

/**
 * How many steps the shortest way from a node to an end of its flow takes; infinitely many when none leads there. A node
 * that waits ends it, and so does one that jumps, since where that leads may be anywhere.
 */
export function shortestWay({ nodes }: Flow, startAt: string): number {
  const seen = new Set([startAt]);
  let level = [startAt];
  for (let steps = 1; level.length > 0; steps++) {
    const next: string[] = [];
    for (const id of level) {
      const node = nodes.get(id);
      if (node === undefined || canEnd(node)) return steps;
      for (const target of targetsOf(node.routing)) {
        if (!seen.has(target)) next.push(target);
        seen.add(target);
      }
    }
    level = next;
  }
  return Infinity;
}

function canEnd({ kind, routing }: FlowNode): boolean {
  if (kind.type === "wait" || kind.type === "goto") return true;
  switch (routing.type) {
    case "next":
      return false;
    case "end":
      return true;
    case "branch":
      return routing.onStatus.size === 0 && routing.default === undefined;
    case "custom":
      return routing.entries.some(({ to }) => to === undefined);
  }
}
