/**
 * Refuses templates that would keep the parser busy: its time grows with the square of what is open at once.
 * Never judges whether a template is well-formed.
 */

import { RunnerError } from "../base/errors.ts";

/** Longest template, in characters. */
const MAX_SOURCE = 64 * 1024;
/** Blocks and branches that a template may have open at once. */
const MAX_OPEN = 512;
/** Parentheses and brackets that an expression may have open at once. */
const MAX_NESTED = 64;

const MARK = /\{\{~?(?:(#|\^(?!~?\}))|(\^|\s*else\b)|(\/))?|\}\}|([([])|([)\]])/g;

/** Throws a {@linkcode RunnerError} with the code `template.limit` for a template that is not worth parsing. */
export function checkSource(text: string): void {
  if (text.length > MAX_SOURCE) {
    throw limit(
      `the template is longer than ${MAX_SOURCE} characters`,
      "Give long text to the component as data instead of writing it into the mapping",
    );
  }
  // What each open block has opened: itself and its branches.
  const blocks: number[] = [];
  let [open, nested, inTag] = [0, 0, false];
  for (const [mark, block, branch, close, bracket, unbracket] of text.matchAll(MARK)) {
    if (mark.startsWith("{{")) [inTag, nested] = [true, 0];
    else if (mark === "}}") inTag = false;
    else if (inTag) nested += bracket === undefined ? (unbracket === undefined ? 0 : -1) : 1;
    if (block !== undefined) blocks.push(0);
    if (block !== undefined || branch !== undefined) {
      open++;
      if (blocks.length > 0) blocks.push((blocks.pop() ?? 0) + 1);
    } else if (close !== undefined) open -= blocks.pop() ?? 0;
    if (open > MAX_OPEN) throw limit(`more than ${MAX_OPEN} open blocks and branches`);
    if (nested > MAX_NESTED) throw limit(`more than ${MAX_NESTED} open brackets`);
  }
}

function limit(message: string, hint?: string): RunnerError {
  return new RunnerError(
    "template.limit",
    `template render failed: ${message}`,
    hint === undefined ? {} : { hint },
  );
}
