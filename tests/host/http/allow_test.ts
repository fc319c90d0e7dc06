import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunnerError } from "../../../lib/base/errors.ts";
import { allowHint, AllowList, parseAllow, parseAllowHost, portOf } from "../../../lib/host/http/allow.ts";

Deno.test("parseAllow() reads origins, and brings them into the form of URLs", async (t) => {
  const cases: [string, string, string, number][] = [
    ["https://api.example.com", "https:", "api.example.com", 443],
    ["http://api.example.com", "http:", "api.example.com", 80],
    ["HTTPS://API.Example.COM:8443", "https:", "api.example.com", 8443],
    ["https://api.example.com:443", "https:", "api.example.com", 443],
    ["http://api.example.com:443/", "http:", "api.example.com", 443],
    ["https://bücher.example", "https:", "xn--bcher-kva.example", 443],
    [" http://localhost:3000 ", "http:", "localhost", 3000],
    ["http://[0:0::1]:80", "http:", "[::1]", 80],
    ["http://2130706433", "http:", "127.0.0.1", 80],
  ];
  for (const [entry, protocol, hostname, port] of cases) {
    await t.step(entry, () => assertEquals(parseAllow(entry), [{ protocol, hostname, port }]));
  }
});

Deno.test("parseAllow() splits an entry at its commas", () => {
  assertEquals(
    parseAllow("https://a.example, http://b.example:81").map(({ hostname, port }) => [hostname, port]),
    [["a.example", 443], ["b.example", 81]],
  );
});

Deno.test("parseAllow() refuses what is no origin, with the nearest one to paste", async (t) => {
  const cases: [string, RegExp, string][] = [
    ["", /empty/, "https://example.com"],
    ["https://a.example,", /empty/, "https://example.com"],
    ["*", /wildcard/, "https://example.com"],
    ["*.example.org", /wildcard/, "https://example.org"],
    ["https://*", /wildcard/, "https://example.com"],
    ["https://*.example.org:8443", /wildcard/, "https://example.org:8443"],
    ["https://a.*.org", /wildcard/, "https://example.com"],
    ["http://*:80", /wildcard/, "https://example.com"],
    ["https://a.example:*", /wildcard/, "https://example.com"],
    ["api.example.org", /no scheme/, "https://api.example.org"],
    ["api.example.org:8443", /no scheme/, "https://api.example.org:8443"],
    ["api.example.org/v1", /no scheme/, "https://api.example.org"],
    ["localhost:3000", /no scheme/, "https://localhost:3000"],
    ["//a.example", /no scheme/, "https://a.example"],
    ["https://a.example/v1", /path/, "https://a.example"],
    ["https://a.example/?q", /path/, "https://a.example"],
    ["https://a.example?", /path/, "https://a.example"],
    ["https://a.example#", /path/, "https://a.example"],
    ["https://a.example\\x", /path/, "https://a.example"],
    ["https://user:pa55@a.example", /credentials/, "https://a.example"],
    ["https://user:pa55@a.example:99999", /credentials/, "https://example.com"],
    ["https://@a.example", /credentials/, "https://a.example"],
    ["ftp://a.example", /scheme other/, "https://a.example"],
    ["file:///etc/passwd", /scheme other/, "https://etc"],
    ["wss://a.example:1", /scheme other/, "https://a.example:1"],
    ["https://", /no host/, "https://example.com"],
    ["https:///a.example", /no host/, "https://example.com"],
    ["https://:443", /no host/, "https://example.com"],
    ["https://a b.example", /no host/, "https://example.com"],
    ["https://a\t.example", /no host/, "https://example.com"],
    ["https://a.example:99999", /no host/, "https://example.com"],
    ["https://[::1", /no host/, "https://example.com"],
  ];
  for (const [entry, message, origin] of cases) {
    await t.step(JSON.stringify(entry), () => {
      const error = assertThrows(() => parseAllow(entry), RunnerError);
      assertEquals(error.code, "option.invalid");
      assert(message.test(error.message), error.message);
      assertEquals(error.hint, `Give its origin: --allow ${origin}`);
      assert(!`${error.message}${error.hint}`.includes("pa55"), "no password is repeated");
      assertEquals(parseAllow(origin).length, 1, "the hint can be pasted");
    });
  }
});

