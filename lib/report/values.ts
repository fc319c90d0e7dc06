/**
 * The values of a report, each once however often it stands in the record: the output of one node is often the input
 * of the next. Never parses them again: the page does, when somebody looks.
 */

import type { Json } from "../base/json.ts";

/** Characters of all values that are kept whole; what comes after is cut, so that a browser still opens the page. */
const MAX_CHARS = 48 * 1024 * 1024;
/** What is left of a value that is cut. */
const CUT_CHARS = 200;

/** The values of a report. */
export class Values {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  #chars = 0;
  #cut = 0;

  /** The JSON texts by their numbers, none with a line feed. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** How many values were cut. */
  get cut(): number {
    return this.#cut;
  }

  /** The number of a value; -1 for none. */
  add(value: Json | undefined): number {
    if (value === undefined) return -1;
    const text = JSON.stringify(value);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    return this.#chars + text.length <= MAX_CHARS || text.length <= CUT_CHARS
      ? this.#keep(text)
      : this.#keepCut(text);
  }

  #keep(text: string): number {
    const number = this.#texts.push(text) - 1;
    this.#numbers.set(text, number);
    this.#chars += text.length;
    return number;
  }

  #keepCut(text: string): number {
    this.#cut++;
    return this.#texts.push(JSON.stringify(`${text.slice(0, CUT_CHARS)}… (${text.length} characters)`)) - 1;
  }
}

/** Texts by their numbers, each once. */
export class Names {
  readonly #numbers = new Map<string, number>();

  /** The texts. */
  get texts(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  /** The number of a text; -1 for none. */
  add(text: string | null): number {
    if (text === null || text === "") return -1;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }
}
