/**
 * Finds, for a request without a recording, the recording that comes nearest, and what differs. Takes requests without
 * their secrets, and never decides what a miss means.
 */

import { isArray, isObject, type Json, type JsonObject, jsonOrText } from "../../../base/json.ts";
import { jsonDifferences } from "./json_differences.ts";
import { canonicalUrl } from "./key.ts";
import { bodyText, bytesOf, type RecordedBody, type RecordedRequest, type Recording } from "./recording.ts";
import type { Stored } from "./store.ts";

/** One thing in which a recorded request and the one that was asked differ. */
export interface Difference {
  /** `method`, `origin`, `path`, `query.page`, `body`, `body.user.name`; `url` for spellings of one address. */
  readonly field: string;
  /** What was recorded, or null for nothing; JSON text for parts of bodies. */
  readonly recorded: string | null;
  /** What was asked, or null for nothing. */
  readonly asked: string | null;
}

/** The recording that comes nearest. */
export interface Nearest {
  /** The name of its file. */
  readonly file: string;
  readonly differences: readonly Difference[];
}

/** Most differences of a query, and of a body, that are told, and the most characters of each side. */
const MAX_DIFFERENCES = 5, MAX_CHARS = 80;

/** Most differences of a body that are counted: beyond it, no recording is nearer than another. */
const MAX_COUNTED = 100;

/** What each part of an address counts for; a body decides between recordings that are otherwise as near. */
const WEIGHTS = { origin: 12, path: 6, method: 2, query: 1 };

/** The recording that comes nearest to a request, or undefined when there is none at all. */
export function nearestTo(
  asked: RecordedRequest,
  recordings: readonly Stored<Recording>[],
): Nearest | undefined {
  const target = partsOf(asked);
  const ranked = recordings.map(({ file, content: { request } }) => ({
    file,
    request,
    score: scoreOf(partsOf(request), target),
  }));
  const best = ranked.reduce((most, { score }) => Math.max(most, score), 0);
  const found = ranked.filter(({ score }) => score === best).map(({ file, request }) => ({
    file,
    request,
    body: bodyDifferences(request.body, asked.body),
  }));
  const nearest = found.reduce<typeof found[number] | undefined>(
    (least, each) => least === undefined || each.body.length < least.body.length ? each : least,
    undefined,
  );
  if (nearest === undefined) return undefined;
  const differences = [
    ...addressDifferences(nearest.request, asked),
    ...nearest.body.slice(0, MAX_DIFFERENCES),
  ];
  return { file: nearest.file, differences: differences.map(shortened) };
}

/** In what a request differs from the nearest recording, as a part of a sentence: `query.page (recorded 1, asked 2)`. */
export function differencesText({ differences }: Nearest): string {
  return differences.map(({ field, recorded, asked }) =>
    `${field} (${recorded === null ? "not recorded" : `recorded ${recorded}`}, ${
      asked === null ? "not asked" : `asked ${asked}`
    })`
  ).join(", ");
}

/** The same for the record. */
export function nearestJson({ file, differences }: Nearest): JsonObject {
  return { file, differences: differences.map((difference) => ({ ...difference })) };
}

interface Parts {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** Values by name. */
  readonly query: ReadonlyMap<string, string>;
}

