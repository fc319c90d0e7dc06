/**
 * Runs one call in one fresh instance of a component: links it, meters it, calls it, and turns whatever happens
 * into a result. Runs on either side of the thread; never reaches for anything but its runtime.
 *
 * 1. No state survives: every call has its own instance, its own WASI and its own meters.
 * 2. A stop, a deadline and a host's abort unwind the guest as exceptions, which no guest can catch, because
 *    metering refuses modules that catch.
 */

import type { Failure, HostReply, WitValue } from "../base/call.ts";
import { FILES } from "../base/files.ts";
import { limitFailure, type Limits } from "../base/limits.ts";
import { bindImports, type CallHost } from "./bind.ts";
import { BudgetDecoder } from "./budget_decoder.ts";
import { CONTROL, CONTROL_INTERFACES, controlOf } from "./control.ts";
import { type FillRandom, RANDOM_CHUNK } from "./guest_clock.ts";
import { DrawKeeper, type GuestSources, guestSources } from "./guest_draws.ts";
import { explain, GuestFault, GuestStop, tooLarge, tooManyResources } from "./guest_failure.ts";
import { GuestMeter, type MeterRuntime } from "./guest_meter.ts";
import { GuestStreams, type WriteText } from "./guest_streams.ts";
import type { CallReport, GuestCall, GuestComponent, GuestResult } from "./messages.ts";
import { createWasi, type WasiImports } from "./wasi.ts";
import { type HandleLimits, Handles } from "./wasi_handles.ts";
import { callWorld, type CommandLine, commandLine, type Exports } from "./world_call.ts";

/** What a guest needs from the thread it runs on. */
export interface GuestRuntime extends MeterRuntime {
  /** Asks the host and waits; null when the guest must stop. */
  ask(name: string, fn: string, args: readonly WitValue[]): HostReply | null;
  /** Takes what the guest writes, already capped. */
  write: WriteText;
}

/** A component whose glue is loaded, and that of the components it is linked to. */
export interface LoadedComponent extends Omit<GuestComponent, "links"> {
  readonly instantiate: Instantiate;
  readonly links: readonly (readonly [name: string, component: LoadedComponent])[];
  /** Whether it, or one that it is linked to, can leave by itself when it is told to stop. */
  readonly asksWhetherToStop: boolean;
}

type InstantiateCore = (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance;
/** Makes an instance of a component. */
export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Record<string, object>,
  instantiateCore: InstantiateCore,
) => Exports;

/** Loads a component's glue: the transpiler's work, with names in it that were checked before they got there. */
export function loadGlue(glue: string): Instantiate {
  const load = new Function("TextDecoder", "FinalizationRegistry", glue) as (
    decoder: typeof TextDecoder,
    registry: typeof NoFinalization,
  ) => Instantiate;
  return load(BudgetDecoder, NoFinalization);
}

/** Loads a component and those that it is linked to; glue that was loaded before is taken from `primed`. */
export function loadGuest(
  component: GuestComponent,
  primed: ReadonlyMap<string, Instantiate> = new Map(),
  loaded: Map<string, LoadedComponent> = new Map(),
): LoadedComponent {
  const before = loaded.get(component.key);
  if (before !== undefined) return before;
  const links = component.links.map(([name, linked]) => [name, loadGuest(linked, primed, loaded)] as const);
  const guest: LoadedComponent = {
    ...component,
    instantiate: primed.get(component.glueKey) ?? loadGlue(component.glue),
    links,
    asksWhetherToStop: component.imports.some(([name]) => CONTROL_INTERFACES.has(name)) ||
      links.some(([, linked]) => linked.asksWhetherToStop),
  };
  loaded.set(component.key, guest);
  return guest;
}

/** In the glue's place for finalizers: no destructor of a guest runs after its call, when nobody meters it. */
class NoFinalization {
  register(): void {}
  unregister(): void {}
}

/** Carries out one call. Never throws for what a guest does. */
export function callGuest(component: LoadedComponent, call: GuestCall, runtime: GuestRuntime): CallReport {
  const { limits } = call;
  const meter = new GuestMeter(limits, runtime, { patient: component.asksWhetherToStop });
  const sources = guestSources(call, (milliseconds) => meter.sleep(milliseconds));
  const keeper = call.keepDraws ? new DrawKeeper(sources) : null;
  const calls = new CallCounter(limits);
  const context = { call, meter, runtime, calls, made: new Map(), sources: keeper ?? sources };
  const result = carryOut(component, context);
  return { result, draws: keeper?.draws() ?? null };
}

