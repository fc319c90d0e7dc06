/** The failures of a run, those that ended it first. Pure. */

import { isArray, isObject, type Json, stringMember } from "../base/json.ts";
import type { Failure } from "../base/call.ts";
import { RUNTIME_KEY } from "../record/node_records.ts";
import type { RunFiles } from "../record/run_files.ts";
import type { ReportFailure } from "./document.ts";
import type { Span, Walk } from "./spans.ts";
import type { Values } from "./values.ts";

/** What failures are told with. */
export interface FailureContext {
  /** The flows that were walked. */
  readonly walks: readonly Walk[];
  /** What stands below nothing. */
  readonly top: readonly Span[];
  /** The numbers of items. */
  readonly numbers: ReadonlyMap<Span, number>;
  /** Takes what failures tell beside. */
  readonly values: Values;
}

/** The failures of a run: from its result, or where there is none from what its nodes said. */
export function failuresOf({ result, lines }: RunFiles, context: FailureContext): ReportFailure[] {
  const failed = new Map<string, Span>();
  for (const { visits, span } of context.walks) {
    for (const visit of visits) {
      if (visit.error !== undefined && visit.status !== "ok") failed.set(`${span.name} ${visit.name}`, visit);
    }
  }
  const visits = [...failed.values()];
  if (result === null) {
    const last = lines.findLast(({ phase }) => phase === "run")?.error ?? null;
    const told = last === null ? [] : [ofRun(failureOfJson(last), visits, context)];
    return [
      ...told,
      ...visits.filter((visit) => told.every(({ item }) => item !== numberOf(visit, context))).map(
        (visit) => ofNode(failureOfJson(visit.error ?? null), { node: visit.name, visit, logs: [] }, context),
      ),
    ];
  }
  const error = result.error === null ? [] : [ofRun(result.error, visits, context)];
  const nodes = Object.entries(result.failures).filter(([key]) => key !== RUNTIME_KEY).map(
    ([node, failure]) => {
      const visit =
        visits.find(({ name, error }) => isSameNode(node, name) && messageOf(error) === failure.message) ??
          visits.find(({ name }) => isSameNode(node, name));
      return ofNode(failure, { node, visit, logs: failure.logPaths.map(fileName) }, context);
    },
  );
  // What ended the run is often what a node told: it is told once, with the node.
  // The record has them by name: here they stand as they happened, those of which no item tells last.
  const place = ({ item }: ReportFailure) => item < 0 ? Number.MAX_SAFE_INTEGER : item;
  nodes.sort((a, b) => place(a) - place(b));
  const told = nodes.filter(({ message }) => error.some((one) => one.message === message));
  const [ended] = error, [twin] = told;
  const first = ended === undefined ? [] : [
    twin === undefined
      ? ended
      : { ...twin, place: ended.place, hint: ended.hint ?? twin.hint, handled: false },
  ];
  return [...first, ...nodes.filter((node) => node !== twin)];
}

function ofRun(failure: Failure, visits: readonly Span[], context: FailureContext): ReportFailure {
  const visit = visits.findLast(({ error }) => messageOf(error) === failure.message);
  return {
    ...plain(failure, context),
    node: visit?.name ?? "",
    item: numberOf(visit ?? stoppedBy(context), context),
    handled: false,
    logs: [],
  };
}

/** What stopped a run before its flow began: the check that failed, or else the stage. */
function stoppedBy({ top, walks }: FailureContext): Span | undefined {
  const stage = walks.length > 0
    ? undefined
    : top.find(({ kind, status }) => kind === "stage" && status === "error");
  return stage?.children.findLast(({ status }) => status === "error") ?? stage;
}

function ofNode(
  failure: Failure,
  { node, visit, logs }: { node: string; visit: Span | undefined; logs: readonly string[] },
  context: FailureContext,
): ReportFailure {
  return { ...plain(failure, context), node, item: numberOf(visit, context), handled: true, logs };
}

function plain(
  { code, message, place, hint, causes = [], details }: Failure,
  { values }: FailureContext,
): Pick<ReportFailure, "code" | "message" | "place" | "hint" | "causes" | "details"> {
  return {
    code,
    message,
    place: place ?? null,
    hint: hint ?? null,
    // Where a message is made of its causes, they are not said twice.
    causes: causes.filter((cause) => !message.includes(cause)),
    details: values.add(details),
  };
}

function failureOfJson(json: Json): Failure {
  const causes = isObject(json) && isArray(json.causes) ? json.causes : [];
  const hint = stringMember(json, "hint"), place = stringMember(json, "place");
  return {
    code: stringMember(json, "code") ?? "error",
    message: stringMember(json, "message") ?? "",
    causes: causes.filter((cause) => typeof cause === "string"),
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(isObject(json) && json.reported !== undefined ? { details: json.reported } : {}),
  };
}

function messageOf(error: Json | undefined): string | undefined {
  return stringMember(error, "message");
}

/** Whether a key of failures means a node: the calls that led to it stand before its id. */
function isSameNode(key: string, id: string): boolean {
  return key === id || key.endsWith(`/${id}`);
}

function numberOf(span: Span | undefined, { numbers }: FailureContext): number {
  return span === undefined ? -1 : numbers.get(span) ?? -1;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
