/**
 * Turns a flow document into a checked flow, or says everything that is wrong with it.
 * Never throws for a bad document, and never gives a flow with a fault: one bad flow is findings, not the end
 * of its pack. YAML is read elsewhere and comes here as an authored document, its start node named by `start`.
 */

import type { Finding } from "../base/finding.ts";
import type { FlowSource } from "../base/flow_source.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
  withinDepth,
} from "../base/json.ts";
import { readAuthored } from "./authored.ts";
import { checkGraph, checkTargets, type ReadRouting } from "./check.ts";
import { readCompiled } from "./compiled.ts";
import type { Flow, FlowNode, FlowVariable } from "./flow.ts";
import { deriveKind, type ReadNode } from "./kind.ts";
import { Report } from "./report.ts";
import { parseRouting } from "./routing.ts";

/** A flow, unless a finding is an error, and the findings. */
export interface ParsedFlow {
  /** The flow; absent when any finding is an error. */
  readonly flow?: Flow;
  /** What can be told of a flow with an error: for further checks, never to be run. */
  readonly draft?: Flow;
  /** Everything odd or wrong about the document. */
  readonly findings: readonly Finding[];
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ...["messaging", "event", "component_config", "job", "http"].map((kind): [string, string] => [kind, kind]),
  ["events", "event"],
  ["component-config", "component_config"],
  ["webhook", "event"],
  ["timer", "event"],
  ["pubsub", "event"],
  ["websocket", "messaging"],
]);

/** What to write as the kind of a flow. */
export const FLOW_KINDS_HINT = "The kinds are messaging, event, component-config, job and http";

/** Whether a flow is of a kind that packs can say. */
export function isFlowKind(kind: string): boolean {
  return KINDS.get(kind) === kind;
}

/** Parses and checks one flow document. */
export function parseFlow(source: FlowSource): ParsedFlow {
  const report = new Report(source);
  const flow = read(source, report);
  const { findings, failed } = report;
  return { ...(flow === undefined ? {} : failed ? { draft: flow } : { flow }), findings };
}

function read(source: FlowSource, report: Report): Flow | undefined {
  const { document } = source;
  if (!isObject(document) || !withinDepth(document)) {
    report.error("flow.invalid", "The flow document is no object, or nests too deeply", {
      hint: "Write an object with id, type and nodes",
    });
    return undefined;
  }
  const id = stringMember(document, "id");
  if (id !== undefined && id !== source.id) {
    report.warning("flow.invalid", `The document calls itself "${id}" and is listed as "${source.id}"`);
  }
  const kind = readKind(document, source, report);
  const raw = readRaw(source, report);
  const { nodes, routings } = readNodes(raw, report);
  const declared = declaredIds(document);
  checkTargets(routings, { declared, report });
  const entrypoints = readEntrypoints(document);
  const start = chooseStart(document, { source, report, nodes, count: raw.length });
  if (start === undefined) return undefined;
  const parameters = readParameters(source);
  const variables = readVariables(parameters, report);
  const flow = { id: source.id, kind, start, nodes, entrypoints, parameters, variables };
  const startAt = stringMember(document, "start") === start ? ["start"] : ["entrypoints", "default"];
  checkGraph(flow, { report, declared, startAt });
  return flow;
}

/** The nodes of a document of either form, as they are written. */
export function readRaw(source: FlowSource, report: Report): ReadNode[] {
  return source.form === "compiled" ? readCompiled(source, report) : readAuthored(source, report);
}

/** The ids of all nodes, also of those that have a fault. */
function declaredIds(document: JsonObject): Set<string> {
  const nodes = member(document, "nodes");
  if (!isArray(nodes)) return new Set(Object.keys(isObject(nodes) ? nodes : {}));
  return new Set(nodes.flatMap((node) => stringMember(node, "id") ?? []));
}

function readKind(document: Json, source: FlowSource, report: Report): string {
  const key = kindKey(source);
  const written = key === undefined ? undefined : stringMember(document, key);
  if (key === undefined || written === undefined) {
    report.warning("flow.invalid", "The flow has no type", { hint: "Write type: messaging" });
    return "messaging";
  }
  const kind = KINDS.get(written);
  if (kind === undefined) {
    report.warning("flow.invalid", `unknown flow kind \`${written}\``, {
      hint: FLOW_KINDS_HINT,
      at: [key],
    });
  }
  return kind ?? written;
}

