/**
 * The contract between the runner's thread and the worker that runs guests: both directions, as types only.
 * Everything here survives a structured clone; failures cross as plain records.
 */

import type { CallMetrics, NodePlace, Outcome, WitValue } from "../base/call.ts";
import type { Json } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import type { Draws } from "../base/tape.ts";
import type { PretendedClock } from "./guest_clock.ts";
import type { Preopen } from "./wasi_files.ts";
import type { World } from "./world.ts";

/** A component as a guest instance is made from it. */
export interface GuestComponent {
  /** The cache key, by which calls refer to it. */
  readonly key: string;
  /** The cache key of this one component, whatever it is linked to. */
  readonly glueKey: string;
  /** The body of a function that wires imports, cores and exports. */
  readonly glue: string;
  /** The compiled core modules by name. */
  readonly cores: readonly (readonly [name: string, module: WebAssembly.Module])[];
  /**
   * Imported interfaces, each with the functions that the host offers, and the name under which it does: that of another
   * patch version, if need be. No functions for WASI, which the guest carries itself.
   */
  readonly imports: readonly (readonly [name: string, functions: readonly string[], offer: string])[];
  /** Imported interfaces that another component exports: each call gets instances of both. */
  readonly links: readonly (readonly [name: string, component: GuestComponent])[];
}

/** What the guests of a run see of the world through WASI. */
export interface WasiGrants {
  /** Environment variables, in order. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** Arguments, without the program's name. */
  readonly arguments: readonly string[];
  /** Folders. What is done in them, the host does. */
  readonly preopens: readonly Preopen[];
  /** A clock that is pretended; null for the machine's. */
  readonly clock: PretendedClock | null;
  /** What randomness depends on; null for the platform's. */
  readonly seed: string | null;
}

/** Who runs a flow: reaches guests in their context. */
export interface Identity {
  /** The environment's name, such as `local`. */
  readonly env: string;
  readonly tenant: string;
  readonly team: string | null;
  readonly user: string | null;
  readonly session: string;
}

/** One call of one component. */
export interface GuestCall {
  readonly place: NodePlace;
  /** The component's id, for messages. */
  readonly component: string;
  readonly world: World;
  readonly operation: string;
  /** Whether the component describes itself instead of carrying out the operation. */
  readonly describe: boolean;
  /** The input; null for the worlds that take it as CBOR. */
  readonly input: Json;
  /** The input as CBOR, for the worlds that take it: the host writes it, so that guests' threads need not know how. */
  readonly inputCbor: Uint8Array | null;
  /** The flow state that node 0.4 components find in their input. */
  readonly state: Json;
  readonly identity: Identity;
  readonly wasi: WasiGrants;
  /** What the guest draws from in the place of the granted clock and randomness; null for those. */
  readonly draws: Draws | null;
  /** Whether what the guest draws is kept. */
  readonly keepDraws: boolean;
  /** The limits in force. The node's time includes instantiation. */
  readonly limits: Limits;
}

/** The error that a component gave. */
export interface ComponentError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly backoffMs?: bigint | number;
}

/** What a component answered. What is CBOR in it, the host reads. */
export type GuestAnswer =
  | { readonly type: "json"; readonly value: Json }
  | { readonly type: "cbor"; readonly bytes: Uint8Array }
  /** An answer that says it is none: node 0.6 has both this and errors. */
  | { readonly type: "refused"; readonly bytes: Uint8Array }
  | {
    readonly type: "error";
    readonly error: ComponentError;
    readonly details?: Json;
    readonly detailsCbor?: Uint8Array;
  };

/** How a call ended on the guest's side of the thread. */
export type GuestResult =
  | { readonly status: "answered"; readonly answer: GuestAnswer; readonly metrics: CallMetrics }
  | Exclude<Outcome, { readonly status: "ok" }>;

/** What the guest's side of the thread has to say when a call is over, however it ended. */
export interface CallReport {
  readonly result: GuestResult;
  /** What the guest drew; null when that is not kept. */
  readonly draws: Draws | null;
}

/** From the runner's thread to the worker. */
export type ToWorker =
  | { readonly type: "init"; readonly control: SharedArrayBuffer }
  | { readonly type: "prime"; readonly key: string; readonly glue: string }
  | { readonly type: "load"; readonly component: GuestComponent }
  | { readonly type: "call"; readonly id: number; readonly key: string; readonly call: GuestCall };

/** From the worker to the runner's thread. A `host` message leaves the worker blocked until it is answered. */
export type FromWorker =
  | {
    readonly type: "host";
    readonly interface: string;
    readonly fn: string;
    readonly args: readonly WitValue[];
  }
  | { readonly type: "stream"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "result"; readonly id: number; readonly report: CallReport };
