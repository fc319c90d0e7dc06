/**
 * What a transcript tells, as a tree of spans: stages and flows, visits of nodes, attempts at them, host calls, and what
 * was said meanwhile. Pure; takes lines as they come, also such as make no sense together: those of the reference runner
 * have no call ids, those of a killed run have no ends.
 *
 * 1. A span stands below the one in which it happened; what belongs to none stands at the top.
 * 2. Whatever a line says wrongly, it is shown somewhere, once.
 *
 * One walk over all kinds of lines, with what is open while it goes on; that is why it is longer than other files.
 */

import { isObject, type Json, member, stringMember } from "../base/json.ts";
import type { TranscriptLine } from "../record/line.ts";
import { callName } from "../record/line_facts.ts";
import type { Kind, Status } from "./document.ts";

/** One span, or something that happened at one moment. */
export interface Span {
  /** What it is. */
  readonly kind: Kind;
  /** How it ended. */
  status: Status;
  /** Milliseconds since the run began. */
  readonly start: number;
  /** Milliseconds, or -1 while nothing says how long it took. */
  duration: number;
  /** What it is called: the id of a node, the capability and function of a call. */
  readonly name: string;
  /** What is said beside, cut when it is long. */
  readonly label: string;
  /** The kind or component of a node, the interface and function of a host call. */
  readonly what: string;
  /** The component that is called in the end, who answered a host call. */
  who: string;
  /** Attempt at a visit of a node, or 0. */
  readonly attempt: number;
  /** Metered units, or -1. */
  fuel: number;
  /** Peak of memory in bytes, or -1. */
  memory: number;
  /** Its first line in the transcript, from 1. */
  readonly firstLine: number;
  /** Its last line. */
  lastLine: number;
  /** What went in; undefined when there is nothing. */
  input: Json | undefined;
  /** What came out; undefined when nothing did. */
  output: Json | undefined;
  /** What went wrong; undefined when nothing did. */
  error: Json | undefined;
  /** Where secrets were taken out of its values. */
  readonly redactions: string[];
  /** What happened in it, in order. */
  children: Span[];
}

/** A flow as it was walked once. */
export interface Walk {
  /** The flow as a span. */
  readonly span: Span;
  /** The id of the flow. */
  readonly flowId: string;
  /** The visits, in order. */
  readonly visits: Span[];
  /** Where it jumped in the end, or null. */
  jump: { readonly flow: string; readonly node: string } | null;
  /** The visit that called it, or null. */
  readonly caller: Span | null;
}

/** What a transcript tells. */
export interface Spans {
  /** The spans that stand below no other. */
  readonly top: readonly Span[];
  /** The flows that were walked, in order. */
  readonly walks: readonly Walk[];
  /** Milliseconds from the first line to the last. */
  readonly durationMs: number;
}

/** Builds the spans of a transcript. */
export function spansOf(lines: readonly TranscriptLine[]): Spans {
  const builder = new Builder(lines);
  lines.forEach((line, i) => builder.take(line, i));
  return builder.finish();
}

/** The number of a line in its file, from 1; where lines could not be read, it is not that in the list. */
export function lineNumber({ seq }: TranscriptLine, at: number): number {
  return (typeof seq === "number" ? seq : at) + 1;
}

/** Longest label, in characters; what it is cut from stands in the span's values. */
const MAX_LABEL = 200;

/** A visit that has begun, and what hangs on it. */
interface Visit {
  readonly span: Span;
  readonly nodeId: string;
  /** The attempt that is under way: the visit itself while there is only one. */
  current: Span;
  /** The paths of the flows that it called. */
  readonly paths: string[];
}

class Builder {
  readonly #top: Span[] = [];
  readonly #walks: Walk[] = [];
  /** The walk that goes on at each path of calls. */
  readonly #walking = new Map<string, Walk>();
  readonly #visits = new Map<Span, Visit>();
  readonly #byCall = new Map<string, Visit>();
  readonly #calls = new Map<string, Span>();
  readonly #open: Visit[] = [];
  readonly #startMs: number;
  #stage: Span | null = null;
  #now = 0;

  constructor(lines: readonly TranscriptLine[]) {
    const first = lines.map(({ ts }) => Date.parse(ts)).find((time) => !Number.isNaN(time));
    this.#startMs = first ?? 0;
  }

