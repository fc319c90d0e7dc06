/**
 * The older manifest: a `meta` map, flows that name their entries, components by name.
 * Never reads those entries, and never the readable twin `manifest.json`.
 */

import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { MANIFEST } from "./entries.ts";
import type { ComponentSpec, FlowSpec, ListedDigest, Manifest } from "./manifest.ts";
import { type Fields, isVersion } from "./shape.ts";

/** What an older manifest says. */
export function legacyManifest(top: Fields): Manifest {
  const meta = top.object("meta");
  checkPackVersion(meta);
  const version = meta.text("version");
  if (!isVersion(version)) throw meta.fault("version", `is no version: "${version}"`);
  const findings: Finding[] = [];
  const flows = flowSpecs(top.objects("flows"), findings);
  const entries = meta.texts("entry_flows");
  const kind = meta.optionalText("kind"), description = meta.optionalText("description");
  const publisher = meta.optionalText("vendor");
  return {
    layout: "legacy",
    id: meta.text("pack_id"),
    version,
    name: meta.text("name"),
    ...(kind === undefined ? {} : { kind }),
    ...(description === undefined ? {} : { description }),
    ...(publisher === undefined ? {} : { publisher }),
    entryFlows: entries.length > 0 ? entries : [...flows.keys()],
    flows: [...flows.values()],
    flowFindings: findings,
    components: top.objects("components").map(componentSpec),
    providers: [],
    secrets: [],
    extensions: new Map(),
    digests: [
      ...listedDigests(top.objects("flows"), "file_json"),
      ...listedDigests(top.objects("components"), "file_wasm"),
    ],
    signatures: [],
  };
}

function checkPackVersion(meta: Fields): void {
  const given = meta.optional("packVersion");
  if (given === undefined || given === 1) return;
  throw new RunnerError("manifest.newer", `Manifest has packVersion ${JSON.stringify(given)}`, {
    place: MANIFEST,
    hint: "This runner reads packVersion 1 and schema pack-v1",
  });
}

/** In practice a flow's digest is that of its JSON, a component's that of its bytes. */
function listedDigests(listed: readonly Fields[], file: string): ListedDigest[] {
  return listed.map((fields) => ({
    entry: fields.text(file),
    digest: `blake3:${fields.optionalText("hash_blake3") ?? ""}`,
  }));
}

function flowSpecs(listed: readonly Fields[], findings: Finding[]): Map<string, FlowSpec> {
  const flows = new Map<string, Extract<FlowSpec, { form: "entry" }>>();
  for (const fields of listed) {
    const id = fields.text("id"), entry = fields.text("file_json");
    const first = flows.get(id);
    if (first !== undefined) {
      const place = `${MANIFEST} ${fields.path}`;
      const message = `Flow "${id}" occurs twice: as "${first.entry}" and as "${entry}"`;
      findings.push({ severity: "error", code: "flow.duplicate", message, place, flow: id });
    } else {
      const yaml = fields.optionalText("file_yaml");
      flows.set(id, { form: "entry", id, entry, ...(yaml === undefined ? {} : { yaml }) });
    }
  }
  return flows;
}

function componentSpec(fields: Fields): ComponentSpec {
  const world = fields.optionalText("world");
  return {
    id: fields.text("name"),
    version: fields.text("version"),
    ...(world === undefined ? {} : { world }),
    entry: fields.text("file_wasm"),
    record: fields.value,
  };
}
