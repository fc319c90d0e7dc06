/**
 * Spans as the body of an OTLP request in JSON. Loads what writes it only when something is to be written, and reads
 * no environment. Never sends anything.
 *
 * Format: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
 */

import { VERSION } from "../../base/version.ts";
import type { Span, SpanEvent, Time } from "./span.ts";

/** What all spans of a run share. */
export interface TraceFacts {
  /** The trace, 32 hex digits. */
  readonly traceId: string;
  /** The trace's flags. */
  readonly flags: number;
  /** Its `tracestate`; empty for none. */
  readonly state: string;
  /** Whether the parent of the run's span lives in another process: it is the one span whose parent may be there. */
  readonly remoteParentId: string | null;
  /** `service.name` of the resource. */
  readonly serviceName: string;
}

/** Writes the body of a request. */
export type Encode = (spans: readonly Span[]) => Uint8Array<ArrayBuffer>;

type Transformer = typeof import("@opentelemetry/otlp-transformer");
type ReadableSpan = NonNullable<
  Parameters<Transformer["JsonTraceSerializer"]["serializeRequest"]>[0]
>[number];

/** `SpanKind` and `SpanStatusCode` as the packages number them. */
const KINDS = { internal: 0, client: 2 } as const;
const STATUS_UNSET = 0, STATUS_ERROR = 2;

/** Loads what is needed to write requests for one trace. */
export async function loadEncoder(facts: TraceFacts): Promise<Encode> {
  const [{ JsonTraceSerializer }, { createTraceState }] = await Promise.all([
    import("@opentelemetry/otlp-transformer"),
    import("@opentelemetry/api"),
  ]);
  // Members that are no members of a tracestate are left out here.
  const state = facts.state === "" ? {} : { traceState: createTraceState(facts.state) };
  const resource = resourceOf(facts);
  return (spans) => {
    const readable = spans.map((span) => readableSpan(span, { facts, state, resource }));
    return new Uint8Array(JsonTraceSerializer.serializeRequest(readable) ?? []);
  };
}

/** What produces the spans: the same object in every span, since the encoder groups by it. */
function resourceOf({ serviceName }: TraceFacts): ReadableSpan["resource"] {
  const attributes = { "service.name": serviceName, "service.version": VERSION };
  const resource: ReadableSpan["resource"] = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource;
}

const SCOPE = { name: "@greentic/runner", version: VERSION };

function readableSpan(
  span: Span,
  { facts, state, resource }: {
    facts: TraceFacts;
    state: Pick<ReturnType<ReadableSpan["spanContext"]>, "traceState">;
    resource: ReadableSpan["resource"];
  },
): ReadableSpan {
  const { traceId, flags: traceFlags, remoteParentId } = facts;
  const { spanId, parentId, droppedEvents, error } = span;
  const parent = parentId === null
    ? {}
    : { parentSpanContext: { traceId, spanId: parentId, traceFlags, isRemote: parentId === remoteParentId } };
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => ({ traceId, spanId, traceFlags, ...state }),
    ...parent,
    startTime: pair(span.start),
    endTime: pair(span.end),
    // The encoder takes the two times, not what lies between.
    duration: [0, 0],
    ended: true,
    status: error === null ? { code: STATUS_UNSET } : {
      code: STATUS_ERROR,
      ...(error === "" ? {} : { message: error }),
    },
    attributes: span.attributes,
    events: span.events.map(eventOf),
    links: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: droppedEvents,
    droppedLinksCount: 0,
  };
}

function eventOf({ name, time, attributes }: SpanEvent): ReadableSpan["events"][number] {
  return { name, time: pair(time), attributes };
}

function pair([seconds, nanoseconds]: Time): [number, number] {
  return [seconds, nanoseconds];
}
