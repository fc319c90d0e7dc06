/**
 * Rows of text as aligned columns. On a terminal that is too narrow for them the widest columns are narrowed and their
 * cells broken into lines, so that nothing is lost and nothing runs into what stands beside it.
 */

import { columnsOf, padded, wrapped } from "./width.ts";

/** Longest cell that anybody reads, in characters. */
const MAX_CELL = 2000;
/** Widest cell that others are aligned to where there is no terminal, in columns. */
const MAX_WIDTH = 120;
/** Narrowest column that a wider one is narrowed to. */
const MIN_WIDTH = 10;
/** What stands between two columns. */
const GAP = "  ";

/** Rows as lines of no more than a number of columns; without a number every row is one line. */
export function table(rows: readonly (readonly string[])[], columns: number = Infinity): string[] {
  return tableRows(rows, columns).flat();
}

/** The same, with the lines of each row together. */
export function tableRows(
  rows: readonly (readonly string[])[],
  columns: number = Infinity,
): string[][] {
  const shown = rows.map((row) =>
    row.map((cell) => cell.length > MAX_CELL ? `${cell.slice(0, MAX_CELL)}…` : cell)
  );
  const widest = widthsOf(shown, Infinity);
  // A cell that is very wide stands out of its column.
  if (total(widest) <= columns) {
    const widths = columns === Infinity ? widthsOf(shown, MAX_WIDTH) : widest;
    return shown.map((row) => [aligned(row, widths)]);
  }
  const widths = narrowed(widest, columns);
  if (widths === undefined) return shown.map((row) => hung(row.filter(Boolean).join(GAP), columns));
  return shown.map((row) => {
    const cells = row.map((cell, i) => wrapped(cell, widths[i]!, true));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, at) => aligned(cells.map((lines) => lines[at] ?? ""), widths));
  });
}

/** The widths of columns by their widest cells, but for those over a limit. */
function widthsOf(rows: readonly (readonly string[])[], limit: number): number[] {
  return (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => {
      const cell = columnsOf(row[column] ?? "");
      return cell > limit ? width : Math.max(width, cell);
    }, 0)
  );
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(widths.length - 1, 0);
}

function aligned(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((cell, i) => padded(cell, widths[i]!)).join(GAP).trimEnd();
}

/** Widths of which the widest were narrowed, in turn, until all fit; undefined where that is not possible. */
function narrowed(widths: readonly number[], columns: number): number[] | undefined {
  const narrow = [...widths];
  for (let over = total(narrow) - columns; over > 0; over = total(narrow) - columns) {
    const [first = 0, second = MIN_WIDTH] = [...narrow].sort((a, b) => b - a);
    if (first <= MIN_WIDTH) return undefined;
    const least = Math.max(second < first ? second : first - 1, MIN_WIDTH, first - over);
    narrow[narrow.indexOf(first)] = least;
  }
  return narrow;
}

/** A row that is no table any more: its second and later lines are set in. */
function hung(text: string, columns: number): string[] {
  return wrapped(text, Math.max(columns - GAP.length, MIN_WIDTH), true)
    .map((line, i) => i === 0 ? line : GAP + line);
}
