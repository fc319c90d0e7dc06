/** Where the time of a run went: the nodes that took most of it, for runs whose lines nobody adds up. */

import type { NodeSummary, RunResult } from "../base/result.ts";
import { nodeName, visible } from "./print.ts";
import { table } from "./table.ts";

/** How many nodes are told at most. */
const MOST = 5;
/** A run that is over sooner is nobody's worry, in milliseconds. */
const LONG_MS = 1000;

/**
 * The slowest nodes as lines, with their share of the run's time; none of a run that took less than a second or had no
 * more nodes than would be told.
 */
export function slowestLines({ nodeSummaries, durationMs }: RunResult): string[] {
  const ran = nodeSummaries.filter(({ status }) => status !== "skipped");
  if (durationMs < LONG_MS || ran.length <= MOST) return [];
  const slowest = ran.filter((node) => !callsFlow(node, ran))
    .sort((a, b) => b.durationMs - a.durationMs).slice(0, MOST)
    .filter((node) => percent(node, durationMs) >= 1);
  const rows = slowest.map((node) => [
    `slowest   ${nodeName(node)}`,
    node.component,
    `${node.durationMs.toFixed(0)} ms`,
    `${percent(node, durationMs)} %`,
    node.attempts > 1 ? `${node.attempts} starts` : "",
  ]);
  return table(rows).map((row) => visible(row));
}

/** The share of a run's time that a node took, in whole percent. */
function percent({ durationMs }: NodeSummary, runMs: number): number {
  return Math.round(durationMs / runMs * 100);
}

/** Whether the time of a node is that of other nodes, which are told themselves. */
function callsFlow({ nodeId, flowPath }: NodeSummary, all: readonly NodeSummary[]): boolean {
  return all.some(({ flowPath: path }) =>
    path.length > flowPath.length && path[flowPath.length]!.endsWith(`/${nodeId}`) &&
    flowPath.every((call, i) => call === path[i])
  );
}
