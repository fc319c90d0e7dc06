/**
 * What a run grants its guests, opened for it: secrets are read, the store of state, recordings of HTTP requests. Never
 * answers a guest: capabilities do, with what is opened here.
 */

import { systemClock } from "../base/clock.ts";
import type { Emit } from "../base/events.ts";
import type { Finding } from "../base/finding.ts";
import type { JsonObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import type { RunScope } from "./capability.ts";
import type { AllowList } from "./http/allow.ts";
import type { HttpTransport } from "./http/message.ts";
import type { OnExpired } from "./http/recording/expiry.ts";
import type { RecordingMode } from "./http/recording/mode.ts";
import type { Rewrites } from "./http/recording/rewrite.ts";
import type { Secrecy } from "./http/recording/scrub.ts";
import { RefusingTransport } from "./http/refusing.ts";
import { KeptBytes } from "./kept_bytes.ts";
import { openSecrets, type SecretsGrants, type SecretSources } from "./secrets/open.ts";
import { MemoryStore } from "./state/memory_store.ts";
import { seedState } from "./state/state.ts";
import type { TextStore } from "./state/store.ts";
import { TrackedStore } from "./state/tracked_store.ts";

/** What a run grants its guests. */
export interface Grants {
  /** On whose behalf the run takes place. */
  readonly identity: RunScope;
  /** Where secrets come from. */
  readonly secrets: SecretsGrants;
  /** Configuration by key. */
  readonly config: JsonObject;
  /** The hosts that guests may reach. */
  readonly allow: AllowList;
  /** Where state is kept, and what it holds at first. */
  readonly state: StateGrants;
  /** What is pretended. */
  readonly mocks: GrantedMocks;
  /** How much guests may store and fetch. */
  readonly limits: Pick<Limits, "maxMemoryBytes" | "maxHttpBodyBytes" | "httpTimeoutMs">;
}

/** Where state is kept. */
export interface StateGrants {
  /** An SQLite file, or null for memory. */
  readonly file: string | null;
  /** Values by key, as bytes that a guest would write, which are there before the run begins. */
  readonly seeds: readonly (readonly [key: string, bytes: Uint8Array])[];
}

/** What is pretended to guests, as far as it is opened. */
export interface GrantedMocks {
  /** Recordings of HTTP requests, or null for none. */
  readonly http: HttpRecordings | null;
  /** Whether keys are kept in memory in any case. */
  readonly kv: boolean;
  /** Whether state is kept in memory in any case. */
  readonly state: boolean;
  /** Whether what guests log is answered as by a mock. */
  readonly telemetry: boolean;
}

/** How recordings of HTTP requests are used. */
export interface HttpRecordings {
  readonly mode: RecordingMode;
  /** Their folder. */
  readonly dir: string;
  readonly rewrites: Rewrites;
  readonly expireAfterDays: number | null;
  readonly onExpired: OnExpired;
}

/** What opening needs of the run. */
export interface GrantPorts extends Secrecy {
  /** The pack's id, to which secrets may belong. */
  readonly pack: string;
  /** Takes what is odd and does not stop the run. */
  readonly emit: Emit;
  /** Hears of secrets that become known. */
  readonly hide: (secret: string) => void;
  /** Aborted when the run must end. */
  readonly signal: AbortSignal;
}

/** What is open for one run, until it is disposed of. */
export class Granted implements Disposable {
  /** The sources of secrets. */
  readonly secrets: SecretSources;
  /** What is odd about them. */
  readonly warnings: readonly Finding[];
  /** Answers HTTP requests. */
  readonly http: HttpTransport;
  /** Keeps state. */
  readonly state: TrackedStore;
  /** Keeps values under keys: with state, or apart from it when only one of them is pretended. */
  readonly kv: TrackedStore;

  private constructor(parts: Pick<Granted, "secrets" | "warnings" | "http" | "state" | "kv">) {
    this.secrets = parts.secrets;
    this.warnings = parts.warnings;
    this.http = parts.http;
    this.state = parts.state;
    this.kv = parts.kv;
  }

  /**
   * Opens what a run is granted.
   *
   * @throws {RunnerError} `secrets.invalid`, `state.file`, `recording.invalid`, `permission.missing`, or `limit.memory` for
   * more state than guests may store.
   */
  static async open(grants: Grants, ports: GrantPorts): Promise<Granted> {
    const { identity, secrets: { mock, values, files, environment }, state, mocks, limits } = grants;
    const { env, tenant, team } = identity;
    const { warnings, ...secrets } = await openSecrets(
      { mock, values, files, environment },
      { env, tenant, team, pack: ports.pack },
    );
    const http = await openHttp(grants, ports);
    const kept = new KeptBytes(limits);
    const memory = new MemoryStore(kept);
    const store = mocks.state && mocks.kv ? memory : await openStore(state, { kept, memory }, ports.signal);
    try {
      const [ofState, ofKv] = [mocks.state ? memory : store, mocks.kv ? memory : store];
      seedState(ofState, identity, state.seeds);
      const tracked = new TrackedStore(ofState);
      const kv = ofKv === ofState ? tracked : new TrackedStore(ofKv);
      return new Granted({ secrets, warnings, http, state: tracked, kv });
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** Closes what is open. */
  [Symbol.dispose](): void {
    this.http.close?.();
    this.state.close();
    this.kv.close();
  }
}

async function openStore(
  { file }: StateGrants,
  { kept, memory }: { kept: KeptBytes; memory: TextStore },
  signal: AbortSignal,
): Promise<TextStore> {
  if (file === null) return memory;
  // What SQLite is only runs with a file pay for.
  const { openSqliteStore } = await import("./state/sqlite_store.ts");
  return await openSqliteStore(file, kept, { signal });
}

async function openHttp(
  { allow, mocks: { http }, limits }: Grants,
  { scrub, hides, hide, emit }: GrantPorts,
): Promise<HttpTransport> {
  const isMocked = http !== null && http.mode !== "off";
  // With recordings even an empty list is one that hosts are not on; without, there is no HTTP at all.
  const reaches = allow.netHosts.length > 0 || isMocked;
  // Runs without hosts do not load what reaches them.
  const real = reaches ? new (await import("./http/real.ts")).RealHttp({ allow, limits }) : null;
  const inner = real ?? new RefusingTransport();
  if (http === null) return inner;
  const [{ RecordedHttp }, { RecordingStore }] = await Promise.all([
    import("./http/recording/transport.ts"),
    import("./http/recording/store.ts"),
  ]);
  const { mode, dir, rewrites, expireAfterDays, onExpired } = http;
  const recordings = mode === "off"
    ? { mode, store: null } as const
    : { mode, store: await RecordingStore.open(dir) };
  return new RecordedHttp({
    ...recordings,
    inner,
    ...(real === null ? {} : { refusal: (request) => real.refusal(request) }),
    scrub,
    hides,
    rewrites,
    expireAfterDays,
    onExpired,
    warn: (code, message, place) => emit({ type: "warning", code, message, place }),
    clock: systemClock,
    learn: hide,
    maxBytes: limits.maxMemoryBytes,
  });
}
