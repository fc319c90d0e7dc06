/**
 * Configuration by key: the values that the run was given, and secrets under keys that it was not. Never reads the
 * environment, and keeps values out of the record: some of them are as secret as secrets.
 *
 * Interface: `greentic:runtime-config/runtime-config@1.0.0`. Values are JSON text; a secret is a JSON string.
 */

import type { HostCall } from "../../base/call.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";

/** Looks up a secret's value. */
export type FindSecret = (key: string) => string | undefined;

/** Answers configuration. */
export class RuntimeConfig implements Capability {
  readonly name = "runtime-config";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:runtime-config/runtime-config@1.0.0": ["get"],
  };
  readonly #values: JsonObject;
  readonly #secret: FindSecret;

  /** Serves `values`, and what `secret` finds for other keys. */
  constructor(values: JsonObject, secret: FindSecret) {
    this.#values = values;
    this.#secret = secret;
  }

  describe({ args }: HostCall): Json {
    return { key: String(args[0]) };
  }

  answer({ args }: HostCall): Answer {
    const key = String(args[0]);
    if (key.trim() === "") {
      const outputs = { error: "invalid-key" };
      return { reply: { type: "err", error: "invalid-key" }, status: "error", provider: "mock", outputs };
    }
    if (Object.hasOwn(this.#values, key)) {
      return found(this.#values[key]!, { found: true, source: "map" });
    }
    const secret = this.#secret(key);
    if (secret !== undefined) return found(secret, { found: true, source: "secrets" });
    return {
      reply: { type: "ok", value: undefined },
      status: "ok",
      provider: "mock",
      outputs: { found: false },
    };
  }
}

function found(value: Json, outputs: Json): Answer {
  return { reply: { type: "ok", value: JSON.stringify(value) }, status: "ok", provider: "mock", outputs };
}
