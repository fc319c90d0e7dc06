/**
 * YAML in, for values that are JSON: YAML 1.2, of which JSON is a part. Knows the line of every value, so that whoever
 * finds something wrong with one can say where. Never runs tags, and never yields what JSON cannot hold.
 */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { messageOf, RunnerError } from "./errors.ts";
import { isGranted, permissionFlags } from "./permission.ts";
import { jsonFault } from "./json_fault.ts";
import { type Json, MAX_JSON_DEPTH, withinDepth } from "./json.ts";

/** A document that was read. */
export interface YamlDocument {
  /** Its value. */
  readonly value: Json;
  /** The line, from 1, of the value under these keys, or of the nearest value above it that is there. */
  lineOf(path: Path): number;
  /** The keys of the map under these keys, in the order of their author; none when there is no map. */
  keysOf(path: Path): string[];
}

/** Keys and indexes that lead to a value. */
export type Path = readonly (string | number)[];

/** How often a document may resolve one of its anchors; bounds what a small document can unfold to. */
const MAX_ALIASES = 100;
/** Aliases in a document: to find the anchor of each takes the time of all that stands before it. */
const MAX_ALIASES_IN_ALL = 1000;
/** Longest document, in characters. */
const MAX_CHARS = 2 * 1024 * 1024;

/**
 * Reads a document. What is wrong with a file that is called JSON is told in the words of JSON. The parser looks for
 * switches of its own in the environment, of which nothing is needed.
 *
 * @throws {RunnerError} `yaml.invalid`, whose place is the file and the line; `permission.missing` where the
 * environment may neither be read nor is ignored.
 */
export function parseYaml(text: string, place: string): YamlDocument {
  if (text.length > MAX_CHARS) throw invalid(`it is longer than ${MAX_CHARS} characters`, place, 1);
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const contents = parse(text, { place, lines });
  const fault = findFault(contents);
  if (fault !== undefined) throw invalid(fault.what, place, lineAt(fault.offset));
  return {
    value: contents.json,
    lineOf: (path) => lineAt(locate(contents.node, path).offset),
    keysOf(path) {
      const { node, found } = locate(contents.node, path);
      return found && isMap(node) ? node.items.map(({ key }) => keyText(key)) : [];
    },
  };
}

interface Contents {
  readonly node: ParsedNode | null;
  readonly json: Json;
}

function parse(text: string, { place, lines }: { place: string; lines: LineCounter }): Contents {
  // Asked before the parser asks, so that nobody is prompted.
  if (!isGranted({ name: "env" })) throw denied(place);
  try {
    // Twin keys are looked for below: the parser's own search takes the square of their number.
    const options = { lineCounter: lines, stringKeys: true, uniqueKeys: false, logLevel: "error" } as const;
    const document = parseDocument(text, options);
    // A warning is a tag that nobody resolves.
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) {
      const broken = /\.json$/i.test(place) ? jsonFault(text) : undefined;
      if (broken !== undefined) throw invalid(`it is no JSON: ${broken.what}`, place, broken.line);
      const what = error.code === "MULTIPLE_DOCS" ? "it holds more than one document" : reason(error);
      throw invalid(what, place, lines.linePos(error.pos[0]).line);
    }
    if (document.directives?.yaml.version === "1.1") {
      throw invalid("it asks for YAML 1.1, where words such as yes are no texts", place, 1);
    }
    let aliases = 0;
    visit(document, {
      Alias(_, { range }) {
        if (++aliases <= MAX_ALIASES_IN_ALL) return;
        const { line } = lines.linePos(range?.[0] ?? 0);
        throw invalid(`it has more than ${MAX_ALIASES_IN_ALL} aliases`, place, line);
      },
    });
    const json: Json = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? null;
    return { node: document.contents, json };
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    throw invalid(reason(cause), place, 1, cause);
  }
}

function denied(place: string): RunnerError {
  return new RunnerError(
    "permission.missing",
    "The YAML parser may not look at the environment, of which it needs nothing",
    { place, hint: `Add ${permissionFlags([{ name: "env" }])}` },
  );
}

const DEEP = `it is nested deeper than ${MAX_JSON_DEPTH}`;

/** What a document has that JSON cannot hold, and where. Walks without recursion. */
function findFault({ node, json }: Contents): { what: string; offset: number } | undefined {
  // Aliases are not followed below, and may lead deep.
  if (!withinDepth(json)) return { what: DEEP, offset: 0 };
  let level: [ParsedNode | null, unknown][] = [[node, json]];
  while (level.length > 0) {
    const next: [ParsedNode | null, unknown][] = [];
    for (const [at, value] of level) {
      const offset = at?.range[0] ?? 0;
      const odd = oddValue(value);
      if (odd !== undefined) return { what: odd, offset };
      if (isSeq(at)) at.items.forEach((item, i) => next.push([item as ParsedNode, (value as Json[])[i]]));
      if (!isMap(at)) continue;
      const seen = new Set<string>();
      for (const { key, value: item } of at.items) {
        const name = keyText(key);
        if (seen.has(name)) return { what: `it has the key "${name}" twice`, offset: startOf(key) ?? offset };
        seen.add(name);
        next.push([item as ParsedNode | null, (value as Record<string, unknown>)[name]]);
      }
    }
    level = next;
  }
  return undefined;
}

/** Why a value is no JSON, or undefined; what is in it is looked at by itself. */
function oddValue(value: unknown): string | undefined {
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : "it has a number that JSON cannot hold";
  }
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") {
    return undefined;
  }
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
    ? undefined
    : "it has a value that JSON cannot hold";
}

/** The value of a path and where it begins; for a member of a map, where its key does. */
function locate(
  contents: ParsedNode | null,
  path: Path,
): { node: ParsedNode | null; offset: number; found: boolean } {
  let node: ParsedNode | null = contents;
  let offset = startOf(contents) ?? 0;
  for (const key of path) {
    if (isSeq(node) && typeof key === "number") {
      const item = node.items[key] as ParsedNode | undefined;
      if (item === undefined) return { node, offset, found: false };
      node = item;
      offset = startOf(item) ?? offset;
    } else {
      const pair = isMap(node) ? pairsOf(node).get(String(key)) : undefined;
      if (pair === undefined) return { node, offset, found: false };
      offset = startOf(pair.key) ?? offset;
      node = pair.value as ParsedNode | null;
    }
  }
  return { node, offset, found: !isAlias(node) };
}

/** The pairs of a map by their keys, found once for each map. */
const PAIRS = new WeakMap<object, Map<string, { key: unknown; value: unknown }>>();

function pairsOf(map: YAMLMap): Map<string, { key: unknown; value: unknown }> {
  let pairs = PAIRS.get(map);
  if (pairs === undefined) {
    PAIRS.set(map, pairs = new Map(map.items.map((pair) => [keyText(pair.key), pair])));
  }
  return pairs;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0];
}

/** Why the parser stopped. It repeats the position and quotes the line; the place says it once. */
function reason(error: unknown): string {
  const message = messageOf(error).replace(/ at line \d+, column \d+:[\s\S]*$/, "");
  // The parser recurses, and may put what stops it into an error of its own.
  return message === "Maximum call stack size exceeded" ? DEEP : message;
}

function invalid(what: string, place: string, line: number, cause?: unknown): RunnerError {
  return new RunnerError("yaml.invalid", `Document cannot be read: ${what}`, {
    place: `${place}:${line}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
