/**
 * The capabilities of one run: every interface a guest may ask for, with who answers it. This is the list to add
 * a line to.
 */

import type { Emit } from "../base/events.ts";
import type { Capability, RunScope } from "./capability.ts";
import { Control } from "./control/control.ts";
import { HttpRefusal } from "./http/refuse.ts";
import { KvMemory } from "./kv/memory.ts";
import { SecretsMock } from "./secrets/mock.ts";
import { StateMemory } from "./state/memory.ts";
import { TelemetryCapture } from "./telemetry/capture.ts";

/** What a run grants its guests. */
export interface Grants {
  /** On whose behalf the run takes place. */
  readonly identity: RunScope;
  /** Secrets by key. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What capabilities tell the run. */
export interface HostPorts {
  /** Takes what guests log. */
  readonly emit: Emit;
  /** Hears of secret values that become known during the run. */
  readonly hide: (secret: string) => void;
}

/** Creates the capabilities of one run. */
export function hostCapabilities({ identity, secrets }: Grants, { emit, hide }: HostPorts): Capability[] {
  return [
    new HttpRefusal(),
    new SecretsMock(secrets, hide),
    new StateMemory(identity),
    new TelemetryCapture((place, text, fields) =>
      emit({ type: "log", place, stream: "telemetry", text, fields })
    ),
    new KvMemory(),
    new Control(),
  ];
}
