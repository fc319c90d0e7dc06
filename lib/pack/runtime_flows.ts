/**
 * Flows that an extension of the new manifest brings in place of the manifest's own, in the same compiled form.
 * Never fails as a whole: an item that is no flow becomes a warning.
 */

import type { Finding } from "../base/finding.ts";
import type { FlowSource } from "../base/flow_source.ts";
import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  omit,
  stringMember,
} from "../base/json.ts";
import { isIdentifier } from "./shape.ts";

const KEYS = ["greentic.pack.runtime_flow", "greentic.pack.flow_runtime", "greentic.pack.runtime_flows"];

/** The flows of the first extension of this kind, or undefined when there is none or it yields no flow. */
export function replacementFlows(
  extensions: ReadonlyMap<string, Json>,
  findings: Finding[],
): FlowSource[] | undefined {
  const key = KEYS.find((name) => extensions.has(name));
  if (key === undefined) return undefined;
  const payload = extensions.get(key);
  const listed = isArray(payload) ? payload : member(payload, "flows");
  const sources = new Map<string, FlowSource>();
  (isArray(listed) ? listed : []).forEach((item, i) => {
    const place = `manifest.cbor extensions.${key}[${i}]`;
    const document = runtimeFlow(item);
    const id = stringMember(document, "id") ?? "";
    if (document === undefined || sources.has(id)) {
      const what = document === undefined ? "Item is no flow" : `Flow "${id}" occurs twice`;
      findings.push({
        severity: "warning",
        code: "flow.invalid",
        message: `${what} and was left out`,
        place,
      });
    } else {
      sources.set(id, { id, form: "compiled", document, place });
    }
  });
  return sources.size > 0 ? [...sources.values()] : undefined;
}

/** The compiled form of one item, or undefined when it is no flow. */
function runtimeFlow(item: Json): JsonObject | undefined {
  const id = stringMember(item, "id"), kind = stringMember(item, "kind") ?? stringMember(item, "flow_type");
  const given = member(item, "nodes");
  if (!isObject(item) || id === undefined || !isIdentifier(id) || kind === undefined || !isObject(given)) {
    return undefined;
  }
  const nodes: JsonObject[] = [];
  for (const [nodeId, node] of Object.entries(given)) {
    const compiled = isIdentifier(nodeId) ? runtimeNode(nodeId, node) : undefined;
    if (compiled === undefined) return undefined;
    nodes.push(compiled);
  }
  // The model form keeps its order; the short form has none and is sorted.
  if (!Object.values(given).some(isModelNode)) {
    nodes.sort((a, b) => compareCodePoints(String(a["id"]), String(b["id"])));
  }
  const entrypoints = member(item, "entrypoints"), start = stringMember(item, "start");
  const bare = !isObject(entrypoints) || Object.keys(entrypoints).length === 0;
  return {
    schema_version: stringMember(item, "schema_version") ?? "1.0",
    id,
    kind,
    entrypoints: !bare ? entrypoints : start === undefined ? {} : { default: start },
    nodes,
    metadata: member(item, "metadata") ?? { tags: [], extra: null },
  };
}

function isModelNode(node: Json): boolean {
  return isObject(member(node, "component"));
}

function runtimeNode(id: string, node: Json): JsonObject | undefined {
  if (!isObject(node)) return undefined;
  if (isModelNode(node)) return { ...omit(node, ["id"]), id };
  const component = stringMember(node, "component_id") ?? stringMember(node, "component");
  if (component === undefined || !isIdentifier(component)) return undefined;
  const operation = stringMember(node, "operation_name") ?? stringMember(node, "operation");
  return {
    id,
    component: { id: component, ...(operation === undefined ? {} : { operation }) },
    input: { mapping: first(node, ["operation_payload", "payload", "input"]) },
    output: { mapping: {} },
    routing: member(node, "routing") ?? "end",
    telemetry: member(node, "telemetry") ?? { attributes: {} },
  };
}

function first(node: JsonObject, keys: readonly string[]): Json {
  for (const key of keys) {
    const found = member(node, key);
    if (found !== undefined) return found;
  }
  return null;
}
