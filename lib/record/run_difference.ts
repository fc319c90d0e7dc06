/**
 * The first thing in which a replay differs from the run that it replays, by their transcripts. Never shows a secret
 * that transcripts do not, and never judges which of the two is right.
 *
 * 1. What differs between two runs of the same kind is not compared: times, durations, numbers and ids, hints, and what
 *    verification said, since a pack may have changed.
 * 2. The signs around a secret in Base64 hold some bits of it, and transcripts show them: where a text differs in these
 *    alone, as with another value of the secret, it counts as the same.
 * 3. What guests write to their streams is cut by time: it is compared as a whole, where its node ends.
 */

import { isObject, type Json, type JsonObject, stringMember } from "../base/json.ts";
import { jsonDifference } from "./json_difference.ts";
import { jsonText } from "./json_text.ts";
import type { TranscriptLine } from "./line.ts";
import { areSameBesideSecrets, callName, comparedError, placeOf } from "./line_facts.ts";

/** Where two runs part. */
export interface RunDifference {
  /** The node, as `flow/node` behind those through which its flow was called: `main/call > sub/ask`; or `run`. */
  readonly place: string;
  /** The attempt at the node, from 1, or null where there is none. */
  readonly attempt: number | null;
  /** What was called or written within the node: `http.send`, `stdout`. */
  readonly call?: string;
  /** The field, such as `inputs.body.text[2]`; `(absent)` where only one run did it, `(step)` where each did another thing. */
  readonly field: string;
  /** What was recorded; undefined for nothing. What was done, for `(absent)` and `(step)`. */
  readonly recorded: Json | undefined;
  /** The same of the replay. */
  readonly replayed: Json | undefined;
  /** The numbers of the lines in the transcripts, null where there is no line. */
  readonly seqs: { readonly recorded: number | null; readonly replayed: number | null };
}

/** The field of a difference that is a step which one run did not take. */
const ABSENT = "(absent)";

/** The field of a difference that is another step. */
const OTHER = "(step)";

/** The first difference, or null for runs that are the same. */
export function firstDifference(
  recorded: readonly TranscriptLine[],
  replayed: readonly TranscriptLine[],
): RunDifference | null {
  const [first, second] = [stepsOf(recorded), stepsOf(replayed)];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    const [a, b] = [first[at], second[at]];
    if (a === undefined || b === undefined || a.key !== b.key) {
      // Where one run has ended, the other one goes on.
      const goesOn = (step: Step | undefined) => step?.kind === "run" ? undefined : step;
      const both = goesOn(a) === undefined && goesOn(b) === undefined;
      const here = both ? { a, b } : { a: goesOn(a), b: goesOn(b) };
      return partedAt({ ...here, nextA: first[at + 1], nextB: second[at + 1] });
    }
    for (const field of FIELDS) {
      const found = jsonDifference(a.facts[field], b.facts[field], field, areSameBesideSecrets);
      if (found === null) continue;
      const { path, first: before, second: now } = found;
      return { ...about(a), field: path, recorded: before, replayed: now, seqs: seqsOf(a, b) };
    }
  }
  return null;
}

/** A difference as JSON; what is not there is null. */
export function differenceJson(
  { place, attempt, call, field, recorded, replayed, seqs }: RunDifference,
): JsonObject {
  return {
    place,
    attempt,
    call: call ?? null,
    field,
    recorded: recorded ?? null,
    replayed: replayed ?? null,
    seqs: { ...seqs },
  };
}

/** One sentence that tells a difference. */
export function differenceText({ place, attempt, call, field, recorded, replayed }: RunDifference): string {
  const node = place === "run" ? "The run" : attemptText(place, attempt);
  const where = call === undefined ? node : `${node}, ${call}`;
  if (field === ABSENT) {
    return recorded === undefined
      ? `${where}: ${told(replayed)} now, and not when it was recorded`
      : `${where}: ${told(recorded)} when it was recorded, and not now`;
  }
  if (field === OTHER) return `${where}: ${told(recorded)} when it was recorded, and ${told(replayed)} now`;
  if (field === "error" && !isObject(recorded)) {
    return `${where}: ended well when it was recorded, and fails now with ${problem(replayed)}`;
  }
  if (field === "error" && !isObject(replayed)) {
    return `${where}: failed when it was recorded with ${problem(recorded)}, and ends well now`;
  }
  return `${where}: ${field} was ${shown(recorded)} when it was recorded, and is ${shown(replayed)} now`;
}

/** What is compared, most telling first. */
const FIELDS = ["component", "target", "operation", "inputs", "error", "status", "outputs"] as const;

/** What happens in a run, as far as it is compared. */
interface Step {
  /** What kind of thing happens where: the same in both runs unless one of them took another way. */
  readonly key: string;
  readonly line: TranscriptLine;
  readonly kind: Kind;
  readonly facts: Readonly<Record<typeof FIELDS[number], Json>>;
}

type Kind =
  | "start"
  | "end"
  | "call"
  | "answer"
  | "stdout"
  | "stderr"
  | "log"
  | "jump"
  | "wait"
  | "resume"
  | "warning"
  | "run";

/** What happened, as the end of a sentence. */
const TOLD: Readonly<Record<Kind, string>> = {
  start: "the node began",
  end: "the node ended",
  call: "the guest called its host",
  answer: "the host answered",
  stdout: "the guest wrote to its standard output",
  stderr: "the guest wrote to its standard error",
  log: "something was logged",
  jump: "the flow jumped",
  wait: "the flow waited",
  resume: "the flow went on",
  warning: "a warning was given",
  run: "the run ended",
};

