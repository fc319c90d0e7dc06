/**
 * The lines of `tape.jsonl`, what a run is replayed from, both ways. Never touches a file, and never knows a secret:
 * texts pass as they are, sealed or not.
 *
 * The first line is `{"version":1, …, "secrets":[{"name","length"}]}` with what its owner tells of the run between them.
 * Each other line has one member: `{"secret":{"name","length"}}`, `{"answer":{"place","interface","fn","args", …}}` with
 * `"reply","status","provider","outputs"` or `"stopped":true`, `{"draws":{"place","wall_ms","monotonic_ms","random",
 * "truncated","stopped_in_sleep"}}` with Base64, or `{"now":"…"}`. Values of guests are written as `wit_json.ts` says.
 */

import type { HostCall, HostReply, NodePlace, WitValue } from "../base/call.ts";
import { isArray, isObject, type Json, type JsonObject, member, omit, stringMember } from "../base/json.ts";
import type { Draws, TapedAnswer } from "../base/tape.ts";
import { witFromJson, witToJson } from "../base/wit_json.ts";
import { failureFromJson, failureToJson } from "./failure_json.ts";
import type { KnownSecret } from "./seal.ts";

/** Version of the lines. */
export const TAPE_VERSION = 1;

/** Longest secret that a tape can tell of: no guest is given a longer one. */
const MAX_SECRET_CHARS = 16 * 1024 * 1024;

/** A line behind the first one. */
export type TapeLine =
  | { readonly type: "secret"; readonly secret: KnownSecret }
  | { readonly type: "answer"; readonly call: HostCall; readonly answer: TapedAnswer }
  | { readonly type: "draws"; readonly place: NodePlace; readonly draws: Draws }
  | { readonly type: "now"; readonly now: Date };

/** The first line. */
export interface TapeHead {
  /** What the owner told of the run. */
  readonly header: JsonObject;
  /** The secrets that were known from the start. */
  readonly secrets: readonly KnownSecret[];
}

/** Changes every text of a value. */
export type ChangeValue = (value: WitValue) => WitValue;

/** Changes those parts of a document that may hold secrets. */
export type ChangeParts = (document: JsonObject, change: (value: Json) => Json) => JsonObject;

/** The first line as JSON. */
export function headToJson({ header, secrets }: TapeHead): JsonObject {
  const told = witToJson(omit(header, ["version", "secrets"]));
  return {
    version: TAPE_VERSION,
    ...(isObject(told) ? told : {}),
    secrets: secrets.map(({ name, length }) => ({ name, length })),
  };
}

/**
 * The first line, whose version is known here.
 *
 * @throws {SyntaxError} for what is none.
 */
export function headFromJson(json: Json): TapeHead {
  const secrets = member(json, "secrets");
  if (!isObject(json) || !isArray(secrets)) throw new SyntaxError("its first line has no secrets");
  const header = plain(omit(json, ["version", "secrets"]));
  if (!isObject(header)) throw new SyntaxError("its first line tells nothing of a run");
  return { header, secrets: secrets.map(secretFromJson) };
}

/** Any other line as JSON. */
export function lineToJson(line: TapeLine, change: ChangeValue): JsonObject {
  const json = (value: WitValue): Json => witToJson(change(value));
  switch (line.type) {
    case "secret":
      return { secret: { name: line.secret.name, length: line.secret.length } };
    case "now":
      return { now: line.now.toISOString() };
    case "draws": {
      const { wallMs, monotonicMs, random, truncated, stoppedInSleep } = line.draws;
      const drawn = {
        wall_ms: wallMs,
        monotonic_ms: monotonicMs,
        random: random.toBase64(),
        truncated,
        stopped_in_sleep: stoppedInSleep,
      };
      return { draws: { place: json(placeToJson(line.place)), ...drawn } };
    }
    case "answer": {
      const { place, interface: name, fn, args } = line.call;
      const call = { place: json(placeToJson(place)), interface: name, fn, args: args.map(json) };
      if (line.answer === null) return { answer: { ...call, stopped: true } };
      const { reply, status, provider, outputs } = line.answer;
      return {
        answer: { ...call, reply: replyToJson(reply, json), status, provider, outputs: json(outputs) },
      };
    }
  }
}

/**
 * Any other line.
 *
 * @throws {SyntaxError} for what is none.
 */
