/** Real HTTP against hosts that must not be reached, and against servers that mean harm or fail. */

import { assert, assertEquals } from "@std/assert";
import type { AbortCause } from "../../../lib/base/call.ts";
import { bytes, NEVER } from "../_helpers.ts";
import { failureOf, real, request, responseTo, SANITIZED } from "./_real.ts";
import {
  answering,
  flooding,
  freePort,
  gzip,
  type Reply,
  sending,
  serve,
  serveTls,
  trickling,
  write,
} from "./_servers.ts";

const TRUST =
  "Deno trusts it with the flag --cert=FILE, which names a PEM file with the certificate of its issuer";

/** A resolver that finds the same addresses behind every name. */
function finding(...addresses: string[]) {
  return { resolve: () => Promise.resolve(addresses) };
}

Deno.test("RealHttp does not follow redirects to hosts that are not allowed", SANITIZED, async (t) => {
  await using secret = serve(answering("200 OK", "secret"));
  const cases: [string, string, string][] = [
    [`${secret.origin}/x`, "127.0.0.1", secret.origin],
    ["http://169.254.169.254/latest/meta-data/", "169.254.169.254", "http://169.254.169.254"],
    ["http://2130706433/", "127.0.0.1", "http://127.0.0.1"],
    ["//evil.test:81/", "evil.test", "http://evil.test:81"],
  ];
  for (const [location, host, origin] of cases) {
    await t.step(location.replace(secret.origin, "another port"), async () => {
      await using server = serve(answering(`302 Found\r\nLocation: ${location}`));
      assertEquals(failureOf(await real([server.origin]).send(request(server.origin), NEVER)), [
        "http.denied",
        `host ${host} not present in allowlist`,
        `Allow it with --allow ${origin}`,
      ]);
    });
  }
  assertEquals(secret.heard, []);
});

Deno.test("RealHttp refuses requests that are too large for Deno", SANITIZED, async (t) => {
  await using server = serve(answering("200 OK"));
  const http = real([server.origin]), host = `127.0.0.1:${server.port}`;
  await t.step("headers, of which as many would end the process", async () => {
    const headers = Array.from({ length: 100_000 }, (_, i): [string, string] => [`x-${i}`, "v"]);
    assertEquals(failureOf(await http.send(request(server.origin, { headers }), NEVER)), [
      "http.limit",
      "request has 100000 headers, and no more than 1000 are sent",
      undefined,
    ]);
  });
  await t.step("an address", async () => {
    assertEquals(failureOf(await http.send(request(`${server.origin}/${"a".repeat(70_000)}`), NEVER)), [
      "http.invalid",
      `address at ${host} is too long, or has characters that cannot be sent`,
      undefined,
    ]);
  });
  assertEquals(server.heard, []);
});

