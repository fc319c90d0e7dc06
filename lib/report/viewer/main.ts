/// <reference lib="dom" />
/** The page: reads its data, builds its parts, and lets them know of each other. */

import type { Kind, Status } from "../document.ts";
import { Address } from "./address.ts";
import { type Data, readData } from "./data.ts";
import { Detail } from "./detail.ts";
import { add, button, el, fill, partLink, set } from "./dom.ts";
import { GraphView } from "./graph_view.ts";
import { Highlighter } from "./highlight.ts";
import { icon } from "./icons.ts";
import { isOwnStatus, KIND_GROUPS, STATUS_GROUPS } from "./items.ts";
import { listenToKeys } from "./keys.ts";
import { factsView, titleView, troubleView } from "./overview.ts";
import { fillForPrint } from "./print.ts";
import { hasWords, matchesOf, wordsOf } from "./search.ts";
import { logSection, resultSection, type Section, section, stateSection, tableSection } from "./tables.ts";
import { grouped, visible, words } from "../text.ts";
import { Timeline } from "./timeline.ts";

/** How long typing must pause before the search begins, in milliseconds. */
const PAUSE_MS = 120;

function build(data: Data): void {
  const { document: report } = data;
  const kinds = new Set<Kind>(), statuses = new Set<Status>();
  const detail = new Detail(data, go);
  const graph = new GraphView(report.pictures, go);
  const address = new Address(go);
  const timeline = new Timeline(data, (item) => {
    detail.show(item);
    address.name(item.number);
    // The flow in which it happened, and its node there.
    let at = data.items[item.number], node: string | null = null;
    for (; at !== undefined && at.kind !== "flow"; at = data.items[at.parent]) {
      if (at.kind === "node") node = at.name;
    }
    if (at !== undefined) graph.mark(at.name, node);
  });
  function go(number: number): void {
    if (data.items[number] === undefined) return;
    if (!timeline.shown.includes(number)) forget();
    timeline.select(number);
    timeline.element.scrollIntoView({ block: "nearest" });
    timeline.focus();
  }

  const search = el("input", {
    ...{
      type: "search",
      id: "search",
      placeholder: "Search everything",
      autocomplete: "off",
      spellcheck: "false",
    },
    ...{ "aria-label": "Search everything", "aria-keyshortcuts": "/" },
  });
  const logs = logSection(data);
  const found = el("p", { class: "found", role: "status", "aria-live": "polite" });
  const chips = [...statusChips(), ...kindChips()];
  const sections = [
    report.pictures.length === 0 ? null : section("flow", "Flow", graph.element),
    data.items.length === 0 ? null : section(
      "timeline",
      "Timeline",
      el(
        "div",
        {},
        el("div", { class: "chips controls", role: "group", "aria-label": "Narrow the timeline" }, ...chips),
        el("div", { class: "panes" }, timeline.element, detail.element),
      ),
    ),
    resultSection(data),
    logs,
    tableSection("nodes", "Nodes", report.nodes),
    tableSection("warnings", "Warnings", report.warnings),
    tableSection("checks", "Verification", report.checks),
    tableSection("components", "Components", report.components),
    stateSection(data),
    tableSection("redactions", "Secrets taken out", report.redactions),
    report.facts.length === 0 ? null : section("run", "About the run", factsView(report)),
    tableSection("limits", "Limits", report.limits),
    tableSection("environment", "Environment", report.environment),
  ].filter((one) => one !== null);

  function narrow(): void {
    const matches = matchesOf(data, { query: search.value, kinds, statuses });
    timeline.narrow(matches);
    const wanted = wordsOf(search.value);
    const isMatch = wanted.length === 0 ? null : (text: string) => hasWords(text, wanted);
    graph.narrow(isMatch);
    let others = sections.reduce((sum, one) => sum + one.narrow(isMatch), 0);
    for (const part of tops) {
      const has = isMatch !== null && isMatch(part.textContent ?? "");
      part.classList.toggle("match", has);
      if (has) others++;
    }
    highlighter.mark(wanted);
    const events = matches?.reduce((sum, one) => sum + one, 0) ?? 0;
    fill(
      found,
      wanted.length === 0 ? "" : `${grouped(events)} in the timeline, ${grouped(others)} elsewhere`,
    );
  }
  function forget(): void {
    search.value = "";
    kinds.clear();
    statuses.clear();
    for (const chip of chips) set(chip, { "aria-pressed": "false" });
    narrow();
  }
  function chip<T>(label: string, wanted: readonly T[], chosen: Set<T>, size: number): HTMLButtonElement {
    const made = button(`${label} ${grouped(size)}`, () => {
      const on = !wanted.every((one) => chosen.has(one));
      for (const one of wanted) on ? chosen.add(one) : chosen.delete(one);
      set(made, { "aria-pressed": String(on) });
      narrow();
    }, { class: "chip", "aria-pressed": "false" });
    return made;
  }
  function kindChips(): HTMLButtonElement[] {
    return KIND_GROUPS.flatMap(([label, wanted]) => {
      const size = data.items.filter(({ kind }) => wanted.includes(kind)).length;
      return size === 0 ? [] : [chip(label, wanted, kinds, size)];
    });
  }
  function statusChips(): HTMLButtonElement[] {
    return STATUS_GROUPS.flatMap(([label, wanted]) => {
      const size = data.items.filter((item) => wanted.includes(item.status) && isOwnStatus(item)).length;
      if (size === 0) return [];
      const made = chip(label, wanted, statuses, size);
      made.prepend(icon(wanted[0]!));
      return [made];
    });
  }

  let pause: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(narrow, PAUSE_MS);
  });
  const dialog = listenToKeys({
    search: () => search.focus(),
    move: (rows) => timeline.move(rows),
    page: (pages) => timeline.move(pages * timeline.page),
    end: (last) => timeline.move(last ? Infinity : -Infinity),
    fold: () => timeline.fold(),
    unfold: () => timeline.unfold(),
    open() {
      if (document.activeElement !== search) return detail.element.focus();
      clearTimeout(pause);
      narrow();
      timeline.focus();
      timeline.toMatch();
    },
    close() {
      if (document.activeElement !== search && search.value === "") return timeline.focus();
      forget();
      timeline.focus();
    },
    failure: (step) => timeline.nextFailure(step),
    zoom: (name) => timeline.zoom(name),
    theme: turnTheme,
  });

  const main = el(
    "main",
    {},
    titleView(report),
    troubleView(data, { go, openLog: (name) => logs?.open(name) }),
    contents(sections),
    ...sections.flatMap(({ id, element }) => id === "timeline" ? [element, fillForPrint(data)] : [element]),
  );
  const tops = [...main.querySelectorAll(".card, #run .facts > div")];
  const highlighter = new Highlighter(main);
  document.title = visible(`${words(report.status)} · ${report.pack === "" ? "run" : report.pack}`);
  add(
    document.body,
    topBar(report.status, report.pack, { search, found, dialog }),
    main,
    dialog,
  );
  const wanted = address.event;
  timeline.select(data.items[wanted] === undefined ? whatMatters(data) : wanted);
  address.keep();
}

