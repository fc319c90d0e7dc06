import { assertEquals, assertThrows } from "@std/assert";
import { HttpFault } from "../../../lib/host/http/fault.ts";
import type { HttpRequest } from "../../../lib/host/http/message.ts";
import { redirected, redirectTarget } from "../../../lib/host/http/redirect.ts";
import { bytes } from "../_helpers.ts";

const FROM = new URL("https://a.example/x/y?q");
const BODY = bytes("b");

function request(method: string, headers: HttpRequest["headers"] = []): HttpRequest {
  return {
    method,
    url: FROM.href,
    headers,
    body: BODY,
    timeoutMs: 5,
    followRedirects: true,
    allowInsecure: false,
  };
}

function moved(status: number, location?: string): Response {
  return new Response(null, { status, headers: location === undefined ? {} : { location } });
}

Deno.test("redirectTarget() tells where a redirect leads, from where it stands", async (t) => {
  const cases: [string, string][] = [
    ["https://b.example/z", "https://b.example/z"],
    ["/z", "https://a.example/z"],
    ["z", "https://a.example/x/z"],
    ["?r", "https://a.example/x/y?r"],
    ["//b.example", "https://b.example/"],
    ["http://2130706433/", "http://127.0.0.1/"],
  ];
  for (const [location, expected] of cases) {
    await t.step(location, () => {
      for (const status of [301, 302, 303, 307, 308]) {
        assertEquals(redirectTarget(moved(status, location), FROM)?.href, expected);
      }
    });
  }
});

Deno.test("redirectTarget() finds none in other responses, nor without an address", () => {
  for (const status of [200, 201, 300, 304, 305, 400]) {
    assertEquals(redirectTarget(moved(status, "/z"), FROM), undefined, `${status}`);
  }
  assertEquals(redirectTarget(moved(302), FROM), undefined);
});

Deno.test("redirectTarget() refuses what is no web address", () => {
  for (const location of ["http://", "file:///etc/passwd", "data:,x", "javascript:1", "ftp://a.example"]) {
    const error = assertThrows(() => redirectTarget(moved(302, location), FROM), HttpFault);
    assertEquals(error.message, "a.example redirects to what is no web address", location);
  }
});

Deno.test("redirected() changes the method as the Fetch standard has it, and drops the body with it", async (t) => {
  const methods = ["GET", "HEAD", "POST", "post", "PUT", "DELETE", "CUSTOM"];
  const cases: [number, string[]][] = [
    [301, ["GET", "HEAD", "GET", "GET", "PUT", "DELETE", "CUSTOM"]],
    [302, ["GET", "HEAD", "GET", "GET", "PUT", "DELETE", "CUSTOM"]],
    [303, ["GET", "HEAD", "GET", "GET", "GET", "GET", "GET"]],
    [307, methods],
    [308, methods],
  ];
  for (const [status, expected] of cases) {
    await t.step(String(status), () => {
      const to = new URL("https://a.example/z");
      const next = methods.map((method) => redirected(request(method), status, FROM, to));
      assertEquals(next.map(({ method }) => method), expected);
      const bodies = methods.map((method, i) => expected[i] === method ? BODY : null);
      assertEquals(next.map(({ body }) => body), bodies);
    });
  }
});

Deno.test("redirected() drops what describes the body with the body", () => {
  const headers = [["Content-Type", "a"], ["content-encoding", "b"], ["Accept", "c"]] as const;
  const to = new URL("https://a.example/z");
  assertEquals(redirected(request("POST", headers), 302, FROM, to).headers, [["Accept", "c"]]);
  assertEquals(redirected(request("POST", headers), 307, FROM, to).headers, headers);
});

Deno.test("redirected() drops credentials when the origin changes", async (t) => {
  const headers = [["Authorization", "a"], ["cookie", "b"], ["Proxy-Authorization", "c"], [
    "X-Key",
    "d",
  ]] as const;
  const cases: [string, boolean][] = [
    ["https://a.example/z", true],
    ["https://a.example:443/z", true],
    ["https://b.example/z", false],
    ["https://x.a.example/z", false],
    ["http://a.example/z", false],
    ["https://a.example:444/z", false],
  ];
  for (const [to, isKept] of cases) {
    await t.step(to, () => {
      const next = redirected(request("GET", headers), 302, FROM, new URL(to));
      assertEquals(next.headers, isKept ? headers : [["X-Key", "d"]]);
    });
  }
});
