/**
 * The capabilities of one run: every interface a guest may ask for, with who answers it. This is the list to add
 * a line to.
 */

import type { Emit } from "../base/events.ts";
import type { JsonObject } from "../base/json.ts";
import { DEFAULT_LIMITS } from "../base/limits.ts";
import type { Capability, RunScope } from "./capability.ts";
import { Files, type GivenFolder } from "./files/files.ts";
import type { Granted } from "./granted.ts";
import { HttpClient } from "./http/client.ts";
import { RefusingTransport } from "./http/refusing.ts";
import { KeptBytes } from "./kept_bytes.ts";
import { Kv } from "./kv/kv.ts";
import { MessagingRefusal } from "./messaging/refuse.ts";
import { OAuthRefusal } from "./oauth/refuse.ts";
import { RuntimeConfig } from "./runtime_config/config.ts";
import { mockSecrets } from "./secrets/open.ts";
import { Secrets } from "./secrets/secrets.ts";
import { MemoryStore } from "./state/memory_store.ts";
import { State } from "./state/state.ts";
import type { TextStore } from "./state/store.ts";
import { type Offers, offersOf } from "./table.ts";
import { TelemetryCapture } from "./telemetry/capture.ts";

/** What capabilities answer with. */
export interface CapabilityParts extends Pick<Granted, "secrets" | "http"> {
  /** On whose behalf the run takes place. */
  readonly identity: RunScope;
  /** Configuration by key. */
  readonly config: JsonObject;
  /** Keeps state. */
  readonly state: TextStore;
  /** Keeps values under keys. */
  readonly kv: TextStore;
  /** Whether what guests log is answered as by a mock. */
  readonly mockTelemetry: boolean;
  /** Folders that guests are given. */
  readonly folders: readonly GivenFolder[];
}

/** What capabilities tell the run. */
export interface HostPorts {
  /** Takes what guests log. */
  readonly emit: Emit;
  /** Hears of secret values. */
  readonly hide: (secret: string) => void;
}

/** Creates the capabilities of one run. */
export function hostCapabilities(parts: CapabilityParts, { emit, hide }: HostPorts): Capability[] {
  const { identity, config, folders, state, kv, mockTelemetry } = parts;
  const secrets = new Secrets(parts.secrets, hide);
  return [
    new HttpClient(parts.http),
    secrets,
    new RuntimeConfig(config, (key) => {
      const value = secrets.find(key);
      return value === undefined ? undefined : new TextDecoder().decode(value);
    }),
    new State(identity, state),
    new TelemetryCapture(
      (place, text, fields) => emit({ type: "log", place, stream: "telemetry", text, fields }),
      mockTelemetry ? "mock" : "real",
    ),
    new Kv(identity, kv),
    new Files(folders),
    new MessagingRefusal(),
    new OAuthRefusal(),
  ];
}

/** What any run offers to guests: for those who look at components, and answer none of their calls. */
export function allOffers(): Offers {
  const store = new MemoryStore(new KeptBytes(DEFAULT_LIMITS));
  const nobody = { env: "local", tenant: "nobody", team: null, user: null };
  const parts = {
    identity: nobody,
    config: {},
    secrets: mockSecrets({}),
    http: new RefusingTransport(),
    state: store,
    kv: store,
    mockTelemetry: false,
    folders: [],
  };
  return offersOf(hostCapabilities(parts, { emit: () => {}, hide: () => {} }));
}
