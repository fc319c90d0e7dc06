/**
 * Reads a pack's flows into a program and chooses the flow to run and the node to start at. One bad flow is a
 * finding, not the end of the pack, unless it is the flow that was asked for.
 */

import { RunnerError } from "./base/errors.ts";
import type { Emit } from "./base/events.ts";
import type { Finding } from "./base/finding.ts";
import type { FlowSource } from "./base/flow_source.ts";
import type { JsonObject } from "./base/json.ts";
import { inspectLine } from "./command_lines.ts";
import type { FlowProgram } from "./engine/program.ts";
import type { Flow } from "./flow/flow.ts";
import { linkFlows, type LoadedFlow } from "./flow/link.ts";
import { type ParsedFlow, parseFlow } from "./flow/parse.ts";
import type { Pack } from "./pack/pack.ts";

/** A pack's flows, and what was found wrong with any of them. */
export interface LoadedProgram extends FlowProgram {
  /**
   * What was found. A flow that cannot run has an error among them; so has a flow with names that lead nowhere, whose
   * nodes fail when they are reached.
   */
  readonly findings: readonly Finding[];
  /** The flows that can run, with where they come from. */
  readonly loaded: readonly LoadedFlow[];
  /** What can be told of those that cannot. */
  readonly drafts: readonly LoadedFlow[];
}

/** Parses all flows of a pack. */
export async function loadProgram(pack: Pack): Promise<LoadedProgram> {
  const read: ReadFlow[] = [];
  for (const source of pack.flows) read.push(await readFlow(source, pack));
  const components = new Set(pack.components.map(({ id }) => id));
  const providers = new Set(pack.providers.map(({ type }) => type));
  const { loaded, drafts, findings } = linkFlows(read, { components, providers });
  return {
    loaded,
    drafts,
    flows: new Map(loaded.map(({ flow }) => [flow.id, flow])),
    findings: [...read.flatMap((one) => one.findings), ...findings],
    components,
    providers: pack.providers,
  };
}

interface ReadFlow extends ParsedFlow {
  readonly source: FlowSource;
}

/** A flow of the pack. Where its packer lost the components of its nodes, what its author wrote still has them. */
async function readFlow(source: FlowSource, pack: Pack): Promise<ReadFlow> {
  const parsed = parseFlow(source);
  if (parsed.findings.length === 0 || source.entries === undefined) return { source, ...parsed };
  const { document, yaml } = source.entries;
  if (parsed.flow === undefined && yaml !== undefined && hasLostComponents(parsed)) {
    const authored = await sourceIn(pack, yaml, source.id);
    const again = authored === undefined ? undefined : parseFlow(authored);
    if (again?.flow !== undefined) return { source: authored!, ...insteadOf(source, again) };
  }
  const lined = await sourceIn(pack, document, source.id);
  if (lined?.lines === undefined) return { source, ...parsed };
  const withLines = { ...source, lines: lined.lines };
  return { source: withLines, ...parseFlow(withLines) };
}

function hasLostComponents({ findings }: ParsedFlow): boolean {
  return findings.some(({ code }) => code === "flow.no_component");
}

function insteadOf({ place }: FlowSource, { flow, findings }: ParsedFlow): ParsedFlow {
  const message =
    "The packer dropped the components of its nodes; what the flow's author wrote is used instead";
  return {
    ...(flow === undefined ? {} : { flow }),
    findings: [{ severity: "warning", code: "flow.no_component", message, place }, ...findings],
  };
}

/** A flow document of the pack with its lines, or undefined where it cannot be read so. */
async function sourceIn(pack: Pack, entry: string, id: string): Promise<FlowSource | undefined> {
  if (!pack.entries.some(({ name }) => name === entry)) return undefined;
  const text = new TextDecoder().decode(await pack.read(entry));
  try {
    // What knows lines is loaded only for a flow with something to say about them.
    const [{ parseYaml }, { flowSource }] = await Promise.all([
      import("./base/yaml.ts"),
      import("./base/flow_document.ts"),
    ]);
    return flowSource(parseYaml(text, entry), { id, place: entry });
  } catch (error) {
    if (error instanceof RunnerError) return undefined;
    throw error;
  }
}

/** Everything that is wrong with flows and components, whether or not a run can do without them. */
export function allFindings(pack: Pack, program: LoadedProgram): Finding[] {
  return [...pack.flowFindings, ...pack.componentFindings, ...program.findings];
}

/** Records what is wrong with flows and components that the run may do without. */
export function reportFindings(findings: readonly Finding[], emit: Emit): void {
  for (const { code, message, place } of findings) {
    emit({ type: "warning", code, message, ...(place === undefined ? {} : { place }) });
  }
}

