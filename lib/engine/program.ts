/** What the engine is given and what it gives back. Only types. */

import type { Failure } from "../base/call.ts";
import type { ProviderSource } from "../base/flow_source.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import type { Flow } from "../flow/flow.ts";
import type { MissingMode } from "../flow/template.ts";
import type { Snapshot } from "./snapshot.ts";

/** What can be run: the flows of a pack and the names that they can call. */
export interface FlowProgram {
  /** The flows by id. */
  readonly flows: ReadonlyMap<string, Flow>;
  /** The ids of the pack's components. */
  readonly components: ReadonlySet<string>;
  /** The providers that the pack declares. */
  readonly providers: readonly ProviderSource[];
}

/** How a run starts. */
export interface FlowStart {
  /** The flow to run. */
  readonly flowId: string;
  /** The pack it belongs to, for messages and snapshots. */
  readonly packId: string;
  /** The run's input; on resume, the answer that the flow waited for. */
  readonly input: Json;
  /** The limits of the run. */
  readonly limits: Limits;
  /** What templates do about missing values. */
  readonly templates: MissingMode;
  /** The node to start at. @default the flow's own start */
  readonly startAt?: string;
  /** Parameters that take the place of the flow's own. @default {{}} */
  readonly parameters?: JsonObject;
  /** Where to go on, for a run that waited. */
  readonly resume?: Snapshot;
  /** Answers to the waits that the run comes to, in their order. @default [] */
  readonly turns?: readonly Json[];
}

/** One wait of a run that was answered by its turns. */
export interface Turn {
  /** Why the flow waited, in its own words. */
  readonly reason: string | null;
  /** What emit nodes had sent since the turn before. */
  readonly output: Json;
  /** The answer. */
  readonly input: Json;
}

/** How a run ended, and the turns it took on the way. */
export type RunEnding = EngineResult & { readonly turns: readonly Turn[] };

/** How a flow ended. */
export type EngineResult =
  | CompletedResult
  | WaitingResult
  | StoppedResult;

/** The flow came to its end. */
export interface CompletedResult {
  readonly status: "completed";
  /** The reply: what emit nodes sent, else the last output. */
  readonly output: Json;
  /** Whether a node failed on the way and a route took the failure. */
  readonly failedNodes: boolean;
}

/** The flow asked for input. */
export interface WaitingResult {
  readonly status: "waiting";
  /** Why, in the flow's words. */
  readonly reason: string | null;
  /** What emit nodes sent so far. */
  readonly output: Json;
  /** Where to go on. */
  readonly snapshot: Snapshot;
}

/** The flow failed, ran out of time, or was stopped from outside. */
export interface StoppedResult {
  readonly status: "failed" | "timed_out" | "cancelled";
  readonly failure: Failure;
  /** The node of this flow at which it happened. */
  readonly nodeId?: string;
}
