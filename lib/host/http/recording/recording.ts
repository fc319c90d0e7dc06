/**
 * Recordings of HTTP requests as data and as files: one JSON document per request, indented, with the answers to it in
 * order. Never touches a file, and never decides what is secret. It is long for being one decoder.
 *
 * The format, version 1:
 * `{"version":1,"request":{"method","url","headers":[[name,value]],"body"},"responses":[{"recorded_at","status",
 * "headers":[[name,value]],"body","duration_ms"}],"redactions":[path]}`. A body is `null`, `{"json":…}`, `{"text":…}`
 * or `{"base64":…}`; the exact bytes come back from each.
 */

import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  MAX_JSON_DEPTH,
  member,
  textWithinDepth,
} from "../../../base/json.ts";
import { readJsonDocument } from "../../../base/json_document.ts";
import type { Headers } from "../message.ts";

/** The version of the format that is written, and the only one that is read. */
const VERSION = 1;

/** How deep a body may nest to be written as JSON: a whole document is read no deeper than other documents. */
const MAX_BODY_DEPTH = MAX_JSON_DEPTH - 8;

/** A body as a file holds it. */
export type RecordedBody = null | { readonly json: Json } | { readonly text: string } | {
  readonly base64: string;
};

/** The request that a recording answers. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: RecordedBody;
  /** Only for a request whose redirects are not followed: it gets other answers. */
  readonly followRedirects?: false;
}

/** One answer. */
export interface RecordedResponse {
  /** When it was asked for, RFC 3339 in UTC. */
  readonly recordedAt: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: RecordedBody;
  /** How long the answer took, in milliseconds. */
  readonly durationMs: number;
}

/** A request with its answers. */
export interface Recording {
  readonly request: RecordedRequest;
  /** At least one: the first answers the first request of a run, and so on; the last answers all that follow. */
  readonly responses: readonly RecordedResponse[];
  /** Where something secret was taken out: `$.request.url`, `$.responses[0].headers[2][1]`. */
  readonly redactions: readonly string[];
}

/** The form of a body in which it reads best and its exact bytes come back. */
export function bodyOf(bytes: Uint8Array | null): RecordedBody {
  if (bytes === null) return null;
  const text = textOf(bytes);
  if (text === undefined) return { base64: bytes.toBase64() };
  const json = textWithinDepth(text, MAX_BODY_DEPTH) ? parsed(text) : undefined;
  return json !== undefined && JSON.stringify(json) === text ? { json } : { text };
}

/** The bytes of a body. */
export function bytesOf(body: RecordedBody): Uint8Array | null {
  if (body === null) return null;
  if ("base64" in body) return Uint8Array.fromBase64(body.base64);
  return new TextEncoder().encode("text" in body ? body.text : JSON.stringify(body.json));
}

/** A body as text, or undefined for one of other bytes. */
export function bodyText(body: RecordedBody): string | undefined {
  if (body === null) return "";
  if ("base64" in body) return undefined;
  return "text" in body ? body.text : JSON.stringify(body.json);
}

