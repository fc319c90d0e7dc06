/**
 * Tells before a run everything that would stop or hinder it: verification, flows, components, secrets, hosts, state,
 * limits, permissions, cache. Never runs anything of the pack, never writes, and reaches no host but one that the pack
 * itself is fetched from.
 */

import type { JsonObject } from "./base/json.ts";
import { missingPermissions } from "./base/permission.ts";
import { examineCache, examineComponents } from "./doctor_components.ts";
import { type DoctorFinding, inOrder, stopping } from "./doctor_finding.ts";
import { type ExaminedFlows, examineFlows } from "./doctor_flows.ts";
import { examineHttp } from "./doctor_http.ts";
import { examineLimits } from "./doctor_limits.ts";
import { openExamined } from "./doctor_pack.ts";
import { planJson, type PlannedValue, planOf } from "./doctor_plan.ts";
import { examineSecrets } from "./doctor_secrets.ts";
import { examineFolders, examineState } from "./doctor_state.ts";
import { read } from "./host_touches.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { inputLabel } from "./pack/open_source.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import { runNeeds } from "./preflight.ts";
import { openingNeeds } from "./run_touches.ts";
import type { PackedInput } from "./sources.ts";

export type { DoctorCode, DoctorFinding, DoctorSubject } from "./doctor_finding.ts";
export type { PlannedValue } from "./doctor_plan.ts";

/** The options of the run that is examined, and what else that run reads. */
export interface DoctorOptions extends RunOptions {
  /** Files that the caller of the run reads for it, such as its input. @default {[]} */
  readonly alsoRead?: readonly string[];
  /** Where values came from, by their names in the plan, for whoever knows more than that they are options. @default {{}} */
  readonly sources?: Readonly<Record<string, string>>;
}

/** What an examination came to. */
export interface DoctorReport {
  /** Whether nothing would stop the run. */
  readonly ok: boolean;
  /** Whether the pack may not even be opened: nothing is known then of what is in it. */
  readonly refused: boolean;
  /** The pack's id, or null when it is refused. */
  readonly id: string | null;
  /** Its version, or null when it is refused. */
  readonly version: string | null;
  /** The flow that would run, or null when none could. */
  readonly flowId: string | null;
  /** What the run would be, and where each value came from. */
  readonly plan: readonly PlannedValue[];
  /** Everything that was found, by subject and then by severity. */
  readonly findings: readonly DoctorFinding[];
}

/** What `doctorPack` of the module does; `lib/on_demand.ts` says what that is. */
export async function doctorPack(source: PackInput, options: DoctorOptions = {}): Promise<DoctorReport> {
  const { alsoRead = [], sources = {}, ...given } = options;
  const resolved = resolveOptions(given);
  const held = heldInput(source);
  const opened = await openExamined(held, resolved);
  const opening = await openingNeeds(held, given);
  const { findings, cold, flows, ...known } = opened.pack === null
    ? { id: null, version: null, flowId: null, cold: false, flows: null, findings: [] }
    : await examine(opened, resolved);
  const also = alsoRead.map((path) => read(path, "The caller of the run reads it", "alsoRead"));
  const preparation = cold ? "needed" : "done";
  const denied = missingPermissions(runNeeds(given, { opening, also, preparation }));
  const all = inOrder([
    ...opened.findings,
    ...findings,
    ...(denied === undefined ? [] : [stopping("permission", denied)]),
    ...isolationFindings(resolved),
  ]);
  return {
    ok: !all.some(({ severity }) => severity === "error"),
    refused: opened.pack === null,
    ...known,
    plan: planOf({ given, options: resolved, label: inputLabel(held), flows, sources }),
    findings: all,
  };
}

/** Deno does not tell how it was started, and ends the process where a worker asks for what it was not started for. */
function isolationFindings({ isolation }: ResolvedOptions): DoctorFinding[] {
  return isolation === "worker" ? [] : [{
    severity: "warning",
    subject: "permission",
    code: "isolation.sandboxed",
    message: "Components run without any permission: Deno ends with 70 unless it was started for that",
    place: "--isolation",
    hint: "Start Deno with --unstable-worker-options",
  }];
}

interface Examination extends Pick<DoctorReport, "id" | "version" | "flowId" | "findings"> {
  /** Whether the transpiler will be needed. */
  readonly cold: boolean;
  /** What would run. */
  readonly flows: ExaminedFlows;
}

async function examine(
  opened: { readonly pack: Pack; readonly packed: PackedInput },
  options: ResolvedOptions,
): Promise<Examination> {
  const { pack } = opened;
  const flows = await examineFlows(opened, options);
  const { flow, reached, findings } = flows;
  const components = await examineComponents(pack, reached.components, options);
  const cache = await examineCache(pack, components.usable, options);
  return {
    id: pack.id,
    version: pack.version,
    flowId: flow?.id ?? null,
    cold: cache.cold,
    flows,
    findings: [
      ...findings,
      ...components.findings,
      ...await examineSecrets(pack, new Set(reached.components.map(({ id }) => id)), options),
      ...await examineHttp(pack, components, options),
      ...await examineState(pack, components.used, options),
      ...await examineFolders(options),
      ...await examineLimits(pack, { flows, components }, options),
      ...cache.findings,
    ],
  };
}

/** A report as JSON. */
export function doctorJson({ flowId, plan, findings, ...report }: DoctorReport): JsonObject {
  return {
    ...report,
    flow: flowId,
    plan: planJson(plan),
    findings: findings.map((finding) => ({ ...finding })),
  };
}
