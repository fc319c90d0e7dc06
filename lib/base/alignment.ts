/**
 * Which items of two lists belong together, so that what one of them has more does not shift all that follow. Never
 * looks into items: they are texts that are equal or not.
 *
 * What both lists begin and end with is set apart first. Of what is left, the longest common subsequence is found in a
 * table, as long as that has at most {@linkcode MAX_CELLS} cells. For longer lists the n-th occurrence of an item is
 * paired with the n-th in the other list, and the longest run of such pairs in order is kept: that takes n log n steps,
 * and may miss pairs where items repeat.
 */

/** Most cells of the table, of two bytes each: some ten milliseconds. */
const MAX_CELLS = 4_000_000;

/** The indexes of two items that belong together. */
export type Pair = readonly [first: number, second: number];

/** Pairs of equal items, in the order of both lists. */
export function align(first: readonly string[], second: readonly string[]): Pair[] {
  let start = 0;
  while (start < Math.min(first.length, second.length) && first[start] === second[start]) start++;
  let [endA, endB] = [first.length, second.length];
  while (endA > start && endB > start && first[endA - 1] === second[endB - 1]) {
    endA--;
    endB--;
  }
  const [a, b] = [first.slice(start, endA), second.slice(start, endB)];
  const middle = a.length * b.length <= MAX_CELLS ? longest(a, b) : nthWithNth(a, b);
  return [
    ...Array.from({ length: start }, (_, i): Pair => [i, i]),
    ...middle.map(([i, j]): Pair => [i + start, j + start]),
    ...Array.from({ length: first.length - endA }, (_, i): Pair => [endA + i, endB + i]),
  ];
}

/** Indexes of two items: null where the other list has nothing that belongs to it. */
export type Match = readonly [first: number | null, second: number | null];

/** An item as far as it is told from others. */
export interface Named {
  /** What only equal items have in common. */
  readonly key: string;
  /** What an item that changed still has in common with what became of it. */
  readonly name: string;
}

/**
 * All items of both lists in an order that is that of each: equal ones together, then in each gap between these those
 * of one name.
 */
export function match(first: readonly Named[], second: readonly Named[]): Match[] {
  const matches: Match[] = [];
  for (const [a, b] of gaps(first.map(({ key }) => key), second.map(({ key }) => key))) {
    const names = (items: readonly Named[], [from, end]: Pair) =>
      items.slice(from, end).map(({ name }) => name);
    for (const [c, d] of gaps(names(first, a), names(second, b))) {
      for (let i = c[0]; i < c[1]; i++) matches.push([a[0] + i, null]);
      for (let j = d[0]; j < d[1]; j++) matches.push([null, b[0] + j]);
      if (a[0] + c[1] < a[1]) matches.push([a[0] + c[1], b[0] + d[1]]);
    }
    if (a[1] < first.length) matches.push([a[1], b[1]]);
  }
  return matches;
}

/** The stretches of both lists in front of each pair and behind the last, each as where it begins and ends. */
function gaps(first: readonly string[], second: readonly string[]): [Pair, Pair][] {
  let [i, j] = [0, 0];
  return [...align(first, second), [first.length, second.length] as const].map(([endA, endB]) => {
    const gap: [Pair, Pair] = [[i, endA], [j, endB]];
    [i, j] = [endA + 1, endB + 1];
    return gap;
  });
}

function longest(a: readonly string[], b: readonly string[]): Pair[] {
  const width = b.length + 1;
  // How long the longest common subsequence of what follows is, a row for each item of the first list.
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(width));
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, below] = [rows[i]!, rows[i + 1]!];
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? below[j + 1]! + 1 : Math.max(below[j]!, row[j + 1]!);
    }
  }
  const pairs: Pair[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (rows[i + 1]![j]! >= rows[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}

function nthWithNth(a: readonly string[], b: readonly string[]): Pair[] {
  const places = new Map<string, number[]>();
  b.forEach((item, j) => {
    const known = places.get(item);
    if (known === undefined) places.set(item, [j]);
    else known.push(j);
  });
  const counts = new Map<string, number>();
  const pairs = a.flatMap((item, i): Pair[] => {
    const nth = counts.get(item) ?? 0;
    counts.set(item, nth + 1);
    const j = places.get(item)?.[nth];
    return j === undefined ? [] : [[i, j]];
  });
  return rising(pairs);
}

/** The longest run of pairs whose second indexes rise. */
function rising(pairs: readonly Pair[]): Pair[] {
  // The pair that ends the best run of each length, and for every pair the one before it in its run.
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  pairs.forEach(([, j], at) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]![1] < j) low = middle + 1;
      else high = middle;
    }
    before[at] = low === 0 ? undefined : ends[low - 1];
    ends[low] = at;
  });
  const found: Pair[] = [];
  for (let at: number | undefined = ends.at(-1); at !== undefined; at = before[at]) found.push(pairs[at]!);
  return found.reverse();
}
