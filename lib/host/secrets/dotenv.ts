/**
 * Secrets in a `.env` file: `NAME=value` lines with `export`, comments, quotes, and quoted values of many lines, as Node
 * reads them. What Node would skip without a word is a fault here. Never repeats a value in a message.
 */

import { parseEnv } from "node:util";
import { type SecretEntry, textEntry } from "./source.ts";

/** A file that was read, or the first line of it, from 1, that cannot be. */
export type Dotenv =
  | {
    readonly entries: readonly SecretEntry[];
    /** The names and lines of values that end at a `#` without a space before it, which begins a comment to Node. */
    readonly cut: readonly { readonly name: string; readonly line: number }[];
  }
  | { readonly fault: string; readonly line: number };

const EMPTY_REGEXP = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const NAME_REGEXP = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*/y;
const QUOTED_REGEXP = /(?:"(?:\\"|[^"])*"|'(?:\\'|[^'])*'|`(?:\\`|[^`])*`)/y;
const LINE_REGEXP = /[^\n]*(?:\n|$)/y;

/** Reads the text of a file at `path`. */
export function readDotenv(source: string, path: string): Dotenv {
  const text = source.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const entries: SecretEntry[] = [], cut: { name: string; line: number }[] = [];
  let at = 0, line = 1;
  while (at < text.length) {
    const empty = match(EMPTY_REGEXP, text, at);
    if (empty !== undefined) {
      at += empty[0].length;
      line++;
      continue;
    }
    const [head, name] = match(NAME_REGEXP, text, at) ?? [];
    if (head === undefined || name === undefined) return { fault: "a line is not NAME=VALUE", line };
    at += head.length;
    const start = at;
    if (/["'`]/.test(text.charAt(at))) {
      const quoted = match(QUOTED_REGEXP, text, at);
      if (quoted === undefined) return { fault: "a quote does not end", line };
      at += quoted[0].length;
      const rest = match(EMPTY_REGEXP, text, at);
      if (rest === undefined) return { fault: "there is something behind a quoted value", line };
      at += rest[0].length;
    } else {
      const [value = ""] = match(LINE_REGEXP, text, at) ?? [];
      if (/^(?:[^#]*[^#\s])?#/.test(value)) cut.push({ name, line });
      at += value.length;
    }
    // One at a time, so that both readers agree on where a value ends.
    const written = text.slice(start, at);
    const read = parseEnv(`${name}=${written}`)[name];
    if (read === undefined) return { fault: "a line is not NAME=VALUE", line };
    entries.push(textEntry(name, read, `${path}:${line}`));
    line += written.split("\n").length - 1;
  }
  return { entries, cut };
}

function match(regexp: RegExp, text: string, at: number): RegExpExecArray | undefined {
  regexp.lastIndex = at;
  return regexp.exec(text) ?? undefined;
}
