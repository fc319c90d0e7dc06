/**
 * Where what comes to a run from outside goes by: straight through, kept on a tape on its way, or given by the tape of an
 * earlier run in the place of all who would give it. Never reads or writes a tape itself.
 */

import { failureOfError, type HostCall, type NodePlace, type Outcome, type WitValue } from "./base/call.ts";
import { systemClock } from "./base/clock.ts";
import { RunnerError } from "./base/errors.ts";
import type { Json } from "./base/json.ts";
import { MAX_TIMER_MS } from "./base/limits.ts";
import type { TapedAnswer, TapePlayer, TapeRecorder } from "./base/tape.ts";
import type { PutSecret } from "./host/put_secret.ts";
import type { Capability } from "./host/capability.ts";
import { replayed } from "./host/replayed.ts";
import { taped } from "./host/taped.ts";
import type { AroundScript, ToolCall } from "./host/tools/mock.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Tape } from "./record/tape_reader.ts";
import type { RunRecord } from "./run_record.ts";

/** What a replay gets in the place of the world. */
export interface Replay {
  readonly tape: Tape;
  /** What its record hides of that. */
  readonly hidden: readonly string[];
  /** Why the recorded run was not granted what it needed, or null. */
  readonly refusal: RunnerError | null;
}

/** What a run has in the place of the world. */
export interface RunTape {
  /** Keeps what guests draw from clocks and randomness, or null. */
  readonly recorder: TapeRecorder | null;
  /** Why the run is not granted what it needs, or null: a replay was refused what its recorded run was. */
  readonly refusal: RunnerError | null;
  /** Gives what guests drew, or null. */
  readonly player: TapePlayer | null;
  /** The capability as guests reach it. */
  around(capability: Capability): Capability;
  /** Stands between service nodes and the scripts of a tools mock. */
  readonly aroundScript: AroundScript;
  /** The time for templates. */
  now(): Date;
  /** Waits between two attempts of a node; an abort ends the wait at once. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What stands between a run and the world. */
export function runTape(
  { record: keeps }: Pick<ResolvedOptions, "record">,
  record: RunRecord,
  replay: Replay | undefined,
): RunTape {
  if (replay === undefined) return keeps ? recordingTape(record.tape, record.hearPut) : LIVE;
  const { tape, hidden, refusal } = replay;
  for (const secret of hidden) record.hide(secret);
  return replayingTape(tape, {
    refusal,
    hear({ name, value }) {
      record.hide(new TextDecoder().decode(value));
      tape.seal.add(name, value);
    },
  });
}

/** Everything as it comes. */
const LIVE: RunTape = {
  recorder: null,
  refusal: null,
  player: null,
  around: (capability) => capability,
  aroundScript: (_call, _place, read) => read(),
  now: () => systemClock.now(),
  sleep: waitFor,
};

/** Everything as it comes, and kept; `hear` hears of secrets that guests put, before anything with them is kept. */
function recordingTape(recorder: TapeRecorder, hear: (secret: PutSecret) => void): RunTape {
  return {
    recorder,
    refusal: null,
    player: null,
    around: (capability) => taped(capability, recorder, hear),
    async aroundScript(call, place, read) {
      const outcome = await read();
      const reply = { type: "ok", value: outcomeValue(outcome) } as const;
      recorder.answered(scriptCall(call, place), { reply, status: "ok", provider: "mock", outputs: null });
      return outcome;
    },
    now() {
      const now = systemClock.now();
      recorder.told(now);
      return now;
    },
    sleep: waitFor,
  };
}

/** Everything as it came then; `hear` hears of secrets that guests put again. */
function replayingTape(
  player: Tape,
  { refusal, hear }: Pick<RunTape, "refusal"> & { readonly hear: (secret: PutSecret) => void },
): RunTape {
  let told = new Date(0);
  const nearest = (call: HostCall) => player.nearest(call);
  return {
    recorder: null,
    refusal,
    player,
    around: (capability) => replayed(capability, { player, nearest, hear }),
    aroundScript(call, place) {
      return Promise.resolve(playedScript(call, () => player.answer(scriptCall(call, place))));
    },
    now: () => told = player.now() ?? told,
    // What is waited for has come already.
    sleep: () => Promise.resolve(),
  };
}

/** What a service answered then. */
function playedScript(call: ToolCall, play: () => TapedAnswer | undefined): Outcome {
  try {
    const answer = play();
    if (answer?.reply.type === "ok") return outcomeOf(answer.reply.value);
    throw new RunnerError(
      "replay.miss",
      `Recorded run has no answer of the service "${call.tool}" to "${call.action}"`,
      { hint: "Record it again with --record, or replay the pack as it was recorded" },
    );
  } catch (error) {
    return { status: "error", failure: failureOfError(error), metrics: {} };
  }
}

/** A call of a service, as a tape keeps it beside those of guests. */
function scriptCall({ tool, action, arguments: given }: ToolCall, place: NodePlace): HostCall {
  return { place, interface: "greentic:runner/tools", fn: "call", args: [tool, action, given as WitValue] };
}

/** An outcome as plain data, which it is. */
function outcomeValue(outcome: Outcome): WitValue {
  const value: Json = JSON.parse(JSON.stringify(outcome));
  return value;
}

/** The outcome that {@linkcode outcomeValue} was given. */
function outcomeOf(value: WitValue): Outcome {
  return value as unknown as Outcome;
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}
