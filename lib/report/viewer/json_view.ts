/// <reference lib="dom" />
/** Shows JSON values as trees. What is long or deep is made when somebody opens it. */

import { isArray, isObject, type Json } from "../../base/json.ts";
import { button, el, hasLongLines, wholeText } from "./dom.ts";
import { count, grouped } from "../text.ts";

/** The longest text that is shown at once, in characters. */
const MAX_TEXT = 300;
/** How many entries are shown at first, and with each further step. */
const FIRST_ENTRIES = 100, MORE_ENTRIES = 500;
/** Values with more entries are folded at first, and so are those further inside. */
const OPEN_ENTRIES = 12, OPEN_DEPTH = 2;

/** A value. */
export function jsonView(value: Json, depth: number = 0): HTMLElement {
  if (typeof value === "string") return textView(value);
  const entries = entriesOf(value);
  if (entries === null) return el("span", { class: "json-plain" }, JSON.stringify(value));
  if (entries.length === 0) return el("span", { class: "json-plain" }, isArray(value) ? "[ ]" : "{ }");
  return entriesView(summaryOf(value), entries, depth);
}

/** A value with what it is called. */
export function titledView(title: string, value: Json, depth: number): HTMLElement {
  const entries = entriesOf(value) ?? [];
  return entries.length === 0
    ? el("div", {}, el("span", { class: "json-title" }, `${title}: `), jsonView(value, depth))
    : entriesView(`${title}: ${summaryOf(value)}`, entries, depth);
}

function entriesView(
  summary: string,
  entries: readonly (readonly [string, Json])[],
  depth: number,
): HTMLDetailsElement {
  return foldable(summary, () => entryList(entries, depth + 1), {
    open: depth < OPEN_DEPTH && entries.length <= OPEN_ENTRIES ||
      depth === 0 && entries.length <= FIRST_ENTRIES,
  });
}

/** What a value is, in two words: `3 members`, `12 items`, or the value itself when it is short. */
export function summaryOf(value: Json): string {
  if (isArray(value)) return count(value.length, "item");
  if (isObject(value)) return count(Object.keys(value).length, "member");
  const text = JSON.stringify(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** A part that can be unfolded; its content is made when it is. */
export function foldable(
  summary: string,
  make: () => HTMLElement,
  { open }: { open: boolean },
): HTMLDetailsElement {
  const details = el("details", { class: "fold", open }, el("summary", {}, summary));
  let made = false;
  const unfold = (): void => {
    if (made || !details.open) return;
    made = true;
    details.append(make());
  };
  details.addEventListener("toggle", unfold);
  unfold();
  return details;
}

function entriesOf(value: Json): [string, Json][] | null {
  if (isArray(value)) return value.map((item, i) => [String(i), item]);
  return isObject(value) ? Object.entries(value) : null;
}

function entryList(entries: readonly (readonly [string, Json])[], depth: number): HTMLElement {
  const list = el("ul", { class: "json" });
  function show(from: number, to: number): void {
    for (const [key, value] of entries.slice(from, to)) {
      list.append(el("li", {}, el("span", { class: "json-key" }, key), jsonView(value, depth)));
    }
    const left = entries.length - to;
    if (left <= 0) return;
    const more = el("li", { class: "more" });
    more.append(button(`Show ${grouped(Math.min(left, MORE_ENTRIES))} of ${grouped(left)} more`, () => {
      more.remove();
      show(to, to + MORE_ENTRIES);
    }));
    list.append(more);
  }
  show(0, FIRST_ENTRIES);
  return list;
}

/** A text: short ones between quotes on one line, long ones as they are, cut until somebody wants all. */
function textView(text: string): HTMLElement {
  return text.length <= MAX_TEXT && !text.includes("\n")
    ? el("span", { class: "json-text" }, JSON.stringify(text))
    : longTextView(text, MAX_TEXT);
}

/** A text as it is, cut after some characters until somebody wants all. */
export function longTextView(text: string, limit: number): HTMLElement {
  const pre = el("pre", { class: "json-long", tabindex: "0" }, text.slice(0, limit));
  if (text.length <= limit) return pre;
  const box = el("div", { class: "cut" }, pre);
  const all = button(`Show all ${grouped(text.length)} characters`, () => {
    pre.classList.toggle("dense", hasLongLines(text));
    pre.replaceChildren(wholeText(text));
    all.remove();
  });
  box.append(all);
  return box;
}
