/**
 * State of guests: JSON values under keys scoped by environment, tenant, team and user. Never knows where they are
 * kept.
 *
 * Interface: `greentic:state/state-store@1.0.0`. Bytes that are JSON are kept as JSON, all others as a JSON
 * string, and so is JSON that nests deeper than any document may; reads give the JSON text, not the bytes that were
 * written. Deleting what is absent succeeds. A store that breaks is `internal` to readers, and ends who writes.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import { RunnerError } from "../../base/errors.ts";
import { type Json, jsonOrText } from "../../base/json.ts";
import type { Answer, Capability, RunScope } from "../capability.ts";
import { askStore, endsCall, inTurn, type TextStore } from "./store.ts";

/** Keeps state. */
export class State implements Capability {
  readonly name = "state";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:state/state-store@1.0.0": ["read", "write", "delete"],
  };
  readonly #scope: RunScope;
  readonly #store: TextStore;
  /** What calls write: the record and the store ask for it, and it is parsed once. */
  readonly #written = new WeakMap<HostCall, Json>();

  /** Serves guests of `scope` from `store`, which its owner closes. */
  constructor(scope: RunScope, store: TextStore) {
    this.#scope = scope;
    this.#store = store;
  }

  describe(call: HostCall): Json {
    const key = String(call.args[0]);
    return call.fn === "write" ? { key, value: this.#valueOf(call) } : { key };
  }

  answer(call: HostCall, signal: AbortSignal): Answer | Promise<Answer> {
    const { fn, args } = call;
    const scope = scopedKey(String(args[0]), fn === "write" ? args[2] : args[1], this.#scope);
    if ("invalid" in scope) return failed("invalid-ctx", scope.invalid);
    const broken = ({ message }: RunnerError) => failed("internal", message);
    if (fn === "read") return askStore(() => this.#read(scope.key), broken);
    return inTurn(this.#store, signal, () => {
      if (fn === "write") return this.#write(scope.key, this.#valueOf(call));
      return askStore(() => done("ok", { existed: this.#store.delete(scope.key) }), broken);
    });
  }

  #write(key: string, value: Json): Answer {
    const failure = this.#store.set(key, JSON.stringify(value));
    return failure === null ? done("ok", { stored: true }) : endsCall(failure);
  }

  #read(key: string): Answer {
    const text = this.#store.get(key);
    if (text === undefined) return failed("not_found", "state key not found");
    // A file may have been written by others too: what is no JSON is handed over as it is.
    return done(new TextEncoder().encode(text), { value: jsonOrText(text) });
  }

  #valueOf(call: HostCall): Json {
    const known = this.#written.get(call);
    if (known !== undefined) return known;
    const value = valueOf(call.args[1] as Uint8Array);
    this.#written.set(call, value);
    return value;
  }
}

/**
 * Writes state as guests without a context of their own would: values by key, as bytes.
 *
 * @throws {RunnerError} `option.invalid` when the run's own ids name no scope; what the store says when it has no
 * room or cannot be written.
 */
export function seedState(
  store: TextStore,
  scope: RunScope,
  values: Iterable<readonly [key: string, bytes: Uint8Array]>,
): void {
  for (const [key, bytes] of values) {
    const scoped = scopedKey(key, undefined, scope);
    if ("invalid" in scoped) throw new RunnerError("option.invalid", `State has no scope: ${scoped.invalid}`);
    const failure = store.set(scoped.key, JSON.stringify(valueOf(bytes)));
    if (failure === null) continue;
    const { hint } = failure;
    const code = failure.code === "limit.memory" ? "limit.memory" : "state.file";
    throw new RunnerError(code, failure.message, {
      place: `state key ${key}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** The value that bytes stand for. */
function valueOf(bytes: Uint8Array): Json {
  return jsonOrText(new TextDecoder().decode(bytes));
}

const ID_REGEXP = /^[A-Za-z0-9._-]+$/;

/** An environment as keys spell it: one that is no identifier counts as `local`. */
export function keyEnv(env: string): string {
  return ID_REGEXP.test(env) ? env : "local";
}

/** The key as every backend of the reference spells it, from the guest's context and, failing that, the run's. */
function scopedKey(key: string, context: WitValue, scope: RunScope): { key: string } | { invalid: string } {
  const given = (context ?? {}) as Readonly<Record<string, WitValue>>;
  const parts: [string, string | null][] = [
    ["tenant", textOr(given.tenant, scope.tenant)],
    ["team", textOr(given.team ?? given.teamId, scope.team)],
    ["user", textOr(given.user ?? given.userId, scope.user)],
  ];
  for (const [what, id] of parts) {
    if (id !== null && !ID_REGEXP.test(id)) return { invalid: `invalid ${what} id \`${id}\`` };
  }
  const ids = parts.flatMap(([, id]) => id === null ? [] : [id]);
  const env = keyEnv(textOr(given.env, scope.env));
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
