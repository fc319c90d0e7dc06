/** What the tests of components share: fixtures, modules written as text, and hosts without a pack. */

import { fixtureUrl } from "../../fixtures/components/build.ts";
import type { HostReply, Invocation, NodePlace } from "../../lib/base/call.ts";
import { RunnerError } from "../../lib/base/errors.ts";
import type { RunEvent } from "../../lib/base/events.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { ComponentFile, ComponentHostOptions } from "../../lib/component/component.ts";
import type { GuestCall, Identity, WasiGrants } from "../../lib/component/messages.ts";
import { meterModule } from "../../lib/component/meter.ts";
import { METER_EXPORTS } from "../../lib/component/meter_exports.ts";
import type { HostOffers } from "../../lib/component/world.ts";

/** The bytes of a fixture component. */
export async function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(fixtureUrl(name));
}

/** The bytes of a module or component written as text. */
export async function wat(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const { parse } = await import("@bytecodealliance/jco");
  return new Uint8Array(await parse(text));
}

/** An interface with one function, which takes and gives nothing. */
const PAUSE = "acme:test/pause@1.0.0";

/** What a host with every capability of the fixtures offers. */
export const OFFERS: HostOffers = new Map([
  ["greentic:interfaces-types/types@0.1.0", []],
  ["greentic:http/http-client@1.0.0", ["send"]],
  ["greentic:http/http-client@1.1.0", ["send"]],
  ["greentic:secrets-store/secrets-store@1.0.0", ["get"]],
  ["greentic:state/state-store@1.0.0", ["read", "write", "delete"]],
  ["greentic:telemetry/logger-api@1.0.0", ["log"]],
  ["greentic:host/kv-v1@1.0.0", ["get", "put"]],
  [PAUSE, ["pause"]],
]);

/** {@linkcode OFFERS} with the WASI interfaces that the fixtures use. */
export const OFFERS_WITH_WASI: HostOffers = new Map([
  ...OFFERS,
  ...["cli/exit", "cli/stderr", "clocks/wall-clock", "io/error", "io/streams", "random/random"]
    .map((name): [string, string[]] => [`wasi:${name}@0.2`, []]),
]);

/** Who runs the flow. */
export const IDENTITY: Identity = {
  env: "local",
  tenant: "acme",
  team: "blue",
  user: "ann",
  session: "s-1",
};

/** Nothing of the world but the machine's clocks and randomness. */
export const NO_WASI: WasiGrants = { environment: [], arguments: [], preopens: [], clock: null, seed: null };

/** A node in the flow `main`. */
export const PLACE: NodePlace = { callId: "c1", flowId: "main", flowPath: [], nodeId: "ask", attempt: 1 };

/** A call of a component. */
export function invocation(
  component: string,
  operation: string,
  more: Partial<Invocation> = {},
): Invocation {
  return { ...PLACE, via: "component", component, operation, input: {}, state: {}, ...more };
}

/** A call as it crosses to the guest. */
export function guestCall(changes: Partial<GuestCall> = {}): GuestCall {
  return {
    place: PLACE,
    component: "demo",
    world: { family: "node-0.5", interface: "greentic:component/node@0.5.0" },
    operation: "run",
    describe: false,
    input: {},
    inputCbor: null,
    state: {},
    identity: IDENTITY,
    wasi: NO_WASI,
    draws: null,
    keepDraws: false,
    limits: { ...DEFAULT_LIMITS, nodeTimeoutMs: 10_000, maxValueBytes: 1_000_000, maxLogBytes: 10_000 },
    ...changes,
  };
}

/** Components of a pack; other components than fixtures are given by their bytes. */
export function files(names: readonly string[], more: Record<string, Uint8Array> = {}): ComponentFile[] {
  const fixtures = names.map((id) => ({
    id,
    origin: "pack" as const,
    entry: `components/${id}.wasm`,
    bytes: () => fixture(id),
  }));
  const others = Object.entries(more).map(([id, bytes]) => ({
    id,
    origin: "pack" as const,
    entry: `components/${id}.wasm`,
    bytes: () => Promise.resolve(bytes),
  }));
  return [...fixtures, ...others];
}

/** Options of a component host, and the events it emits. */
export function hostOptions(
  changes: Partial<ComponentHostOptions> = {},
): { options: ComponentHostOptions; events: RunEvent[] } {
  const events: RunEvent[] = [];
  const options: ComponentHostOptions = {
    components: [],
    offers: OFFERS,
    answer: () => ok(undefined),
    emit: (event) => void events.push(event),
    identity: IDENTITY,
    wasi: NO_WASI,
    limits: DEFAULT_LIMITS,
    cacheDir: null,
    ...changes,
  };
  return { options, events };
}

/** A reply with a value. */
export function ok(value: (HostReply & { type: "ok" })["value"]): HostReply {
  return { type: "ok", value };
}

