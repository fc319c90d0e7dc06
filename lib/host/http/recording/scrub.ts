/**
 * Takes secrets out of requests and responses before they are compared and kept. By value wherever they stand, by name
 * in headers, and whatever names a user in an address. Never knows a secret itself: it asks its ports.
 *
 * 1. What is compared is what is kept: a request matches the recording of one that differs in its secrets alone.
 * 2. What is no secret comes back as it was, byte for byte.
 */

import { isArray, isObject, type Json, jsonOrText } from "../../../base/json.ts";
import type { Headers, HttpRequest, HttpResponse } from "../message.ts";
import { jsonDifferences } from "./json_differences.ts";
import { canonicalUrl } from "./key.ts";
import {
  bodyOf,
  bodyText,
  type RecordedBody,
  type RecordedRequest,
  type RecordedResponse,
} from "./recording.ts";

/** What stands in the place of what is hidden by its name; those who scrub by value write the same. */
export const HIDDEN = "__REDACTED__";

/** Takes known secret values out. What has none comes back as it is. */
export interface Scrub {
  /** A text without them. */
  text(value: string): string;
  /** Bytes without them. */
  bytes(value: Uint8Array): Uint8Array;
}

/** What is secret. */
export interface Secrecy {
  readonly scrub: Scrub;
  /** Whether the value of a header is secret by the header's name. */
  readonly hides: (name: string) => boolean;
}

/** A request as it is compared and kept, and the places where something was taken out. */
export function scrubRequest(
  { method, url, headers, body, followRedirects }: HttpRequest,
  secrecy: Secrecy,
): { readonly request: RecordedRequest; readonly redactions: readonly string[] } {
  const redactions: string[] = [];
  const { scrub } = secrecy;
  const request = {
    method: noted(method.toUpperCase(), scrub.text(method.toUpperCase()), "$.request.method", redactions),
    url: noted(canonicalUrl(url), scrubUrl(url, scrub), "$.request.url", redactions),
    headers: scrubHeaders(headers, secrecy, "$.request", redactions),
    body: body === null ? null : scrubBody({ headers, body }, scrub, "$.request.body", redactions),
    ...(followRedirects ? {} : { followRedirects: false } as const),
  };
  return { request, redactions };
}

/** A response as it is kept, and the places below `place` where something was taken out. */
export function scrubResponse(
  response: HttpResponse,
  secrecy: Secrecy,
  place: string,
): Pick<RecordedResponse, "status" | "headers" | "body"> & { readonly redactions: readonly string[] } {
  const redactions: string[] = [];
  return {
    status: response.status,
    headers: scrubHeaders(response.headers, secrecy, place, redactions),
    body: response.body.length === 0 ? null : scrubBody(response, secrecy.scrub, `${place}.body`, redactions),
    redactions,
  };
}

function noted(before: string, after: string, place: string, redactions: string[]): string {
  if (after !== before) redactions.push(place);
  return after;
}

function scrubHeaders(
  headers: Headers,
  { scrub, hides }: Secrecy,
  place: string,
  redactions: string[],
): Headers {
  return headers.map(([name, value], i) => [
    noted(name, scrub.text(name), `${place}.headers[${i}][0]`, redactions),
    noted(value, hides(name) ? HIDDEN : scrub.text(value), `${place}.headers[${i}][1]`, redactions),
  ]);
}

/** The canonical address without secrets. */
function scrubUrl(url: string, scrub: Scrub): string {
  // As the guest spells it first: parsing escapes more and lowers the case of hosts.
  const canonical = canonicalUrl(scrub.text(url));
  const parsed = URL.parse(canonical);
  if (parsed === null) return scrub.text(canonical);
  if (parsed.username !== "") parsed.username = HIDDEN;
  if (parsed.password !== "") parsed.password = HIDDEN;
  const path = scrubEscaped(parsed.pathname, scrub), query = scrubEscaped(parsed.search, scrub);
  // Set only where it must be: even the same query, when it is empty, would change the address.
  if (path !== parsed.pathname) parsed.pathname = path;
  if (query !== parsed.search) parsed.search = query;
  return scrub.text(parsed.href);
}

/** A path, query or form without secrets, however many of their characters are escaped. */
function scrubEscaped(text: string, scrub: Scrub): string {
  return text.replace(/[^/?&=;]+/g, (part) => {
    const plain = unescaped(part);
    const clean = scrub.text(plain);
    return clean === plain ? part : encodeURIComponent(clean);
  });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", "%20"));
  } catch {
    return text;
  }
}

function scrubBody(
  { headers, body: bytes }: { readonly headers: Headers; readonly body: Uint8Array },
  scrub: Scrub,
  place: string,
  redactions: string[],
): RecordedBody {
  const before = bodyOf(bytes);
  const text = bodyText(before);
  const clean = text === undefined
    ? text
    : isForm(headers)
    ? scrubEscaped(text, scrub)
    : scrubJson(text, scrub);
  // Whatever was not recognised in the structure is looked for in the bytes.
  const cleanBytes = scrub.bytes(clean === text ? bytes : new TextEncoder().encode(clean));
  if (cleanBytes === bytes) return before;
  const after = bodyOf(cleanBytes);
  for (const path of changedPaths(before, after)) redactions.push(`${place}${path}`);
  return after;
}

/** A JSON text without secrets in its strings, keys and numbers; it keeps its spelling when it has none or is no JSON. */
function scrubJson(text: string, scrub: Scrub): string {
  const plain = unescapedJson(text);
  // Looked for in all of it at once: in each string on its own takes a hundred times as long.
  if (scrub.text(plain) === plain) return text;
  const value = jsonOrText(text);
  const clean = cleanValue(value, scrub);
  return value === text || clean === value ? text : JSON.stringify(clean);
}

/** A JSON text with the characters that its escapes stand for. */
function unescapedJson(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code?: string, sign?: string) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return sign === undefined ? "" : ESCAPES[sign] ?? sign;
  });
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The value without secrets: the very same when it has none. */
function cleanValue(value: Json, scrub: Scrub): Json {
  if (typeof value === "string") return scrub.text(value);
  if (typeof value === "number") {
    const text = String(value);
    const clean = scrub.text(text);
    return clean === text ? value : clean;
  }
  if (isArray(value)) {
    const items = value.map((item) => cleanValue(item, scrub));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  if (!isObject(value)) return value;
  const clean = new Map<string, Json>();
  let same = true;
  for (const [key, item] of Object.entries(value)) {
    const name = scrub.text(key);
    const cleanItem = cleanValue(item, scrub);
    same &&= name === key && cleanItem === item;
    let free = name;
    for (let n = 2; clean.has(free); n++) free = `${name}#${n}`;
    clean.set(free, cleanItem);
  }
  return same ? value : Object.fromEntries(clean);
}

function isForm(headers: Headers): boolean {
  return headers.some(([name, value]) =>
    name.toLowerCase() === "content-type" && value.toLowerCase().includes("application/x-www-form-urlencoded")
  );
}

/** The places in a body at which something was taken out, as they are in the body that is kept. */
function changedPaths(before: RecordedBody, after: RecordedBody): string[] {
  if (before === null || after === null) return [];
  if (!("json" in after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [`.${nameOf(after)}`];
  }
  const text = bodyText(before) ?? "";
  return [...jsonDifferences(jsonOrText(text), after.json)].flatMap(({ path, right }) =>
    right === undefined ? [] : [`.json${path}`]
  );
}

function nameOf(body: NonNullable<RecordedBody>): string {
  return "text" in body ? "text" : "json" in body ? "json" : "base64";
}
