/**
 * The entries of a pack of the new layout, in their order: the manifest with its symbol tables, components with
 * their records, then everything else by name. Never writes the inventory or the signature.
 */

import { concatBytes } from "../base/bytes.ts";
import { encodeCbor } from "../base/cbor.ts";
import { cborRange } from "../base/cbor_range.ts";
import { sha256Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import {
  compareCodePoints,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
} from "../base/json.ts";
import { COMPONENT_MANIFESTS, MANIFEST } from "./entries.ts";
import { capabilityNames } from "./capability_names.ts";
import { componentRecord, secretRecord } from "./component_record.ts";
import type { FlowInput, PackSpec } from "./pack_spec.ts";

/** The entries but inventory and signature. */
export async function newFiles(spec: PackSpec): Promise<Map<string, Uint8Array>> {
  const records = spec.components.map(componentRecord);
  const manifests = records.map((record): [string, Uint8Array] => [
    `components/${record["id"]}.manifest.cbor`,
    encodeCbor(withoutNulls(record), { order: "canonical" }),
  ]);
  const extensions = { ...spec.extensions, ...await componentManifests(spec, manifests) };
  const files = new Map<string, Uint8Array>();
  files.set(
    MANIFEST,
    withProviders(encodeCbor(manifest({ ...spec, extensions }, records), { order: "given" })),
  );
  for (const [i, { id, bytes }] of spec.components.entries()) {
    files.set(`components/${id}.wasm`, bytes);
    files.set(...manifests[i]!);
  }
  const others = [...(spec.files ?? [])];
  for (const [path, bytes] of spec.assets ?? []) others.push([`assets/${path}`, bytes]);
  for (const [name, bytes] of others.sort(([a], [b]) => compareCodePoints(a, b))) files.set(name, bytes);
  return files;
}

function withoutNulls(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

/** The extension that lists the components' own manifests with their digests. */
async function componentManifests(
  spec: PackSpec,
  manifests: readonly (readonly [string, Uint8Array])[],
): Promise<JsonObject> {
  if (spec.componentManifests !== true || manifests.length === 0) return {};
  const entries: JsonObject[] = [];
  for (const [i, [manifestFile, bytes]] of manifests.entries()) {
    entries.push({
      component_id: spec.components[i]!.id,
      manifest_file: manifestFile,
      encoding: "cbor",
      content_hash: `sha256:${await sha256Hex(bytes)}`,
    });
  }
  const inline = { schema_version: 1, entries };
  return { [COMPONENT_MANIFESTS]: { kind: COMPONENT_MANIFESTS, version: "1.0.0", inline } };
}

/** The reference writes the map of a provider extension with an open end, and so do we: `bf … ff`. */
function withProviders(manifest: Uint8Array): Uint8Array {
  const range = cborRange(manifest, ["extensions", "greentic.provider-extension.v1", "inline"]);
  const head = range === undefined ? 0 : manifest[range.start]!;
  const smallMap = head >= 0xa0 && head <= 0xb7;
  if (range === undefined || !smallMap) return manifest;
  return concatBytes([
    manifest.subarray(0, range.start),
    Uint8Array.of(0xbf),
    manifest.subarray(range.start + 1, range.end),
    Uint8Array.of(0xff),
    manifest.subarray(range.end),
  ]);
}

/** The tables that the manifest's indexes point into. */
interface Tables {
  readonly components: SymbolTable;
  readonly nodes: SymbolTable;
  readonly capabilities: SymbolTable;
  readonly packs: SymbolTable;
}

/** Names, each once, in sorted order, with their indexes. */
class SymbolTable {
  readonly names: readonly string[];
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(names: readonly string[]) {
    this.names = [...new Set(names)].sort(compareCodePoints);
    this.#indexes = new Map(this.names.map((name, i) => [name, i]));
  }

  /** The index of a name, or -1. */
  indexOf(name: string): number {
    return this.#indexes.get(name) ?? -1;
  }
}

function manifest(spec: PackSpec, records: readonly JsonObject[]): JsonObject {
  const nodes = spec.flows.flatMap(flowNodes);
  const capabilities = [...new Set(records.flatMap(capabilityNames))];
  const dependencies = spec.dependencies ?? [];
  const tables: Tables = {
    components: new SymbolTable([
      ...spec.components.map((component) => component.id),
      ...nodes.map(componentOf),
    ]),
    nodes: new SymbolTable(nodes.map(({ id }) => id)),
    capabilities: new SymbolTable([...capabilities, ...dependencies.flatMap(capabilitiesOf)]),
    packs: new SymbolTable([spec.id, ...dependencies.map((dependency) => String(dependency["pack_id"]))]),
  };
  return {
    schema_version: "pack-v1",
    pack_id: tables.packs.indexOf(spec.id),
    ...(spec.name === undefined ? {} : { name: spec.name }),
    version: spec.version,
    kind: spec.kind ?? "application",
    publisher: spec.publisher ?? "",
    symbols: {
      component_ids: tables.components.names,
      node_ids: tables.nodes.names,
      capability_names: tables.capabilities.names,
      pack_ids: tables.packs.names,
    },
    components: records.map((record) => ({ ...record, id: tables.components.indexOf(String(record["id"])) })),
    flows: spec.flows.map((flow) => flowEntry(flow, tables)),
    dependencies: dependencies.map((dependency) => ({
      alias: dependency["alias"] ?? "",
      pack_id: tables.packs.indexOf(String(dependency["pack_id"])),
      version_req: dependency["version_req"] ?? "*",
      required_capabilities: capabilitiesOf(dependency).map((name) => tables.capabilities.indexOf(name)),
    })),
    capabilities: capabilities.map((name) => ({
      name: tables.capabilities.indexOf(name),
      description: null,
    })),
    ...(spec.secretRequirements?.length
      ? { secret_requirements: spec.secretRequirements.map(secretRecord) }
      : {}),
    signatures: { signatures: [] },
    ...(spec.bootstrap === undefined ? {} : { bootstrap: spec.bootstrap }),
    ...(Object.keys(spec.extensions ?? {}).length === 0 ? {} : { extensions: spec.extensions! }),
  };
}

/** The capabilities that a dependency must have. */
function capabilitiesOf(dependency: JsonObject): string[] {
  const required = dependency["required_capabilities"];
  return isArray(required) ? required.filter((name) => typeof name === "string") : [];
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
    tags: [...flow.tags ?? []],
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

function wireRouting(id: string, { routing, nodes }: { routing: Json; nodes: SymbolTable }): Json {
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
