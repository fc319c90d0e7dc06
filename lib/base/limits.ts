/**
 * The limits of a run: one table with names, defaults, units and the options that raise them.
 * Never enforces anything: each limit is enforced where the thing it bounds happens.
 */

import type { Failure } from "./call.ts";
import { type ErrorCode, RunnerError } from "./errors.ts";

/** Limits of a run. Every field has a default; exceeding one is a failure that names the option. */
export interface Limits {
  /** Wall time of one node, in milliseconds. @default {30000} */
  readonly nodeTimeoutMs: number;
  /** Wall time of a run, in milliseconds. @default {600000} */
  readonly runTimeoutMs: number;
  /** Nodes a run may start, sub-flows included. @default {10000} */
  readonly maxSteps: number;
  /** Depth to which flows may call flows. @default {32} */
  readonly maxCallDepth: number;
  /**
   * Linear memory of one component instance, all of its memories together, in bytes. As much again may be kept for
   * the streams of files and folders that it holds, and may be stored in state and under keys by all components of
   * a run. @default {268435456}
   */
  readonly maxMemoryBytes: number;
  /** Elements of all tables of one component instance together. @default {100000} */
  readonly maxTableElements: number;
  /** Core modules that one call may instantiate. @default {64} */
  readonly maxCoreInstances: number;
  /** Resources that one call may hold at a time: streams, files, timers of WASI, and as many of its own. @default {10000} */
  readonly maxHandles: number;
  /** Host calls of one call of a component. @default {10000} */
  readonly maxHostCalls: number;
  /** A string or list that crosses the guest's border, and a node's output as JSON text, in bytes. @default {16777216} */
  readonly maxValueBytes: number;
  /** What the nodes of a run are given and give, together as JSON text, in bytes. @default {268435456} */
  readonly maxRunBytes: number;
  /** Size of the body of an HTTP response, unpacked, in bytes. @default {16777216} */
  readonly maxHttpBodyBytes: number;
  /** Time of an HTTP request with its redirects, in milliseconds. @default {30000} */
  readonly httpTimeoutMs: number;
  /** Captured standard output and standard error of one node, in bytes each. @default {1048576} */
  readonly maxLogBytes: number;
  /** Size of an archive and of everything in it unpacked, in bytes. @default {67108864} */
  readonly maxArchiveBytes: number;
  /** Size of one unpacked entry, in bytes. @default {16777216} */
  readonly maxEntryBytes: number;
  /** Size of a document in a pack: manifest, inventory or flow, in bytes. @default {4194304} */
  readonly maxDocumentBytes: number;
  /** Number of entries. @default {10000} */
  readonly maxEntries: number;
  /** Ratio of an entry's unpacked to its packed size. @default {200} */
  readonly maxRatio: number;
  /** Output of one template, in characters. @default {1048576} */
  readonly maxTemplateChars: number;
}

/** Name of one limit. */
export type LimitName = keyof Limits;

/** Longest delay that a timer can have; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The default of every limit. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  nodeTimeoutMs: 30_000,
  runTimeoutMs: 600_000,
  maxSteps: 10_000,
  maxCallDepth: 32,
  maxMemoryBytes: 256 * 1024 * 1024,
  maxTableElements: 100_000,
  maxCoreInstances: 64,
  maxHandles: 10_000,
  maxHostCalls: 10_000,
  maxValueBytes: 16 * 1024 * 1024,
  maxRunBytes: 256 * 1024 * 1024,
  maxHttpBodyBytes: 16 * 1024 * 1024,
  httpTimeoutMs: 30_000,
  maxLogBytes: 1024 * 1024,
  maxArchiveBytes: 64 * 1024 * 1024,
  maxEntryBytes: 16 * 1024 * 1024,
  maxDocumentBytes: 4 * 1024 * 1024,
  maxEntries: 10_000,
  maxRatio: 200,
  maxTemplateChars: 1024 * 1024,
});

/** The flag of the command that sets each limit. */
export const LIMIT_FLAGS: Readonly<Record<LimitName, string>> = Object.freeze({
  nodeTimeoutMs: "--node-timeout",
  runTimeoutMs: "--run-timeout",
  maxSteps: "--max-steps",
  maxCallDepth: "--max-call-depth",
  maxMemoryBytes: "--max-memory-mb",
  maxTableElements: "--max-table-elements",
  maxCoreInstances: "--max-core-instances",
  maxHandles: "--max-handles",
  maxHostCalls: "--max-host-calls",
  maxValueBytes: "--max-value-mb",
  maxRunBytes: "--max-run-mb",
  maxHttpBodyBytes: "--max-http-mb",
  httpTimeoutMs: "--http-timeout",
  maxLogBytes: "--max-log-kb",
  maxArchiveBytes: "--max-archive-mb",
  maxEntryBytes: "--max-entry-mb",
  maxDocumentBytes: "--max-document-mb",
  maxEntries: "--max-entries",
  maxRatio: "--max-ratio",
  maxTemplateChars: "--max-template-kb",
});

/** What the numbers of flags count, by the ends of their names, in units of their limits. */
const FLAG_UNITS: Readonly<Record<string, number>> = { mb: 1024 * 1024, kb: 1024 };

/** How many units of a limit one of its flag's is. */
export function limitUnit(limit: LimitName): number {
  return FLAG_UNITS[LIMIT_FLAGS[limit].split("-").at(-1) ?? ""] ?? 1;
}

/** The hint that names the option which raises a limit. */
export function limitHint(limit: LimitName): string {
  return `Raise it with ${LIMIT_FLAGS[limit]} or the option limits.${limit}`;
}

/** The failure of a call that exceeded a limit: what went over it, the limit and its value with its unit, and the option. */
export function limitFailure<Name extends LimitName>(
  code: ErrorCode,
  limit: Name,
  limits: Pick<Limits, Name>,
  what: string,
): Failure {
  const unit = limit.endsWith("Ms") ? " ms" : limit.endsWith("Bytes") ? " bytes" : "";
  const message = `${what} exceeds the limit ${limit} of ${limits[limit]}${unit}`;
  return { code, message, hint: limitHint(limit) };
}

/** The error for an exceeded limit: what went over it, the limit and its value, and the option that raises it. */
export function limitError(
  code: ErrorCode,
  limit: LimitName,
  limits: Limits,
  what: string,
  place?: string,
): RunnerError {
  return new RunnerError(code, `${what} exceeds the limit ${limit} of ${limits[limit]}`, {
    hint: limitHint(limit),
    ...(place === undefined ? {} : { place }),
  });
}