export function lineFromJson(json: Json): TapeLine {
  const [[key, body] = ["", null]] = isObject(json) ? Object.entries(json) : [];
  switch (key) {
    case "secret":
      return { type: "secret", secret: secretFromJson(body) };
    case "now":
      return { type: "now", now: dateOf(body) };
    case "draws":
      return {
        type: "draws",
        place: placeFromJson(member(body, "place")),
        draws: {
          wallMs: numbers(body, "wall_ms"),
          monotonicMs: numbers(body, "monotonic_ms"),
          random: Uint8Array.fromBase64(text(body, "random")),
          truncated: member(body, "truncated") === true,
          stoppedInSleep: sleepOf(member(body, "stopped_in_sleep") ?? 0),
        },
      };
    case "answer":
      return { type: "answer", call: callFromJson(body), answer: answerFromJson(body) };
  }
  throw new SyntaxError("it is none of the known lines");
}

function replyToJson(reply: HostReply, json: (value: WitValue) => Json): JsonObject {
  switch (reply.type) {
    case "ok":
      return { type: "ok", value: json(reply.value) };
    case "err":
      return { type: "err", error: json(reply.error) };
    case "abort":
      return { type: "abort", failure: json(failureToJson(reply.failure)) };
  }
}

function callFromJson(json: Json): HostCall {
  const args = member(json, "args");
  if (!isArray(args)) throw new SyntaxError('its "args" is no list');
  return {
    place: placeFromJson(member(json, "place")),
    interface: text(json, "interface"),
    fn: text(json, "fn"),
    args: args.map(witFromJson),
  };
}

function answerFromJson(json: Json): TapedAnswer {
  if (member(json, "stopped") === true) return null;
  return {
    reply: replyFromJson(member(json, "reply")),
    status: oneOf(text(json, "status"), ["ok", "error", "denied"]),
    provider: oneOf(text(json, "provider"), ["mock", "real", "refuse"]),
    outputs: plain(member(json, "outputs")),
  };
}

function replyFromJson(json: Json | undefined): HostReply {
  switch (oneOf(text(json, "type"), ["ok", "err", "abort"])) {
    case "ok":
      return { type: "ok", value: witFromJson(member(json, "value") ?? null) };
    case "err":
      return { type: "err", error: witFromJson(member(json, "error") ?? null) };
    case "abort": {
      const failure = plain(member(json, "failure"));
      if (!isObject(failure)) throw new SyntaxError('its "failure" is no object');
      return { type: "abort", failure: failureFromJson(failure) };
    }
  }
}

/** A value that was one of JSON; capabilities may tell whole numbers that JSON has not, and the record takes them. */
function plain(json: Json | undefined): Json {
  return witFromJson(json ?? null) as Json;
}

function placeToJson({ callId, flowId, flowPath, nodeId, attempt }: NodePlace): JsonObject {
  return { call_id: callId, flow_id: flowId, flow_path: flowPath, node_id: nodeId, attempt };
}

function placeFromJson(json: Json | undefined): NodePlace {
  const [path, attempt] = [member(json, "flow_path"), member(json, "attempt")];
  if (!isArray(path) || typeof attempt !== "number") throw new SyntaxError("it has no place");
  return {
    callId: text(json, "call_id"),
    flowId: text(json, "flow_id"),
    flowPath: path.map(String),
    nodeId: text(json, "node_id"),
    attempt,
  };
}

function secretFromJson(json: Json): KnownSecret {
  const length = member(json, "length");
  if (typeof length !== "number") throw new SyntaxError("a secret has no length");
  // A value of this length is made up for it.
  if (length > MAX_SECRET_CHARS) {
    throw new SyntaxError(`a secret has more than ${MAX_SECRET_CHARS} characters`);
  }
  return { name: text(json, "name"), length };
}

function text(json: Json | undefined, name: string): string {
  const found = stringMember(json, name);
  if (found === undefined) throw new SyntaxError(`its "${name}" is no text`);
  return found;
}

function numbers(json: Json, name: string): number[] {
  const found = member(json, name);
  if (isArray(found) && found.every((item) => typeof item === "number")) return [...found];
  throw new SyntaxError(`its "${name}" is no list of numbers`);
}

function dateOf(json: Json): Date {
  const date = new Date(typeof json === "string" ? json : NaN);
  if (Number.isNaN(date.getTime())) throw new SyntaxError("it has no time");
  return date;
}

function oneOf<T extends string>(found: string, known: readonly T[]): T {
  const same = known.find((one) => one === found);
  if (same === undefined) throw new SyntaxError(`"${found}" is none of ${known.join(", ")}`);
  return same;
}

function sleepOf(json: Json): number {
  if (typeof json === "number") return json;
  throw new SyntaxError("a sleep has no number");
}
