import { assertEquals } from "@std/assert";
import {
  cassetteFingerprint,
  fingerprintOf,
  readCassette,
} from "../../../../lib/host/http/recording/cassette.ts";
import { bytes } from "../../_helpers.ts";
import { request } from "./_helpers.ts";

Deno.test("fingerprintOf() is the digest of method, address and body as they are spelled", async () => {
  // printf 'GEThttps://api.example/items?page=1' | sha256sum, and the same with a body.
  assertEquals(
    await fingerprintOf(request()),
    "8d2d741ce89b8ec4bca0a04f1cbb1b4391b159ed8faaaff138a1cb96ae9b5e5a",
  );
  assertEquals(
    await fingerprintOf(request({ method: "POST", body: "é" })),
    "657972ba81338cc0a7abdf9feeefc1a7fcfbebcf72c422161c636992be09d0aa",
  );
});

Deno.test("cassetteFingerprint() knows the names of cassettes", () => {
  const hex = "0123456789abcdef".repeat(4);
  assertEquals(cassetteFingerprint(`${hex}.json`), hex);
  for (const name of [`${hex}.JSON`, `${hex.toUpperCase()}.json`, `x${hex}.json`, `${hex}0.json`, "a.json"]) {
    assertEquals(cassetteFingerprint(name), undefined, name);
  }
});

Deno.test("readCassette() reads what the reference wrote", async (t) => {
  const cases: [name: string, file: string, status: number, headers: [string, string][], body: string][] = [
    ["a text", '{"status":200,"headers":{"a":"b","__proto__":"c"},"body":"é"}', 200, [["a", "b"], [
      "__proto__",
      "c",
    ]], "é"],
    ["no body", '{"status":404,"headers":{},"body":null}', 404, [], ""],
    ["a body that is absent", '{"status":204,"headers":{}}', 204, [], ""],
  ];
  for (const [name, file, status, headers, body] of cases) {
    await t.step(name, () => {
      assertEquals(readCassette(bytes(file)), { response: { status, headers, body: bytes(body) } });
    });
  }
});

Deno.test("readCassette() names what is wrong with a file", async (t) => {
  const cases: [file: string, fault: string][] = [
    ["", "is no JSON in UTF-8"],
    ["[]", "has no status of HTTP in status"],
    ['{"status":1,"headers":{},"body":null}', "has no status of HTTP in status"],
    ['{"status":200,"body":null}', "has no names with texts in headers"],
    ['{"status":200,"headers":[["a","b"]],"body":null}', "has no names with texts in headers"],
    ['{"status":200,"headers":{"a":1},"body":null}', "has no names with texts in headers"],
    ['{"status":200,"headers":{},"body":{}}', "has no text in body"],
  ];
  for (const [file, fault] of cases) {
    await t.step(file, () => assertEquals(readCassette(bytes(file)), { fault }));
  }
});