/** What a flow is chosen from. */
export interface FlowChoice {
  readonly pack: Pack;
  readonly program: LoadedProgram;
  /** Everything that is wrong with flows, also with those that the pack was built without. */
  readonly findings: readonly Finding[];
}

/** The id of the flow to run: the one asked for, else the pack's entry flow, else its first; null without any. */
export function entryFlowId(pack: Pack, asked: string | null): string | null {
  return asked ?? pack.entryFlows[0] ?? pack.flows[0]?.id ?? null;
}

/**
 * The flow to run, which {@linkcode entryFlowId} names.
 *
 * @throws {RunnerError} `flow.none`, `flow.not_found`, or the first error found in the chosen flow.
 */
export function chooseFlow({ pack, program, findings }: FlowChoice, asked: string | null): Flow {
  const errors = findings.filter(({ severity }) => severity === "error");
  const id = entryFlowId(pack, asked);
  // A fault of no flow in particular may be that of a flow whose document could not be read.
  const broken = errors.find(({ code, flow }) => flow === undefined && !code.startsWith("component"));
  if (pack.layout === "component" && pack.flows.length === 0) throw operationMissing(pack);
  if (id === null) {
    const [first] = errors;
    if (first !== undefined) throw findingError(first);
    throw new RunnerError("flow.none", "pack does not declare any flows", {
      place: pack.source.label,
      hint: "Add a flow to the pack and build it again",
    });
  }
  const twin = errors.find(({ code, flow }) => code === "flow.duplicate" && flow === id);
  if (twin !== undefined) throw findingError(twin);
  const flow = program.flows.get(id);
  if (flow !== undefined) return flow;
  const wrong = errors.find((finding) => finding.flow === id);
  if (wrong !== undefined) throw findingError(wrong);
  if (asked === null && broken !== undefined) throw findingError(broken);
  throw new RunnerError("flow.not_found", `flow ${pack.id}:${id} not registered`, {
    place: pack.source.label,
    hint: `The pack has: ${pack.flows.map((source) => source.id).join(", ") || "no flows"}`,
  });
}

/** Where a run starts when it does not start where its flow does. */
export interface StartChoice {
  /** A named entrypoint of the flow. */
  readonly entrypoint: string | null;
  /** A node of the flow. */
  readonly entryNode: string | null;
}

/**
 * The node to start at.
 *
 * @throws {RunnerError} `flow.entrypoint`, naming what there is, or `flow.node_not_found` where the flow itself names what
 * there is not.
 */
export function chooseStart(flow: Flow, { entrypoint, entryNode }: StartChoice): string {
  if (entryNode !== null && !flow.nodes.has(entryNode)) {
    throw new RunnerError("flow.entrypoint", `node ${entryNode} not found`, nodeHint(flow));
  }
  if (entryNode !== null) return entryNode;
  if (entrypoint === null) return flow.start;
  const target = Object.hasOwn(flow.entrypoints, entrypoint) ? flow.entrypoints[entrypoint] : undefined;
  if (typeof target === "string") return existing(flow, target);
  // Every flow has this one, also when its document says nothing of it.
  if (entrypoint === "default") return flow.start;
  const names = Object.keys(flow.entrypoints).filter((name) => typeof flow.entrypoints[name] === "string");
  throw new RunnerError("flow.entrypoint", `Flow "${flow.id}" has no entrypoint "${entrypoint}"`, {
    hint: `Its entrypoints are: ${names.join(", ") || "default"}`,
  });
}

function existing(flow: Flow, node: string): string {
  if (flow.nodes.has(node)) return node;
  throw new RunnerError("flow.node_not_found", `node ${node} not found`, nodeHint(flow));
}

function nodeHint({ id, nodes }: Flow): { place: string; hint: string } {
  const hint = `The nodes of flow "${id}" are: ${[...nodes.keys()].slice(0, 20).join(", ")}`;
  return { place: `flow ${id}`, hint };
}

/**
 * Checks that a flow has every parameter that a run gives.
 *
 * @throws {RunnerError} `option.invalid`, naming those that it has.
 */
export function checkParameters(flow: Flow, given: JsonObject): void {
  const known = new Set([...Object.keys(flow.parameters), ...flow.variables.keys()]);
  known.delete("vars_init");
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new RunnerError("option.invalid", `Flow "${flow.id}" has no parameter "${unknown}"`, {
    hint: `Its parameters are: ${[...known].join(", ") || "none"}`,
  });
}

/** A bare component has no flow that could say what to call. */
function operationMissing(pack: Pack): RunnerError {
  return new RunnerError("option.invalid", `The operation of component "${pack.id}" is not named`, {
    place: pack.source.label,
    hint: `Add --op NAME; ${inspectLine(pack)} tells the operations`,
  });
}

function findingError({ code, message, place, hint }: Finding): RunnerError {
  return new RunnerError(code, message, {
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  });
}
