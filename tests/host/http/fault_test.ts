import { assertEquals, assertStrictEquals } from "@std/assert";
import { faultOf, HttpFault } from "../../../lib/host/http/fault.ts";

/** What fetch throws when a request fails. */
function failed(said: string): Error {
  return new TypeError("fetch failed", {
    cause: new Error(
      `error sending request from 127.0.0.1:1 for https://a.example/?key=k: client error (Connect): ${said}`,
    ),
  });
}

Deno.test("faultOf() says in a sentence what the platform says, without its noise", async (t) => {
  const cases: [string, Error, string, string][] = [
    [
      "expired",
      failed("invalid peer certificate: Expired"),
      "tls",
      "certificate of a.example:443 has expired",
    ],
    [
      "expired, with its times",
      failed(
        "invalid peer certificate: certificate expired: verification time 1 (UNIX), but certificate is not valid after 0",
      ),
      "tls",
      "certificate of a.example:443 has expired",
    ],
    [
      "another name",
      failed("invalid peer certificate: NotValidForName"),
      "tls",
      "certificate of a.example:443 is for another name",
    ],
    [
      "another name, with the names",
      failed(
        'invalid peer certificate: certificate not valid for name "a.example"; certificate is only valid for DnsName("b.example")',
      ),
      "tls",
      "certificate of a.example:443 is for another name",
    ],
    [
      "bad",
      failed("invalid peer certificate: BadSignature"),
      "tls",
      "certificate of a.example:443 is not valid",
    ],
    [
      "alert",
      failed("received fatal alert: HandshakeFailure"),
      "tls",
      "no secure connection with a.example:443 came about",
    ],
    [
      "no route",
      failed("tcp connect error: No route to host (os error 113)"),
      "unavailable",
      "a.example:443 cannot be reached",
    ],
    [
      "an address that Deno denies",
      failed('Requires net access to "10.0.0.1:443", run again with the --allow-net flag'),
      "denied",
      "Deno is not permitted to reach a.example:443",
    ],
    ["unknown", new Error("something with key=k"), "unavailable", "request to a.example:443 failed"],
  ];
  for (const [name, error, kind, message] of cases) {
    await t.step(name, () => {
      const fault = faultOf(error, "a.example:443");
      assertEquals([fault.kind, fault.message, fault.hint], [kind, message, undefined]);
    });
  }
});

Deno.test("faultOf() does not take the words of an address for those of the platform", () => {
  for (const word of ["UnknownIssuer", "deflate", "a?corrupt=(b)"]) {
    const error = new TypeError("fetch failed", {
      cause: new Error(`error sending request for url (http://a.example/${word}): client error (Connect): x`),
    });
    assertEquals(faultOf(error, "a.example:80").message, "a.example:80 cannot be reached");
  }
});

Deno.test("faultOf() takes a host as it is, and faults too", () => {
  assertEquals(faultOf(failed("Connection refused"), "$&:1").message, "connection to $&:1 was refused");
  const fault = new HttpFault("limit", "m");
  assertStrictEquals(faultOf(fault, "x"), fault);
});

Deno.test("HttpFault.result() tells the guest and the record", () => {
  assertEquals(new HttpFault("denied", "m", "h").result("mock"), {
    type: "failed",
    provider: "mock",
    error: { code: "denied", message: "m" },
    code: "http.denied",
    hint: "h",
  });
  assertEquals(new HttpFault("tls", "m").result("real"), {
    type: "failed",
    provider: "real",
    error: { code: "tls", message: "m" },
    code: "http.tls",
  });
});
