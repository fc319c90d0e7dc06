/**
 * What an examination finds of limits that a flow comes to by itself: steps, calls of flows, the size of what its first
 * node is given. Never runs a node.
 */

import type { Failure } from "./base/call.ts";
import { systemClock } from "./base/clock.ts";
import type { ErrorCode } from "./base/errors.ts";
import { type DoctorFinding, raising } from "./doctor_finding.ts";
import type { ExaminedFlows } from "./doctor_flows.ts";
import { type CertainSteps, certainSteps, deepestCalls, MAX_FOLLOWED } from "./doctor_steps.ts";
import { firstVariables, parametersOf } from "./engine/entry.ts";
import { failureOf } from "./engine/fault.ts";
import { planNode } from "./engine/plan.ts";
import { checkSize } from "./engine/size.ts";
import { FlowState } from "./engine/state.ts";
import { calleeOf, providerNamed } from "./flow/callee.ts";
import type { Flow } from "./flow/flow.ts";
import { loadHandlebars } from "./flow/handlebars.ts";
import { takesFailures } from "./flow/route.ts";
import { needsHandlebars } from "./flow/template.ts";
import { shortestWay } from "./flow/ways.ts";
import type { ResolvedOptions } from "./options.ts";
import type { LoadedProgram } from "./program.ts";

/** What is known of the steps of a run. */
export interface ExaminedSteps {
  /** The ids of components that every run calls, and whose failure ends it. */
  readonly certain: ReadonlySet<string>;
  readonly findings: readonly DoctorFinding[];
}

/** A flow that could run, and where it would start. */
interface Start {
  readonly flow: Flow;
  readonly startAt: string;
  readonly program: LoadedProgram;
}

/** What can be told of the steps of a flow before it runs. */
export async function examineSteps(
  { flow, startAt, program }: ExaminedFlows,
  options: ResolvedOptions,
): Promise<ExaminedSteps> {
  if (flow === null || startAt === null) return { certain: new Set(), findings: [] };
  const start = { flow, startAt, program };
  const steps = certainSteps(program, start, options.limits);
  return {
    certain: new Set(calledComponent(steps, program)),
    findings: [
      ...stepFindings(start, steps, options),
      ...depthFindings(start, steps, options),
      ...await inputFindings(start, options),
    ],
  };
}

/** The id of the component that every run calls, when there is one. */
function calledComponent({ calling }: CertainSteps, { components, providers }: LoadedProgram): string[] {
  const kind = calling?.kind;
  if (kind?.type === "component") return [calleeOf(kind, components).component];
  if (kind?.type !== "provider") return [];
  const name = providerNamed(kind.mapping);
  return providers.filter(({ type }) => type === name).map(({ component }) => component);
}

function stepFindings(
  { flow, startAt, program }: Start,
  { exceeded }: CertainSteps,
  { limits }: ResolvedOptions,
): DoctorFinding[] {
  const { maxSteps } = limits;
  const shared = { subject: "limit", code: "flow.max_steps" } as const;
  if (exceeded?.limit === "maxSteps") {
    const lifted = { ...limits, maxSteps: MAX_FOLLOWED };
    const needed = certainSteps(program, { flow, startAt }, lifted).steps;
    const circles = needed >= MAX_FOLLOWED;
    const message = `Every run takes more steps than the limit maxSteps of ${maxSteps}` +
      (circles ? ": the flow goes in circles" : "");
    const hint = circles ? LEAD_OUT : raising("maxSteps", needed);
    return [{ severity: "error", ...shared, message, place: exceeded.place, hint }];
  }
  const shortest = shortestWay(flow, startAt);
  if (shortest <= maxSteps) return [];
  const place = `flow ${flow.id}`;
  if (shortest === Infinity) {
    const message = `No route leads to an end: the flow goes on until the limit maxSteps of ${maxSteps}, ` +
      "unless a component ends it";
    return [{ severity: "warning", ...shared, message, place, hint: LEAD_OUT }];
  }
  const message = `The shortest way to an end takes ${shortest} steps, and the limit maxSteps is ${maxSteps}`;
  return [{ severity: "warning", ...shared, message, place, hint: raising("maxSteps", shortest) }];
}

/** What helps a flow that goes in circles. */
const LEAD_OUT = "Give it a route that leads out";

function depthFindings(
  { flow, program }: Start,
  { exceeded }: CertainSteps,
  { limits: { maxCallDepth } }: ResolvedOptions,
): DoctorFinding[] {
  const shared = { subject: "limit", code: "flow.max_depth" } as const;
  const deepest = deepestCalls(program, flow);
  if (exceeded?.limit === "maxCallDepth") {
    const message = `Every run calls flows deeper than the limit maxCallDepth of ${maxCallDepth}`;
    const hint = deepest > maxCallDepth
      ? raising("maxCallDepth", deepest)
      : "Let a flow that calls itself do so only under a condition";
    return [{ severity: "error", ...shared, message, place: exceeded.place, hint }];
  }
  if (deepest <= maxCallDepth) return [];
  return [{
    severity: "warning",
    ...shared,
    message: `Flows call each other up to ${deepest} deep, and the limit maxCallDepth is ${maxCallDepth}`,
    place: `flow ${flow.id}`,
    hint: raising("maxCallDepth", deepest),
  }];
}

/** What is too large of the input, and of what the first node makes of it. */
async function inputFindings(start: Start, options: ResolvedOptions): Promise<DoctorFinding[]> {
  const { flow, startAt } = start;
  const failure = await firstFailure(start, options);
  if (failure !== null) {
    const routing = flow.nodes.get(startAt)?.routing;
    const taken = routing !== undefined && takesFailures(routing);
    return [
      limitFinding(failure, {
        severity: taken ? "warning" : "error",
        place: `flow ${flow.id} node ${startAt}`,
      }),
    ];
  }
  try {
    checkSize(options.input, "The input of the run, which nodes may be given whole,", options.limits);
    return [];
  } catch (error) {
    return [limitFinding(failureOf(error), { severity: "warning", place: "the input" })];
  }
}

/** The failure of the first node before it does anything, when it is one of a limit. */
async function firstFailure(
  { flow, startAt, program }: Start,
  { input, parameters, limits, templates, mocks }: ResolvedOptions,
): Promise<Failure | null> {
  const node = flow.nodes.get(startAt);
  if (node === undefined) return null;
  const given = parametersOf(flow, { flowId: flow.id, packId: "", input, limits, templates, parameters });
  const { action } = planNode(node, {
    program,
    state: new FlowState({ input, vars: firstVariables(flow, given, { called: false }) }),
    store: new Map(),
    served: mocks.tools !== null,
    parameters: given,
    now: () => systemClock.now(),
    limits,
    spend() {},
    templates,
    ...(needsHandlebars(node.kind.mapping) ? { handlebars: await loadHandlebars() } : {}),
    warn() {},
  });
  if (action.type !== "fail") return null;
  return /^(?:limit\.|template\.limit$)/.test(action.failure.code) ? action.failure : null;
}

function limitFinding(
  { code, message, hint }: Failure,
  { severity, place }: { severity: "error" | "warning"; place: string },
): DoctorFinding {
  return {
    severity,
    subject: "limit",
    code: code as ErrorCode,
    message,
    place,
    ...(hint === undefined ? {} : { hint }),
  };
}
