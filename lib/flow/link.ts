/**
 * Checks what needs the rest of the pack: that what the nodes of a flow name is there (components, flows and their
 * nodes, providers), and that every node can be reached. A name that is only known when the flow runs is left alone.
 * Never changes the flow.
 */

import type { ErrorCode } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { FlowSource } from "../base/flow_source.ts";
import { type Json, stringMember } from "../base/json.ts";
import { someNames } from "../base/names.ts";
import { calleeOf, flowNamed, isOpen, jumpOf, providerNamed } from "./callee.ts";
import { BUILT_IN_NAMES, type Flow, type FlowNode, type NodeKind, targetsOf } from "./flow.ts";
import { Report } from "./report.ts";

/** What nodes can name. */
export interface KnownNames {
  /** The components of the pack. */
  readonly components: ReadonlySet<string>;
  /** Its flows by id, those that cannot run without one. */
  readonly flows: ReadonlyMap<string, Flow | undefined>;
  /** The types of its providers; undefined when they cannot be known. */
  readonly providers?: ReadonlySet<string>;
  /** Whether other packs may bring more components. @default {false} */
  readonly open?: boolean;
}

/** A flow and where it comes from. */
export interface LoadedFlow {
  readonly flow: Flow;
  readonly source: FlowSource;
}

/** A document that was parsed: its flow, or what can be told of one with a fault. */
export interface ReadFlow {
  readonly source: FlowSource;
  readonly flow?: Flow;
  readonly draft?: Flow;
}

/** The flows of a pack beside each other. */
export interface LinkedFlows {
  /** Those without a fault of their own. */
  readonly loaded: readonly LoadedFlow[];
  /** What can be told of those with one. */
  readonly drafts: readonly LoadedFlow[];
  /** What any of them names in vain, and where nothing leads. */
  readonly findings: readonly Finding[];
}

/** Links all flows of a pack. */
export function linkFlows(read: readonly ReadFlow[], names: Omit<KnownNames, "flows">): LinkedFlows {
  const loaded = read.flatMap(({ source, flow }) => flow === undefined ? [] : { source, flow });
  const drafts = read.flatMap(({ source, draft }) => draft === undefined ? [] : { source, flow: draft });
  const known = { ...names, flows: new Map(read.map(({ source, flow }) => [source.id, flow])) };
  const findings = [
    ...drafts.flatMap(({ source, flow }) => nameFindings(flow, source, known)),
    ...loaded.flatMap(({ source, flow }) => linkFindings(flow, source, known)),
  ];
  return { loaded, drafts, findings };
}

/** Everything that the nodes of a flow name in vain, and the nodes to which nothing leads. */
export function linkFindings(flow: Flow, source: FlowSource, known: KnownNames): Finding[] {
  return [...nameFindings(flow, source, known), ...reachFindings(flow, source, known)];
}

/** Everything that the nodes of a flow name in vain. The flow may have faults of its own. */
function nameFindings(flow: Flow, source: FlowSource, known: KnownNames): Finding[] {
  const report = new Report(source);
  for (const node of flow.nodes.values()) {
    const fault = faultOf(node, flow, known);
    if (fault === undefined) continue;
    const message = `Node "${node.id}" ${fault.message}`;
    const details = { node: node.id, hint: fault.hint };
    if (known.open === true && fault.code === "node.component") report.warning(fault.code, message, details);
    else report.error(fault.code, message, details);
  }
  return report.findings;
}

function reachFindings(flow: Flow, source: FlowSource, { flows }: KnownNames): Finding[] {
  const report = new Report(source);
  const left = unreachable(flow, flows.values());
  if (left.length > 0) {
    report.warning("flow.routing", `No route leads to ${someNames(left, "")}`, {
      hint: `Route to them, or start elsewhere than at "${flow.start}"`,
    });
  }
  return report.findings;
}

/** The nodes of a flow to which nothing leads: neither its start, an entrypoint, a route, nor a jump of any flow. */
function unreachable(flow: Flow, flows: Iterable<Flow | undefined>): string[] {
  const entrypoints = Object.values(flow.entrypoints).filter((value) => typeof value === "string");
  const jumps = Array.from(flows, (from) => from === undefined ? [] : jumpsTo(flow, from)).flat();
  const reached = new Set([flow.start, ...entrypoints, ...jumps]);
  // A set that grows while it is walked is walked to its end.
  for (const id of reached) {
    const node = flow.nodes.get(id);
    for (const target of node === undefined ? [] : targetsOf(node.routing)) reached.add(target);
  }
  return [...flow.nodes.keys()].filter((id) => !reached.has(id));
}

