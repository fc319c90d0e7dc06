import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../../../lib/base/version.ts";
import { bytes, NEVER } from "../_helpers.ts";
import { failureOf, real, request, responseTo, SANITIZED } from "./_real.ts";
import { answering, gzip, sending, serve, type Server } from "./_servers.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);

function headerLines({ heard }: Server, index = 0): string[] {
  return (heard[index]?.head ?? []).slice(1);
}

Deno.test("RealHttp sends the method as the guest spells it", SANITIZED, async (t) => {
  await using server = serve(answering("200 OK"));
  const http = real([server.origin]);
  const methods = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "MyMethod",
    "patch",
  ];
  for (const [i, method] of methods.entries()) {
    await t.step(method, async () => {
      await responseTo(http, request(`${server.origin}/a?b=c#d`, { method }));
      assertEquals(server.heard[i]?.head[0], `${method} /a?b=c HTTP/1.1`);
    });
  }
});

Deno.test("RealHttp sends headers as the guest gives them, and names the runner", SANITIZED, async () => {
  await using server = serve(answering("200 OK"));
  const http = real([server.origin]);
  const headers = [["X-B", "1"], ["X-A", " 2 "], ["x-b", "é"], ["Cookie", "a=1"], [
    "Host",
    "evil.test",
  ]] as const;
  await responseTo(http, request(server.origin, { headers }));
  const lines = headerLines(server);
  assertEquals(lines.filter((line) => /^(?:x-|cookie)/.test(line)), [
    "x-b: 1",
    "x-b: é",
    "x-a: 2",
    "cookie: a=1",
  ]);
  assertEquals(lines.filter((line) => /^(?:host|user-agent|accept-encoding):/.test(line)).sort(), [
    "accept-encoding: gzip, br",
    `host: 127.0.0.1:${server.port}`,
    `user-agent: greentic-runner/${VERSION}`,
  ]);
  await responseTo(http, request(server.origin, { headers: [["User-Agent", "guest"]] }));
  assert(headerLines(server, 1).includes("user-agent: guest"));
});

Deno.test("RealHttp sends bodies as they are", SANITIZED, async () => {
  await using server = serve(answering("200 OK"));
  const http = real([server.origin]);
  await responseTo(http, request(server.origin, { method: "POST", body: ALL_BYTES }));
  assertEquals(server.heard[0]?.body, ALL_BYTES);
  assert(headerLines(server).includes("content-length: 256"));
  assertEquals(headerLines(server).filter((line) => line.startsWith("content-type")), []);
  await responseTo(http, request(server.origin, { method: "POST", body: new Uint8Array() }));
  assert(headerLines(server, 1).includes("content-length: 0"));
});

Deno.test("RealHttp gives status, headers and body as the server does", SANITIZED, async () => {
  await using server = serve(
    answering(
      "418 I'm a teapot\r\nX-A: 1\r\nSet-Cookie: a=1\r\nx-a: 2\r\nSet-Cookie: b=2; Path=/",
      ALL_BYTES,
    ),
  );
  const { status, headers, body } = await responseTo(real([server.origin]), request(server.origin));
  assertEquals(status, 418);
  assertEquals(body, ALL_BYTES);
  assertEquals(headers, [
    ["connection", "close"],
    ["content-length", "256"],
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2; Path=/"],
    ["x-a", "1, 2"],
  ]);
});

Deno.test("RealHttp keeps no cookies", SANITIZED, async () => {
  await using server = serve(answering("200 OK\r\nSet-Cookie: a=1"));
  const http = real([server.origin]);
  await responseTo(http, request(server.origin));
  await responseTo(http, request(server.origin));
  assertEquals(headerLines(server, 1).filter((line) => line.startsWith("cookie")), []);
});

