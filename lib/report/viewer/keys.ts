/// <reference lib="dom" />
/** The keyboard: what each key does, and the table that tells it. */

import { button, el } from "./dom.ts";

/** What keys can do. */
export interface KeyActions {
  readonly search: () => void;
  readonly move: (rows: number) => void;
  readonly page: (pages: number) => void;
  readonly end: (last: boolean) => void;
  readonly fold: () => void;
  readonly unfold: () => void;
  readonly open: () => void;
  readonly close: () => void;
  readonly failure: (step: 1 | -1) => void;
  readonly zoom: (name: string) => void;
  readonly theme: () => void;
}

const HELP: readonly (readonly [keys: string, what: string])[] = [
  ["/", "search"],
  ["j k ↓ ↑", "next and previous event"],
  ["← →", "fold and unfold, or go out and in"],
  ["Page Up, Page Down", "a page of events"],
  ["Home, End", "first and last event"],
  ["Enter", "go to the details of the event"],
  ["Esc", "back to the events; empty the search"],
  ["e E", "next and previous failure"],
  ["z w f", "time axis: selection, whole run, flow"],
  ["t", "light or dark"],
  ["?", "this table"],
];

/** Listens to keys; gives the dialog that tells of them. */
export function listenToKeys(actions: KeyActions): HTMLDialogElement {
  const dialog = helpDialog();
  const byKey: Readonly<Record<string, () => void>> = {
    "/": actions.search,
    j: () => actions.move(1),
    k: () => actions.move(-1),
    ArrowDown: () => actions.move(1),
    ArrowUp: () => actions.move(-1),
    ArrowLeft: actions.fold,
    ArrowRight: actions.unfold,
    PageDown: () => actions.page(1),
    PageUp: () => actions.page(-1),
    Home: () => actions.end(false),
    End: () => actions.end(true),
    Enter: actions.open,
    Escape: actions.close,
    e: () => actions.failure(1),
    E: () => actions.failure(-1),
    z: () => actions.zoom("Selection"),
    w: () => actions.zoom("Whole run"),
    f: () => actions.zoom("Flow"),
    t: actions.theme,
    "?": () => dialog.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || !Object.hasOwn(byKey, key)) return;
    const isNamed = key.length > 1;
    if (target instanceof HTMLInputElement && key !== "Escape" && key !== "Enter") return;
    // Keys with a name scroll and press what has the focus, unless that is the list or nothing in particular.
    const isList = target instanceof Element && target.id === "timeline-rows";
    if (isNamed && key !== "Escape" && !isList && !(target instanceof HTMLInputElement)) return;
    event.preventDefault();
    byKey[key]!();
  });
  return dialog;
}

function helpDialog(): HTMLDialogElement {
  const rows = HELP.map(([keys, what]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, ...keys.split(/,? (?!Up|Down)/).map((key) => el("kbd", {}, key))),
      el("td", {}, what),
    )
  );
  const dialog = el(
    "dialog",
    { "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, "Keys"),
    el("table", { class: "keys" }, el("tbody", {}, ...rows)),
  );
  dialog.append(button("Close", () => dialog.close()));
  return dialog;
}
