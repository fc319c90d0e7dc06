/**
 * A guest's request as `fetch` takes it: what HTTP does not know is refused by name, what belongs to the connection
 * and not to the request is left out. Never sends it.
 *
 * `fetch` itself adds `accept` and `accept-language`, for anything, where the guest gives none; it writes GET, HEAD, POST,
 * PUT, DELETE and OPTIONS in capitals; and it unpacks bodies but leaves the headers of the packed ones.
 */

import { VERSION } from "../../base/version.ts";
import { HttpFault } from "./fault.ts";
import type { HttpRequest } from "./message.ts";

/** Headers that say how a connection is used, or whom it leads to: the connection is the runner's. */
const OF_CONNECTION: readonly string[] = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What is taken of packed bodies when the guest does not say; Deno unpacks both. */
const ACCEPTED = "gzip, br";
/** Most headers of a request. From some 24 576 names on, Deno does not refuse a request but ends its whole process. */
const MAX_HEADERS = 1000;
/** How much of a guest's own words a message repeats. */
const MAX_SHOWN = 100;

/** A request that can be sent. */
export interface Sendable {
  readonly method: string;
  readonly headers: [string, string][];
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** The address that a text spells, or undefined for none of the web. */
export function webAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The request as it can be sent. Throws the fault of what HTTP does not know. */
export function sendable({ method, headers, body }: HttpRequest): Sendable {
  checkMethod(method);
  const isBodyless = /^(?:GET|HEAD)$/i.test(method);
  if (isBodyless && body !== null && body.length > 0) {
    throw new HttpFault("invalid", `request with method ${method} cannot have a body`);
  }
  return {
    method,
    headers: sendableHeaders(headers),
    body: isBodyless || body === null ? null : body.slice(),
  };
}

/** Whether Deno unpacks the body of a response to a request with these headers. */
export function isUnpacked(sent: Sendable, response: Response): boolean {
  const [, accepted = ""] = sent.headers.find(([name]) => name.toLowerCase() === "accept-encoding") ?? [];
  return response.body !== null &&
    !/^\s*identity\s*$/i.test(accepted) &&
    /^(?:gzip|br)$/i.test(response.headers.get("content-encoding") ?? "");
}

function checkMethod(method: string): void {
  try {
    new Request("http://localhost", { method });
  } catch {
    throw new HttpFault("invalid", `method ${shown(method)} is not one that can be sent`);
  }
}

function sendableHeaders(given: HttpRequest["headers"]): [string, string][] {
  if (given.length > MAX_HEADERS) {
    throw new HttpFault(
      "limit",
      `request has ${given.length} headers, and no more than ${MAX_HEADERS} are sent`,
    );
  }
  const headers = given.map(([name, value]): [string, string] => [name, value]);
  for (const header of headers) {
    try {
      new Headers([header]);
    } catch {
      // The value is not repeated: it may be a secret.
      throw new HttpFault("invalid", `header ${shown(header[0])} has a name or value that cannot be sent`);
    }
  }
  const kept = headers.filter(([name]) => !OF_CONNECTION.includes(name.toLowerCase()));
  const has = (sought: string) => kept.some(([name]) => name.toLowerCase() === sought);
  if (!has("user-agent")) kept.push(["user-agent", `greentic-runner/${VERSION}`]);
  // A part of a packed body cannot be unpacked.
  if (!has("accept-encoding")) kept.push(["accept-encoding", has("range") ? "identity" : ACCEPTED]);
  return kept;
}

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
