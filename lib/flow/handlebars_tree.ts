/**
 * The part of the Handlebars syntax tree that the evaluator knows, as a union on `type`.
 * Only types; the parser's own are too wide to switch over.
 */

/** Where a node starts in the template. */
export interface Located {
  /** Line from 1 and column from 0. */
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}

/** A list of statements: a template, or the inside of a block. */
export interface Program extends Located {
  readonly type: "Program";
  readonly body: readonly Statement[];
  readonly blockParams?: readonly string[];
}

/** `{{path params hash}}`. */
export interface Mustache extends Located {
  readonly type: "MustacheStatement" | "SubExpression" | "Decorator";
  readonly path: Expression;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
}

/** `{{#path params}}program{{else}}inverse{{/path}}`, or `{{#*inline "name"}}…{{/inline}}`. */
export interface Block extends Located {
  readonly type: "BlockStatement" | "DecoratorBlock";
  readonly path: Expression;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
  readonly program?: Program;
  readonly inverse?: Program;
}

/** `{{> name context hash}}`, or `{{#> name}}fallback{{/name}}`. */
export interface Partial extends Located {
  readonly type: "PartialStatement" | "PartialBlockStatement";
  readonly name: Expression;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
  readonly indent?: string;
  readonly program?: Program;
}

/** Text, and comments, which print nothing. */
export interface Content extends Located {
  readonly type: "ContentStatement" | "CommentStatement";
  readonly value: string;
}

/** Anything that stands in a program. */
export type Statement = Mustache | Block | Partial | Content;

/** A path such as `../a.b`, `@index` or `this`. */
export interface Path extends Located {
  readonly type: "PathExpression";
  readonly original: string;
  readonly data: boolean;
  readonly depth: number;
  readonly parts: readonly (string | Mustache)[];
  /** Whether it starts with `this` or `./` and so passes by block parameters. */
  readonly this?: boolean;
}

/** A literal value. */
export interface Literal extends Located {
  readonly type: "StringLiteral" | "NumberLiteral" | "BooleanLiteral" | "NullLiteral" | "UndefinedLiteral";
  readonly value?: string | number | boolean | null;
}

/** Anything that has a value. */
export type Expression = Path | Literal | Mustache;

/** `key=value` pairs. */
export interface Hash {
  readonly pairs: readonly { readonly key: string; readonly value: Expression }[];
}
