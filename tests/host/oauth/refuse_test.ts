import { assert, assertEquals } from "@std/assert";
import { OAuthRefusal } from "../../../lib/host/oauth/refuse.ts";
import { answerOf, hostCall } from "../_helpers.ts";

const BROKER = "greentic:oauth-broker/broker-v1@1.0.0";

Deno.test("OAuthRefusal answers every question with the empty text", () => {
  const oauth = new OAuthRefusal();
  for (const fn of oauth.interfaces[BROKER]!) {
    const { reply, status, provider } = answerOf(oauth, `${BROKER}#${fn}`, "google", "ann", ["read"]);
    assertEquals([reply, status, provider], [{ type: "ok", value: "" }, "denied", "refuse"]);
  }
});

Deno.test("OAuthRefusal.describe() tells who asks for what, and no code", () => {
  const oauth = new OAuthRefusal();
  assertEquals(oauth.describe(hostCall(`${BROKER}#get-token`, "google", "ann", ["read", "write"])), {
    provider: "google",
    subject: "ann",
    scopes: ["read", "write"],
  });
  const exchange = oauth.describe(hostCall(`${BROKER}#exchange-code`, "google", "ann", "s3cret", "/back"));
  assert(!JSON.stringify(exchange).includes("s3cret"));
});
