import { assertEquals } from "@std/assert";
import { toldBody, toldHeaders, toldUrl } from "../../../lib/host/http/told.ts";
import { bytes } from "../_helpers.ts";

Deno.test("toldHeaders() tells headers by lower-case name, and joins what stands there more than once", () => {
  const headers = [["X-A", "1"], ["Set-Cookie", "a=1"], ["x-a", "2"], ["__proto__", "p"]] as const;
  const told = Object.entries(toldHeaders(headers));
  assertEquals(told, [["x-a", "1, 2"], ["set-cookie", "a=1"], ["__proto__", "p"]]);
  assertEquals(toldHeaders([]), {});
});

Deno.test("toldHeaders() cuts long values, so that the record needs not cut the headers as a whole", () => {
  assertEquals(toldHeaders([["a", "x".repeat(1024)], ["b", "y".repeat(1025)]]), {
    a: "x".repeat(1024),
    b: `${"y".repeat(1024)}…`,
  });
});

Deno.test("toldBody() tells JSON as a value, other UTF-8 as text, and bytes in Base64", async (t) => {
  const cases: [string, Uint8Array, unknown][] = [
    ["object", bytes('{"a":[1,null]}'), { a: [1, null] }],
    ["number", bytes("12"), 12],
    ["text", bytes("a=1&b=é"), "a=1&b=é"],
    ["too deep for JSON", bytes("[".repeat(200) + "]".repeat(200)), "[".repeat(200) + "]".repeat(200)],
    ["empty", bytes(""), ""],
    ["binary", new Uint8Array([0, 255, 128]), { base64: "AP+A" }],
    ["largest", bytes("x".repeat(32 * 1024)), "x".repeat(32 * 1024)],
    ["larger", bytes("x".repeat(32 * 1024 + 1)), { excerpt: `${"x".repeat(1024)}…`, bytes: 32 * 1024 + 1 }],
  ];
  for (const [name, body, expected] of cases) {
    await t.step(name, () => assertEquals(toldBody(body), expected));
  }
});

Deno.test("toldUrl() tells an address as it is spelled, but for its user", async (t) => {
  const cases: [url: string, told: string][] = [
    ["HTTP://A.example:80/x?y=@#z@", "HTTP://A.example:80/x?y=@#z@"],
    ["https://u:p@a.example/@b", "https://__REDACTED__@a.example/@b"],
    ["https://u@a.example", "https://__REDACTED__@a.example"],
    ["https://u:p@q@a.example/", "https://__REDACTED__@a.example/"],
    ["http:\\\\u:p@a.example", "http:\\\\__REDACTED__@a.example"],
    ["no address, a@b", "no address, a@b"],
    ["", ""],
  ];
  for (const [url, told] of cases) await t.step(url, () => assertEquals(toldUrl(url), told));
});
