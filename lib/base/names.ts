/** Lists of names in messages and hints. Never longer than a line or two. */

/** Some names for a hint: the first eight, and how many there are when that is not all. */
export function someNames(names: Iterable<string>, none = "none"): string {
  const all = [...names];
  if (all.length === 0) return none;
  return all.slice(0, 8).join(", ") + (all.length > 8 ? `, … (${all.length})` : "");
}
