/**
 * The flows that a run could reach, as `flows.json` in its directory: which nodes there are and which routes lead from
 * one to the next, so that the record can be read without the pack. Never holds what nodes are given.
 */

import { isArray, isObject, type Json, type JsonObject, member, stringMember } from "../base/json.ts";

/** Version of the document. */
const VERSION = 1;

/** One route of a node. */
export interface RecordedRoute {
  /** The next node, or null where the flow ends. */
  readonly to: string | null;
  /** What asks for the route: a status of the output, an event, a condition as it is written; nothing where none of them does. */
  readonly on: readonly string[];
  /** Whether it takes the failures of its node. */
  readonly failure: boolean;
}

/** Where a node leads beside its routes. */
export interface RecordedCall {
  /** Whether it comes back: a call does, a jump does not. */
  readonly returns: boolean;
  /** The flow as it is written, or null for the same. */
  readonly flow: string | null;
  /** The node as it is written, or null for the flow's start. */
  readonly node: string | null;
}

/** One node. */
export interface RecordedNode {
  /** Its id. */
  readonly id: string;
  /** Its kind or component, as transcripts have it. */
  readonly component: string;
  /** The component called in the end, when `component` is only a kind. */
  readonly target: string | null;
  /** The operation, when the node names one. */
  readonly operation: string | null;
  /** Its routes, in the order in which they are tried. */
  readonly routes: readonly RecordedRoute[];
  /** The flow that it calls or jumps to, or null. */
  readonly calls: RecordedCall | null;
}

/** One flow. */
export interface RecordedFlow {
  /** Its id. */
  readonly id: string;
  /** The node where it starts. */
  readonly start: string;
  /** Its nodes in order. */
  readonly nodes: readonly RecordedNode[];
}

/** The document. */
export function toFlowsJson(flows: readonly RecordedFlow[]): JsonObject {
  return {
    version: VERSION,
    flows: flows.map(({ id, start, nodes }) => ({
      id,
      start,
      nodes: nodes.map((node) => ({
        ...node,
        routes: node.routes.map((route) => ({ ...route })),
        calls: node.calls === null ? null : { ...node.calls },
      })),
    })),
  };
}

/** The flows of a document, or undefined when it is none that this version knows. What makes no sense is left out. */
export function fromFlowsJson(json: Json): RecordedFlow[] | undefined {
  const flows = member(json, "flows");
  if (member(json, "version") !== VERSION || !isArray(flows)) return undefined;
  return flows.filter(isObject).map((flow) => ({
    id: stringMember(flow, "id") ?? "",
    start: stringMember(flow, "start") ?? "",
    nodes: list(flow, "nodes").map((node) => ({
      id: stringMember(node, "id") ?? "",
      component: stringMember(node, "component") ?? "",
      target: stringMember(node, "target") ?? null,
      operation: stringMember(node, "operation") ?? null,
      routes: list(node, "routes").map(routeFromJson),
      calls: callFromJson(member(node, "calls")),
    })),
  }));
}

function routeFromJson(json: JsonObject): RecordedRoute {
  const on = member(json, "on");
  return {
    to: stringMember(json, "to") ?? null,
    on: isArray(on) ? on.filter((word) => typeof word === "string") : [],
    failure: member(json, "failure") === true,
  };
}

function callFromJson(json: Json | undefined): RecordedCall | null {
  if (!isObject(json)) return null;
  return {
    returns: member(json, "returns") === true,
    flow: stringMember(json, "flow") ?? null,
    node: stringMember(json, "node") ?? null,
  };
}

function list(json: JsonObject, name: string): readonly JsonObject[] {
  const value = member(json, name);
  return isArray(value) ? value.filter(isObject) : [];
}
