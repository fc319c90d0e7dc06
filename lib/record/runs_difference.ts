/**
 * Everything in which two runs differ, by what their directories tell. Never judges which of the two is right, never
 * compares what differs between any two runs, and never takes for a difference what only one of them tells.
 *
 * 1. The runs as wholes are compared by their facts, subject by subject.
 * 2. Their visits to nodes are aligned in order; what is left over of both under one name was visited in another order.
 * 3. Every aligned visit is compared with the one that belongs to it.
 */

import { isObject, type JsonObject, member, stringMember } from "../base/json.ts";
import { match } from "../base/alignment.ts";
import { comparedJson, type ComparedRun, comparedRun, type PlacedRun } from "./compared_run.ts";
import { memberPath } from "./json_difference.ts";
import { Likeness } from "./likeness.ts";
import type { TranscriptLine } from "./line.ts";
import { pathDifferences } from "./path_differences.ts";
import { costJson, type NodeCost, nodeCosts, type RunCost, runCost } from "./run_costs.ts";
import { type RunFacts, runFacts, type WholeSubject } from "./run_facts.ts";
import {
  DIFFERENCE_SUBJECTS,
  type DifferenceSubject,
  type ValueDifference,
  valueDifferenceJson,
  WHOLE_RUN,
} from "./value_difference.ts";
import { valueDifferences } from "./visit_differences.ts";
import { visitsOf } from "./visits.ts";

/** In what two runs differ. */
export interface RunsDifference {
  /** Whether they do not. */
  readonly same: boolean;
  /** The first run. */
  readonly a: ComparedRun;
  /** The second run. */
  readonly b: ComparedRun;
  /** The differences by subject, within a subject in the order of the runs; the first ones when there are very many. */
  readonly differences: readonly ValueDifference[];
  /** How many there are of each subject that has some, also of those that are not listed. */
  readonly counts: Partial<Readonly<Record<DifferenceSubject, number>>>;
  /** How many there are and are not listed. */
  readonly leftOut: number;
  /** In how many nodes they are. */
  readonly nodes: number;
  /** The subjects that were not compared since only one run tells of them, or none. */
  readonly notCompared: readonly DifferenceSubject[];
  /** What the runs took, as wholes. */
  readonly cost: RunCost;
  /** What each node took. */
  readonly nodeCosts: readonly NodeCost[];
}

/** What is compared, and how much of it is listed. */
export interface RunsDifferenceOptions {
  /** Subjects that do not count. */
  readonly ignore: readonly DifferenceSubject[];
  /** Most differences that are listed. */
  readonly most: number;
}

/** Compares two runs. */
export function runsDifference(
  a: PlacedRun,
  b: PlacedRun,
  { ignore, most }: RunsDifferenceOptions,
): RunsDifference {
  const [factsA, factsB] = [runFacts(a), runFacts(b)];
  const [visitsA, visitsB] = [visitsOf(a.lines), visitsOf(b.lines)];
  const likeness = new Likeness(a, b);
  const counts: Partial<Record<DifferenceSubject, number>> = {};
  const listed: ValueDifference[] = [];
  const nodes = new Set<string>();
  let total = 0;
  function take(found: Iterable<ValueDifference>): void {
    for (const difference of found) {
      const { subject, place } = difference;
      if (ignore.includes(subject)) continue;
      counts[subject] = (counts[subject] ?? 0) + 1;
      if (place !== null) nodes.add(place);
      if (++total <= most) listed.push(difference);
    }
  }
  take(wholeDifferences([factsA, factsB], likeness));
  take(warningDifferences(a.lines, b.lines, likeness));
  take(pathDifferences(visitsA, visitsB, likeness));
  const order = (subject: DifferenceSubject) => DIFFERENCE_SUBJECTS.indexOf(subject);
  return {
    same: total === 0,
    a: comparedRun(a),
    b: comparedRun(b),
    differences: listed.sort((first, second) => order(first.subject) - order(second.subject)),
    counts,
    leftOut: total - listed.length,
    nodes: nodes.size,
    notCompared: WHOLE_SUBJECTS.filter((subject) =>
      !ignore.includes(subject) && (factsA[subject] === undefined || factsB[subject] === undefined)
    ),
    cost: runCost([a, visitsA], [b, visitsB]),
    nodeCosts: nodeCosts(visitsA, visitsB),
  };
}

