/**
 * One request to an OTLP collector: sends it and reads the answer. Never tries twice, never follows a redirect, and
 * never lets the values of headers into a message.
 *
 * Protocol: https://opentelemetry.io/docs/specs/otlp/#otlphttp.
 */

import { concatBytes, utf8Text } from "../../base/bytes.ts";
import { messageChain } from "../../base/errors.ts";
import { isGranted, netHost, permissionFlags } from "../../base/permission.ts";
import { VERSION } from "../../base/version.ts";

/** Where traces go. */
export interface Endpoint {
  /** The address that requests are sent to. */
  readonly url: string;
  /** Headers of every request, by name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What went wrong with a request. */
export interface Problem {
  /** What the collector did, to go behind "the collector". */
  readonly what: string;
  /** What is known beside. */
  readonly causes: readonly string[];
  /** What to type, where that is known. */
  readonly hint?: string;
}

/** What became of a request. */
export type Delivery =
  | {
    readonly type: "taken";
    /** Spans that the collector did not want. */
    readonly rejected: number;
    /** What it said about them. */
    readonly problem: Problem | null;
  }
  /** It was surely not taken, and may be sent again after a while, if that is given. */
  | { readonly type: "refused"; readonly problem: Problem; readonly retryAfter: string | null }
  /** Nobody knows whether it was taken. */
  | { readonly type: "unknown"; readonly problem: Problem };

/** What a collector did that ran out of time. */
export const TOO_SLOW = "did not answer in time";

const USER_AGENT = `greentic-runner/${VERSION}`;
/** The most that is read of an answer, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Longest text that is repeated from an answer, in characters. */
const MAX_TEXT = 300;

/** Sends a request. Never throws; an abort of the signal ends it at once. */
export async function post(
  endpoint: Endpoint,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Delivery> {
  const { url, headers } = endpoint;
  try {
    const need = { name: "net", host: netHost(new URL(url)) } as const;
    // Deno would ask whoever sits at the terminal.
    if (!isGranted(need)) {
      const hint = `Add ${permissionFlags([need])}`;
      return refused({ what: "must not be reached without permission", causes: [], hint });
    }
    const response = await fetch(url, {
      method: "POST",
      headers: { "user-agent": USER_AGENT, ...headers, "content-type": "application/json" },
      body,
      redirect: "manual",
      signal,
    });
    return await deliveryOf(endpoint, response);
  } catch (error) {
    const what = signal.aborted ? TOO_SLOW : "does not answer, or broke off";
    const causes = signal.aborted ? [] : messageChain(error).map((text) => shownText(endpoint, text));
    return { type: "unknown", problem: { what, causes } };
  }
}

/** The address for messages: its query may be a secret. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

async function deliveryOf(endpoint: Endpoint, response: Response): Promise<Delivery> {
  const { status, headers } = response;
  const document = jsonOf(await textOf(response));
  if (status >= 200 && status <= 299) return takenOf(endpoint, document);
  if (status >= 300 && status <= 399) {
    return refused({
      what: `redirects elsewhere with the status ${status}, which is not followed`,
      causes: [],
    });
  }
  const said = document instanceof Map ? textIn(endpoint, document.get("message")) : [];
  const problem = { what: `answered with the status ${status}`, causes: said };
  const mayComeAgain = status === 429 || status === 503;
  return { type: "refused", problem, retryAfter: mayComeAgain ? headers.get("retry-after") : null };
}

/** Reads the answer to a request that was taken: empty, or an object which may say that spans were not wanted. */
function takenOf(endpoint: Endpoint, document: Document): Delivery {
  if (document === "none") return { type: "taken", rejected: 0, problem: null };
  if (document === "other") {
    return { type: "unknown", problem: { what: "answered with what is no answer of OTLP", causes: [] } };
  }
  const partial = document.get("partialSuccess");
  const { rejectedSpans, errorMessage } = isObject(partial)
    ? partial
    : { rejectedSpans: 0, errorMessage: undefined };
  // Numbers of 64 bits are texts in this format, and some write them as numbers.
  const rejected = Number(rejectedSpans ?? 0);
  if (!(rejected > 0)) return { type: "taken", rejected: 0, problem: null };
  const problem = { what: "rejected some", causes: textIn(endpoint, errorMessage) };
  return { type: "taken", rejected, problem };
}

/** A document: its members, `none` when there is nothing, `other` when it is no JSON object. */
type Document = ReadonlyMap<string, unknown> | "none" | "other";

function jsonOf(text: string | undefined): Document {
  if (text === undefined) return "other";
  if (text.trim() === "") return "none";
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? new Map(Object.entries(value)) : "other";
  } catch {
    return "other";
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of an answer; undefined when it is too long or no text. */
async function textOf(response: Response): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the connection, too.
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    pieces.push(piece);
  }
  return utf8Text(concatBytes(pieces));
}

function textIn(endpoint: Endpoint, value: unknown): readonly string[] {
  return typeof value === "string" && value !== "" ? [shownText(endpoint, value)] : [];
}

/** A text from outside: one line, not at length, and without what may be secret of the endpoint. */
function shownText({ url, headers }: Endpoint, text: string): string {
  let shown = text.replaceAll(new URL(url).href, shownUrl(url));
  for (const value of Object.values(headers)) {
    if (value !== "") shown = shown.replaceAll(value, "[hidden]");
  }
  // deno-lint-ignore no-control-regex
  const line = shown.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}

function refused(problem: Problem): Delivery {
  return { type: "refused", problem, retryAfter: null };
}
