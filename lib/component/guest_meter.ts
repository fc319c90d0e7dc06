/**
 * Counts what one guest uses, and asks at intervals whether it may go on: the host's side of what `meter.ts` writes
 * into core modules. Never decides anything but by its deadline and its runtime's word.
 */

import type { CallMetrics } from "../base/call.ts";
import type { StopReason } from "./bridge.ts";
import { GuestFault, GuestStop } from "./guest_failure.ts";
import { METER_EXPORTS } from "./meter_exports.ts";

/** Who says when a guest must stop. */
export interface MeterRuntime {
  /** Why the guest must stop now, or null. */
  stopReason(): StopReason | null;
  /** Blocks for some milliseconds, or until the guest must stop. */
  sleep(milliseconds: number): void;
}

/** Units between two questions to the host: ten microseconds of a tight loop, a few milliseconds at the worst. */
const REFILL = 20_000;

/** Most core instances and most memories of one component instance; compilers make four and one. */
const MAX_INSTANCES = 64;
const MAX_MEMORIES = 4;

/** The meters of all cores of one instance. */
export class GuestMeter {
  readonly #deadline: number;
  readonly #runtime: MeterRuntime;
  readonly #counters: WebAssembly.Global[] = [];
  readonly #growRefused: WebAssembly.Global[] = [];
  readonly #memories = new Set<WebAssembly.Memory>();
  #spent = 0;
  #closed = false;

  constructor(budgetMs: number, runtime: MeterRuntime) {
    this.#deadline = performance.now() + budgetMs;
    this.#runtime = runtime;
  }

  /** Whether a core was refused memory. */
  get growRefused(): boolean {
    return this.#growRefused.some((flag) => flag.value !== 0);
  }

  metrics(): CallMetrics {
    const fuel = this.#counters.reduce((sum, counter) => sum + REFILL - counter.value, this.#spent);
    const memoryPeakBytes = [...this.#memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
    return { fuel, memoryPeakBytes };
  }

  /** Instantiates a core, connects its counter, then runs the start function that metering set aside. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports = {}): WebAssembly.Instance {
    this.check();
    if (this.#counters.length >= MAX_INSTANCES) {
      throw tooManyInstances(`more than ${MAX_INSTANCES} core instances`);
    }
    const instance = new WebAssembly.Instance(module, imports);
    const exports = instance.exports as Record<string, WebAssembly.ExportValue>;
    const counter = exports[METER_EXPORTS.counter] as WebAssembly.Global;
    const table = exports[METER_EXPORTS.table] as WebAssembly.Table;
    counter.value = REFILL;
    this.#counters.push(counter);
    this.#growRefused.push(exports[METER_EXPORTS.growRefused] as WebAssembly.Global);
    table.set(0, callable(() => this.#refill(counter)));
    for (const value of Object.values(exports)) {
      if (value instanceof WebAssembly.Memory) this.#memories.add(value);
    }
    if (this.#memories.size > MAX_MEMORIES) throw tooManyInstances(`more than ${MAX_MEMORIES} memories`);
    (exports[METER_EXPORTS.start] as (() => void) | undefined)?.();
    return instance;
  }

  /** Ends the call: whatever is left of the guest must stop at its next question. */
  close(): void {
    this.#closed = true;
  }

  /** Throws when the guest must stop. */
  check(): void {
    if (this.#closed) throw new GuestStop("cancelled");
    const reason = this.#runtime.stopReason() ?? (performance.now() >= this.#deadline ? "timed_out" : null);
    if (reason !== null) throw new GuestStop(reason);
  }

  sleep(milliseconds: number): void {
    const left = this.#deadline - performance.now();
    this.#runtime.sleep(Math.max(0, Math.min(milliseconds, left)));
    this.check();
  }

  #refill(counter: WebAssembly.Global): number {
    this.#spent += REFILL - counter.value;
    this.check();
    return REFILL;
  }
}

function tooManyInstances(what: string): GuestFault {
  return new GuestFault({ code: "limit.memory", message: `Component has ${what}` });
}

/** A module that exports the function it imports: only such functions fit into a table. */
const TRAMPOLINE = new WebAssembly.Module(
  // deno-fmt-ignore
  new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, 5, 1, 0x60, 0, 1, 0x7f, // type () -> i32
    2, 7, 1, 1, 0x6d, 1, 0x66, 0, 0, // import "m" "f"
    7, 5, 1, 1, 0x66, 0, 0, // export "f"
  ]),
);

function callable(f: () => number): () => number {
  return new WebAssembly.Instance(TRAMPOLINE, { m: { f } }).exports.f as () => number;
}
