/**
 * Secrets from a map given for the run. A guest that asks for another key hears `not-found`; the process's own
 * environment is never read. What a guest puts stays within the run.
 *
 * Interfaces: `greentic:secrets-store/secrets-store` in 1.0 (`get`) and 1.1 (`get`, `put`).
 */

import type { HostCall } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";

/** Largest secret, and most secrets, that guests may put: every text of the run is searched for each of them. */
const MAX_PUT_BYTES = 4096;
const MAX_PUTS = 100;

/** Answers secrets from a map. */
export class SecretsMock implements Capability {
  readonly name = "secrets";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:secrets-store/secrets-store@1.0.0": ["get"],
    "greentic:secrets-store/secrets-store@1.1.0": ["get", "put"],
  };
  readonly #values: Map<string, Uint8Array>;
  readonly #onSecret: (value: string) => void;
  #puts = 0;

  /** Serves `values`; `onSecret` hears every value that a guest adds, so that records can hide it. */
  constructor(values: Readonly<Record<string, string>>, onSecret: (value: string) => void) {
    const encoder = new TextEncoder();
    this.#values = new Map(Object.entries(values).map(([key, value]) => [key, encoder.encode(value)]));
    this.#onSecret = onSecret;
  }

  describe({ args }: HostCall): Json {
    return { key: String(args[0]) };
  }

  answer({ fn, args }: HostCall): Answer {
    const key = String(args[0]);
    return fn === "put" ? this.#put(key, args[1] as Uint8Array) : this.#get(key);
  }

  /** The value under a key as the guest spells it, then as stores spell it. */
  find(key: string): Uint8Array | undefined {
    return this.#values.get(key) ?? this.#values.get(canonicalKey(key));
  }

  #get(key: string): Answer {
    const value = this.find(key);
    if (value === undefined) {
      return {
        reply: { type: "err", error: "not-found" },
        status: "error",
        provider: "mock",
        outputs: { found: false },
      };
    }
    return {
      reply: { type: "ok", value },
      status: "ok",
      provider: "mock",
      outputs: { found: true, source: "map" },
    };
  }

  #put(key: string, value: Uint8Array): Answer {
    if (key.trim() === "") {
      const failure = { code: "node.failed", message: `secret write denied for key ${key}: invalid key` };
      return {
        reply: { type: "abort", failure },
        status: "denied",
        provider: "mock",
        outputs: { error: failure.message },
      };
    }
    if (value.length > MAX_PUT_BYTES || ++this.#puts > MAX_PUTS) {
      const failure = {
        code: "limit.value",
        message: `secret write failed for key ${key}: too large or too many`,
      };
      return {
        reply: { type: "abort", failure },
        status: "denied",
        provider: "mock",
        outputs: { error: failure.message },
      };
    }
    this.#onSecret(new TextDecoder().decode(value));
    this.#values.set(key, value);
    return {
      reply: { type: "ok", value: undefined },
      status: "ok",
      provider: "mock",
      outputs: { stored: true },
    };
  }
}

/** A key as secret stores spell it: trimmed, lower case, everything but `a-z0-9_` as `_`. */
export function canonicalKey(key: string): string {
  return key.trim().toLowerCase().replace(/[^a-z0-9_]/g, "_");
}