/** The key under which a document names its kind, or undefined when it names none. */
export function kindKey({ document, form }: FlowSource): string | undefined {
  const keys = form === "compiled" ? ["kind", "flow_type", "type"] : ["type", "flow_type", "kind"];
  return keys.find((key) => stringMember(document, key) !== undefined);
}

interface ReadNodes {
  /** Those without a fault. */
  readonly nodes: Map<string, FlowNode>;
  /** Where all of them go on. */
  readonly routings: Map<string, ReadRouting>;
}

function readNodes(raw: readonly ReadNode[], report: Report): ReadNodes {
  const ids = new Set(raw.map((node) => node.id));
  const nodes = new Map<string, FlowNode>(), routings = new Map<string, ReadRouting>();
  const seen = new Set<string>();
  for (const node of raw) {
    if (!/^[A-Za-z0-9._-]+$/.test(node.id)) {
      report.error("flow.invalid", `The node id "${node.id}" has other characters than A-Z a-z 0-9 . _ -`, {
        node: node.id,
      });
    }
    if (seen.has(node.id)) report.error("flow.invalid", "Two nodes have this id", { node: node.id });
    seen.add(node.id);
    const kind = node.component === undefined ? undefined : deriveKind(node, report);
    const routing = parseRouting(node.routing, { node: node.id, report, ids });
    routings.set(node.id, { routing, written: node.routing });
    if (kind !== undefined) nodes.set(node.id, { id: node.id, kind, routing });
  }
  return { nodes, routings };
}

function readEntrypoints(document: Json): Readonly<Record<string, Json>> {
  const entrypoints = member(document, "entrypoints");
  return isObject(entrypoints) ? entrypoints : {};
}

/** Authors write parameters at the top; the compiled model keeps them as the further part of its metadata. */
function readParameters({ document, form }: FlowSource): JsonObject {
  const extra = member(member(document, "metadata"), "extra");
  const written = form === "authored" ? member(document, "parameters") : adaptedParameters(extra);
  return isObject(written) ? written : {};
}

/** The reference's adapter of older documents keeps their start beside their parameters, and nothing else. */
function adaptedParameters(extra: Json | undefined): Json | undefined {
  const inner = member(extra, "parameters");
  if (!isObject(extra) || !isObject(inner) || !Object.hasOwn(extra, "start")) return extra;
  return Object.keys(extra).length === 2 ? inner : extra;
}

/** Variables are declared among the parameters, as `vars_init`: `{name: {type, default, required}}`. */
function readVariables(parameters: JsonObject, report: Report): Map<string, FlowVariable> {
  const declared = member(parameters, "vars_init");
  const variables = new Map<string, FlowVariable>();
  if (declared !== undefined && !isObject(declared)) {
    report.warning("flow.invalid", `"vars_init" is no map of variables and is left out`);
  }
  for (const [name, entry] of Object.entries(isObject(declared) ? declared : {})) {
    const fallback = member(entry, "default");
    variables.set(name, {
      required: member(entry, "required") === true,
      ...(fallback === undefined ? {} : { default: fallback }),
    });
  }
  return variables;
}

function chooseStart(
  document: Json,
  { source, report, nodes, count }: {
    source: FlowSource;
    report: Report;
    nodes: ReadonlyMap<string, FlowNode>;
    count: number;
  },
): string | undefined {
  const named = member(member(document, "entrypoints"), "default");
  const start = member(document, "start");
  // Older documents know no entrypoints, and what packers made of them has no other start.
  const written = source.form === "authored" && source.order === undefined ? start ?? named : named ?? start;
  if (typeof written === "string" && written !== "") return written;
  const [first] = nodes.keys();
  if (first === undefined && count === 0) {
    report.error("flow.no_start", `flow ${source.id} has no start node`, { hint: "Give the flow a node" });
  }
  if (written !== undefined && written !== null && first !== undefined) {
    report.warning("flow.no_start", `The default entrypoint names no node; the flow starts at "${first}"`);
  }
  return first;
}
