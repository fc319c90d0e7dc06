/** Reads and checks the flows of a folder that a pack is built from. Throws for no fault of theirs: all are findings. */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import type { FlowLines, FlowSource } from "./base/flow_source.ts";
import { isArray, isObject, type Json, type JsonObject, member, stringMember } from "./base/json.ts";
import { parseYaml, type YamlDocument } from "./base/yaml.ts";
import { tolerant } from "./build_findings.ts";
import { type CompiledFlow, compileFlow, isCompiled } from "./flow/compile.ts";
import { isSafeName } from "./pack/limits.ts";
import type { FlowInput } from "./pack/pack_spec.ts";
import { PACK_YAML } from "./pack/entries.ts";
import type { DescribedFlow, PackDescription } from "./pack/pack_yaml.ts";
import { isIdentifier } from "./pack/shape.ts";
import type { SourceFolder } from "./pack/source_folder.ts";

/** What a flow is built into. */
export interface FlowTarget {
  /** The layout of the pack. */
  readonly layout: "legacy" | "new";
  /** The ids of its components. */
  readonly components: ReadonlySet<string>;
  /** Whether other packs may bring further components. */
  readonly open: boolean;
}

const FLOW_FILE_REGEXP = /\.(?:ygtc|ya?ml|json)$/i;
const SIDECAR_REGEXP = /\.resolve(?:\.summary)?\.json$/i;

/** The flows that `pack.yaml` lists, or else those of the folder `flows`. */
export async function readFlows(
  folder: SourceFolder,
  { flows }: PackDescription,
  { target, findings }: { target: FlowTarget; findings: Finding[] },
): Promise<FlowInput[]> {
  const listed = flows ?? await foundFlows(folder, findings);
  const inputs = new Map<string, FlowInput & { readonly file: string }>();
  for (const flow of listed) {
    const input = await tolerant(() => readFlow(folder, flow, { target, findings }), findings);
    if (input === undefined) continue;
    const twin = inputs.get(input.id);
    if (twin === undefined) inputs.set(input.id, { ...input, file: flow.file });
    else {
      const message = `Flow "${input.id}" is in ${twin.file} and in ${flow.file}`;
      findings.push({ severity: "error", code: "flow.invalid", message, place: flow.file });
    }
  }
  return [...inputs.values()];
}

async function foundFlows(folder: SourceFolder, findings: Finding[]): Promise<DescribedFlow[]> {
  const names = await tolerant(() => folder.list("flows"), findings) ?? [];
  return names.filter((name) => FLOW_FILE_REGEXP.test(name) && !SIDECAR_REGEXP.test(name))
    .map((file) => ({ file, tags: [], line: 0 }));
}

async function readFlow(
  folder: SourceFolder,
  { file: written, id: listedId, tags, line }: DescribedFlow,
  { target, findings }: { target: FlowTarget; findings: Finding[] },
): Promise<FlowInput | undefined> {
  const file = written.replace(/^(?:\.\/)+/, "");
  const inside = isSafeName(file);
  const text = inside ? await folder.text(file) : undefined;
  if (text === undefined) {
    const what = inside ? "does not exist" : "leads out of the folder";
    throw new RunnerError("build.missing_file", `Flow file "${written}" ${what}`, {
      place: `${PACK_YAML}:${line}`,
      hint: "Name it relative to the folder of pack.yaml",
    });
  }
  const yaml = parseYaml(text, file);
  const named = member(yaml.value, "id") ?? listedId;
  const id = typeof named === "string" ? named : undefined;
  const wrong = named === undefined
    ? "has no id"
    : id === undefined
    ? "has an id that is no text"
    : !isIdentifier(id)
    ? `has the id "${id}", which has other characters than A-Z a-z 0-9 . _ -`
    : listedId !== undefined && listedId !== id
    ? `has the id "${id}", and ${PACK_YAML} lists it as "${listedId}"`
    : undefined;
  if (wrong !== undefined || id === undefined) {
    throw new RunnerError("flow.invalid", `Flow ${wrong}`, { place: `${file}:${yaml.lineOf(["id"])}` });
  }
  // The older layout has no place for what a sidecar says, so there the flow must say all itself.
  const sidecar = target.layout === "new" ? `${file}.resolve.summary.json` : undefined;
  const resolved = sidecar === undefined ? undefined : await readSidecar(folder, sidecar);
  const source = flowSource(yaml, { id, file, resolved });
  const compiled = compileFlow(source);
  findings.push(...compiled.findings, ...strangers(compiled, source, target));
  const input = target.layout === "legacy" ? legacyInput(compiled, source, findings) : compiled.document;
  return input === undefined ? undefined : { id, document: input, yaml: text, tags };
}

