/**
 * Compiles a flow as an author wrote it into the model that packs of the new layout carry. What it compiles was
 * checked: a document with an error gives its findings and nothing else. Never resolves a component.
 */

import type { Finding } from "../base/finding.ts";
import type { FlowSource } from "../base/flow_source.ts";
import { isArray, isObject, type Json, type JsonObject, member, omit, stringMember } from "../base/json.ts";
import { calleeOf, EXEC_KEYS, isOpen } from "./callee.ts";
import type { Flow, RouteEntry, Routing } from "./flow.ts";
import { EXEC, isBuiltIn, type RawNode } from "./kind.ts";
import { FLOW_KINDS_HINT, isFlowKind, kindKey, parseFlow, readRaw } from "./parse.ts";
import { Report } from "./report.ts";

/** What compiling a document came to. */
export interface CompiledFlow {
  /** What can be told of a flow with an error, for further checks. */
  readonly draft?: Flow;
  /** The model in its JSON form, nodes as an array in order; absent when any finding is an error. */
  readonly document?: JsonObject;
  /** The checked flow; absent likewise. */
  readonly flow?: Flow;
  /** Everything odd or wrong about the document. */
  readonly findings: readonly Finding[];
}

/** Checks and compiles one document; `components` are those of the pack, as far as they are known. */
export function compileFlow(source: FlowSource, components: ReadonlySet<string> = new Set()): CompiledFlow {
  const { flow, draft, findings } = parseFlow(source);
  if (flow === undefined) return { findings, ...(draft === undefined ? {} : { draft }) };
  if (!isFlowKind(flow.kind)) {
    const report = new Report(source);
    report.error("flow.invalid", `No pack can carry a flow of the kind "${flow.kind}"`, {
      hint: FLOW_KINDS_HINT,
      at: [kindKey(source) ?? "type"],
    });
    return { findings: [...findings, ...report.findings] };
  }
  const { document } = source;
  return {
    flow,
    findings,
    document: {
      schema_version: stringMember(document, "schema_version") ?? "flow-v1",
      id: flow.id,
      kind: flow.kind,
      entrypoints: { ...flow.entrypoints, default: flow.start },
      nodes: compiledNodes(source, flow, components),
      metadata: metadata(document),
    },
  };
}

function compiledNodes(source: FlowSource, flow: Flow, components: ReadonlySet<string>): JsonObject[] {
  const nodes = member(source.document, "nodes");
  const written = new Map(
    isArray(nodes)
      ? nodes.map((node) => [stringMember(node, "id") ?? "", node])
      : Object.entries(isObject(nodes) ? nodes : {}),
  );
  return readRaw(source, new Report(source)).flatMap((raw): JsonObject[] => {
    if (raw.component === undefined) return [];
    const routing = flow.nodes.get(raw.id)?.routing ?? { type: "end" };
    const whole = source.form === "compiled" ? raw : called(raw, components);
    const more = { routing: compiledRouting(routing, raw.routing), written: written.get(raw.id) };
    return [compiledNode(whole, more)];
  });
}

function metadata(document: Json): JsonObject {
  const given = member(document, "metadata");
  // An author writes beside the nodes what the model keeps apart, its parameters as what is left over.
  const from = isObject(given) ? given : document;
  const extra = member(document, "parameters") ?? member(given, "extra");
  const title = stringMember(from, "title"), description = stringMember(from, "description");
  const tags = member(from, "tags");
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    tags: isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
    extra: extra ?? {},
  };
}

function compiledNode(
  { id, component, operation, mapping }: RawNode,
  { routing, written }: { routing: Json; written: Json | undefined },
): JsonObject {
  const alias = stringMember(written, "pack_alias") ??
    stringMember(member(written, "component"), "pack_alias");
  return {
    id,
    component: {
      id: component,
      ...(alias === undefined ? {} : { pack_alias: alias }),
      ...(operation === undefined ? {} : { operation }),
    },
    input: { mapping },
    // Authors write something else under this name, or nothing.
    output: { mapping: member(member(written, "output"), "mapping") ?? {} },
    routing,
    telemetry: telemetry(member(written, "telemetry")),
  };
}

function telemetry(written: Json | undefined): JsonObject {
  const name = stringMember(written, "span_name"), sampling = stringMember(written, "sampling");
  const attributes = member(written, "attributes");
  return {
    ...(name === undefined ? {} : { span_name: name }),
    attributes: isObject(attributes) ? attributes : {},
    ...(sampling === undefined ? {} : { sampling }),
  };
}

/** A call that names its component in the mapping names it beside the mapping instead, where every reader looks. */
function called(node: RawNode, components: ReadonlySet<string>): RawNode {
  const written = stringMember(node.mapping, "component");
  const named = node.operation ?? stringMember(node.mapping, "operation");
  const callee = calleeOf({
    component: written ?? "",
    ...(named === undefined ? {} : { operation: named }),
    ...(node.defaultOperation === undefined ? {} : { defaultOperation: node.defaultOperation }),
  }, components);
  const target = written === undefined ? undefined : callee.component;
  const operation = callee.operation ?? callee.defaultOperation;
  // Beside the mapping, the name of a built-in would be taken for one, and a template for a name.
  const inside = [target, operation].some((name = "") => name === EXEC || isBuiltIn(name) || isOpen(name));
  if (node.component !== EXEC || target === undefined || inside || !isObject(node.mapping)) return node;
  return {
    id: node.id,
    routing: node.routing,
    component: target,
    ...(operation === undefined ? {} : { operation }),
    mapping: plainInput(node.mapping, operation) ?? omit(node.mapping, ["component"]),
  };
}

/** The input alone, where a reader could not take it for something else. */
function plainInput(mapping: JsonObject, operation: string | undefined): Json | undefined {
  const input = member(mapping, "input");
  if (operation === undefined || member(mapping, "config") !== undefined || !isObject(input)) {
    return undefined;
  }
  return EXEC_KEYS.some((key) => Object.hasOwn(input, key)) ? undefined : input;
}

/** The routing of the model. It has a word for a reply, which a checked flow no longer knows from an end. */
function compiledRouting(routing: Routing, written: Json): Json {
  switch (routing.type) {
    case "next":
      return { next: { node_id: routing.to } };
    case "end":
      return isReply(written) ? "reply" : "end";
    case "branch":
      return {
        branch: {
          on_status: Object.fromEntries(routing.onStatus),
          ...(routing.default === undefined ? {} : { default: routing.default }),
        },
      };
    case "custom":
      return { custom: routing.entries.map(compiledEntry) };
  }
}

function isReply(written: Json): boolean {
  if (typeof written === "string") return written.toLowerCase() === "reply";
  return isArray(written) && member(written[0], "reply") === true;
}

function compiledEntry({ status, condition, event, to, out, reply }: RouteEntry): JsonObject {
  return {
    ...(status === undefined ? {} : { status }),
    ...(condition === undefined ? {} : { condition: condition.text }),
    ...(event === undefined ? {} : { event }),
    ...(to === undefined ? {} : { to }),
    ...(out === true ? { out } : {}),
    ...(reply === true ? { reply } : {}),
  };
}
