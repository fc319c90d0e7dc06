/// <reference lib="dom" />
/** The sections with tables and lists: what they have, which of their rows match. */

import type { ReportTable } from "../document.ts";
import type { Data } from "./data.ts";
import { el, fill, set } from "./dom.ts";
import { icon, lookOf } from "./icons.ts";
import { foldable, jsonView, longTextView } from "./json_view.ts";
import { bytes, count, grouped, words } from "../text.ts";

/** A part of the page with a heading. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly element: HTMLElement;
  /** Shows only what matches, or all; gives how many rows match. */
  readonly narrow: (matches: ((text: string) => boolean) | null) => number;
}

/** Columns that hold a status, which gets its sign. */
const STATUS_COLUMNS: readonly string[] = ["Status", "Verdict"];
/** Columns of numbers, which stand to the right. */
const NUMBER_COLUMNS: readonly string[] = ["Attempts", "Time", "Fuel", "Memory", "Value"];
/** Columns of texts that are written as in files. */
const CODE_COLUMNS: readonly string[] = ["Digest", "Path", "World", "Code", "Pinned", "What was checked"];
/** Columns of words that are not parted. */
const WHOLE_COLUMNS: readonly string[] = ["World", "Code", "Check", "Component", "From", "Prepared"];
/** Longer words are parted after all, in characters. */
const MAX_WHOLE = 48;

/** How much of a log is shown at first, in characters. */
const MAX_LOG = 2000;

/** A section around an element. */
export function section(id: string, title: string, content: HTMLElement, about: string = ""): Section {
  const shown = el("span", { class: "quiet" }, about);
  const element = el(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title, " ", shown),
    content,
  );
  return { id, title, element, narrow: () => 0 };
}

/** A section of one panel, which matches as a whole. */
function panelSection(id: string, title: string, panel: HTMLElement, text: string): Section {
  return {
    ...section(id, title, panel),
    narrow(matches) {
      const isMatch = matches !== null && matches(text);
      panel.classList.toggle("match", isMatch);
      return isMatch ? 1 : 0;
    },
  };
}

/** The section of logs, which can be opened one by one. */
export interface LogSection extends Section {
  /** Opens a log and brings it into sight. */
  readonly open: (name: string) => void;
}

/** A table, or null when it has no rows. Columns in which nothing stands are left out. */
export function tableSection(id: string, title: string, whole: ReportTable): Section | null {
  if (whole.rows.length === 0) return null;
  const used = whole.columns.map((_, i) => whole.rows.some((row) => row[i] !== ""));
  const columns = whole.columns.filter((_, i) => used[i]),
    rows = whole.rows.map((row) => row.filter((_, i) => used[i]));
  const lines = rows.map((row) => ({ text: row.join(" "), element: tableRow(columns, row) }));
  const table = el(
    "table",
    {},
    el(
      "thead",
      {},
      el("tr", {}, ...columns.map((name) => el("th", { scope: "col", class: columnClass(name) }, name))),
    ),
    el("tbody", {}, ...lines.map(({ element }) => element)),
  );
  const box = el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, table);
  const made = section(id, title, box);
  const about = el("span", { class: "quiet" }, grouped(rows.length));
  made.element.querySelector("h2")?.append(about);
  return {
    ...made,
    narrow(matches) {
      let found = 0;
      for (const { text, element } of lines) {
        const isMatch = matches === null || matches(text);
        set(element, { hidden: !isMatch });
        if (isMatch) found++;
      }
      set(box, { hidden: found === 0 });
      fill(about, matches === null ? grouped(rows.length) : `${grouped(found)} of ${grouped(rows.length)}`);
      return matches === null ? 0 : found;
    },
  };
}

function tableRow(columns: readonly string[], row: readonly string[]): HTMLElement {
  return el(
    "tr",
    {},
    ...row.map((cell, i) => {
      const name = columns[i] ?? "";
      if (!STATUS_COLUMNS.includes(name)) {
        const text = CODE_COLUMNS.includes(name) && cell !== "" ? el("code", {}, cell) : cell;
        return el(i === 0 ? "th" : "td", {
          ...{ class: columnClass(name, cell), scope: i === 0 ? "row" : null, "data-label": name },
        }, text);
      }
      const status = cell.replace(", waived", "");
      return el(
        "td",
        { class: "status", "data-status": lookOf(status), "data-label": name },
        icon(status),
        words(cell),
      );
    }),
  );
}

function columnClass(name: string, cell: string = ""): string {
  if (NUMBER_COLUMNS.includes(name)) return "number";
  return STATUS_COLUMNS.includes(name)
    ? "status"
    : WHOLE_COLUMNS.includes(name) && cell.length <= MAX_WHOLE
    ? "whole"
    : "";
}

/** The output of the run and the waits on the way to it, or null when there is neither. */
export function resultSection(data: Data): Section | null {
  const { output, turns } = data.document;
  const value = data.value(output);
  if (value === undefined && turns.length === 0) return null;
  const rows = turns.flatMap(({ reason, output, input }, i) => [
    el("h3", {}, `Turn ${i + 1}${reason === "" ? "" : `: ${reason}`}`),
    el(
      "div",
      { class: "pair" },
      el("div", {}, el("h4", {}, "Asked with"), jsonView(data.value(output) ?? null)),
      el("div", {}, el("h4", {}, "Answered with"), jsonView(data.value(input) ?? null)),
    ),
  ]);
  const content = el("div", { class: "panel" }, ...rows, turns.length > 0 ? el("h3", {}, "At last") : null);
  content.append(value === undefined ? el("p", { class: "quiet" }, "No output.") : jsonView(value));
  return panelSection(
    "output",
    "Output",
    content,
    JSON.stringify([value ?? null, turns.map((turn) => data.value(turn.output))]),
  );
}

/** What changed in state, or null when nothing is known of it. */
export function stateSection(data: Data): Section | null {
  const value = data.value(data.document.state);
  return value === undefined
    ? null
    : panelSection("state", "State", el("div", { class: "panel" }, jsonView(value)), JSON.stringify(value));
}

/** The logs of nodes, or null when there are none. */
export function logSection(data: Data): LogSection | null {
  const { logs } = data.document;
  if (logs.length === 0) return null;
  const lines = logs.map(({ name, bytes: size, text }) => ({
    name,
    text,
    element: foldable(`${name} · ${bytes(size)}`, () => {
      const value = data.value(text);
      return longTextView(typeof value === "string" ? value : "", MAX_LOG);
    }, { open: logs.length === 1 }),
  }));
  const content = el("div", { class: "panel" }, ...lines.map(({ element }) => element));
  return {
    ...section("logs", "Logs", content, count(logs.length, "file")),
    open(name) {
      const line = lines.find((one) => one.name === name);
      if (line === undefined) return;
      line.element.open = true;
      line.element.scrollIntoView({ block: "center" });
      line.element.querySelector("summary")?.focus({ preventScroll: true });
    },
    narrow(matches) {
      let found = 0;
      for (const { name, text, element } of lines) {
        const isMatch = matches === null || matches(`${name} ${data.value(text) ?? ""}`);
        set(element, { hidden: !isMatch });
        if (isMatch) found++;
      }
      return matches === null ? 0 : found;
    },
  };
}
