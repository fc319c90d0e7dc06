/** How a run uses recordings. Never asks anybody: {@linkcode RecordedHttp} does what a mode says. */

import { RunnerError } from "../../../base/errors.ts";

/**
 * `off` asks for real; `record` asks for real and keeps the answers in place of those from before; `replay` answers
 * from recordings and denies what they do not have; `record-replay` asks for real, and keeps, only what they do not have;
 * `fail-on-miss` ends the node that asks for what they do not have; `lockdown` ends it for expired ones as well.
 */
export type RecordingMode = "off" | "record" | "replay" | "record-replay" | "fail-on-miss" | "lockdown";

/** Every spelling of a mode: ours, `auto`, and those of the reference's configuration. */
const MODES: ReadonlyMap<string, RecordingMode> = new Map([
  ["off", "off"],
  ["record", "record"],
  ["replay", "replay"],
  ["record-replay", "record-replay"],
  ["fail-on-miss", "fail-on-miss"],
  ["lockdown", "lockdown"],
  ["auto", "record-replay"],
  ["Off", "off"],
  ["Record", "record"],
  ["Replay", "replay"],
  ["RecordReplay", "record-replay"],
  ["FailOnMiss", "fail-on-miss"],
]);

/**
 * The mode that a text names: `replay`, `RecordReplay`, `auto` for `record-replay`.
 *
 * @throws {RunnerError} `option.invalid` when it names none.
 */
export function modeOf(text: string): RecordingMode {
  const mode = MODES.get(text);
  if (mode !== undefined) return mode;
  throw new RunnerError(
    "option.invalid",
    `Mode of recordings is "${text}": expected one of the known modes`,
    {
      hint: "Give off, record, replay, record-replay (or auto), fail-on-miss or lockdown",
    },
  );
}
