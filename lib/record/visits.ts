/**
 * The visits of a run to its nodes, gathered from its transcript: attempts, host calls, what was said, and where the flow
 * went from there. Never compares anything.
 *
 * 1. A visit has its attempts: of the reference runner, whose lines do not number them, a start right behind the failure
 *    of the same node.
 * 2. A run does one thing at a time, so that what starts while a node is open belongs to a flow which that node calls.
 * 3. What did not end, since the run was killed, has no end here either.
 */

import { isObject, type Json, member, stringMember } from "../base/json.ts";
import type { TranscriptLine } from "./line.ts";
import { callName, placeOf } from "./line_facts.ts";

/** One visit of one node. */
export interface Visit {
  /** The node, as {@linkcode placeOf} tells it. */
  readonly place: string;
  /** Which visit of the run it is, from 1. */
  readonly position: number;
  /** Which visit of this node it is, from 1. */
  readonly ordinal: number;
  /** At least one. */
  readonly attempts: readonly Attempt[];
  /** The node that came next in its flow, with the flow where that is another; `end`, `wait`, or null when nothing tells. */
  readonly route: string | null;
}

/** One attempt at a node. */
export interface Attempt {
  readonly start: TranscriptLine;
  readonly end: TranscriptLine | null;
  readonly calls: readonly GuestCall[];
  /** What the guest wrote to its streams, as a whole: it is cut into lines by time. */
  readonly streams: Readonly<Record<Stream, string>>;
  readonly logs: readonly Said[];
}

/** A stream of a guest. */
export type Stream = "stdout" | "stderr";

/** A call from a guest to its host. */
export interface GuestCall {
  /** The function, such as `http.send`. */
  readonly name: string;
  /** What was asked; null when only the answer is known. */
  readonly request: Json;
  /** The line of the answer, or null when there was none. */
  readonly answer: TranscriptLine | null;
}

/** Something that was logged. */
export interface Said {
  readonly stream: string;
  readonly text: string;
  readonly fields: Json;
}

/** The visits of a run, in the order of their starts. */
export function visitsOf(lines: readonly TranscriptLine[]): Visit[] {
  const gathering = new Gathering();
  for (const line of lines) gathering.take(line);
  return gathering.visits;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface OpenCall extends Writable<GuestCall> {
  readonly id: string | null;
}

interface OpenAttempt extends Writable<Pick<Attempt, "start" | "end">> {
  readonly calls: OpenCall[];
  readonly streams: Record<Stream, string>;
  readonly logs: Said[];
}

interface OpenVisit extends Writable<Pick<Visit, "route">>, Omit<Visit, "route"> {
  readonly flowId: string;
  readonly attempts: OpenAttempt[];
}

class Gathering {
  readonly visits: OpenVisit[] = [];
  readonly #ordinals = new Map<string, number>();
  /** The attempts that have begun and not ended, the innermost last. */
  readonly #open: { readonly visit: OpenVisit; readonly attempt: OpenAttempt }[] = [];
  /** The last visit in each of the flows that are called from each other, the entry flow first. */
  readonly #last: OpenVisit[] = [];
  readonly #attempts = new Map<string, OpenAttempt>();

  take(line: TranscriptLine): void {
    switch (line.phase) {
      case "start":
        return this.#start(line);
      case "end":
      case "error":
        return this.#end(line);
      case "host":
      case "mock":
        return this.#call(line);
      case "log":
        return this.#log(line);
      case "wait":
        return this.#leads("wait");
      case "run":
        if (line.status === "success" || line.status === "partial_failure") this.#leads("end");
    }
  }

  #start(line: TranscriptLine): void {
    const place = placeOf(line);
    const depth = this.#open.length;
    const before = this.#last[depth];
    const again = before !== undefined && isAgain(before, line, place);
    const visit = again ? before : this.#visit(line, place);
    if (!again && before !== undefined) {
      before.route = before.flowId === line.flow_id ? line.node_id : `${line.flow_id}/${line.node_id}`;
    }
    this.#last.splice(depth, Infinity, visit);
    const attempt: OpenAttempt = {
      start: line,
      end: null,
      calls: [],
      streams: { stdout: "", stderr: "" },
      logs: [],
    };
    visit.attempts.push(attempt);
    this.#open.push({ visit, attempt });
    if (line.call_id !== null) this.#attempts.set(line.call_id, attempt);
  }

  #visit(line: TranscriptLine, place: string): OpenVisit {
    const ordinal = (this.#ordinals.get(place) ?? 0) + 1;
    this.#ordinals.set(place, ordinal);
    const position = this.visits.length + 1;
    const visit = { place, position, ordinal, attempts: [], route: null, flowId: line.flow_id };
    this.visits.push(visit);
    return visit;
  }

  #end(line: TranscriptLine): void {
    const { call_id: id, node_id: node } = line;
    const depth = this.#open.findLastIndex(({ attempt: { start } }) =>
      id === null ? start.node_id === node : start.call_id === id
    );
    if (depth < 0) return;
    this.#open[depth]!.attempt.end = line;
    this.#open.length = depth;
    const inner = this.#last[depth + 1];
    if (inner !== undefined && line.phase === "end") inner.route ??= "end";
  }

  /** Where the entry flow went from the node where it is. */
  #leads(route: "wait" | "end"): void {
    const [visit] = this.#last;
    if (visit !== undefined) visit.route ??= route;
  }

  #call(line: TranscriptLine): void {
    const calls = this.#attemptOf(line)?.calls;
    if (calls === undefined) return;
    const { host_call_id: id, inputs: request } = line;
    const name = callName(line);
    if (line.status === "call") {
      calls.push({ id, name, request, answer: null });
      return;
    }
    const asked = id === null ? undefined : calls.findLast((call) => call.id === id);
    if (asked === undefined) calls.push({ id, name, request: null, answer: line });
    else asked.answer = line;
  }

  #log(line: TranscriptLine): void {
    const attempt = this.#attemptOf(line);
    if (attempt === undefined) return;
    const text = stringMember(line.outputs, "text") ?? "",
      stream = stringMember(line.outputs, "stream") ?? "";
    if (stream === "stdout" || stream === "stderr") attempt.streams[stream] += text;
    else attempt.logs.push({ stream, text, fields: member(line.outputs, "fields") ?? null });
  }

  /** The attempt within which something happened: of the reference runner, the innermost that is open. */
  #attemptOf({ call_id: id }: TranscriptLine): OpenAttempt | undefined {
    return id === null ? this.#open.at(-1)?.attempt : this.#attempts.get(id);
  }
}

/** Whether a start is another attempt at the last visit of its flow. */
function isAgain(before: OpenVisit, line: TranscriptLine, place: string): boolean {
  if (before.place !== place) return false;
  if (line.attempt !== null) return line.attempt > 1;
  const end = before.attempts.at(-1)?.end ?? null;
  return end !== null && end.phase === "error" && isObject(end.error);
}
