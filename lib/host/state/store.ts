/**
 * What state and keys are kept in: texts under keys, for one run in memory or for many in a file. Never knows what a
 * key means; the texts that capabilities keep are JSON.
 */

import type { Failure } from "../../base/call.ts";
import { RunnerError } from "../../base/errors.ts";
import type { Answer } from "../capability.ts";

/** Texts under keys. Both are well-formed Unicode, of any length, and may be empty. */
export interface TextStore {
  /** The text under a key; throws `state.file` when the store cannot be read. */
  get(key: string): string | undefined;
  /** Keeps a text in place of the one before; returns the failure when there is no room for it or it cannot be kept. */
  set(key: string, value: string): Failure | null;
  /** Takes a text away; false when there was none. Throws `state.file` when the store cannot be written. */
  delete(key: string): boolean;
  /** All keys with their texts, by the code points of the keys; throws `state.file` when the store cannot be read. */
  entries(): Iterable<readonly [key: string, value: string]>;
  /** Waits until nobody else is writing, or until it is known who holds the store; absent or null for no wait. */
  turn?(signal: AbortSignal): Promise<void> | null;
  /** Lets go of what the store holds open. Nothing may be asked of it after that, but that it closes again. */
  close(): void;
}

/** The answer to a guest whose text cannot be kept, or who asks through an interface without errors: its call ends. */
export function endsCall(failure: Failure): Answer {
  return {
    reply: { type: "abort", failure },
    status: failure.code === "limit.memory" ? "denied" : "error",
    provider: "real",
    outputs: { error: failure.message },
  };
}

/** Answers once it is one's turn to write. */
export function inTurn(
  store: TextStore,
  signal: AbortSignal,
  write: () => Answer,
): Answer | Promise<Answer> {
  const turn = store.turn?.(signal) ?? null;
  return turn === null ? write() : turn.then(write);
}

/**
 * What a store answers, or what `broken` makes of its error.
 *
 * @throws whatever is no {@linkcode RunnerError}.
 */
export function askStore<Value>(ask: () => Value, broken: (error: RunnerError) => Value): Value {
  try {
    return ask();
  } catch (error) {
    if (error instanceof RunnerError) return broken(error);
    throw error;
  }
}
