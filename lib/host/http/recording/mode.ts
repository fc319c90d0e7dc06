/** How a run uses recordings. Never asks anybody: {@linkcode RecordedHttp} does what a mode says. */

/**
 * `off` asks for real; `record` asks for real and keeps the answers in place of those from before; `replay` answers
 * from recordings and denies what they do not have; `record-replay` asks for real, and keeps, only what they do not have;
 * `fail-on-miss` ends the node that asks for what they do not have; `lockdown` ends it for expired ones as well.
 */
export type RecordingMode = "off" | "record" | "replay" | "record-replay" | "fail-on-miss" | "lockdown";
