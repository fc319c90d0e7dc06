/**
 * Failures in the spelling of `run.json` and `transcript.jsonl`, both ways.
 * Never takes out secrets.
 */

import type { Failure } from "../base/call.ts";
import { isArray, type JsonObject, member, stringMember } from "../base/json.ts";

/** A failure with the members it has, in the order in which people read them. */
export function failureToJson(failure: Failure): JsonObject {
  return {
    code: failure.code,
    message: failure.message,
    ...(failure.details === undefined ? {} : { details: failure.details }),
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(failure.place === undefined ? {} : { place: failure.place }),
    ...(failure.causes === undefined ? {} : { causes: failure.causes }),
    ...(failure.retryable === undefined ? {} : { retryable: failure.retryable }),
    ...(failure.backoffMs === undefined ? {} : { backoff_ms: failure.backoffMs }),
    ...(failure.reported === undefined ? {} : { reported: failure.reported }),
  };
}

/** The failure that {@linkcode failureToJson} wrote; members of a wrong type are left out. */
export function failureFromJson(json: JsonObject): Failure {
  const hint = stringMember(json, "hint");
  const place = stringMember(json, "place");
  const causes = member(json, "causes");
  const details = member(json, "details");
  const retryable = member(json, "retryable");
  const backoffMs = member(json, "backoff_ms");
  const reported = member(json, "reported");
  return {
    code: stringMember(json, "code") ?? "internal",
    message: stringMember(json, "message") ?? "",
    ...(details === undefined ? {} : { details }),
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(isArray(causes) ? { causes: causes.filter((cause) => typeof cause === "string") } : {}),
    ...(typeof retryable === "boolean" ? { retryable } : {}),
    ...(typeof backoffMs === "number" ? { backoffMs } : {}),
    ...(typeof reported === "boolean" ? { reported } : {}),
  };
}
