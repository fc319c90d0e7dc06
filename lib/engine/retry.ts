/**
 * Decides whether a failed call is tried again, and when. Never waits, and never looks at names of components
 * or flows.
 */

import type { Failure } from "../base/call.ts";

/** How often a call is tried. */
export const MAX_ATTEMPTS = 3;
/** The wait after the first failed attempt, in milliseconds; it doubles with each further one. */
export const BASE_DELAY_MS = 250;

const TRANSIENT = /transient|unavailable|internal|timeout/i;

/**
 * The wait before the next attempt in milliseconds, or undefined when there is none. The component's own word
 * counts; where it has none, `said` (what went wrong, without names) is searched for the known words.
 */
export function retryDelay(
  failure: Failure,
  { attempt, said }: { attempt: number; said: string },
): number | undefined {
  if (attempt >= MAX_ATTEMPTS) return undefined;
  if (!(failure.retryable ?? TRANSIENT.test(said))) return undefined;
  return failure.backoffMs ?? BASE_DELAY_MS * 2 ** (attempt - 1);
}
