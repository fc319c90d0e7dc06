/**
 * Tells what can be told of a Handlebars tree without values: the paths that are always rendered, and calls of helpers
 * that nobody knows. Never evaluates.
 */

import { BLOCK_HELPERS, helperName, unknownHelper } from "./handlebars_fault.ts";
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
 * @throws {RunnerError} `template.helper` for a helper that does not exist, wherever it is called.
 */
export function pathsOf(tree: Program): readonly TemplatePath[] {
  checkProgram(tree);
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
  if (!BLOCK_HELPERS.includes(name) && !VALUE_HELPERS.has(name)) throw unknownHelper(block);
  checkArguments(block);
}

/** A mustache or sub-expression: with arguments it calls a helper, without any it may be a path. */
function checkCall(call: Mustache): void {
  const name = helperName(call.path) ?? "";
  const calls = call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0 ||
    call.type === "SubExpression";
  if (calls && name !== "log" && !VALUE_HELPERS.has(name)) throw unknownHelper(call);
  checkArguments(call);
}

function checkArguments({ params, hash }: { params: readonly Expression[]; hash?: Hash }): void {
  for (const value of [...params, ...(hash?.pairs ?? []).map((pair) => pair.value)]) {
    if (value.type === "SubExpression") checkCall(value);
  }
}
