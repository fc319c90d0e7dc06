/** What the tests of real HTTP share. */

import { DEFAULT_LIMITS } from "../../../lib/base/limits.ts";
import { AllowList } from "../../../lib/host/http/allow.ts";
import type { HttpRequest, HttpResponse, HttpResult } from "../../../lib/host/http/message.ts";
import { RealHttp, type RealHttpOptions } from "../../../lib/host/http/real.ts";
import { NEVER } from "../_helpers.ts";

/** What a test must not leave behind: Deno looks for it only when it is told to. */
export const SANITIZED = { sanitizeOps: true, sanitizeResources: true };

/** Real HTTP that may reach some origins. */
export function real(
  origins: readonly string[],
  options: Partial<RealHttpOptions["limits"]> & Pick<RealHttpOptions, "resolve"> = {},
): RealHttp {
  const { resolve, ...limits } = options;
  return new RealHttp({
    allow: new AllowList(origins),
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...(resolve === undefined ? {} : { resolve }),
  });
}

/** A request, by default a GET without anything. */
export function request(url: string, given: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    url,
    headers: [],
    body: null,
    timeoutMs: null,
    followRedirects: true,
    allowInsecure: false,
    ...given,
  };
}

/** The response to a request, which there must be. */
export async function responseTo(http: RealHttp, asked: HttpRequest): Promise<HttpResponse> {
  const result = await http.send(asked, NEVER);
  if (result.type === "response") return result.response;
  throw new Error(`no response but ${JSON.stringify(result)}`);
}

/** Code, message and hint of a failure, which there must be. */
export function failureOf(
  result: HttpResult | null,
): [code: string, message: string, hint: string | undefined] {
  if (result?.type !== "failed") throw new Error(`no failure but ${JSON.stringify(result)}`);
  if (result.code !== `http.${result.error.code}`) throw new Error(`${result.code} for ${result.error.code}`);
  return [result.code, result.error.message, result.hint];
}
