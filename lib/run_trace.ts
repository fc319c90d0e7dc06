/** Starts the trace of a run, which hears what its record hears. Never sends anything itself. */

import { systemClock } from "./base/clock.ts";
import type { ResolvedOptions } from "./options.ts";
import { OtlpTrace } from "./record/otlp/otlp.ts";
import type { RunRecord } from "./run_record.ts";

/** The trace of a run that is told to a collector, or null. */
export function startTrace(
  { otlp, identity }: Pick<ResolvedOptions, "otlp" | "identity">,
  { recorder, emit }: RunRecord,
): OtlpTrace | null {
  if (otlp === null) return null;
  const trace = new OtlpTrace({ target: otlp, tenantId: identity.tenant, clock: systemClock });
  recorder.subscribe(trace.listen);
  if (otlp.warning !== null) emit({ type: "warning", code: "otlp.export", message: otlp.warning });
  return trace;
}