Deno.test("RealHttp leaves a redirect before it follows it", SANITIZED, async () => {
  const left = Promise.withResolvers<void>();
  await using server = serve(async (connection, { head: [first] }) => {
    if (first === "GET / HTTP/1.1") {
      await write(connection, "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 10\r\n\r\nabc");
      await gone(connection).finally(() => left.resolve());
    } else {
      await left.promise;
      await write(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    }
  });
  const http = real([server.origin], { httpTimeoutMs: 5000 });
  assertEquals((await responseTo(http, request(server.origin))).status, 204);
});

Deno.test("RealHttp follows ten redirects, and not an eleventh", SANITIZED, async (t) => {
  for (const count of [10, 11]) {
    await t.step(`${count}`, async () => {
      await using server = serve((connection, heard) => {
        const at = Number(heard.head[0]?.match(/\d+/)?.[0]);
        const head = at === count ? "200 OK" : `302 Found\r\nLocation: /${at + 1}`;
        return answering(head)(connection, heard);
      });
      const result = await real([server.origin]).send(request(`${server.origin}/0`), NEVER);
      if (count === 10) assertEquals(result.type, "response");
      else {
        const message = `127.0.0.1:${server.port} redirects more than 10 times`;
        assertEquals(failureOf(result), ["http.limit", message, undefined]);
      }
      assertEquals(server.heard.length, 11);
    });
  }
});

Deno.test("RealHttp reaches no private address under the name of an allowed host", SANITIZED, async (t) => {
  await using server = serve(answering("200 OK"));
  const { port } = server;
  const origin = `http://api.corp.test:${port}`;
  const cases: [string, string[], string, string][] = [
    ["the machine itself", ["127.0.0.1"], "127.0.0.1", `http://127.0.0.1:${port}`],
    ["metadata of a cloud", ["169.254.169.254"], "169.254.169.254", `http://169.254.169.254:${port}`],
    ["one of many", ["8.8.8.8", "10.0.0.5"], "10.0.0.5", `http://10.0.0.5:${port}`],
    ["IPv6", ["::1"], "::1", `'http://[::1]:${port}'`],
    ["IPv6 that holds IPv4", ["::ffff:127.0.0.1"], "::ffff:127.0.0.1", `'http://[::ffff:7f00:1]:${port}'`],
    ["IPv6 with a zone", ["fe80::1%eth0"], "fe80::1%eth0", `'http://[fe80::1]:${port}'`],
  ];
  for (const [name, addresses, address, listed] of cases) {
    await t.step(name, async () => {
      const http = real([origin], finding(...addresses));
      assertEquals(failureOf(await http.send(request(origin), NEVER)), [
        "http.denied",
        `api.corp.test is at ${address}, a private address`,
        `Allow it with --allow ${listed}`,
      ]);
    });
  }
  assertEquals(server.heard, []);
});

Deno.test("RealHttp reaches a private address that is allowed beside the name", SANITIZED, async () => {
  await using server = serve(answering("200 OK"));
  const origin = `http://localhost.:${server.port}`;
  const options = finding("10.0.0.5", "127.0.0.1");
  const isDenied = async (...beside: string[]) => {
    const result = await real([origin, ...beside], options).send(request(origin), NEVER);
    return result.type === "failed" && result.code === "http.denied";
  };
  const [ten, loopback] = [`http://10.0.0.5:${server.port}`, server.origin];
  assertEquals(await isDenied(ten, loopback), false);
  assertEquals(await isDenied(ten), true);
  assertEquals(await isDenied(loopback), true);
  assertEquals(await isDenied(ten, loopback.replace("http", "https")), true);
});

Deno.test(
  "RealHttp reaches localhost where it is allowed, and nothing else under its name",
  SANITIZED,
  async () => {
    await using server = serve(answering("200 OK", "here"));
    const origin = `http://localhost:${server.port}`;
    assertEquals((await responseTo(real([origin]), request(origin))).body, bytes("here"));
    assertEquals(
      (await responseTo(real([origin], finding("127.0.0.1", "::1")), request(origin))).status,
      200,
    );
    const elsewhere = await real([origin], finding("10.0.0.5")).send(request(origin), NEVER);
    assertEquals(failureOf(elsewhere)[1], "localhost is at 10.0.0.5, a private address");
    const unlisted = await real([server.origin]).send(request(origin), NEVER);
    assertEquals(failureOf(unlisted)[1], "host localhost not present in allowlist");
    const sub = `http://x.localhost:${server.port}`;
    const denied = await real([sub], finding("192.168.0.1")).send(request(sub), NEVER);
    assertEquals(failureOf(denied)[0], "http.denied");
  },
);

Deno.test("RealHttp knows addresses in odd spellings", SANITIZED, async (t) => {
  await using server = serve(answering("200 OK"));
  const { port } = server;
  const spellings = [
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "１２７.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::1]",
    "0",
  ];
  for (const host of spellings) {
    await t.step(host, async () => {
      const url = `http://${host}:${port}`;
      const [code, message] = failureOf(await real(["https://a.example"]).send(request(url), NEVER));
      assertEquals(code, "http.denied");
      assert(message.endsWith("not present in allowlist"), message);
      const spelled = new URL(url).hostname;
      if (spelled !== "127.0.0.1") return;
      assertEquals((await responseTo(real([server.origin]), request(url))).status, 200);
    });
  }
});

Deno.test("RealHttp gives servers as much time as the limit, over all that they do", SANITIZED, async (t) => {
  const dribble = "x";
  const cases: [string, Reply][] = [
    ["silence", () => new Promise(() => {})],
    ["headers without end", trickling("HTTP/1.1 200 OK\r\nX-A: ", dribble)],
    ["a body without end", trickling("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", dribble)],
    ["chunks without end", trickling("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")],
    ["a redirect with a body without end", async (connection, heard) => {
      const isFirst = heard.head[0] === "GET / HTTP/1.1";
      await trickling(
        isFirst ? "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n",
        dribble,
      )(
        connection,
        heard,
      );
    }],
  ];
  for (const [name, reply] of cases) {
    await t.step(name, async () => {
      await using server = serve((connection, heard) =>
        Promise.race([reply(connection, heard), gone(connection)])
      );
      const http = real([server.origin], { httpTimeoutMs: 60 });
      assertEquals(failureOf(await http.send(request(server.origin, { timeoutMs: 60_000 }), NEVER)), [
        "http.timeout",
        "request exceeds the limit httpTimeoutMs of 60 ms",
        "Raise it with --http-timeout or the option limits.httpTimeoutMs",
      ]);
    });
  }
  await t.step("what the guest gives", async () => {
    await using server = serve((connection) => gone(connection));
    assertEquals(
      failureOf(await real([server.origin]).send(request(server.origin, { timeoutMs: 20 }), NEVER)),
      [
        "http.timeout",
        "request took longer than the 20 ms that it was given",
        undefined,
      ],
    );
  });
  await t.step("a look-up without end", async () => {
    const http = real(["http://a.test"], { httpTimeoutMs: 20, resolve: () => new Promise(() => {}) });
    assertEquals(failureOf(await http.send(request("http://a.test"), NEVER))[0], "http.timeout");
  });
});

Deno.test("RealHttp takes no more of a body than the limit", SANITIZED, async (t) => {
  const zeros = new Uint8Array(64 * 1024);
  const bomb = await gzip(new Uint8Array(8 * 1024 * 1024));
  const cases: [string, Reply][] = [
    ["an endless body", flooding("HTTP/1.1 200 OK\r\n\r\n", zeros)],
    [
      "an endless body of a length",
      flooding("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", zeros),
    ],
    [
      "endless chunks",
      flooding("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bytes("5\r\nhello\r\n")),
    ],
    ["a bomb", answering("200 OK\r\nContent-Encoding: gzip", bomb)],
  ];
  assert(bomb.length < 20_000, "the bomb is small before it is unpacked");
  for (const [name, reply] of cases) {
    await t.step(name, async () => {
      const left = Promise.withResolvers<void>();
      await using server = serve(async (connection, heard) => {
        try {
          await reply(connection, heard);
          await gone(connection);
        } finally {
          left.resolve();
        }
      });
      const http = real([server.origin], { maxHttpBodyBytes: 100_000 });
      assertEquals(failureOf(await http.send(request(server.origin), NEVER)), [
        "http.limit",
        "body of the answer exceeds the limit maxHttpBodyBytes of 100000 bytes",
        "Raise it with --max-http-mb or the option limits.maxHttpBodyBytes",
      ]);
      const late = setTimeout(() => left.reject(new Error("the connection is still open")), 5000);
      await left.promise.finally(() => clearTimeout(late));
    });
  }
});

Deno.test("RealHttp calls it a limit when headers are too many or too long", SANITIZED, async (t) => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `X-${i}: v\r\n`).join("");
  const cases: [string, Reply][] = [
    ["10 000 headers", sending(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`)],
    ["a long one", sending(`HTTP/1.1 200 OK\r\nX-A: ${"x".repeat(2_000_000)}\r\nContent-Length: 0\r\n\r\n`)],
    ["headers without end", flooding("HTTP/1.1 200 OK\r\n", bytes("X-A: v\r\n".repeat(1000)))],
  ];
  for (const [name, reply] of cases) {
    await t.step(name, async () => {
      await using server = serve(reply);
      const message = `headers of the answer of 127.0.0.1:${server.port} are too many or too long`;
      const result = await real([server.origin]).send(request(server.origin), NEVER);
      assertEquals(failureOf(result), ["http.limit", message, undefined]);
    });
  }
});

Deno.test("RealHttp says in a sentence how a server failed", SANITIZED, async (t) => {
  const cases: [string, Reply, string][] = [
    ["closes at once", () => {}, "HOST closed the connection without an answer"],
    [
      "closes in the headers",
      sending("HTTP/1.1 200 OK\r\nX-A"),
      "HOST closed the connection without an answer",
    ],
    [
      "a body too short",
      sending("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
      "answer of HOST broke off",
    ],
    [
      "chunks that break off",
      sending("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
      "answer of HOST broke off",
    ],
    [
      "chunks that are none",
      sending("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
      "answer of HOST broke off",
    ],
    ["gzip that is none", answering("200 OK\r\nContent-Encoding: gzip", "abcd"), "answer of HOST broke off"],
    [
      "two lengths",
      sending("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
      "answer of HOST is not HTTP",
    ],
    ["garbage", sending("hello world\r\n\r\n"), "answer of HOST is not HTTP"],
    ["a bad status", sending("HTTP/1.1 1000 OK\r\n\r\n"), "answer of HOST is not HTTP"],
    [
      "another protocol",
      sending("HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
      "answer of HOST is not HTTP",
    ],
    [
      "a redirect to nowhere",
      answering("302 Found\r\nLocation: javascript:1"),
      "HOST redirects to what is no web address",
    ],
  ];
  for (const [name, reply, message] of cases) {
    await t.step(name, async () => {
      await using server = serve(reply);
      const result = await real([server.origin]).send(request(server.origin), NEVER);
      const said = message.replace("HOST", `127.0.0.1:${server.port}`);
      assertEquals(failureOf(result), ["http.unavailable", said, undefined]);
    });
  }
  await t.step("is not there", async () => {
    const origin = `http://127.0.0.1:${freePort()}`;
    const said = `connection to ${origin.slice("http://".length)} was refused`;
    assertEquals(failureOf(await real([origin]).send(request(origin), NEVER)), [
      "http.unavailable",
      said,
      undefined,
    ]);
  });
  await t.step("has no address", async () => {
    const http = real(["http://nowhere.invalid"]);
    const said = "nowhere.invalid:80 has no known address";
    const result = await http.send(request("http://nowhere.invalid"), NEVER);
    assertEquals(failureOf(result), ["http.unavailable", said, undefined]);
    const empty = await real(["http://a.test"], finding()).send(request("http://a.test"), NEVER);
    assertEquals(failureOf(empty)[1], "a.test:80 has no known address");
  });
  await t.step("is at a port of another protocol", async () => {
    const result = await real(["http://127.0.0.1:22"]).send(request("http://127.0.0.1:22"), NEVER);
    assertEquals(failureOf(result), [
      "http.denied",
      "127.0.0.1:22 is at a port that is not for HTTP",
      undefined,
    ]);
  });
});

Deno.test(
  "RealHttp takes a body as long as the server says, and nothing that follows it for the next answer",
  SANITIZED,
  async () => {
    let count = 0;
    await using server = serve(async (connection) => {
      const body = ++count === 1 ? "abcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : "def";
      await write(connection, `HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n${body}`);
    });
    const http = real([server.origin]);
    assertEquals((await responseTo(http, request(server.origin))).body, bytes("abc"));
    assertEquals((await responseTo(http, request(server.origin))).body, bytes("def"));
  },
);

Deno.test("RealHttp trusts no certificate for a guest's asking", SANITIZED, async (t) => {
  await t.step("of an unknown issuer", async () => {
    await using server = serveTls(answering("200 OK"));
    for (const allowInsecure of [false, true]) {
      const result = await real([server.origin]).send(request(server.origin, { allowInsecure }), NEVER);
      const message = `certificate of 127.0.0.1:${server.port} has an unknown issuer`;
      assertEquals(failureOf(result), ["http.tls", message, TRUST]);
    }
    assertEquals(server.heard, []);
  });
  const cases: [string, Reply][] = [
    ["of a server that speaks no TLS", sending("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
    ["of a server that closes at once", () => {}],
  ];
  for (const [name, reply] of cases) {
    await t.step(name, async () => {
      await using server = serve(reply, { anything: true });
      const origin = server.origin.replace("http", "https");
      const message = `no secure connection with 127.0.0.1:${server.port} came about`;
      const result = await real([origin]).send(request(origin), NEVER);
      assertEquals(failureOf(result), ["http.tls", message, undefined]);
    });
  }
});

Deno.test("RealHttp lets everything go when nobody waits any more", SANITIZED, async (t) => {
  const reason: AbortCause = {
    status: "cancelled",
    failure: { code: "run.cancelled", message: "Interrupted" },
  };
  const starts: [string, string][] = [
    ["before the answer", ""],
    ["in the headers", "HTTP/1.1 200 OK\r\nX-A: "],
    ["in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
  ];
  for (const [name, start] of starts) {
    await t.step(name, async () => {
      const controller = new AbortController();
      await using server = serve(async (connection) => {
        await write(connection, start);
        controller.abort(reason);
        await gone(connection);
      });
      const result = await real([server.origin]).send(request(server.origin), controller.signal);
      assertEquals(result, { type: "abort", provider: "real", failure: reason.failure });
    });
  }
  await t.step("when the answer is there", async () => {
    await using server = serve(answering("200 OK"));
    const { signal } = new AbortController();
    let listening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listening++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listening--;
      removeEventListener.apply(signal, args);
    };
    const result = await real([server.origin]).send(request(server.origin), signal);
    assertEquals([result.type, listening], ["response", 0]);
  });
  await t.step("before it began", async () => {
    await using server = serve(answering("200 OK"));
    const result = await real([server.origin]).send(request(server.origin), AbortSignal.abort(reason));
    assertEquals(result.type, "abort");
    assertEquals(server.heard, []);
  });
});

/** Waits until the other side has closed a connection. */
async function gone(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (await connection.read(buffer) !== null);
}
