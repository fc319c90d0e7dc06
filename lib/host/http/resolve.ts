/**
 * The addresses of a host, with as little permission as the runner has. Never decides whether they may be reached.
 *
 * Whoever asks here and then connects by name leaves a gap: a name server may answer differently the second time, and
 * of several addresses another may be taken than the one that answered here. Deno cannot be told to connect to an
 * address under another name, so the gap stays.
 */

import { isGranted } from "../../base/permission.ts";

/** A host and port to connect to. */
export interface Target {
  /** A name, never an address. */
  readonly hostname: string;
  readonly port: number;
}

/** Finds the addresses of a host. Throws what the system says when it has none. */
export type Resolve = (target: Target, signal: AbortSignal) => Promise<readonly string[]>;

/** All addresses of a host; the one that answers, where Deno permits its port alone. */
export const resolveHost: Resolve = async ({ hostname, port }, signal) => {
  // Looking names up takes the permission for the whole host; a connection tells its address, and takes that of its port.
  if (!isGranted({ name: "net", host: hostname })) {
    using connection = await Deno.connect({ hostname, port, signal });
    return [connection.remoteAddr.hostname];
  }
  // Only runs that reach a host by name pay for loading it.
  const { lookup } = await import("node:dns/promises");
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
};
