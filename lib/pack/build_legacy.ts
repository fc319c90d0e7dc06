/**
 * The entries of a pack of the older layout, in the order in which its inventory lists them.
 * Never writes the inventory or the signature, which need the entries first.
 */

import { encodeCbor } from "../base/cbor.ts";
import { blake3Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import { compareCodePoints, type Json, type JsonObject, stringMember } from "../base/json.ts";
import { MANIFEST } from "./entries.ts";
import type { ComponentInput, FlowInput, PackSpec } from "./pack_spec.ts";

const UTF8 = new TextEncoder();

/** The entries but inventory and signature. */
export async function legacyFiles(spec: PackSpec): Promise<Map<string, Uint8Array>> {
  checkLegacy(spec);
  const files = new Map<string, Uint8Array>();
  const flows: JsonObject[] = [], components: JsonObject[] = [];
  for (const flow of spec.flows) flows.push(await addFlow(flow, files));
  for (const component of spec.components) components.push(await addComponent(component, files));
  for (const [path, bytes] of spec.assets ?? []) files.set(`assets/${path}`, bytes);
  for (const [path, bytes] of spec.files ?? []) files.set(path, bytes);
  const manifest = { meta: meta(spec), flows: byKey(flows, "id"), components: byKey(components, "name") };
  files.set(MANIFEST, encodeCbor(manifest, { order: "canonical" }));
  files.set("manifest.json", pretty(manifest));
  files.set("provenance.json", pretty(provenance(spec)));
  return files;
}

function checkLegacy(spec: PackSpec): void {
  const entry = spec.entryFlows?.find((id) => !spec.flows.some((flow) => flow.id === id));
  const what = spec.extensions !== undefined
    ? "The older layout has no extensions"
    : spec.secretRequirements !== undefined
    ? "The older layout has no secret requirements"
    : spec.flows.length === 0
    ? "The older layout needs at least one flow"
    : entry !== undefined
    ? `Entry flow "${entry}" is not among the flows`
    : undefined;
  if (what !== undefined) throw new RunnerError("option.invalid", what);
}

function meta(spec: PackSpec): JsonObject {
  return {
    packVersion: 1,
    pack_id: spec.id,
    version: spec.version,
    name: spec.name ?? spec.id,
    ...(spec.kind === undefined ? {} : { kind: spec.kind }),
    description: spec.description ?? null,
    authors: [],
    license: null,
    homepage: null,
    support: null,
    vendor: spec.publisher ?? null,
    imports: [],
    entry_flows: [...(spec.entryFlows ?? spec.flows.map((flow) => flow.id))],
    created_at_utc: spec.createdAt,
    annotations: {},
  };
}

async function addFlow(flow: FlowInput, files: Map<string, Uint8Array>): Promise<JsonObject> {
  const json = UTF8.encode(JSON.stringify(flow.document));
  const folder = `flows/${flow.id}`;
  // JSON is YAML, so a flow that nobody wrote in YAML still has its source.
  const yaml = flow.yaml?.replaceAll("\r\n", "\n") ?? `${JSON.stringify(flow.document, null, 2)}\n`;
  files.set(`${folder}/flow.ygtc`, UTF8.encode(yaml));
  files.set(`${folder}/flow.json`, json);
  return {
    id: flow.id,
    kind: stringMember(flow.document, "type") ?? stringMember(flow.document, "flow_type") ?? "messaging",
    entry: stringMember(flow.document, "start") ?? "",
    file_yaml: `${folder}/flow.ygtc`,
    file_json: `${folder}/flow.json`,
    hash_blake3: await blake3Hex(json),
  };
}

async function addComponent(component: ComponentInput, files: Map<string, Uint8Array>): Promise<JsonObject> {
  const { id, version, world, bytes, record } = component;
  const folder = `components/${id}@${version}`;
  files.set(`${folder}/component.wasm`, bytes);
  if (record !== undefined) files.set(`${folder}/manifest.json`, pretty(record));
  return {
    name: id,
    version,
    file_wasm: `${folder}/component.wasm`,
    hash_blake3: await blake3Hex(bytes),
    schema_file: null,
    manifest_file: record === undefined ? null : `${folder}/manifest.json`,
    world,
    capabilities: record?.["capabilities"] ?? null,
  };
}

function provenance(spec: PackSpec): JsonObject {
  return {
    builder: "greentic-runner",
    git_commit: null,
    git_repo: null,
    toolchain: null,
    built_at_utc: spec.createdAt,
    host: null,
    notes: null,
  };
}

function byKey(items: readonly JsonObject[], key: string): JsonObject[] {
  return [...items].sort((a, b) => compareCodePoints(stringMember(a, key) ?? "", stringMember(b, key) ?? ""));
}

function pretty(value: Json): Uint8Array {
  return UTF8.encode(JSON.stringify(value, null, 2));
}
