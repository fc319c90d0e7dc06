/** Starts the trace of a run, which hears what its record hears. Never sends anything itself. */

import { systemClock } from "./base/clock.ts";
import type { ResolvedOptions } from "./options.ts";
import type { OtlpTrace } from "./record/otlp/otlp.ts";
import type { RunRecord } from "./run_record.ts";

/** The trace of a run that is told to a collector, or null. */
export async function startTrace(
  { otlp, identity }: Pick<ResolvedOptions, "otlp" | "identity">,
  { recorder, emit }: RunRecord,
): Promise<OtlpTrace | null> {
  if (otlp === null) return null;
  // Few runs are traced, and none of the others loads what that takes.
  const { OtlpTrace } = await import("./record/otlp/otlp.ts");
  const trace = new OtlpTrace({ target: otlp, tenantId: identity.tenant, clock: systemClock });
  recorder.subscribe(trace.listen);
  if (otlp.warning !== null) emit({ type: "warning", code: "otlp.export", message: otlp.warning });
  return trace;
}