/** The contents of a recording's file. */
export function writeRecording({ request, responses, redactions }: Recording): string {
  const { followRedirects, ...asked } = request;
  const document: JsonObject = {
    version: VERSION,
    request: {
      ...asked,
      headers: written(asked.headers),
      ...(followRedirects === false ? { follow_redirects: false } : {}),
    },
    responses: responses.map(({ recordedAt, status, headers, body, durationMs }) => ({
      recorded_at: recordedAt,
      status,
      headers: written(headers),
      body,
      duration_ms: durationMs,
    })),
    redactions,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The recording in a file, or why it is none, as the end of a sentence. */
export function readRecording(
  bytes: Uint8Array,
): { readonly recording: Recording } | { readonly fault: string } {
  // It is the user's own file: it may have as many values as fit into it.
  const document = readJsonDocument(bytes, Infinity);
  if ("fault" in document) return document;
  const { json } = document;
  const version = member(json, "version");
  if (typeof version !== "number") return { fault: "has no version" };
  if (version !== VERSION) return { fault: `is of version ${version}; this runner reads version ${VERSION}` };
  try {
    return {
      recording: {
        request: readRequest(member(json, "request")),
        responses: readResponses(member(json, "responses")),
        redactions: readTexts(member(json, "redactions"), "redactions"),
      },
    };
  } catch (error) {
    if (error instanceof ShapeError) return { fault: `has ${error.message}` };
    throw error;
  }
}

/** Says which field is missing or of another type. Never leaves this file. */
class ShapeError extends Error {}

function readRequest(value: Json | undefined): RecordedRequest {
  return {
    method: readText(member(value, "method"), "request.method"),
    url: readText(member(value, "url"), "request.url"),
    headers: readHeaders(member(value, "headers"), "request.headers"),
    body: readBody(member(value, "body"), "request.body"),
    ...(member(value, "follow_redirects") === false ? { followRedirects: false } : {}),
  };
}

function readResponses(value: Json | undefined): RecordedResponse[] {
  if (!isArray(value) || value.length === 0) throw new ShapeError("no responses");
  return value.map((item, i) => {
    const place = `responses[${i}]`;
    const recordedAt = readText(member(item, "recorded_at"), `${place}.recorded_at`);
    if (Number.isNaN(Date.parse(recordedAt))) throw new ShapeError(`no time in ${place}.recorded_at`);
    return {
      recordedAt,
      status: readStatus(member(item, "status"), `${place}.status`),
      headers: readHeaders(member(item, "headers"), `${place}.headers`),
      body: readBody(member(item, "body"), `${place}.body`),
      durationMs: readDuration(member(item, "duration_ms"), `${place}.duration_ms`),
    };
  });
}

function readText(value: Json | undefined, place: string): string {
  if (typeof value !== "string") throw new ShapeError(`no text in ${place}`);
  return value;
}

function readTexts(value: Json | undefined, place: string): string[] {
  if (!isArray(value)) throw new ShapeError(`no list in ${place}`);
  return value.map((item, i) => readText(item, `${place}[${i}]`));
}

function readStatus(value: Json | undefined, place: string): number {
  if (!isStatus(value)) throw new ShapeError(`no status of HTTP in ${place}`);
  return value;
}

function readDuration(value: Json | undefined, place: string): number {
  if (typeof value !== "number" || value < 0) throw new ShapeError(`no duration in ${place}`);
  return value;
}

function readHeaders(value: Json | undefined, place: string): Headers {
  if (!isArray(value)) throw new ShapeError(`no list in ${place}`);
  return value.map((item, i) => {
    if (!isArray(item) || item.length !== 2) throw new ShapeError(`no name with a value in ${place}[${i}]`);
    return [readText(item[0], `${place}[${i}][0]`), readText(item[1], `${place}[${i}][1]`)];
  });
}

function readBody(value: Json | undefined, place: string): RecordedBody {
  if (value === null) return null;
  const [form, ...others] = isObject(value) ? Object.entries(value) : [];
  if (form !== undefined && others.length === 0) {
    const [name, item] = form;
    if (name === "json") return { json: item };
    if (name === "text" && typeof item === "string") return { text: item };
    if (name === "base64" && typeof item === "string" && isBase64(item)) return { base64: item };
  }
  throw new ShapeError(`no body in ${place}: it is null, {"json":…}, {"text":…} or {"base64":…}`);
}

/** Whether a value is a status that a response of HTTP can have. */
export function isStatus(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 999;
}

function isBase64(text: string): boolean {
  try {
    return Uint8Array.fromBase64(text) !== undefined;
  } catch {
    return false;
  }
}

/** Bytes as text from which the same bytes come back, or undefined: unlike other readers it keeps a byte order mark. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function written(headers: Headers): Json {
  return headers.map(([name, value]) => [name, value]);
}
