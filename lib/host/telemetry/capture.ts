/**
 * Telemetry of guests, captured into the record. Never sends it anywhere.
 *
 * Interfaces: `greentic:telemetry/logger-api@1.0.0`, and `greentic:telemetry/logging`, which has no version: its log
 * records are kept, its spans have the number 0 and are dropped, as in the reference.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability, WriteLog } from "../capability.ts";

const LOGGING = "greentic:telemetry/logging";

/** Captures what guests log. */
export class TelemetryCapture implements Capability {
  readonly name = "telemetry";
  readonly local = true;
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:telemetry/logger-api@1.0.0": ["log"],
    [LOGGING]: ["log", "span-start", "span-end"],
  };
  readonly #write: WriteLog;
  readonly #provider: "mock" | "real";

  /** Hands every record to `write`; `provider` is who is said to answer. */
  constructor(write: WriteLog, provider: "mock" | "real" = "real") {
    this.#write = write;
    this.#provider = provider;
  }

  describe({ interface: name, fn, args: [first, second, third] }: HostCall): Json {
    if (name !== LOGGING) return { span: spanOf(first), fields: fieldsOf(second) };
    if (fn === "span-end") return { span: String(first) };
    if (fn === "span-start") return { span: String(first), fields: entriesOf(second) };
    return { level: String(first), message: String(second), fields: entriesOf(third) };
  }

  answer({ place, interface: name, fn, args: [first, second, third] }: HostCall): Answer {
    if (name !== LOGGING) {
      const fields = fieldsOf(second);
      this.#write(place, textOf(fields), Object.fromEntries(fields));
      return this.#answered("ok");
    }
    if (fn === "log") {
      const fields: [string, string][] = [["level", String(first)], ...entriesOf(third)];
      const text = [String(second), textOf(entriesOf(third))].filter((part) => part !== "").join(" ");
      this.#write(place, text, Object.fromEntries(fields));
    }
    return this.#answered(fn === "span-start" ? 0n : undefined);
  }

  #answered(value: WitValue): Answer {
    return { reply: { type: "ok", value }, status: "ok", provider: this.#provider, outputs: null };
  }
}

/** The `fields` of `logging`: a record around the list. */
function entriesOf(value: WitValue): [string, string][] {
  return fieldsOf((value as { readonly entries?: WitValue } | undefined)?.entries ?? []);
}

function fieldsOf(value: WitValue): [string, string][] {
  return (value as readonly (readonly [string, string])[]).map(([key, text]) => [String(key), String(text)]);
}

function textOf(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([key, value]) => `${key}=${value}`).join(" ");
}

function spanOf(value: WitValue): Json {
  const entries = Object.entries(value as Readonly<Record<string, WitValue>>);
  return Object.fromEntries(entries.flatMap(([key, item]): [string, Json][] => {
    if (item === undefined) return [];
    return [[key, typeof item === "bigint" ? Number(item) : item as Json]];
  }));
}
