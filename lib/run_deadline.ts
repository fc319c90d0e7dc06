/**
 * What ends a run from outside: its time limit and the caller's signal, as one signal whose reason is an
 * `AbortCause`. Never stops anything itself.
 */

import { type AbortCause, abortCause } from "./base/call.ts";
import { limitFailure } from "./base/limits.ts";
import type { ResolvedOptions } from "./options.ts";

/** Watches the time limit of one run and the caller's signal. */
export class RunDeadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #caller: AbortSignal | null;
  readonly #onAbort = (): void => this.#controller.abort(abortCause(this.#caller?.reason));

  /** Starts the clock. */
  constructor({ limits, signal }: Pick<ResolvedOptions, "limits" | "signal">) {
    const cause: AbortCause = {
      status: "timed_out",
      failure: limitFailure("limit.run_time", "runTimeoutMs", limits, "Run"),
    };
    signal?.addEventListener("abort", this.#onAbort);
    this.#timer = setTimeout(
      () => this.#controller.abort(cause),
      limits.runTimeoutMs,
    );
    this.#caller = signal;
    if (signal?.aborted) this.#onAbort();
  }

  /** Aborted when the run must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the clock. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }
}