function flowSource(
  yaml: YamlDocument,
  { id, file, resolved }: { id: string; file: string; resolved: Map<string, string> | undefined },
): FlowSource {
  const { value } = yaml;
  const compiled = isCompiled(value);
  return {
    id,
    form: compiled ? "compiled" : "authored",
    document: compiled ? value : startNamed(value, yaml.keysOf(["nodes"])),
    place: file,
    order: yaml.keysOf(["nodes"]),
    lines: linesOf(yaml),
    ...(resolved === undefined ? {} : { resolved }),
  };
}

function linesOf(yaml: YamlDocument): FlowLines {
  const nodes = member(yaml.value, "nodes");
  const places: [string, string | number][] = isArray(nodes)
    ? nodes.map((node, i) => [stringMember(node, "id") ?? "", i])
    : yaml.keysOf(["nodes"]).map((id) => [id, id]);
  return { flow: 1, nodes: new Map(places.map(([id, key]) => [id, yaml.lineOf(["nodes", key])])) };
}

/** A document that says where it starts: at the node "in", or else at the first that its author wrote. */
function startNamed(document: Json, ids: readonly string[]): Json {
  const nodes = member(document, "nodes");
  if (!isObject(document) || !isObject(nodes)) return document;
  const named = member(member(document, "entrypoints"), "default") ?? member(document, "start");
  const first = ids.includes("in") ? "in" : ids[0];
  return named !== undefined || first === undefined ? document : { ...document, start: first };
}

/** The components of nodes that name an operation alone, as the packer's sidecar has them. */
async function readSidecar(folder: SourceFolder, name: string): Promise<Map<string, string>> {
  const text = await folder.text(name);
  if (text === undefined) return new Map();
  const nodes = member(parseYaml(text, name).value, "nodes");
  return new Map(
    Object.entries(isObject(nodes) ? nodes : {}).flatMap(([node, row]): [string, string][] => {
      const component = stringMember(row, "component_id");
      return component === undefined ? [] : [[node, component]];
    }),
  );
}

/** Findings for nodes whose component the pack does not have. */
function strangers({ flow }: CompiledFlow, { place, lines }: FlowSource, target: FlowTarget): Finding[] {
  return [...flow?.nodes.values() ?? []].flatMap(({ id, kind }): Finding[] => {
    if (kind.type !== "component" || target.components.has(kind.component)) return [];
    const known = [...target.components].join(", ") || "no components";
    return [{
      severity: target.open ? "warning" : "error",
      code: "node.component",
      message: `Node "${id}" calls component "${kind.component}", which is not in the pack`,
      place: `${place}:${lines?.nodes.get(id) ?? 1}`,
      hint: `The pack has: ${known}`,
    }];
  });
}

/** The document for the older layout, which carries what the author wrote. */
function legacyInput(
  { flow }: CompiledFlow,
  { form, document, place }: FlowSource,
  findings: Finding[],
): JsonObject | undefined {
  if (flow === undefined || !isObject(document)) return undefined;
  if (form === "authored") return { ...document, id: flow.id, type: flow.kind, start: flow.start };
  findings.push({
    severity: "error",
    code: "flow.invalid",
    message: `Flow "${flow.id}" is compiled, and the older layout carries flows as authors write them`,
    place,
    hint: "Build the new layout, or write each node with its component's id as key",
  });
  return undefined;
}
