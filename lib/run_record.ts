/**
 * The record of one run: its directory, transcript, logs and `run.json`, opened together and closed together.
 * Never decides what is recorded: events and the run's end come from `run.ts`.
 */

import { systemClock } from "./base/clock.ts";
import type { Emit } from "./base/events.ts";
import type { RunResult } from "./base/result.ts";
import { failureOfError } from "./base/call.ts";
import { RunnerError } from "./base/errors.ts";
import type { ResolvedOptions } from "./options.ts";
import { JsonlSink } from "./record/jsonl_sink.ts";
import { NodeLogs } from "./record/node_logs.ts";
import { Recorder, type RunEnd } from "./record/recorder.ts";
import { Redactor } from "./record/redact.ts";
import { createRunDir, type RunDir } from "./record/run_dir.ts";
import { toRunJson } from "./record/run_json.ts";
import type { Snapshot } from "./engine/snapshot.ts";

/** The file that resumes a waiting run. */
const SNAPSHOT_FILE = "snapshot.json";

/** Records one run. */
export class RunRecord {
  /** Takes events. */
  readonly emit: Emit;
  readonly recorder: Recorder;
  readonly #redactor: Redactor;
  readonly #dir: RunDir;

  /** Creates the run directory and writes the first line. */
  constructor(options: ResolvedOptions, label: string) {
    const { identity, limits, secrets, transcript, artifactsDir } = options;
    this.#redactor = new Redactor(Object.values(secrets));
    this.#dir = createRunDir({
      root: Deno.cwd(),
      startedAt: systemClock.now(),
      ...(artifactsDir === null ? {} : { artifactsDir }),
    });
    this.recorder = new Recorder({
      sink: new JsonlSink(this.#dir.transcriptPath),
      logs: new NodeLogs({ dir: this.#dir.logsPath, maxLogBytes: limits.maxLogBytes }),
      redactor: this.#redactor,
      clock: systemClock,
      sessionId: identity.session,
      context: { tenantId: identity.tenant, teamId: identity.team, userId: identity.user },
      artifactsDir: this.#dir.path,
      info: { pack: label },
      ...(transcript === null ? {} : { transcript }),
    });
    this.emit = this.recorder.emit;
  }

  /** Hides a value that became known during the run. */
  readonly hide = (secret: string): void => this.#redactor.addSecret(secret);

  /** Keeps the state of a flow that waits. Returns the file's name in the run directory. */
  keepSnapshot(snapshot: Snapshot): string {
    this.#dir.writeJson(SNAPSHOT_FILE, snapshot);
    return SNAPSHOT_FILE;
  }

  /** Completes the result, writes `run.json` and closes all files. A fault in writing becomes part of the result. */
  settle(end: RunEnd): RunResult {
    const result = this.recorder.finish(end);
    const written = this.#attempt(() => this.#dir.writeJson("run.json", toRunJson(result)));
    const fault = this.recorder.close() ?? written;
    return fault === null ? result : { ...result, recordFault: failureOfError(fault) };
  }

  #attempt(write: () => void): RunnerError | null {
    try {
      write();
      return null;
    } catch (error) {
      if (error instanceof RunnerError) return error;
      throw error;
    }
  }
}
