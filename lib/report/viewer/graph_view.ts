/// <reference lib="dom" />
/**
 * Shows flows as pictures: nodes with how they ended, edges with how often they were taken. Where everything stands, the
 * data say.
 */

import { NODE, type Picture, type PictureEdge, type PictureNode } from "../document.ts";
import { button, el, set, svg } from "./dom.ts";
import { lookOf } from "./icons.ts";
import { count, visible, words } from "../text.ts";

/** What fits into a node, in characters. */
const ID_CHARS = 18, LABEL_CHARS = 25;

/** The pictures of a report. */
export class GraphView {
  /** The element. */
  readonly element: HTMLElement;
  readonly #figures: readonly HTMLElement[];
  readonly #tabs: readonly HTMLButtonElement[];
  readonly #pictures: readonly Picture[];
  readonly #nodes = new Map<string, SVGGElement>();

  /** Makes it; `go` selects an item. */
  constructor(pictures: readonly Picture[], go: (number: number) => void) {
    this.#pictures = pictures;
    this.#figures = pictures.map((picture) => this.#figure(picture, go));
    this.#tabs = pictures.map(({ flow, nodes }, i) => {
      const visits = nodes.reduce((sum, { visits, kind }) => sum + (kind === "node" ? visits : 0), 0);
      return button(`${flow} (${visits})`, () => this.#choose(i), { title: count(visits, "visit") });
    });
    const bar = el("div", { class: "segments controls", role: "group", "aria-label": "Flow" }, ...this.#tabs);
    this.element = el(
      "div",
      { class: "graph" },
      pictures.length > 1 ? bar : null,
      ...this.#figures,
      legend(),
    );
    this.#choose(0);
  }

  /** Marks the node of a flow, and shows its picture. */
  mark(flow: string, node: string | null): void {
    for (const each of this.#nodes.values()) set(each, { "aria-current": null });
    const at = this.#pictures.findIndex((picture) => picture.flow === flow);
    if (at < 0) return;
    this.#choose(at);
    const found = this.#nodes.get(nameOf(flow, `n ${node ?? ""}`));
    if (found === undefined) return;
    set(found, { "aria-current": "true" });
    this.#reveal(this.#pictures[at], node);
  }

  /** Dims the nodes that do not match. */
  narrow(matches: ((text: string) => boolean) | null): void {
    for (const [name, element] of this.#nodes) {
      element.classList.toggle("beside", matches !== null && !matches(name + element.textContent));
    }
  }

  /** Brings a node into sight within its picture; the page stays where it is. */
  #reveal(picture: Picture | undefined, node: string | null): void {
    const place = picture?.nodes.find(({ key }) => key === `n ${node ?? ""}`);
    const canvas = this.element.querySelector(".figure:not([hidden]) .canvas");
    if (place === undefined || canvas === null) return;
    canvas.scrollTo(place.x - canvas.clientWidth / 2, place.y - canvas.clientHeight / 2);
  }

  #choose(at: number): void {
    this.#figures.forEach((figure, i) => set(figure, { hidden: i !== at }));
    this.#tabs.forEach((tab, i) => set(tab, { "aria-pressed": String(i === at) }));
  }

  #figure(picture: Picture, go: (number: number) => void): HTMLElement {
    const { flow, width, height, nodes, edges, recorded, left } = picture;
    const drawing = svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": `Flow ${flow}` },
      markers(),
      // What was taken is not to be hidden by what was not.
      ...edges.toSorted((a, b) => a.taken - b.taken).map(edgeLine),
      ...nodes.map((node) => this.#node(flow, node, go)),
      ...edges.map(edgeLabel),
    );
    const notes = [
      ...(recorded ? [] : ["Routes were not recorded: nodes stand as they were visited."]),
      ...(left > 0
        ? [`${count(left, "more node")} of this flow ${left === 1 ? "is" : "are"} not drawn.`]
        : []),
    ];
    return el(
      "div",
      { class: "figure" },
      el("p", { class: "print-only" }, `Flow ${flow}`),
      el(
        "div",
        { class: "canvas", tabindex: 0, role: "group", "aria-label": `Picture of flow ${flow}` },
        drawing,
      ),
      notes.length === 0 ? null : el("p", { class: "quiet" }, notes.join(" ")),
    );
  }

  #node(flow: string, node: PictureNode, go: (number: number) => void): SVGGElement {
    const { key, id, label, kind, x, y, visits, status, item, start } = node;
    const said = visits === 0 ? "not reached" : `${words(status ?? "ok")}, ${count(visits, "visit")}`;
    const look = visits === 0 ? "skipped" : lookOf(status ?? "ok");
    if (kind === "end") {
      return svg(
        "g",
        { class: visits > 0 ? "end taken" : "end", transform: `translate(${x} ${y})` },
        svg("title", {}, visits > 0 ? "The flow ended here" : "End of the flow"),
        svg("circle", { r: 11, fill: "none" }),
        svg("circle", { r: 6 }),
      );
    }
    const group = svg(
      "g",
      {
        ...{ class: `node ${kind}`, "data-status": look, transform: `translate(${x} ${y})` },
        ...(item >= 0 ? { role: "button", tabindex: 0 } : { role: "img" }),
        "aria-label": `${start ? "start, " : ""}${id}, ${label}, ${said}`,
      },
      svg("title", {}, `${id}\n${label}\n${said}`),
      svg("rect", {
        ...{ x: -NODE.width / 2, y: -NODE.height / 2, width: NODE.width, height: NODE.height, rx: 8 },
      }),
      start ? svg("path", { class: "start", d: `M${-NODE.width / 2 + 12} -13l8 4.5l-8 4.5z` }) : null,
      svg(
        "text",
        { class: "id", x: -NODE.width / 2 + (start ? 25 : 16), y: label === "" ? 5 : -4 },
        cut(id, start ? ID_CHARS - 1 : ID_CHARS),
      ),
      svg("text", { class: "of", x: -NODE.width / 2 + 16, y: 15 }, cut(label, LABEL_CHARS)),
      mark(look),
      visits > 1
        ? svg("text", { class: "times", x: NODE.width / 2 - 12, y: 16, "text-anchor": "end" }, `×${visits}`)
        : null,
    );
    this.#nodes.set(nameOf(flow, key), group);
    if (item >= 0) {
      group.addEventListener("click", () => go(item));
      group.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        go(item);
      });
    }
    return group;
  }
}

