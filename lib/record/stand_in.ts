/** Makes up values for secrets that a replay does not have. Never looks like what people write. */

import { MIN_SECRET_CHARS } from "./secret_forms.ts";

/** Where stand-ins get their characters. */
const SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/**
 * A made-up value for a secret, always the same for a name and a length: letters and digits that no usual text has.
 * Never shorter than what is hidden in records.
 */
export function standIn(name: string, length: number): string {
  let state = 2166136261, signs = "";
  const mix = (number: number) => {
    state = Math.imul(state ^ number, 16777619);
    state ^= state >>> 15;
  };
  for (const unit of new TextEncoder().encode(`stand-in ${name}`)) mix(unit);
  while (signs.length < Math.max(length, MIN_SECRET_CHARS)) {
    mix(signs.length);
    signs += SIGNS.charAt((state >>> 0) % SIGNS.length);
  }
  return signs;
}
