/** Leads requests elsewhere, such as to a local server, by the beginnings of their addresses. Never asks anybody. */

/** Pairs of a beginning and what takes its place. */
export type Rewrites = readonly (readonly [from: string, to: string])[];

/** An address with what the first rule that fits puts in the place of its beginning. */
export function rewritten(url: string, rewrites: Rewrites): string {
  const rule = rewrites.find(([from]) => url.startsWith(from));
  return rule === undefined ? url : rule[1] + url.slice(rule[0].length);
}
