/// <reference lib="dom" />
/** Shows everything about one item: what it is, what went in and came out, what differs, what happened meanwhile. */

import { isArray, isObject, type Json, member, stringMember } from "../../base/json.ts";
import type { Data } from "./data.ts";
import { diffView } from "./diff_view.ts";
import { add, button, el, fill, set } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Item } from "./items.ts";
import { jsonView, longTextView } from "./json_view.ts";
import { bytes, count, duration, grouped, words } from "../text.ts";

/** The most items below one that are listed with it. */
const MAX_BELOW = 100;

/** Longest message that is shown as a sentence, in characters. */
const MAX_MESSAGE = 1000;

/** Two values that can be compared. */
interface Pair {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** The part of the page that shows one item. */
export class Detail {
  /** The element. */
  readonly element: HTMLElement;
  readonly #data: Data;
  readonly #go: (number: number) => void;

  /** Makes it, empty; `go` selects another item. */
  constructor(data: Data, go: (number: number) => void) {
    this.#data = data;
    this.#go = go;
    this.element = el(
      "aside",
      { class: "detail", id: "detail", tabindex: -1, "aria-label": "Details of the selected event" },
      el("p", { class: "quiet" }, "Select an event to see what went in and what came out."),
    );
  }

  /** Shows an item. */
  show(item: Item): void {
    const { kind, name, status } = item;
    fill(
      this.element,
      el(
        "header",
        {},
        el("p", { class: "over" }, this.#wayTo(item)),
        el(
          "h3",
          {},
          icon(status),
          el("span", {}, kind === "attempt" ? `${name}, attempt ${item.attempt}` : name),
        ),
      ),
      this.#facts(item),
      this.#part("What went wrong", item.error, errorView),
      this.#part(inputName(item), item.input, jsonView),
      this.#part(outputName(item), item.output, item.kind === "log" ? logView : jsonView),
      this.#differences(item),
      this.#below(item),
      this.#part("Secrets taken out", item.redactions, pathList),
    );
    this.element.scrollTop = 0;
  }

  /** The flow and the node in which an item stands. */
  #wayTo({ kind, parent }: Item): string {
    const names: string[] = [];
    for (let at = this.#data.items[parent]; at !== undefined; at = this.#data.items[at.parent]) {
      if (at.kind === "flow" || at.kind === "node") names.unshift(at.name);
    }
    return [...names, kind].join(" › ");
  }

  #facts(item: Item): HTMLElement {
    const { kind, status, what, who, label, attempt, start, fuel, memory, firstLine, lastLine } = item;
    const isNode = kind === "node" || kind === "attempt";
    const facts: [string, string][] = [
      ["Status", words(status)],
      [isNode ? "Component" : "Function", what],
      [isNode ? "Calls" : "Answered by", who],
      ["Operation", isNode ? label : ""],
      ["Attempt", kind === "attempt" ? String(attempt) : ""],
      ["Began after", duration(start)],
      [
        "Took",
        item.duration < 0
          ? "its end was not recorded"
          : item.duration > 0 || isNode
          ? duration(item.duration)
          : "",
      ],
      ["Fuel", fuel < 0 ? "" : grouped(fuel)],
      ["Memory", memory < 0 ? "" : bytes(memory)],
      ["Transcript", firstLine === lastLine ? `line ${firstLine}` : `lines ${firstLine} to ${lastLine}`],
    ];
    const list = el("dl", { class: "facts" });
    for (const [name, value] of facts) {
      if (value !== "") add(list, el("div", {}, el("dt", {}, name), el("dd", {}, value)));
    }
    return list;
  }