  take(line: TranscriptLine, at: number): void {
    const index = lineNumber(line, at);
    const time = Date.parse(line.ts) - this.#startMs;
    // A clock that was set back must not turn spans around.
    if (time > this.#now) this.#now = time;
    switch (line.phase) {
      case "run":
        return this.#stopped(line);
      case "start":
        return this.#started(line, index);
      case "end":
      case "error":
        return this.#ended(line, index);
      case "host":
      case "mock":
        return line.status === "call" ? this.#called(line, index) : this.#returned(line, index);
      default:
        return this.#happened(line, index);
    }
  }

  finish(): Spans {
    for (const walk of this.#walks) closeWalk(walk.span, this.#now);
    this.#closeStage();
    return { top: this.#top, walks: this.#walks, durationMs: this.#now };
  }

  /** A run that ends before its flow began was stopped by what comes before it. */
  #stopped({ status, error }: TranscriptLine): void {
    if (status === "start" || error === null || this.#walks.length > 0 || this.#stage === null) return;
    Object.assign(this.#stage, { status: "error", error });
  }

  #started(line: TranscriptLine, index: number): void {
    this.#closeStage();
    const walk = this.#walkOf(line, index);
    const nodeId = text(line.node_id);
    const attempt = typeof line.attempt === "number" ? line.attempt : 0;
    const span = this.#span("node", line, index, {
      name: nodeId,
      label: text(line.operation),
      what: text(line.component),
      who: text(line.target),
      attempt,
      status: "open",
      input: member(line.inputs, "payload"),
    });
    const last = walk.visits.at(-1);
    const visit = last === undefined ? undefined : this.#visits.get(last);
    if (attempt > 1 && visit !== undefined && visit.nodeId === nodeId && !this.#open.includes(visit)) {
      this.#retried(visit, span, line);
    } else {
      walk.visits.push(span);
      walk.span.children.push(span);
      this.#begin({ span, nodeId, current: span, paths: [] }, line);
    }
  }

  /** A visit with more than one attempt has each of them below it. */
  #retried(visit: Visit, again: Span, line: TranscriptLine): void {
    const { span } = visit;
    if (visit.current === span) {
      span.children = [{ ...span, kind: "attempt", redactions: [...span.redactions] }];
    }
    visit.current = { ...again, kind: "attempt" };
    span.children.push(visit.current);
    span.status = "open";
    span.output = span.error = undefined;
    this.#begin(visit, line);
  }

