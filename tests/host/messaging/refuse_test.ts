import { assertEquals } from "@std/assert";
import { MessagingRefusal } from "../../../lib/host/messaging/refuse.ts";
import { answerOf, bytes, hostCall } from "../_helpers.ts";

const SEND = "greentic:messaging/session-api@1.0.0#send";

Deno.test("MessagingRefusal refuses every message, in the words of the reference", () => {
  const message = { route: "demo", payloadJson: '{"text":"hi"}', attachments: [bytes("x")] };
  const messaging = new MessagingRefusal();
  const error = { code: "unimplemented", message: "messaging session host not wired" };
  assertEquals(answerOf(messaging, SEND, message, {}), {
    reply: { type: "err", error },
    status: "denied",
    provider: "refuse",
    outputs: { error },
  });
  assertEquals(messaging.describe(hostCall(SEND, message, {})), { route: "demo", payload: '{"text":"hi"}' });
  assertEquals(messaging.describe(hostCall(SEND, { payloadJson: "" }, {})), { route: null, payload: "" });
});
