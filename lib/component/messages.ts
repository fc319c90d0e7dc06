/**
 * The contract between the runner's thread and the worker that runs guests: both directions, as types only.
 * Everything here survives a structured clone; failures cross as plain records.
 */

import type { NodePlace, Outcome, WitValue } from "../base/call.ts";
import type { Json } from "../base/json.ts";
import type { World } from "./world.ts";

/** A component as a guest instance is made from it. */
export interface GuestComponent {
  /** The cache key, by which calls refer to it. */
  readonly key: string;
  /** The body of a function that wires imports, cores and exports. */
  readonly glue: string;
  /** The compiled core modules by name. */
  readonly cores: readonly (readonly [name: string, module: WebAssembly.Module])[];
  /** Imported interfaces, each with the functions the host offers; empty for WASI, which the guest carries itself. */
  readonly imports: readonly (readonly [name: string, functions: readonly string[]])[];
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
  readonly input: Json;
  /** The flow state that node 0.4 components find in their input. */
  readonly state: Json;
  readonly identity: Identity;
  /** Milliseconds the guest may run, instantiation included. */
  readonly budgetMs: number;
  /** Cap on the input and output text, and on the arguments of a host call, in bytes. */
  readonly maxValueBytes: number;
  /** Cap on each of the captured streams, in bytes. */
  readonly maxLogBytes: number;
}

/** From the runner's thread to the worker. */
export type ToWorker =
  | { readonly type: "init"; readonly control: SharedArrayBuffer }
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
  | { readonly type: "result"; readonly id: number; readonly result: Outcome };
