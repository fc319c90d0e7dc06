/**
 * What transcript lines say that is compared between runs, and what counts as the same there.
 * Never judges which of two runs is right.
 */

import type { Json, JsonObject } from "../base/json.ts";
import type { TranscriptLine } from "./line.ts";
import { REDACTED } from "./redact.ts";

/** A node as `flow/node`, behind the nodes through which its flow was called: `main/call > sub/ask`; or `run`. */
export function placeOf(
  { flow_path, flow_id, node_id }: Pick<TranscriptLine, "flow_path" | "flow_id" | "node_id">,
): string {
  if (node_id === null) return "run";
  return [...flow_path, `${flow_id}/${node_id}`].join(" > ");
}

/** `http.send` for the function `send` of the capability `http`. */
export function callName({ component, operation }: TranscriptLine): string {
  const fn = (operation ?? "").split("#").at(-1) ?? "";
  return [(component ?? "").replace(/^\w+::/, ""), fn].filter((part) => part !== "").join(".");
}

/** What is compared of an error: hints and places say how to get further and where, not what went wrong. */
export function comparedError(
  error: JsonObject | null,
  names: readonly string[] = ["code", "message", "details", "reported"],
): Json {
  if (error === null) return null;
  return Object.fromEntries(Object.entries(error).filter(([name]) => names.includes(name)));
}

const SIGN = `((?!${REDACTED})[\\w+/-])?`;
const SECRET_REGEXP = new RegExp(`${SIGN}${REDACTED}${SIGN}`, "g");

/**
 * Whether two texts differ in nothing but the signs around a secret in Base64, which hold some bits of it and which
 * transcripts show.
 */
export function areSameBesideSecrets(first: string, second: string): boolean {
  if (!first.includes(REDACTED) || first.length !== second.length) return false;
  const sign = (found?: string) => found === undefined ? "" : ".";
  const same = (_: string, before?: string, after?: string) => sign(before) + REDACTED + sign(after);
  return first.replaceAll(SECRET_REGEXP, same) === second.replaceAll(SECRET_REGEXP, same);
}