  #begin(visit: Visit, line: TranscriptLine): void {
    this.#visits.set(visit.span, visit);
    this.#open.push(visit);
    const call = text(line.call_id);
    if (call !== "") this.#byCall.set(call, visit);
  }

  #ended(line: TranscriptLine, index: number): void {
    const visit = this.#visitOf(line, this.#open.findLast(({ nodeId }) => nodeId === line.node_id));
    if (visit === undefined || !this.#open.includes(visit)) {
      const name = text(line.node_id);
      this.#place(this.#span("node", line, index, { name, ...outcome(line), duration: 0 }), line);
      return;
    }
    this.#open.splice(this.#open.lastIndexOf(visit), 1);
    for (const path of visit.paths) this.#endWalk(path);
    visit.paths.length = 0;
    const { span, current } = visit;
    const { status, output, error } = outcome(line);
    const [fuel, memory] = [numberMember(line.metrics, "fuel"), numberMember(line.metrics, "mem_peak_bytes")];
    const took = numberMember(line.metrics, "duration_ms");
    current.duration = took < 0 ? this.#now - current.start : took;
    for (const one of new Set([current, span])) {
      Object.assign(one, { status, output, error, lastLine: index });
      one.fuel = fuel < 0 ? one.fuel : fuel + Math.max(0, one.fuel);
      one.memory = Math.max(one.memory, memory);
      one.redactions.push(...line.redactions);
    }
    if (span !== current) span.duration = Math.max(span.duration, this.#now - span.start);
  }

  #called(line: TranscriptLine, index: number): void {
    const name = callName(line);
    const what = text(line.operation);
    const span = this.#span("call", line, index, {
      ...{ name, what, label: callLabel(line.inputs), status: "open", input: line.inputs },
    });
    this.#place(span, line);
    const id = text(line.host_call_id);
    if (id !== "") this.#calls.set(id, span);
  }

  #returned(line: TranscriptLine, index: number): void {
    const who = stringMember(line.inputs, "provider") ?? "";
    const status = statusOf(line.status);
    const span = this.#calls.get(text(line.host_call_id));
    if (span === undefined) {
      // The reference tells of calls in one line.
      const facts = { name: callName(line), label: callLabel(line.outputs), what: text(line.operation), who };
      this.#place(
        this.#span("call", line, index, { ...facts, status, duration: 0, output: line.outputs }),
        line,
      );
      return;
    }
    this.#calls.delete(text(line.host_call_id));
    const took = numberMember(line.metrics, "duration_ms");
    const duration = took < 0 ? this.#now - span.start : took;
    Object.assign(span, { status, who, duration, lastLine: index });
    if (status === "ok" || !isObject(line.outputs)) span.output = line.outputs;
    else span.error = line.outputs;
    span.redactions.push(...line.redactions);
  }

  /** What happens at one moment. */
  #happened(line: TranscriptLine, index: number): void {
    const span = this.#span(kindOf(line), line, index, { ...momentFacts(line), duration: 0 });
    this.#place(span, line);
    const walk = this.#walking.get(pathOf(line));
    const last = walk?.visits.at(-1);
    // A node that waits has ended well, and yet is where the flow stands until it is answered.
    if (line.phase === "wait" && last?.name === line.node_id) last.status = "waiting";
    if (line.phase === "resume" && last?.status === "waiting") last.status = "ok";
    if (line.phase === "jump" && walk !== undefined) {
      const flow = stringMember(line.outputs, "flow") ?? "", node = stringMember(line.outputs, "node") ?? "";
      walk.jump = { flow, node };
      this.#endWalk(pathOf(line));
    }
  }

  /** The walk of a line's flow; a new one where the flow was called, or jumped to. */
  #walkOf(line: TranscriptLine, index: number): Walk {
    const path = pathOf(line), flowId = text(line.flow_id);
    const known = this.#walking.get(path);
    if (known?.flowId === flowId) return known;
    const steps = line.flow_path;
    const place = steps.at(-1);
    const caller = place === undefined
      ? undefined
      : this.#open.findLast(({ nodeId }) => place === nodeId || place.endsWith(`/${nodeId}`));
    const span = this.#span("flow", line, index, { name: flowId, status: "open", redactions: [] });
    const walk: Walk = { span, flowId, visits: [], jump: null, caller: caller?.span ?? null };
    (caller?.current.children ?? this.#top).push(span);
    caller?.paths.push(path);
    this.#walking.set(path, walk);
    this.#walks.push(walk);
    return walk;
  }

  #endWalk(path: string): void {
    const walk = this.#walking.get(path);
    if (walk !== undefined) closeWalk(walk.span, this.#now);
    this.#walking.delete(path);
  }

  /** Puts a span where it happened: in the call that it names, or else in what is open. */
  #place(span: Span, line: TranscriptLine): void {
    const visit = this.#visitOf(line, this.#open.at(-1));
    if (visit !== undefined) visit.current.children.push(span);
    else if (this.#walks.length === 0) this.#stageOf(span).children.push(span);
    else (this.#walking.get(pathOf(line))?.span.children ?? this.#top).push(span);
  }

  #visitOf(line: TranscriptLine, otherwise: Visit | undefined): Visit | undefined {
    const call = text(line.call_id);
    return call === "" ? otherwise : this.#byCall.get(call);
  }

  /** What happens before the flow: opening and verifying the pack, preparing its components. */
  #stageOf({ firstLine }: Span): Span {
    if (this.#stage !== null) return this.#stage;
    const [name, label] = ["Before the flow", "checks, preparation"];
    this.#stage = { ...EMPTY, kind: "stage", name, label, firstLine, redactions: [], children: [] };
    this.#top.unshift(this.#stage);
    return this.#stage;
  }

  #closeStage(): void {
    if (this.#stage === null || this.#stage.duration >= 0) return;
    this.#stage.duration = this.#now;
    this.#stage.lastLine = this.#stage.children.at(-1)?.lastLine ?? this.#stage.firstLine;
  }

  #span(kind: Kind, line: TranscriptLine, index: number, facts: Partial<Span>): Span {
    const redactions = [...line.redactions];
    const label = cut(facts.label ?? "");
    const lines = { firstLine: index, lastLine: index };
    return { ...EMPTY, kind, start: this.#now, redactions, children: [], ...lines, ...facts, label };
  }
}

