/**
 * Finds routes that can hardly be meant: flows that never come to an end, and names of statuses and events that are
 * nearly those that a node's ending has. All of it is allowed: components may end a flow, and say any status and event.
 */

import type { Finding } from "./base/finding.ts";
import type { FlowNode, RouteEntry } from "./flow/flow.ts";
import type { LoadedFlow } from "./flow/link.ts";
import { Report } from "./flow/report.ts";
import { ENDING_EVENTS, FAILED } from "./flow/route.ts";
import { shortestWay } from "./flow/ways.ts";
import { nearestName } from "./nearest_name.ts";

/** What is odd about the routes of flows. */
export function routeFindings(flows: readonly LoadedFlow[]): Finding[] {
  return flows.flatMap(({ flow, source }) => {
    const report = new Report(source);
    if (flow.nodes.has(flow.start) && shortestWay(flow, flow.start) === Infinity) {
      report.warning(
        "flow.routing",
        "No route leads to an end: the flow goes in circles unless a component ends it",
        {
          hint: "Give it a route that leads out",
        },
      );
    }
    for (const node of flow.nodes.values()) {
      for (const { status, event } of entriesOf(node)) {
        reportWord(report, node.id, { kind: "Status", word: status, known: [FAILED] });
        reportWord(report, node.id, { kind: "Event", word: event, known: ENDING_EVENTS });
      }
    }
    return report.findings;
  });
}

function entriesOf({ routing }: FlowNode): Pick<RouteEntry, "status" | "event">[] {
  if (routing.type === "custom") return [...routing.entries];
  return routing.type === "branch" ? [...routing.onStatus.keys()].map((status) => ({ status })) : [];
}

function reportWord(
  report: Report,
  node: string,
  { kind, word, known }: { kind: "Status" | "Event"; word: string | undefined; known: readonly string[] },
): void {
  if (word === undefined || known.includes(word)) return;
  const near = nearestName(word, known);
  // Longer and shorter words are words of their own.
  if (near === undefined || Math.abs(near.length - word.length) > 1) return;
  const message = `${kind} "${word}" comes of no node by itself, only of a component that says it`;
  report.warning("flow.routing", message, { node, hint: `Did you mean ${near}?` });
}