function nameOf(flow: string, key: string): string {
  return `${flow}\n${key}`;
}

const MARKS: Readonly<Record<string, string>> = {
  ok: "M-5 0l3.5 3.5l6.5-7.5",
  error: "M-4-4l8 8M4-4l-8 8",
  timed_out: "M0-5a5 5 0 1 0 .01 0M0-3v3l2 1.5",
  cancelled: "M0-5a5 5 0 1 0 .01 0M-3.5 3.5l7-7",
  denied: "M0-5a5 5 0 1 0 .01 0M-3 0h6",
  waiting: "M-2.5-4v8M2.5-4v8",
  warning: "M0-5l5.5 10h-11zM0-1v2.5",
  open: "M-4 0h.2M0 0h.2M4 0h.2",
};

/** The sign of a status, at the upper right of a node. */
function mark(look: string): SVGElement | null {
  const d = MARKS[look];
  return d === undefined
    ? null
    : svg("path", { class: "mark", d, fill: "none", transform: `translate(${NODE.width / 2 - 17} -10)` });
}

function edgeClass({ kind, taken }: PictureEdge): string {
  return `edge ${kind}${taken > 0 ? " taken" : ""}`;
}

function edgeLine(edge: PictureEdge): SVGElement {
  const head = edge.taken > 0 ? "taken" : "plain";
  return svg("path", {
    class: edgeClass(edge),
    d: edge.line,
    fill: "none",
    "marker-end": `url(#arrow-${head})`,
  });
}

function edgeLabel(edge: PictureEdge): SVGElement | null {
  if (edge.label === "") return null;
  const width = edge.label.length * 6.4 + 10;
  return svg(
    "g",
    { class: `${edgeClass(edge)} words`, transform: `translate(${edge.x} ${edge.y})` },
    svg("title", {}, edge.taken > 0 ? `taken ${count(edge.taken, "time")}` : "not taken"),
    svg("rect", { x: -width / 2, y: -9, width, height: 18, rx: 4 }),
    svg("text", { "text-anchor": "middle", y: 4 }, edge.label),
  );
}

function markers(): SVGElement {
  const arrow = (name: string, size: number) =>
    svg(
      "marker",
      {
        ...{ id: `arrow-${name}`, class: `arrow ${name}`, viewBox: "0 0 8 8", refX: 7.5, refY: 4 },
        ...{ markerWidth: size, markerHeight: size, orient: "auto" },
      },
      svg("path", { d: "M0 0.5l8 3.5l-8 3.5z" }),
    );
  return svg("defs", {}, arrow("plain", 7), arrow("taken", 5));
}

function legend(): HTMLElement {
  const entry = (name: string, text: string) =>
    el("span", { class: "legend-entry" }, el("span", { class: `swatch ${name}` }), text);
  return el(
    "p",
    { class: "legend quiet" },
    entry("taken", "way taken"),
    entry("plain", "route"),
    entry("failure", "route for failures"),
    entry("skipped", "not reached in this run"),
    entry("start", "start"),
  );
}

function cut(text: string, chars: number): string {
  const signs = [...visible(text)];
  return signs.length > chars ? `${signs.slice(0, chars - 1).join("")}…` : text;
}
