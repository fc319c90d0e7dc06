/**
 * The door to Handlebars: parses templates with `@handlebars/parser`, keeps the trees, evaluates them.
 * Never generates code and never loads the parser before a template needs it.
 */

import { messageOf, RunnerError } from "../base/errors.ts";
import { pathsOf, type TemplatePath } from "./handlebars_check.ts";
import { checkSource } from "./handlebars_guard.ts";
import type { Program } from "./handlebars_tree.ts";
import { evaluate, type HandlebarsOptions } from "./handlebars_evaluate.ts";

/** Renders Handlebars templates. */
export interface Handlebars {
  /** Renders one template; throws a {@linkcode RunnerError} with a `template.…` code. */
  render(text: string, options: HandlebarsOptions): string;
  /**
   * Parses one template and renders nothing; throws for its syntax and for helpers that do not exist. Gives the paths
   * that are always rendered: those outside of blocks.
   */
  check(text: string): readonly TemplatePath[];
}

/** Loads the parser and returns a renderer that parses each template once. */
export async function loadHandlebars(): Promise<Handlebars> {
  const { parse } = await import("@handlebars/parser");
  const trees = new Map<string, Program>();
  function treeOf(text: string): Program {
    let tree = trees.get(text);
    if (tree === undefined) {
      tree = parseTemplate(text, (source) => parse(source) as unknown as Program);
      trees.set(text, tree);
    }
    return tree;
  }
  return {
    render: (text, options) => evaluate(treeOf(text), options),
    check: (text) => pathsOf(treeOf(text)),
  };
}

/** Begins to load the parser ahead of its use; what goes wrong is told when it is used. */
export function startHandlebars(): void {
  loadHandlebars().catch(() => {});
}

function parseTemplate(text: string, parse: (source: string) => Program): Program {
  checkSource(text);
  try {
    return parse(text);
  } catch (error) {
    const rewritten = bracketSegments(text);
    if (rewritten !== text) {
      try {
        return parse(rewritten);
      } catch {
        // The first error speaks of the text as it was written.
      }
    }
    throw new RunnerError("template.syntax", `template render failed: ${syntaxMessage(error)}`, {
      hint: "Close every tag and block; write \\{{ for two literal braces",
    });
  }
}

function syntaxMessage(error: unknown): string {
  const lines = messageOf(error).split("\n").filter((line) => !/^-*\^$/.test(line));
  const got = lines.at(-1)?.match(/got '([^']*)'$/)?.[1];
  if (got === undefined || lines.length < 2) return lines.join(" ");
  const column = messageOf(error).split("\n").find((line) => /^-*\^$/.test(line))?.length ?? 1;
  return `${lines[0]} Unexpected ${got} at column ${column} of "${lines[1]}"`;
}

const TAG = /(\\?)\{\{(?!!)[^{}]{1,2000}\}\}/g;
const STRING_OR_PATH =
  /"[^"]*"|'[^']*'|[^\s!"#%&'()*+,./;<=>@[\\\]^`{|}~]+(?:\.[^\s!"#%&'()*+,./;<=>@[\\\]^`{|}~]+|\.?\[(?:"[^"]*"|'[^']*'|[^\]]*)\])+/g;

/**
 * Writes `items.0`, `items[0]` and `items["k"]` as `items.[0]` and `items.[k]`, the only form of the three
 * that the parser knows, and words of its language such as `items.true` likewise; the reference accepts `items.0`, and
 * exact expressions accept all of them.
 */
function bracketSegments(text: string): string {
  let rewritten = "";
  for (let at = 0;;) {
    const raw = text.indexOf("{{{{", at);
    const close = raw < 0 ? -1 : text.indexOf("{{{{/", raw + 4);
    if (close < 0) return rewritten + bracketTags(text.slice(at));
    // What stands in a raw block is text.
    rewritten += bracketTags(text.slice(at, raw)) + text.slice(raw, close + 5);
    at = close + 5;
  }
}

function bracketTags(text: string): string {
  return text.replace(TAG, (tag: string, escape: string) => {
    return escape === "" ? tag.replace(STRING_OR_PATH, bracketPath) : tag;
  });
}

function bracketPath(token: string): string {
  if (/^["'\d-]/.test(token)) return token;
  return token
    .replace(/\.?\[(?:"([^"]*)"|'([^']*)'|([^\]]*))\]/g, (_, double, single, bare) => {
      return `.[${double ?? single ?? bare}]`;
    })
    .replace(/\.(\d+|true|false|null|undefined|this)(?=[.[]|$)/g, ".[$1]");
}
