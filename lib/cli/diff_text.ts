/**
 * How differences between two runs look to people: a section for each subject, what A has behind a minus, what B has
 * behind a plus. Never shows a control character of a guest, and cuts what is long around the place where it differs.
 */

import type { Json } from "../base/json.ts";
import { align } from "../base/alignment.ts";
import { jsonText } from "../record/json_text.ts";
import type { CostPair, NodeCost, RunCost } from "../record/run_costs.ts";
import type { RunsDifference } from "../record/runs_difference.ts";
import type { ValueDifference } from "../record/value_difference.ts";
import { count, visible } from "./print.ts";
import { table } from "./table.ts";

/** Widest value that is shown, in characters. */
const WIDTH = 120;
/** Most lines of a stream that are shown. */
const MAX_LINES = 20;
/** Most nodes whose costs are shown. */
const MAX_NODES = 20;
/** What is shown in front of the place where two long values begin to differ, in characters. */
const LEAD = 30;

/** The lines of a comparison: its differences, then what the runs took as a table of so many columns of a terminal. */
export function differenceLines(difference: RunsDifference, columns?: number): string[] {
  const { differences, leftOut, same } = difference;
  const sections = [...Map.groupBy(differences, ({ subject }) => subject)].map(([subject, found]) => [
    subject,
    ...found.flatMap(entry),
  ]);
  const more = leftOut === 0 ? [] : [[`${count(leftOut, "more difference")} not shown: raise --most`]];
  const parts = [...(same ? [["same"]] : []), ...sections, ...more, costLines(difference, columns)];
  return parts.flatMap((lines, i) => i === 0 ? lines : ["", ...lines]).map((line) => visible(line));
}

/** What differs, and both values. */
function entry(difference: ValueDifference): string[] {
  const { subject, place, path, a, b } = difference;
  const where = whereabouts(difference);
  if (subject === "path") return [`  ${where}: ${wayText(path, a, b)}`];
  const name = place === null ? path : `${where} ${path}`;
  return [`  ${name}`, ...values(difference).map((line) => `    ${line}`)];
}

function whereabouts({ place, visit, attempt, call, callNumber }: ValueDifference): string {
  return [
    `${place ?? "run"}${visit === null || visit === 1 ? "" : `, visit ${visit}`}`,
    ...(attempt === null ? [] : [`attempt ${attempt}`]),
    ...(call === null
      ? []
      : [`${call}${callNumber === null || callNumber === 1 ? "" : ` (call ${callNumber})`}`]),
  ].join(", ");
}

/** Positions of visits in their runs. */
function wayText(path: string, a: Json | undefined, b: Json | undefined): string {
  if (path === "order") return `step ${a} of A, step ${b} of B`;
  return a === undefined ? `only in B, step ${b}` : `only in A, step ${a}`;
}

function values({ subject, a, b }: ValueDifference): string[] {
  if (subject === "log" && typeof a === "string" && typeof b === "string") {
    if (a.includes("\n") || b.includes("\n")) return lineChanges(a, b);
  }
  const texts = [a, b].map((value) => value === undefined ? undefined : jsonText(value));
  const from = cutFrom(texts[0] ?? "", texts[1] ?? "");
  return texts.flatMap((text, i) => text === undefined ? [] : [`${"-+"[i]} ${excerpt(text, from)}`]);
}

/** Where two texts are shown from: a little in front of where they differ, when that is far from their beginning. */
function cutFrom(a: string, b: string): number {
  if (Math.max(a.length, b.length) <= WIDTH) return 0;
  let at = 0;
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at++;
  const shown = at < WIDTH - LEAD ? 0 : at - LEAD;
  // No half of a pair of surrogates is shown.
  return shown > 0 && /[\udc00-\udfff]/.test(a[shown] ?? "") ? shown - 1 : shown;
}

function excerpt(text: string, from: number): string {
  const end = from + WIDTH;
  const shown = text.slice(from, end).replace(/[\ud800-\udbff]$/, "");
  const rest = text.length <= end ? "" : `… (${text.length} characters)`;
  return `${from === 0 ? "" : "…"}${shown}${rest}`;
}

/** The lines of a stream that only one of two runs has. */
function lineChanges(a: string, b: string): string[] {
  const [first, second] = [a.split("\n"), b.split("\n")];
  const changes: string[] = [];
  let [i, j] = [0, 0];
  for (const [endA, endB] of [...align(first, second), [first.length, second.length] as const]) {
    for (; i < endA; i++) changes.push(`- ${excerpt(first[i]!, 0)}`);
    for (; j < endB; j++) changes.push(`+ ${excerpt(second[j]!, 0)}`);
    [i, j] = [endA + 1, endB + 1];
  }
  const more = changes.length - MAX_LINES;
  return more <= 0 ? changes : [...changes.slice(0, MAX_LINES), `… and ${count(more, "more line")}`];
}

/** What the nodes took that took most, and the runs as wholes. */
function costLines({ cost, nodeCosts }: RunsDifference, columns?: number): string[] {
  const took = ({ durationMs: { a, b } }: NodeCost) => Math.max(a ?? 0, b ?? 0);
  const slowest = nodeCosts.toSorted((first, second) => took(second) - took(first)).slice(0, MAX_NODES);
  const left = nodeCosts.length - slowest.length;
  return [
    ...table([
      ["cost", "ms A", "ms B", "", "fuel A", "fuel B", "", "memory A", "memory B", ""],
      ["the run", ...costCells(cost)],
      ...slowest.map(({ place, ...cost }) => [place, ...costCells(cost)]),
    ], columns),
    ...(left === 0 ? [] : [`and ${count(left, "faster node")}`]),
  ];
}

function costCells({ durationMs, fuel, memoryPeakBytes }: RunCost): string[] {
  return [durationMs, fuel, memoryPeakBytes].flatMap(cells);
}

function cells({ a, b, ratio }: CostPair): string[] {
  return [a, b].map((number) => number === null ? "-" : String(number)).concat(
    ratio === null ? "" : `x ${ratio}`,
  );
}