/** A metered module that runs, and what it paid. */
export interface MeteredModule {
  readonly exports: Record<string, (...args: unknown[]) => unknown>;
  /** Memories and tables as they are. */
  readonly raw: WebAssembly.Exports;
  /** Units paid since it was instantiated, or since `refuel`. */
  paid(): number;
  /** How often the host was asked. */
  asked(): number;
  /** Fills the counter; the host is asked when it is used up, and throws at the question numbered `stopAt`. */
  refuel(units: number, stopAt?: number): void;
  readonly growRefused: boolean;
}

/** Thrown by the host of a metered module when its guest must stop. */
export class Stopped extends Error {}

const FUEL = 1_000_000_000;
/** Exports the function that it imports: only such functions fit into a table. */
const TRAMPOLINE = '(module (import "m" "f" (func (result i32))) (export "f" (func 0)))';
let trampolineModule: Promise<WebAssembly.Module> | undefined;

/** Meters and instantiates a module. */
export async function metered(
  module: string | Uint8Array,
  { maxPages = 16, maxTableElements = 100_000, imports = {} }: {
    maxPages?: number;
    maxTableElements?: number;
    imports?: WebAssembly.Imports;
  } = {},
): Promise<MeteredModule> {
  const bytes = typeof module === "string" ? await wat(module) : module;
  const rewritten = new Uint8Array(meterModule(bytes, { maxPages, maxTableElements, place: "test.wasm" }));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(rewritten), imports);
  const raw = instance.exports;
  trampolineModule ??= wat(TRAMPOLINE).then((bytes) => new WebAssembly.Module(bytes));
  const counter = raw[METER_EXPORTS.counter] as WebAssembly.Global;
  let asked = 0, given = FUEL, step = FUEL, stopAt = Infinity;
  const trampoline = new WebAssembly.Instance(await trampolineModule, {
    m: {
      f() {
        if (++asked >= stopAt) throw new Stopped("Guest must stop");
        // What the counter is below zero was paid, and is not refilled.
        given += step - counter.value;
        return step;
      },
    },
  });
  (raw[METER_EXPORTS.table] as WebAssembly.Table).set(0, trampoline.exports.f as () => number);
  counter.value = FUEL;
  return {
    exports: raw as Record<string, (...args: unknown[]) => unknown>,
    raw,
    paid: () => given - counter.value,
    asked: () => asked,
    refuel(units, stop = Infinity) {
      counter.value = given = step = units;
      asked = 0;
      stopAt = stop;
    },
    get growRefused() {
      return (raw[METER_EXPORTS.growRefused] as WebAssembly.Global).value !== 0;
    },
  };
}

/** The error that `work` throws, which must be a RunnerError; undefined when it throws none. */
export function runnerErrorOf(work: () => unknown): RunnerError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof RunnerError) return error;
    throw new Error(`Not a RunnerError: ${error}`, { cause: error });
  }
  return undefined;
}

/** Every event of the log with its text, joined by stream. */
export function logged(events: readonly RunEvent[], stream: "stdout" | "stderr"): string {
  return events.map((event) => event.type === "log" && event.stream === stream ? event.text : "").join("");
}

/** The providers' world. */
export const SCHEMA_CORE = "greentic:provider-schema-core/schema-core-api@1.0.0";

/**
 * A provider whose only core module consists of `fields`: they export `m` (the memory) and `f`, which gives the
 * place of a pointer and a length. They may import `host` `pause`.
 */
export async function providerOf(fields: string): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(`(component
    (import "${PAUSE}" (instance $host (export "pause" (func))))
    (core func $pause (canon lower (func $host "pause")))
    (core instance $lowered (export "pause" (func $pause)))
    (core module $m ${fields})
    (core instance $i (instantiate $m (with "host" (instance $lowered))))
    (alias core export $i "m" (core memory $memory))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $memory)))
    (instance $provider (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $provider)))`);
}

/**
 * A provider whose `invoke` gives `type`, which may name those that `types` defines. Its only core module consists of
 * `fields`, as that of {@linkcode providerOf}; without them the answer is zeroes.
 */
export async function answering(
  type: string,
  { types = "", fields = '(memory (export "m") 1) (func (export "f") (result i32) (i32.const 0))' } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(`(component ${types}
    (core module $m ${fields})
    (core instance $i (instantiate $m))
    (alias core export $i "m" (core memory $memory))
    (func $f (result ${type}) (canon lift (core func $i "f") (memory $memory)))
    (instance $provider (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $provider)))`);
}

/** A component that exports an instance under the name of a node and holds a core with `fields`. */
export async function nodeOf(fields: string): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(`(component
    (core module $m ${fields} (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $node (export "get-manifest" (func $f)))
    (export "greentic:component/node@0.4.0" (instance $node)))`);
}

