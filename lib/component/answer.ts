/**
 * Turns what a component answered into what the engine knows: JSON, or how the call ended otherwise. Runs on the runner's
 * side of the thread, where CBOR is known anyway.
 */

import { failureOfError, type Outcome } from "../base/call.ts";
import { utf8Text } from "../base/bytes.ts";
import { decodeCbor } from "../base/cbor.ts";
import { messageOf, RunnerError } from "../base/errors.ts";
import { type Json, jsonOrText } from "../base/json.ts";
import { GuestFault } from "./guest_failure.ts";
import type { ComponentError, GuestAnswer, GuestResult } from "./messages.ts";

/** The outcome of a component's call. Never throws: nobody listens where answers arrive. */
export function outcomeOf(result: GuestResult, component: string): Outcome {
  if (result.status !== "answered") return result;
  const { answer, metrics } = result;
  try {
    return { status: "ok", output: outputOf(answer, component), metrics };
  } catch (error) {
    const failure = error instanceof GuestFault ? error.failure : failureOfError(error);
    return { status: "error", failure, metrics };
  }
}

function outputOf(answer: GuestAnswer, component: string): Json {
  switch (answer.type) {
    case "json":
      return answer.value;
    case "cbor":
      return parseCbor(answer.bytes, component);
    case "refused": {
      const message = JSON.stringify(parseCbor(answer.bytes, component));
      return errorValue({ code: "COMPONENT_INVOCATION_FAILED", message, retryable: false });
    }
    case "error": {
      const { error, details, detailsCbor } = answer;
      return errorValue(error, detailsCbor === undefined ? details : parseCbor(detailsCbor, component));
    }
  }
}

/** Most values in an answer: a single byte of CBOR can be one. */
const MAX_ITEMS = 5_000_000;

/** What is no CBOR at all may still be JSON or text: some components answer with that. */
const NO_CBOR: readonly string[] = ["syntax", "truncated", "trailing", "length"];

/** Nothing is null, CBOR is its value; bytes that are none are JSON or text. */
function parseCbor(bytes: Uint8Array, component: string): Json {
  if (bytes.length === 0) return null;
  try {
    return decodeCbor(bytes, { maxItems: MAX_ITEMS });
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const text = NO_CBOR.includes(error.code.replace("manifest.cbor.", "")) ? utf8Text(bytes) : undefined;
    if (text !== undefined) return jsonOrText(text);
    const message = `Component "${component}" answered with CBOR that has no form in JSON`;
    throw new GuestFault({ code: "node.output", message, causes: [messageOf(error)] });
  }
}

/** A component's own error as the value that flows know. */
function errorValue({ code, message, retryable, backoffMs }: ComponentError, details?: Json): Json {
  return {
    ok: false,
    error: {
      code,
      message,
      retryable,
      ...(backoffMs === undefined ? {} : { backoff_ms: Number(backoffMs) }),
      ...(details === undefined ? {} : { details }),
    },
  };
}
