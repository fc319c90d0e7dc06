/**
 * What an examination finds of a pack and its flows: whether it may be opened, which flow would run, what is wrong with the
 * flows that this one reaches and with the others. Never runs anything.
 */

import { type ErrorCode, RunnerError, usualHint } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { quoted } from "./base/paths.ts";
import type { Verdict } from "./base/verdict.ts";
import { BuildError } from "./build_sources.ts";
import { concerning, type DoctorFinding, stopping } from "./doctor_finding.ts";
import { type Reach, reach } from "./engine/reach.ts";
import type { Flow } from "./flow/flow.ts";
import { serviceCall } from "./flow/service.ts";
import { ToolsMock } from "./host/tools/mock.ts";
import type { ResolvedOptions } from "./options.ts";
import { openPack } from "./pack/open.ts";
import { inputPath, type PackInput } from "./pack/open_source.ts";
import type { Pack } from "./pack/pack.ts";
import { PackRefused } from "./pack/verify.ts";
import {
  allFindings,
  checkParameters,
  chooseFlow,
  chooseStart,
  entryFlowId,
  type LoadedProgram,
  loadProgram,
} from "./program.ts";
import { type PackedInput, packedInput } from "./sources.ts";
import { findingsWithTools, serviceOf } from "./tools.ts";

/** A pack that may be opened, or why it may not. */
export type Opened =
  | { readonly pack: Pack; readonly packed: PackedInput; readonly findings: readonly DoctorFinding[] }
  | { readonly pack: null; readonly findings: readonly DoctorFinding[] };

/** What there is to open and cannot be used: everything else that is thrown says that there is nothing to examine. */
const REFUSING_REGEXP = /^(?:pack|manifest|verify|build|yaml|flow|lock|components|trust)\./;

/**
 * Opens a pack as a run does.
 *
 * @throws {RunnerError} when there is no pack, it may not be read, or an option is wrong.
 */
export async function openExamined(source: PackInput, options: ResolvedOptions): Promise<Opened> {
  const { signal, ...rest } = options;
  try {
    const packed = await packedInput(source, options);
    const { input, extensible } = packed;
    const pack = await openPack(input, { ...rest, extensible, held: true, signal: signal ?? undefined });
    const { kind, label } = pack.source;
    // Nothing but an archive that is a file can be signed.
    const signable = kind === "zip" && packed.findings === null && inputPath(source) !== undefined;
    const findings = verdictFindings(pack.verification.verdicts, signable ? label : null);
    return { pack, packed, findings };
  } catch (error) {
    if (signal?.aborted) {
      throw new RunnerError("run.cancelled", "Examination was cancelled", { cause: error });
    }
    if (!(error instanceof RunnerError) || error.code === "pack.not_found") throw error;
    if (error instanceof BuildError) {
      const findings = error.findings.map((finding) =>
        concerning(finding.flow === undefined ? "verification" : "flow", finding)
      );
      return { pack: null, findings };
    }
    if (!REFUSING_REGEXP.test(error.code)) throw error;
    const verdicts = error instanceof PackRefused ? error.verdicts : [];
    return { pack: null, findings: refusalFindings(error, verdicts) };
  }
}

function refusalFindings(error: RunnerError, verdicts: readonly Verdict[]): DoctorFinding[] {
  const subject = error.code.startsWith("flow.") ? "flow" : "verification";
  const found = verdictFindings(verdicts, null);
  const refusal = stopping(subject, error);
  // A policy that refuses says what to do about the first verdict that refused.
  const first = found.findIndex(({ severity }) => severity === "error");
  const hinted = found.map((finding, i) => i === first ? { ...refusal, code: finding.code } : finding);
  return first < 0 ? [...found, refusal] : hinted;
}

/** What verdicts refuse, and what they let pass under this policy only. */
function verdictFindings(verdicts: readonly Verdict[], signable: string | null): DoctorFinding[] {
  return verdicts.flatMap(({ code, place, reason, waived }): DoctorFinding[] => {
    if (code === undefined) return [];
    const hint = hintAbout(code, { reason, signable });
    return [{
      severity: waived === true ? "warning" : "error",
      subject: "verification",
      code,
      message: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`,
      place,
      ...(hint === undefined ? {} : { hint }),
    }];
  });
}

function hintAbout(
  code: ErrorCode,
  { reason, signable }: { reason: string; signable: string | null },
): string | undefined {
  if (code === "verify.untrusted") return `Add --trust ${/\b[0-9a-f]{64}\b/.exec(reason)?.[0] ?? "KEY"}`;
  if (code === "verify.unsigned" && signable !== null) {
    return `greentic-runner sign ${quoted(signable)} --key FILE`;
  }
  return usualHint(code);
}

/** What of a pack would run. */
export interface ExaminedFlows {
  readonly program: LoadedProgram;
  /** The flow that would run, or null when none could. */
  readonly flow: Flow | null;
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
  if (flow !== null) {
    attempt(() => checkParameters(flow, options.parameters), faults);
    attempt(() => requireVariables(flow, options), faults);
    attempt(() => chooseStart(flow, options), faults);
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
    program,
    flow,
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
