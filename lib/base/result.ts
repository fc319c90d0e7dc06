/** What a run leaves: the public result, as plain readonly values. `run.json` is the same in snake_case. */

import type { CallMetrics, Failure } from "./call.ts";
import type { Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import type { Verdict } from "./verdict.ts";

/**
 * How a run ended. `partial_failure`: the flow completed although a node failed, because an error route took
 * the failure. `waiting`: the flow asked for input and can be resumed.
 */
export type RunStatus = "success" | "partial_failure" | "failure" | "waiting" | "cancelled" | "timed_out";

/** How far a run came: the stage in which it ended. */
export type RunStage = "open" | "verify" | "load" | "resolve" | "execute";

/** One node of the run, in the order of first start; nodes that were not reached come last, as `skipped`. */
export interface NodeSummary {
  /** The node. */
  readonly nodeId: string;
  /** The calls through which its flow was reached, as `flow/node`; empty in the entry flow. */
  readonly flowPath: readonly string[];
  /** The node's kind or component. */
  readonly component: string;
  /** The component called in the end, when `component` is only a kind. */
  readonly target?: string;
  /** How its last visit ended. */
  readonly status: "ok" | "skipped" | "error";
  /** Wall time of all its visits and attempts, in milliseconds. */
  readonly durationMs: number;
  /** Starts, over all visits and attempts. */
  readonly attempts: number;
  /** Cost of all its calls: fuel added up, memory at its peak. */
  readonly metrics: CallMetrics;
}

/** The failure of one node, or of the run itself under the key `_runtime`. */
export interface NodeFailure extends Failure {
  /** Byte offsets in `transcript.jsonl`: start of the node's last start line, end of its last error line. */
  readonly transcriptOffsets: readonly [number, number];
  /** Log files of the node. */
  readonly logPaths: readonly string[];
}

/**
 * Where a component's bytes come from: the pack, a file that the components map put in its place, or a folder of
 * components.
 */
export type ComponentOrigin = "pack" | "map" | "dir";

/**
 * Who demands the digest of a component: a lock file, the table of component sources, or the older manifest, which has
 * digests of its own.
 */
export type PinnedBy = "lock" | "table" | "manifest";

/** One component that the run prepared, or could not. */
export interface ComponentUse {
  /** The component's id in the pack. */
  readonly id: string;
  /** Where its bytes came from. */
  readonly origin: ComponentOrigin;
  /** The entry it was read from, or the path of a file outside of the pack. */
  readonly entry: string;
  /** `sha256:` and the hex digest of its bytes; null when it was not prepared. */
  readonly digest: string | null;
  /** The digest that is demanded of it. @default none */
  readonly pinned?: string;
  /** Who demands it. @default nobody */
  readonly pinnedBy?: PinnedBy;
  /** Where it can be had, such as `oci://registry/name@sha256:…`, as a lock or the table of sources says. @default unknown */
  readonly reference?: string;
  /** The exported interface that calls go through; null when it was not prepared. */
  readonly world: string | null;
  /** Whether it came from the cache. */
  readonly cacheHit: boolean;
  /** Time to prepare it, in milliseconds. */
  readonly prepareMs: number;
}

/** One wait of a run that was answered at once, by the option `turns`. */
export interface RunTurn {
  /** Why the flow waited, in its own words. */
  readonly reason: string | null;
  /** What emit nodes had sent since the run began or was answered last, or null. */
  readonly output: Json;
  /** The answer. */
  readonly input: Json;
}

/** The result of a run. A failed flow is a result, not an exception. */
export interface RunResult {
  /** The session, given or generated. */
  readonly sessionId: string;
  /** The pack's id; the file's stem when the manifest could not be read. */
  readonly packId: string;
  /** The pack's version; `0.0.0` when the manifest could not be read. */
  readonly packVersion: string;
  /** `sha256:` and the hex digest of the archive, or null when it could not be read. */
  readonly packDigest: string | null;
  /** The flow that ran, or null when none was chosen. */
  readonly flowId: string | null;
  /** When the run started, RFC 3339 in UTC. */
  readonly startedAt: string;
  /** When the run ended, RFC 3339 in UTC. */
  readonly finishedAt: string;
  /** Wall time, in milliseconds, from a clock that never runs backwards. */
  readonly durationMs: number;
  /** How the run ended. */
  readonly status: RunStatus;
  /** How far it came. */
  readonly stage: RunStage;
  /** Why it failed, or null. */
  readonly error: Failure | null;
  /** The flow's output, or what a waiting flow has emitted so far. */
  readonly output: Json;
  /** The waits that were answered on the way. */
  readonly turns: readonly RunTurn[];
  /** The run directory of the run that this one resumed, absolute, or null. */
  readonly parentRun: string | null;
  /** For a waiting run: why it waits, and the snapshot file that resumes it. */
  readonly waiting: { readonly reason: string | null; readonly snapshot: string } | null;
  /** Every node of the entry flow and of the flows it called. */
  readonly nodeSummaries: readonly NodeSummary[];
  /** Failures by node, `flow_path` joined before the id with `/`; the run's own under `_runtime`. */
  readonly failures: Readonly<Record<string, NodeFailure>>;
  /** The run directory, absolute. */
  readonly artifactsDir: string;
  /** The policy in force and every check with its verdict. */
  readonly verification: { readonly policy: "strict" | "devok"; readonly verdicts: readonly Verdict[] };
  /** The components that were prepared; all of the pack, as far as they are known, when that failed. */
  readonly components: readonly ComponentUse[];
  /** The limits in force. */
  readonly limits: Limits;
  /** Versions of the runner and the engines beneath it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why part of the record could not be written; absent when all of it was. The result itself is whole. */
  readonly recordFault?: Failure;
  /** Why the trace of the run did not reach its collector, when it did not. */
  readonly exportFault?: Failure;
}
