import { assert, assertEquals, assertThrows } from "@std/assert";
import { VERSION } from "../../../lib/base/version.ts";
import { HttpFault } from "../../../lib/host/http/fault.ts";
import type { HttpRequest } from "../../../lib/host/http/message.ts";
import { sendable, webAddress } from "../../../lib/host/http/request.ts";
import { bytes } from "../_helpers.ts";

const DEFAULTS: [string, string][] = [
  ["user-agent", `greentic-runner/${VERSION}`],
  ["accept-encoding", "gzip, br"],
];

function request(given: Partial<HttpRequest>): HttpRequest {
  return {
    method: "GET",
    url: "https://a.example/",
    headers: [],
    body: null,
    timeoutMs: null,
    followRedirects: true,
    allowInsecure: false,
    ...given,
  };
}

Deno.test("webAddress() reads addresses of http and https alone", () => {
  assertEquals(webAddress("HTTP://A.example")?.href, "http://a.example/");
  for (const text of ["", "a.example", "/x", "ftp://a.example", "file:///x", "data:,x", "https://"]) {
    assertEquals(webAddress(text), undefined, text);
  }
});

Deno.test("sendable() keeps headers as they are given, and names the runner where the guest names nobody", () => {
  const headers = [["X-B", "1"], ["x-a", "2"], ["X-B", "3"]] as const;
  assertEquals(sendable(request({ headers })).headers, [...headers, ...DEFAULTS]);
  const own = [["User-Agent", "guest"], ["Accept-Encoding", "br"]] as const;
  assertEquals(sendable(request({ headers: own })).headers, own);
});

Deno.test("sendable() asks for parts of bodies unpacked", () => {
  const { headers } = sendable(request({ headers: [["Range", "bytes=0-1"]] }));
  assertEquals(headers.at(-1), ["accept-encoding", "identity"]);
});

Deno.test("sendable() leaves out headers that belong to the connection", () => {
  const names = [
    "Connection",
    "Content-Length",
    "Expect",
    "HOST",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
  ];
  const headers = names.map((name): [string, string] => [name, "x"]);
  assertEquals(sendable(request({ headers })).headers, DEFAULTS);
});

Deno.test("sendable() refuses methods that HTTP does not know, and those that fetch does not send", () => {
  for (const method of ["", "A B", "GET\r\n", "é", "CONNECT", "trace", "TRACK"]) {
    const error = assertThrows(() => sendable(request({ method })), HttpFault);
    assertEquals([error.kind, error.message], [
      "invalid",
      `method ${JSON.stringify(method)} is not one that can be sent`,
    ]);
  }
  const error = assertThrows(() => sendable(request({ method: " ".repeat(1_000_000) })), HttpFault);
  assert(error.message.length < 200, "what a guest says at length is not repeated");
});

Deno.test("sendable() refuses headers by name, and does not repeat their value", async (t) => {
  const cases: [string, string][] = [["", "v"], ["a b", "v"], ["a:", "v"], ["é", "v"], ["a", "v\nx: y"], [
    "a",
    "v\0",
  ], ["a", "€"]];
  for (const [name, value] of cases) {
    await t.step(JSON.stringify([name, value]), () => {
      const error = assertThrows(
        () => sendable(request({ headers: [["ok", "1"], [name, value]] })),
        HttpFault,
      );
      assertEquals([error.kind, error.message], [
        "invalid",
        `header ${JSON.stringify(name)} has a name or value that cannot be sent`,
      ]);
    });
  }
});

Deno.test("sendable() refuses more headers than Deno bears", () => {
  const many = (length: number) => Array.from({ length }, (_, i): [string, string] => [`x-${i}`, "v"]);
  assertEquals(sendable(request({ headers: many(1000) })).headers.length, 1002);
  const error = assertThrows(() => sendable(request({ headers: many(1001) })), HttpFault);
  assertEquals([error.kind, error.message], [
    "limit",
    "request has 1001 headers, and no more than 1000 are sent",
  ]);
});

Deno.test("sendable() takes no body with methods that have none, unless it is empty", () => {
  for (const method of ["GET", "head"]) {
    const error = assertThrows(() => sendable(request({ method, body: bytes("b") })), HttpFault);
    assertEquals(error.message, `request with method ${method} cannot have a body`);
    assertEquals(sendable(request({ method, body: bytes("") })).body, null);
  }
  assertEquals(sendable(request({ method: "DELETE", body: bytes("b") })).body, bytes("b"));
  assertEquals(sendable(request({ method: "POST", body: bytes("") })).body, bytes(""));
});
