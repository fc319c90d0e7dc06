/** Finds the name that somebody meant who misspelt it. Knows no names. */

/** The known name that is most like another, when it is like it at all. */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({
    name,
    distance: distanceOf(written.toLowerCase(), name.toLowerCase()),
  }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined || best.distance >= best.name.length) return undefined;
  return best.distance <= Math.max(2, best.name.length / 3) ? best.name : undefined;
}

/** How many letters must be put in, taken out or exchanged to make one text of the other. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const put = Math.min(row[j + 1]!, next[j]!) + 1;
      next.push(Math.min(put, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
