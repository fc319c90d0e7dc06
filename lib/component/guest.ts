/**
 * Runs one call in one fresh instance of a component: links it, meters it, calls it, and turns whatever happens
 * into a result. Runs on either side of the thread; never reaches for anything but its runtime.
 *
 * 1. No state survives: every call has its own instance, its own WASI and its own meters.
 * 2. A stop, a deadline and a host's abort unwind the guest as exceptions, which no guest can catch, because
 *    metering refuses modules that catch.
 */

import type { HostReply, Outcome, WitValue } from "../base/call.ts";
import { bindImports, callWorld, type ExportedInterface } from "./bind.ts";
import { BudgetDecoder } from "./budget_decoder.ts";
import { explain, GuestFault, GuestStop, tooLarge } from "./guest_failure.ts";
import { GuestMeter, type MeterRuntime } from "./guest_meter.ts";
import { GuestStreams, type WriteText } from "./guest_streams.ts";
import type { GuestCall, GuestComponent } from "./messages.ts";
import { createWasi } from "./wasi.ts";

/** What a guest needs from the thread it runs on. */
export interface GuestRuntime extends MeterRuntime {
  /** Asks the host and waits; null when the guest must stop. */
  ask(name: string, fn: string, args: readonly WitValue[]): HostReply | null;
  /** Takes what the guest writes, already capped. */
  write: WriteText;
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

/** Loads a component's glue: the transpiler's work, with names in it that were checked before they got there. */
export function loadGuest(component: GuestComponent): LoadedComponent {
  const load = new Function("TextDecoder", "FinalizationRegistry", component.glue) as (
    decoder: typeof TextDecoder,
    registry: typeof NoFinalization,
  ) => Instantiate;
  return { ...component, instantiate: load(BudgetDecoder, NoFinalization) };
}

/** In the glue's place for finalizers: no destructor of a guest runs after its call, when nobody meters it. */
class NoFinalization {
  register(): void {}
  unregister(): void {}
}

/** Carries out one call. Never throws for what a guest does. */
export function callGuest(component: LoadedComponent, call: GuestCall, runtime: GuestRuntime): Outcome {
  const meter = new GuestMeter(call.budgetMs, runtime);
  const streams = new GuestStreams(call.maxLogBytes, runtime.write);
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
    const ending = explain(error, { call, growRefused: meter.growRefused, stderr: streams.tail });
    return { ...ending, metrics: meter.metrics() };
  } finally {
    meter.close();
    streams.close();
  }
}

interface CallContext {
  readonly call: GuestCall;
  readonly meter: GuestMeter;
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
    throw new GuestFault(tooLarge(`Arguments of "${name}#${fn}"`, call.maxValueBytes));
  }
  const reply = runtime.ask(name, fn, args);
  BudgetDecoder.grant(call.maxValueBytes);
  meter.check();
  if (reply === null) throw new GuestStop("cancelled");
  if (reply.type === "abort") throw new GuestFault(reply.failure);
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

/** Random bytes, in the pieces that the platform gives, with a question to the host between them. */
function randomBytes(length: number, { call, meter }: Pick<CallContext, "call" | "meter">): Uint8Array {
  if (length > call.maxValueBytes) {
    throw new GuestFault(tooLarge("The wish for random bytes", call.maxValueBytes));
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
