/**
 * Adds up what a run's events say about each node, for the summaries and failures of the result.
 * Never sees a secret: failures come in without them.
 */

import type { CallMetrics, Failure, NodePlace } from "../base/call.ts";
import type { NodeStartedEvent } from "../base/events.ts";
import { compareCodePoints } from "../base/json.ts";
import type { NodeFailure, NodeSummary } from "../base/result.ts";
import type { LogNode } from "./node_logs.ts";

/** The failure that stands for the run itself. */
export const RUNTIME_KEY = "_runtime";

/** A node that a flow has. */
export interface DeclaredNode {
  /** The node. */
  readonly nodeId: string;
  /** The node's kind or component. */
  readonly component: string;
  /** The component called in the end, when `component` is only a kind. */
  readonly target?: string;
}

interface NodeRecord {
  readonly flowId: string;
  readonly flowPath: readonly string[];
  readonly nodeId: string;
  readonly component: string;
  readonly target?: string;
  durationMs: number;
  attempts: number;
  metrics: CallMetrics;
  startOffset: number;
  endOffset: number;
  /** Of the last visit; null while it runs and when it went well. */
  failure: Failure | null;
}

/** The place of a node among all nodes of a run. */
export function logNode(place: NodePlace): LogNode {
  // A jump leads into another flow on the same path: the flow's id belongs to the key.
  return {
    key: JSON.stringify([place.flowPath, place.flowId, place.nodeId]),
    label: placeLabel(place),
  };
}

/** What came of each node of a run. */
export class NodeRecords {
  readonly #records = new Map<string, NodeRecord>();
  readonly #declared = new Map<string, readonly DeclaredNode[]>();

  /** Makes the nodes of a flow known, so that those which are not reached can be named. */
  declare(flowId: string, nodes: readonly DeclaredNode[]): void {
    this.#declared.set(flowId, nodes);
  }

  /** A node was entered; its start line stands at an offset. */
  started(event: NodeStartedEvent, startOffset: number): void {
    const key = logNode(event).key;
    const record = this.#records.get(key) ?? {
      flowId: event.flowId,
      flowPath: event.flowPath,
      nodeId: event.nodeId,
      component: event.component,
      ...(event.target === undefined ? {} : { target: event.target }),
      durationMs: 0,
      attempts: 0,
      metrics: {},
      startOffset,
      endOffset: startOffset,
      failure: null,
    };
    record.attempts++;
    record.startOffset = startOffset;
    record.failure = null;
    this.#records.set(key, record);
  }

  /** A visit is over; `failed` has its failure and the end of its error line. */
  ended(
    place: NodePlace,
    cost: { durationMs: number; metrics: CallMetrics; failed?: { failure: Failure; endOffset: number } },
  ): void {
    const record = this.#records.get(logNode(place).key);
    if (record === undefined) return;
    record.durationMs += cost.durationMs;
    record.metrics = addMetrics(record.metrics, cost.metrics);
    if (cost.failed === undefined) return;
    record.failure = cost.failed.failure;
    record.endOffset = cost.failed.endOffset;
  }

  /** All nodes in the order of first start; those that were not reached last, as `skipped`. */
  summaries(entryFlowId: string): NodeSummary[] {
    const reached = [...this.#records.values()].map(summaryOf);
    const skipped = this.#flows(entryFlowId).flatMap(({ flowId, flowPath }) =>
      (this.#declared.get(flowId) ?? [])
        .filter(({ nodeId }) => !this.#records.has(JSON.stringify([flowPath, flowId, nodeId])))
        .map((node) => skippedSummary(node, flowPath))
    );
    return [...reached, ...skipped];
  }

  /** The nodes whose last visit failed, by name. */
  failures(logPaths: (key: string) => readonly string[]): Record<string, NodeFailure> {
    const failures = new Map<string, NodeFailure>();
    for (const [key, record] of this.#records) {
      if (record.failure === null) continue;
      const label = placeLabel(record);
      const taken = label === RUNTIME_KEY || failures.has(label);
      failures.set(taken ? `${record.flowId}/${label}` : label, {
        ...record.failure,
        transcriptOffsets: [record.startOffset, record.endOffset],
        logPaths: logPaths(key),
      });
    }
    return Object.fromEntries([...failures].sort(([a], [b]) => compareCodePoints(a, b)));
  }

  /** Every flow that was entered, once for each path that led to it, the entry flow first. */
  #flows(entryFlowId: string): { flowId: string; flowPath: readonly string[] }[] {
    const flows = new Map<string, { flowId: string; flowPath: readonly string[] }>();
    for (const { flowId, flowPath } of [{ flowId: entryFlowId, flowPath: [] }, ...this.#records.values()]) {
      flows.set(JSON.stringify([flowPath, flowId]), { flowId, flowPath });
    }
    return [...flows.values()];
  }
}

function placeLabel({ flowPath, nodeId }: Pick<NodePlace, "flowPath" | "nodeId">): string {
  return [...flowPath, nodeId].join("/");
}

function summaryOf(record: NodeRecord): NodeSummary {
  return {
    nodeId: record.nodeId,
    flowPath: record.flowPath,
    component: record.component,
    ...(record.target === undefined ? {} : { target: record.target }),
    status: record.failure === null ? "ok" : "error",
    durationMs: Math.round(record.durationMs),
    attempts: record.attempts,
    metrics: record.metrics,
  };
}

function skippedSummary(node: DeclaredNode, flowPath: readonly string[]): NodeSummary {
  return {
    nodeId: node.nodeId,
    flowPath,
    component: node.component,
    ...(node.target === undefined ? {} : { target: node.target }),
    status: "skipped",
    durationMs: 0,
    attempts: 0,
    metrics: {},
  };
}

function addMetrics(sum: CallMetrics, call: CallMetrics): CallMetrics {
  const memory = Math.max(sum.memoryPeakBytes ?? -1, call.memoryPeakBytes ?? -1);
  return {
    ...(sum.fuel === undefined && call.fuel === undefined
      ? {}
      : { fuel: (sum.fuel ?? 0) + (call.fuel ?? 0) }),
    ...(memory < 0 ? {} : { memoryPeakBytes: memory }),
  };
}
