/**
 * Secrets for guests. A guest that asks for a key that no source has hears `not-found`; nothing but the sources of the
 * run is ever looked at. What a guest puts stays within the run, and is found before all else.
 *
 * Interfaces: `greentic:secrets-store/secrets-store` in 1.0 (`get`) and 1.1 (`get`, `put`).
 */

import type { Failure, HostCall } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";
import { findSecret, type SecretSources, secretTexts } from "./open.ts";
import { SecretTable } from "./source.ts";

/** Largest secret, and most secrets, that guests may put: every text of the run is searched for each of them. */
const MAX_PUT_BYTES = 4096;
const MAX_PUTS = 100;

/** Answers secrets. */
export class Secrets implements Capability {
  readonly name = "secrets";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:secrets-store/secrets-store@1.0.0": ["get"],
    "greentic:secrets-store/secrets-store@1.1.0": ["get", "put"],
  };
  readonly #sources: SecretSources;
  readonly #put = new SecretTable("map", []);
  readonly #onSecret: (value: string) => void;
  #puts = 0;

  /** Serves `sources`; `onSecret` hears all that they hold, and every value that a guest adds, so that records hide it. */
  constructor(sources: SecretSources, onSecret: (value: string) => void) {
    this.#sources = sources;
    this.#onSecret = onSecret;
    for (const text of secretTexts(sources)) onSecret(text);
  }

  describe({ args }: HostCall): Json {
    return { key: String(args[0]) };
  }

  answer({ fn, args }: HostCall): Answer {
    const key = String(args[0]);
    return fn === "put" ? this.#keep(key, args[1] as Uint8Array) : this.#get(key);
  }

  /** The value under a key as the guest spells it, then as stores spell it. */
  find(key: string): Uint8Array | undefined {
    return (this.#put.find(key) ?? findSecret(this.#sources, key))?.value;
  }

  #get(key: string): Answer {
    const put = this.#put.find(key);
    if (put !== undefined) return found(put.value, { provider: "mock", source: "put" });
    const known = findSecret(this.#sources, key);
    if (known !== undefined) return found(known.value, known);
    return {
      reply: { type: "err", error: "not-found" },
      status: "error",
      provider: this.#asksOthers ? "real" : "mock",
      outputs: { found: false },
    };
  }

  /** Whether a key that no mock has was looked for elsewhere. */
  get #asksOthers(): boolean {
    const { mock, strict, sources } = this.#sources;
    return sources.length > 0 && (mock === null || !strict);
  }

  #keep(key: string, value: Uint8Array): Answer {
    if (key.trim() === "") {
      const message = `secret write denied for key ${key}: invalid key`;
      return denied({ code: "node.failed", message });
    }
    if (value.length > MAX_PUT_BYTES || ++this.#puts > MAX_PUTS) {
      const message = `secret write failed for key ${key}: too large or too many`;
      return denied({ code: "limit.value", message });
    }
    const text = new TextDecoder().decode(value);
    this.#onSecret(text);
    this.#put.set({ name: key, value, texts: [text] });
    return {
      reply: { type: "ok", value: undefined },
      status: "ok",
      provider: "mock",
      outputs: { stored: true },
    };
  }
}

function found(
  value: Uint8Array,
  { provider, source }: { provider: "mock" | "real"; source: string },
): Answer {
  return { reply: { type: "ok", value }, status: "ok", provider, outputs: { found: true, source } };
}

function denied(failure: Failure): Answer {
  return {
    reply: { type: "abort", failure },
    status: "denied",
    provider: "mock",
    outputs: { error: failure.message },
  };
}
