/**
 * The trace that a run belongs to, as whoever started it says in a `traceparent`. Only reads it: what is no
 * `traceparent` gives null.
 *
 * Format: W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header.
 */

/** The span of somebody else that a run is a part of. */
export interface TraceParent {
  /** The trace, 32 hex digits. */
  readonly traceId: string;
  /** The span, 16 hex digits. */
  readonly spanId: string;
  /** Its flags. */
  readonly flags: number;
  /** What it passes on beside, a `tracestate`; empty for nothing. */
  readonly state: string;
}

/** The bit of the flags that says whether the span is recorded. */
export const SAMPLED = 0x01;
/** The bit of the flags that says that the trace's id is random. */
export const RANDOM = 0x02;

const REGEXP = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** Reads a `traceparent`. Of versions to come, it reads what every version begins with. */
export function parseTraceParent(text: string, state: string): TraceParent | null {
  const [, version, traceId = "", spanId = "", flags = "", more] = REGEXP.exec(text) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return null;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return null;
  return { traceId, spanId, flags: parseInt(flags, 16), state };
}
