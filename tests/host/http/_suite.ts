/** What guests may expect of HTTP, whoever answers: a server, or a recording of what it said. */

import { assertEquals } from "@std/assert";
import type { HostReply, WitValue } from "../../../lib/base/call.ts";
import { HttpClient } from "../../../lib/host/http/client.ts";
import type { HttpTransport } from "../../../lib/host/http/message.ts";
import { bytes, hostCall, NEVER } from "../_helpers.ts";
import { request } from "./_real.ts";

/** Uses one kind of HTTP, which answers as the suite's server at `origin` does; more than once if it must. */
export type WithHttp = (use: (http: HttpTransport, origin: string) => Promise<void>) => Promise<void>;

/** The rules of the suite. */
export type HttpRule = keyof typeof RULES;

/** Bytes that are no text, each once. */
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);
/** Longer than what comes in one piece. */
const LARGE = new Uint8Array(3_000_000).map((_, i) => i * 31 >> 3);

/** Starts the server that the rules are asked of: it counts, and says back what it hears. */
export function startSuiteServer(): { origin: string } & AsyncDisposable {
  let count = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (asked) => {
    const { pathname, search } = new URL(asked.url);
    const [, what, more] = pathname.split("/");
    if (what === "status") return new Response(more === "204" ? null : "said", { status: Number(more) });
    if (what === "bytes") return new Response(ALL_BYTES);
    if (what === "large") return new Response(LARGE);
    if (what === "back") return new Response(await asked.arrayBuffer());
    if (what === "empty") return new Response(null);
    if (what === "count") return new Response(String(++count));
    if (what === "away") {
      return new Response("over there", { status: Number(more), headers: { location: "/echo" } });
    }
    if (what === "cookies") {
      return new Response("", { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
    }
    const headers = { "x-one": "1", "X-Two": "a, b", "content-type": "application/json; charset=utf-8" };
    const heard = Object.fromEntries([...asked.headers].filter(([name]) => name.startsWith("x-")));
    const body = new Uint8Array(await asked.arrayBuffer()).toBase64();
    return Response.json({ method: asked.method, path: pathname + search, heard, body }, { headers });
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Status, headers that were sent on purpose, and body of an answer, which there must be. */
async function ask(http: HttpTransport, ...asked: Parameters<typeof request>) {
  const result = await http.send(request(...asked), NEVER);
  if (result.type !== "response") throw new Error(`no response but ${JSON.stringify(result)}`);
  const { status, headers, body } = result.response;
  return { status, headers: headers.filter(([name]) => !/^(?:date|vary|content-length)$/.test(name)), body };
}

async function textOf(http: HttpTransport, ...asked: Parameters<typeof request>): Promise<string> {
  return new TextDecoder().decode((await ask(http, ...asked)).body);
}

/** What the server says that it heard. */
async function echoOf(
  http: HttpTransport,
  ...asked: Parameters<typeof request>
): Promise<Record<string, unknown>> {
  return JSON.parse(await textOf(http, ...asked));
}

const RULES = {
  async "status, whatever it says"(http: HttpTransport, origin: string): Promise<void> {
    for (const status of [200, 201, 204, 400, 401, 404, 418, 429, 500, 503]) {
      const answer = await ask(http, `${origin}/status/${status}`);
      assertEquals([answer.status, answer.body.length], [status, status === 204 ? 0 : 4]);
    }
  },
  async "methods, each with an answer of its own"(http: HttpTransport, origin: string): Promise<void> {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]) {
      assertEquals((await echoOf(http, `${origin}/echo`, { method })).method, method);
    }
    assertEquals(await textOf(http, `${origin}/echo`, { method: "HEAD" }), "");
  },
  async "headers of requests, and addresses as they are"(http: HttpTransport, origin: string): Promise<void> {
    const headers: [string, string][] = [["X-One", "1"], ["x-two", "a"], ["x-two", "b"], ["X-Empty", ""]];
    const echo = await echoOf(http, `${origin}/echo/a%20b/?q=1&q=%C3%BC#part`, { headers });
    assertEquals([echo.heard, echo.path], [
      { "x-one": "1", "x-two": "a, b", "x-empty": "" },
      "/echo/a%20b/?q=1&q=%C3%BC",
    ]);
  },
  async "headers of answers, in lower case and in their order"(
    http: HttpTransport,
    origin: string,
  ): Promise<void> {
    assertEquals((await ask(http, `${origin}/echo`)).headers, [
      ["content-type", "application/json; charset=utf-8"],
      ["x-one", "1"],
      ["x-two", "a, b"],
    ]);
  },
  async "headers that answers have twice"(http: HttpTransport, origin: string): Promise<void> {
    assertEquals((await ask(http, `${origin}/cookies`)).headers.filter(([name]) => name === "set-cookie"), [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
  },
  async "bodies of any bytes, both ways"(http: HttpTransport, origin: string): Promise<void> {
    assertEquals((await ask(http, `${origin}/bytes`)).body, ALL_BYTES);
    for (
      const body of [ALL_BYTES, bytes("text"), bytes('{"a": 1}'), bytes('{"a":1}'), bytes("\ufeffx\r\n")]
    ) {
      const echo = await echoOf(http, `${origin}/echo`, { method: "POST", body });
      assertEquals(echo.body, body.toBase64());
      assertEquals((await ask(http, `${origin}/back`, { method: "POST", body })).body, body);
    }
  },
  async "bodies that are empty or absent"(http: HttpTransport, origin: string): Promise<void> {
    assertEquals((await ask(http, `${origin}/empty`)).body, new Uint8Array());
    for (const body of [null, new Uint8Array()]) {
      assertEquals((await echoOf(http, `${origin}/echo`, { method: "POST", body })).body, "");
    }
  },
  async "large bodies, both ways"(http: HttpTransport, origin: string): Promise<void> {
    assertEquals((await ask(http, `${origin}/large`)).body, LARGE);
    const echo = await echoOf(http, `${origin}/echo`, { method: "PUT", body: LARGE });
    assertEquals(echo.body, LARGE.toBase64());
  },
  async "requests that are repeated, in their order"(http: HttpTransport, origin: string): Promise<void> {
    for (const count of ["1", "2", "3"]) assertEquals(await textOf(http, `${origin}/count`), count);
    assertEquals(await textOf(http, `${origin}/count?other`), "4");
    assertEquals(await textOf(http, `${origin}/count`), "5");
  },
  async "requests at once"(http: HttpTransport, origin: string): Promise<void> {
    const paths = Array.from({ length: 20 }, (_, i) => `/echo/${i}`);
    const echoes = await Promise.all(paths.map((path) => echoOf(http, `${origin}${path}`)));
    assertEquals(echoes.map(({ path }) => path), paths);
  },
  async "redirects, followed or handed over"(http: HttpTransport, origin: string): Promise<void> {
    const posted = { method: "POST", body: bytes("kept") };
    const table: [status: number, method: string, body: string][] = [
      [301, "GET", ""],
      [302, "GET", ""],
      [303, "GET", ""],
      [307, "POST", "kept"],
      [308, "POST", "kept"],
    ];
    for (const [status, method, body] of table) {
      const echo = await echoOf(http, `${origin}/away/${status}`, posted);
      assertEquals([echo.method, echo.path, echo.body], [method, "/echo", btoa(body)]);
    }
    const { status, headers, body } = await ask(http, `${origin}/away/302?stay`, { followRedirects: false });
    assertEquals([status, new Map(headers).get("location"), body], [302, "/echo", bytes("over there")]);
  },
  async "every interface of guests"(http: HttpTransport, origin: string): Promise<void> {
    const client = new HttpClient(http);
    const url = `${origin}/echo/all`, headers = [["x-guest", "me"]], body = ALL_BYTES;
    const asked = { method: "POST", url, headers, body };
    const calls: [name: string, ...args: WitValue[]][] = [
      ["greentic:http/http-client@1.0.0#send", asked, undefined],
      ["greentic:http/client@1.0.0#send", asked, undefined],
      ["greentic:http/http-client@1.1.0#send", asked, undefined, undefined],
      ["greentic:http/client@1.1.0#send", asked, { followRedirects: false }, undefined],
      ["greentic:host/http-v1@1.0.0#request", "POST", url, ["x-guest", "me"], body],
    ];
    assertEquals(calls.map(([name]) => name.split("#")[0]).sort(), Object.keys(client.interfaces).sort());
    for (const [name, ...args] of calls) {
      const { reply, status } = await client.answer(hostCall(name, ...args), NEVER);
      assertEquals([name, status, JSON.parse(new TextDecoder().decode(bodyIn(reply)))], [name, "ok", {
        method: "POST",
        path: "/echo/all",
        heard: { "x-guest": "me" },
        body: ALL_BYTES.toBase64(),
      }]);
    }
  },
};

/** The body that a guest gets, with or without the rest of a response around it. */
function bodyIn(reply: HostReply): Uint8Array {
  const value: unknown = reply.type === "ok" ? reply.value : undefined;
  const body = value instanceof Uint8Array
    ? value
    : typeof value === "object" && value !== null && "body" in value
    ? value.body
    : undefined;
  if (body instanceof Uint8Array) return body;
  throw new Error(`no body but ${JSON.stringify(reply)}`);
}

/** Registers the rules for one kind of HTTP; those that do not hold for it are skipped, each for a reason. */
export function httpSuite(
  name: string,
  withHttp: WithHttp,
  skipped: Readonly<Partial<Record<HttpRule, string>>> = {},
): void {
  for (const [rule, holds] of Object.entries(RULES)) {
    const reason = new Map(Object.entries(skipped)).get(rule);
    Deno.test({
      name: `HTTP ${name} gives ${rule}${reason === undefined ? "" : ` (skipped: ${reason})`}`,
      ignore: reason !== undefined,
      fn: () => withHttp(holds),
    });
  }
}
