/** Reads and checks the flows of a folder that a pack is built from. Throws for no fault of theirs: all are findings. */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { flowSource, readSidecar } from "./base/flow_document.ts";
import { isFlowName, SIDECAR_SUFFIX } from "./base/flow_names.ts";
import type { FlowSource } from "./base/flow_source.ts";
import { isObject, type JsonObject, member } from "./base/json.ts";
import { parseYaml } from "./base/yaml.ts";
import { tolerant } from "./build_findings.ts";
import { type CompiledFlow, compileFlow } from "./flow/compile.ts";
import { linkFlows, type LoadedFlow } from "./flow/link.ts";
import { isSafeName } from "./pack/limits.ts";
import type { FlowInput } from "./pack/pack_spec.ts";
import { PACK_YAML } from "./pack/entries.ts";
import type { DescribedFlow, PackDescription } from "./pack/pack_yaml.ts";
import { stemOf } from "./pack/open_source.ts";
import { fileIdentifier, isIdentifier } from "./pack/shape.ts";
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

/** The flows that `pack.yaml` lists, or else those of the folder `flows`. */
export async function readFlows(
  folder: SourceFolder,
  { flows }: PackDescription,
  { target, findings }: { target: FlowTarget; findings: Finding[] },
): Promise<ReadFlows> {
  const listed = flows ?? await foundFlows(folder, findings);
  const read = new Map<string, ReadFlow>();
  let entryFlow: string | null = null;
  for (const described of listed) {
    const faults: Finding[] = [];
    const flow = await tolerant(() => readFlow(folder, described, { target, findings }), faults);
    // What cannot be read is called by its file: it must not give way to another flow that nobody asked for.
    const called = described.id ?? fileIdentifier(stemOf(described.file), "flow");
    findings.push(...faults.map((fault) => ({ ...fault, flow: called })));
    entryFlow ??= flow?.source.id ?? called;
    if (flow === undefined) continue;
    const { id, place, lines } = flow.source;
    const twin = read.get(id);
    if (twin === undefined) read.set(id, flow);
    else {
      const message = `Flow "${id}" is in ${twin.source.place} and in ${place}`;
      const line = lines?.at?.(["id"]) ?? 1;
      findings.push({
        severity: "error",
        code: "flow.duplicate",
        message,
        place: `${place}:${line} flow ${id}`,
        flow: id,
        line,
      });
    }
  }
  const linked = linkFlows(
    Array.from(read.values(), ({ source, compiled }) => ({ source, ...compiled })),
    target,
  );
  findings.push(...linked.findings);
  const inputs = [...read.values()].flatMap(({ input }) => input ?? []);
  return { entryFlow, flows: inputs, checked: linked.loaded, drafts: linked.drafts };
}

/** The flows of a folder. */
export interface ReadFlows {
  /** The first of all, also when it has a fault; null without any. */
  readonly entryFlow: string | null;
  /** What goes into the pack. */
  readonly flows: readonly FlowInput[];
  /** Those without a fault, with where they come from. */
  readonly checked: readonly LoadedFlow[];
  /** What can be told of those with one. */
  readonly drafts: readonly LoadedFlow[];
}

/** A flow that was read, and what goes into the pack of it unless it has a fault. */
interface ReadFlow {
  readonly source: FlowSource;
  readonly compiled: CompiledFlow;
  readonly input: FlowInput | undefined;
}

/** The flows of the folder by name, but `main` comes first: the first is run unless another is asked for. */
async function foundFlows(folder: SourceFolder, findings: Finding[]): Promise<DescribedFlow[]> {
  const all = await tolerant(() => folder.list("flows"), findings) ?? [];
  const names = all.filter(isFlowName).sort((a, b) => Number(isMain(b)) - Number(isMain(a)));
  return names.map((file) => ({ file, tags: [], line: 0 }));
}

function isMain(file: string): boolean {
  return /^flows\/main\.[a-z]+$/.test(file);
}

async function readFlow(
  folder: SourceFolder,
  { file: written, id: listedId, tags, line }: DescribedFlow,
  { target, findings }: { target: FlowTarget; findings: Finding[] },
): Promise<ReadFlow> {
  const file = written.replace(/^(?:\.\/)+/, "");
  const inside = isSafeName(file);
  const text = inside ? await folder.text(file) : undefined;
  if (text === undefined) {
    if (line === 0) throw await unread(folder, file);
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
  const sidecar = target.layout === "new" ? `${file}${SIDECAR_SUFFIX}` : undefined;
  const beside = sidecar === undefined ? undefined : await folder.text(sidecar);
  const resolved = beside === undefined ? undefined : readSidecar(beside, sidecar!);
  const source = flowSource(yaml, { id, place: file, resolved });
  const compiled = compileFlow(source, target.components);
  findings.push(...compiled.findings);
  const document = target.layout === "legacy" ? legacyInput(compiled, source, findings) : compiled.document;
  return { source, compiled, input: document && { id, document, yaml: text, tags } };
}

/** The error for a flow that nobody names, but that was found. */
async function unread(folder: SourceFolder, file: string): Promise<RunnerError> {
  const why = await folder.absence(file);
  return new RunnerError("build.missing_file", `Flow file "${file}" cannot be read: ${why}`, {
    place: file,
    hint: "Give it another name, or take it away",
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
