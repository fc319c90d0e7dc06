/**
 * Why a request has no response: every way to fail, with its code, one sentence for the guest, and what to type. The
 * one place that reads the words of the platform. Never decides what is allowed.
 */

import { type ErrorCode, messageChain } from "../../base/errors.ts";
import type { HttpResult } from "./message.ts";

/** The kinds of failures that guests hear of. */
export type FaultKind = "denied" | "invalid" | "limit" | "timeout" | "tls" | "unavailable";

/** Ends a request without a response. It stays within this folder. */
export class HttpFault extends Error {
  /** What the guest gets as code. */
  readonly kind: FaultKind;
  /** What to type to get further. */
  readonly hint: string | undefined;

  /** Creates a fault from its kind, one sentence, and what to type. */
  constructor(kind: FaultKind, message: string, hint?: string) {
    super(message);
    this.name = "HttpFault";
    this.kind = kind;
    this.hint = hint;
  }

  /** The fault as the answer to a request. */
  result(provider: HttpResult["provider"]): HttpResult {
    const { kind, message, hint } = this;
    const code: ErrorCode = `http.${kind}`;
    return {
      type: "failed",
      provider,
      error: { code: kind, message },
      code,
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

const TRUST =
  "Deno trusts it with the flag --cert=FILE, which names a PEM file with the certificate of its issuer";

/** What the platform says when a request fails, and what that means; `HOST` stands for host and port. */
const FAULTS: readonly (readonly [said: RegExp, kind: FaultKind, message: string, hint?: string])[] = [
  [/Requires net access/, "denied", "Deno is not permitted to reach HOST"],
  [/^Invalid URL/, "invalid", "address at HOST is too long, or has characters that cannot be sent"],
  [/Requests to port \d+ are blocked/, "denied", "HOST is at a port that is not for HTTP"],
  [
    /message head is too large|too_many_continuations/,
    "limit",
    "headers of the answer of HOST are too many or too long",
  ],
  [/UnknownIssuer|CaUsedAsEndEntity/, "tls", "certificate of HOST has an unknown issuer", TRUST],
  [/invalid peer certificate: (?:Expired|certificate expired)/, "tls", "certificate of HOST has expired"],
  [
    /invalid peer certificate: (?:NotValidForName|certificate not valid for name)/,
    "tls",
    "certificate of HOST is for another name",
  ],
  [/invalid peer certificate/, "tls", "certificate of HOST is not valid"],
  [
    /corrupt message|tls handshake|fatal alert|peer is incompatible|peer misbehaved|InvalidContentType/,
    "tls",
    "no secure connection with HOST came about",
  ],
  [/dns error|getaddrinfo|failed to lookup address/, "unavailable", "HOST has no known address"],
  [/Connection refused/i, "unavailable", "connection to HOST was refused"],
  [/client error \(Connect\)/, "unavailable", "HOST cannot be reached"],
  [
    /connection closed before message completed/,
    "unavailable",
    "HOST closed the connection without an answer",
  ],
  [/invalid .* parsed|protocol error/, "unavailable", "answer of HOST is not HTTP"],
  [
    /reading a body|unexpected end of file|decompress|deflate|brotli|corrupt/i,
    "unavailable",
    "answer of HOST broke off",
  ],
];

/** Whatever was thrown while a request to a host was under way. */
export function faultOf(error: unknown, host: string): HttpFault {
  if (error instanceof HttpFault) return error;
  // The platform repeats the address: its words are the guest's, and say nothing of what went wrong.
  const said = messageChain(error).join(": ").replaceAll(/https?:\/\/\S*/g, "");
  const [, kind, message, hint] = FAULTS.find(([pattern]) => pattern.test(said)) ??
    [/$/, "unavailable", "request to HOST failed"] as const;
  // The host may look like a pattern of replacements; a function takes it as it is.
  return new HttpFault(kind, message.replace("HOST", () => host), hint);
}
