/**
 * Runs one call in one fresh instance of a component: links it, meters it, calls it, and turns whatever happens
 * into a result. Runs on either side of the thread; never reaches for anything but its runtime.
 *
 * 1. No state survives: every call has its own instance, its own WASI and its own meters.
 * 2. A stop, a deadline and a host's abort unwind the guest as exceptions, which no guest can catch, because
 *    metering refuses modules that catch.
 */

import type { CallMetrics, Failure, HostReply, WitValue } from "../base/call.ts";
import { messageOf } from "../base/errors.ts";
import { limitHint } from "../base/limits.ts";
import { bindImports, callWorld, type ExportedInterface, OutputError } from "./bind.ts";
import type { StopReason } from "./bridge.ts";
import type { GuestCall, GuestComponent, GuestResult } from "./messages.ts";
import { METER_EXPORTS } from "./meter.ts";
import { createWasi, GuestExit } from "./wasi.ts";

/** What a guest needs from the thread it runs on. */
export interface GuestRuntime {
  /** Asks the host and waits; null when the guest must stop. */
  ask(name: string, fn: string, args: readonly WitValue[]): HostReply | null;
  /** Why the guest must stop now, or null. */
  stopReason(): StopReason | null;
  /** Blocks for some milliseconds, or until the guest must stop. */
  sleep(milliseconds: number): void;
  /** Takes what the guest writes, already capped. */
  write(stream: "stdout" | "stderr", text: string): void;
}

/** A component whose glue is loaded. */
export interface LoadedComponent extends GuestComponent {
  readonly instantiate: Instantiate;
}

type InstantiateCore = (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance;
type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Record<string, object>,
  instantiateCore: InstantiateCore,
) => Record<string, ExportedInterface>;

/** Units between two questions to the host: ten microseconds of a tight loop, a few milliseconds at the worst. */
const REFILL = 20_000;

/** Loads a component's glue. It is the transpiler's, not the component's: it comes from the bytes' types alone. */
export function loadGuest(component: GuestComponent): LoadedComponent {
  const load = new Function("TextDecoder", component.glue) as (decoder: typeof TextDecoder) => Instantiate;
  return { ...component, instantiate: load(BudgetDecoder) };
}

/**
 * Decodes what a guest hands over, up to a budget. A guest can name one string a million times in one list, so the
 * bytes are counted where they are copied, not where they lie. One guest at a time runs on a thread.
 */
class BudgetDecoder extends TextDecoder {
  static #limit = Infinity;
  static #left = Infinity;

  /** Starts counting anew: before a call, and behind every host call. The exact limits are checked on the values. */
  static grant(limit: number): void {
    BudgetDecoder.#limit = limit;
    BudgetDecoder.#left = 2 * limit + DECODER_SLACK;
  }

  override decode(input?: AllowSharedBufferSource, options?: TextDecodeOptions): string {
    BudgetDecoder.#left -= STRING_OVERHEAD + (input?.byteLength ?? 0);
    if (BudgetDecoder.#left < 0) {
      throw new OutputError(tooLarge("Text from the component", BudgetDecoder.#limit));
    }
    return super.decode(input, options);
  }
}

/** What even an empty string takes on this side, in bytes. */
const STRING_OVERHEAD = 32;
/** Room for the short strings of a call, whatever the limit on its values. */
const DECODER_SLACK = 1024 * 1024;

/** Carries out one call. Never throws for what a guest does. */
export function callGuest(component: LoadedComponent, call: GuestCall, runtime: GuestRuntime): GuestResult {
  const meter = new Meter(call.budgetMs, runtime);
  const streams = new Streams(call.maxLogBytes, runtime);
  BudgetDecoder.grant(call.maxValueBytes);
  try {
    const wasi = createWasi({
      environment: [],
      write: (stream, bytes) => streams.write(stream, bytes),
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      random: (length) => randomBytes(length, { call, meter }),
      sleep: (milliseconds) => meter.sleep(milliseconds),
    });
    const imports = bindImports(
      component,
      wasi,
      (name, fn, args) => callHost(name, fn, args, { call, meter, runtime }),
    );
    const cores = new Map(component.cores);
    const exports = component.instantiate(
      (name) => cores.get(name)!,
      imports,
      (module, coreImports) => meter.instantiate(module, coreImports),
    );
    const output = callWorld(exports[call.world.interface]!, call);
    return { status: "ok", output, metrics: meter.metrics() };
  } catch (error) {
    return { ...explain(error, { call, meter, streams }), metrics: meter.metrics() };
  } finally {
    streams.flush();
  }
}

/** Unwinds a guest that must stop. */
class GuestStop extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(`Guest was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Unwinds a guest whose host call ends the node. */
class HostAbort extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Counts what an instance uses, and asks at intervals whether it may go on. */
class Meter {
  readonly #deadline: number;
  readonly #runtime: GuestRuntime;
  readonly #counters: WebAssembly.Global[] = [];
  readonly #growRefused: WebAssembly.Global[] = [];
  readonly #memories = new Set<WebAssembly.Memory>();
  #spent = 0;

  constructor(budgetMs: number, runtime: GuestRuntime) {
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
    (exports[METER_EXPORTS.start] as (() => void) | undefined)?.();
    return instance;
  }

  /** Throws when the guest must stop. */
  check(): void {
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

/** Decodes what a guest writes and stops taking it at the cap. */
class Streams {
  readonly #cap: number;
  readonly #runtime: GuestRuntime;
  readonly #taken = { stdout: 0, stderr: 0 };
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #tail = "";

  constructor(cap: number, runtime: GuestRuntime) {
    this.#cap = cap;
    this.#runtime = runtime;
  }

  /** The last lines of standard error, for failures. */
  get tail(): string {
    return this.#tail.trim();
  }

  write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    const room = this.#cap - this.#taken[stream];
    if (room < 0 || bytes.length === 0) return; // the note was written
    this.#taken[stream] += bytes.length;
    this.#emit(stream, this.#decoders[stream].decode(bytes.subarray(0, room), { stream: true }));
    if (bytes.length > room) this.#emit(stream, `\n[output truncated at ${this.#cap} bytes]\n`);
  }

  flush(): void {
    for (const stream of ["stdout", "stderr"] as const) this.#emit(stream, this.#decoders[stream].decode());
  }

  #emit(stream: "stdout" | "stderr", text: string): void {
    if (text === "") return;
    if (stream === "stderr") this.#tail = (this.#tail + text).slice(-2000);
    this.#runtime.write(stream, text);
  }
}

/** Random bytes, in the pieces that the platform gives, with a question to the host between them. */
function randomBytes(length: number, { call, meter }: Pick<CallContext, "call" | "meter">): Uint8Array {
  if (length > call.maxValueBytes) {
    throw new HostAbort(tooLarge("The wish for random bytes", call.maxValueBytes));
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_CHUNK) {
    meter.check();
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_CHUNK));
  }
  return bytes;
}

