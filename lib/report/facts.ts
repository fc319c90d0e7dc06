/** What identifies a run and what it ran with, as names and texts. Pure; what the record does not say is left out. */

import { isArray, isObject, member, stringMember } from "../base/json.ts";
import type { ComponentUse, NodeSummary } from "../base/result.ts";
import type { Verdict } from "../base/verdict.ts";
import type { TranscriptLine } from "../record/line.ts";
import type { RunFiles } from "../record/run_files.ts";
import type { ReportTable } from "./document.ts";
import { lineNumber } from "./spans.ts";
import { bytes, grouped } from "./text.ts";

/** What identifies the run, best known first. */
export function factsOf({ dir, run, result, lines }: RunFiles): [name: string, value: string][] {
  const opened = lines.find(({ phase, status }) => phase === "run" && status === "start");
  const started = opened ?? lines.find(({ phase }) => phase === "start");
  const context = member(started?.inputs, "context"), info = member(opened?.inputs, "info");
  const facts: [string, string | null | undefined][] = [
    ["Flow", flowOf({ result, lines })],
    ["Pack read from", stringMember(info, "pack")],
    ["Digest of the pack", result?.packDigest],
    ["Stage", stringMember(run, "stage")],
    ["Started", result?.startedAt ?? lines[0]?.ts],
    ["Finished", result?.finishedAt],
    ["Policy", stringMember(member(run, "verification"), "policy")],
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
  return result?.flowId ?? lines.find(({ phase }) => phase === "start")?.flow_id ?? "";
}

/** What stands for the version of a pack that was not read, or has none. */
const UNKNOWN_VERSION = "0.0.0";

/** The pack: its id and version, or while these are unknown the name of its file. */
export function packOf({ result, lines }: Pick<RunFiles, "result" | "lines">): string {
  if (result !== null) {
    return result.packVersion === UNKNOWN_VERSION ? result.packId : `${result.packId} ${result.packVersion}`;
  }
  const path = lines.map(({ inputs }) => stringMember(member(inputs, "info"), "pack")).find((one) =>
    one !== undefined
  );
  return path?.split(/[\\/]/).at(-1) ?? "";
}

/** The nodes with what they cost, and how they ended in the transcript's words, which are finer. */
export function nodeTable(nodes: readonly NodeSummary[], lines: readonly TranscriptLine[]): ReportTable {
  const endings = endingsOf(lines);
  return {
    columns: ["Node", "Component", "Status", "Attempts", "Time", "Fuel", "Memory"],
    rows: nodes.map(({ nodeId, flowPath, component, target, status, attempts, durationMs, metrics }) => [
      [...flowPath, nodeId].join(" > "),
      target === undefined ? component : `${target} (${component})`,
      endings.get(keyOf(flowPath, nodeId)) ?? status,
      String(attempts),
      status === "skipped" ? "" : `${grouped(durationMs)} ms`,
      metrics.fuel === undefined ? "" : grouped(metrics.fuel),
      metrics.memoryPeakBytes === undefined ? "" : bytes(metrics.memoryPeakBytes),
    ]),
  };
}

/** How nodes ended that did not simply end, by {@linkcode keyOf}. */
function endingsOf(lines: readonly TranscriptLine[]): Map<string, string> {
  const endings = new Map<string, string>();
  for (const { phase, status, node_id, flow_path } of lines) {
    const key = keyOf(flow_path, node_id);
    if (phase === "error") endings.set(key, status);
    else if (phase === "wait") endings.set(key, "waiting");
    else if (phase === "start") endings.delete(key);
    // An answer names the node that takes it, not the one that waited.
    else if (phase === "resume") {
      for (const [one, ending] of endings) if (ending === "waiting") endings.delete(one);
    }
  }
  return endings;
}

function keyOf(flowPath: readonly string[], nodeId: string | null): string {
  return JSON.stringify([flowPath, nodeId]);
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

/** What is odd and did not stop the run: told while its pack was loaded, and on the way. */
export function warningTable({ lines }: RunFiles): ReportTable {
  const warnings = lines.filter(({ phase }) => phase === "warning");
  const rows = warnings.slice(0, MAX_ROWS).map(({ error }) => [
    stringMember(error, "code") ?? "",
    stringMember(error, "message") ?? "",
    stringMember(member(error, "details"), "place") ?? "",
  ]);
  const left = warnings.length - rows.length;
  return {
    columns: ["Code", "Warning", "Place"],
    rows: left > 0 ? [...rows, ["", `and ${left} more`, ""]] : rows,
  };
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

/** The limits in force, with what their numbers mean; none where the record does not say them. */
export function limitTable({ run, result }: RunFiles): ReportTable {
  const limits: [string, number][] = isObject(member(run, "limits"))
    ? Object.entries(result?.limits ?? {})
    : [];
  return {
    columns: ["Limit", "Value"],
    rows: limits.map(([name, value]) => [
      name,
      name.endsWith("Ms") ? `${grouped(value)} ms` : name.endsWith("Bytes") ? bytes(value) : grouped(value),
    ]),
  };
}

/** Where secrets were taken out, and of what. */
export function redactionTable({ run, lines }: RunFiles): ReportTable {
  const told = member(run, "redactions");
  const redactions = isArray(told) ? told.filter((path) => typeof path === "string") : [];
  const places = lines.flatMap((line, i) =>
    line.redactions.map((path) => [`transcript.jsonl line ${lineNumber(line, i)}`, line.node_id ?? "", path])
  );
  const rows = [...places, ...redactions.map((path) => ["run.json", "", path])];
  const left = rows.length - MAX_ROWS;
  return {
    columns: ["Where", "Node", "Path"],
    rows: left <= 0 ? rows : [...rows.slice(0, MAX_ROWS), [`and ${left} more`, "", ""]],
  };
}

/** The most rows of a table that grows with the run. */
const MAX_ROWS = 1000;