/** The comparison of two runs as one JSON document. */
export function runsDifferenceJson(difference: RunsDifference): JsonObject {
  const { same, a, b, differences, counts, leftOut, nodes, notCompared, cost, nodeCosts } = difference;
  return {
    same,
    a: comparedJson(a),
    b: comparedJson(b),
    counts: { ...counts },
    nodes,
    left_out: leftOut,
    not_compared: [...notCompared],
    differences: differences.map(valueDifferenceJson),
    cost: costJson(cost),
    node_costs: nodeCosts.map(({ place, ...cost }) => ({ place, ...costJson(cost) })),
  };
}

const WHOLE_SUBJECTS: readonly WholeSubject[] = [
  ...["status", "output", "turn", "pack", "component", "flow", "policy", "verification"] as const,
  ...["limit", "identity"] as const,
];

/** Subjects whose members may be unknown to one of the runs: then they are not compared. */
const PARTLY_KNOWN: readonly WholeSubject[] = ["status", "pack", "flow", "limit"];

function* wholeDifferences(
  [a, b]: readonly [RunFacts, RunFacts],
  likeness: Likeness,
): Generator<ValueDifference, void, undefined> {
  for (const subject of WHOLE_SUBJECTS) {
    const [first, second] = [a[subject], b[subject]];
    if (first === undefined || second === undefined) continue;
    if (subject === "output" || !isObject(first) || !isObject(second)) {
      yield* valueDifferences(subject, subject, [first, second], { place: WHOLE_RUN, likeness });
      continue;
    }
    // Facts have names of their own, and an order in which they are told.
    const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
    const partly = PARTLY_KNOWN.includes(subject);
    for (const name of partly ? names.filter((one) => isShared(one, first, second)) : names) {
      const facts = [member(first, name), member(second, name)] as const;
      yield* valueDifferences(subject, memberPath("", name), facts, { place: WHOLE_RUN, likeness });
    }
  }
}

/** Whether both runs tell a fact; an error is told where there is one. */
function isShared(name: string, first: JsonObject, second: JsonObject): boolean {
  return ALWAYS.includes(name) || Object.hasOwn(first, name) && Object.hasOwn(second, name);
}

const ALWAYS: readonly string[] = ["error", "waiting"];

function* warningDifferences(
  a: readonly TranscriptLine[],
  b: readonly TranscriptLine[],
  likeness: Likeness,
): Generator<ValueDifference, void, undefined> {
  const [first, second] = [warningsOf(a), warningsOf(b)];
  for (const [i, j] of match(first, second)) {
    const [before, now] = [i === null ? undefined : first[i], j === null ? undefined : second[j]];
    const { code } = (before ?? now)!;
    yield* valueDifferences("warning", code, [before?.message, now?.message], {
      place: WHOLE_RUN,
      likeness,
    });
  }
}

/** The warnings of a run, but for those that tell of the machine and its cache. */
function warningsOf(
  lines: readonly TranscriptLine[],
): { key: string; name: string; code: string; message: string }[] {
  return lines.filter(({ phase }) => phase === "warning").flatMap(({ error }) => {
    const code = stringMember(error, "code") ?? "warning", message = stringMember(error, "message") ?? "";
    if (code === "cache") return [];
    const place = isObject(error) && isObject(error.details)
      ? stringMember(error.details, "place") ?? ""
      : "";
    const name = `${code} ${place}`;
    return [{ key: `${name} ${message}`, name, code, message }];
  });
}
