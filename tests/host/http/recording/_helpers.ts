/** What the tests of recordings share: requests, a transport that answers from a list, and a redactor as a port. */

import { DEFAULT_LIMITS } from "../../../../lib/base/limits.ts";
import type { ErrorCode } from "../../../../lib/base/errors.ts";
import { fixedClock } from "../../../../lib/base/clock.ts";
import type {
  HttpRequest,
  HttpResponse,
  HttpResult,
  HttpTransport,
} from "../../../../lib/host/http/message.ts";
import type { RecordingMode } from "../../../../lib/host/http/recording/mode.ts";
import type { RecordedResponse, Recording } from "../../../../lib/host/http/recording/recording.ts";
import type { Secrecy } from "../../../../lib/host/http/recording/scrub.ts";
import { RecordingStore } from "../../../../lib/host/http/recording/store.ts";
import { RecordedHttp, type RecordedHttpParts } from "../../../../lib/host/http/recording/transport.ts";
import { isSecretName, Redactor } from "../../../../lib/record/redact.ts";
import { bytes } from "../../_helpers.ts";

export const URL_A = "https://api.example/items?page=1";
export const NOW = "2026-03-01T00:00:00Z";

/** A request; `body` is text. */
export function request(
  { body, ...rest }: Partial<Omit<HttpRequest, "body">> & { body?: string } = {},
): HttpRequest {
  return {
    method: "GET",
    url: URL_A,
    headers: [],
    body: body === undefined ? null : bytes(body),
    timeoutMs: null,
    followRedirects: true,
    allowInsecure: false,
    ...rest,
  };
}

/** A response; `body` is text. */
export function response(
  body: string = "",
  { status = 200, headers = [] }: Partial<HttpResponse> = {},
): HttpResponse {
  return { status, headers, body: bytes(body) };
}

/** What counts as secret when these values are known. */
export function secrecy(...secrets: string[]): Secrecy {
  const redactor = new Redactor(secrets);
  return {
    scrub: { text: (value) => redactor.scrub(value), bytes: (value) => redactor.scrubBytes(value) },
    hides: isSecretName,
  };
}

/** An answer as it was recorded. */
export function recorded(text: string, rest: Partial<RecordedResponse> = {}): RecordedResponse {
  return { recordedAt: NOW, status: 200, headers: [], body: { text }, durationMs: 1, ...rest };
}

/** A recording of a request without a body. */
export function recording(url: string = URL_A, ...responses: RecordedResponse[]): Recording {
  return {
    request: { method: "GET", url, headers: [], body: null },
    responses: responses.length === 0 ? [recorded("recorded")] : responses,
    redactions: [],
  };
}

/** Answers with results in order, and remembers what it was asked. */
export class ScriptedHttp implements HttpTransport {
  readonly asked: HttpRequest[] = [];
  readonly #results: HttpResult[];

  constructor(...results: (HttpResult | string)[]) {
    this.#results = results.map((result) =>
      typeof result === "string" ? { type: "response", provider: "real", response: response(result) } : result
    );
  }

  send(asked: HttpRequest): Promise<HttpResult> {
    this.asked.push(asked);
    const result = this.#results.shift();
    if (result === undefined) throw new Error(`nobody expected ${asked.method} ${asked.url}`);
    return Promise.resolve(result);
  }
}

/** What a host that is not allowed gets. */
export const REFUSED: HttpResult = {
  type: "failed",
  provider: "refuse",
  error: { code: "denied", message: "host api.example not present in allowlist" },
  code: "http.denied",
  hint: "Allow it with --allow https://api.example",
};

/** One run on a folder, with what it was warned of. */
export async function run(
  folder: string,
  mode: RecordingMode,
  parts: Partial<RecordedHttpParts> = {},
): Promise<{ http: RecordedHttp; warnings: [code: ErrorCode, message: string, place: string][] }> {
  const warnings: [code: ErrorCode, message: string, place: string][] = [];
  const all: RecordedHttpParts = {
    inner: new ScriptedHttp(),
    ...secrecy(),
    rewrites: [],
    expireAfterDays: null,
    onExpired: "warn",
    warn: (...warning) => void warnings.push(warning),
    clock: fixedClock(NOW, 0),
    learn: () => {},
    maxBytes: DEFAULT_LIMITS.maxMemoryBytes,
    ...parts,
  };
  const http = new RecordedHttp(
    mode === "off"
      ? { ...all, mode, store: null }
      : { ...all, mode, store: await RecordingStore.open(folder) },
  );
  return { http, warnings };
}
