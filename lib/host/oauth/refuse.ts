/**
 * OAuth for runs without a broker: there is no consent page, no token, and so the empty text for every question, as the
 * reference answers. Never asks anybody.
 *
 * Interface: `greentic:oauth-broker/broker-v1@1.0.0`.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";

/** Answers that there is nothing. */
export class OAuthRefusal implements Capability {
  readonly name = "oauth";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:oauth-broker/broker-v1@1.0.0": ["get-consent-url", "exchange-code", "get-token"],
  };

  describe({ args: [provider, subject, third], fn }: HostCall): Json {
    // The third argument of `exchange-code` is a code that is worth a token.
    return {
      provider: String(provider),
      subject: String(subject),
      ...(fn === "exchange-code" ? {} : { scopes: scopesOf(third) }),
    };
  }

  answer(): Answer {
    const reply = { type: "ok", value: "" } as const;
    return { reply, status: "denied", provider: "refuse", outputs: { value: "" } };
  }
}

function scopesOf(value: WitValue): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