Deno.test("AllowList.allows() compares scheme, host and port", async (t) => {
  const list = new AllowList(["https://api.example.com", "http://api.example.com:8080", "http://[::1]"]);
  const cases: [string, boolean][] = [
    ["https://api.example.com/v1?x", true],
    ["https://API.example.com:443/", true],
    ["http://api.example.com:8080/", true],
    ["http://[0::1]/", true],
    ["https://user:pass@api.example.com/", true],
    ["http://api.example.com/", false],
    ["https://api.example.com:8080/", false],
    ["https://api.example.com:8443/", false],
    ["https://example.com/", false],
    ["https://x.api.example.com/", false],
    ["https://api.example.com.evil.test/", false],
    ["https://api.example.com@evil.test/", false],
    ["https://api.example.com./", false],
  ];
  for (const [url, expected] of cases) {
    await t.step(url, () => assertEquals(list.allows(new URL(url)), expected));
  }
  assertEquals(new AllowList([]).allows(new URL("http://localhost/")), false);
});

Deno.test("AllowList.denial() says which host is not allowed, and what to type", () => {
  const list = new AllowList(["https://api.example.com"]);
  assertEquals(list.denial(new URL("https://api.example.com/")), undefined);
  const { kind, message, hint } = list.denial(new URL("http://api.example.com:8080/v1?key=k")) ?? {};
  assertEquals([kind, message, hint], [
    "denied",
    "host api.example.com not present in allowlist",
    "Allow it with --allow http://api.example.com:8080",
  ]);
});

Deno.test("AllowList allows bare hosts on any port and with either scheme", () => {
  const list = new AllowList([], ["API.example.com", "::1", "https://only.example"]);
  const allowed = (url: string) => list.allows(new URL(url));
  assert(allowed("http://api.example.com/") && allowed("https://api.example.com:8443/"));
  assert(allowed("http://[::1]:9/"));
  assert(!allowed("https://x.api.example.com/"));
  assert(allowed("https://only.example/") && !allowed("http://only.example/"));
});

Deno.test("parseAllowHost() refuses what is more or less than a host", () => {
  for (
    const entry of [
      "",
      " ",
      "*",
      "a.example:80",
      "[::1]:80",
      "a.example:",
      "a.example/x",
      "u@a.example",
      "a b",
      "::g",
    ]
  ) {
    const error = assertThrows(() => parseAllowHost(entry), RunnerError);
    assertEquals(error.code, "option.invalid", entry);
    assert(error.hint?.startsWith('Give hosts alone: "net_allowlist": ["'), entry);
  }
});

Deno.test("AllowList.netHosts tells what Deno must permit", () => {
  const list = new AllowList(
    ["https://a.example,http://a.example:81", "http://[::1]", "https://a.example:443"],
    ["b.example", "::1"],
  );
  assertEquals(list.netHosts, ["a.example:443", "a.example:81", "[::1]:80", "b.example", "[::1]"]);
});

Deno.test("allowHint() leaves out ports that the scheme implies, and quotes for shells", () => {
  assertEquals(allowHint(new URL("https://a.example:443/x?y#z")), "Allow it with --allow https://a.example");
  assertEquals(allowHint(new URL("http://u:p@a.example:443/")), "Allow it with --allow http://a.example:443");
  assertEquals(allowHint(new URL("http://[::1]:8080/")), "Allow it with --allow 'http://[::1]:8080'");
});

Deno.test("portOf() tells the port that a scheme implies", () => {
  const urls = ["http://a.example", "https://a.example", "https://a.example:80"];
  assertEquals(urls.map((url) => portOf(new URL(url))), [80, 443, 80]);
});
