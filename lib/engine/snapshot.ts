/**
 * The snapshot of a flow that waits: plain JSON in the reference's names, with a version.
 * Never touches files; reads any version it knows and refuses newer ones by name.
 */

import { RunnerError } from "../base/errors.ts";
import { isObject, type Json, member, stringMember, withinDepth } from "../base/json.ts";
import type { FlowState, NodeRecord, SavedState } from "./state.ts";

/** The version that is written. A snapshot without a version is one of the reference runner. */
export const SNAPSHOT_VERSION = 1;

/** A flow that waits. */
export type Snapshot = {
  readonly version: number;
  /** The pack, or null in snapshots of old runners. */
  readonly pack_id: string | null;
  readonly flow_id: string;
  /** The node that takes the answer. */
  readonly next_node: string;
  readonly state: {
    readonly entry: Json;
    readonly input: Json;
    readonly nodes: Readonly<Record<string, NodeRecord>>;
    readonly egress: readonly Json[];
    readonly last_output: Json;
  };
};

/** Takes the snapshot of a flow. What it has emitted was delivered when it paused, and is not kept. */
export function takeSnapshot(
  state: FlowState,
  place: { packId: string; flowId: string; nextNode: string },
): Snapshot {
  const saved = state.save();
  return {
    version: SNAPSHOT_VERSION,
    pack_id: place.packId,
    flow_id: place.flowId,
    next_node: place.nextNode,
    state: {
      entry: saved.entry,
      input: state.input,
      nodes: saved.nodes,
      egress: [],
      last_output: saved.lastOutput ?? null,
    },
  };
}

/** Reads a snapshot; throws a {@linkcode RunnerError} with the code `flow.snapshot`. */
export function readSnapshot(document: Json): Snapshot {
  if (!isObject(document) || !withinDepth(document, 256)) throw refusal("The snapshot is no JSON object");
  const version = member(document, "version") ?? SNAPSHOT_VERSION;
  if (version !== SNAPSHOT_VERSION) {
    throw refusal(
      `The snapshot has version ${
        JSON.stringify(version)
      }, and this runner reads version ${SNAPSHOT_VERSION}`,
    );
  }
  const flowId = stringMember(document, "flow_id");
  const nextNode = stringMember(document, "next_node");
  if (flowId === undefined || nextNode === undefined) {
    throw refusal("The snapshot names no flow and next node");
  }
  const state = member(document, "state");
  return {
    version,
    pack_id: stringMember(document, "pack_id") ?? null,
    flow_id: flowId,
    next_node: nextNode,
    state: {
      entry: member(state, "entry") ?? null,
      input: member(state, "input") ?? null,
      nodes: readRecords(member(state, "nodes")),
      egress: [],
      last_output: member(state, "last_output") ?? null,
    },
  };
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

/** What a resumed flow starts from; refuses a snapshot of another pack or flow. */
export function checkSnapshot(snapshot: Snapshot, asked: { packId: string; flowId: string }): SavedState {
  if (snapshot.pack_id !== null && snapshot.pack_id !== asked.packId) {
    throw refusal(`snapshot pack ${snapshot.pack_id} does not match requested ${asked.packId}`);
  }
  if (snapshot.flow_id !== asked.flowId) {
    throw refusal(`snapshot flow ${snapshot.flow_id} does not match requested ${asked.flowId}`);
  }
  if (!/^[A-Za-z0-9._-]+$/.test(snapshot.next_node)) {
    throw refusal(`invalid resume node id \`${snapshot.next_node}\``);
  }
  const { entry, nodes, last_output } = snapshot.state;
  return { entry, nodes, ...(last_output === null ? {} : { lastOutput: last_output }) };
}

function refusal(message: string): RunnerError {
  return new RunnerError("flow.snapshot", message, {
    hint: "Resume with the snapshot of a waiting run of the same pack and flow",
  });
}
