/**
 * How reports write numbers and texts, on both sides of the page. Text of packs and guests never steers the page: what
 * would is made visible.
 */

/** What turns the direction of text, hides, or is obeyed instead of shown; line feeds and tabs are none of it. */
const OBEYED_REGEXP =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text with everything visible that would not be. */
export function visible(text: string): string {
  return text.replace(OBEYED_REGEXP, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A number with its thousands apart. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A number with its noun. */
export function count(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A time in milliseconds, in a unit that makes it short. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A number of bytes, in a unit that makes it short. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const [size, unit] = value < 1024 ** 2 ? [value / 1024, "KiB"] : [value / 1024 ** 2, "MiB"];
  return `${Math.round(size * 10) / 10} ${unit}`;
}

/** A word of the record as a reader's word: `timed_out` is timed out. */
export function words(word: string): string {
  return word.replaceAll("_", " ");
}
