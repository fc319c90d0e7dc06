/** What the tests of capabilities share. */

import type { HostCall, WitValue } from "../../lib/base/call.ts";
import { DEFAULT_LIMITS } from "../../lib/base/limits.ts";
import type { CapabilityParts } from "../../lib/host/capabilities.ts";
import type { Answer, Capability } from "../../lib/host/capability.ts";
import { RefusingTransport } from "../../lib/host/http/refusing.ts";
import { KeptBytes } from "../../lib/host/kept_bytes.ts";
import { mockSecrets } from "../../lib/host/secrets/open.ts";
import { MemoryStore } from "../../lib/host/state/memory_store.ts";

/** A signal that is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;

/** A guest's call of `interface#fn`. */
export function hostCall(name: string, ...args: WitValue[]): HostCall {
  const [iface, fn] = name.split("#");
  const place = { callId: "c1", flowId: "main", flowPath: [], nodeId: "ask", attempt: 1 };
  return { place, interface: iface!, fn: fn!, args };
}

/** A capability's answer, which must come at once. */
export function answerOf(capability: Capability, name: string, ...args: WitValue[]): Answer {
  const answer = capability.answer(hostCall(name, ...args), NEVER);
  if (answer instanceof Promise) throw new Error(`${name} is answered later`);
  return answer;
}

/** The count of what the stores of a run keep, with the limit that runs have unless another is given. */
export function kept(maxMemoryBytes: number = DEFAULT_LIMITS.maxMemoryBytes): KeptBytes {
  return new KeptBytes({ maxMemoryBytes });
}

/** What capabilities answer with where nothing is granted but these. */
export function capabilityParts(given: Partial<CapabilityParts> = {}): CapabilityParts {
  const store = new MemoryStore(kept());
  return {
    identity: { env: "local", tenant: "acme", team: null, user: "ann" },
    config: {},
    secrets: mockSecrets({}),
    http: new RefusingTransport(),
    state: store,
    kv: store,
    mockTelemetry: false,
    folders: [],
    ...given,
  };
}

/** The bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
