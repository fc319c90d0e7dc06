/**
 * In what two visits of one node differ: how they ended, what went in and came out, host calls, what was said, and where
 * the flow went from there. Never compares ids, times or costs.
 */

import { type Json, member, stringMember } from "../base/json.ts";
import { match, type Named } from "../base/alignment.ts";
import { jsonDifferences } from "./json_difference.ts";
import { comparedError } from "./line_facts.ts";
import type { Likeness } from "./likeness.ts";
import {
  type DifferencePlace,
  type DifferenceSubject,
  type ValueDifference,
  WHOLE_RUN,
} from "./value_difference.ts";
import type { Attempt, GuestCall, Said, Visit } from "./visits.ts";

/** What has been found of a visit, as it is found. */
type Found = Generator<ValueDifference, void, undefined>;

/** Where something is compared, and what counts as the same there. */
export interface Comparing {
  readonly place: DifferencePlace;
  readonly likeness: Likeness;
}

/** All differences between two visits. */
export function* visitDifferences(a: Visit, b: Visit, likeness: Likeness): Found {
  const { place, ordinal: visit } = a;
  const whole: Comparing = { place: { ...WHOLE_RUN, place, visit }, likeness };
  const numbered = a.attempts.length > 1 || b.attempts.length > 1;
  const at = (index: number): Comparing =>
    numbered ? { likeness, place: { ...whole.place, attempt: index + 1 } } : whole;
  // What led to another attempt is compared with the same attempt, the end of the visit with its end.
  const early = Math.min(a.attempts.length, b.attempts.length) - 1;
  for (let index = 0; index < early; index++) {
    yield* attemptDifferences(a.attempts[index]!, b.attempts[index]!, at(index));
  }
  const [lastA, lastB] = [a.attempts.at(-1)!, b.attempts.at(-1)!];
  yield* attemptDifferences(lastA, lastB, at(a.attempts.length - 1));
  yield* valueDifferences("node", "attempts", [a.attempts.length, b.attempts.length], whole);
  yield* factDifferences(a.attempts[0]!, b.attempts[0]!, whole);
  yield* valueDifferences("node", "outputs", [outputsOf(lastA), outputsOf(lastB)], whole);
  yield* valueDifferences("node", "route", [a.route, b.route], whole);
}

/** What an attempt had to do is the same for all attempts of a visit. */
function* factDifferences(a: Attempt, b: Attempt, here: Comparing): Found {
  for (const name of ["component", "target", "operation"] as const) {
    yield* valueDifferences("node", name, [a.start[name], b.start[name]], here);
  }
  yield* valueDifferences("node", "inputs", [payloadOf(a), payloadOf(b)], here);
}

function* attemptDifferences(a: Attempt, b: Attempt, here: Comparing): Found {
  const [statusA, statusB] = [a, b].map(({ end }) => end?.status ?? "unfinished");
  yield* valueDifferences("failure", "status", [statusA, statusB], here);
  const [errorA, errorB] = [a, b].map(({ end }) => comparedError(end?.error ?? null));
  yield* valueDifferences("failure", "error", [errorA ?? undefined, errorB ?? undefined], here);
  yield* callDifferences(a.calls, b.calls, here);
  for (const stream of ["stdout", "stderr"] as const) {
    yield* valueDifferences("log", stream, [a.streams[stream], b.streams[stream]], here);
  }
  yield* logDifferences(a.logs, b.logs, here);
}

function* callDifferences(a: readonly GuestCall[], b: readonly GuestCall[], visit: Comparing): Found {
  const { likeness } = visit;
  const named = (run: "a" | "b") => ({ name, request }: GuestCall): Named => ({
    key: `${name} ${likeness.key(request, run)}`,
    name,
  });
  for (const [i, j] of match(a.map(named("a")), b.map(named("b")))) {
    const [first, second] = [i === null ? undefined : a[i], j === null ? undefined : b[j]];
    const call = (first ?? second)!.name;
    const here = { likeness, place: { ...visit.place, call, callNumber: (i ?? j)! + 1 } };
    yield* valueDifferences("call", "request", [first?.request, second?.request], here);
    if (first === undefined || second === undefined) continue;
    yield* valueDifferences("call", "status", [answerStatus(first), answerStatus(second)], here);
    yield* valueDifferences("call", "provider", [providerOf(first), providerOf(second)], here);
    for (
      const found of valueDifferences("call", "answer", [first.answer?.outputs, second.answer?.outputs], here)
    ) {
      // Servers tell the time with every answer.
      if (found.path !== "answer.headers.date") yield found;
    }
  }
}

function* logDifferences(a: readonly Said[], b: readonly Said[], here: Comparing): Found {
  const { likeness } = here;
  const named = (run: "a" | "b") => ({ stream, text, fields }: Said): Named => ({
    key: likeness.key([stream, text, fields], run),
    name: stream,
  });
  for (const [i, j] of match(a.map(named("a")), b.map(named("b")))) {
    const [first, second] = [i === null ? undefined : a[i], j === null ? undefined : b[j]];
    const path = (first ?? second)!.stream;
    yield* valueDifferences("log", path, [first?.text, second?.text], here);
    if (first === undefined || second === undefined) continue;
    yield* valueDifferences("log", `${path}.fields`, [first.fields, second.fields], here);
  }
}

/** The differences of two values; undefined for one that is not there. */
export function* valueDifferences(
  subject: DifferenceSubject,
  path: string,
  [a, b]: readonly [Json | undefined, Json | undefined],
  { place, likeness }: Comparing,
): Found {
  for (const found of jsonDifferences(a, b, path, likeness.areSame)) {
    yield { subject, ...place, path: found.path, a: found.first, b: found.second };
  }
}

function payloadOf({ start: { inputs } }: Attempt): Json {
  return member(inputs, "payload") ?? null;
}

function outputsOf({ end }: Attempt): Json | undefined {
  return end === null || end.phase === "error" ? undefined : end.outputs;
}

function answerStatus({ answer }: GuestCall): string {
  return answer?.status ?? "unanswered";
}

function providerOf({ answer }: GuestCall): string | undefined {
  return stringMember(answer?.inputs, "provider");
}
