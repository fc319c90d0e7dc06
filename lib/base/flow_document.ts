/**
 * From the text of a flow document to the source that the parser takes: its form, the order of its nodes, the node
 * it starts at, the lines to name in findings. Never judges what the document says.
 */

import { type FlowLines, type FlowSource, isCompiled } from "./flow_source.ts";
import { isArray, isObject, type Json, member, stringMember } from "./json.ts";
import { parseYaml, type YamlDocument } from "./yaml.ts";

/** What a document is called, and what is known of its nodes beside it. */
export interface FlowNaming {
  /** The flow's id. */
  readonly id: string;
  /** The file, for findings. */
  readonly place: string;
  /** Components by node, as a sidecar has them. */
  readonly resolved?: ReadonlyMap<string, string> | undefined;
}

/** The source of a document that was read, as its author wrote it or compiled. */
export function flowSource(yaml: YamlDocument, { id, place, resolved }: FlowNaming): FlowSource {
  const { value } = yaml;
  const compiled = isCompiled(value);
  return {
    id,
    form: compiled ? "compiled" : "authored",
    document: compiled ? value : startNamed(value, yaml.keysOf(["nodes"])),
    place,
    order: yaml.keysOf(["nodes"]),
    lines: flowLines(yaml),
    ...(resolved === undefined ? {} : { resolved }),
  };
}

/** Where the parts of a document stand. */
export function flowLines(yaml: YamlDocument): FlowLines {
  const nodes = member(yaml.value, "nodes");
  const places: [string, string | number][] = isArray(nodes)
    ? nodes.map((node, i) => [stringMember(node, "id") ?? "", i])
    : yaml.keysOf(["nodes"]).map((id) => [id, id]);
  const keys = new Map(places);
  return {
    flow: 1,
    nodes: new Map(places.map(([id, key]) => [id, yaml.lineOf(["nodes", key])])),
    at: (path, node) => yaml.lineOf(node === undefined ? path : ["nodes", keys.get(node) ?? node, ...path]),
  };
}

/** A document that says where it starts: at the node "in", or else at the first that its author wrote. */
function startNamed(document: Json, ids: readonly string[]): Json {
  const nodes = member(document, "nodes");
  if (!isObject(document) || !isObject(nodes)) return document;
  const named = member(member(document, "entrypoints"), "default") ?? member(document, "start");
  const first = ids.includes("in") ? "in" : ids[0];
  return named !== undefined || first === undefined ? document : { ...document, start: first };
}

/** The components by node that a sidecar tells, for nodes that name an operation alone. */
export function readSidecar(text: string, place: string): Map<string, string> {
  const nodes = member(parseYaml(text, place).value, "nodes");
  return new Map(
    Object.entries(isObject(nodes) ? nodes : {}).flatMap(([node, row]): [string, string][] => {
      const component = stringMember(row, "component_id");
      return component === undefined ? [] : [[node, component]];
    }),
  );
}