function partsOf({ method, url }: RecordedRequest): Parts {
  const parsed = URL.parse(url);
  const query = new Map<string, string>();
  for (const [name, value] of parsed?.searchParams ?? []) {
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return {
    method: method.toUpperCase(),
    // The origin of other schemes than those of the web is "null".
    origin: parsed === null ? "" : `${parsed.protocol}//${parsed.host}`,
    path: parsed?.pathname ?? url,
    query,
  };
}

function segmentsOf({ path }: Parts): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function scoreOf(recorded: Parts, asked: Parts): number {
  const [left, right] = [segmentsOf(recorded), segmentsOf(asked)];
  const common = right.filter((part, i) => part === left[i]).length;
  const names = new Set([...recorded.query.keys(), ...asked.query.keys()]);
  // A name on both sides is worth something even when its values differ.
  const query = [...names].reduce((sum, name) => {
    const [a, b] = [recorded.query.get(name), asked.query.get(name)];
    return sum + (a === b ? 2 : a !== undefined && b !== undefined ? 1 : 0);
  }, 0);
  return (recorded.origin === asked.origin ? WEIGHTS.origin : 0) +
    (recorded.method === asked.method ? WEIGHTS.method : 0) +
    WEIGHTS.path * (common + (left.length === right.length ? 1 : 0)) /
      (Math.max(left.length, right.length) + 1) +
    WEIGHTS.query * (names.size === 0 ? 1 : query / (2 * names.size));
}

function addressDifferences(left: RecordedRequest, right: RecordedRequest): Difference[] {
  const [recorded, asked] = [partsOf(left), partsOf(right)];
  const differences: Difference[] = [];
  for (const field of ["method", "origin", "path"] as const) {
    if (recorded[field] !== asked[field]) {
      differences.push({ field, recorded: recorded[field], asked: asked[field] });
    }
  }
  const queries: Difference[] = [];
  for (const name of new Set([...recorded.query.keys(), ...asked.query.keys()])) {
    const [a, b] = [recorded.query.get(name) ?? null, asked.query.get(name) ?? null];
    if (a !== b) queries.push({ field: `query.${name}`, recorded: a, asked: b });
  }
  differences.push(...queries.slice(0, MAX_DIFFERENCES));
  if (left.followRedirects !== right.followRedirects) {
    const [recorded, asked] = [left, right].map(({ followRedirects = true }) => String(followRedirects));
    differences.push({ field: "follow_redirects", recorded: recorded!, asked: asked! });
  }
  // The order of a query, a user, other escapes: nothing of it has a name above.
  if (differences.length === 0 && canonicalUrl(left.url) !== canonicalUrl(right.url)) {
    return [{ field: "url", recorded: left.url, asked: right.url }];
  }
  return differences;
}

function bodyDifferences(left: RecordedBody, right: RecordedBody): Difference[] {
  const [recorded, asked] = [bodyText(left), bodyText(right)];
  if (recorded === undefined || asked === undefined) return binaryDifference(left, right);
  if (recorded === asked) return [];
  if (recorded === "" || asked === "") {
    return [{
      field: "body",
      recorded: recorded === "" ? null : recorded,
      asked: asked === "" ? null : asked,
    }];
  }
  const [a, b] = [jsonOrText(recorded), jsonOrText(asked)];
  const structured = isStructure(a) && isStructure(b) ? [...jsonDifferences(a, b).take(MAX_COUNTED)] : [];
  if (structured.length === 0) return [textDifference(recorded, asked)];
  return structured.map(({ path, left, right }) => ({
    field: `body${path}`,
    recorded: left === undefined ? null : JSON.stringify(left),
    asked: right === undefined ? null : JSON.stringify(right),
  }));
}

function isStructure(value: Json): boolean {
  return isArray(value) || isObject(value);
}

function textDifference(recorded: string, asked: string): Difference {
  let at = 0;
  while (at < recorded.length && recorded[at] === asked[at]) at++;
  const rest = (text: string) =>
    at === text.length ? "the end" : JSON.stringify(text.slice(at, at + MAX_CHARS / 2));
  return { field: `body at character ${at + 1}`, recorded: rest(recorded), asked: rest(asked) };
}

function binaryDifference(left: RecordedBody, right: RecordedBody): Difference[] {
  const [a, b] = [bytesOf(left) ?? EMPTY, bytesOf(right) ?? EMPTY];
  if (a.length !== b.length) {
    return [{ field: "body length", recorded: String(a.length), asked: String(b.length) }];
  }
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? [] : [{ field: `body at byte ${at + 1}`, recorded: String(a[at]), asked: String(b[at]) }];
}

const EMPTY = new Uint8Array();

function shortened({ field, recorded, asked }: Difference): Difference {
  return { field: short(field), recorded: recorded && short(recorded), asked: asked && short(asked) };
}

/** A text of at most `limit` characters, with a sign when something is missing. */
export function short(text: string, limit: number = MAX_CHARS): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
