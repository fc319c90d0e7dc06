/**
 * HTTP as guests call it: each interface's own way to ask and to be answered, in front of whoever answers requests.
 * Never decides an answer, and never opens a connection.
 *
 * Interfaces: `greentic:http/http-client` and `greentic:http/client` in 1.0 (`request, context`) and 1.1 (`request,
 * options, context`), `greentic:host/http-v1` (`method, url, headers, body`). The context is of no account.
 */

import type { HostCall, HostReply, WitValue } from "../../base/call.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";
import type { Headers, HttpRequest, HttpResponse, HttpResult, HttpTransport } from "./message.ts";
import { toldBody, toldHeaders, toldUrl } from "./told.ts";

const HTTP_V1 = "greentic:host/http-v1@1.0.0";

/** Answers guests what a transport answers. */
export class HttpClient implements Capability {
  readonly name = "http";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:http/http-client@1.0.0": ["send"],
    "greentic:http/http-client@1.1.0": ["send"],
    "greentic:http/client@1.0.0": ["send"],
    "greentic:http/client@1.1.0": ["send"],
    [HTTP_V1]: ["request"],
  };
  readonly #transport: HttpTransport;

  /** Asks `transport` what guests ask. */
  constructor(transport: HttpTransport) {
    this.#transport = transport;
  }

  describe(call: HostCall): Json {
    const { method, url, headers, body, timeoutMs, allowInsecure, followRedirects } = requestOf(call);
    return {
      method,
      url: toldUrl(url),
      ...told(headers, body),
      ...(timeoutMs === null ? {} : { timeout_ms: timeoutMs }),
      ...(allowInsecure ? { allow_insecure: true } : {}),
      ...(followRedirects ? {} : { follow_redirects: false }),
    };
  }

  async answer(call: HostCall, signal: AbortSignal): Promise<Answer> {
    const result = await this.#transport.send(requestOf(call), signal);
    const isV1 = call.interface === HTTP_V1;
    return {
      reply: replyOf(result, isV1),
      status: result.type === "response"
        ? "ok"
        : result.type === "failed" && result.code === "http.denied"
        ? "denied"
        : "error",
      provider: result.provider,
      outputs: { ...outputsOf(result), ...result.note },
    };
  }
}

function replyOf(result: HttpResult, isV1: boolean): HostReply {
  switch (result.type) {
    case "response":
      return { type: "ok", value: isV1 ? result.response.body : responseValue(result.response) };
    case "failed":
      return { type: "err", error: isV1 ? result.error.message : result.error };
    case "abort":
      return { type: "abort", failure: result.failure };
  }
}

function responseValue({ status, headers, body }: HttpResponse): WitValue {
  return { status, headers, body };
}

function outputsOf(result: HttpResult): JsonObject {
  if (result.type === "response") {
    const { status, headers, body } = result.response;
    return { status, ...told(headers, body.length === 0 ? null : body) };
  }
  const { error, code, hint } = result.type === "failed"
    ? result
    : { error: result.failure, code: result.failure.code, hint: result.failure.hint };
  const { code: kind, message } = error;
  return { error: { code: kind, message }, code, ...(hint === undefined ? {} : { hint }) };
}

function told(headers: Headers, body: Uint8Array | null): JsonObject {
  return {
    ...(headers.length === 0 ? {} : { headers: toldHeaders(headers) }),
    ...(body === null ? {} : { body: toldBody(body) }),
  };
}

/** What a guest asks. It decides the types of its own imports: what is of another type counts as absent. */
function requestOf({ interface: name, args }: HostCall): HttpRequest {
  if (name === HTTP_V1) {
    const [method, url, flat, body] = args;
    return { ...shared(method, url, body), headers: pairs(flat) };
  }
  const [request, second] = args;
  const options = name.endsWith("@1.1.0") ? second : undefined;
  const timeoutMs = field(options, "timeoutMs");
  return {
    ...shared(field(request, "method"), field(request, "url"), field(request, "body")),
    headers: list(field(request, "headers")).map((pair): [string, string] => {
      const [header, value] = list(pair);
      return [text(header), text(value)];
    }),
    timeoutMs: typeof timeoutMs === "number" ? timeoutMs : null,
    allowInsecure: field(options, "allowInsecure") === true,
    followRedirects: field(options, "followRedirects") !== false,
  };
}

function shared(method: WitValue, url: WitValue, body: WitValue): HttpRequest {
  return {
    method: text(method),
    url: text(url),
    headers: [],
    body: body instanceof Uint8Array ? body : null,
    timeoutMs: null,
    allowInsecure: false,
    followRedirects: true,
  };
}

/** A list of names and values in turn; a name at its end without a value is dropped. */
function pairs(flat: WitValue): [string, string][] {
  const texts = list(flat).map(text);
  return Array.from(
    { length: Math.floor(texts.length / 2) },
    (_, i) => [texts[i * 2] ?? "", texts[i * 2 + 1] ?? ""],
  );
}

function text(value: WitValue): string {
  return typeof value === "string" ? value : "";
}

function list(value: WitValue): readonly WitValue[] {
  return isList(value) ? value : [];
}

function isList(value: WitValue): value is readonly WitValue[] {
  return Array.isArray(value);
}

function field(value: WitValue, name: string): WitValue {
  if (typeof value !== "object" || value === null || isList(value) || value instanceof Uint8Array) {
    return undefined;
  }
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
