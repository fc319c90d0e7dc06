/**
 * The component host of real runs: guests run in a worker, so that the runner's thread stays free to answer
 * them, to watch deadlines and to hear an interrupt. Never runs guest code itself.
 */

import type { Invocation, Outcome } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { ComponentUse } from "../base/result.ts";
import type { Draws } from "../base/tape.ts";
import type { ComponentHost, ComponentHostOptions, ComponentWish } from "./component.ts";
import { guestCall, outcomeOfFault, placeOf } from "./invocation.ts";
import type { CompiledComponents } from "./compiled.ts";
import { ComponentLibrary } from "./library.ts";
import type { GuestWorker, WorkerPool } from "./worker_pool.ts";

/** What may outlive a run: workers and compiled components. */
export interface WarmParts {
  /** Idle workers. */
  readonly pool: WorkerPool;
  /** Compiled components. */
  readonly compiled: CompiledComponents;
}

/** What a guest drew that never ran. */
const NO_DRAWS: Draws = {
  wallMs: [],
  monotonicMs: [],
  random: new Uint8Array(),
  truncated: false,
  stoppedInSleep: 0,
};

/** Calls components in a worker. */
export class WorkerHost implements ComponentHost {
  readonly #options: ComponentHostOptions;
  readonly #library: ComponentLibrary;
  readonly #pool: WorkerPool;
  #worker: GuestWorker;

  /** Creates the host of one run. Its worker starts at once, while the components are prepared. */
  constructor(options: ComponentHostOptions, warm: WarmParts) {
    this.#options = options;
    this.#library = new ComponentLibrary(options, warm.compiled);
    this.#pool = warm.pool;
    this.#worker = warm.pool.acquire(options.isolation);
  }

  async prepare(wishes: Iterable<ComponentWish>): Promise<ComponentUse[]> {
    const all = await this.#library.readyAll(wishes);
    for (const { guest } of all) this.#worker.load(guest);
    return ComponentLibrary.usesOf(all);
  }

  /** The keys of what was prepared, for the next run of the same. */
  keys(): Promise<string[]> {
    return this.#library.keys();
  }

  async invoke(call: Invocation, signal: AbortSignal): Promise<Outcome> {
    const { answer, emit, recorder } = this.#options;
    let drawn = false;
    try {
      const { guest, world } = await this.#library.ready(call.component, call.via);
      const request = guestCall(call, world, this.#options);
      if (this.#worker.lost) this.#worker = this.#pool.acquire(this.#options.isolation);
      return await this.#worker.call(guest, request, {
        answer,
        signal,
        write: (stream, text) => emit({ type: "log", place: request.place, stream, text }),
        drawn(draws) {
          drawn = true;
          recorder?.drawn(request.place, draws);
        },
      });
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      return outcomeOfFault(error);
    } finally {
      // A call of which nothing came back is one nevertheless: later ones are counted behind it.
      if (!drawn) recorder?.drawn(placeOf(call), NO_DRAWS);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#pool.release(this.#worker);
    return Promise.resolve();
  }
}
