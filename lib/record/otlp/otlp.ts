/**
 * The trace of one run: hears its events, makes spans of them, and has them exported. Never throws, never delays the
 * run, and delays its end by at most two seconds.
 */

import { type Failure, failureOfError } from "../../base/call.ts";
import type { Clock } from "../../base/clock.ts";
import type { RunResult } from "../../base/result.ts";
import type { RecordedEvent } from "../line_writer.ts";
import type { Endpoint } from "./collector.ts";
import { loadEncoder } from "./encode.ts";
import { Exporter } from "./exporter.ts";
import type { Time } from "./span.ts";
import { RunSpans } from "./spans.ts";
import { RANDOM, SAMPLED, type TraceParent } from "./trace_parent.ts";

/** Where traces go, and what they say of whoever made them. */
export interface OtlpTarget extends Endpoint {
  /** `service.name` of the resource. */
  readonly serviceName: string;
  /** Whether a run is exported although its parent's trace is not recorded. */
  readonly sampleAll: boolean;
  /** The span that the run is a part of, or null. */
  readonly parent: TraceParent | null;
}

/** Gives the ids of traces and spans, as hex digits. */
export interface TraceIds {
  /** 32 digits. */
  traceId(): string;
  /** 16 digits. */
  spanId(): string;
}

/** What a trace is made with. */
export interface OtlpTraceOptions {
  /** Where it goes. */
  readonly target: OtlpTarget;
  /** The tenant on whose behalf the run takes place. */
  readonly tenantId: string;
  /** The time. */
  readonly clock: Clock;
  /** The ids. @default random ones */
  readonly ids?: TraceIds;
  /** How long the export may go on after the run, in milliseconds. @default {2000} */
  readonly finishMs?: number;
}

/** How long the export may go on after the run, in milliseconds. */
const FINISH_MS = 2000;

/** Ids that nobody else has. */
const RANDOM_IDS: TraceIds = { traceId: () => randomHex(16), spanId: () => randomHex(8) };

/** Traces one run. */
export class OtlpTrace {
  readonly #options: OtlpTraceOptions;
  readonly #startMs: number;
  readonly #startedMs: number;
  readonly #exporter: Exporter;
  /** The spans; null when the run is not recorded. */
  readonly #spans: RunSpans | null;
  #fault: unknown;
  #finished: Promise<Failure | null> | undefined;

  /** Starts the span of the run. */
  constructor(options: OtlpTraceOptions) {
    const { target, clock, ids = RANDOM_IDS, finishMs = FINISH_MS } = options;
    const { parent, serviceName } = target;
    this.#options = options;
    this.#startMs = clock.now().getTime();
    this.#startedMs = clock.monotonicMs();
    const facts = {
      traceId: parent?.traceId ?? ids.traceId(),
      flags: SAMPLED | (parent === null ? RANDOM : parent.flags & RANDOM),
      state: parent?.state ?? "",
      remoteParentId: parent?.spanId ?? null,
      serviceName,
    };
    const exporter = new Exporter({
      endpoint: target,
      loadEncoder: () => loadEncoder(facts),
      clock,
      finishMs,
    });
    this.#exporter = exporter;
    this.#spans = isRecorded(target)
      ? new RunSpans({
        nextSpanId: () => ids.spanId(),
        parentId: parent?.spanId ?? null,
        start: this.#time(this.#startedMs),
        ended: (span) => exporter.add(span),
      })
      : null;
  }

  /** Hears an event. Detached, it can be handed to whoever tells events. */
  readonly listen = ({ event }: RecordedEvent): void => {
    if (this.#spans === null || this.#finished !== undefined) return;
    try {
      this.#spans.take(event, this.#time(this.#options.clock.monotonicMs()));
      // Loaded while the node works, on another thread.
      if (event.type === "node.started") this.#exporter.warmUp();
    } catch (error) {
      this.#fault ??= error;
    }
  };

  /** Ends all spans and exports what is left. Returns why the trace may not be complete at the collector, or null. */
  finish(result: RunResult): Promise<Failure | null> {
    return this.#finished ??= this.#finish(result);
  }

  async #finish(result: RunResult): Promise<Failure | null> {
    if (this.#spans === null) return null;
    const { tenantId, clock } = this.#options;
    try {
      const root = this.#spans.finish(result, tenantId, this.#time(clock.monotonicMs()));
      const failure = await this.#exporter.finish(root);
      if (failure !== null) return failure;
    } catch (error) {
      this.#fault ??= error;
    }
    if (this.#fault === undefined) return null;
    const { message, causes = [] } = failureOfError(this.#fault);
    return {
      code: "otlp.export",
      message: "The trace of this run is not complete",
      causes: [message, ...causes],
    };
  }

  /** A moment of the clock that never runs backwards, counted from the wall time at the start. */
  #time(monotonicMs: number): Time {
    const seconds = Math.floor(this.#startMs / 1000);
    // Counted from the full second: a number of milliseconds since 1970 has no room for nanoseconds.
    const ms = this.#startMs - seconds * 1000 + (monotonicMs - this.#startedMs);
    const more = Math.floor(ms / 1000);
    return [seconds + more, Math.floor((ms - more * 1000) * 1e6)];
  }
}

/** Follows the parent, if there is one; a run without is recorded. */
function isRecorded({ sampleAll, parent }: OtlpTarget): boolean {
  return sampleAll || parent === null || (parent.flags & SAMPLED) !== 0;
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
