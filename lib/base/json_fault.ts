/**
 * Says where a text stops being JSON, in the words of JSON: its own parser tells no line of much that is wrong. Never
 * gives a value, and needs no recursion.
 */

/** What is wrong with a text, and where. */
export interface JsonFault {
  /** What was expected and what is there. */
  readonly what: string;
  /** The line, from 1. */
  readonly line: number;
}

type State = "value" | "first" | "key" | "firstKey" | "colon" | "comma" | "end";

const SCALAR_REGEXP = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;
const WORD_REGEXP = /[^\s,:[\]{}"]{1,20}/y;

/** The first fault of a text that should be JSON, or undefined when it is JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: string[] = [];
  let state: State = "value", at = 0;
  for (;;) {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
    if (at >= text.length) return state === "end" ? undefined : fault("the end of the file");
    const end = tokenEnd(text, at), char = text[at]!;
    const next = end === undefined ? undefined : after(char);
    if (end === undefined || next === undefined) return fault(shown(text, at));
    state = next;
    at = end;
  }

  /** The state after a token that begins so, or undefined where there may be none. */
  function after(char: string): State | undefined {
    const ends = char === "}" && state === "firstKey" || char === "]" && state === "first" ||
      state === "comma" && char === (open.at(-1) === "{" ? "}" : "]");
    if (ends) {
      open.pop();
      return value();
    }
    if (state === "key" || state === "firstKey") return char === '"' ? "colon" : undefined;
    if (state === "colon") return char === ":" ? "value" : undefined;
    if (state === "comma") return char !== "," ? undefined : open.at(-1) === "{" ? "key" : "value";
    if (state === "end" || "}],:".includes(char)) return undefined;
    if (char !== "{" && char !== "[") return value();
    open.push(char);
    return char === "{" ? "firstKey" : "first";
  }

  function value(): State {
    return open.length === 0 ? "end" : "comma";
  }

  function fault(found: string): JsonFault {
    const wanted: Record<State, string> = {
      value: "a value",
      first: "a value or ]",
      key: "a key in double quotes",
      firstKey: "a key in double quotes or }",
      colon: "a colon",
      comma: open.at(-1) === "{" ? "a comma or }" : "a comma or ]",
      end: "nothing more",
    };
    return {
      what: `expected ${wanted[state]} and found ${found}`,
      line: text.slice(0, at).split("\n").length,
    };
  }
}

/** Where the token ends that begins at a place, or undefined when there is none. */
function tokenEnd(text: string, at: number): number | undefined {
  const char = text[at]!;
  if ("{}[],:".includes(char)) return at + 1;
  if (char === '"') return stringEnd(text, at);
  SCALAR_REGEXP.lastIndex = at;
  return SCALAR_REGEXP.test(text) ? SCALAR_REGEXP.lastIndex : undefined;
}

/** Where a string ends, or undefined when it does not, or has what no string may have. */
function stringEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') return at + 1;
    if (char < " ") return undefined;
    if (char !== "\\") continue;
    const length = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6))?.[0].length;
    if (length === undefined) return undefined;
    at += length;
  }
  return undefined;
}

function shown(text: string, at: number): string {
  const char = text[at]!;
  if (char === '"') {
    return stringEnd(text, at) === undefined
      ? "a string that does not end, or has a wrong escape"
      : "a string";
  }
  if (text.startsWith("//", at) || text.startsWith("/*", at) || char === "#") {
    return "a comment, which JSON has not";
  }
  WORD_REGEXP.lastIndex = at;
  return `"${WORD_REGEXP.exec(text)?.[0] ?? char}"`;
}
