/**
 * Telemetry of guests, captured into the record. Never sends it anywhere.
 *
 * Interface: `greentic:telemetry/logger-api@1.0.0`.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability, WriteLog } from "../capability.ts";

/** Captures what guests log. */
export class TelemetryCapture implements Capability {
  readonly name = "telemetry";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:telemetry/logger-api@1.0.0": ["log"],
  };
  readonly #write: WriteLog;

  /** Hands every record to `write`. */
  constructor(write: WriteLog) {
    this.#write = write;
  }

  describe({ args }: HostCall): Json {
    return { span: spanOf(args[0]), fields: fieldsOf(args[1]) };
  }

  answer({ place, args }: HostCall): Answer {
    const fields = fieldsOf(args[1]);
    this.#write(place, fields.map(([key, value]) => `${key}=${value}`).join(" "), Object.fromEntries(fields));
    return { reply: { type: "ok", value: "ok" }, status: "ok", provider: "real", outputs: null };
  }
}

function fieldsOf(value: WitValue): [string, string][] {
  return (value as readonly (readonly [string, string])[]).map(([key, text]) => [String(key), String(text)]);
}

function spanOf(value: WitValue): Json {
  const entries = Object.entries(value as Readonly<Record<string, WitValue>>);
  return Object.fromEntries(entries.flatMap(([key, item]): [string, Json][] => {
    if (item === undefined) return [];
    return [[key, typeof item === "bigint" ? Number(item) : item as Json]];
  }));
}
