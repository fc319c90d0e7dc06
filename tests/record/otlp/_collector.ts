/**
 * An OTLP collector on loopback, and the format as the specification has it, checked by hand. Well-behaved unless a
 * test says otherwise.
 */

import { assert, assertEquals } from "@std/assert";

/** A value of an attribute as it is sent. */
export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: number | string }
  | { doubleValue: number };

/** An attribute as it is sent. */
export interface KeyValue {
  key: string;
  value: AnyValue;
}

/** A span as it is sent. */
export interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  events: { name: string; timeUnixNano: string; attributes: KeyValue[] }[];
  droppedEventsCount: number;
  status: { code: number; message?: string };
  flags: number;
}

/** A request as the collector saw it. */
export interface SentRequest {
  path: string;
  headers: Headers;
  resource: KeyValue[];
  scope: { name: string; version: string };
  spans: SentSpan[];
}

/** A collector that goes away with its owner. */
export interface Collector extends AsyncDisposable {
  /** Its base address. */
  readonly base: string;
  readonly requests: SentRequest[];
  /** Everything that it took: each span once. */
  spans(): SentSpan[];
}

/** Starts a collector. `answer` says what it answers to the request of a number, from 0; it takes those with a 2xx. */
export function startCollector(
  answer: (request: SentRequest, number: number) => Response | Promise<Response> = () => Response.json({}),
): Collector {
  const requests: SentRequest[] = [];
  const taken: SentSpan[] = [];
  let number = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (incoming) => {
    assertEquals(incoming.method, "POST");
    assertEquals(incoming.headers.get("content-type"), "application/json");
    const request = decoded(incoming, await incoming.json());
    requests.push(request);
    const response = await answer(request, number++);
    if (response.ok) taken.push(...request.spans);
    return response;
  });
  return {
    base: `http://127.0.0.1:${server.addr.port}`,
    requests,
    spans() {
      const ids = taken.map(({ spanId }) => spanId);
      assertEquals(new Set(ids).size, ids.length, "each span comes once");
      for (const span of taken) checkSpan(span);
      return taken;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A server that is no HTTP server: `talk` has each connection, which is closed when that is over. */
export function startStranger(talk: (connection: Deno.Conn) => Promise<void>): Collector {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const open = new Set<Deno.Conn>();
  const over = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      talk(connection).catch(() => {}).finally(() => {
        if (open.delete(connection)) connection.close();
      });
    }
  })();
  return {
    base: `http://127.0.0.1:${listener.addr.port}`,
    requests: [],
    spans: () => [],
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await over;
    },
  };
}

/** Reads a request until its headers are over, for strangers who do not care what is in it. */
export async function readHead(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) return;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

/** The attributes of a list, as plain values. */
export function plain(attributes: readonly KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(attributes.map(({ key, value }) => {
    if ("stringValue" in value) return [key, value.stringValue];
    if ("boolValue" in value) return [key, value.boolValue];
    return [key, "intValue" in value ? Number(value.intValue) : value.doubleValue];
  }));
}

/** Spans as an indented tree of names, in the order in which they started. */
export function treeOf(spans: readonly SentSpan[]): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lines: string[] = [];
  function visit(parent: string | undefined, depth: number): void {
    const children = spans.filter(({ parentSpanId }) =>
      parent === undefined ? parentSpanId === undefined || !ids.has(parentSpanId) : parentSpanId === parent
    ).sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
    for (const { name, spanId, status } of children) {
      lines.push(`${"  ".repeat(depth)}${name}${status.code === 2 ? " !" : ""}`);
      visit(spanId, depth + 1);
    }
  }
  visit(undefined, 0);
  return lines.join("\n");
}

/** The span of a name, of which there is one. */
export function named(spans: readonly SentSpan[], name: string): SentSpan {
  const found = spans.filter((span) => span.name === name);
  assertEquals(found.length, 1, `spans named "${name}"`);
  return found[0]!;
}

function decoded(incoming: Request, body: unknown): SentRequest {
  const { resourceSpans } = body as {
    resourceSpans: {
      resource: { attributes: KeyValue[] };
      scopeSpans: { scope: SentRequest["scope"]; spans: SentSpan[] }[];
    }[];
  };
  assertEquals(resourceSpans.length, 1, "one resource");
  const [{ resource, scopeSpans }] = resourceSpans as [typeof resourceSpans[number]];
  assertEquals(scopeSpans.length, 1, "one scope");
  const [{ scope, spans }] = scopeSpans as [typeof scopeSpans[number]];
  const { pathname, search } = new URL(incoming.url);
  return {
    path: `${pathname}${search}`,
    headers: incoming.headers,
    resource: resource.attributes,
    scope,
    spans,
  };
}

const SPAN_FIELDS = [
  "traceId",
  "spanId",
  "parentSpanId",
  "traceState",
  "name",
  "kind",
  "startTimeUnixNano",
  "endTimeUnixNano",
  "attributes",
  "droppedAttributesCount",
  "events",
  "droppedEventsCount",
  "links",
  "droppedLinksCount",
  "status",
  "flags",
];

/** The JSON form of `opentelemetry.proto.trace.v1.Span`: lower camel case, hex ids, 64 bits as text, enums as numbers. */
function checkSpan(span: SentSpan): void {
  for (const field of Object.keys(span)) assert(SPAN_FIELDS.includes(field), `a span has no field ${field}`);
  assert(/^[0-9a-f]{32}$/.test(span.traceId) && !/^0+$/.test(span.traceId), span.traceId);
  assert(/^[0-9a-f]{16}$/.test(span.spanId) && !/^0+$/.test(span.spanId), span.spanId);
  if (span.parentSpanId !== undefined) assert(/^[0-9a-f]{16}$/.test(span.parentSpanId), span.parentSpanId);
  assert(span.name !== "");
  assert([1, 3].includes(span.kind), `kind ${span.kind}`);
  checkNanos(span.startTimeUnixNano);
  checkNanos(span.endTimeUnixNano);
  assert(
    BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano),
    `${span.name} ends before it starts`,
  );
  assert([0, 2].includes(span.status.code), `status ${span.status.code}`);
  assert(Number.isInteger(span.flags) && (span.flags & 1) === 1, `flags ${span.flags}`);
  assert(Number.isInteger(span.droppedEventsCount));
  checkAttributes(span.attributes);
  for (const { name, timeUnixNano, attributes } of span.events) {
    assert(name !== "");
    checkNanos(timeUnixNano);
    assert(BigInt(timeUnixNano) >= BigInt(span.startTimeUnixNano), `${name} before ${span.name}`);
    checkAttributes(attributes);
  }
}

function checkNanos(nanos: string): void {
  assert(typeof nanos === "string" && /^[1-9]\d{18}$/.test(nanos), `${nanos} is no time`);
}

function checkAttributes(attributes: readonly KeyValue[]): void {
  const keys = attributes.map(({ key }) => key);
  assertEquals(new Set(keys).size, keys.length, "each attribute once");
  for (const { key, value } of attributes) {
    const [[type, held] = ["none", undefined], ...more] = Object.entries(value);
    assertEquals(more, [], key);
    assert(
      (type === "stringValue" && typeof held === "string") ||
        (type === "boolValue" && typeof held === "boolean") ||
        (type === "doubleValue" && typeof held === "number") ||
        (type === "intValue" && Number.isSafeInteger(held)),
      `${key} is ${type} ${held}`,
    );
  }
}
