/** The items of the timeline as objects, and which of them are shown. */

import { Column, type Kind, KINDS, type ReportDocument, type Status, STATUSES } from "../document.ts";

/** One item; the members are those of `Column`. */
export interface Item {
  readonly number: number;
  readonly kind: Kind;
  readonly status: Status;
  readonly parent: number;
  /** How many items it stands below. */
  readonly depth: number;
  /** The number of the last item below it; its own when there is none. */
  last: number;
  readonly start: number;
  readonly duration: number;
  readonly name: string;
  readonly label: string;
  readonly what: string;
  readonly who: string;
  readonly attempt: number;
  readonly fuel: number;
  readonly memory: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly input: number;
  readonly output: number;
  readonly error: number;
  readonly redactions: number;
}

/** The items of a report, in their order. */
export function itemsOf({ items, names }: Pick<ReportDocument, "items" | "names">): Item[] {
  const made: Item[] = [];
  for (const [number, row] of items.entries()) {
    const at = (column: number): number => row[column] ?? -1;
    const text = (column: number): string => names[at(column)] ?? "";
    const parent = at(Column.parent);
    made.push({
      number,
      kind: KINDS[at(Column.kind)] ?? "log",
      status: STATUSES[at(Column.status)] ?? "open",
      parent,
      depth: parent < 0 ? 0 : (made[parent]?.depth ?? 0) + 1,
      last: number,
      start: at(Column.start),
      duration: at(Column.duration),
      name: text(Column.name),
      label: text(Column.label),
      what: text(Column.what),
      who: text(Column.who),
      attempt: at(Column.attempt),
      fuel: at(Column.fuel),
      memory: at(Column.memory),
      firstLine: at(Column.firstLine),
      lastLine: at(Column.lastLine),
      input: at(Column.input),
      output: at(Column.output),
      error: at(Column.error),
      redactions: at(Column.redactions),
    });
  }
  for (const { parent, last } of made.toReversed()) {
    const above = made[parent];
    if (above !== undefined && above.last < last) above.last = last;
  }
  return made;
}

/** Whether something went wrong in an item. */
export function isFailed({ status }: Item): boolean {
  return status === "error" || status === "timed_out" || status === "cancelled" || status === "denied";
}

/** Whether a status is an item's own: a flow, and what comes before it, otherwise repeat that of what is in them. */
export function isOwnStatus({ kind, error }: Item): boolean {
  return kind !== "flow" && kind !== "stage" || error >= 0;
}

/** Kinds by which the list can be narrowed, with what they are called. */
export const KIND_GROUPS: readonly (readonly [label: string, kinds: readonly Kind[]])[] = [
  ["Nodes", ["node", "attempt"]],
  ["Host calls", ["call"]],
  ["Logs", ["log"]],
  ["Warnings", ["warning"]],
  ["Flow", ["stage", "flow", "jump", "wait", "resume"]],
  ["Checks", ["check"]],
];

/** Statuses by which the list can be narrowed. */
export const STATUS_GROUPS: readonly (readonly [label: string, statuses: readonly Status[]])[] = [
  ["Failed", ["error", "timed_out", "cancelled", "denied"]],
  ["Warned", ["warning"]],
  ["Waiting or open", ["waiting", "open"]],
  ["Went well", ["ok"]],
];

/** The items that are shown: those that match with what they stand below, or without a wish all that are not folded away. */
export function shownItems(
  items: readonly Item[],
  { folded, matches }: { folded: ReadonlySet<number>; matches: Uint8Array | null },
): number[] {
  const shown: number[] = [];
  if (matches === null) {
    for (let at = 0; at < items.length; at++) {
      shown.push(at);
      if (folded.has(at)) at = items[at]!.last;
    }
    return shown;
  }
  const wanted = matches.slice();
  for (let at = items.length - 1; at >= 0; at--) {
    const { parent } = items[at]!;
    if (wanted[at] === 1 && parent >= 0) wanted[parent] = 1;
  }
  for (let at = 0; at < items.length; at++) if (wanted[at] === 1) shown.push(at);
  return shown;
}
