/**
 * Messaging for runs without a session host: every message is refused, in the words of the reference. Never sends.
 *
 * Interface: `greentic:messaging/session-api@1.0.0`.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";

const UNWIRED = { code: "unimplemented", message: "messaging session host not wired" };

/** Refuses all messages. */
export class MessagingRefusal implements Capability {
  readonly name = "messaging";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:messaging/session-api@1.0.0": ["send"],
  };

  describe({ args }: HostCall): Json {
    const { route, payloadJson } = (args[0] ?? {}) as Readonly<Record<string, WitValue>>;
    return {
      route: typeof route === "string" ? route : null,
      payload: typeof payloadJson === "string" ? payloadJson : "",
    };
  }

  answer(): Answer {
    const reply = { type: "err", error: UNWIRED } as const;
    return { reply, status: "denied", provider: "refuse", outputs: { error: UNWIRED } };
  }
}