/** A provider that runs `instructions`, in which `$say` writes so many bytes of zero to standard error, at most 1 MB. */
export async function speaker(instructions: string): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(`(component
    (import "wasi:io/streams@0.2.6" (instance $streams
      (export "output-stream" (type $s (sub resource)))
      (export "[method]output-stream.write" (func (param "self" (borrow $s)) (param "contents" (list u8))))))
    (alias export $streams "output-stream" (type $stream))
    (import "wasi:cli/stderr@0.2.6" (instance $stderr
      (alias outer 1 $stream (type $s))
      (export "output-stream" (type $own (eq $s)))
      (export "get-stderr" (func (result (own $own))))))
    (core module $zeroes (memory (export "m") 20))
    (core instance $zeroes (instantiate $zeroes))
    (alias core export $zeroes "m" (core memory $memory))
    (core func $get (canon lower (func $stderr "get-stderr")))
    (core func $write (canon lower (func $streams "[method]output-stream.write") (memory $memory)))
    (core instance $host (export "get" (func $get)) (export "write" (func $write)))
    (core module $m
      (import "host" "get" (func $get (result i32)))
      (import "host" "write" (func $write (param i32 i32 i32)))
      (func $say (param i32) (call $write (call $get) (i32.const 0) (local.get 0)))
      (func (export "f") (result i32) ${instructions} (i32.const 0)))
    (core instance $i (instantiate $m (with "host" (instance $host))))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $memory)))
    (instance $provider (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $provider)))`);
}

/**
 * A provider that runs `instructions` and answers a list of what they read, which is something: `$wall` and `$monotonic`
 * read a clock, in milliseconds, and `$random` eight bytes, of which it tells the first four; `$wait` waits for so many
 * milliseconds.
 */
export async function drawer(instructions: string): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(`(component
    (import "wasi:clocks/wall-clock@0.2.6" (instance $wall
      (type $record (record (field "seconds" u64) (field "nanoseconds" u32)))
      (export "datetime" (type $datetime (eq $record)))
      (export "now" (func (result $datetime)))))
    (import "wasi:io/poll@0.2.6" (instance $poll
      (export "pollable" (type $p (sub resource)))
      (export "[method]pollable.block" (func (param "self" (borrow $p))))))
    (alias export $poll "pollable" (type $pollable))
    (import "wasi:clocks/monotonic-clock@0.2.6" (instance $monotonic
      (alias outer 1 $pollable (type $p))
      (export "pollable" (type $own (eq $p)))
      (export "now" (func (result u64)))
      (export "subscribe-duration" (func (param "when" u64) (result (own $own))))))
    (import "wasi:random/random@0.2.6" (instance $random (export "get-random-u64" (func (result u64)))))
    (core module $memory (memory (export "m") 1))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (core func $wall (canon lower (func $wall "now") (memory $m)))
    (core func $monotonic (canon lower (func $monotonic "now")))
    (core func $subscribe (canon lower (func $monotonic "subscribe-duration")))
    (core func $block (canon lower (func $poll "[method]pollable.block")))
    (core func $random (canon lower (func $random "get-random-u64")))
    (core instance $host (export "wall" (func $wall)) (export "monotonic" (func $monotonic))
      (export "subscribe" (func $subscribe)) (export "block" (func $block)) (export "random" (func $random)))
    (core module $main
      (import "memory" "m" (memory 1))
      (import "host" "wall" (func $read_wall (param i32)))
      (import "host" "monotonic" (func $read_monotonic (result i64)))
      (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
      (import "host" "block" (func $block (param i32)))
      (import "host" "random" (func $read_random (result i64)))
      (global $at (mut i32) (i32.const 100))
      (func $say (param i32)
        (i32.store8 (global.get $at) (local.get 0))
        (global.set $at (i32.add (global.get $at) (i32.const 1))))
      (func $digits (param i64)
        (if (i64.ge_u (local.get 0) (i64.const 10))
          (then (call $digits (i64.div_u (local.get 0) (i64.const 10)))))
        (call $say (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get 0) (i64.const 10))))))
      (func $put (param i64)
        (call $say (select (i32.const 91) (i32.const 44) (i32.eq (global.get $at) (i32.const 100))))
        (call $digits (local.get 0)))
      (func $wall (call $read_wall (i32.const 0)) (call $put (i64.add
        (i64.mul (i64.load (i32.const 0)) (i64.const 1000))
        (i64.extend_i32_u (i32.div_u (i32.load (i32.const 8)) (i32.const 1000000))))))
      (func $monotonic (call $put (i64.div_u (call $read_monotonic) (i64.const 1000000))))
      (func $random (call $put (i64.shr_u (call $read_random) (i64.const 32))))
      (func $wait (param i64) (call $block (call $subscribe (i64.mul (local.get 0) (i64.const 1000000)))))
      (func (export "f") (result i32)
        ${instructions}
        (call $say (i32.const 93))
        (i32.store (i32.const 0) (i32.const 100))
        (i32.store (i32.const 4) (i32.sub (global.get $at) (i32.const 100)))
        (i32.const 0)))
    (core instance $i (instantiate $main (with "host" (instance $host)) (with "memory" (instance $memory))))
    (func $f (result (list u8)) (canon lift (core func $i "f") (memory $m)))
    (instance $provider (export "invoke" (func $f)))
    (export "${SCHEMA_CORE}" (instance $provider)))`);
}
