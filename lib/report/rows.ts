/** Spans as the numbered rows that a page gets. Never recurses: how deep spans nest, a transcript decides. */

import { KINDS, type Row, STATUSES } from "./document.ts";
import type { Span } from "./spans.ts";
import type { Names, Values } from "./values.ts";

/** The rows of spans, and which row a span became. */
export interface Rows {
  /** The rows. */
  readonly rows: readonly Row[];
  /** Their numbers by span. */
  readonly numbers: ReadonlyMap<Span, number>;
}

/** Numbers spans in the order in which they are read: each before what is below it. */
export function rowsOf(top: readonly Span[], { names, values }: { names: Names; values: Values }): Rows {
  const numbers = new Map<Span, number>();
  const rows: Row[] = [];
  const left = top.toReversed().map((span) => ({ span, parent: -1 }));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { span, parent } = next;
    const number = rows.push(rowOf(span, parent)) - 1;
    numbers.set(span, number);
    for (const child of span.children.toReversed()) left.push({ span: child, parent: number });
  }
  return { rows, numbers };

  /** In the order of `Column`. */
  function rowOf(span: Span, parent: number): Row {
    return [
      KINDS.indexOf(span.kind),
      STATUSES.indexOf(span.status),
      parent,
      Math.round(span.start),
      Math.round(span.duration),
      names.add(span.name),
      names.add(span.label),
      names.add(span.what),
      names.add(span.who),
      span.attempt,
      span.fuel,
      span.memory,
      span.firstLine,
      span.lastLine,
      values.add(span.input),
      values.add(span.output),
      values.add(span.error),
      span.redactions.length === 0 ? -1 : values.add(span.redactions),
    ];
  }
}
