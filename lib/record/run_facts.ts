/**
 * What is known of a run as a whole, by what it is about, so that two runs can be compared. Never knows more than the
 * files of the run: what a killed run or the reference runner did not write is left out.
 *
 * What differs between any two runs is not among it: times, generated ids, run directories, whether a component came from
 * the cache, paths of packs.
 */

import { isArray, isObject, type Json, type JsonObject, member, stringMember } from "../base/json.ts";
import { comparedError } from "./line_facts.ts";
import type { TranscriptLine } from "./line.ts";
import type { KeptRun } from "./read.ts";
import type { DifferenceSubject } from "./value_difference.ts";

/** A value for each subject of which something is known. */
export type RunFacts = Partial<Readonly<Record<WholeSubject, Json>>>;

/** The subjects that concern a run as a whole. */
export type WholeSubject = Exclude<
  DifferenceSubject,
  "failure" | "path" | "node" | "call" | "log" | "warning"
>;

/** The status of a run without an end. */
const UNFINISHED = "unfinished";

/** What is known of a run. */
export function runFacts(run: KeptRun): RunFacts {
  const { document, result } = run;
  const verification = verdictsOf(run.lines), identity = identityOf(run);
  const told = (name: string) => member(document, name);
  const [output, turns, limits] = [told("output"), told("turns"), told("limits")];
  const policy = stringMember(told("verification"), "policy"), components = told("components");
  return {
    status: statusOf(run),
    ...(output === undefined ? {} : { output }),
    ...(turns === undefined ? {} : { turn: turns }),
    ...(result === null ? {} : { pack: packOf(document) }),
    ...(components === undefined ? {} : { component: componentsOf(components) }),
    flow: { ...known({ id: flowOf(run) }), ...(run.flows === null ? {} : { flows: flowsOf(run.flows) }) },
    ...(policy === undefined ? {} : { policy }),
    ...(verification === null ? {} : { verification }),
    ...(limits === undefined ? {} : { limit: limits }),
    ...(identity === null ? {} : { identity }),
  };
}

/** The flow that ran, or null when none was chosen. */
export function flowOf({ result, lines }: KeptRun): string | null {
  if (result !== null) return result.flowId;
  const named = lines.find(({ flow_id, flow_path }) => flow_id !== "unknown" && flow_path.length === 0);
  return named?.flow_id ?? null;
}

/** How the run ended, in the words of the API. */
export function endingOf({ result, lines }: KeptRun): string {
  return result?.status ?? closingLine(lines)?.status ?? UNFINISHED;
}

/** The line that closes a transcript, or undefined. */
export function closingLine(lines: readonly TranscriptLine[]): TranscriptLine | undefined {
  const last = lines.at(-1);
  return last?.phase === "run" && last.status !== "start" ? last : undefined;
}

function statusOf(run: KeptRun): JsonObject {
  const { document, result, lines } = run;
  const waiting = result?.waiting ?? null;
  const error = errorOf(document) ?? closingLine(lines)?.error ?? null;
  return {
    status: endingOf(run),
    ...known({ stage: stringMember(document, "stage") ?? null }),
    ...(error === null ? {} : { error: comparedError(error) }),
    ...(waiting === null ? {} : { waiting: { reason: waiting.reason } }),
  };
}

/** The error of a `run.json`; the reference writes but its message. */
function errorOf(document: JsonObject): JsonObject | null {
  const detail = member(document, "error_detail"), message = stringMember(document, "error");
  if (isObject(detail)) return detail;
  return message === undefined ? null : { message };
}

function packOf(document: JsonObject): JsonObject {
  const text = (name: string) => stringMember(document, name) ?? null;
  return known({ id: text("pack_id"), version: text("pack_version"), digest: text("pack_digest") });
}

function componentsOf(components: Json): JsonObject {
  const rows = isArray(components) ? components : [];
  return Object.fromEntries(rows.map((row): [string, Json] => {
    const text = (name: string) => stringMember(row, name) ?? null;
    const facts = {
      digest: text("digest"),
      world: text("world"),
      origin: text("origin"),
      pinned: text("pinned"),
    };
    return [text("id") ?? "", facts];
  }));
}

/** The flows of a `flows.json` and their nodes by their ids, so that one more does not shift those behind it. */
function flowsOf(flows: Json): Json {
  return byId(member(flows, "flows"), (flow) => ({
    ...flow,
    nodes: byId(member(flow, "nodes"), (node) => node),
  }));
}

function byId(list: Json | undefined, facts: (item: JsonObject) => Json): JsonObject {
  const items = isArray(list) ? list.filter(isObject) : [];
  return Object.fromEntries(items.map((item) => [stringMember(item, "id") ?? "", facts(item)]));
}

/** What each check said, by check and place. Null when there was none. */
function verdictsOf(lines: readonly TranscriptLine[]): JsonObject | null {
  const checks = new Map<string, [string, Json][]>();
  for (const { phase, inputs, outputs } of lines) {
    const check = stringMember(inputs, "check"), verdict = stringMember(outputs, "verdict");
    if (phase !== "verify" || check === undefined || verdict === undefined) continue;
    const place = placeIn(check, stringMember(inputs, "place") ?? "");
    // Why something holds tells of sizes and names, which other checks and the digest tell, too.
    const reason = verdict === "verified" ? null : member(outputs, "reason") ?? null;
    const told = { verdict, waived: member(outputs, "waived") ?? false, ...known({ reason }) };
    const places = checks.get(check);
    if (places === undefined) checks.set(check, [[place, told]]);
    else places.push([place, told]);
  }
  if (checks.size === 0) return null;
  return Object.fromEntries([...checks].map(([check, places]) => [check, Object.fromEntries(places)]));
}

/** A place in the pack. The container and components from outside of it are files wherever they lie. */
function placeIn(check: string, place: string): string {
  return check === "container" ? "pack" : check === "components" ? place.replace(/^.*[\\/]/, "") : place;
}

/** For whom a run was; a session that was not given is another each time. Null when it is not known. */
function identityOf(run: KeptRun): JsonObject | null {
  const context = run.lines.map(({ inputs }) => member(inputs, "context")).find((found) =>
    found !== undefined
  );
  if (context === undefined) return null;
  const text = (name: string) => stringMember(context, `${name}_id`) ?? null;
  const { id, generated } = sessionOf(run);
  const session = known({ session: generated ? null : id });
  return { tenant: text("tenant"), team: text("team"), user: text("user"), ...session };
}

/** The session of a run, and whether it looks as one that was generated: it is another each time. */
export function sessionOf({ result, lines }: KeptRun): { readonly id: string; readonly generated: boolean } {
  const id = result?.sessionId ?? lines[0]?.session_id ?? "";
  return { id, generated: GENERATED_REGEXP.test(id) };
}

/** A UUID, as the runner and the reference make them for sessions. */
const GENERATED_REGEXP = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The members that are not null. */
function known(facts: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== null));
}
