/// <reference lib="dom" />
/**
 * Makes elements. The one way into the page: texts become text nodes, and only attributes that cannot run anything, lead
 * anywhere or style anything can be set.
 */

import { grouped, visible } from "../text.ts";

const TAGS = [
  ...["a", "article", "aside", "button", "code", "dd", "details", "dialog", "div", "dl", "dt"],
  ...["h1", "h2", "h3", "h4", "header", "input", "kbd", "li", "main", "nav", "p", "pre", "section"],
  ...["span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"],
] as const;
const SVG_TAGS = ["circle", "defs", "g", "marker", "path", "rect", "svg", "text", "title"] as const;

const ATTRIBUTES = [
  ...["class", "hidden", "id", "open", "placeholder", "role", "scope", "tabindex", "title", "type"],
  ...["autocomplete", "spellcheck", "data-status", "data-kind", "data-change", "data-label"],
  ...["aria-activedescendant", "aria-current", "aria-expanded", "aria-hidden", "aria-keyshortcuts"],
  ...["aria-label", "aria-labelledby", "aria-level", "aria-live", "aria-posinset", "aria-pressed"],
  ...["aria-selected", "aria-setsize"],
  // Of SVG.
  ...["d", "fill", "height", "marker-end", "markerHeight", "markerWidth", "orient", "r", "refX", "refY"],
  ...["rx", "text-anchor", "transform", "viewBox", "width", "x", "y"],
] as const;
const ALLOWED: ReadonlySet<string> = new Set(ATTRIBUTES);

/** The elements that can be made. */
type Tag = typeof TAGS[number];
/** What they can be given; false and null leave an attribute out. */
export type Attributes = {
  readonly [Name in typeof ATTRIBUTES[number]]?: string | number | boolean | null | undefined;
};
/** What can stand in an element. */
type Child = Node | string | null;

/** Makes an element. */
export function el<Name extends Tag>(
  tag: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(tag);
  set(element, attributes);
  add(element, ...children);
  return element;
}

/** Makes an element of a picture. */
export function svg<Name extends typeof SVG_TAGS[number]>(
  tag: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  add(element, ...children);
  return element;
}

/** Sets attributes of an element. */
export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!ALLOWED.has(name)) throw new Error(`Attribute "${name}" is not allowed`);
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : shown(name, value));
  }
}

/** The value of an attribute; only that of a line may be of any length. */
function shown(name: string, value: string | number): string {
  return visible(name === "d" ? String(value) : passing(value));
}

/** Longest text that is shown as it comes, in characters: browsers take minutes to break the lines of much longer ones. */
const MAX_TEXT = 2000;

/** Adds to an element. Texts that nobody reads in passing are cut. */
export function add(element: Element, ...children: readonly Child[]): void {
  for (const child of children) {
    if (child !== null) element.append(typeof child === "string" ? visible(passing(child)) : child);
  }
}

/** What can be read in passing of a text. */
function passing(value: string | number): string {
  const text = String(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${grouped(text.length)} characters)` : text;
}

/** A text of any length, for an element that can break its lines anywhere when they are long. */
export function wholeText(text: string): Text {
  return document.createTextNode(visible(text));
}

/** Whether a text has lines that no browser breaks between words in a reasonable time. */
export function hasLongLines(text: string): boolean {
  return text.split("\n").some(({ length }) => length > MAX_TEXT);
}

/** Puts other children into an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren();
  add(element, ...children);
}

/** A link to a part of the page: to nowhere else. */
export function partLink(id: string, text: string): HTMLAnchorElement {
  const made = el("a", {}, text);
  made.href = `#${encodeURIComponent(id)}`;
  return made;
}

/** A button that does something. */
export function button(text: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = el("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}
