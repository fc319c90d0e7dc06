/// <reference lib="dom" />
/** The top of the report: how the run ended, what failed first of all, what it waits for, what identifies it. */

import type { ReportDocument, ReportFailure } from "../document.ts";
import type { Data } from "./data.ts";
import { button, el } from "./dom.ts";
import { icon, lookOf } from "./icons.ts";
import { titledView } from "./json_view.ts";
import { count, duration, words } from "../text.ts";

/** How deep a value must stand to be folded at first. */
const FOLDED = 2;
/** Values with more characters get more room. */
const LONG = 30;

const SENTENCES: Readonly<Record<string, string>> = {
  success: "The flow came to its end.",
  partial_failure: "The flow came to its end: routes took what failed on the way.",
  failure: "The run failed.",
  waiting: "The flow waits for input.",
  cancelled: "The run was stopped from outside.",
  timed_out: "The run took longer than it may.",
  unfinished: "Nothing tells how the run ended.",
};

/** The title with the status. */
export function titleView({ status, pack, flow, startedAt, durationMs }: ReportDocument): HTMLElement {
  const about = [
    ...(flow === "" ? [] : [`flow ${flow}`]),
    duration(durationMs),
    ...(startedAt === "" ? [] : [startedAt.replace("T", " ").replace(/(?:\.\d+)?Z$/, " UTC")]),
  ];
  return el(
    "header",
    { class: "title" },
    el("h1", {}, pack === "" ? "Run" : pack),
    el("p", { class: "about" }, about.join(" · ")),
    el(
      "p",
      { class: "verdict", "data-status": lookOf(status) },
      icon(status),
      el("strong", {}, words(status)),
      el("span", {}, Object.hasOwn(SENTENCES, status) ? SENTENCES[status]! : ""),
    ),
  );
}

/** Where the top of the report leads. */
export interface Ways {
  /** Selects an item. */
  readonly go: (number: number) => void;
  /** Opens a log. */
  readonly openLog: (name: string) => void;
}

/** What failed, what the run waits for, where it stood, and what is missing in its record. */
export function troubleView(data: Data, ways: Ways): HTMLElement {
  const { failures, waiting, notes } = data.document;
  const wait = waiting === null ? null : el(
    "article",
    { class: "card", "data-status": "waiting" },
    el(
      "h2",
      {},
      icon("waiting"),
      el("span", {}, waiting.reason === "" ? "Waits for input" : `Waits for: ${waiting.reason}`),
    ),
    el("p", {}, "This command answers it, with the answer in the place of the dots:"),
    el("pre", { class: "command", tabindex: 0 }, waiting.command),
  );
  return el(
    "section",
    { class: "trouble", "aria-label": "What matters first" },
    ...failures.map((failure) => failureCard(failure, data, ways)),
    wait,
    stoodCard(data, ways),
    notes.length === 0 ? null : el(
      "article",
      { class: "card", "data-status": "warning" },
      el("h2", {}, icon("warning"), el("span", {}, "About this record")),
      el("ul", {}, ...notes.map((note) => el("li", {}, note))),
    ),
  );
}

/** Where a run stood of which nothing tells how it ended, or null. */
function stoodCard({ document, items }: Data, { go }: Ways): HTMLElement | null {
  const last = document.status === "unfinished"
    ? items.findLast(({ status }) => status === "open")
    : undefined;
  if (last === undefined) return null;
  const { number, kind, name } = last;
  return el(
    "article",
    { class: "card", "data-status": "open" },
    el(
      "h2",
      {},
      icon("open"),
      el("span", {}, `It stood in ${kind === "call" ? "the host call" : kind} ${name}`),
    ),
    el("p", { class: "quiet" }, "This began last, and its end was not recorded."),
    button("Show in the timeline", () => go(number), { class: "controls" }),
  );
}

function failureCard(failure: ReportFailure, data: Data, { go, openLog }: Ways): HTMLElement {
  const { code, message, place, hint, causes, details, node, item, handled, logs } = failure;
  const event = data.items[item];
  const status = event?.status ?? "error";
  const where = place ?? (node === "" ? "" : `node ${node}`);
  const value = data.value(details);
  const input = event?.kind === "node" ? data.value(event.input) : undefined;
  return el(
    "article",
    { class: "card", "data-status": handled ? "warning" : lookOf(status) },
    el(
      "h2",
      {},
      icon(handled ? "warning" : status),
      el("span", {}, message),
    ),
    el(
      "p",
      { class: "quiet" },
      el("code", {}, code),
      where === "" ? null : ` in ${where}`,
      handled ? " · the run went on" : null,
    ),
    causes.length === 0
      ? null
      : el("ul", { class: "causes" }, ...causes.map((cause) => el("li", {}, `because: ${cause}`))),
    hint === null ? null : el("p", { class: "hint" }, el("strong", {}, "What helps "), hint),
    value === undefined || value === null ? null : titledView("Details", value, 1),
    input === undefined ? null : titledView("Input of the node", input, FOLDED),
    logs.length === 0
      ? null
      : el("p", { class: "quiet print-only" }, `${count(logs.length, "log file")}: ${logs.join(", ")}`),
    el(
      "p",
      { class: "ways controls" },
      item < 0 ? null : button("Show in the timeline", () => go(item)),
      ...logs.filter((name) => data.document.logs.some((log) => log.name === name)).map((name) =>
        button(`Read ${name}`, () => openLog(name))
      ),
    ),
  );
}

/** What identifies the run. */
export function factsView({ facts }: ReportDocument): HTMLElement {
  return el(
    "dl",
    { class: "facts" },
    ...facts.map(([name, value]) =>
      el("div", { class: value.length > LONG ? "long" : "" }, el("dt", {}, name), el("dd", {}, value))
    ),
  );
}
