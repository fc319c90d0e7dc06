/**
 * Reads a pack's flows into a program and chooses the flow to run. One bad flow is a finding, not the end of the
 * pack, unless it is the flow that was asked for.
 */

import { RunnerError } from "./base/errors.ts";
import type { Emit } from "./base/events.ts";
import type { Finding } from "./base/finding.ts";
import type { FlowProgram } from "./engine/program.ts";
import type { Flow } from "./flow/flow.ts";
import { parseFlow } from "./flow/parse.ts";
import type { Pack } from "./pack/pack.ts";

/** A pack's flows, and what was found wrong with any of them. */
export interface LoadedProgram extends FlowProgram {
  /** What was found, by flow; flows that cannot run have an error among them. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
}

/** Parses all flows of a pack. */
export function loadProgram(pack: Pack): LoadedProgram {
  const parsed = pack.flows.map((source) => ({ id: source.id, ...parseFlow(source) }));
  return {
    flows: new Map(
      parsed.flatMap(({ id, flow }): [string, Flow][] => flow === undefined ? [] : [[id, flow]]),
    ),
    findings: new Map(parsed.map(({ id, findings }) => [id, findings])),
    components: new Set(pack.components.map(({ id }) => id)),
    providers: pack.providers,
  };
}

/** Records what is wrong with flows and components that the run may do without. */
export function reportFindings(pack: Pack, program: LoadedProgram, emit: Emit): void {
  const found = [...pack.flowFindings, ...pack.componentFindings, ...[...program.findings.values()].flat()];
  for (const { code, message, place } of found) {
    emit({ type: "warning", code, message, ...(place === undefined ? {} : { place }) });
  }
}

/**
 * The flow to run: the one asked for, else the pack's entry flow, else its first.
 *
 * @throws {RunnerError} `flow.none`, `flow.not_found`, or the first error found in the chosen flow.
 */
export function chooseFlow(pack: Pack, program: LoadedProgram, asked: string | null): Flow {
  const id = asked ?? pack.entryFlows[0] ?? pack.flows[0]?.id;
  const [broken] = pack.flowFindings;
  if (pack.layout === "component" && pack.flows.length === 0) throw operationMissing(pack);
  if (id === undefined) {
    if (broken !== undefined) throw findingError(broken);
    throw new RunnerError("flow.none", "pack does not declare any flows", {
      place: pack.source.label,
      hint: "Add a flow to the pack and build it again",
    });
  }
  const flow = program.flows.get(id);
  if (flow !== undefined) return flow;
  const wrong = program.findings.get(id)?.find(({ severity }) => severity === "error");
  if (wrong !== undefined) throw findingError(wrong);
  if (asked === null && broken !== undefined) throw findingError(broken);
  throw new RunnerError("flow.not_found", `flow ${pack.id}:${id} not registered`, {
    place: pack.source.label,
    hint: `The pack has: ${pack.flows.map((source) => source.id).join(", ") || "no flows"}`,
  });
}

/** A bare component has no flow that could say what to call. */
function operationMissing(pack: Pack): RunnerError {
  const { label } = pack.source;
  return new RunnerError("option.invalid", `The operation of component "${pack.id}" is not named`, {
    place: label,
    hint: `Add --op NAME; greentic-runner inspect ${
      label === "standard input" ? "-" : label
    } tells the operations`,
  });
}

function findingError({ code, message, place, hint }: Finding): RunnerError {
  return new RunnerError(code, message, {
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  });
}
