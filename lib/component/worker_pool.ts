/**
 * Workers that run guests, one call at a time each: started once, lent to runs, kept warm between them.
 * Never trusts a worker to answer: a crashed or silent one fails its call and is not lent again.
 */

import { limitHint } from "../base/limits.ts";
import { abortCause, failureOfError, type HostCall, type HostReply, type Outcome } from "../base/call.ts";
import { RunnerError } from "../base/errors.ts";
import type { Draws } from "../base/tape.ts";
import { HostBridge, type StopReason } from "./bridge.ts";
import { outcomeOf } from "./answer.ts";
import type { AnswerHostCall, Isolation } from "./component.ts";
import type { FromWorker, GuestCall, GuestComponent, ToWorker } from "./messages.ts";
import { WORKER_CODE } from "./worker_code.ts";

/** How long a stopped guest may take to unwind before its worker counts as lost, in milliseconds. */
const UNWIND_MS = 5_000;

/** Why host calls are aborted. Without a reason an exception would be made for every call, with its stack. */
const NOBODY_WAITS = "nobody waits for the answer any more";

/** Largest reply that a bridge can carry. Address space only: memory is taken as replies need it. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** What a worker needs to carry out a call, beside the call. */
export interface CallPorts {
  /** Answers the guest. */
  readonly answer: AnswerHostCall;
  /** Takes what the guest writes. */
  readonly write: (stream: "stdout" | "stderr", text: string) => void;
  /** Takes what the guest drew from clocks and randomness, when that is kept and its worker was not lost. */
  readonly drawn: (draws: Draws) => void;
  /** Ends the call from outside. */
  readonly signal: AbortSignal;
}

interface Settled {
  readonly outcome: Outcome;
  /** What the guest drew, when that is kept. */
  readonly draws: Draws | null;
}

interface Pending {
  readonly id: number;
  readonly call: GuestCall;
  readonly ports: CallPorts;
  /** Aborted when nobody waits for host answers any more. */
  readonly hostCalls: AbortController;
  readonly settle: (settled: Settled) => void;
  /** Runs while a stopped guest unwinds. */
  unwinding?: ReturnType<typeof setTimeout>;
}

/** One worker. */
export class GuestWorker implements Disposable {
  /** What the worker is permitted. */
  readonly isolation: Isolation;
  readonly #worker: Worker;
  readonly #bridge: HostBridge;
  readonly #loaded = new Set<string>();
  readonly #primed = new Set<string>();
  #pending: Pending | null = null;
  #calls = 0;
  #lost = false;

