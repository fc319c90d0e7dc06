/**
 * The record of one run: its directory, transcript, logs and `run.json`, opened together and closed together.
 * Never decides what is recorded: events and the run's end come from `run.ts`.
 */

import { systemClock } from "./base/clock.ts";
import type { Emit } from "./base/events.ts";
import type { Json, JsonObject } from "./base/json.ts";
import type { RunResult } from "./base/result.ts";
import { failureOfError } from "./base/call.ts";
import { RunnerError } from "./base/errors.ts";
import type { TapeRecorder } from "./base/tape.ts";
import type { PutSecret } from "./host/put_secret.ts";
import type { TapeWriter } from "./record/tape_writer.ts";
import { secretEntries, type SecretSources } from "./host/secrets/open.ts";
import type { Seal } from "./record/seal.ts";
import type { Secrecy } from "./host/http/recording/scrub.ts";
import { changeParts } from "./kept_parts.ts";
import type { ResolvedOptions } from "./options.ts";
import { JsonlSink } from "./record/jsonl_sink.ts";
import { NodeLogs } from "./record/node_logs.ts";
import { Recorder, type RunEnd } from "./record/recorder.ts";
import { isSecretName, Redactor } from "./record/redact.ts";
import { type RecordedFlow, toFlowsJson } from "./record/flows_json.ts";
import {
  createRunDir,
  FLOWS_FILE,
  type RunDir,
  SNAPSHOT_FILE,
  STATE_FILE,
  TAPE_FILE,
} from "./record/run_dir.ts";
import { toRunJson } from "./record/run_json.ts";

/** Records one run. */
export class RunRecord {
  /** Takes events. */
  readonly emit: Emit;
  readonly recorder: Recorder;
  /** The secrets that were given, by name; more than once for those with several texts. */
  readonly #named: [name: string, text: string][] = [];
  readonly #redactor: Redactor;
  readonly #dir: RunDir;
  #tape: TapeWriter | null = null;
  #fault: RunnerError | null = null;

  /** Creates the run directory and writes the first line. */
  constructor(options: ResolvedOptions, { label, parentRun }: { label: string; parentRun: string | null }) {
    const { identity, limits, secrets, transcript, artifactsDir } = options;
    const given = [...Object.entries(secrets.mock?.map ?? {}), ...Object.entries(secrets.values)];
    this.#named.push(...given);
    this.#redactor = new Redactor(given.map(([, value]) => value));
    this.#dir = createRunDir({
      root: Deno.cwd(),
      startedAt: systemClock.now(),
      ...(artifactsDir === null ? {} : { artifactsDir }),
    });
    const used = this.#dir.isUsed;
    const sink = new JsonlSink(this.#dir.transcriptPath);
    this.#dir.clear({ used });
    this.recorder = new Recorder({
      sink,
      logs: new NodeLogs({ dir: this.#dir.logsPath, maxLogBytes: limits.maxLogBytes }),
      redactor: this.#redactor,
      clock: systemClock,
      sessionId: identity.session,
      context: { tenantId: identity.tenant, teamId: identity.team, userId: identity.user },
      artifactsDir: this.#dir.path,
      info: { pack: label, ...(parentRun === null ? {} : { parent_run: parentRun }) },
      ...(transcript === null ? {} : { transcript }),
    });
    this.emit = this.recorder.emit;
  }

  /** Hides secrets, and knows by which names they can be given again. */
  learn(sources: SecretSources): void {
    for (const { name, texts } of secretEntries(sources)) {
      for (const text of texts) {
        this.hide(text);
        this.#named.push([name, text]);
      }
    }
  }

  /** Takes secrets out of what must be put back later: those that were given by name. Few runs load what that takes. */
  readonly seal = async (): Promise<Seal> => {
    const { Seal } = await import("./record/seal.ts");
    const seal = new Seal();
    for (const [name, text] of this.#named) seal.add(name, text);
    return seal;
  };

  /** Begins the tape of the run, unless it has begun. Secrets that are known by then are sealed on it. */
  async startTape(header: () => JsonObject): Promise<void> {
    if (this.#tape !== null) return;
    const [seal, { TapeWriter }] = [await this.seal(), await import("./record/tape_writer.ts")];
    this.#tape = new TapeWriter(this.#dir.file(TAPE_FILE), { header: header(), parts: changeParts, seal });
  }

  /** Keeps on the tape what comes to the run, once it has begun. */
  readonly tape: TapeRecorder = {
    answered: (call, answer) => this.#tape?.answered(call, answer),
    drawn: (place, draws) => this.#tape?.drawn(place, draws),
    told: (now) => this.#tape?.told(now),
  };

  /** Seals a secret that a guest has put, wherever it stands on the tape from here on. */
  readonly hearPut = ({ name, value }: PutSecret): void => this.#tape?.learned(name, value);

  /** Hides a value that became known during the run. */
  readonly hide = (secret: string): void => this.#redactor.addSecret(secret);

  /** Takes secrets out of what the run keeps elsewhere. */
  get secrecy(): Secrecy {
    const redactor = this.#redactor;
    return {
      scrub: { text: (value) => redactor.scrub(value), bytes: (value) => redactor.scrubBytes(value) },
      hides: isSecretName,
    };
  }

  /** Keeps which flows the run can reach. Before it walks them, so that it can be told how far a killed run came. */
  keepFlows(flows: readonly RecordedFlow[]): void {
    const json = this.#redactor.scrubValue(toFlowsJson(flows)) as JsonObject;
    this.#attempt(() => this.#dir.writeJson(FLOWS_FILE, json));
  }

  /** Keeps what the run changed in state. */
  keepState(state: JsonObject): void {
    const { value, paths } = this.#redactor.redact(state, "$");
    this.#attempt(() => this.#dir.writeJson(STATE_FILE, { ...value as JsonObject, redactions: [...paths] }));
  }

  /**
   * Keeps the state of a flow that waits. Secrets that were given are sealed in it; all else it needs as it is: only the
   * owner may read the file. Returns its name in the run directory, or null when it could not be written.
   */
  async keepSnapshot(snapshot: JsonObject): Promise<string | null> {
    const seal = await this.seal();
    const sealed = { ...changeParts(snapshot, (value) => seal.sealValue(value)), sealed: true };
    const kept = this.#attempt(() => this.#dir.writeJson(SNAPSHOT_FILE, sealed, { mode: 0o600 }));
    return kept ? SNAPSHOT_FILE : null;
  }

  /**
   * Completes the record, writes `run.json` and closes all files. A fault in writing becomes part of it. The result
   * for the caller has the output as the flow gave it, but for secret values; the record has none of what stands
   * under a name that sounds secret either.
   */
  settle(end: RunEnd): { record: RunResult; result: RunResult } {
    const finished = this.recorder.finish(end);
    this.#attempt(() => this.#dir.writeJson("run.json", toRunJson(finished)));
    this.#tape?.close();
    const fault = this.recorder.close() ?? this.#fault ?? this.#tape?.fault ?? null;
    const record = fault === null ? finished : { ...finished, recordFault: failureOfError(fault) };
    const scrub = (value: Json) => this.#redactor.scrubValue(value);
    const turns = end.turns.map((turn, i) => ({
      reason: record.turns[i]?.reason ?? null,
      output: scrub(turn.output),
      input: scrub(turn.input),
    }));
    return { record, result: { ...record, output: scrub(end.output), turns } };
  }

  /** Writes a document, and says whether it could; the first fault is kept for the result. */
  #attempt(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      this.#fault ??= error;
      return false;
    }
  }
}
