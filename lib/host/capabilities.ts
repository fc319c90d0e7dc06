/**
 * The capabilities of one run: every interface a guest may ask for, with who answers it. This is the list to add
 * a line to.
 */

import type { Emit } from "../base/events.ts";
import type { JsonObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import type { Capability, RunScope } from "./capability.ts";
import { Files, type GivenFolder } from "./files/files.ts";
import { HttpRefusal } from "./http/refuse.ts";
import { KeptBytes } from "./kept_bytes.ts";
import { Kv } from "./kv/kv.ts";
import { MessagingRefusal } from "./messaging/refuse.ts";
import { OAuthRefusal } from "./oauth/refuse.ts";
import { RuntimeConfig } from "./runtime_config/config.ts";
import { mockSecrets } from "./secrets/open.ts";
import { Secrets } from "./secrets/secrets.ts";
import { MemoryStore } from "./state/memory_store.ts";
import { State } from "./state/state.ts";
import { type Offers, offersOf } from "./table.ts";
import { TelemetryCapture } from "./telemetry/capture.ts";

/** What a run grants its guests. */
export interface Grants {
  /** On whose behalf the run takes place. */
  readonly identity: RunScope;
  /** Secrets by key. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Configuration by key. */
  readonly config: JsonObject;
  /** How much guests may store. */
  readonly limits: Pick<Limits, "maxMemoryBytes">;
}

/** What capabilities tell the run. */
export interface HostPorts {
  /** Takes what guests log. */
  readonly emit: Emit;
  /** Hears of secret values that become known during the run. */
  readonly hide: (secret: string) => void;
}

/** Creates the capabilities of one run. */
export function hostCapabilities(
  { identity, secrets, config, limits }: Grants,
  folders: readonly GivenFolder[],
  { emit, hide }: HostPorts,
): Capability[] {
  const known = new Secrets(mockSecrets(secrets), hide);
  const store = new MemoryStore(new KeptBytes(limits));
  return [
    new HttpRefusal(),
    known,
    new RuntimeConfig(config, (key) => {
      const value = known.find(key);
      return value === undefined ? undefined : new TextDecoder().decode(value);
    }),
    new State(identity, store),
    new TelemetryCapture((place, text, fields) =>
      emit({ type: "log", place, stream: "telemetry", text, fields })
    ),
    new Kv(identity, store),
    new Files(folders),
    new MessagingRefusal(),
    new OAuthRefusal(),
  ];
}

/** What a run with these grants offers to guests: for those who look at components, and answer none of their calls. */
export function offersFor(grants: Grants): Offers {
  return offersOf(hostCapabilities(grants, [], { emit: () => {}, hide: () => {} }));
}
