/**
 * Finds the spellings of secrets in a text: leftmost, of those the longest, and what is left of others that overlap.
 * Knows neither secrets nor what shall stand in their place.
 */

/** A text to look for, with what is known of it. */
export interface Wanted<T> {
  /** The text; not empty. */
  readonly text: string;
  /** What is known of it. */
  readonly form: T;
}

/** A text that was found. */
export interface Found<T> {
  /** Where it begins. */
  readonly start: number;
  /** The place behind it. */
  readonly end: number;
  /** What is known of it. */
  readonly form: T;
}

interface Present<T> extends Wanted<T> {
  at: number;
}

/** Goes through one text. */
export class FormSearch<T> {
  readonly #text: string;
  /** Those that are in the text at all, and where each begins next. */
  readonly #present: readonly Present<T>[];

  /** Looks for some texts, longest first, in a text. */
  constructor(text: string, wanted: readonly Wanted<T>[]) {
    this.#text = text;
    this.#present = wanted.flatMap((form) => {
      const at = text.indexOf(form.text);
      return at < 0 ? [] : [{ ...form, at }];
    });
  }

  /** The first that begins at a place or behind it; places never go back. */
  next(from: number): Found<T> | undefined {
    let first: Present<T> | undefined;
    for (const present of this.#present) {
      if (present.at < from) {
        const at = this.#text.indexOf(present.text, from);
        present.at = at < 0 ? Infinity : at;
      }
      if (present.at < (first?.at ?? Infinity)) first = present;
    }
    return first && { start: first.at, end: first.at + first.text.length, form: first.form };
  }

  /** The last that begins behind `after` and before `at`, and ends behind `at`: a part of it is behind that place. */
  across(after: number, at: number): Found<T> | undefined {
    const longest = this.#present[0]?.text.length ?? 0;
    const first = Math.max(after + 1, at - longest + 1);
    for (let start = at - 1; start >= first; start--) {
      const found = this.#present.find(({ text }) =>
        start + text.length > at && this.#text.startsWith(text, start)
      );
      if (found !== undefined) return { start, end: start + found.text.length, form: found.form };
    }
    return undefined;
  }
}