/** The nodes of a flow to which another, or the flow itself, jumps; all where only the run will tell. */
function jumpsTo(flow: Flow, from: Flow): string[] {
  return [...from.nodes.values()].flatMap(({ kind }): string[] => {
    const jump = jumpOf(kind);
    if (jump === undefined) return [];
    const { flow: named = from.id, node } = jump;
    if (!isOpen(named) && named !== flow.id) return [];
    return node === undefined ? [] : isOpen(node) ? [...flow.nodes.keys()] : [node];
  });
}

/** Beginnings of names that belong to the runner's own kinds of nodes. */
const OWN_PREFIX_REGEXP = /^(?:emit|flow|session|provider|state|var)(?:\.|$)/;
const KINDS = Object.values(BUILT_IN_NAMES).join(", ");

interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

function faultOf({ kind }: FlowNode, flow: Flow, known: KnownNames): Fault | undefined {
  switch (kind.type) {
    case "component": {
      const { component } = calleeOf(kind, known.components);
      if (known.components.has(component)) return undefined;
      const hint = `The pack has: ${someNames(known.components, "no components")}`;
      // What looks like a kind of node is a misspelt one rather than a component that somebody forgot.
      if (OWN_PREFIX_REGEXP.test(component)) {
        const message = `is of the unknown kind "${component}"`;
        return { code: "node.kind", message, hint: `The kinds are: emit.…, ${KINDS}. ${hint}` };
      }
      const message = `calls component "${component}", which is not in the pack`;
      return { code: "node.component", message, hint };
    }
    case "provider":
      return providerFault(kind.mapping, known.providers);
    case "flow_call":
    case "goto":
      return flowFault(kind, { flow, known });
    default:
      return undefined;
  }
}

function providerFault(mapping: Json, providers: ReadonlySet<string> | undefined): Fault | undefined {
  const name = fixed(providerNamed(mapping));
  if (name === undefined || providers === undefined || providers.has(name)) return undefined;
  const message = `asks for provider "${name}", which the pack does not declare`;
  return {
    code: "node.component",
    message,
    hint: `The pack declares: ${someNames(providers, "no providers")}`,
  };
}

function flowFault(
  { type, mapping }: NodeKind,
  { flow, known }: { flow: Flow; known: KnownNames },
): Fault | undefined {
  const named = fixed(flowNamed(mapping));
  if (named !== undefined && !known.flows.has(named)) {
    const message = `${type === "goto" ? "jumps to" : "calls"} flow "${named}", which is not in the pack`;
    const hint = `The pack has: ${someNames(known.flows.keys(), "no flows")}`;
    return { code: "flow.not_found", message, hint };
  }
  const other = named === undefined ? undefined : known.flows.get(named);
  if (type === "flow_call") return variableFault(other);
  const node = fixed(stringMember(mapping, "node"));
  // A jump without a flow stays where it is.
  const target = flowNamed(mapping) === undefined ? flow : other;
  if (node === undefined || target === undefined || target.nodes.has(node)) return undefined;
  const message = `jumps to node "${node}", which flow "${target.id}" does not have`;
  const hint = `It has: ${someNames(target.nodes.keys(), "no nodes")}`;
  return { code: "flow.node_not_found", message, hint };
}

/** A call gives its flow an input and no variables. */
function variableFault(flow: Flow | undefined): Fault | undefined {
  const variables = [...flow?.variables ?? []];
  const needed = variables.find(([, one]) => one.required && one.default === undefined)?.[0];
  if (flow === undefined || needed === undefined) return undefined;
  const message = `calls flow "${flow.id}", which requires the variable "${needed}" that no call can give`;
  return { code: "flow.variable", message, hint: `Give "${needed}" a default` };
}

/** A name as it is written, when it says all before the run: without a template. */
function fixed(written: string | undefined): string | undefined {
  return written === undefined || isOpen(written) ? undefined : written.trim() || undefined;
}