  /** Starts a worker. Without Deno's `--unstable-worker-options`, asking for a sandboxed one ends the process. */
  constructor(isolation: Isolation) {
    this.isolation = isolation;
    this.#bridge = new HostBridge(MAX_REPLY_BYTES);
    const url = URL.createObjectURL(new Blob([WORKER_CODE], { type: "text/javascript" }));
    const options: WorkerOptions = { type: "module", name: "greentic-guest" };
    if (isolation === "sandboxed") options.deno = { permissions: "none" };
    this.#worker = new Worker(url, options);
    URL.revokeObjectURL(url);
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(event.message);
    };
    this.#post({ type: "init", control: this.#bridge.control });
  }

  /** Whether the worker died or fell silent. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Loads a component's glue, before it is known whether the component will be called. */
  prime(key: string, glue: string): void {
    this.#primed.add(key);
    this.#post({ type: "prime", key, glue });
  }

  /** Loads a component ahead of its first call. */
  load(component: GuestComponent): void {
    if (this.#loaded.has(component.key)) return;
    this.#loaded.add(component.key);
    this.#post({ type: "load", component: this.#withoutPrimed(component) });
  }

  /** Carries out one call. One at a time: the engine walks its flow node by node. */
  async call(component: GuestComponent, call: GuestCall, ports: CallPorts): Promise<Outcome> {
    if (this.#pending !== null) throw new RunnerError("internal", "Worker was given two calls at once");
    if (this.#lost) return lostOutcome("it had ended before the call");
    this.load(component);
    const { promise, resolve: settle } = Promise.withResolvers<Settled>();
    const hostCalls = new AbortController();
    const id = ++this.#calls;
    const pending: Pending = this.#pending = { id, call, ports, hostCalls, settle };
    this.#bridge.reset();

    // The worker watches the deadline itself; this timer is for a guest that is blocked in a host call.
    const deadline = setTimeout(() => this.#stop("timed_out"), call.limits.nodeTimeoutMs);
    const onAbort = () => this.#stop(abortCause(ports.signal.reason).status);
    ports.signal.addEventListener("abort", onAbort);
    if (ports.signal.aborted) onAbort();
    // Posted last, so that a guest whose signal is aborted finds its order to stop.
    this.#post({ type: "call", id, key: component.key, call });
    try {
      const { outcome, draws } = await promise;
      if (draws !== null) ports.drawn(draws);
      return outcome;
    } finally {
      clearTimeout(deadline);
      clearTimeout(pending.unwinding);
      ports.signal.removeEventListener("abort", onAbort);
      hostCalls.abort(NOBODY_WAITS);
      this.#pending = null;
    }
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  /** A component without the glue that the worker has already. */
  #withoutPrimed(component: GuestComponent): GuestComponent {
    if (!this.#primed.has(component.glueKey)) return component;
    return { ...component, glue: "" };
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #stop(reason: StopReason): void {
    const pending = this.#pending;
    if (pending === null || pending.hostCalls.signal.aborted) return;
    pending.hostCalls.abort(NOBODY_WAITS);
    this.#bridge.stop(reason);
    pending.unwinding = setTimeout(() => this.#lose("it did not stop when told to"), UNWIND_MS);
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending;
    if (pending === null) return;
    switch (message.type) {
      case "host":
        void this.#answer(pending, message);
        break;
      case "stream":
        pending.ports.write(message.stream, message.text);
        break;
      case "result":
        if (message.id === pending.id) {
          const { result, draws } = message.report;
          pending.settle({ outcome: outcomeOf(result, pending.call.component), draws });
        }
    }
  }

  async #answer(pending: Pending, message: FromWorker & { type: "host" }): Promise<void> {
    const call: HostCall = {
      place: pending.call.place,
      interface: message.interface,
      fn: message.fn,
      args: message.args,
    };
    const { signal } = pending.hostCalls;
    // A request that was under way when the guest was stopped: nobody waits, and nothing may be done for it.
    if (signal.aborted) return;
    let reply: HostReply;
    try {
      reply = await pending.ports.answer(call, signal);
    } catch (error) {
      reply = { type: "abort", failure: failureOfError(error) };
    }
    // A guest that was stopped no longer waits; its worker may already serve another call.
    if (signal.aborted || this.#pending !== pending) return;
    if (this.#bridge.answer(reply, pending.call.limits.maxValueBytes)) return;
    this.#bridge.answer({
      type: "abort",
      failure: {
        code: "limit.value",
        message: `Answer to "${call.interface}#${call.fn}" exceeds the limit maxValueBytes`,
        hint: limitHint("maxValueBytes"),
      },
    });
  }

  #lose(reason: string): void {
    this.#lost = true;
    this.#worker.terminate();
    this.#pending?.settle({ outcome: lostOutcome(reason), draws: null });
  }
}

function lostOutcome(reason: string): Outcome {
  const failure = { code: "component.worker", message: `Worker was lost: ${reason}` };
  return { status: "error", failure, metrics: {} };
}

/** Idle workers, kept for the next run; workers start when they are asked for. */
export class WorkerPool implements Disposable {
  readonly #idle: GuestWorker[] = [];
  #disposed = false;

  /** Starts a worker ahead of its use, unless one is idle: it starts while the pack is opened. Gives the next to be lent. */
  warmUp(isolation: Isolation = "worker"): GuestWorker | null {
    if (this.#disposed) return null;
    const idle = this.#idle.findLast((worker) => worker.isolation === isolation);
    if (idle !== undefined) return idle;
    const worker = new GuestWorker(isolation);
    this.#idle.push(worker);
    return worker;
  }

  /** An idle worker, or a fresh one. */
  acquire(isolation: Isolation = "worker"): GuestWorker {
    const at = this.#idle.findLastIndex((worker) => worker.isolation === isolation);
    if (at < 0) return new GuestWorker(isolation);
    const [worker] = this.#idle.splice(at, 1);
    return worker!.lost ? this.acquire(isolation) : worker!;
  }

  /** Takes a worker back. */
  release(worker: GuestWorker): void {
    if (worker.lost) return;
    if (this.#disposed) worker[Symbol.dispose]();
    else this.#idle.push(worker);
  }

  /** Ends all idle workers. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const worker of this.#idle.splice(0)) worker[Symbol.dispose]();
  }
}
