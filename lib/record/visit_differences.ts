/**
 * In what two visits of one node differ: how they ended, what went in and came out, host calls, what was said, and where
 * the flow went from there. Never compares ids, times or costs.
 */

import { type Json, member, stringMember } from "../base/json.ts";
import { match } from "./alignment.ts";
import { jsonDifferences } from "./json_difference.ts";
import { jsonText } from "./json_text.ts";
import { areSameBesideSecrets, comparedError } from "./line_facts.ts";
import {
  type DifferencePlace,
  type DifferenceSubject,
  type ValueDifference,
  WHOLE_RUN,
} from "./value_difference.ts";
import type { Attempt, GuestCall, Said, Visit } from "./visits.ts";

/** What has been found of a visit, as it is found. */
type Found = Generator<ValueDifference, void, undefined>;

/** All differences between two visits. */
export function* visitDifferences(a: Visit, b: Visit): Found {
  const { place, ordinal: visit } = a;
  const whole: DifferencePlace = { ...WHOLE_RUN, place, visit };
  const numbered = a.attempts.length > 1 || b.attempts.length > 1;
  const at = (index: number) => numbered ? { ...whole, attempt: index + 1 } : whole;
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
function* factDifferences(a: Attempt, b: Attempt, place: DifferencePlace): Found {
  for (const name of ["component", "target", "operation"] as const) {
    yield* valueDifferences("node", name, [a.start[name], b.start[name]], place);
  }
  yield* valueDifferences("node", "inputs", [payloadOf(a), payloadOf(b)], place);
}

function* attemptDifferences(a: Attempt, b: Attempt, place: DifferencePlace): Found {
  const [statusA, statusB] = [a, b].map(({ end }) => end?.status ?? "unfinished");
  yield* valueDifferences("failure", "status", [statusA, statusB], place);
  const [errorA, errorB] = [a, b].map(({ end }) => comparedError(end?.error ?? null));
  yield* valueDifferences("failure", "error", [errorA ?? undefined, errorB ?? undefined], place);
  yield* callDifferences(a.calls, b.calls, place);
  for (const stream of ["stdout", "stderr"] as const) {
    yield* valueDifferences("log", stream, [a.streams[stream], b.streams[stream]], place);
  }
  yield* logDifferences(a.logs, b.logs, place);
}

function* callDifferences(a: readonly GuestCall[], b: readonly GuestCall[], place: DifferencePlace): Found {
  for (const [i, j] of match(a.map(namedCall), b.map(namedCall))) {
    const [first, second] = [i === null ? undefined : a[i], j === null ? undefined : b[j]];
    const call = (first ?? second)!.name;
    const here: DifferencePlace = { ...place, call, callNumber: (i ?? j)! + 1 };
    if (first === undefined || second === undefined) {
      const asked = (one?: GuestCall) => one === undefined ? undefined : one.request;
      yield { subject: "call", ...here, path: "request", a: asked(first), b: asked(second) };
      continue;
    }
    yield* valueDifferences("call", "request", [first.request, second.request], here);
    yield* valueDifferences("call", "status", [answerStatus(first), answerStatus(second)], here);
    yield* valueDifferences("call", "provider", [providerOf(first), providerOf(second)], here);
    const answers = [first, second].map(({ answer }) => answer === null ? undefined : answer.outputs);
    yield* valueDifferences("call", "answer", [answers[0], answers[1]], here);
  }
}

function namedCall({ name, request }: GuestCall): { key: string; name: string } {
  return { key: `${name} ${jsonText(request)}`, name };
}

function* logDifferences(a: readonly Said[], b: readonly Said[], place: DifferencePlace): Found {
  const named = ({ stream, text, fields }: Said) => ({ key: jsonText([stream, text, fields]), name: stream });
  for (const [i, j] of match(a.map(named), b.map(named))) {
    const [first, second] = [i === null ? undefined : a[i], j === null ? undefined : b[j]];
    const path = (first ?? second)!.stream;
    yield* valueDifferences("log", path, [first?.text, second?.text], place);
    if (first === undefined || second === undefined) continue;
    yield* valueDifferences("log", `${path}.fields`, [first.fields, second.fields], place);
  }
}

/** The differences of two values; undefined for one that is not there. */
export function* valueDifferences(
  subject: DifferenceSubject,
  path: string,
  [a, b]: readonly [Json | undefined, Json | undefined],
  place: DifferencePlace,
): Found {
  for (const found of jsonDifferences(a, b, path, areSameBesideSecrets)) {
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
