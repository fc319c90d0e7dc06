/**
 * HTTP over the network, through `fetch`. Each hop of a request is checked: its host stands in the list of allowed ones,
 * its addresses are not private unless they are allowed themselves, Deno permits it. Time, size and redirects are
 * limited. Never prompts, never throws, keeps no cookies and no cache.
 *
 * Two things `fetch` does not let the runner decide. Addresses are looked up before the connection is made, by name
 * again: a name server that answers differently the second time leads elsewhere. And Deno takes the proxies of the
 * environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`), whatever it is permitted to read, save for the hosts that
 * `NO_PROXY` names; a proxy looks names up by itself.
 */

import { concatBytes } from "../../base/bytes.ts";
import { abortCause } from "../../base/call.ts";
import { limitFailure, limitHint, type Limits, MAX_TIMER_MS } from "../../base/limits.ts";
import { isGranted, netHost, permissionFlags } from "../../base/permission.ts";
import { isLoopbackAddress, isPrivateAddress, literalAddress } from "./addresses.ts";
import { allowHint, type AllowList, portOf } from "./allow.ts";
import { faultOf, HttpFault } from "./fault.ts";
import type { HttpRequest, HttpResponse, HttpResult, HttpTransport } from "./message.ts";
import { redirected, redirectTarget } from "./redirect.ts";
import { isUnpacked, type Sendable, sendable, webAddress } from "./request.ts";
import { type Resolve, resolveHost } from "./resolve.ts";

/** Redirects that are followed. */
const MAX_REDIRECTS = 10;
/** Headers of a response. Deno takes no more over HTTP/1.1, and bounds their length, but not their number over HTTP/2. */
const MAX_HEADERS = 100;

const NO_ADDRESS = new HttpFault("invalid", "request has no http or https address");

/** What real HTTP is granted. */
export interface RealHttpOptions {
  /** The hosts that may be reached. */
  readonly allow: AllowList;
  /** How long a request may take, and how large its response may be. */
  readonly limits: Pick<Limits, "maxHttpBodyBytes" | "httpTimeoutMs">;
  /** Finds the addresses of hosts. @default {resolveHost} */
  readonly resolve?: Resolve;
}

/** Answers requests from the network. */
export class RealHttp implements HttpTransport {
  readonly #allow: AllowList;
  readonly #limits: RealHttpOptions["limits"];
  readonly #resolve: Resolve;

  /** Reaches the allowed hosts within the limits. */
  constructor({ allow, limits, resolve = resolveHost }: RealHttpOptions) {
    this.#allow = allow;
    this.#limits = limits;
    this.#resolve = resolve;
  }

  /** Why a request would fail without a look at the network: its address is none, or not allowed. Null if it would not. */
  refusal({ url }: HttpRequest): HttpResult | null {
    const address = webAddress(url);
    const fault = address === undefined ? NO_ADDRESS : this.#allow.denial(address);
    return fault?.result("real") ?? null;
  }

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
    const ending = new AbortController();
    const onAbort = () => ending.abort(signal.reason);
    const patienceMs = Math.min(request.timeoutMs ?? Infinity, this.#limits.httpTimeoutMs, MAX_TIMER_MS);
    const timer = setTimeout(() => ending.abort(this.#timeout(request)), patienceMs);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      return { type: "response", provider: "real", response: await this.#follow(request, ending.signal) };
    } catch (error) {
      if (signal.aborted) {
        return { type: "abort", provider: "real", failure: abortCause(signal.reason).failure };
      }
      const fault = faultOf(error, "the server");
      // What was under way ends with the request.
      ending.abort(fault);
      return fault.result("real");
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #follow(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const start = webAddress(request.url);
    if (start === undefined) throw NO_ADDRESS;
    let at = request;
    let from = start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const url = from;
      try {
        const denial = this.#allow.denial(url);
        if (denial !== undefined) throw denial;
        const sent = sendable(at);
        await this.#check(url, signal);
        const response = await fetch(url, { ...sent, redirect: "manual", signal });
        const to = request.followRedirects ? redirectTarget(response, url) : undefined;
        if (to === undefined) return await this.#received(sent, response, url);
        await response.body?.cancel();
        at = redirected(at, response.status, url, to);
        from = to;
      } catch (error) {
        throw faultOf(signal.aborted ? signal.reason : error, netHost(url));
      }
    }
    throw new HttpFault("limit", `${start.host} redirects more than ${MAX_REDIRECTS} times`);
  }

  async #check(url: URL, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const host = netHost(url);
    if (!isGranted({ name: "net", host })) {
      const hint = `Add ${permissionFlags([{ name: "net", host }])}`;
      throw new HttpFault("denied", `Deno is not permitted to reach ${host}`, hint);
    }
    // An address that is spelled out has just been found in the list itself.
    if (literalAddress(url.hostname) !== undefined) return;
    const looking = this.#resolve({ hostname: url.hostname, port: portOf(url) }, signal);
    for (const address of await untilAborted(looking, signal)) this.#checkAddress(url, address);
  }

  #checkAddress(url: URL, address: string): void {
    if (!isPrivateAddress(address)) return;
    if (/(?:^|\.)localhost$/.test(url.hostname) && isLoopbackAddress(address)) return;
    const itself = new URL(url);
    itself.hostname = address.includes(":") ? `[${address.replace(/%.*/, "")}]` : address;
    if (this.#allow.allows(itself)) return;
    throw new HttpFault("denied", `${url.hostname} is at ${address}, a private address`, allowHint(itself));
  }

  async #received(sent: Sendable, response: Response, url: URL): Promise<HttpResponse> {
    const { status } = response;
    // Nobody asked for another protocol: the header that would is left out.
    if (status < 200) throw new HttpFault("unavailable", `answer of ${netHost(url)} is not HTTP`);
    const headers = [...response.headers];
    if (headers.length > MAX_HEADERS) {
      throw new HttpFault("limit", `headers of the answer of ${netHost(url)} are too many or too long`);
    }
    const packed = isUnpacked(sent, response) ? ["content-encoding", "content-length"] : [];
    return {
      status,
      headers: headers.filter(([name]) => !packed.includes(name)),
      body: await this.#body(response),
    };
  }

  async #body(response: Response): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    // Half the price of `for await` for a small body.
    const reader = response.body?.getReader();
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      size += read.value.length;
      pieces.push(read.value);
      if (size <= this.#limits.maxHttpBodyBytes) continue;
      const { message, hint } = limitFailure(
        "http.limit",
        "maxHttpBodyBytes",
        this.#limits,
        "body of the answer",
      );
      throw new HttpFault("limit", message, hint);
    }
    return concatBytes(pieces);
  }

  #timeout({ timeoutMs }: HttpRequest): HttpFault {
    const { httpTimeoutMs } = this.#limits;
    if (timeoutMs !== null && timeoutMs < httpTimeoutMs) {
      return new HttpFault("timeout", `request took longer than the ${timeoutMs} ms that it was given`);
    }
    const message = `request exceeds the limit httpTimeoutMs of ${httpTimeoutMs} ms`;
    return new HttpFault("timeout", message, limitHint("httpTimeoutMs"));
  }
}

/** What was promised, or the reason of the signal when it is aborted first. The signal ends with its request. */
function untilAborted<T>(promised: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([promised, promise]);
}
