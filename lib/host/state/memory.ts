/**
 * State in memory, for one run: JSON values under keys scoped by environment, tenant, team and user. Never writes
 * to disk.
 *
 * Interface: `greentic:state/state-store@1.0.0`. Bytes that are JSON are kept as JSON, all others as a JSON
 * string, and so is JSON that nests deeper than any document may; reads give the JSON text, not the bytes that were
 * written. Deleting what is absent succeeds.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import { type Json, jsonOrText } from "../../base/json.ts";
import type { Answer, Capability, RunScope } from "../capability.ts";
import { type KeptBytes, KeptTexts, noRoom } from "../kept_texts.ts";

/** Keeps state in memory. */
export class StateMemory implements Capability {
  readonly name = "state";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:state/state-store@1.0.0": ["read", "write", "delete"],
  };
  readonly #scope: RunScope;
  readonly #values: KeptTexts;
  /** What calls write: the record and the store ask for it, and it is parsed once. */
  readonly #written = new WeakMap<HostCall, Json>();

  /** Creates an empty store for guests of `scope`; `kept` counts what all stores of the run keep. */
  constructor(scope: RunScope, kept: KeptBytes) {
    this.#scope = scope;
    this.#values = new KeptTexts(kept);
  }

  describe(call: HostCall): Json {
    const key = String(call.args[0]);
    return call.fn === "write" ? { key, value: this.#valueOf(call) } : { key };
  }

  answer(call: HostCall): Answer {
    const { fn, args } = call;
    const scope = scopedKey(String(args[0]), fn === "write" ? args[2] : args[1], this.#scope);
    if ("invalid" in scope) return failed("invalid-ctx", scope.invalid);
    switch (fn) {
      case "read": {
        const text = this.#values.get(scope.key);
        if (text === undefined) return failed("not_found", "state key not found");
        return done(new TextEncoder().encode(text), { value: JSON.parse(text) });
      }
      case "write": {
        const failure = this.#values.set(scope.key, JSON.stringify(this.#valueOf(call)));
        return failure === null ? done("ok", { stored: true }) : noRoom(failure);
      }
      default:
        return done("ok", { existed: this.#values.delete(scope.key) });
    }
  }

  #valueOf(call: HostCall): Json {
    const known = this.#written.get(call);
    if (known !== undefined) return known;
    const value = jsonOrText(new TextDecoder().decode(call.args[1] as Uint8Array));
    this.#written.set(call, value);
    return value;
  }
}

const ID_REGEXP = /^[A-Za-z0-9._-]+$/;

/**
 * The key as every backend of the reference spells it, from the guest's context and, failing that, the run's. An
 * environment that is no identifier counts as `local`.
 */
function scopedKey(key: string, context: WitValue, scope: RunScope): { key: string } | { invalid: string } {
  const given = (context ?? {}) as Readonly<Record<string, WitValue>>;
  const wish = textOr(given.env, scope.env);
  const env = ID_REGEXP.test(wish) ? wish : "local";
  const parts: [string, string | null][] = [
    ["tenant", textOr(given.tenant, scope.tenant)],
    ["team", textOr(given.team ?? given.teamId, scope.team)],
    ["user", textOr(given.user ?? given.userId, scope.user)],
  ];
  for (const [what, id] of parts) {
    if (id !== null && !ID_REGEXP.test(id)) return { invalid: `invalid ${what} id \`${id}\`` };
  }
  const ids = parts.flatMap(([, id]) => id === null ? [] : [id]);
  return { key: ["greentic:state", env, ...ids, "runner", key].join(":") };
}

function textOr<T extends string | null>(value: WitValue, fallback: T): string | T {
  return typeof value === "string" ? value : fallback;
}

function done(value: WitValue, outputs: Json): Answer {
  return { reply: { type: "ok", value }, status: "ok", provider: "real", outputs };
}

function failed(code: string, message: string): Answer {
  const error = { code, message };
  return { reply: { type: "err", error }, status: "error", provider: "real", outputs: { error } };
}
