/**
 * The interface of the component host: what the rest of the runner knows of components. Implementations are
 * `worker_host.ts` (a thread, the default) and `inline_host.ts` (no thread, for tests and benches).
 */

import type { HostCall, HostReply, Invocation, Outcome } from "../base/call.ts";
import type { Emit } from "../base/events.ts";
import type { Limits } from "../base/limits.ts";
import type { OnProgress } from "../base/progress.ts";
import type { ComponentOrigin, ComponentUse } from "../base/result.ts";
import type { TapePlayer, TapeRecorder } from "../base/tape.ts";
import type { Identity, WasiGrants } from "./messages.ts";
import type { HostOffers } from "./world.ts";

/** A component of the pack, as far as this folder needs to know it. */
export interface ComponentFile {
  /** The id by which flows refer to it. */
  readonly id: string;
  /** Where it comes from, for the record. */
  readonly origin: ComponentOrigin;
  /** The entry or file it is read from, for messages. */
  readonly entry: string;
  /** Its verified bytes. */
  bytes(): Promise<Uint8Array>;
}

/** Answers a guest's call. The signal is aborted when nobody waits for the answer any more. */
export type AnswerHostCall = (call: HostCall, signal: AbortSignal) => HostReply | Promise<HostReply>;

/** What a guest's worker is permitted: what the process is, or nothing. It asks for nothing in either. */
export type Isolation = "worker" | "sandboxed";

/** What a component host needs for one run. */
export interface ComponentHostOptions {
  /** The pack's components. */
  readonly components: readonly ComponentFile[];
  /** Interfaces that the host offers beside WASI, with their functions. */
  readonly offers: HostOffers;
  /** Answers guests. */
  readonly answer: AnswerHostCall;
  /** Told what guests write, and of faults that do not stop the run. */
  readonly emit: Emit;
  /** Hears which component is being prepared. @default {null} */
  readonly progress?: OnProgress | null;
  /** Who runs the flow. */
  readonly identity: Identity;
  /** What guests see of the world through WASI. */
  readonly wasi: WasiGrants;
  /** The limits in force. */
  readonly limits: Limits;
  /** Keeps what guests draw from clocks and randomness, each call before it settles. @default {null} */
  readonly recorder?: Pick<TapeRecorder, "drawn"> | null;
  /** Gives guests what they drew in an earlier run, in the place of `wasi.clock` and `wasi.seed`. @default {null} */
  readonly player?: Pick<TapePlayer, "draws"> | null;
  /** What components of the worlds node 0.4 and 0.5 get as their input. @default {"auto"} */
  readonly componentInput?: "auto" | "envelope";
  /** Where guests run, for hosts with workers. @default {"worker"} */
  readonly isolation?: Isolation;
  /** Where prepared components are kept between runs, or null for nowhere. */
  readonly cacheDir: string | null;
}

/** What is to be prepared: a component, and whether it will be called as a component or as a provider. */
export interface ComponentWish {
  /** The component's id. */
  readonly id: string;
  /** The way it will be called. */
  readonly via: Invocation["via"];
}

/** Prepares and calls the components of one run. */
export interface ComponentHost extends AsyncDisposable {
  /**
   * Prepares components, each once.
   *
   * @throws {RunnerError} `component.*` for a component that cannot run here.
   */
  prepare(wishes: Iterable<ComponentWish>): Promise<ComponentUse[]>;
  /** Calls a component, preparing it first when that was not done yet. Never throws for what a guest does. */
  invoke(call: Invocation, signal: AbortSignal): Promise<Outcome>;
}
