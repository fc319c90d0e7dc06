/**
 * The conditions of routes: `path op value`, parsed when the flow is loaded and tested on a node's output.
 * Never throws while a flow runs: a path that leads nowhere makes the condition false, and `!=` true.
 */

import { isArray, isObject, type Json, type JsonObject, member } from "../base/json.ts";
import { lookupPath, parsePath } from "./path.ts";

/** How a condition compares. */
export type ConditionOperator = "==" | "!=" | ">=" | "<=" | ">" | "<" | "contains";

/** A parsed condition. */
export interface Condition {
  /** The condition as it was written. */
  readonly text: string;
  /** The path to the value on the left. */
  readonly path: readonly string[];
  /** How it compares. */
  readonly operator: ConditionOperator;
  /** The value on the right, as text without quotes. */
  readonly value: string;
}

/** Longest condition, in characters; matching is not linear. */
const MAX_LENGTH = 1000;
const SHAPE = /^(.+?)(?:\s*(==|!=|>=|<=|>|<)\s*|\s+(contains)\s+)(.*)$/s;

/** Parses `path op value`, or returns undefined when the text has another form. */
export function parseCondition(text: string): Condition | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [, left = "", sign, word, right = ""] = SHAPE.exec(text.trim()) ?? [];
  const path = parsePath(left.trim());
  if (path === undefined || right.trim() === "") return undefined;
  return { text, path, operator: (sign ?? word) as ConditionOperator, value: unquote(right.trim()) };
}

function unquote(text: string): string {
  const quoted = /^"([^]*)"$/.exec(text) ?? /^'([^]*)'$/.exec(text);
  return quoted?.[1] ?? text;
}

/** What a flow knows when the route of a node is chosen. */
export interface ConditionFacts {
  /** The input of the run that started the flow. */
  readonly entry: Json;
  /** The input of this run: the answer, when the flow was resumed. */
  readonly input: Json;
  /** The outputs of the nodes by id. */
  readonly node: Json;
  /** What came of the node, such as `on_success`. */
  readonly event: string;
  /** Names that give way to a field of the output: `vars`, `parameters`, `state`. */
  readonly more: JsonObject;
}

/**
 * What the conditions of one node's routes can name: the fields of its output, and the reserved names `entry`, `in`,
 * `node`, `event` and `response` over them.
 */
export function conditionContext(output: Json, facts: ConditionFacts): JsonObject {
  const { entry, node, event, more } = facts;
  return Object.fromEntries([
    ["prev", output],
    ...Object.entries(more),
    ...(isObject(output) ? Object.entries(output) : []),
    ["entry", entry],
    ["in", entry],
    ["event", event],
    ["node", node],
    ["response", responseOf(facts.input)],
  ]);
}

/** What somebody sent with a message: its metadata, such as the fields of a form, and its text. */
function responseOf(input: Json): JsonObject {
  const message = member(input, "input") ?? input;
  const metadata = member(message, "metadata") ?? member(input, "metadata");
  const text = member(message, "text");
  return { ...(isObject(metadata) ? metadata : {}), ...(text === undefined ? {} : { text }) };
}

/** Whether a condition holds. */
export function holds(condition: Condition, context: JsonObject): boolean {
  const found = lookupPath(context, condition.path);
  if (!found.found) return condition.operator === "!=";
  const { value, operator } = { value: found.value, operator: condition.operator };
  if (operator === "==") return same(value, condition.value);
  if (operator === "!=") return !same(value, condition.value);
  if (operator === "contains") return contains(value, condition.value);
  const [left, right] = [numberOf(value), numberOf(condition.value)];
  if (left === undefined || right === undefined) return false;
  if (operator === ">=") return left >= right;
  if (operator === "<=") return left <= right;
  return operator === ">" ? left > right : left < right;
}

function same(value: Json, text: string): boolean {
  if (isArray(value) || isObject(value)) return false;
  const [left, right] = [numberOf(value), numberOf(text)];
  if (left !== undefined && right !== undefined) return left === right;
  return fold(String(value)) === fold(text);
}

function contains(value: Json, text: string): boolean {
  if (isArray(value)) return value.some((item) => same(item, text));
  return typeof value === "string" && fold(value).includes(fold(text));
}

function fold(text: string): string {
  return text.toLowerCase();
}

function numberOf(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value.trim())) {
    return undefined;
  }
  return Number(value);
}
