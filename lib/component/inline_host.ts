/**
 * The component host without a thread, for tests and benches: guests run on the caller's thread, so host calls
 * must be answered at once, and only the guest's own deadline can end a loop. Never used for real runs.
 */

import { abortedBy, type HostReply, type Invocation, type Outcome } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { ComponentUse } from "../base/result.ts";
import type { ComponentHost, ComponentHostOptions, ComponentWish } from "./component.ts";
import { outcomeOf } from "./answer.ts";
import { callGuest, type LoadedComponent, loadGuest } from "./guest.ts";
import { guestCall, outcomeOfFault } from "./invocation.ts";
import type { CompiledComponents } from "./compiled.ts";
import { ComponentLibrary } from "./library.ts";
import type { GuestComponent } from "./messages.ts";

const ASYNCHRONOUS: HostReply = {
  type: "abort",
  failure: { code: "internal", message: "Host call cannot wait without a thread" },
};

/** Calls components on the caller's thread. */
export class InlineHost implements ComponentHost {
  readonly #options: ComponentHostOptions;
  readonly #library: ComponentLibrary;
  readonly #loaded = new Map<string, LoadedComponent>();

  /** Creates the host of one run; `compiled` may be shared with other runs. */
  constructor(options: ComponentHostOptions, compiled: CompiledComponents = new Map()) {
    this.#options = options;
    this.#library = new ComponentLibrary(options, compiled);
  }

  async prepare(wishes: Iterable<ComponentWish>): Promise<ComponentUse[]> {
    const all = await this.#library.readyAll(wishes);
    for (const { guest } of all) this.#load(guest);
    return ComponentLibrary.usesOf(all);
  }

  async invoke(call: Invocation, signal: AbortSignal): Promise<Outcome> {
    const { answer, emit, recorder } = this.#options;
    try {
      const { guest, world } = await this.#library.ready(call.component, call.via);
      const request = guestCall(call, world, this.#options);
      const { result, draws } = callGuest(this.#load(guest), request, {
        ask(name, fn, args) {
          const reply = answer({ place: request.place, interface: name, fn, args }, signal);
          return reply instanceof Promise ? ASYNCHRONOUS : reply;
        },
        stopReason: () => abortedBy(signal)?.status ?? null,
        sleep: (milliseconds) =>
          void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
        write: (stream, text) => emit({ type: "log", place: request.place, stream, text }),
      });
      if (draws !== null) recorder?.drawn(request.place, draws);
      return outcomeOf(result, call.component);
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      return outcomeOfFault(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #load(guest: GuestComponent): LoadedComponent {
    let loaded = this.#loaded.get(guest.key);
    if (loaded === undefined) this.#loaded.set(guest.key, loaded = loadGuest(guest));
    return loaded;
  }
}
