/**
 * The snapshot of a flow that waits: plain JSON in the reference's names, with a version.
 * Never touches files; reads any version it knows and refuses newer ones by name.
 */

import { RunnerError } from "../base/errors.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  member,
  stringMember,
  withinDepth,
} from "../base/json.ts";
import type { FlowState, NodeRecord, SavedState } from "./state.ts";

/** The version that is written. A snapshot without a version is one of the reference runner. */
export const SNAPSHOT_VERSION = 2;

/** A flow that waits. */
export type Snapshot = {
  readonly version: number;
  /** The pack, or null in snapshots of old runners. */
  readonly pack_id: string | null;
  /** The flow that the run started with. */
  readonly flow_id: string;
  /** The flow that takes the answer, when a jump has led to another one. */
  readonly next_flow: string | null;
  /** The node that takes the answer. */
  readonly next_node: string;
  readonly state: {
    readonly entry: Json;
    readonly input: Json;
    readonly nodes: Readonly<Record<string, NodeRecord>>;
    readonly egress: readonly Json[];
    /** Absent when no node had given anything. */
    readonly last_output?: Json;
    readonly vars: JsonObject;
  };
  /** What `state.set` has kept. */
  readonly store: JsonObject;
  /** Whether a node has failed and a route took its failure. */
  readonly failed_nodes: boolean;
};

/** What a snapshot says beside the state of its flow. */
export interface SnapshotFacts {
  readonly packId: string;
  /** The flow that the run started with. */
  readonly flowId: string;
  /** Where the answer goes. */
  readonly next: { readonly flowId: string; readonly nodeId: string };
  readonly store: ReadonlyMap<string, Json>;
  readonly failedNodes: boolean;
}

/** Takes the snapshot of a flow. What it has emitted was delivered when it paused, and is not kept. */
export function takeSnapshot(state: FlowState, facts: SnapshotFacts): Snapshot {
  const { entry, nodes, lastOutput, vars } = state.save();
  const { packId, flowId, next, store, failedNodes } = facts;
  return {
    version: SNAPSHOT_VERSION,
    pack_id: packId,
    flow_id: flowId,
    next_flow: next.flowId === flowId ? null : next.flowId,
    next_node: next.nodeId,
    state: {
      entry,
      input: state.input,
      nodes,
      egress: [],
      ...(lastOutput === undefined ? {} : { last_output: lastOutput }),
      vars,
    },
    store: Object.fromEntries(store),
    failed_nodes: failedNodes,
  };
}

/**
 * Reads a snapshot.
 *
 * @throws {RunnerError} `flow.snapshot` for what is none, or is newer than this runner.
 */
export function readSnapshot(document: Json): Snapshot {
  // Values lie some levels down in it, each as deep as any value may be.
  if (!isObject(document) || !withinDepth(document, 2 * MAX_JSON_DEPTH)) {
    throw refusal("The snapshot is no JSON object");
  }
  const flowId = stringMember(document, "flow_id");
  const nextNode = stringMember(document, "next_node");
  if (flowId === undefined || nextNode === undefined) {
    throw refusal("The snapshot names no flow and next node");
  }
  const version = member(document, "version") ?? 0;
  if (typeof version !== "number" || version > SNAPSHOT_VERSION) {
    throw refusal(
      `The snapshot has version ${
        JSON.stringify(version)
      }, and this runner reads version ${SNAPSHOT_VERSION}`,
    );
  }
  const state = objectOf(member(document, "state"), "state");
  return {
    version,
    pack_id: packIdOf(document),
    flow_id: flowId,
    next_flow: stringMember(document, "next_flow") ?? null,
    next_node: nextNode,
    state: {
      entry: member(state, "entry") ?? null,
      input: member(state, "input") ?? null,
      nodes: readRecords(member(state, "nodes")),
      egress: [],
      ...lastOutputOf(state, version),
      vars: objectOf(member(state, "vars"), "vars"),
    },
    store: objectOf(member(document, "store"), "store"),
    failed_nodes: member(document, "failed_nodes") === true,
  };
}

/** Those without a version write null where there is none. */
function lastOutputOf(state: Json | undefined, version: number): { last_output?: Json } {
  const last = member(state, "last_output");
  return last === undefined || (last === null && version === 0) ? {} : { last_output: last };
}

function objectOf(value: Json | undefined, name: string): JsonObject {
  const object = value ?? {};
  if (isObject(object)) return object;
  throw refusal(`The snapshot's "${name}" is no object`);
}

function packIdOf(document: Json): string | null {
  const id = member(document, "pack_id") ?? null;
  if (id === null || typeof id === "string") return id;
  throw refusal('The snapshot\'s "pack_id" is no text');
}

function readRecords(nodes: Json | undefined): Readonly<Record<string, NodeRecord>> {
  if (nodes === undefined) return {};
  if (!isObject(nodes)) throw refusal("The nodes of the snapshot are no object");
  return Object.fromEntries(
    Object.entries(nodes).map(([id, record]) => [id, {
      ok: member(record, "ok") !== false,
      payload: member(record, "payload") ?? null,
      meta: member(record, "meta") ?? null,
    }]),
  );
}

/** Refuses the snapshot of another pack. */
export function checkSnapshotPack({ pack_id }: Snapshot, packId: string): void {
  if (pack_id === null || pack_id === packId) return;
  throw refusal(`snapshot pack ${pack_id} does not match requested ${packId}`);
}

/** Refuses the snapshot of another flow, and one whose node no flow can have. */
export function checkSnapshotFlow({ flow_id, next_node }: Snapshot, flowId: string): void {
  if (flow_id !== flowId) throw refusal(`snapshot flow ${flow_id} does not match requested ${flowId}`);
  if (!/^[A-Za-z0-9._-]+$/.test(next_node)) throw refusal(`invalid resume node id \`${next_node}\``);
}

/** What a resumed flow starts from; refuses a snapshot of another pack or flow. */
export function checkSnapshot(snapshot: Snapshot, asked: { packId: string; flowId: string }): SavedState {
  checkSnapshotPack(snapshot, asked.packId);
  checkSnapshotFlow(snapshot, asked.flowId);
  return savedState(snapshot);
}

/** The state that a snapshot keeps. */
export function savedState({ state }: Snapshot): SavedState {
  const { entry, nodes, last_output, vars } = state;
  const last = last_output === undefined ? {} : { lastOutput: last_output };
  return { entry, nodes, ...last, vars };
}

function refusal(message: string): RunnerError {
  return new RunnerError("flow.snapshot", message, {
    hint: "Resume with the snapshot of a waiting run of the same pack and flow",
  });
}
