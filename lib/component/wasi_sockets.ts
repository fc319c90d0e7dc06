/**
 * The sockets of WASI, of which there are none: whoever asks for one, or for the address of a host, hears that access is
 * denied. Never opens anything.
 *
 * Interfaces: `wasi:sockets` 0.2, in the mapping of jco. Errors are thrown as plain strings.
 */

import { Handle, type Handles } from "./wasi_handles.ts";

/** A network is given out, for the function that gives it cannot fail; nothing can be done with it. */
class Network extends Handle {}

/** Never given out. */
class ResolveAddressStream extends Handle {}
class TcpSocket extends Handle {}
class UdpSocket extends Handle {}
class IncomingDatagramStream extends Handle {}
class OutgoingDatagramStream extends Handle {}

function denied(): never {
  throw "access-denied";
}

/** The interfaces by name without version. */
export function wasiSockets(handles: Handles): Record<string, object> {
  return {
    "wasi:sockets/instance-network": { instanceNetwork: () => new Network(handles) },
    "wasi:sockets/ip-name-lookup": { resolveAddresses: denied, ResolveAddressStream },
    "wasi:sockets/network": { Network },
    "wasi:sockets/tcp": { TcpSocket },
    "wasi:sockets/tcp-create-socket": { createTcpSocket: denied },
    "wasi:sockets/udp": { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    "wasi:sockets/udp-create-socket": { createUdpSocket: denied },
  };
}
