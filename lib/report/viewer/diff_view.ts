/// <reference lib="dom" />
/** Shows what differs between two values: what changed with the way to it, and how much stayed. */

import type { Json } from "../../base/json.ts";
import { el } from "./dom.ts";
import { type Diff, isSame, jsonDiff } from "./json_diff.ts";
import { jsonView } from "./json_view.ts";
import { count } from "../text.ts";

/** The most parts of one value that are shown. */
const MAX_PARTS = 200;

/** What differs between two values. */
export function diffView(before: Json, after: Json): HTMLElement {
  const diff = jsonDiff(before, after);
  if (isSame(diff)) return el("p", { class: "quiet" }, "No difference.");
  return el("div", { class: "diff" }, partView(diff));
}

function partView(diff: Diff): HTMLElement {
  switch (diff.type) {
    case "same":
      return jsonView(diff.value, 2);
    case "added":
    case "removed":
      return el("div", { class: "side", "data-change": diff.type }, jsonView(diff.value, 1));
    case "changed":
      return el(
        "div",
        { class: "sides" },
        el("div", { class: "side", "data-change": "removed" }, jsonView(diff.before, 1)),
        el("div", { class: "side", "data-change": "added" }, jsonView(diff.after, 1)),
      );
    case "inside":
      return insideView(diff);
  }
}

function insideView({ parts, list }: Diff & { type: "inside" }): HTMLElement {
  const changed = parts.filter(({ diff }) => !isSame(diff));
  const same = parts.length - changed.length;
  const rows = changed.slice(0, MAX_PARTS).map(({ key, diff }) =>
    el("li", {}, el("span", { class: "json-key" }, key), partView(diff))
  );
  const left = changed.length - rows.length;
  const rest = [
    ...(left > 0 ? [`${count(left, "more change")}`] : []),
    ...(same > 0 ? [`${count(same, list ? "item" : "member")} unchanged`] : []),
  ];
  return el(
    "ul",
    { class: "json" },
    ...rows,
    rest.length === 0 ? null : el("li", { class: "quiet" }, rest.join(", ")),
  );
}