const STREAMS = ["stdout", "stderr"] as const;

function stepsOf(lines: readonly TranscriptLine[]): Step[] {
  const streams = new Map<string, string>();
  for (const line of lines) {
    const kind = kindOf(line);
    if (kind !== "stdout" && kind !== "stderr") continue;
    const key = streamKey(line, kind);
    streams.set(key, (streams.get(key) ?? "") + (stringMember(line.outputs, "text") ?? ""));
  }
  return lines.flatMap((line, at): Step[] => {
    const kind = kindOf(line);
    // The first line tells how the run was run, not what it did.
    if (kind === null || kind === "stdout" || kind === "stderr" || kind === "run" && at === 0) return [];
    if (kind !== "end") return [step(line, kind, factsOf(line))];
    const written = STREAMS.map((stream) => {
      const outputs = { text: streams.get(streamKey(line, stream)) ?? "" };
      return step(line, stream, { ...NOTHING, outputs });
    });
    return [...written, step(line, kind, factsOf(line))];
  });
}

function step(line: TranscriptLine, kind: Kind, facts: Step["facts"]): Step {
  const { flow_id, flow_path, node_id, attempt } = line;
  // The flow of the last line is that which the run began with.
  const place: Json = kind === "run" ? [] : [flow_path, flow_id, node_id, attempt];
  return { key: JSON.stringify([kind, place]), line, kind, facts };
}

const NOTHING: Step["facts"] = {
  component: null,
  target: null,
  operation: null,
  inputs: null,
  error: null,
  status: null,
  outputs: null,
};

function factsOf(line: TranscriptLine): Step["facts"] {
  const { component, target, operation, inputs, status, outputs } = line;
  const error = comparedError(line.error);
  if (line.phase === "run") {
    return { ...NOTHING, status, error: comparedError(line.error, ["code", "message"]) };
  }
  if (line.phase === "log") return { ...NOTHING, outputs };
  return { component, target, operation, inputs, error, status, outputs };
}

/** What a line tells of, or null for what is not compared. */
function kindOf(line: TranscriptLine): Kind | null {
  switch (line.phase) {
    case "host":
    case "mock":
      return line.status === "call" ? "call" : "answer";
    case "end":
    case "error":
      return "end";
    case "log": {
      const stream = stringMember(line.outputs, "stream");
      return stream === "stdout" || stream === "stderr" ? stream : "log";
    }
    case "warning":
      // Others tell of the machine, the pack or its files.
      return /^(?:template|node)\./.test(stringMember(line.error, "code") ?? "") ? "warning" : null;
    case "verify":
      return null;
    default:
      return line.phase;
  }
}

function streamKey(line: TranscriptLine, stream: string): string {
  return `${stream} ${line.call_id}`;
}

/** The difference where the two runs do not do the same thing; which of them does one more shows in what follows. */
function partedAt(
  { a, b, nextA, nextB }: Record<"a" | "b" | "nextA" | "nextB", Step | undefined>,
): RunDifference {
  if (a !== undefined && (b === undefined || nextA?.key === b.key)) return oneMore(a, "recorded");
  if (b !== undefined && (a === undefined || nextB?.key === a.key)) return oneMore(b, "replayed");
  if (a === undefined || b === undefined) throw new RangeError("one of two steps is there");
  const [before, now] = [a, b].map(({ line }) => attemptText(placeOf(line), line.attempt));
  const described = ({ kind }: Step, at: string = "") =>
    before === now ? TOLD[kind] : `${TOLD[kind]} (${at})`;
  const { place, attempt } = about(a);
  return {
    place,
    attempt,
    field: OTHER,
    recorded: described(a, before),
    replayed: described(b, now),
    seqs: seqsOf(a, b),
  };
}

function oneMore(step: Step, run: "recorded" | "replayed"): RunDifference {
  const only = { recorded: undefined, replayed: undefined, [run]: TOLD[step.kind] };
  const seqs = { recorded: null, replayed: null, [run]: step.line.seq };
  return { ...about(step), field: ABSENT, ...only, seqs };
}

function about({ line, kind }: Step): Pick<RunDifference, "place" | "attempt" | "call"> {
  const call = kind === "call" || kind === "answer"
    ? callName(line)
    : kind.startsWith("std")
    ? kind
    : undefined;
  return {
    place: kind === "run" ? "run" : placeOf(line),
    attempt: line.attempt,
    ...(call === undefined ? {} : { call }),
  };
}

function attemptText(place: string, attempt: number | null): string {
  return attempt === null || attempt === 1 ? place : `${place}, attempt ${attempt}`;
}

function seqsOf(a: Step, b: Step): RunDifference["seqs"] {
  return { recorded: a.line.seq, replayed: b.line.seq };
}

/** Most characters of a value in a sentence. */
const MAX_CHARS = 100;

function shown(value: Json | undefined): string {
  if (value === undefined) return "absent";
  const text = jsonText(value);
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`;
}

function told(value: Json | undefined): string {
  return String(value ?? "nothing happened");
}

function problem(error: Json | undefined): string {
  return `${stringMember(error, "code") ?? "an error"}: ${stringMember(error, "message") ?? ""}`;
}
