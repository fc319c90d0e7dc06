/** What a report shows of a run, made of what its directory holds. Pure: one run has one report. */

import { isObject, omit } from "../base/json.ts";
import { resumeHint } from "../base/hints.ts";
import type { RunFiles } from "../record/run_files.ts";
import type { ReportDocument } from "./document.ts";
import {
  checkTable,
  componentTable,
  factsOf,
  flowOf,
  limitTable,
  nodeTable,
  packOf,
  redactionTable,
  warningTable,
} from "./facts.ts";
import { failuresOf } from "./failures.ts";
import { graphsOf } from "./graph.ts";
import { pictureOf } from "./picture.ts";
import { rowsOf } from "./rows.ts";
import { type Spans, spansOf } from "./spans.ts";
import { grouped } from "./text.ts";
import { Names, Values } from "./values.ts";

/** A report: the document, and the values that it numbers, each as JSON on one line. */
export interface ReportModel {
  /** What is shown. */
  readonly document: ReportDocument;
  /** The values that it numbers. */
  readonly values: readonly string[];
}

/** The most flows that are drawn, and failures that are told one by one. */
const MAX_PICTURES = 100, MAX_FAILURES = 50;

/** Makes the report of a run. */
export function reportModel(files: RunFiles): ReportModel {
  const { result, lines, flows, state, logs } = files;
  const names = new Names(), values = new Values();
  const spans = spansOf(lines);
  const { walks, top } = spans;
  const { rows, numbers } = rowsOf(top, { names, values });
  const status = statusOf(files);
  const endedWell = status === "success" || status === "partial_failure";
  const graphs = graphsOf(walks, { flows, endedWell }).slice(0, MAX_PICTURES);
  const failures = failuresOf(files, { walks, top, numbers, values });
  const document: ReportDocument = {
    status,
    pack: packOf(files),
    flow: flowOf(files),
    startedAt: result?.startedAt ?? lines[0]?.ts ?? "",
    durationMs: durationOf(files, spans),
    facts: factsOf(files),
    failures: failures.slice(0, MAX_FAILURES),
    waiting: waitingOf(files),
    output: values.add(result?.output ?? undefined),
    turns: (result?.turns ?? []).map(({ reason, output, input }) => ({
      reason: reason ?? "",
      output: values.add(output),
      input: values.add(input),
    })),
    state: isObject(state) ? values.add(omit(state, ["version", "redactions"])) : -1,
    nodes: nodeTable(result?.nodeSummaries ?? [], lines),
    checks: checkTable(files),
    warnings: warningTable(files),
    components: componentTable(result?.components ?? []),
    limits: limitTable(files),
    environment: { columns: ["Name", "Version"], rows: Object.entries(result?.environment ?? {}) },
    redactions: redactionTable(files),
    logs: logs.map(({ name, bytes, text }) => ({ name, bytes, text: values.add(text) })),
    names: names.texts,
    items: rows,
    pictures: graphs.map((graph) => pictureOf(graph, numbers)),
    // Last: values are cut when there are too many of them.
    notes: [...notesOf(files, values), ...more(failures.length - MAX_FAILURES)],
  };
  return { document, values: values.texts };
}

/** How the run ended; `unfinished` when neither its result nor its transcript tells. */
function statusOf({ result, lines }: RunFiles): string {
  if (result !== null) return result.status;
  const last = lines.findLast(({ phase }) => phase === "run");
  return last === undefined || last.status === "start" ? "unfinished" : last.status;
}

function durationOf({ result }: RunFiles, spans: Spans): number {
  return result !== null && result.durationMs > 0 ? result.durationMs : spans.durationMs;
}

function waitingOf({ dir, result }: RunFiles): ReportDocument["waiting"] {
  if (result?.waiting === null || result === null) return null;
  const { reason } = result.waiting;
  return { reason: reason ?? "", command: resumeHint(dir) };
}

function more(failures: number): string[] {
  return failures > 0 ? [`${grouped(failures)} more nodes failed: the timeline has them`] : [];
}

function notesOf({ result, lines, flows, faults }: RunFiles, values: Values): string[] {
  const notes = [...faults];
  if (result === null && !faults.some((fault) => fault.includes("run.json"))) {
    notes.push("There is no run.json: the run was stopped before it could write one, or goes on");
  }
  if (result?.recordFault !== undefined) notes.push(`The record is not whole: ${result.recordFault.message}`);
  if (result?.exportFault !== undefined) notes.push(`The trace is not whole: ${result.exportFault.message}`);
  if (lines.length === 0) {
    notes.push("There is no transcript that can be read: nothing is known of the way of the run");
  } else if (flows === null && lines.some(({ phase }) => phase === "start")) {
    notes.push("The routes of its flows were not recorded: what was visited is drawn");
  }
  if (values.cut > 0) {
    notes.push(
      `${grouped(values.cut)} values are cut here because there are too many: transcript.jsonl has them`,
    );
  }
  return notes;
}
