/**
 * What the span of a host call says: name, kind and attributes, as the semantic conventions have them where they know
 * the thing, else under `greentic.`. Never says what was sent or received.
 *
 * Conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ (client), and of the database conventions
 * the names of the operation and of what holds the keys.
 */

import type { HostCalledEvent, HostReturnedEvent } from "../../base/events.ts";
import type { Json } from "../../base/json.ts";
import type { Attributes, Span, SpanError } from "./span.ts";

/** What is known of a call before it is answered. */
export interface CallFacts {
  readonly name: string;
  readonly kind: Span["kind"];
  readonly attributes: Attributes;
}

/** What is known once it is answered. */
export interface ReturnFacts {
  readonly attributes: Attributes;
  /** Why it failed, or null. */
  readonly error: SpanError | null;
}

const KNOWN_METHODS: readonly string[] = [
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
];

/** Parts of a query that are signatures, which the conventions name. */
const SIGNATURES = /([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature)=)[^&#]*/g;

/** Describes a call. */
export function callFacts({ capability, call, inputs }: HostCalledEvent): CallFacts {
  const shared = { "greentic.host.capability": capability, "greentic.host.call": call };
  const fn = call.slice(call.lastIndexOf("#") + 1);
  const name = `${capability}.${fn}`;
  switch (capability) {
    case "http": {
      const request = httpAttributes(textOf(inputs, "method") ?? "", textOf(inputs, "url") ?? "");
      return { ...request, kind: "client", attributes: { ...shared, ...request.attributes } };
    }
    case "state":
      return { name, kind: "internal", attributes: { ...shared, "db.operation.name": fn } };
    case "kv": {
      const ns = textOf(inputs, "ns");
      const attributes = { ...shared, "db.operation.name": fn };
      const known = ns === undefined ? attributes : { ...attributes, "db.collection.name": ns };
      return { name, kind: "internal", attributes: known };
    }
    default:
      return { name, kind: "internal", attributes: shared };
  }
}

/** Describes an answer. */
export function returnFacts({ capability, status, provider, outputs }: HostReturnedEvent): ReturnFacts {
  const shared = { "greentic.host.provider": provider, "greentic.host.status": status };
  const code = capability === "http" ? member(outputs, "status") : undefined;
  const attributes = typeof code === "number" && Number.isInteger(code)
    ? { ...shared, "http.response.status_code": code }
    : shared;
  if (status === "ok") {
    // The code says it all, so there is no message.
    const refused = typeof code === "number" && code >= 400;
    return { attributes, error: refused ? { code: String(code), message: "" } : null };
  }
  const told = member(outputs, "error");
  const message = typeof told === "string" ? told : textOf(told, "message");
  return {
    attributes,
    error: {
      code: textOf(told, "code") ?? status,
      message: message ?? `Host call ended with the status "${status}"`,
    },
  };
}

function httpAttributes(method: string, address: string): { name: string; attributes: Attributes } {
  const upper = method.toUpperCase();
  const known = KNOWN_METHODS.includes(upper);
  const url = URL.parse(address);
  const attributes = {
    "http.request.method": known ? upper : "_OTHER",
    ...(upper === method && known ? {} : { "http.request.method_original": method }),
    ...(url === null ? { "url.full": address } : urlAttributes(url, address)),
  };
  return { name: known ? upper : "HTTP", attributes };
}

function urlAttributes(url: URL, address: string): Attributes {
  const hasUser = url.username !== "" || url.password !== "";
  if (url.username !== "") url.username = "REDACTED";
  if (url.password !== "") url.password = "REDACTED";
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return {
    // As the guest spelt it, where nothing in it has to be hidden.
    "url.full": (hasUser ? url.href : address).replace(SIGNATURES, "$1REDACTED"),
    ...(url.hostname === "" ? {} : { "server.address": url.hostname, "server.port": port }),
  };
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { readonly [key: string]: Json })[name] : undefined;
}

function textOf(value: Json | undefined, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" ? found : undefined;
}
