/**
 * Where a response sends a request on to, and what of the request goes with it, as the Fetch standard has it (section
 * "HTTP-redirect fetch"). Never decides whether the new address may be reached.
 */

import { HttpFault } from "./fault.ts";
import type { HttpRequest } from "./message.ts";

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const CREDENTIALS: readonly string[] = ["authorization", "cookie", "proxy-authorization"];
const OF_BODY: readonly string[] = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
];

/** The address that a response sends to, or undefined for one that sends nowhere. Throws for none of the web. */
export function redirectTarget(response: Response, from: URL): URL | undefined {
  const location = response.headers.get("location");
  if (location === null || !REDIRECTS.includes(response.status)) return undefined;
  const target = URL.parse(location, from);
  if (target !== null && /^https?:$/.test(target.protocol)) return target;
  throw new HttpFault("unavailable", `${from.host} redirects to what is no web address`);
}

/** The request as it goes on from one address to the next. */
export function redirected(request: HttpRequest, status: number, from: URL, to: URL): HttpRequest {
  const method = request.method.toUpperCase();
  const isChanged = status === 303
    ? method !== "GET" && method !== "HEAD"
    : status < 303 && method === "POST";
  const dropped = [...(isChanged ? OF_BODY : []), ...(from.origin === to.origin ? [] : CREDENTIALS)];
  return {
    ...request,
    url: to.href,
    headers: request.headers.filter(([name]) => !dropped.includes(name.toLowerCase())),
    ...(isChanged ? { method: "GET", body: null } : {}),
  };
}
