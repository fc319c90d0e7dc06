/// <reference lib="dom" />
/**
 * The timeline: a tree of items, each with a bar on one axis of time. Only the rows that can be seen are made, so that
 * its length does not matter. Keeps what is folded, selected and shown; what that means elsewhere is its owner's affair.
 * Longer than other files because all of it works on that one state.
 */

import type { Data } from "./data.ts";
import { button, el, fill, set } from "./dom.ts";
import { icon } from "./icons.ts";
import { isFailed, isOwnStatus, type Item, shownItems } from "./items.ts";
import { count, duration, grouped, words } from "../text.ts";

/** Height of a row, in pixels; the style sheet has the same. */
const ROW = 30;
/** Rows that are made beyond those that can be seen, on both sides. */
const SPARE = 8;
/** About how many marks the time axis has, and how many from a minute on: their words must not touch. */
const TICKS = 5, LONG_TICKS = 4;
/** Steps of the time axis, in milliseconds. */
const CLOCK_STEPS: readonly number[] = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) =>
  seconds * 1000
);
/** Deepest indentation: what stands further inside is not moved further. */
const MAX_INDENT = 10;

/** A part of the time axis, in milliseconds. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The timeline as an element, and what can be done with it. */
export class Timeline {
  /** The element. */
  readonly element: HTMLElement;
  readonly #data: Data;
  readonly #onSelect: (item: Item) => void;
  readonly #scroller: HTMLElement;
  readonly #sizer: HTMLElement;
  readonly #axis: HTMLElement;
  readonly #zooms: ReadonlyMap<string, HTMLButtonElement>;
  readonly #told: HTMLElement;
  readonly #folded: Set<number>;
  #matches: Uint8Array | null = null;
  #shown: readonly number[] = [];
  /** Of each item that is shown, which one it is below its parent; and how many stand below each parent, -1 first. */
  #places = new Uint32Array(0);
  #siblings = new Uint32Array(0);
  #selected = -1;
  #range: Range;
  #frame = 0;

