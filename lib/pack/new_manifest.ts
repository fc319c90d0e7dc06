/**
 * The new manifest: flows and components inside, every id an index into a table, resolved here to its text.
 * Never reads another entry, and never refuses the pack for one bad flow.
 */

import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { FlowSource, ProviderSource } from "../base/flow_source.ts";
import { isArray, type Json, member, stringMember } from "../base/json.ts";
import { compiledFlow, type Symbols } from "./compiled_flow.ts";
import { MANIFEST } from "./entries.ts";
import type { ComponentSpec, Manifest, SecretRequirement } from "./manifest.ts";
import { listedSignatures } from "./manifest_signature.ts";
import { replacementFlows } from "./runtime_flows.ts";
import { type Fields, isIdentifier, isSecretKey, isVersion } from "./shape.ts";

/** What a manifest of the new layout says. */
export function newManifest(top: Fields): Manifest {
  checkSchema(top);
  const symbols = readSymbols(top.object("symbols"));
  const version = top.text("version");
  if (!isVersion(version)) throw top.fault("version", `is no version: "${version}"`);
  const name = top.optionalText("name"), publisher = top.optionalText("publisher");
  const components = top.objects("components").map((fields) => component(fields, symbols));
  const findings: Finding[] = [];
  const listed = flows(top.objects("flows"), symbols, findings);
  const extensions = readExtensions(top.optionalObject("extensions"));
  const replaced = replacementFlows(extensions, findings);
  return {
    layout: "new",
    id: packId(top, symbols),
    version,
    kind: top.text("kind"),
    ...(name === undefined ? {} : { name }),
    ...(publisher === undefined ? {} : { publisher }),
    entryFlows: entryFlows(top.objects("flows"), replaced),
    flows: (replaced ?? listed).map((flow) => ({ form: "inline", flow })),
    flowFindings: findings,
    components,
    providers: providers(extensions),
    secrets: top.has("secret_requirements") ? top.objects("secret_requirements").map(secret) : [],
    extensions,
    digests: [],
    signatures: listedSignatures(top.value),
  };
}

/** Refuses schemas newer than this reader; other spellings of the first schema exist and are read. */
function checkSchema(top: Fields): void {
  const schema = top.text("schema_version");
  const number = /^pack-v(\d+)$/.exec(schema)?.[1];
  if (number === undefined || Number(number) <= 1) return;
  throw new RunnerError(
    "manifest.newer",
    `Manifest has the schema "${schema}", which this runner does not know`,
    {
      place: MANIFEST,
      hint: "This runner reads schema pack-v1; use a newer runner or an older builder",
    },
  );
}

function readSymbols(fields: Fields): Symbols {
  fields.texts("capability_names");
  return {
    components: identifiers(fields, "component_ids"),
    nodes: identifiers(fields, "node_ids"),
    packs: identifiers(fields, "pack_ids"),
  };
}

function identifiers(fields: Fields, key: string): string[] {
  const ids = fields.texts(key);
  const bad = ids.findIndex((id) => !isIdentifier(id));
  if (bad >= 0) throw fields.fault(`${key}[${bad}]`, `is no identifier: ${JSON.stringify(ids[bad])}`);
  return ids;
}

/** The id of the pack: an index, or the text itself in later manifests. */
function packId(top: Fields, symbols: Symbols): string {
  const given = top.optional("pack_id");
  const id = typeof given === "string" ? given : typeof given === "number" ? symbols.packs[given] : undefined;
  if (id === undefined || !isIdentifier(id)) throw top.fault("pack_id", "names no pack");
  return id;
}

function component(fields: Fields, symbols: Symbols): ComponentSpec {
  const index = fields.optional("id");
  const id = typeof index === "number" ? symbols.components[index] : undefined;
  if (id === undefined) throw fields.fault("id", "names no component");
  const record = { ...fields.value, id };
  return {
    id,
    version: fields.text("version"),
    world: fields.text("world"),
    entry: `components/${id}.wasm`,
    record,
  };
}

function flows(listed: readonly Fields[], symbols: Symbols, findings: Finding[]): FlowSource[] {
  const sources = new Map<string, FlowSource>();
  for (const fields of listed) {
    const id = fields.text("id");
    const place = `${MANIFEST} ${fields.path}`;
    const twin = sources.get(id);
    if (twin !== undefined) {
      findings.push({
        severity: "error",
        code: "flow.duplicate",
        message: `Flow "${id}" occurs twice: at ${twin.place} and ${place}`,
        place,
        flow: id,
      });
      continue;
    }
    try {
      sources.set(id, {
        id,
        form: "compiled",
        document: compiledFlow(fields.object("flow"), symbols),
        place,
      });
    } catch (error) {
      // One flow that cannot be read does not take the others with it.
      if (!(error instanceof RunnerError)) throw error;
      findings.push({
        severity: "error",
        code: "flow.invalid",
        message: `Flow "${id}": ${error.message}`,
        place,
        flow: id,
      });
    }
  }
  return [...sources.values()];
}

/** The manifest's flows in order; the replacing flows where they share none of these. */
function entryFlows(listed: readonly Fields[], replaced: readonly FlowSource[] | undefined): string[] {
  const ids = [...new Set(listed.map((fields) => fields.text("id")))];
  if (replaced === undefined) return ids;
  const replacing = new Set(replaced.map((flow) => flow.id));
  const kept = ids.filter((id) => replacing.has(id));
  return kept.length > 0 ? kept : replaced.map((flow) => flow.id);
}

function readExtensions(fields: Fields | undefined): Map<string, Json> {
  const payloads = Object.keys(fields?.value ?? {}).map((key): [string, Json] => {
    return [key, fields?.object(key).optional("inline") ?? null];
  });
  return new Map(payloads);
}

function providers(extensions: ReadonlyMap<string, Json>): ProviderSource[] {
  const listed = member(extensions.get("greentic.provider-extension.v1"), "providers");
  return (isArray(listed) ? listed : []).flatMap((item) => {
    const runtime = member(item, "runtime");
    const type = stringMember(item, "provider_type"), component = stringMember(runtime, "component_ref");
    if (type === undefined || component === undefined) return [];
    return [{ type, component, world: stringMember(runtime, "world") ?? "" }];
  });
}

function secret(fields: Fields): SecretRequirement {
  const key = fields.text("key");
  if (!isSecretKey(key)) throw fields.fault("key", `is no secret key: ${JSON.stringify(key)}`);
  const description = fields.optionalText("description");
  const required = fields.optional("required") !== false;
  return { key, required, ...(description === undefined ? {} : { description }) };
}
