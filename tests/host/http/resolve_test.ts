import { assert, assertEquals, assertRejects } from "@std/assert";
import { isLoopbackAddress } from "../../../lib/host/http/addresses.ts";
import { resolveHost } from "../../../lib/host/http/resolve.ts";
import { NEVER } from "../_helpers.ts";
import { real, request, responseTo, SANITIZED } from "./_real.ts";
import { answering, freePort, serve } from "./_servers.ts";

// Permissions of a test are fixed before it runs.
const PORT = freePort();

Deno.test("resolveHost() tells all addresses of a host, without connecting to it", SANITIZED, async () => {
  const addresses = await resolveHost({ hostname: "localhost", port: PORT }, NEVER);
  assert(addresses.length > 0 && addresses.every(isLoopbackAddress), addresses.join());
});

Deno.test("resolveHost() throws for a name that has none", SANITIZED, async () => {
  await assertRejects(
    () => resolveHost({ hostname: "nowhere.invalid", port: 80 }, NEVER),
    Error,
    "ENOTFOUND",
  );
});

Deno.test({
  ...SANITIZED,
  name: "resolveHost() connects to tell an address, where Deno permits a port alone",
  permissions: { net: ["127.0.0.1", `localhost:${PORT}`] },
  async fn() {
    await using server = serve(answering("200 OK"), { port: PORT });
    assertEquals(await resolveHost({ hostname: "localhost", port: PORT }, NEVER), ["127.0.0.1"]);
    const origin = `http://localhost:${PORT}`;
    assertEquals((await responseTo(real([origin]), request(origin))).status, 200);
    assertEquals(server.heard.length, 1);
  },
});

Deno.test({
  ...SANITIZED,
  name: "resolveHost() gives up with whoever asked",
  permissions: { net: [`localhost:${PORT}`] },
  async fn() {
    const target = { hostname: "localhost", port: PORT };
    await assertRejects(() => resolveHost(target, AbortSignal.abort(new Error("enough"))), Error, "enough");
  },
});