  #part(title: string, number: number, view: (value: Json) => HTMLElement): HTMLElement | null {
    const value = this.#data.value(number);
    if (value === undefined) return null;
    return el("section", {}, el("h4", {}, title, copyButton(title, value)), view(value));
  }

  #differences(item: Item): HTMLElement | null {
    const pairs = this.#pairs(item);
    const [first] = pairs;
    if (first === undefined) return null;
    const box = el("div", {});
    const tabs = pairs.map((pair) => button(pair.name, () => choose(pair)));
    const choose = (pair: Pair): void => {
      tabs.forEach((tab, i) => set(tab, { "aria-pressed": String(pairs[i] === pair) }));
      fill(box, diffView(this.#data.value(pair.before) ?? null, this.#data.value(pair.after) ?? null));
    };
    choose(first);
    return el(
      "section",
      {},
      el("h4", {}, "Differences"),
      pairs.length === 1
        ? el("p", { class: "quiet" }, first.name)
        : el("div", { class: "segments", role: "group", "aria-label": "What is compared" }, ...tabs),
      box,
    );
  }

  #pairs(item: Item): Pair[] {
    const { items } = this.#data;
    const { kind, parent, number, input, output, name } = item;
    if (kind !== "node" && kind !== "attempt") return [];
    const before = items.slice(0, number).filter((one) => one.parent === parent && one.kind === kind);
    const last = before.at(-1), visit = before.findLast((one) => one.name === name);
    const isNode = kind === "node";
    const pairs: Pair[] = [
      ...(isNode && last !== undefined
        ? [{ name: `Output of ${short(last.name)} → this input`, before: last.output, after: input }]
        : []),
      { name: "Input → output", before: input, after: output },
      ...(isNode && last !== undefined
        ? [{ name: `Output of ${short(last.name)} → this output`, before: last.output, after: output }]
        : []),
      ...(visit === undefined ? [] : [
        { name: isNode ? "Last visit's input" : "Last attempt's input", before: visit.input, after: input },
        {
          name: isNode ? "Last visit's output" : "Last attempt's output",
          before: visit.output,
          after: output,
        },
      ]),
    ];
    return pairs.filter((pair) => pair.before >= 0 && pair.after >= 0);
  }

  /** What happened in an item: its host calls, what was said, its attempts. */
  #below({ number, last }: Item): HTMLElement | null {
    const below = this.#data.items.slice(number + 1, last + 1).filter(({ parent }) => parent === number);
    if (below.length === 0) return null;
    const rows = below.slice(0, MAX_BELOW).map((item) => {
      const { name, label, kind, status } = item;
      const row = button("", () => this.#go(item.number), { class: "link" });
      add(
        row,
        icon(status),
        el("span", { class: "name" }, kind === "attempt" ? `attempt ${item.attempt}` : name),
        el("span", { class: "label" }, label),
        el("span", { class: "took" }, item.duration > 0 ? duration(item.duration) : ""),
      );
      return el("li", {}, row);
    });
    const left = below.length - rows.length;
    return el(
      "section",
      {},
      el("h4", {}, "What happened in it"),
      el(
        "ul",
        { class: "below" },
        ...rows,
        left > 0 ? el("li", { class: "quiet" }, `${count(left, "more")}`) : null,
      ),
    );
  }
}

/** Puts a value into the clipboard as JSON; null where the browser has none for pages. */
function copyButton(title: string, value: Json): HTMLElement | null {
  if (!("clipboard" in navigator)) return null;
  const made = button("Copy", () => {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    navigator.clipboard.writeText(text).then(() => fill(made, "Copied"), () => fill(made, "Not allowed"));
  }, { class: "link copy", "aria-label": `Copy ${title}` });
  return made;
}

function inputName({ kind }: Item): string {
  return kind === "call" ? "Request" : kind === "resume" ? "Answer" : "Input";
}

function outputName({ kind }: Item): string {
  return kind === "call" ? "Answer" : kind === "log" ? "Text" : "Output";
}

/** An error: its message and hint in words, the rest as data. */
function errorView(error: Json): HTMLElement {
  // What a host call refuses, it tells in the words of its interface, and what helps beside them.
  const told = stringMember(error, "message") === undefined ? member(error, "error") : error;
  const message = stringMember(told, "message");
  if (message === undefined) return jsonView(error);
  const code = stringMember(error, "code"), hint = stringMember(error, "hint");
  const causes = member(error, "causes");
  const rest = isObject(error)
    ? Object.entries(error).filter(([name]) =>
      !["message", "code", "hint", "causes", "details"].includes(name)
    )
    : [];
  return el(
    "div",
    { class: "error" },
    code === undefined ? null : el("code", {}, code),
    message.length > MAX_MESSAGE ? longTextView(message, MAX_MESSAGE) : el("p", {}, message),
    ...(isArray(causes) ? causes : []).filter((cause) =>
      typeof cause === "string" && !message.includes(cause)
    ).map((
      cause,
    ) => el("p", { class: "quiet" }, `because: ${cause}`)),
    hint === undefined ? null : el("p", { class: "hint" }, hint),
    rest.length === 0 ? null : jsonView(Object.fromEntries(rest)),
  );
}

function logView(value: Json): HTMLElement {
  const text = stringMember(value, "text");
  if (typeof value === "string") return longTextView(value, MAX_MESSAGE);
  return text === undefined
    ? jsonView(value)
    : el("div", {}, longTextView(text, MAX_MESSAGE), jsonView(member(value, "fields") ?? null));
}

function pathList(paths: Json): HTMLElement {
  const rows = (isArray(paths) ? paths : []).map((path) => el("li", {}, el("code", {}, String(path))));
  return el("ul", { class: "paths" }, ...rows);
}

function short(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}