function carryOut(component: LoadedComponent, context: CallContext): GuestResult {
  const { call, meter, runtime } = context;
  const { limits } = call;
  // What a command prints is its answer.
  const keepBytes = call.world.family === "command" ? limits.maxValueBytes : 0;
  const streams = new GuestStreams(limits.maxLogBytes, runtime.write, keepBytes);
  BudgetDecoder.grant(limits);
  try {
    const wasi = wasiOf(context, { streams, command: commandLine(call) });
    const exports = instantiate(component, { ...wasi, [CONTROL]: controlOf(meter) }, context);
    const answer = callWorld({ exports, call, stdout: () => streams.stdout });
    meter.check(); // taking the answer may have lasted
    return { status: "answered", answer, metrics: meter.metrics() };
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
  readonly calls: CallCounter;
  /** Its clocks and randomness, which all its instances share. */
  readonly sources: GuestSources;
  /** The exports of the instances that were made: one of each component, whoever imports from it. */
  readonly made: Map<string, Exports>;
}

/** The exports of a component's instance, which is made behind those of the components that it is linked to. */
function instantiate(component: LoadedComponent, own: WasiImports, context: CallContext): Exports {
  const before = context.made.get(component.key);
  if (before !== undefined) return before;
  const linked = component.links.map(([name, other]): [string, object] => [
    name,
    instantiate(other, own, context)[name]!,
  ]);
  const callHostHere: CallHost = (name, fn, args) => callHost(name, fn, args, context);
  const imports = { ...bindImports(component, own, callHostHere), ...Object.fromEntries(linked) };
  const cores = new Map(component.cores);
  const exports = component.instantiate(
    (name) => cores.get(name)!,
    imports,
    (module, coreImports) => context.meter.instantiate(module, coreImports),
  );
  context.made.set(component.key, exports);
  return exports;
}

function wasiOf(
  context: CallContext,
  { streams, command }: { streams: GuestStreams; command: CommandLine | null },
): WasiImports {
  const { call: { component, limits, wasi }, sources: { clock, fill } } = context;
  return createWasi({
    environment: wasi.environment,
    arguments: command?.arguments ?? [component, ...wasi.arguments],
    stdin: command?.stdin ?? new Uint8Array(),
    write(stream, bytes) {
      streams.write(stream, bytes);
      BudgetDecoder.grant(limits); // what is printed is capped by itself
    },
    ...clock,
    random: (length) => randomBytes(length, fill, context),
    preopens: wasi.preopens,
    files: (operation, ...args) => callHost(FILES, operation, args, context),
    handles: new Handles({ count: limits.maxHandles, bytes: limits.maxMemoryBytes }, (what) => {
      throw new GuestFault(tooManyHandles(what, limits));
    }),
  });
}

function tooManyHandles(what: keyof HandleLimits, limits: Limits): Failure {
  if (what === "count") return tooManyResources(limits);
  const kept = "What is kept for the streams that the component holds";
  return limitFailure("limit.memory", "maxMemoryBytes", limits, kept);
}

/** Counts the host calls of one call. */
class CallCounter {
  readonly #limits: Limits;
  #made = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  count(): void {
    if (++this.#made <= this.#limits.maxHostCalls) return;
    throw new GuestFault(
      limitFailure("limit.host_calls", "maxHostCalls", this.#limits, "The number of host calls"),
    );
  }
}

function callHost(
  name: string,
  fn: string,
  args: readonly WitValue[],
  { call: { limits }, meter, runtime, calls }: CallContext,
): WitValue {
  meter.checkAtOnce();
  calls.count();
  if (sizeOf(args) > limits.maxValueBytes) {
    throw new GuestFault(tooLarge(`The size of the arguments of "${name}#${fn}"`, limits));
  }
  const reply = runtime.ask(name, fn, args);
  BudgetDecoder.grant(limits);
  meter.checkAtOnce();
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
function randomBytes(length: number, fill: FillRandom, { call: { limits }, meter }: CallContext): Uint8Array {
  if (length > limits.maxValueBytes) throw new GuestFault(tooLarge("The wish for random bytes", limits));
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_CHUNK) {
    meter.check();
    fill(bytes.subarray(at, at + RANDOM_CHUNK));
  }
  return bytes;
}
