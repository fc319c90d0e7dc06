/**
 * Control: lets a guest ask whether it should stop. Never stops one: deadlines and aborts do.
 *
 * Interface: `greentic:component/control` in 0.4 and 0.5.
 */

import type { HostCall } from "../../base/call.ts";
import type { Json } from "../../base/json.ts";
import type { Answer, Capability } from "../capability.ts";

/** Answers control calls. */
export class Control implements Capability {
  readonly name = "control";
  readonly interfaces: Readonly<Record<string, readonly string[]>> = {
    "greentic:component/control@0.4.0": ["should-cancel", "yield-now"],
    "greentic:component/control@0.5.0": ["should-cancel", "yield-now"],
  };

  describe(): Json {
    return null;
  }

  answer({ fn }: HostCall, signal: AbortSignal): Answer {
    const value = fn === "should-cancel" ? signal.aborted : undefined;
    return { reply: { type: "ok", value }, status: "ok", provider: "real", outputs: value ?? null };
  }
}
