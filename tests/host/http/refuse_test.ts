import { assertEquals } from "@std/assert";
import { HttpRefusal } from "../../../lib/host/http/refuse.ts";
import { answerOf, hostCall } from "../_helpers.ts";

const DENIED = { code: "denied", message: "http client disabled by policy" };

Deno.test("HttpRefusal denies every request, in each interface's kind of error", async (t) => {
  const http = new HttpRefusal();
  for (const [name, functions] of Object.entries(http.interfaces)) {
    for (const fn of functions) {
      await t.step(`${name}#${fn}`, () => {
        const error = name.startsWith("greentic:host/http-v1") ? DENIED.message : DENIED;
        assertEquals(answerOf(http, `${name}#${fn}`, { method: "GET", url: "https://a.example/" }), {
          reply: { type: "err", error },
          status: "denied",
          provider: "refuse",
          outputs: { error: DENIED },
        });
      });
    }
  }
  assertEquals(Object.keys(http.interfaces).length, 5);
});

Deno.test("HttpRefusal.describe() tells method and url, and no headers or body", () => {
  const http = new HttpRefusal();
  const request = {
    method: "POST",
    url: "https://a.example/x",
    headers: [["authorization", "s"]],
    body: new Uint8Array(),
  };
  const described = { method: "POST", url: "https://a.example/x" };
  assertEquals(
    http.describe(hostCall("greentic:http/client@1.1.0#send", request, undefined, undefined)),
    described,
  );
  const flat = hostCall(
    "greentic:host/http-v1@1.0.0#request",
    "POST",
    "https://a.example/x",
    ["a", "b"],
    undefined,
  );
  assertEquals(http.describe(flat), described);
  assertEquals(http.describe(hostCall("greentic:http/client@1.1.0#send")), { method: "", url: "" });
});
