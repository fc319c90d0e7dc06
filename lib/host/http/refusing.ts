/**
 * HTTP for runs that allow no host: every request is denied, in the words of the reference, with the line that would
 * allow it. Never opens a connection.
 */

import { allowHint } from "./allow.ts";
import { HttpFault } from "./fault.ts";
import type { HttpRequest, HttpResult, HttpTransport } from "./message.ts";
import { webAddress } from "./request.ts";

/** Denies all HTTP. */
export class RefusingTransport implements HttpTransport {
  send({ url }: HttpRequest): Promise<HttpResult> {
    const address = webAddress(url);
    const hint = address === undefined ? undefined : allowHint(address);
    const fault = new HttpFault("denied", "http client disabled by policy", hint);
    return Promise.resolve(fault.result("refuse"));
  }
}
