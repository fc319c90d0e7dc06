/**
 * HTTP as the runner sees it, between what guests ask and who answers: requests, responses, and the port of those who
 * answer. Only types.
 */

import type { Failure } from "../../base/call.ts";
import type { ErrorCode } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";

/** Names with values, in order; a name may stand more than once. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** What a guest asks. */
export interface HttpRequest {
  /** The method as the guest spells it. */
  readonly method: string;
  /** The address as the guest spells it. */
  readonly url: string;
  readonly headers: Headers;
  /** The body, or null for none. */
  readonly body: Uint8Array | null;
  /** How long the guest wants to wait, in milliseconds, or null. */
  readonly timeoutMs: number | null;
  /** Whether redirects are followed. */
  readonly followRedirects: boolean;
  /** Whether the guest would take certificates that are not valid. It never gets its way: it is only recorded. */
  readonly allowInsecure: boolean;
}

/** What a server answers. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** How a request ended. Nothing of it is thrown. */
export type HttpResult =
  & {
    /** Who answered. */
    readonly provider: "real" | "mock" | "refuse";
    /** What the record says beside, such as the name of a recording. */
    readonly note?: Readonly<Record<string, Json>>;
  }
  & (
    | { readonly type: "response"; readonly response: HttpResponse }
    | {
      /** There is no response: the guest gets `error`. */
      readonly type: "failed";
      /** What the guest gets: `denied`, `unavailable`, `timeout`, `limit`, `tls`, `invalid`. */
      readonly error: { readonly code: string; readonly message: string };
      /** The same for the record. */
      readonly code: ErrorCode;
      /** What to type to get further. */
      readonly hint?: string;
    }
    /** The node fails: it asked for what the run must not do without. */
    | { readonly type: "abort"; readonly failure: Failure }
  );

/** Answers requests: the network, recordings, or a refusal. */
export interface HttpTransport {
  /** Answers a request. Never throws; the signal is aborted when nobody waits for the answer any more. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResult>;
  /** Gives back what it holds, at the end of the run. */
  close?(): void;
}
