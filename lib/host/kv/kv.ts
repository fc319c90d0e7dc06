/**
 * Text under namespaced keys, scoped by environment and tenant. Never knows where it is kept.
 *
 * Interface: `greentic:host/kv-v1@1.0.0`, which has no errors: a store that breaks ends the call. The store has keys
 * `greentic:kv:<env>:<tenant>:<ns>:<key>`, in which `:` and `%` of all but the last part are written as URLs have
 * them, and the texts as JSON strings.
 */

import { failureOfError, type HostCall, type WitValue } from "../../base/call.ts";
import { type Json, jsonOrText } from "../../base/json.ts";
import type { Answer, Capability, RunScope } from "../capability.ts";
import { keyEnv } from "../state/state.ts";
import { askStore, endsCall, inTurn, type TextStore } from "../state/store.ts";

/** Keeps texts. */
export class Kv implements Capability {
  readonly name = "kv";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:host/kv-v1@1.0.0": ["get", "put"],
  };
  readonly #prefix: string;
  readonly #store: TextStore;

  /** Serves guests of `scope` from `store`, which its owner closes. */
  constructor({ env, tenant }: Pick<RunScope, "env" | "tenant">, store: TextStore) {
    this.#prefix = `greentic:kv:${keyEnv(env)}:${escaped(tenant)}`;
    this.#store = store;
  }

  describe({ fn, args }: HostCall): Json {
    const [ns, key, value] = args.map(String);
    return fn === "put" ? { ns: ns!, key: key!, value: value! } : { ns: ns!, key: key! };
  }

  answer({ fn, args }: HostCall, signal: AbortSignal): Answer | Promise<Answer> {
    const [ns, key, value] = args.map(String);
    const name = `${this.#prefix}:${escaped(ns!)}:${key!}`;
    if (fn === "put") return inTurn(this.#store, signal, () => this.#put(name, value!));
    return askStore(() => this.#get(name), (error) => endsCall(failureOfError(error)));
  }

  #put(name: string, value: string): Answer {
    const failure = this.#store.set(name, JSON.stringify(value));
    return failure === null ? done(undefined, { stored: true }) : endsCall(failure);
  }

  #get(name: string): Answer {
    const text = this.#store.get(name);
    if (text === undefined) return done(undefined, { found: false });
    const json = jsonOrText(text);
    // A file may have been written by others too: what is no JSON string is handed over as it is.
    const value = typeof json === "string" ? json : text;
    return done(value, { found: true, value });
  }
}

function escaped(part: string): string {
  return part.replace(/[%:]/g, (sign) => sign === "%" ? "%25" : "%3A");
}

function done(value: WitValue, outputs: Json): Answer {
  return { reply: { type: "ok", value }, status: "ok", provider: "real", outputs };
}
