/**
 * What a capability is: the interfaces through which guests reach it, and its answers. Capabilities live on the
 * runner's side of the thread; a guest sees nothing but its import table.
 *
 * A capability is created per run and answers the guests of that run. What it tells about a call for the record
 * never holds a secret value.
 */

import type { HostCall, HostReply, NodePlace } from "../base/call.ts";
import type { Json } from "../base/json.ts";

/** One thing a guest may ask for. */
export interface Capability {
  /** The name in events: `http`, `secrets`, `state`, `telemetry`, `kv`, `control`. */
  readonly name: string;
  /** The interfaces with their functions, in WIT spelling. */
  readonly interfaces: Readonly<Record<string, readonly string[]>>;
  /** Whether it takes what guests tell and asks nobody: a replay carries it out again. @default {false} */
  readonly local?: true;
  /** What a call asks, for the record. */
  describe(call: HostCall): Json;
  /** Answers a call. The signal is aborted when the guest no longer waits. */
  answer(call: HostCall, signal: AbortSignal): Answer | Promise<Answer>;
  /** Gives back what the capability holds open, at the end of the run. */
  close?(): void;
}

/** An answer with what the record says of it. */
export interface Answer {
  /** What the guest gets. */
  readonly reply: HostReply;
  /** How the call went. */
  readonly status: "ok" | "error" | "denied";
  /** Who answered. */
  readonly provider: "mock" | "real" | "refuse";
  /** What was answered, for the record. */
  readonly outputs: Json;
}

/** The run on whose behalf guests ask. */
export interface RunScope {
  readonly env: string;
  readonly tenant: string;
  readonly team: string | null;
  readonly user: string | null;
}

/** Takes what a guest logs through an import. */
export type WriteLog = (place: NodePlace, text: string, fields: Json) => void;
