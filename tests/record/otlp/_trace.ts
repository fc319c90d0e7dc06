/** A trace with ids that can be told apart, and ways to tell it a run. */

import type { Failure } from "../../../lib/base/call.ts";
import { type Clock, fixedClock } from "../../../lib/base/clock.ts";
import type { RunEvent } from "../../../lib/base/events.ts";
import type { RunResult } from "../../../lib/base/result.ts";
import { OtlpTrace, type OtlpTraceOptions } from "../../../lib/record/otlp/otlp.ts";
import { type OtlpOptions, resolveOtlp } from "../../../lib/otlp_options.ts";
import { runEnd, startTestRun } from "../_run.ts";

/** The start of every test's run. */
export const START = "2026-01-02T03:04:05.678Z";

/** Ids that count. */
export function countingIds(): NonNullable<OtlpTraceOptions["ids"]> {
  let count = 0;
  return {
    traceId: () => "a".repeat(32),
    spanId: () => (++count).toString(16).padStart(16, "0"),
  };
}

/** Starts a trace that goes to a collector. */
export function startTrace(
  otlp: OtlpOptions,
  { clock = fixedClock(START), finishMs }: { clock?: Clock; finishMs?: number } = {},
): OtlpTrace {
  const target = resolveOtlp(otlp)!;
  const more = finishMs === undefined ? {} : { finishMs };
  return new OtlpTrace({ target, tenantId: "acme", clock, ids: countingIds(), ...more });
}

/** The result of a run of which nothing was told. */
export function resultOf(end: Parameters<typeof runEnd>[0] = {}): RunResult {
  const { recorder } = startTestRun();
  const result = recorder.finish(runEnd(end));
  recorder.close();
  return result;
}

/** Tells a recorder events, with a trace as its listener, and ends both. */
export async function traced(
  trace: OtlpTrace,
  events: readonly RunEvent[],
  end: Parameters<typeof runEnd>[0] = {},
): Promise<{ failure: Failure | null; result: RunResult }> {
  const { recorder } = startTestRun();
  recorder.subscribe(trace.listen);
  for (const event of events) recorder.emit(event);
  const result = recorder.finish(runEnd(end));
  recorder.close();
  return { result, failure: await trace.finish(result) };
}
