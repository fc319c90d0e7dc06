/**
 * HTTP for runs that grant none: every request is denied, in the words of the reference. Never opens a connection.
 *
 * Interfaces: `greentic:http/http-client` and `greentic:http/client` in 1.0 and 1.1, `greentic:host/http-v1`.
 */

import type { HostCall, WitValue } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";

const DENIED = { code: "denied", message: "http client disabled by policy" };
const HTTP_V1 = "greentic:host/http-v1@1.0.0";

/** Denies all HTTP. */
export class HttpRefusal implements Capability {
  readonly name = "http";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:http/http-client@1.0.0": ["send"],
    "greentic:http/http-client@1.1.0": ["send"],
    "greentic:http/client@1.0.0": ["send"],
    "greentic:http/client@1.1.0": ["send"],
    [HTTP_V1]: ["request"],
  };

  describe({ args, interface: name }: HostCall): Json {
    if (name === HTTP_V1) return { method: text(args[0]), url: text(args[1]) };
    const request = args[0] as { readonly method?: WitValue; readonly url?: WitValue } | undefined;
    return { method: text(request?.method), url: text(request?.url) };
  }

  answer({ interface: name }: HostCall): Answer {
    const error = name === HTTP_V1 ? DENIED.message : DENIED;
    return {
      reply: { type: "err", error },
      status: "denied",
      provider: "refuse",
      outputs: { error: DENIED },
    };
  }
}

function text(value: WitValue): string {
  return typeof value === "string" ? value : "";
}