  /** Makes the timeline; `onSelect` hears which item is selected. */
  constructor(data: Data, onSelect: (item: Item) => void) {
    this.#data = data;
    this.#onSelect = onSelect;
    const stages = data.items.filter(({ kind }) => kind === "stage");
    this.#folded = new Set(stages.map(({ number }) => number));
    this.#axis = el("div", { class: "axis", "aria-hidden": "true" });
    this.#sizer = el("div", { class: "sizer", role: "none" });
    this.#scroller = el(
      "div",
      {
        ...{ class: "rows", id: "timeline-rows", role: "tree", tabindex: 0, "aria-label": "Timeline" },
        "aria-keyshortcuts": "ArrowUp ArrowDown ArrowLeft ArrowRight Home End Enter",
      },
      this.#sizer,
    );
    this.#told = el("p", { class: "told", role: "status", "aria-live": "polite" });
    this.#zooms = new Map(
      ["Whole run", "Flow", "Selection"].map((name) => [name, button(name, () => this.zoom(name))]),
    );
    this.#range = { from: 0, to: 1 };
    this.element = el(
      "div",
      { class: "timeline" },
      el("div", { class: "head" }, this.#told, this.#zoomBar(), this.#axis),
      this.#scroller,
    );
    this.#scroller.addEventListener("scroll", () => this.#later());
    this.#scroller.addEventListener("click", (event) => this.#clicked(event));
    new ResizeObserver(() => this.#later()).observe(this.#scroller);
    this.zoom(this.#flowRange() !== null && this.#stageIsLong(stages) ? "Flow" : "Whole run");
    this.#change();
  }

  /** The items that are shown, by number. */
  get shown(): readonly number[] {
    return this.#shown;
  }

  /** Narrows what is shown; null shows all. */
  narrow(matches: Uint8Array | null): void {
    this.#matches = matches;
    this.#change();
    this.#reveal(this.#selected);
  }

  /** Selects an item and brings it into sight. */
  select(number: number): void {
    const item = this.#data.items[number];
    if (item === undefined) return;
    let unfolded = false;
    for (let above = item.parent; above >= 0; above = this.#data.items[above]?.parent ?? -1) {
      unfolded = this.#folded.delete(above) || unfolded;
    }
    this.#selected = number;
    if (unfolded) this.#change();
    this.#reveal(number);
    this.#render();
    this.#onSelect(item);
  }

  /** Gives the list the focus. */
  focus(): void {
    this.#scroller.focus({ preventScroll: true });
  }

  /** Goes some rows down, or up; from nowhere to the first. */
  move(rows: number): void {
    const at = this.#shown.indexOf(this.#selected);
    const next = at < 0 && Number.isFinite(rows)
      ? 0
      : Math.min(Math.max(at + rows, 0), this.#shown.length - 1);
    const number = this.#shown[next];
    if (number !== undefined) this.select(number);
  }

  /** Selects the first item that matches, unless the selected one does. */
  toMatch(): void {
    const matches = this.#matches;
    const number = this.#shown.find((one) => matches === null || matches[one] === 1);
    if (number !== undefined && (this.#selected < 0 || matches?.[this.#selected] !== 1)) this.select(number);
  }

  /** How many rows can be seen at once. */
  get page(): number {
    return Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 1);
  }

  /** Unfolds the selected item, or goes into it. */
  unfold(): void {
    const item = this.#data.items[this.#selected];
    if (item === undefined || item.last === item.number) return;
    if (this.#folded.delete(item.number)) this.#change();
    else this.move(1);
  }

  /** Folds the selected item, or goes to the one that it stands below. */
  fold(): void {
    const item = this.#data.items[this.#selected];
    if (item === undefined) return;
    if (item.last > item.number && !this.#folded.has(item.number) && this.#matches === null) {
      this.#folded.add(item.number);
      this.#change();
    } else if (item.parent >= 0) this.select(item.parent);
  }

  /** Selects the next item in which something went wrong, or the one before. */
  nextFailure(step: 1 | -1): void {
    const failed = this.#data.items.filter((item) => isFailed(item) && isOwnStatus(item));
    const ordered = step === 1 ? failed : failed.toReversed();
    const next = ordered.find(({ number }) => (number - this.#selected) * step > 0) ?? ordered[0];
    if (next !== undefined) this.select(next.number);
  }

  /** Shows a part of the time: `Whole run`, `Flow`, `Selection`. */
  zoom(name: string): void {
    const { durationMs } = this.#data.document;
    const selected = this.#data.items[this.#selected];
    const end = this.#data.items.reduce((most, { start, duration }) => Math.max(most, start + duration), 1);
    const whole = { from: 0, to: Math.max(durationMs, end) };
    const around = selected === undefined
      ? null
      : { from: selected.start, to: selected.start + Math.max(selected.duration, 1) };
    this.#range = (name === "Flow" ? this.#flowRange() : name === "Selection" ? around : null) ?? whole;
    for (const [other, zoom] of this.#zooms) set(zoom, { "aria-pressed": String(other === name) });
    this.#drawAxis();
    this.#render();
  }

  #zoomBar(): HTMLElement {
    const bar = el("div", { class: "segments controls", role: "group", "aria-label": "Time axis" });
    bar.append(...this.#zooms.values());
    return bar;
  }

  #flowRange(): Range | null {
    const flows = this.#data.items.filter(({ kind, depth }) => kind === "flow" && depth === 0);
    const [first] = flows, last = flows.at(-1);
    if (first === undefined || last === undefined) return null;
    return { from: first.start, to: Math.max(first.start + 1, last.start + Math.max(0, last.duration)) };
  }

  #stageIsLong(stages: readonly Item[]): boolean {
    return stages.some(({ duration }) => duration > this.#data.document.durationMs * 0.4);
  }

  #change(): void {
    this.#shown = shownItems(this.#data.items, { folded: this.#folded, matches: this.#matches });
    this.#siblings = new Uint32Array(this.#data.items.length + 1);
    this.#places = Uint32Array.from(
      this.#shown,
      (number) => ++this.#siblings[(this.#data.items[number]?.parent ?? -1) + 1]!,
    );
    this.#sizer.style.height = `${this.#shown.length * ROW}px`;
    const found = this.#matches?.reduce((sum, one) => sum + one, 0);
    const all = count(this.#data.items.length, "event");
    fill(this.#told, found === undefined ? all : `${grouped(found)} of ${all}`);
    this.#render();
  }

  #reveal(number: number): void {
    const at = this.#shown.indexOf(number);
    if (at < 0) return;
    const { scrollTop, clientHeight } = this.#scroller;
    const above = scrollTop - at * ROW, below = (at + 1) * ROW - scrollTop - clientHeight;
    if (above <= 0 && below <= 0) return;
    // What is far away is brought to the middle, what is near to the edge.
    if (Math.max(above, below) > 3 * ROW) this.#scroller.scrollTop = at * ROW - (clientHeight - ROW) / 2;
    else this.#scroller.scrollTop += above > 0 ? -above : below;
  }

  #later(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  #render(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const last = Math.min(this.#shown.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    const rows: HTMLElement[] = [];
    for (let at = first; at < last; at++) {
      const item = this.#data.items[this.#shown[at]!];
      if (item !== undefined) rows.push(this.#row(item, at));
    }
    // A row that is replaced while it has the text selection or a tooltip loses it: only what changed is touched.
    this.#sizer.replaceChildren(...rows);
    const active = this.#shown.indexOf(this.#selected);
    const isMade = active >= first && active < last;
    set(this.#scroller, { "aria-activedescendant": isMade ? `row-${this.#selected}` : null });
  }

  #row(item: Item, at: number): HTMLElement {
    const { number, kind, status, depth, last, name, label, what, who, duration: took } = item;
    const isParent = last > number;
    const isOpen = isParent && (this.#matches !== null || !this.#folded.has(number));
    const beside = kind === "node" ? [who || what, label].filter((part) => part !== "").join(" · ") : label;
    const isMatch = this.#matches === null || this.#matches[number] === 1;
    const row = el(
      "div",
      {
        ...{ class: isMatch ? "row" : "row beside", id: `row-${number}`, role: "treeitem" },
        ...{ "data-kind": kind, "data-status": status, "aria-level": depth + 1 },
        ...{ "aria-setsize": this.#siblings[item.parent + 1], "aria-posinset": this.#places[at] },
        title: `${name} ${beside}`,
        "aria-selected": String(number === this.#selected),
        "aria-expanded": isParent ? String(isOpen) : null,
        "aria-label": [kind, name, beside, words(status), took > 0 ? duration(took) : ""].join(" "),
      },
      el(
        "span",
        { class: "what" },
        el("span", { class: isParent ? isOpen ? "twisty open" : "twisty" : "twisty none" }),
        icon(status),
        el("span", { class: "name" }, kind === "attempt" ? `attempt ${item.attempt}` : name),
        el("span", { class: "label" }, kind === "attempt" ? "" : beside),
        el("span", { class: "kind" }, kind),
      ),
      el("span", { class: "track" }, this.#bar(item)),
      el(
        "span",
        { class: "took" },
        took > 0 ? duration(took) : took < 0 ? "no end" : isMoment(item) ? "" : "0 ms",
      ),
    );
    row.style.top = `${at * ROW}px`;
    const [indented] = row.children;
    if (indented instanceof HTMLElement) {
      indented.style.paddingLeft = `${Math.min(depth, MAX_INDENT) * 16}px`;
    }
    return row;
  }

  #bar(item: Item): HTMLElement {
    const { from, to } = this.#range;
    const span = to - from;
    const took = item.duration < 0 ? to - item.start : item.duration;
    const bar = el("span", {
      class: isMoment(item) ? "bar moment" : item.duration < 0 ? "bar endless" : "bar",
    });
    const left = (item.start - from) / span, right = (item.start + took - from) / span;
    const [shownLeft, shownRight] = [Math.max(left, 0), Math.min(right, 1)];
    if (shownLeft > 1 || shownRight < 0) set(bar, { hidden: true });
    // What happened at the very end is not to stand outside.
    bar.style.left = `min(${Math.min(shownLeft, 1) * 100}%, 100% - ${isMoment(item) ? 9 : 3}px)`;
    bar.style.width = `${Math.max(shownRight - shownLeft, 0) * 100}%`;
    return bar;
  }

  #drawAxis(): void {
    const { from, to } = this.#range;
    const step = niceStep((to - from) / (to < 60_000 ? TICKS : LONG_TICKS));
    const ticks: HTMLElement[] = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const tick = el("span", {}, duration(at).replace(/\.0+(?= )| 00 s$/, ""));
      const left = (at - from) / (to - from) * 100;
      // The last one would stand outside.
      if (left > 85) continue;
      tick.style.left = `${left}%`;
      ticks.push(tick);
    }
    this.#axis.replaceChildren(...ticks);
  }

  #clicked(event: MouseEvent): void {
    const { top } = this.#scroller.getBoundingClientRect();
    const at = Math.floor((event.clientY - top + this.#scroller.scrollTop) / ROW);
    const number = this.#shown[at];
    if (number === undefined) return;
    const isTwisty = event.target instanceof Element && event.target.closest(".twisty:not(.none)") !== null;
    if (isTwisty && this.#matches === null) {
      if (!this.#folded.delete(number)) this.#folded.add(number);
      this.#change();
    }
    this.select(number);
  }
}

/** Whether an item happened at one moment, without beginning and end. */
function isMoment({ kind }: Item): boolean {
  return kind !== "node" && kind !== "attempt" && kind !== "call" && kind !== "flow" && kind !== "stage";
}

/** A round time that is not shorter: on a clock from seconds on, else 1, 2 or 5 and noughts. */
function niceStep(least: number): number {
  const onClock = least > 5000 ? CLOCK_STEPS.find((step) => step >= least) : undefined;
  if (onClock !== undefined) return onClock;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}
