/**
 * Evaluates a Handlebars tree: scopes, blocks, partials, strictness, and the caps on output and work.
 * Never escapes its output, never generates code, and never looks at prototypes. Longer than most files
 * because it is one walk over one tree.
 *
 * 1. Only `each`, `with` and partials open a scope; `../` climbs scopes.
 * 2. Every statement and every turn of a loop counts as a step; output is counted as it is written.
 */

import { RunnerError } from "../base/errors.ts";
import { compareCodePoints, isArray, isObject, type Json } from "../base/json.ts";
import { limitHint } from "../base/limits.ts";
import {
  checkCount,
  helperFault,
  helperName,
  onlyParam,
  position,
  syntaxFault,
  unknownHelper,
  unknownPartial,
} from "./handlebars_fault.ts";
import { HelperError, isTruthy, printValue, VALUE_HELPERS } from "./handlebars_helpers.ts";
import type {
  Block,
  Expression,
  Hash,
  Located,
  Mustache,
  Partial,
  Path,
  Program,
} from "./handlebars_tree.ts";
import { lookupPath, nearestHint } from "./path.ts";

/** What the evaluation of one template needs. */
export interface HandlebarsOptions {
  /** The values that the template can name. */
  readonly context: Json;
  /** What happens to a value that does not exist: a failure, or nothing and a warning. */
  readonly missing: "strict" | "lenient";
  /** Longest output, in characters. */
  readonly maxChars: number;
  /** Takes what is missing in lenient mode. */
  readonly warn: (message: string) => void;
}

/** Statements and turns that one template may take. */
const MAX_STEPS = 1_000_000;
/** Depth to which blocks and partials may nest. */
const MAX_DEPTH = 128;

/** Where paths start: a context, the scope around it, and the names that a block adds. */
interface Scope {
  readonly context: Json;
  readonly up?: Scope;
  readonly data?: ReadonlyMap<string, Json>;
  readonly locals?: ReadonlyMap<string, Json>;
}

/** A partial with the partials that were known where it was written. */
interface PartialBody {
  readonly program: Program;
  readonly scope?: Scope;
  readonly block?: PartialBody;
}

/** The inline partials of one program, and those of the programs around it. */
interface PartialFrame {
  readonly names: Map<string, PartialBody>;
  readonly up?: PartialFrame;
}

/** The names of a program that has defined none. */
const NONE: Map<string, PartialBody> = new Map();

/** Renders a parsed template. */
export function evaluate(tree: Program, options: HandlebarsOptions): string {
  const evaluation = new Evaluation(options);
  evaluation.run(tree, { context: options.context });
  return evaluation.output;
}

class Evaluation {
  output = "";
  #chars = 0;
  readonly #options: HandlebarsOptions;
  #steps = 0;
  #depth = 0;
  #partials: PartialFrame = { names: new Map() };
  #block: PartialBody | undefined;

  constructor(options: HandlebarsOptions) {
    this.#options = options;
  }

  /** Renders a program. Inline partials that it defines are known until it ends. */
  run(program: Program | undefined, scope: Scope): void {
    if (program === undefined) return;
    if (++this.#depth > MAX_DEPTH) {
      throw this.#limit(`more than ${MAX_DEPTH} blocks within each other`, program);
    }
    const partials = this.#partials;
    this.#partials = { names: NONE, up: partials };
    for (const statement of program.body) {
      this.#step(statement);
      switch (statement.type) {
        case "ContentStatement":
          this.#write(statement.value, statement);
          break;
        case "CommentStatement":
          break;
        case "MustacheStatement":
          this.#write(this.#printed(statement, scope), statement);
          break;
        case "BlockStatement":
          this.#runBlock(statement, scope);
          break;
        case "DecoratorBlock":
          this.#define(statement);
          break;
        case "PartialStatement":
        case "PartialBlockStatement":
          this.#runPartial(statement, scope);
          break;
        default:
          throw syntaxFault("decorators are not supported", statement);
      }
    }
    this.#partials = partials;
    this.#depth--;
  }

