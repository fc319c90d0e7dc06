/**
 * Finds everything that is wrong with the flows of a pack, a folder of sources or a flow file, without running any of
 * it: what a run would warn of, payloads and templates that cannot work, and routes that can hardly be meant. Never
 * throws for a fault of a flow.
 */

import { RunnerError } from "./base/errors.ts";
import { type Finding, findingOf } from "./base/finding.ts";
import type { JsonObject } from "./base/json.ts";
import { BuildError } from "./build_error.ts";
import { NO_DATE, readSources } from "./build_sources.ts";
import { contentFindings, type ReadableFlows } from "./lint_flows.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { openPack } from "./pack/open.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import { allFindings, loadProgram } from "./program.ts";
import { sourcesPath } from "./sources.ts";

/** What is wrong with some flows. */
export interface LintReport {
  /** Whether there is no error among the findings. */
  readonly ok: boolean;
  /** The ids of the flows that can run. */
  readonly flows: readonly string[];
  /** Everything that was found, flow by flow. */
  readonly findings: readonly Finding[];
}

/** What `lintPack` of the module does; `lib/on_demand.ts` says what that is. */
export async function lintPack(source: PackInput, options: RunOptions = {}): Promise<LintReport> {
  const resolved = resolveOptions(options);
  const held = heldInput(source);
  if (resolved.signal?.aborted) throw cancelled(resolved.signal.reason);
  const folder = await sourcesPath(held);
  const { findings, ...read } = folder === undefined
    ? await readPack(held, resolved)
    : await readFolder(folder, resolved);
  const all = [...findings, ...await contentFindings(read)];
  return {
    ok: !all.some(({ severity }) => severity === "error"),
    flows: read.flows.map(({ flow }) => flow.id),
    findings: all,
  };
}

interface Checked extends ReadableFlows {
  readonly findings: readonly Finding[];
}

async function readFolder(folder: string, { limits, resolution }: ResolvedOptions): Promise<Checked> {
  try {
    const { checked, drafts, findings } = await readSources(folder, {
      limits,
      layout: "new",
      date: NO_DATE,
      resolution,
    });
    return { flows: checked, drafts, findings };
  } catch (error) {
    if (error instanceof BuildError) return { flows: [], drafts: [], findings: error.findings };
    throw error;
  }
}

async function readPack(source: PackInput, { signal, ...options }: ResolvedOptions): Promise<Checked> {
  try {
    const pack = await openPack(source, { ...options, held: true, signal: signal ?? undefined });
    const program = await loadProgram(pack);
    // Of a flow alone nobody said where its components are.
    const { map, dir } = options.resolution;
    const alone = pack.layout === "flow" && map === null && dir === null;
    const findings = allFindings(pack, program);
    return {
      flows: program.loaded,
      drafts: program.drafts,
      findings: alone ? findings.filter(({ code }) => code !== "node.component") : findings,
    };
  } catch (error) {
    if (signal?.aborted) throw cancelled(error);
    if (!(error instanceof RunnerError) || error.code !== "yaml.invalid") throw error;
    return { flows: [], drafts: [], findings: [findingOf(error)] };
  }
}

function cancelled(cause: unknown): RunnerError {
  return new RunnerError("run.cancelled", "Linting was cancelled", { cause });
}

/** A report as JSON. */
export function lintJson({ ok, flows, findings }: LintReport): JsonObject {
  return { ok, flows: [...flows], findings: findings.map((finding) => ({ ...finding })) };
}
