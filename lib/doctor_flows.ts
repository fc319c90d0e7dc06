/**
 * What an examination finds of flows: which would run, what is wrong with those that it reaches and with the others, and
 * which nodes need a service. Never runs anything.
 */

import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { concerning, type DoctorFinding, stopping } from "./doctor_finding.ts";
import { type Reach, reach } from "./engine/reach.ts";
import type { Flow } from "./flow/flow.ts";
import { serviceCall } from "./flow/service.ts";
import { ToolsMock } from "./host/tools/mock.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Pack } from "./pack/pack.ts";
import {
  allFindings,
  checkParameters,
  chooseFlow,
  chooseStart,
  entryFlowId,
  type LoadedProgram,
  loadProgram,
} from "./program.ts";
import type { PackedInput } from "./sources.ts";
import { findingsWithTools, serviceOf } from "./tools.ts";

/** What of a pack would run. */
export interface ExaminedFlows {
  /** The flow that would run, or null when none could. */
  readonly flow: Flow | null;
  /** The node that it would start at, or null when it could not start. */
  readonly startAt: string | null;
  /** All flows of the pack. */
  readonly program: LoadedProgram;
  /** What it reaches; nothing without a flow. */
  readonly reached: Pick<Reach, "flows" | "components">;
  readonly findings: readonly DoctorFinding[];
}

/** Chooses the flow that would run, and tells what is wrong with it and with the others. */
export async function examineFlows(
  { pack, packed }: { pack: Pack; packed: PackedInput },
  options: ResolvedOptions,
): Promise<ExaminedFlows> {
  const { mocks: { tools }, limits } = options;
  const program = await loadProgram(pack);
  const found = packed.findings ?? allFindings(pack, program);
  // That a component is absent is told again, with whether that matters, where components are looked at.
  const absent = pack.componentFindings.filter(({ severity }) => severity === "error");
  const mock = new ToolsMock(tools?.dir ?? DEFAULT_TOOLS, { emit() {}, limits });
  const left = tools === null ? found : await findingsWithTools(found, program.flows, mock);
  const asked = options.entryFlow ?? packed.entryFlow;
  const faults: RunnerError[] = [];
  const flow = attempt(() => chooseFlow({ pack, program, findings: found }, asked), faults) ?? null;
  let startAt: string | null = null;
  if (flow !== null) {
    attempt(() => checkParameters(flow, options.parameters), faults);
    attempt(() => requireVariables(flow, options), faults);
    startAt = attempt(() => chooseStart(flow, options), faults) ?? null;
  }
  const reached = reachOf(pack, program, flow);
  const concerned = new Set<string | undefined>([
    entryFlowId(pack, asked) ?? undefined,
    ...reached.flows.map(({ id }) => id),
  ]);
  const told = left.filter((finding) => !absent.includes(finding)).map((finding) => {
    const service = serviceOf(finding, program.flows);
    const stops = finding.flow !== undefined && concerned.has(finding.flow);
    if (service === undefined) return concerning(subjectOf(finding), finding, { stops });
    if (tools !== null) return concerning("service", finding);
    const script = mock.scriptOf(serviceCall(service, service.mapping));
    return concerning("service", {
      ...finding,
      hint:
        `Write its answer as JSON to ${script}, and add --mocks mocks.yaml with tools: {dir: ${DEFAULT_TOOLS}}`,
    });
  });
  return {
    flow,
    startAt: faults.length === 0 ? startAt : null,
    program,
    reached,
    findings: [...told, ...faults.map((error) => stopping("flow", error))],
  };
}

/** The folder of answers that hints name where a run has none. */
const DEFAULT_TOOLS = "mocks/tools";

/** What a flow reaches; a component without a pack reaches itself, whatever it is asked. */
function reachOf(pack: Pack, program: LoadedProgram, flow: Flow | null): ExaminedFlows["reached"] {
  if (flow !== null) return reach(program, flow);
  if (pack.layout !== "component") return { flows: [], components: [] };
  return { flows: [], components: pack.components.map(({ id }) => ({ id, via: "component" })) };
}

/** Only what the run gives can stand in for variables without a default. */
function requireVariables(flow: Flow, { parameters }: ResolvedOptions): void {
  const missing = [...flow.variables].filter(([name, { default: fallback, required }]) =>
    required && fallback === undefined && !Object.hasOwn(parameters, name)
  ).map(([name]) => name);
  if (missing.length === 0) return;
  throw new RunnerError(
    "flow.variable",
    `Flow requires variables that are not given: ${missing.join(", ")}`,
    {
      place: `flow ${flow.id}`,
      hint: `Add ${missing.map((name) => `--parameter ${name}=VALUE`).join(" ")}`,
    },
  );
}

function subjectOf({ code, flow }: Finding): "flow" | "component" {
  return flow === undefined && /^(?:component|pack|lock|verify|manifest)/.test(code) ? "component" : "flow";
}

function attempt<T>(work: () => T, faults: RunnerError[]): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    faults.push(error);
    return undefined;
  }
}
