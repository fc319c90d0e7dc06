import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { canonicalUrl, fileNameOf, recordingKey } from "../../../../lib/host/http/recording/key.ts";
import type { RecordedRequest } from "../../../../lib/host/http/recording/recording.ts";

const BASE: RecordedRequest = { method: "GET", url: "https://api.example/a?b=c", headers: [], body: null };

Deno.test("recordingKey() is the same for spellings of one request", async (t) => {
  const cases: [name: string, request: Partial<RecordedRequest>][] = [
    ["method in lower case", { method: "get" }],
    ["host in upper case", { url: "https://API.example/a?b=c" }],
    ["a fragment", { url: "https://api.example/a?b=c#d" }],
    ["the port of its scheme", { url: "https://api.example:443/a?b=c" }],
    ["other headers", { headers: [["x-request-id", "1"]] }],
    ["an empty body", { body: { text: "" } }],
  ];
  const key = await recordingKey(BASE);
  for (const [name, change] of cases) {
    await t.step(name, async () => assertEquals(await recordingKey({ ...BASE, ...change }), key));
  }
  await t.step("bytes of one body in two forms", async () => {
    assertEquals(
      await recordingKey({ ...BASE, body: { json: [1] } }),
      await recordingKey({ ...BASE, body: { text: "[1]" } }),
    );
  });
});

Deno.test("recordingKey() differs for other requests", async (t) => {
  const cases: [name: string, request: Partial<RecordedRequest>][] = [
    ["method", { method: "POST" }],
    ["scheme", { url: "http://api.example/a?b=c" }],
    ["port", { url: "https://api.example:444/a?b=c" }],
    ["path", { url: "https://api.example/A?b=c" }],
    ["query", { url: "https://api.example/a?b=d" }],
    ["body", { body: { text: " " } }],
  ];
  const key = await recordingKey(BASE);
  for (const [name, change] of cases) {
    await t.step(name, async () => assertNotEquals(await recordingKey({ ...BASE, ...change }), key));
  }
});

Deno.test("canonicalUrl() keeps what is no address, without its fragment", () => {
  assertEquals(canonicalUrl("not an address#x\ny"), "not an address");
  assertEquals(canonicalUrl("https://api.example/?"), "https://api.example/?");
});

Deno.test("fileNameOf() is readable, short and safe on every system", async (t) => {
  const key = "0123456789abcdef0123";
  const long = "a-very-long.name".repeat(40);
  const cases: [method: string, url: string, name: string][] = [
    ["GET", "https://api.example/v1/users?page=1", "get-api.example-v1-users-01234567.json"],
    ["POST", "http://127.0.0.1:8080/", "post-127.0.0.1-8080-01234567.json"],
    ["GET", "http://[::1]:80/x", "get-1-x-01234567.json"],
    ["GET", "https://api.example/../..%2F..%5Cetc/pass:wd", "get-api.example-2f-5cetc-pass-wd-01234567.json"],
    ["../..", "no address \0 ünï", "no-address-n-01234567.json"],
    ["", "", "01234567.json"],
    ["CON", "aux:", "con-01234567.json"],
  ];
  for (const [method, url, name] of cases) {
    await t.step(`${method} ${url}`, () => assertEquals(fileNameOf({ ...BASE, method, url }, key, 8), name));
  }
  await t.step("of at most 100 characters", () => {
    const name = fileNameOf(
      { ...BASE, method: long, url: `https://${"h".repeat(63)}.example/${long}` },
      key,
      8,
    );
    assert(name.length <= 100 && /^[a-z0-9.-]+-01234567\.json$/.test(name), name);
  });
  await t.step("with more of the key when that is needed", () => {
    assertEquals(fileNameOf(BASE, key, 16), "get-api.example-a-0123456789abcdef.json");
  });
});
