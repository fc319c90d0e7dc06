/** What identifies a run and what it ran with, as names and texts. Pure; what the record does not say is left out. */

import { member, stringMember } from "../base/json.ts";
import type { ComponentUse, NodeSummary, RunResult } from "../base/result.ts";
import type { Verdict } from "../base/verdict.ts";
import type { TranscriptLine } from "../record/line.ts";
import type { RunFiles } from "../record/run_files.ts";
import type { ReportTable } from "./document.ts";
import { lineNumber } from "./spans.ts";

/** What identifies the run, best known first. */
export function factsOf({ dir, result, lines }: RunFiles): [name: string, value: string][] {
  const opened = lines.find(({ phase, status }) => phase === "run" && status === "start");
  const started = opened ?? lines.find(({ phase }) => phase === "start");
  const context = member(started?.inputs, "context"), info = member(opened?.inputs, "info");
  const facts: [string, string | null | undefined][] = [
    ["Flow", flowOf({ result, lines })],
    ["Pack read from", stringMember(info, "pack")],
    ["Digest of the pack", result?.packDigest],
    ["Stage", result?.stage],
    ["Started", result?.startedAt ?? lines[0]?.ts],
    ["Finished", result?.finishedAt],
    ["Policy", result?.verification.policy],
    ["Session", result?.sessionId ?? lines[0]?.session_id],
    ["Tenant", stringMember(context, "tenant_id")],
    ["Team", stringMember(context, "team_id")],
    ["User", stringMember(context, "user_id")],
    ["Resumed from", result?.parentRun ?? stringMember(info, "parent_run")],
    ["Run directory", dir],
    ["Runner", result?.environment.runner],
  ];
  return facts.filter((fact): fact is [string, string] => typeof fact[1] === "string" && fact[1] !== "");
}

/** The entry flow, as far as it is known. */
export function flowOf({ result, lines }: Pick<RunFiles, "result" | "lines">): string {
  const last = lines.at(-1)?.flow_id ?? "";
  return result?.flowId ?? (last === "unknown" ? "" : last);
}

/** The nodes with what they cost. */
export function nodeTable(nodes: readonly NodeSummary[]): ReportTable {
  return {
    columns: ["Node", "Component", "Status", "Attempts", "Time", "Fuel", "Memory"],
    rows: nodes.map(({ nodeId, flowPath, component, target, status, attempts, durationMs, metrics }) => [
      [...flowPath, nodeId].join(" > "),
      target === undefined ? component : `${target} (${component})`,
      status,
      String(attempts),
      status === "skipped" ? "" : `${grouped(durationMs)} ms`,
      metrics.fuel === undefined ? "" : grouped(metrics.fuel),
      metrics.memoryPeakBytes === undefined ? "" : bytesText(metrics.memoryPeakBytes),
    ]),
  };
}

/** The verdicts of the pack's verification; of a run without a result, those of its transcript. */
export function checkTable({ result, lines }: RunFiles): ReportTable {
  const verdicts: readonly Partial<Verdict>[] = result?.verification.verdicts ?? lines.flatMap(verdictOf);
  return {
    columns: ["Check", "Verdict", "What was checked", "Why", "Code"],
    rows: verdicts.map(({ check = "", verdict = "skipped", place = "", reason = "", code = "", waived }) => [
      check,
      waived === true ? `${verdict}, waived` : verdict,
      place,
      reason,
      code,
    ]),
  };
}

function verdictOf({ phase, inputs, outputs }: TranscriptLine): Partial<Verdict>[] {
  if (phase !== "verify") return [];
  const texts = (json: typeof inputs, names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name) => {
      const text = stringMember(json, name);
      return text === undefined ? [] : [[name, text]];
    }));
  return [{
    ...texts(inputs, ["check", "place"]),
    ...texts(outputs, ["verdict", "reason", "code"]),
    waived: member(outputs, "waived") === true,
  }];
}

/** The components with what pins them. */
export function componentTable(components: readonly ComponentUse[]): ReportTable {
  return {
    columns: ["Component", "World", "Digest", "From", "Pinned", "Prepared"],
    rows: components.map(({ id, world, digest, origin, entry, pinned, pinnedBy, cacheHit, prepareMs }) => [
      id,
      world ?? "not prepared",
      digest ?? "",
      origin === "pack" ? entry : `${entry} (${origin})`,
      pinned === undefined ? "" : `${pinned} (${pinnedBy ?? "lock"})`,
      digest === null ? "" : cacheHit ? "from the cache" : `in ${grouped(Math.round(prepareMs))} ms`,
    ]),
  };
}

/** The limits in force, with what their numbers mean. */
export function limitTable({ limits }: RunResult): ReportTable {
  return {
    columns: ["Limit", "Value"],
    rows: Object.entries(limits).map(([name, value]) => [
      name,
      name.endsWith("Ms")
        ? `${grouped(value)} ms`
        : name.endsWith("Bytes")
        ? bytesText(value)
        : grouped(value),
    ]),
  };
}

/** Where secrets were taken out, and of what. */
export function redactionTable({ redactions, lines }: RunFiles): ReportTable {
  const places = lines.flatMap((line, i) =>
    line.redactions.map((path) => [`transcript.jsonl line ${lineNumber(line, i)}`, line.node_id ?? "", path])
  );
  const rows = [...places, ...redactions.map((path) => ["run.json", "", path])];
  const left = rows.length - MAX_REDACTIONS;
  return {
    columns: ["Where", "Node", "Path"],
    rows: left <= 0 ? rows : [...rows.slice(0, MAX_REDACTIONS), [`and ${left} more`, "", ""]],
  };
}

const MAX_REDACTIONS = 1000;

/** A number of bytes, in a unit that makes it short. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const at = units.findIndex((_, i) => bytes < 1024 ** (i + 1) || i === units.length - 1);
  return `${Math.round(bytes / 1024 ** at * 10) / 10} ${units[at]}`;
}

/** A number with its thousands apart. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
