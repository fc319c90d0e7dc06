/// <reference lib="dom" />
/** Marks the words that are looked for wherever they stand on the page, without a change to what stands there. */

/** The name under which the style sheet knows the marks. */
const NAME = "found";
/** The most marks; nobody looks at more. */
const MAX_RANGES = 1000;

/** Keeps the marks of some words up to date while a part of the page changes. */
export class Highlighter {
  readonly #root: Element;
  #words: readonly string[] = [];
  #frame = 0;

  /** Watches a part of the page. Does nothing in browsers that know no marks. */
  constructor(root: Element) {
    this.#root = root;
    if (!("highlights" in CSS)) return;
    new MutationObserver(() => this.#later()).observe(root, { childList: true, subtree: true });
  }

  /** Marks other words, in lower case; none clears the marks. */
  mark(words: readonly string[]): void {
    this.#words = words;
    if ("highlights" in CSS) this.#later();
  }

  #later(): void {
    if (this.#frame !== 0 || this.#words.length === 0 && !CSS.highlights.has(NAME)) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      CSS.highlights.delete(NAME);
      if (this.#words.length > 0) CSS.highlights.set(NAME, new Highlight(...this.#ranges()));
    });
  }

  #ranges(): Range[] {
    const ranges: Range[] = [];
    const texts = document.createTreeWalker(this.#root, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null && ranges.length < MAX_RANGES; node = texts.nextNode()) {
      const text = node.nodeValue?.toLowerCase() ?? "";
      // Lower case may be longer: then places in it mean nothing.
      if (text.length !== node.nodeValue?.length) continue;
      for (const word of this.#words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          if (ranges.length >= MAX_RANGES) return ranges;
          const range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + word.length);
          ranges.push(range);
        }
      }
    }
    return ranges;
  }
}