/** Most random bytes that the platform gives at once. */
const RANDOM_CHUNK = 65536;

function tooLarge(what: string, limit: number): Failure {
  return {
    code: "limit.value",
    message: `${what} exceeds the limit maxValueBytes of ${limit}`,
    hint: limitHint("maxValueBytes"),
  };
}

interface CallContext {
  readonly call: GuestCall;
  readonly meter: Meter;
  readonly runtime: GuestRuntime;
}

function callHost(
  name: string,
  fn: string,
  args: readonly WitValue[],
  { call, meter, runtime }: CallContext,
): WitValue {
  meter.check();
  if (sizeOf(args) > call.maxValueBytes) {
    throw new HostAbort(tooLarge(`Arguments of "${name}#${fn}"`, call.maxValueBytes));
  }
  const reply = runtime.ask(name, fn, args);
  BudgetDecoder.grant(call.maxValueBytes);
  meter.check();
  if (reply === null) throw new GuestStop("cancelled");
  if (reply.type === "abort") throw new HostAbort(reply.failure);
  if (reply.type === "err") throw reply.error;
  return reply.value;
}

/** Bytes of a value. Its strings were counted when they were decoded; their length is a lower bound. */
function sizeOf(value: WitValue): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let sum = 0;
  for (const item of Object.values(value)) sum += sizeOf(item);
  return sum;
}

interface Scene {
  readonly call: GuestCall;
  readonly meter: Meter;
  readonly streams: Streams;
}

type Ending = { status: "error" | "timed_out" | "cancelled"; failure: Failure };

/** Turns what unwound the guest into a failure that says what to do. */
function explain(error: unknown, { call, meter, streams }: Scene): Ending {
  if (error instanceof GuestStop) return stopped(error.reason, call);
  if (error instanceof HostAbort || error instanceof OutputError) {
    return { status: "error", failure: error.failure };
  }
  const failure = trapFailure(error, call, meter);
  if (streams.tail === "") return { status: "error", failure };
  const causes = [...(failure.causes ?? []), `Guest wrote to standard error: ${streams.tail}`];
  const hint = failure.hint ??
    "The component is at fault: its whole standard error is among the logs of the run";
  return { status: "error", failure: { ...failure, causes, hint } };
}

function stopped(reason: StopReason, { budgetMs, place }: GuestCall): Ending {
  if (reason === "cancelled") {
    return {
      status: "cancelled",
      failure: { code: "node.cancelled", message: `Node "${place.nodeId}" was cancelled` },
    };
  }
  const failure: Failure = {
    code: "node.timeout",
    message: `Node "${place.nodeId}" exceeds the limit nodeTimeoutMs of ${Math.round(budgetMs)}`,
    hint: limitHint("nodeTimeoutMs"),
  };
  return { status: "timed_out", failure };
}

function trapFailure(error: unknown, { component }: GuestCall, meter: Meter): Failure {
  const message = messageOf(error);
  const who = `Component "${component}"`;
  if (error instanceof GuestExit) {
    return { code: "trap.exit", message: `${who} called exit`, causes: [message] };
  }
  const outOfRange = error instanceof RangeError;
  if (outOfRange && /call stack/i.test(message)) {
    return { code: "trap.stack", message: `${who} recursed too deeply`, causes: [message] };
  }
  const outOfMemory = outOfRange && /allocation|array length/i.test(message);
  if (outOfMemory || (error instanceof WebAssembly.RuntimeError && meter.growRefused)) {
    return {
      code: "limit.memory",
      message: `${who} was refused memory above the limit maxMemoryBytes, then trapped`,
      hint: limitHint("maxMemoryBytes"),
      causes: [message],
    };
  }
  if (!(error instanceof WebAssembly.RuntimeError)) {
    return { code: "component.invalid", message: `${who} does not fit its world`, causes: [message] };
  }
  const code = /unreachable/.test(message) ? "trap.unreachable" : "trap.other";
  return { code, message: `${who} trapped: ${message}` };
}
