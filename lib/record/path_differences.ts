/**
 * In what the ways of two runs differ: visits that only one of them made, visits in another order, and all that differs
 * within those that belong together. Never compares the runs as wholes.
 */

import { match } from "../base/alignment.ts";
import type { Likeness } from "./likeness.ts";
import { type ValueDifference, WHOLE_RUN } from "./value_difference.ts";
import { visitDifferences } from "./visit_differences.ts";
import type { Visit } from "./visits.ts";

/** All differences between the visits of two runs, in the order of both. */
export function* pathDifferences(
  a: readonly Visit[],
  b: readonly Visit[],
  likeness: Likeness,
): Generator<ValueDifference, void, undefined> {
  const named = ({ place }: Visit) => ({ key: place, name: place });
  const matches = match(a.map(named), b.map(named));
  const left = Map.groupBy(
    matches.flatMap(([i, j]) => i === null ? [b[j!]!] : []),
    ({ place }) => place,
  );
  // What is left over of both was visited in another order.
  const moved = new Map<Visit, Visit>();
  const taken = new Set<Visit>();
  for (const [i, j] of matches) {
    if (i === null || j !== null) continue;
    const visit = left.get(a[i]!.place)?.shift();
    if (visit === undefined) continue;
    moved.set(a[i]!, visit);
    taken.add(visit);
  }
  for (const [i, j] of matches) {
    if (i !== null && j !== null) yield* visitDifferences(a[i]!, b[j]!, likeness);
    else if (i !== null) yield* oneSided(a[i]!, moved.get(a[i]!), likeness);
    else if (!taken.has(b[j!]!)) yield { ...about(b[j!]!), path: "visit", a: undefined, b: b[j!]!.position };
  }
}

/** A visit of A that is elsewhere in B, or nowhere. */
function* oneSided(
  visit: Visit,
  moved: Visit | undefined,
  likeness: Likeness,
): Generator<ValueDifference, void, undefined> {
  if (moved === undefined) {
    yield { ...about(visit), path: "visit", a: visit.position, b: undefined };
    return;
  }
  yield { ...about(visit), path: "order", a: visit.position, b: moved.position };
  yield* visitDifferences(visit, moved, likeness);
}

function about({ place, ordinal }: Visit): Omit<ValueDifference, "path" | "a" | "b"> {
  return { subject: "path", ...WHOLE_RUN, place, visit: ordinal };
}
