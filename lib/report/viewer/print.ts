/// <reference lib="dom" />
/** What is printed in the place of what only a screen can show: the timeline as a table, and the data of its nodes. */

import type { Data } from "./data.ts";
import { el, fill } from "./dom.ts";
import type { Item } from "./items.ts";
import { count, duration, words } from "../text.ts";

/** The most events and nodes that are printed, and the longest value, in characters. */
const MAX_ROWS = 2000, MAX_NODES = 200, MAX_CHARS = 1900;
/** How much is unfolded, and how deep. */
const MAX_FOLDS = 500, MAX_LEVELS = 4;

/** Fills an element before the page is printed, and empties it afterwards. */
export function fillForPrint(data: Data): HTMLElement {
  const element = el("div", { class: "print-only", id: "printed" });
  const folds = new Set<HTMLDetailsElement>();
  function unfold(): void {
    for (const details of document.querySelectorAll<HTMLDetailsElement>("details:not([open])")) {
      if (folds.size >= MAX_FOLDS) return;
      folds.add(details);
      details.open = true;
      // What is folded is made when this is heard; the browser's own word of it would come too late.
      details.dispatchEvent(new Event("toggle"));
    }
  }
  addEventListener("beforeprint", () => {
    fill(element, eventTable(data), nodeList(data));
    for (let level = 0; level < MAX_LEVELS; level++) unfold();
  });
  addEventListener("afterprint", () => {
    fill(element);
    for (const details of folds) details.open = false;
    folds.clear();
  });
  return element;
}

function eventTable({ items }: Data): HTMLElement {
  const rows = items.slice(0, MAX_ROWS).map((item) => {
    const { kind, status, name, label, what, who, start, duration: took, depth, attempt } = item;
    const beside = kind === "node" ? [who || what, label].filter((part) => part !== "").join(" · ") : label;
    const cell = el(
      "td",
      {},
      el("strong", {}, kind === "attempt" ? `attempt ${attempt}` : name),
      " ",
      beside,
    );
    cell.style.paddingLeft = `${Math.min(depth, 8) * 12 + 4}px`;
    return el(
      "tr",
      {},
      el("td", { class: "number" }, duration(start)),
      el("td", { class: "whole" }, kind),
      cell,
      el("td", { class: "whole" }, words(status)),
      el("td", { class: "number" }, took > 0 ? duration(took) : ""),
    );
  });
  const left = items.length - rows.length;
  const heads = ["After", "Kind", "Event", "Status", "Took"].map((name) => el("th", { scope: "col" }, name));
  return el(
    "section",
    {},
    el("h2", {}, "Timeline"),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)),
    left > 0 ? el("p", {}, `${count(left, "more event")} not printed.`) : null,
  );
}

function nodeList(data: Data): HTMLElement {
  const visits = data.items.filter(({ kind }) => kind === "node");
  const left = visits.length - MAX_NODES;
  return el(
    "section",
    {},
    el("h2", {}, "What nodes took and gave"),
    ...visits.slice(0, MAX_NODES).map((item) => nodeData(data, item)),
    left > 0 ? el("p", {}, `${count(left, "more visit")} not printed.`) : null,
  );
}

function nodeData(data: Data, item: Item): HTMLElement {
  const part = (name: string, number: number): HTMLElement | null => {
    const value = data.value(number);
    if (value === undefined) return null;
    const text = JSON.stringify(value, null, 2);
    return el(
      "div",
      {},
      el("h4", {}, name),
      el("pre", {}, text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text),
    );
  };
  return el(
    "article",
    {},
    el("h3", {}, `${item.name} (${words(item.status)})`),
    part("Input", item.input),
    part("Output", item.output),
    part("What went wrong", item.error),
  );
}
