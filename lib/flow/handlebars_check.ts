/**
 * Tells what can be told of a Handlebars tree without values: the paths that are always rendered, and calls of helpers
 * and partials that cannot work. Never evaluates.
 */

import {
  BLOCK_HELPERS,
  checkCount,
  helperName,
  onlyParam,
  unknownHelper,
  unknownPartial,
} from "./handlebars_fault.ts";
import { VALUE_HELPERS } from "./handlebars_helpers.ts";
import type { Block, Expression, Hash, Mustache, Program, Statement } from "./handlebars_tree.ts";

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
  const statements = [...statementsIn(tree)];
  statements.forEach(checkCalls);
  checkPartials(statements);
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

/** All statements of a program, those of its blocks among them. */
function* statementsIn(program: Program | undefined): Generator<Statement, void, undefined> {
  for (const statement of program?.body ?? []) {
    yield statement;
    if (statement.type === "BlockStatement") yield* statementsIn(statement.inverse);
    if ("program" in statement) yield* statementsIn(statement.program);
  }
}

function checkCalls(statement: Statement): void {
  switch (statement.type) {
    case "MustacheStatement":
      return checkCall(statement);
    case "BlockStatement":
      return checkBlock(statement);
    case "DecoratorBlock":
    case "PartialStatement":
    case "PartialBlockStatement":
      return checkArguments(statement);
  }
}

function checkBlock(block: Block): void {
  const name = helperName(block.path) ?? "";
  const helper = VALUE_HELPERS.get(name);
  if (helper !== undefined) checkCount(name, helper, block);
  else if (!BLOCK_HELPERS.includes(name)) throw unknownHelper(block);
  else if (name !== "raw" && name !== "log") onlyParam(block);
  checkArguments(block);
}

/** A mustache or sub-expression: with arguments it calls a helper, without any it may be a path. */
function checkCall(call: Mustache): void {
  const name = helperName(call.path) ?? "";
  const helper = VALUE_HELPERS.get(name);
  const calls = call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0 ||
    call.type === "SubExpression";
  if (helper !== undefined) checkCount(name, helper, call);
  else if (calls && name !== "log") throw unknownHelper(call);
  checkArguments(call);
}

function checkArguments({ params, hash }: { params: readonly Expression[]; hash?: Hash }): void {
  for (const value of [...params, ...(hash?.pairs ?? []).map((pair) => pair.value)]) {
    if (value.type === "SubExpression") checkCall(value);
  }
}

/** Throws for a partial that is named in the text and defined nowhere in it. */
function checkPartials(statements: readonly Statement[]): void {
  const defined = new Set(["@partial-block", ...statements.flatMap(definedName)]);
  for (const statement of statements) {
    if (statement.type !== "PartialStatement" || statement.name.type !== "PathExpression") continue;
    const { original } = statement.name;
    if (!defined.has(original)) throw unknownPartial(original, statement);
  }
}

function definedName(statement: Statement): string[] {
  const name = statement.type === "DecoratorBlock" ? statement.params[0] : undefined;
  return name?.type === "StringLiteral" ? [String(name.value)] : [];
}
