/** When an answer is too old to be given. Never reads a clock, and never decides what becomes of it. */

import type { RecordedResponse } from "./recording.ts";
import type { Stored } from "./store.ts";

/** What becomes of a recording that is too old: it answers with a warning, the node fails, or it counts as absent. */
export type OnExpired = "warn" | "error" | "record";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Why an answer of a file is too old, as a sentence, or undefined when it is not; `afterDays` null is for never. */
export function ageFault(
  { file, content: { recordedAt } }: Stored<RecordedResponse>,
  afterDays: number | null,
  now: Date,
): string | undefined {
  if (afterDays === null) return undefined;
  const days = (now.getTime() - Date.parse(recordedAt)) / DAY_MS;
  if (days <= afterDays) return undefined;
  return `Recording "${file}" is ${Math.floor(days)} days old and expires after ${afterDays}`;
}