/** The number of the event that is looked for first: what failed, what the run waits for, where it stood; or -1. */
function whatMatters({ document: { failures, status }, items }: Data): number {
  const [first] = failures;
  if (first !== undefined && first.item >= 0) return first.item;
  const end = status === "waiting" ? "waiting" : status === "unfinished" ? "open" : null;
  return items.findLast((item) => item.status === end && item.kind !== "wait")?.number ?? -1;
}

function topBar(
  status: string,
  pack: string,
  { search, found, dialog }: { search: HTMLElement; found: HTMLElement; dialog: HTMLDialogElement },
): HTMLElement {
  return el(
    "header",
    { class: "top controls" },
    el("p", { class: "brand" }, icon(status), el("span", {}, pack === "" ? "Run report" : pack)),
    el("div", { class: "search", role: "search" }, search, el("kbd", { "aria-hidden": "true" }, "/"), found),
    button("Light / dark", turnTheme, { "aria-keyshortcuts": "t" }),
    button("Keys", () => dialog.showModal(), { "aria-keyshortcuts": "?" }),
  );
}

function contents(sections: readonly Section[]): HTMLElement {
  const nav = el("nav", { class: "contents controls", "aria-label": "Contents" });
  for (const { id, title } of sections) {
    nav.append(partLink(id, title));
  }
  return nav;
}

/** Changes between light and dark, beginning with what the system asks for. */
function turnTheme(): void {
  const root = document.documentElement;
  const isDark = root.dataset.theme === undefined
    ? matchMedia("(prefers-color-scheme: dark)").matches
    : root.dataset.theme === "dark";
  root.dataset.theme = isDark ? "light" : "dark";
}

build(readData());