Deno.test("RealHttp gives responses without a body", SANITIZED, async (t) => {
  const cases: [string, string, string, number][] = [
    ["204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204],
    ["304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nContent-Encoding: gzip\r\n\r\n", 304],
    ["HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip\r\n\r\n", 200],
    ["an empty one", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200],
    ["after 100", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200],
    ["error", "GET", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500],
  ];
  for (const [name, method, answer, expected] of cases) {
    await t.step(name, async () => {
      await using server = serve(sending(answer));
      const { status, headers, body } = await responseTo(
        real([server.origin]),
        request(server.origin, { method }),
      );
      assertEquals([status, body.length], [expected, 0]);
      const told = answer.split("\r\n").filter((line) => /^content-/i.test(line)).map((line) =>
        line.toLowerCase()
      );
      assertEquals(headers.map((pair) => pair.join(": ")).sort(), told.sort());
    });
  }
});

Deno.test("RealHttp gives bodies unpacked, without the headers of the packed ones", SANITIZED, async (t) => {
  const plain = bytes("hello ".repeat(100));
  const packed = await gzip(plain);
  const cases: [string, string, string | undefined, boolean][] = [
    ["gzip", "gzip", undefined, true],
    ["GZIP", "GZIP", undefined, true],
    ["gzip, wanted", "gzip", "gzip", true],
    ["gzip, not wanted", "gzip", "identity", false],
    ["gzip, not wanted in other words", "gzip", " Identity ", false],
    ["gzip, at will", "gzip", "identity, gzip", true],
    ["brotli wanted", "gzip", "br", true],
    ["gzip, perhaps not wanted", "gzip", "identity;q=1", true],
    ["another spelling", "x-gzip", undefined, false],
    ["two layers", "gzip, gzip", undefined, false],
    ["deflate", "deflate", undefined, false],
  ];
  for (const [name, encoding, accept, isUnpacked] of cases) {
    await t.step(name, async () => {
      await using server = serve(answering(`200 OK\r\nContent-Encoding: ${encoding}\r\nX-A: 1`, packed));
      const headers = accept === undefined ? [] : [["Accept-Encoding", accept] as const];
      const response = await responseTo(real([server.origin]), request(server.origin, { headers }));
      assertEquals(response.body, isUnpacked ? plain : packed);
      const told = response.headers.filter(([name]) => name !== "connection");
      assertEquals(told, [
        ...(isUnpacked ? [] : [["content-encoding", encoding], ["content-length", `${packed.length}`]]),
        ["x-a", "1"],
      ]);
    });
  }
});

Deno.test("RealHttp takes bodies up to the limit, and not a byte more", SANITIZED, async (t) => {
  const maxHttpBodyBytes = 1_000_000;
  for (const size of [maxHttpBodyBytes - 1, maxHttpBodyBytes]) {
    await t.step(`${size}`, async () => {
      const content = new Uint8Array(size).fill(7);
      await using server = serve(answering("200 OK", content));
      const http = real([server.origin], { maxHttpBodyBytes });
      const { body } = await responseTo(http, request(server.origin));
      assertEquals(body.length, size);
      assert(body.every((byte) => byte === 7));
    });
  }
  await t.step("above", async () => {
    await using server = serve(answering("200 OK", new Uint8Array(maxHttpBodyBytes + 1)));
    const http = real([server.origin], { maxHttpBodyBytes });
    assertEquals(failureOf(await http.send(request(server.origin), NEVER)), [
      "http.limit",
      "body of the answer exceeds the limit maxHttpBodyBytes of 1000000 bytes",
      "Raise it with --max-http-mb or the option limits.maxHttpBodyBytes",
    ]);
  });
});

Deno.test(
  "RealHttp follows redirects to allowed hosts, and leaves credentials behind",
  SANITIZED,
  async () => {
    await using target = serve(answering("200 OK", "there"));
    await using server = serve((connection, { head: [first = ""] }) =>
      answering(
        first.includes("/start")
          ? "302 Found\r\nLocation: /next"
          : `307 On\r\nLocation: ${target.origin}/end`,
      )(
        connection,
        { head: [], body: new Uint8Array() },
      )
    );
    const http = real([server.origin, target.origin]);
    const headers = [["Authorization", "s"], ["X-A", "1"], ["Content-Type", "text/plain"]] as const;
    const asked = request(`${server.origin}/start`, { method: "POST", headers, body: bytes("b") });
    assertEquals((await responseTo(http, asked)).body, bytes("there"));
    assertEquals(server.heard.map(({ head }) => head[0]), ["POST /start HTTP/1.1", "GET /next HTTP/1.1"]);
    assertEquals(target.heard.map(({ head }) => head[0]), ["GET /end HTTP/1.1"]);
    const sent = (lines: string[]) =>
      lines.filter((line) => /^(?:authorization|x-a|content-type):/.test(line));
    assertEquals(sent(headerLines(server, 0)), ["authorization: s", "x-a: 1", "content-type: text/plain"]);
    assertEquals(sent(headerLines(server, 1)), ["authorization: s", "x-a: 1"]);
    assertEquals(sent(headerLines(target)), ["x-a: 1"]);
  },
);

Deno.test("RealHttp hands redirects to guests that follow them themselves", SANITIZED, async () => {
  await using server = serve(answering("302 Found\r\nLocation: https://evil.test/", "moved"));
  const { status, headers, body } = await responseTo(
    real([server.origin]),
    request(server.origin, { followRedirects: false }),
  );
  assertEquals([status, body], [302, bytes("moved")]);
  assert(headers.some((pair) => pair.join() === "location,https://evil.test/"));
});

Deno.test("RealHttp looks up names alone", SANITIZED, async () => {
  await using server = serve(answering("200 OK"));
  const resolve = () => Promise.reject(new Error("looked up"));
  assertEquals((await responseTo(real([server.origin], { resolve }), request(server.origin))).status, 200);
});

Deno.test("RealHttp answers many requests at a time", SANITIZED, async () => {
  await using server = serve(async (connection, heard) => {
    await answering("200 OK", heard.head[0]?.split(" ")[1])(connection, heard);
  });
  const http = real([server.origin]);
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
  const answers = await Promise.all(paths.map((path) => responseTo(http, request(server.origin + path))));
  assertEquals(answers.map(({ body }) => new TextDecoder().decode(body)), paths);
});

Deno.test("RealHttp.refusal() tells what is refused without a look at the network", SANITIZED, async (t) => {
  const http = real(["https://a.example"]);
  assertEquals(http.refusal(request("https://a.example/x")), null);
  const cases: [string, string, string, string | undefined][] = [
    [
      "http://a.example/x?key=k",
      "http.denied",
      "host a.example not present in allowlist",
      "Allow it with --allow http://a.example",
    ],
    [
      "https://b.example:8443",
      "http.denied",
      "host b.example not present in allowlist",
      "Allow it with --allow https://b.example:8443",
    ],
    ["b.example", "http.invalid", "request has no http or https address", undefined],
    ["file:///etc/passwd", "http.invalid", "request has no http or https address", undefined],
  ];
  for (const [url, ...expected] of cases) {
    await t.step(url, async () => {
      assertEquals(failureOf(http.refusal(request(url))), expected);
      assertEquals(
        await http.send(request(url, { method: "A B" }), NEVER),
        http.refusal(request(url)) ?? undefined,
      );
    });
  }
});

Deno.test("RealHttp refuses requests that cannot be sent before it reaches anybody", SANITIZED, async (t) => {
  await using server = serve(answering("200 OK"));
  const http = real([server.origin]);
  const cases: [string, Parameters<typeof request>[1], string][] = [
    ["method", { method: "A B" }, 'method "A B" is not one that can be sent'],
    ["header", { headers: [["a b", "c"]] }, 'header "a b" has a name or value that cannot be sent'],
    ["body", { body: bytes("b") }, "request with method GET cannot have a body"],
  ];
  for (const [name, given, message] of cases) {
    await t.step(name, async () => {
      const result = await http.send(request(server.origin, given), NEVER);
      assertEquals(failureOf(result), ["http.invalid", message, undefined]);
    });
  }
  assertEquals(server.heard, []);
});

Deno.test({
  ...SANITIZED,
  name: "RealHttp names the flag of Deno that a host needs, and asks nobody for it",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    const http = real(["http://localhost:9999", "https://[::1]"]);
    assertEquals(failureOf(await http.send(request("http://localhost:9999"), NEVER)), [
      "http.denied",
      "Deno is not permitted to reach localhost:9999",
      "Add --allow-net=localhost:9999",
    ]);
    const [, , hint] = failureOf(await http.send(request("https://[::1]/"), NEVER));
    assertEquals(hint, "Add --allow-net='[::1]:443'");
  },
});
