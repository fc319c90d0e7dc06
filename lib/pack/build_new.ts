/**
 * The entries of a pack of the new layout, in their order: the manifest with its symbol tables, components with
 * their records, then everything else by name. Never writes the inventory or the signature.
 */

import { encodeCbor } from "../base/cbor.ts";
import { RunnerError } from "../base/errors.ts";
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
import { MANIFEST } from "./entries.ts";
import type { ComponentInput, FlowInput, PackSpec } from "./pack_spec.ts";

/** The entries but inventory and signature. */
export function newFiles(spec: PackSpec): Map<string, Uint8Array> {
  const records = spec.components.map(componentRecord);
  const files = new Map<string, Uint8Array>();
  files.set(MANIFEST, encodeCbor(manifest(spec, records), { order: "given" }));
  spec.components.forEach(({ id, bytes }, i) => {
    files.set(`components/${id}.wasm`, bytes);
    files.set(
      `components/${id}.manifest.cbor`,
      encodeCbor(withoutNulls(records[i] ?? {}), { order: "canonical" }),
    );
  });
  const others = [...(spec.files ?? [])];
  for (const [path, bytes] of spec.assets ?? []) others.push([`assets/${path}`, bytes]);
  for (const [name, bytes] of others.sort(([a], [b]) => compareCodePoints(a, b))) files.set(name, bytes);
  return files;
}

/** A component's record with its id as text: the defaults, overlaid with what was given. */
function componentRecord({ id, version, world, record = {} }: ComponentInput): JsonObject {
  return {
    id,
    version,
    supports: [],
    world,
    profiles: { default: null, supported: [] },
    capabilities: { wasi: { random: false, clocks: false }, host: {} },
    configurators: null,
    operations: [],
    config_schema: null,
    resources: {},
    dev_flows: {},
    ...omit(record, ["id", "version", "world"]),
  };
}

