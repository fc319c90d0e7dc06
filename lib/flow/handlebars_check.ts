/**
 * Tells what can be told of a Handlebars tree without values: the paths that are always rendered, and calls of helpers
 * and partials that cannot work. Never evaluates.
 */

import { RunnerError } from "../base/errors.ts";
import { BLOCK_HELPERS, helperName, position, unknownHelper } from "./handlebars_fault.ts";
import { VALUE_HELPERS } from "./handlebars_helpers.ts";
import type {
  Block,
  Expression,
  Hash,
  Located,
  Mustache,
  Partial,
  Program,
  Statement,
} from "./handlebars_tree.ts";

/** A path in a template, as it was written and in its segments. */
export interface TemplatePath {
  readonly text: string;
  readonly segments: readonly string[];
}

/**
 * The paths outside of blocks.
 *
 * @throws {RunnerError} `template.helper` for a helper or partial that does not exist, and for a number of arguments that a
 * helper does not take, wherever it is called.
 */
export function pathsOf(tree: Program): readonly TemplatePath[] {
  checkProgram(tree);
  checkPartials(tree);
  return tree.body.flatMap(plainPath);
}

function plainPath(statement: Statement): TemplatePath[] {
  if (statement.type !== "MustacheStatement" || statement.path.type !== "PathExpression") return [];
  const { path, params } = statement;
  const segments = path.parts.filter((part) => typeof part === "string");
  const isHelper = segments.length === 1 && VALUE_HELPERS.has(segments[0] ?? "");
  const isPlain = params.length === 0 && !path.data && path.depth === 0 &&
    segments.length === path.parts.length;
  return isPlain && !isHelper && segments[0] !== "log" ? [{ text: path.original, segments }] : [];
}

function checkProgram(program: Program | undefined): void {
  for (const statement of program?.body ?? []) checkStatement(statement);
}

function checkStatement(statement: Statement): void {
  switch (statement.type) {
    case "MustacheStatement":
      return checkCall(statement);
    case "BlockStatement":
      checkBlock(statement);
      checkProgram(statement.inverse);
      return checkProgram(statement.program);
    case "DecoratorBlock":
    case "PartialStatement":
    case "PartialBlockStatement":
      checkArguments(statement);
      return checkProgram(statement.program);
  }
}

function checkBlock(block: Block): void {
  const name = helperName(block.path) ?? "";
  if (VALUE_HELPERS.has(name)) checkCount(name, block);
  else if (!BLOCK_HELPERS.includes(name)) throw unknownHelper(block);
  else if (name !== "raw" && name !== "log" && block.params.length !== 1) {
    throw fault(`helper "${name}" takes one argument`, block);
  }
  checkArguments(block);
}

/** A mustache or sub-expression: with arguments it calls a helper, without any it may be a path. */
function checkCall(call: Mustache): void {
  const name = helperName(call.path) ?? "";
  const calls = call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0 ||
    call.type === "SubExpression";
  if (VALUE_HELPERS.has(name)) checkCount(name, call);
  else if (calls && name !== "log") throw unknownHelper(call);
  checkArguments(call);
}

function checkArguments({ params, hash }: { params: readonly Expression[]; hash?: Hash }): void {
  for (const value of [...params, ...(hash?.pairs ?? []).map((pair) => pair.value)]) {
    if (value.type === "SubExpression") checkCall(value);
  }
}

function checkCount(name: string, call: Mustache | Block): void {
  const { min = 0, max = Infinity } = VALUE_HELPERS.get(name) ?? {};
  const { length } = call.params;
  if (length < min || length > max) throw fault(`helper "${name}" takes ${min} arguments`, call);
}

/** Partials that are named in the text and defined nowhere in it. */
function checkPartials(tree: Program): void {
  const defined = new Set<string>(["@partial-block"]), used: Partial[] = [];
  collect(tree, { defined, used });
  for (const partial of used) {
    const { name } = partial;
    if (name.type !== "PathExpression" || defined.has(name.original)) continue;
    throw fault(`partial "${name.original}" is not defined before its use`, partial);
  }
}

function collect(program: Program | undefined, found: { defined: Set<string>; used: Partial[] }): void {
  for (const statement of program?.body ?? []) {
    if (statement.type === "DecoratorBlock") {
      const [name] = statement.params;
      if (name?.type === "StringLiteral") found.defined.add(String(name.value));
    } else if (statement.type === "PartialStatement") found.used.push(statement);
    if (statement.type === "BlockStatement") collect(statement.inverse, found);
    if ("program" in statement) collect(statement.program, found);
  }
}

function fault(what: string, at: Located): RunnerError {
  return new RunnerError("template.helper", `template render failed: ${what}${position(at)}`);
}
