/**
 * Text under namespaced keys, in memory, for one run. Never writes to disk.
 *
 * Interface: `greentic:host/kv-v1@1.0.0`.
 */

import type { HostCall } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";
import { type KeptBytes, KeptTexts, noRoom } from "../kept_texts.ts";

/** Keeps texts in memory. */
export class KvMemory implements Capability {
  readonly name = "kv";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:host/kv-v1@1.0.0": ["get", "put"],
  };
  readonly #values: KeptTexts;

  /** Starts with none; `kept` counts what all stores of the run keep. */
  constructor(kept: KeptBytes) {
    this.#values = new KeptTexts(kept);
  }

  describe({ fn, args }: HostCall): Json {
    const [ns, key, value] = args.map(String);
    return fn === "put" ? { ns: ns!, key: key!, value: value! } : { ns: ns!, key: key! };
  }

  answer({ fn, args }: HostCall): Answer {
    const [ns, key, value] = args.map(String);
    const name = JSON.stringify([ns, key]);
    if (fn === "put") {
      const failure = this.#values.set(name, value!);
      if (failure !== null) return noRoom(failure);
      return {
        reply: { type: "ok", value: undefined },
        status: "ok",
        provider: "real",
        outputs: { stored: true },
      };
    }
    const found = this.#values.get(name);
    const outputs: Json = found === undefined ? { found: false } : { found: true, value: found };
    return { reply: { type: "ok", value: found }, status: "ok", provider: "real", outputs };
  }
}