function withoutNulls(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** The tables that the manifest's indexes point into. */
interface Tables {
  readonly components: readonly string[];
  readonly nodes: readonly string[];
  readonly capabilities: readonly string[];
}

function manifest(spec: PackSpec, records: readonly JsonObject[]): JsonObject {
  const nodes = spec.flows.flatMap(flowNodes);
  const capabilities = [...new Set(records.flatMap(capabilityNames))];
  const tables: Tables = {
    components: table([...spec.components.map((component) => component.id), ...nodes.map(componentOf)]),
    nodes: table(nodes.map(({ id }) => id)),
    capabilities: table(capabilities),
  };
  return {
    schema_version: "pack-v1",
    pack_id: 0,
    ...(spec.name === undefined ? {} : { name: spec.name }),
    version: spec.version,
    kind: spec.kind ?? "application",
    publisher: spec.publisher ?? "",
    symbols: {
      component_ids: tables.components,
      node_ids: tables.nodes,
      capability_names: tables.capabilities,
      pack_ids: [spec.id],
    },
    components: records.map((record) => ({ ...record, id: tables.components.indexOf(String(record["id"])) })),
    flows: spec.flows.map((flow) => flowEntry(flow, tables)),
    dependencies: [],
    capabilities: capabilities.map((name) => ({
      name: tables.capabilities.indexOf(name),
      description: null,
    })),
    ...(spec.secretRequirements?.length ? { secret_requirements: spec.secretRequirements } : {}),
    signatures: { signatures: [] },
    ...(spec.extensions === undefined ? {} : { extensions: spec.extensions }),
  };
}

function table(names: readonly string[]): string[] {
  return [...new Set(names)].sort(compareCodePoints);
}

/** What the pack as a whole may do, derived from one component. */
function capabilityNames(record: JsonObject): string[] {
  const host = member(record["capabilities"], "host"), wasi = member(record["capabilities"], "wasi");
  const state = member(host, "state"), files = member(wasi, "filesystem");
  const mounts = member(files, "mounts");
  const names: [boolean, string][] = [
    [isObject(member(host, "secrets")), "host:secrets"],
    [member(state, "read") === true, "host:state:read"],
    [member(state, "write") === true, "host:state:write"],
    [isObject(member(host, "messaging")), "host:messaging"],
    [isObject(member(host, "events")), "host:events"],
    [isObject(member(host, "http")), "host:http"],
    [isObject(member(host, "telemetry")), "host:telemetry"],
    [isObject(member(host, "iac")), "host:iac"],
    [isObject(files), `wasi:fs:${stringMember(files, "mode") ?? "none"}`],
    [isArray(mounts) && mounts.length > 0, "wasi:fs:mounts"],
    [member(wasi, "random") === true, "wasi:random"],
    [member(wasi, "clocks") === true, "wasi:clocks"],
  ];
  return names.flatMap(([has, name]) => has ? [name] : []);
}

interface NodeInput {
  readonly id: string;
  readonly node: Json;
}

/** The nodes of a flow in order, given as a map or as an array. */
function flowNodes({ id, document }: FlowInput): NodeInput[] {
  const nodes = member(document, "nodes");
  if (isArray(nodes)) return nodes.map((node) => ({ id: stringMember(node, "id") ?? "", node }));
  if (isObject(nodes)) return Object.entries(nodes).map(([nodeId, node]) => ({ id: nodeId, node }));
  throw new RunnerError("option.invalid", `Flow "${id}" has no nodes`);
}

function componentOf({ id, node }: NodeInput): string {
  const component = stringMember(member(node, "component"), "id");
  if (component === undefined) throw new RunnerError("option.invalid", `Node "${id}" names no component`);
  return component;
}

function flowEntry(flow: FlowInput, tables: Tables): JsonObject {
  const { id, document } = flow;
  const kind = stringMember(document, "kind") ?? "messaging";
  const entrypoints = member(document, "entrypoints") ?? {};
  const wire = {
    schema_version: stringMember(document, "schema_version") ?? "flow-v1",
    id,
    kind,
    entrypoints,
    nodes: flowNodes(flow).map((node) => wireNode(node, tables)),
    metadata: member(document, "metadata") ?? { tags: [], extra: {} },
  };
  return {
    id,
    kind,
    flow: wire,
    tags: [],
    entrypoints: isObject(entrypoints) ? Object.keys(entrypoints) : [],
  };
}

function wireNode(input: NodeInput, tables: Tables): JsonObject {
  const { id, node } = input;
  const component = member(node, "component");
  return {
    id: tables.nodes.indexOf(id),
    component: {
      id: tables.components.indexOf(componentOf(input)),
      pack_alias: member(component, "pack_alias") ?? null,
      operation: member(component, "operation") ?? null,
    },
    input: member(node, "input") ?? { mapping: {} },
    output: member(node, "output") ?? { mapping: {} },
    routing: wireRouting(id, { routing: member(node, "routing") ?? "end", nodes: tables.nodes }),
    telemetry: member(node, "telemetry") ?? { attributes: {} },
  };
}

function wireRouting(id: string, { routing, nodes }: { routing: Json; nodes: readonly string[] }): Json {
  if (routing === "end") return "End";
  if (routing === "reply") return "Reply";
  const next = member(routing, "next"),
    branch = member(routing, "branch"),
    custom = member(routing, "custom");
  if (next !== undefined) return { Next: { node_id: index(member(next, "node_id")) } };
  if (isObject(branch)) {
    const table = member(branch, "on_status");
    const onStatus = Object.entries(isObject(table) ? table : {}).map(([status, to]) => [status, index(to)]);
    const otherwise = member(branch, "default") ?? null;
    return {
      Branch: {
        on_status: Object.fromEntries(onStatus),
        default: otherwise === null ? null : index(otherwise),
      },
    };
  }
  if (custom !== undefined) return { Custom: custom };
  throw new RunnerError("option.invalid", `Node "${id}" has an unknown routing`);

  function index(target: Json | undefined): number {
    const found = typeof target === "string" ? nodes.indexOf(target) : -1;
    if (found >= 0) return found;
    throw new RunnerError(
      "option.invalid",
      `Node "${id}" leads to ${JSON.stringify(target ?? null)}, which is no node`,
    );
  }
}
