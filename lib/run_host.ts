/**
 * Who answers the guests of a run: what it grants, opened and checked before anything runs, and the table of capabilities
 * over it. Never answers a guest itself.
 */

import { RunnerError } from "./base/errors.ts";
import type { Emit } from "./base/events.ts";
import { givenFolders } from "./folders.ts";
import type { Reach } from "./engine/reach.ts";
import { hostCapabilities } from "./host/capabilities.ts";
import { Granted } from "./host/granted.ts";
import { HostTable } from "./host/table.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Pack } from "./pack/pack.ts";
import { reportFindings } from "./program.ts";
import type { RunRecord } from "./run_record.ts";
import type { RunTape } from "./run_tape.ts";
import { requireSecrets } from "./secret_check.ts";
import { stateJson } from "./state_record.ts";

/** What is opened for the guests of a run; at its end the record hears what they changed. */
export class RunGrants implements Disposable {
  readonly granted: Granted;
  readonly #options: ResolvedOptions;
  readonly #record: RunRecord;

  private constructor(granted: Granted, options: ResolvedOptions, record: RunRecord) {
    this.granted = granted;
    this.#options = options;
    this.#record = record;
  }

  /**
   * Opens what a run grants. From here on the record hides its secrets.
   *
   * @throws {RunnerError} as {@linkcode Granted.open}, and `secret.missing`.
   */
  static async open(
    options: ResolvedOptions,
    { pack, reached, record, signal }: {
      pack: Pack;
      reached: Reach;
      record: RunRecord;
      signal: AbortSignal;
    },
  ): Promise<RunGrants> {
    const { emit, hide, secrecy } = record;
    const granted = await Granted.open(options, { pack: pack.id, emit, hide, signal, ...secrecy });
    const grants = new RunGrants(granted, options, record);
    try {
      record.learn(granted.secrets);
      reportFindings(granted.warnings, record.emit);
      const needing = new Set(reached.components.map(({ id }) => id));
      if (!options.secrets.allowMissing) await requireSecrets(pack, needing, granted.secrets);
      return grants;
    } catch (error) {
      granted[Symbol.dispose]();
      throw error;
    }
  }

  /** Tells the record what guests changed, and closes what is open. */
  [Symbol.dispose](): void {
    try {
      const changed = stateJson(this.granted, this.#options.state.dump);
      if (changed !== null) this.#record.keepState(changed);
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      const { code, message, place } = error;
      this.#record.emit({ type: "warning", code, message, ...(place === undefined ? {} : { place }) });
    } finally {
      this.granted[Symbol.dispose]();
    }
  }
}

/** The capabilities of a run, and the folders that its guests are given. */
export interface RunHost {
  readonly table: HostTable;
  /** The folders, as guests know them. */
  readonly preopens: readonly { readonly guest: string; readonly readOnly: boolean }[];
}

/** Creates the capabilities over what is granted, as far as the tape lets guests reach them. */
export async function createHost(
  { granted }: RunGrants,
  { identity, config, mocks, wasi: { dirs } }: ResolvedOptions,
  { pack, tape, hide, emit }: { pack: Pack; tape: RunTape; hide: (secret: string) => void; emit: Emit },
): Promise<RunHost> {
  const folders = await givenFolders(pack, dirs, { untouched: tape.player !== null });
  const { secrets, http, state, kv } = granted;
  const parts = { secrets, http, state, kv, identity, config, folders, mockTelemetry: mocks.telemetry };
  const capabilities = hostCapabilities(parts, { emit, hide });
  return {
    table: new HostTable(capabilities.map((capability) => tape.around(capability)), emit),
    preopens: folders.map(({ guest, readOnly }) => ({ guest, readOnly })),
  };
}
