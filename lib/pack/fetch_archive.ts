/**
 * Fetches a pack by its address, for callers who give a URL. Never prompts: a host that Deno does not permit is an
 * error with the flag to add, also when a redirect leads there. Never reads more than the limit.
 */

import { concatBytes } from "../base/bytes.ts";
import { messageOf, RunnerError } from "../base/errors.ts";
import { limitError, type Limits } from "../base/limits.ts";
import { netHost, requirePermissions } from "../base/permission.ts";

/** Redirects that are followed. */
const MAX_REDIRECTS = 10;
/** Addresses that hold their bytes themselves and reach no host. */
const LOCAL_SCHEMES = ["data:", "blob:"];

/** Whether a pack can be fetched from an address. */
export function isFetchable({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:" || LOCAL_SCHEMES.includes(protocol);
}

/** The bytes at an address. */
export async function fetchArchive(
  address: URL,
  { limits, signal }: { limits: Limits; signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  let at = address;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    if (!LOCAL_SCHEMES.includes(at.protocol)) requirePermissions([{ name: "net", host: netHost(at) }]);
    const response = await request(at, signal);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) {
      if (response.ok) return await body(response, { address: at, limits, signal });
      await response.body?.cancel();
      throw notFound(at, `the server answered with status ${response.status}`);
    }
    await response.body?.cancel();
    const next = URL.parse(location, at);
    if (next === null || !/^https?:$/.test(next.protocol)) {
      throw notFound(at, "the server redirects to what is no web address");
    }
    at = next;
  }
  throw notFound(address, `the server redirects more than ${MAX_REDIRECTS} times`);
}

async function request(address: URL, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(address, { redirect: "manual", ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw notFound(address, "the address does not answer", cause);
  }
}

interface Receiving {
  readonly address: URL;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
}

async function body(response: Response, { address, limits, signal }: Receiving): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of response.body ?? []) {
      size += piece.length;
      pieces.push(piece);
      if (size > limits.maxArchiveBytes) break;
    }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw notFound(address, "the answer breaks off", cause);
  }
  if (size <= limits.maxArchiveBytes) return concatBytes(pieces);
  throw limitError(
    "pack.limit.archive",
    "maxArchiveBytes",
    limits,
    "The size of the archive",
    shown(address),
  );
}

/** An address for messages and records: without credentials, query and what follows them, and not at length. */
export function shown({ protocol, host, pathname }: URL): string {
  return LOCAL_SCHEMES.includes(protocol) ? protocol.slice(0, -1) : `${protocol}//${host}${pathname}`;
}

/** A cause whose message does not repeat the address at length: its query may be a secret. */
function causeWithout(address: URL, cause: unknown): Error {
  return new Error(messageOf(cause).replaceAll(address.href, shown(address)));
}

function notFound(address: URL, why: string, cause?: unknown): RunnerError {
  return new RunnerError("pack.not_found", `Pack "${shown(address)}" cannot be fetched: ${why}`, {
    place: shown(address),
    hint: "Check the address, or fetch the pack by other means and give its path",
    ...(cause === undefined ? {} : { cause: causeWithout(address, cause) }),
  });
}