const EMPTY: Span = {
  kind: "log",
  status: "ok",
  start: 0,
  duration: -1,
  name: "",
  label: "",
  what: "",
  who: "",
  attempt: 0,
  fuel: -1,
  memory: -1,
  firstLine: 0,
  lastLine: 0,
  input: undefined,
  output: undefined,
  error: undefined,
  redactions: [],
  children: [],
};

/** A flow ends with the last of what happened in it. */
function closeWalk(span: Span, now: number): void {
  if (span.duration >= 0) return;
  span.duration = now - span.start;
  const last = span.children.findLast(({ kind }) => kind === "node");
  span.status = last?.status ?? "ok";
  span.lastLine = Math.max(span.firstLine, span.children.at(-1)?.lastLine ?? 0);
}

function outcome(line: TranscriptLine): Pick<Span, "status" | "output" | "error"> {
  if (line.phase === "end") return { status: "ok", output: line.outputs, error: undefined };
  const status = statusOf(line.status);
  return { status: status === "ok" ? "error" : status, output: undefined, error: line.error ?? null };
}

function kindOf({ phase }: TranscriptLine): Kind {
  switch (phase) {
    case "verify":
      return "check";
    case "jump":
    case "wait":
    case "resume":
    case "warning":
      return phase;
    default:
      return "log";
  }
}

function momentFacts(line: TranscriptLine): Partial<Span> {
  const { inputs, outputs, error } = line;
  switch (line.phase) {
    case "verify": {
      const name = stringMember(inputs, "check") ?? "verify";
      const label = [stringMember(outputs, "verdict"), stringMember(outputs, "reason")].filter((part) =>
        part !== undefined
      ).join(": ");
      const why = error === null ? {} : { error };
      return { name, label, status: statusOf(line.status), input: inputs, output: outputs, ...why };
    }
    case "warning":
      return {
        name: stringMember(error, "code") ?? "warning",
        label: stringMember(error, "message") ?? "",
        status: "warning",
        error,
      };
    case "jump":
      return {
        name: "jump",
        label: `to ${stringMember(outputs, "flow") ?? ""} / ${stringMember(outputs, "node") ?? ""}`,
        output: outputs,
      };
    case "wait":
      return {
        name: "wait",
        label: stringMember(inputs, "reason") ?? "for input",
        status: "waiting",
        output: outputs,
      };
    case "resume":
      return { name: "resume", label: text(line.node_id), input: member(inputs, "input") };
    case "log": {
      const said = stringMember(outputs, "text") ?? "", fields = member(outputs, "fields") ?? null;
      const name = stringMember(outputs, "stream") ?? "log";
      return { name, label: said, output: fields === null ? said : { text: said, fields } };
    }
    default:
      // A phase of a runner that is not known: shown as it is.
      return { name: text(line.phase), label: text(line.component), input: inputs, output: outputs };
  }
}

const STATUS_WORDS: Readonly<Record<string, Status>> = {
  ok: "ok",
  error: "error",
  timed_out: "timed_out",
  cancelled: "cancelled",
  denied: "denied",
  waiting: "waiting",
  warning: "warning",
};

function statusOf(word: Json | undefined): Status {
  return typeof word === "string" && Object.hasOwn(STATUS_WORDS, word) ? STATUS_WORDS[word]! : "ok";
}

/** What a host call is about, in a few words. */
function callLabel(inputs: Json): string {
  const [method, url] = [stringMember(inputs, "method"), stringMember(inputs, "url")];
  if (url !== undefined) return method === undefined ? url : `${method} ${url}`;
  return stringMember(inputs, "key") ?? stringMember(inputs, "name") ?? stringMember(inputs, "tool") ?? "";
}

function pathOf(line: TranscriptLine): string {
  return JSON.stringify(line.flow_path);
}

function numberMember(json: Json | undefined, name: string): number {
  const value = member(json, name);
  return typeof value === "number" && value >= 0 ? value : -1;
}

/** A text that a line should have; nothing where it has something else. */
function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function cut(label: string): string {
  return label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL)}…` : label;
}
