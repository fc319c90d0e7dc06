/**
 * What a run has in the place of the world when that is kept on a tape, or comes from one. Never reads or writes a tape
 * itself.
 */

import { failureOfError, type HostCall, type NodePlace, type Outcome, type WitValue } from "./base/call.ts";
import { RunnerError } from "./base/errors.ts";
import type { Json } from "./base/json.ts";
import type { TapedAnswer, TapeRecorder } from "./base/tape.ts";
import type { PutSecret } from "./host/put_secret.ts";
import { replayed } from "./host/replayed.ts";
import { taped } from "./host/taped.ts";
import type { ToolCall } from "./host/tools/mock.ts";
import type { Tape } from "./record/tape_reader.ts";
import type { RunTape } from "./run_tape.ts";

/** Everything as it comes to a `live` run, and kept; `hear` hears of secrets that guests put, before anything with them is kept. */
export function recordingTape(
  live: RunTape,
  recorder: TapeRecorder,
  hear: (secret: PutSecret) => void,
): RunTape {
  return {
    ...live,
    recorder,
    around: (capability) => taped(capability, recorder, hear),
    async aroundScript(call, place, read) {
      const outcome = await read();
      const reply = { type: "ok", value: outcomeValue(outcome) } as const;
      recorder.answered(scriptCall(call, place), { reply, status: "ok", provider: "mock", outputs: null });
      return outcome;
    },
    now() {
      const now = live.now();
      recorder.told(now);
      return now;
    },
  };
}

/** Everything as it came then; `hear` hears of secrets that guests put again. */
export function replayingTape(
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
