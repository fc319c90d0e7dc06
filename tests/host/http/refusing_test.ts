import { assertEquals } from "@std/assert";
import { HttpClient } from "../../../lib/host/http/client.ts";
import { RefusingTransport } from "../../../lib/host/http/refusing.ts";
import { hostCall, NEVER } from "../_helpers.ts";

const DENIED = { code: "denied", message: "http client disabled by policy" };

Deno.test("RefusingTransport denies every request in each interface's kind of error, with the line that allows it", async (t) => {
  const http = new HttpClient(new RefusingTransport());
  const url = "https://api.example.com/v1?key=k";
  for (const [name, functions] of Object.entries(http.interfaces)) {
    for (const fn of functions) {
      await t.step(`${name}#${fn}`, async () => {
        const isV1 = name.startsWith("greentic:host/http-v1");
        const call = isV1
          ? hostCall(`${name}#${fn}`, "GET", url, [], undefined)
          : hostCall(`${name}#${fn}`, { method: "GET", url, headers: [], body: undefined });
        assertEquals(await http.answer(call, NEVER), {
          reply: { type: "err", error: isV1 ? DENIED.message : DENIED },
          status: "denied",
          provider: "refuse",
          outputs: {
            error: DENIED,
            code: "http.denied",
            hint: "Allow it with --allow https://api.example.com",
          },
        });
      });
    }
  }
});

Deno.test("RefusingTransport names no line for what no line allows", async () => {
  const http = new HttpClient(new RefusingTransport());
  for (const url of ["", "not a url", "ftp://a.example", "data:,x"]) {
    const call = hostCall("greentic:http/client@1.1.0#send", { method: "GET", url, headers: [] });
    const { outputs } = await http.answer(call, NEVER);
    assertEquals(outputs, { error: DENIED, code: "http.denied" }, url);
  }
});
