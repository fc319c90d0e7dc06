/**
 * How far a run came and what is known of it so far: what its result says, however it ends.
 * Never decides how it ends.
 */

import { type AbortCause, type Failure, failureOfError } from "./base/call.ts";
import type { RunnerError } from "./base/errors.ts";
import type { Json } from "./base/json.ts";
import type { ComponentUse, RunStage, RunStatus, RunTurn } from "./base/result.ts";
import type { Verdict } from "./base/verdict.ts";
import type { RunEnding } from "./engine/program.ts";
import { componentUses } from "./component_uses.ts";
import { environmentFacts } from "./environment.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Pack } from "./pack/pack.ts";
import { inspectLine } from "./command_lines.ts";
import type { RunEnd } from "./record/recorder.ts";

/** Facts of a run, filled in as it goes on. */
export class RunProgress {
  pack: Pack | null = null;
  flowId: string | null = null;
  components: readonly ComponentUse[] = [];
  /** The options with secrets in the places where a resumed run had markers, once these are known. */
  opened: ResolvedOptions;
  readonly verdicts: Verdict[] = [];
  readonly #options: ResolvedOptions;
  readonly #fallbackId: string;
  readonly #parentRun: string | null;
  #turns: readonly RunTurn[] = [];
  #stage: RunStage = "open";

  /** Starts at stage `open`; `fallbackId` names the pack for as long as its manifest is unknown. */
  constructor(
    options: ResolvedOptions,
    { fallbackId, parentRun }: { fallbackId: string; parentRun: string | null },
  ) {
    this.#options = this.opened = options;
    this.#fallbackId = fallbackId;
    this.#parentRun = parentRun;
  }

  /** How far the run came. */
  get stage(): RunStage {
    return this.#stage;
  }

  /** Comes to a stage, and tells whoever waits when it is another one. */
  set stage(stage: RunStage) {
    if (stage === this.#stage) return;
    this.#stage = stage;
    this.#options.progress?.({ type: "stage", stage });
  }

  /** The end of a run whose engine came to a result; `snapshot` is the file that resumes it. */
  ended(result: RunEnding, snapshot: string | null): RunEnd {
    this.#turns = result.turns;
    switch (result.status) {
      case "completed":
        return this.#end(result.failedNodes ? "partial_failure" : "success", { output: result.output });
      case "waiting": {
        const { reason, output } = result;
        return this.#end("waiting", { output, waiting: { reason, snapshot: snapshot ?? "" } });
      }
      case "failed":
        return this.#end("failure", { error: this.#advised(result.failure) });
      case "timed_out":
      case "cancelled":
        return this.stopped({ status: result.status, failure: result.failure });
    }
  }

  /**
   * A component without a pack has no routes that could help: what it reports, such as an operation that it does not
   * know, it tells itself.
   */
  #advised(failure: Failure): Failure {
    const { pack } = this;
    if (pack?.layout !== "component" || failure.reported !== true) return failure;
    const hint = `${inspectLine(pack)} tells its operations; transcript.jsonl has what it was given`;
    return { ...failure, hint };
  }

  /** The end of a run that was stopped from outside. */
  stopped({ status, failure }: AbortCause): RunEnd {
    return this.#end(status, { error: failure });
  }

  /** The end of a run that did not come to its flow. */
  failed(error: RunnerError): RunEnd {
    return this.#end("failure", { error: failureOfError(error) });
  }

  #end(
    status: RunStatus,
    { output = null, error = null, waiting = null }: {
      output?: Json;
      error?: Failure | null;
      waiting?: RunEnd["waiting"];
    },
  ): RunEnd {
    const { policy, limits, progress } = this.#options;
    progress?.({ type: "stage", stage: null });
    return {
      packId: this.pack?.id ?? this.#fallbackId,
      packVersion: this.pack?.version ?? "0.0.0",
      packDigest: this.pack?.digest ?? null,
      flowId: this.flowId,
      status,
      stage: this.stage,
      error,
      output,
      waiting,
      turns: this.#turns,
      parentRun: this.#parentRun,
      verification: { policy, verdicts: this.verdicts },
      components: componentUses(this.pack, { prepared: this.components, stage: this.stage }),
      limits,
      environment: environmentFacts(),
    };
  }
}