  #printed(statement: Mustache, scope: Scope): string {
    const value = this.#value(statement, scope);
    if (value !== undefined) return printValue(value);
    return this.#missing(statement.params.length > 0 ? statement : statement.path, scope);
  }

  /** The value of a mustache or sub-expression: a helper's result, or what a path leads to. */
  #value(call: Mustache, scope: Scope): Json | undefined {
    const name = helperName(call.path);
    if (name === "log") return "";
    const helper = name === undefined ? undefined : VALUE_HELPERS.get(name);
    if (helper !== undefined) return this.#callHelper(call, scope);
    if (call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0 || call.type === "SubExpression") {
      throw unknownHelper(call);
    }
    return this.#evaluate(call.path, scope);
  }

  #callHelper(call: Mustache | Block, scope: Scope): Json | undefined {
    const name = helperName(call.path) ?? "";
    const helper = VALUE_HELPERS.get(name);
    if (helper === undefined) throw unknownHelper(call);
    checkCount(name, helper, call);
    const args = call.params.map((param) => {
      const value = this.#evaluate(param, scope);
      if (value === undefined && !helper.tolerant) this.#missing(param, scope);
      this.#step(param, helper.deep ? deepSizeOf(value) : sizeOf(value));
      return value;
    });
    try {
      return helper.run(args);
    } catch (error) {
      if (!(error instanceof HelperError)) throw error;
      throw helperFault(`helper "${name}" ${error.message}`, call);
    }
  }

  #evaluate(expression: Expression, scope: Scope): Json | undefined {
    switch (expression.type) {
      case "PathExpression":
        return this.#resolve(expression, scope);
      case "StringLiteral":
      case "NumberLiteral":
      case "BooleanLiteral":
        return expression.value;
      case "NullLiteral":
        return null;
      case "UndefinedLiteral":
        return undefined;
      case "SubExpression": {
        this.#step(expression);
        const value = this.#value(expression, scope);
        if (value === undefined) this.#missing(expression, scope);
        return value;
      }
      default:
        throw syntaxFault("this kind of expression is not supported", expression);
    }
  }

  #resolve(path: Path, scope: Scope): Json | undefined {
    const found = this.#start(path, scope);
    if (found === undefined) return undefined;
    const result = lookupPath(found.value, found.rest);
    return result.found ? result.value : undefined;
  }

  /** The value that a path starts at and the segments that remain. */
  #start(path: Path, scope: Scope): { value: Json; rest: string[] } | undefined {
    const parts = path.parts.map((part) => {
      if (typeof part === "string") return part;
      throw syntaxFault("a path cannot start with a sub-expression", path);
    });
    let at: Scope | undefined = scope;
    for (let climb = path.depth; climb > 0; climb--) at = at?.up;
    if (at === undefined) return undefined;
    const [head = "", ...rest] = parts;
    if (path.data) {
      if (head === "root") return { value: this.#options.context, rest };
      const value = nearest(at, (one) => one.data?.get(head));
      return value === undefined ? undefined : { value, rest };
    }
    const local = path.depth > 0 || path.this === true
      ? undefined
      : nearest(at, (one) => one.locals?.get(head));
    return local === undefined ? { value: at.context, rest: parts } : { value: local, rest };
  }

  #runBlock(block: Block, scope: Scope): void {
    const name = helperName(block.path);
    switch (name) {
      case "if":
      case "unless": {
        const value = this.#only(block, scope);
        this.#step(block, sizeOf(value) >> 4);
        const truthy = isTruthy(value, isTruthy(this.#hash(block.hash, scope).get("includeZero")));
        return this.run(truthy === (name === "if") ? block.program : block.inverse, scope);
      }
      case "each":
        return this.#each(block, scope);
      case "with": {
        const value = this.#only(block, scope);
        this.#step(block, sizeOf(value) >> 4);
        if (value !== undefined && isTruthy(value)) {
          return this.#enter(block, { context: value, up: scope }, [value]);
        }
        if (value === undefined && block.inverse === undefined) {
          this.#missing(block.params[0] ?? block.path, scope);
        }
        return this.run(block.inverse, scope);
      }
      case "raw":
        return this.run(block.program, scope);
      case "log":
        return;
      default:
        return this.run(isTruthy(this.#callHelper(block, scope)) ? block.program : block.inverse, scope);
    }
  }

  #each(block: Block, scope: Scope): void {
    const list = this.#only(block, scope);
    if (list === undefined && block.inverse === undefined) {
      this.#missing(block.params[0] ?? block.path, scope);
    }
    const entries = entriesOf(list);
    this.#step(block, entries.length);
    if (entries.length === 0) return this.run(block.inverse, scope);
    for (const [index, [key, value]] of entries.entries()) {
      const data = new Map<string, Json>([
        ["index", index],
        ["key", key],
        ["first", index === 0],
        ["last", index === entries.length - 1],
      ]);
      this.#enter(block, { context: value, up: scope, data }, [value, key]);
    }
  }

  #enter(block: Block, scope: Scope, values: readonly Json[]): void {
    const names = block.program?.blockParams ?? [];
    const locals = new Map(names.slice(0, values.length).map((name, index) => [name, values[index] ?? null]));
    this.run(block.program, locals.size === 0 ? scope : { ...scope, locals });
  }

  /** The only argument of a block helper. */
  #only(block: Block, scope: Scope): Json | undefined {
    return this.#evaluate(onlyParam(block), scope);
  }

  #define(block: Block): void {
    const [name] = block.params;
    if (
      helperName(block.path) !== "inline" || name?.type !== "StringLiteral" || block.program === undefined
    ) {
      throw syntaxFault("the only decorator is inline, with a name in quotes", block);
    }
    const { names, up } = this.#partials;
    if (names === NONE) this.#partials = { names: new Map(), ...(up === undefined ? {} : { up }) };
    this.#partials.names.set(String(name.value), { program: block.program });
  }

  #runPartial(partial: Partial, scope: Scope): void {
    const name = partial.name.type === "PathExpression"
      ? partial.name.original
      : String(this.#evaluate(partial.name, scope) ?? "");
    const fallback: PartialBody | undefined = partial.program === undefined
      ? undefined
      : { program: partial.program, scope, ...(this.#block === undefined ? {} : { block: this.#block }) };
    const found = name === "@partial-block" ? this.#block : this.#partial(name);
    const body = found ?? fallback;
    if (body === undefined) {
      throw unknownPartial(name, partial);
    }
    const within = this.#partialScope(partial, body.scope ?? scope);
    const [outer, before] = [this.#block, this.output];
    // What was written before is not looked at again for each of the lines to indent.
    if (partial.indent) this.output = "";
    this.#block = body === fallback ? outer : (name === "@partial-block" ? body.block : fallback);
    this.run(body.program, within);
    this.#block = outer;
    if (partial.indent) this.#indent(before, partial);
  }

  #partial(name: string): PartialBody | undefined {
    for (let frame: PartialFrame | undefined = this.#partials; frame !== undefined; frame = frame.up) {
      const body = frame.names.get(name);
      if (body !== undefined) return body;
    }
    return undefined;
  }

  #partialScope(partial: Partial, scope: Scope): Scope {
    const [param] = partial.params;
    const given = param === undefined ? scope.context : this.#evaluate(param, scope);
    if (given === undefined && param !== undefined) this.#missing(param, scope);
    const hash = this.#hash(partial.hash, scope);
    if (param === undefined && hash.size === 0) return scope;
    const base = given ?? null;
    this.#step(partial, sizeOf(base));
    const context = hash.size === 0 ? base : Object.fromEntries([
      ...(isObject(base) ? Object.entries(base) : []),
      ...hash,
    ]);
    return { context, up: scope };
  }

  /** A partial that stands alone on its line keeps the line's indentation in all its lines. */
  #indent(before: string, partial: Partial): void {
    const lines = this.output.split("\n");
    this.#chars -= this.output.length;
    this.output = before;
    const indented = lines.map((line, index) => {
      return line === "" && index === lines.length - 1 ? line : partial.indent + line;
    });
    this.#write(indented.join("\n"), partial);
  }

  #hash(hash: Hash | undefined, scope: Scope): Map<string, Json> {
    const values = new Map<string, Json>();
    for (const { key, value } of hash?.pairs ?? []) {
      const found = this.#evaluate(value, scope);
      if (found === undefined) this.#missing(value, scope);
      values.set(key, found ?? null);
    }
    return values;
  }

  #write(text: string, at: Located): void {
    this.output += text;
    this.#chars += text.length;
    if (this.#chars > this.#options.maxChars) {
      throw this.#limit(`output exceeds the limit maxTemplateChars of ${this.#options.maxChars}`, at, true);
    }
  }

  #step(at: Located, weight = 1): void {
    this.#steps += weight;
    if (this.#steps > MAX_STEPS) throw this.#limit(`more than ${MAX_STEPS} steps`, at);
  }

  /** A missing value: throws in strict mode, else warns and stands for an empty text. */
  #missing(expression: Expression, scope: Scope): string {
    const text = expression.type === "PathExpression" ? expression.original : "the value of a helper";
    const message = `template render failed: expression \`${text}\` not found`;
    if (this.#options.missing === "lenient") {
      this.#options.warn(message);
      return "";
    }
    throw new RunnerError("template.missing", message + position(expression), {
      hint: this.#missingHint(expression, scope),
    });
  }

  #missingHint(expression: Expression, scope: Scope): string {
    const start = expression.type === "PathExpression" ? this.#start(expression, scope) : undefined;
    if (start === undefined) return "Guard it with {{#if …}} or give the value";
    return nearestHint(start.rest, lookupPath(start.value, start.rest));
  }

  #limit(message: string, at: Located, raisable = false): RunnerError {
    return new RunnerError(
      "template.limit",
      `template render failed: ${message}${position(at)}`,
      raisable ? { hint: limitHint("maxTemplateChars") } : {},
    );
  }
}

function nearest<Value>(scope: Scope, pick: (scope: Scope) => Value | undefined): Value | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.up) {
    const value = pick(at);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** What `each` goes over: elements with their index, members with their key in sorted order. */
function entriesOf(value: Json | undefined): [Json, Json][] {
  if (isArray(value)) return value.map((item, index) => [index, item]);
  if (!isObject(value)) return [];
  return Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
}

/** Roughly how much work a value makes for a helper. */
function sizeOf(value: Json | undefined): number {
  if (typeof value === "string") return value.length >> 8;
  return isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 1;
}

/** The same where all of a value is looked at; no more of it is counted than a template may look at. */
function deepSizeOf(value: Json | undefined): number {
  let size = 0;
  const left: (Json | undefined)[] = [value];
  for (let one = left.pop(); size <= MAX_STEPS && (one !== undefined || left.length > 0); one = left.pop()) {
    size += sizeOf(one) + 1;
    if (isArray(one)) { for (const item of one) left.push(item); }
    else if (isObject(one)) { for (const item of Object.values(one)) left.push(item); }
  }
  return size;
}
