/**
 * Counts what one guest uses, and asks at intervals whether it may go on: the host's side of what `meter.ts` writes
 * into core modules. Never decides anything but by its deadline and its runtime's word.
 */

import type { CallMetrics } from "../base/call.ts";
import type { ErrorCode } from "../base/errors.ts";
import { limitFailure, type LimitName, type Limits } from "../base/limits.ts";
import type { StopReason } from "./bridge.ts";
import { GuestFault, GuestStop } from "./guest_failure.ts";
import { METER_EXPORTS, REFUSED_GROWTH } from "./meter_exports.ts";

/** Who says when a guest must stop. */
export interface MeterRuntime {
  /** Why the guest must stop now, or null. */
  stopReason(): StopReason | null;
  /** Blocks for some milliseconds, or until the guest must stop. */
  sleep(milliseconds: number): void;
}

/** Units between two questions to the host: ten microseconds of a tight loop, a few milliseconds at the worst. */
const REFILL = 20_000;

/** How long a guest may go on that can ask whether it should stop, in milliseconds: time to leave with an answer. */
const GRACE_MS = 30;

/** The meters of all cores of one instance. */
export class GuestMeter {
  readonly #deadline: number;
  readonly #limits: Limits;
  readonly #runtime: MeterRuntime;
  readonly #graceMs: number;
  readonly #counters: WebAssembly.Global[] = [];
  readonly #growRefused: WebAssembly.Global[] = [];
  readonly #memories = new Set<WebAssembly.Memory>();
  readonly #tables = new Set<WebAssembly.Table>();
  #spent = 0;
  #closed = false;
  #toldAt: number | null = null;

  /** Starts the clock of a call. A patient meter lets its guest leave by itself when it is told to stop. */
  constructor(limits: Limits, runtime: MeterRuntime, { patient }: { patient: boolean }) {
    this.#deadline = performance.now() + limits.nodeTimeoutMs;
    this.#limits = limits;
    this.#runtime = runtime;
    this.#graceMs = patient ? GRACE_MS : 0;
  }

  /** What a core was refused more of. */
  get growRefused(): "memory" | "table" | null {
    const flags = this.#growRefused.map(({ value }) => value);
    return flags.includes(REFUSED_GROWTH.memory)
      ? "memory"
      : flags.includes(REFUSED_GROWTH.table)
      ? "table"
      : null;
  }

  metrics(): CallMetrics {
    const fuel = this.#counters.reduce((sum, counter) => sum + REFILL - counter.value, this.#spent);
    return { fuel, memoryPeakBytes: this.#memoryBytes() };
  }

  /** Instantiates a core, connects its counter, then runs the start function that metering set aside. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports = {}): WebAssembly.Instance {
    this.check();
    if (this.#counters.length >= this.#limits.maxCoreInstances) {
      throw this.#beyond("limit.instances", "maxCoreInstances", "The number of core instances");
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
      else if (value instanceof WebAssembly.Table && value !== table) this.#tables.add(value);
    }
    this.#checkMemory();
    this.#checkTables();
    (exports[METER_EXPORTS.start] as (() => void) | undefined)?.();
    return instance;
  }

  /** Ends the call: whatever is left of the guest must stop at its next question. */
  close(): void {
    this.#closed = true;
  }

  /** Whether the guest was told to stop. */
  get toldToStop(): boolean {
    return this.#reason(performance.now()) !== null;
  }

  /** Throws when the guest must stop, as soon as its grace is over. */
  check(): void {
    this.#check(this.#graceMs);
  }

  /** Throws when the guest was told to stop: no host call is made for it any more. */
  checkAtOnce(): void {
    this.#check(0);
  }

  sleep(milliseconds: number): void {
    const left = this.#deadline - performance.now();
    this.#runtime.sleep(Math.max(0, Math.min(milliseconds, left)));
    this.check();
  }

  #check(graceMs: number): void {
    if (this.#closed) throw new GuestStop("cancelled");
    const now = performance.now();
    const reason = this.#reason(now);
    if (reason === null) return;
    this.#toldAt ??= now;
    if (now >= this.#toldAt + graceMs) throw new GuestStop(reason);
  }

  #reason(now: number): StopReason | null {
    return this.#runtime.stopReason() ?? (now >= this.#deadline ? "timed_out" : null);
  }

  #refill(counter: WebAssembly.Global): number {
    this.#spent += REFILL - counter.value;
    this.check();
    if (this.#memories.size > 1) this.#checkMemory();
    if (this.#tables.size > 1) this.#checkTables();
    return REFILL;
  }

  /** One memory is capped by what metering wrote; several together are by this. */
  #checkMemory(): void {
    if (this.#memoryBytes() <= this.#limits.maxMemoryBytes) return;
    throw this.#beyond("limit.memory", "maxMemoryBytes", "Memory of the component");
  }

  /** The same of tables. */
  #checkTables(): void {
    const elements = [...this.#tables].reduce((sum, { length }) => sum + length, 0);
    if (elements <= this.#limits.maxTableElements) return;
    throw this.#beyond("limit.table", "maxTableElements", "The number of table elements of the component");
  }

  #memoryBytes(): number {
    return [...this.#memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  }

  #beyond(code: ErrorCode, limit: LimitName, what: string): GuestFault {
    return new GuestFault(limitFailure(code, limit, this.#limits, what));
  }
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
