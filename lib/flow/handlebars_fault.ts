/** Names of helpers in a Handlebars tree, and the faults of templates with their place. Never evaluates. */

import { RunnerError } from "../base/errors.ts";
import { type HelperEntry, VALUE_HELPERS } from "./handlebars_helpers.ts";
import type { Block, Expression, Located, Mustache } from "./handlebars_tree.ts";

/** The helpers that decide what of a block is rendered. */
export const BLOCK_HELPERS: readonly string[] = ["if", "unless", "each", "with", "raw", "log"];

/** The name under which a path is looked up among the helpers: one plain identifier. */
export function helperName(path: Expression): string | undefined {
  if (path.type !== "PathExpression" || path.data || path.depth > 0 || path.this === true) return undefined;
  const [name] = path.parts;
  return path.parts.length === 1 && typeof name === "string" ? name : undefined;
}

/** The fault of a call of a helper that does not exist, or not in this place. */
export function unknownHelper(call: Mustache | Block): RunnerError {
  const name = call.path.type === "PathExpression" ? call.path.original : "?";
  return new RunnerError(
    "template.helper",
    `template render failed: helper "${name}" is unknown or cannot be used here${position(call)}`,
    { hint: `The helpers are ${[...BLOCK_HELPERS, ...VALUE_HELPERS.keys()].join(", ")}` },
  );
}

/** Throws for a helper of values that is called with more or fewer arguments than it takes. */
export function checkCount(name: string, { min, max }: HelperEntry, call: Mustache | Block): void {
  const { length } = call.params;
  if (length < min || length > max) throw helperFault(`helper "${name}" takes ${min} arguments`, call);
}

/** The only argument of a block helper; throws where there is none, or more than one. */
export function onlyParam(block: Block): Expression {
  const [param] = block.params;
  if (param !== undefined && block.params.length === 1) return param;
  throw helperFault(`helper "${helperName(block.path)}" takes one argument`, block);
}

/** The fault of a partial that nothing defines. */
export function unknownPartial(name: string, at: Located): RunnerError {
  return helperFault(`partial "${name}" is not defined before its use`, at);
}

/** The fault of a helper or partial. */
export function helperFault(what: string, at: Located): RunnerError {
  return new RunnerError("template.helper", `template render failed: ${what}${position(at)}`);
}

/** The fault of a construct that no template can have. */
export function syntaxFault(what: string, at: Located): RunnerError {
  return new RunnerError("template.syntax", `template render failed: ${what}${position(at)}`);
}

/** Where something stands in its template. */
export function position({ loc }: Located): string {
  return ` (line ${loc.start.line}, column ${loc.start.column + 1})`;
}
