/**
 * A flow without a pack, dressed as one: a manifest with this flow alone. Its components come from where the user
 * says. Never judges the flow.
 */

import { RunnerError } from "../base/errors.ts";
import { flowSource, readSidecar } from "../base/flow_document.ts";
import { SIDECAR_SUFFIX } from "../base/flow_names.ts";
import { stringMember } from "../base/json.ts";
import { parseYaml } from "../base/yaml.ts";
import type { Manifest } from "./manifest.ts";
import { fileIdentifier } from "./shape.ts";
import type { PackSource } from "./source.ts";

/**
 * What the manifest of a pack with this flow alone would say.
 *
 * @throws {RunnerError} `yaml.invalid`, naming file and line, when the document is neither YAML nor JSON.
 */
export async function looseManifest(source: PackSource): Promise<Manifest> {
  const [file] = source.entries;
  const name = file?.name ?? "";
  const place = source.label;
  const yaml = parseYaml(await textOf(source, name) ?? "", place);
  const sidecar = await textOf(source, `${name}${SIDECAR_SUFFIX}`);
  const stem = fileIdentifier(name.replace(/\.[^.]+$/, ""), "flow");
  const id = stringMember(yaml.value, "id") ?? stem;
  const flow = flowSource(yaml, {
    id,
    place,
    resolved: sidecar === undefined ? undefined : readSidecar(sidecar, `${place}${SIDECAR_SUFFIX}`),
  });
  return {
    layout: "flow",
    id: stem,
    version: "0.0.0",
    entryFlows: [id],
    flows: [{ form: "inline", flow }],
    flowFindings: [],
    components: [],
    providers: [],
    secrets: [],
    extensions: new Map(),
    digests: [],
    signatures: [],
  };
}

async function textOf(source: PackSource, name: string): Promise<string | undefined> {
  const bytes = await source.read(name);
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RunnerError("yaml.invalid", "Document cannot be read: it is no text in UTF-8", {
      place: source.label,
      cause,
    });
  }
}
