/** Servers on the loopback interface for the tests of HTTP, honest and hostile. They speak bytes, not HTTP. */

import { concatBytes } from "../../../lib/base/bytes.ts";
import { bytes } from "../_helpers.ts";

/** A request as a server reads it. */
export interface Heard {
  /** The first line and the headers, one a line. */
  readonly head: readonly string[];
  readonly body: Uint8Array;
}

/** Answers one request on its connection, which is closed behind it. */
export type Reply = (connection: Deno.Conn, heard: Heard) => void | Promise<void>;

/** A server that runs until it is disposed of. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** The origin, such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  /** What was asked so far. */
  readonly heard: readonly Heard[];
}

/** How a server listens. */
export interface Listening {
  /** The port. @default {a free one} */
  readonly port?: number;
  /** Whether it answers what is no HTTP request, as soon as it hears something. @default {false} */
  readonly anything?: boolean;
}

/** Starts a server; each connection serves one request. */
export function serve(reply: Reply, { port = 0, anything = false }: Listening = {}): Server {
  return running(Deno.listen({ hostname: "127.0.0.1", port }), "http", anything ? hear : read, reply);
}

/**
 * A certificate for localhost and 127.0.0.1 with its key, valid until 2126, that nobody trusts. It was made for these
 * tests with `openssl req -x509 -newkey ec -addext basicConstraints=critical,CA:FALSE`.
 */
export const CERTIFICATE: URL = new URL("_localhost.pem", import.meta.url);

/** Certificate and key as listeners take them. */
export function identity(): { cert: string; key: string } {
  const pem = Deno.readTextFileSync(CERTIFICATE);
  return { cert: pem, key: pem };
}

/** Starts a server with a certificate that nobody trusts. */
export function serveTls(reply: Reply): Server {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...identity() });
  return running(listener, "https", read, reply);
}

/** Answers with a status line, headers, and a body whose length is told. */
export function answering(head: string, body: Uint8Array | string = ""): Reply {
  const content = typeof body === "string" ? bytes(body) : body;
  const lines = `HTTP/1.1 ${head}\r\nContent-Length: ${content.length}\r\nConnection: close\r\n\r\n`;
  return async (connection) => {
    await write(connection, lines);
    await write(connection, content);
  };
}

/** Sends bytes as they are, and nothing else. */
export function sending(text: string): Reply {
  return (connection) => write(connection, text);
}

/** Sends a beginning, and then a piece every few milliseconds until nobody listens. */
export function trickling(start: string, piece: string): Reply {
  return async (connection) => {
    await write(connection, start);
    while (true) {
      await write(connection, piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
}

/** Sends a beginning, and then as much as the other side takes. */
export function flooding(start: string, piece: Uint8Array): Reply {
  return async (connection) => {
    await write(connection, start);
    while (true) await write(connection, piece);
  };
}

/** Writes all of a text or of bytes. */
export async function write(connection: Deno.Conn, content: string | Uint8Array): Promise<void> {
  let rest = typeof content === "string" ? bytes(content) : content;
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

/** Bytes packed with gzip. */
export async function gzip(content: Uint8Array): Promise<Uint8Array> {
  return await new Response(new Blob([content.slice()]).stream().pipeThrough(new CompressionStream("gzip")))
    .bytes();
}

/** A port where nobody listens. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

type Hear = (connection: Deno.Conn) => Promise<Heard | undefined>;

function running(listener: Deno.Listener, scheme: string, hear: Hear, reply: Reply): Server {
  if (listener.addr.transport !== "tcp") throw new Error("no TCP listener");
  const { port } = listener.addr;
  const open = new Set<Deno.Conn>();
  const heard: Heard[] = [];
  const work: Promise<void>[] = [];
  async function one(connection: Deno.Conn): Promise<void> {
    open.add(connection);
    try {
      const request = await hear(connection);
      if (request === undefined) return;
      heard.push(request);
      await reply(connection, request);
    } catch {
      // The other side has gone, as hostile servers must expect.
    } finally {
      if (open.delete(connection)) connection.close();
    }
  }
  work.push((async () => {
    for await (const connection of listener) work.push(one(connection));
  })());
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}`,
    heard,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await Promise.all(work);
    },
  };
}

async function hear(connection: Deno.Conn): Promise<Heard | undefined> {
  const buffer = new Uint8Array(64 * 1024);
  const count = await connection.read(buffer);
  return count === null ? undefined : { head: [], body: buffer.subarray(0, count) };
}

async function read(connection: Deno.Conn): Promise<Heard | undefined> {
  let got = new Uint8Array();
  const buffer = new Uint8Array(64 * 1024);
  while (true) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    got = concatBytes([got, buffer.subarray(0, count)]);
    const text = new TextDecoder("latin1").decode(got);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const head = text.slice(0, end).split("\r\n");
    const length = Number(/^content-length: *(\d+)/im.exec(head.join("\n"))?.[1] ?? 0);
    const body = got.subarray(end + 4);
    if (body.length >= length) return { head, body };
  }
}
