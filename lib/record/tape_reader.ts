/**
 * Reads the tape of a run and gives what is on it to a replay. Never changes it, and never learns a secret by itself:
 * whoever knows their values, or makes some up, tells the tape's seal before the replay begins.
 *
 * 1. Calls are found by their place: the n-th call at a node of a flow that was called on a path gets what the n-th
 *    recorded call there got. Ids and numbers of calls do not matter, so that a pack may change.
 * 2. An answer belongs to a question: interface, function and arguments. Questions of one call may come in another order.
 */

import type { HostCall, HostReply, NodePlace, WitValue } from "../base/call.ts";
import { messageOf, RunnerError } from "../base/errors.ts";
import { type Json, type JsonObject, member } from "../base/json.ts";
import type { Draws, TapedAnswer, TapePlayer } from "../base/tape.ts";
import { witToJson } from "../base/wit_json.ts";
import { failureFromJson, failureToJson } from "./failure_json.ts";
import { ioError } from "./io_error.ts";
import { jsonDifference } from "./json_difference.ts";
import { jsonText } from "./json_text.ts";
import { readRegularText } from "./regular_file.ts";
import { TAPE_FILE } from "./run_dir.ts";
import { type KnownSecret, Seal } from "./seal.ts";
import {
  type ChangeParts,
  headFromJson,
  lineFromJson,
  TAPE_VERSION,
  type TapeHead,
  type TapeLine,
} from "./tape_line.ts";

/** The recorded question that comes nearest to one without an answer. */
export interface NearestQuestion {
  /** Its interface. */
  readonly interface: string;
  /** Its function. */
  readonly fn: string;
  /** The first place at which the arguments differ, such as `args[0].url`; null when another function was asked. */
  readonly path: string | null;
  /** What was recorded there, with markers for secrets; undefined for nothing. */
  readonly recorded: Json | undefined;
  /** What is asked there, with markers for secrets; undefined for nothing. */
  readonly asked: Json | undefined;
}

interface Question {
  readonly interface: string;
  readonly fn: string;
  /** The arguments, sealed. */
  readonly args: readonly WitValue[];
  /** What tells it from others. */
  readonly key: string;
}

interface RecordedAnswer {
  readonly question: Question;
  readonly answer: TapedAnswer;
  used: boolean;
}

interface RecordedCall {
  readonly answers: RecordedAnswer[];
  draws: Draws | null;
  /** How many answers lie before the next one in order. */
  next: number;
}

const NO_DRAWS: Draws = {
  wallMs: [],
  monotonicMs: [],
  random: new Uint8Array(0),
  truncated: false,
  stoppedInSleep: 0,
};

/**
 * Reads the tape of a run directory. What follows the last line feed is a line whose writer was killed, and is left out.
 *
 * @throws {RunnerError} `artifacts.read` when it is absent, damaged or newer than this runner.
 */
export async function readTape(dir: string): Promise<Tape> {
  const path = `${dir}/${TAPE_FILE}`;
  const [first, ...rest] = (await readText(path, dir)).split("\n").slice(0, -1);
  if (first === undefined) throw damaged(path, "it has no first line");
  const head = parsed(first, `${path}:1`, (json) => {
    checkVersion(json, path);
    return headFromJson(json);
  });
  const lines = rest.map((line, i) => parsed(line, `${path}:${i + 2}`, lineFromJson));
  return new Tape(head, lines);
}

/** A tape that was read. */
export class Tape implements TapePlayer {
  /** Puts values in the place of what was sealed, and hides them again; knows none of them at first. */
  readonly seal: Seal;
  /** The secrets of the run, in the order in which it learned them: the seal must learn them in this order. */
  readonly secrets: readonly KnownSecret[];
  readonly #header: JsonObject;
  readonly #calls = new Map<string, RecordedCall[]>();
  readonly #answers: RecordedAnswer[] = [];
  readonly #times: Date[] = [];
  /** The calls of the replay by place and id. */
  readonly #begun = new Map<string, Map<string, RecordedCall | null>>();
  #told = 0;

  /** Takes the lines of a tape. */
  constructor({ header, secrets }: TapeHead, lines: readonly TapeLine[], seal: Seal = new Seal()) {
    this.seal = seal;
    this.#header = header;
    this.secrets = [...secrets, ...lines.flatMap((line) => line.type === "secret" ? [line.secret] : [])];
    const ids = new Map<string, RecordedCall>();
    for (const line of lines) {
      if (line.type === "now") this.#times.push(line.now);
      if (line.type === "answer") {
        const recorded = { question: questionOf(line.call), answer: line.answer, used: false };
        this.#recorded(line.call.place, ids).answers.push(recorded);
        this.#answers.push(recorded);
      }
      if (line.type === "draws") this.#recorded(line.place, ids).draws = line.draws;
    }
  }

  /**
   * What the owner of the tape told of the run.
   *
   * @throws {RunnerError} `secret.missing` when there is a secret in it that the seal does not know.
   */
  header(parts: ChangeParts): JsonObject {
    return parts(this.#header, (value) => this.seal.unsealValue(value));
  }

  answer(call: HostCall): TapedAnswer | undefined {
    const asked = this.#asked(call);
    const recorded = this.#callOf(call.place);
    const fits = (answer: RecordedAnswer) => this.#isSame(answer.question, asked, call);
    const unused = (answer: RecordedAnswer) => !answer.used && fits(answer);
    const { answers = [], next = 0 } = recorded ?? {};
    const found = answers.slice(next).find(unused) ?? answers.find(unused) ?? this.#answers.find(unused) ??
      this.#answers.find(fits);
    if (found === undefined) return undefined;
    found.used = true;
    if (recorded !== null && answers.includes(found)) recorded.next = answers.indexOf(found) + 1;
    return this.#unsealed(found.answer);
  }

  draws(place: NodePlace): Draws {
    return this.#callOf(place)?.draws ?? NO_DRAWS;
  }

  now(): Date | undefined {
    return this.#times[this.#told++];
  }

  /** The next recorded question of the call in which something is asked that has no answer, and how that differs. */
  nearest(call: HostCall): NearestQuestion | undefined {
    const { answers = [], next = 0 } = this.#callOf(call.place) ?? {};
    const open = [...answers.slice(next), ...answers].filter(({ used }) => !used);
    const alike = open.find(({ question }) =>
      question.interface === call.interface && question.fn === call.fn
    );
    const { question } = alike ?? open[0] ?? {};
    if (question === undefined) return undefined;
    const { interface: name, fn } = question;
    if (alike === undefined) {
      return { interface: name, fn, path: null, recorded: undefined, asked: undefined };
    }
    const difference = jsonDifference(argsJson(question.args), argsJson(this.#asked(call).args), "args");
    return {
      interface: name,
      fn,
      path: difference?.path ?? "args",
      recorded: difference?.first,
      asked: difference?.second,
    };
  }

  #recorded(place: NodePlace, ids: Map<string, RecordedCall>): RecordedCall {
    const key = placeKey(place);
    const id = JSON.stringify([key, place.callId]);
    const known = ids.get(id);
    if (known !== undefined) return known;
    const call: RecordedCall = { answers: [], draws: null, next: 0 };
    ids.set(id, call);
    this.#calls.set(key, [...this.#calls.get(key) ?? [], call]);
    return call;
  }

  /** The recorded call that a call of the replay stands for, or null when there were not so many at its place. */
  #callOf(place: NodePlace): RecordedCall | null {
    const key = placeKey(this.#sealedPlace(place));
    const begun = this.#begun.get(key) ?? new Map<string, RecordedCall | null>();
    this.#begun.set(key, begun);
    const known = begun.get(place.callId);
    if (known !== undefined) return known;
    const call = this.#calls.get(key)?.[begun.size] ?? null;
    begun.set(place.callId, call);
    return call;
  }

  #sealedPlace(place: NodePlace): NodePlace {
    return {
      ...place,
      flowId: this.seal.seal(place.flowId),
      flowPath: place.flowPath.map((part) => this.seal.seal(part)),
      nodeId: this.seal.seal(place.nodeId),
    };
  }

  #asked(call: HostCall): Question {
    return questionOf({ ...call, args: call.args.map((arg) => this.seal.sealValue(arg)) });
  }

  /**
   * Whether what was recorded is what is asked. Where two spellings of a secret are alike now and were not then, or the
   * other way, they are sealed differently, and only the values themselves can tell.
   */
  #isSame(recorded: Question, asked: Question, call: HostCall): boolean {
    if (recorded.key === asked.key) return true;
    if (recorded.interface !== call.interface || recorded.fn !== call.fn) return false;
    if (!recorded.key.includes("__SECRET(")) return false;
    try {
      const args = recorded.args.map((arg) => this.seal.unsealValue(arg));
      return questionOf({ ...call, args }).key === questionOf(call).key;
    } catch (error) {
      // A secret that the guest has not put yet in this replay is in nothing that it asks.
      if (error instanceof RunnerError && error.code === "secret.missing") return false;
      throw error;
    }
  }

  #unsealed(answer: TapedAnswer): TapedAnswer {
    if (answer === null) return null;
    return {
      ...answer,
      reply: this.#unsealedReply(answer.reply),
      outputs: this.seal.unsealValue(answer.outputs),
    };
  }

  #unsealedReply(reply: HostReply): HostReply {
    switch (reply.type) {
      case "ok":
        return { type: "ok", value: this.seal.unsealValue(reply.value) };
      case "err":
        return { type: "err", error: this.seal.unsealValue(reply.error) };
      case "abort": {
        const failure = this.seal.unsealValue(failureToJson(reply.failure));
        return { type: "abort", failure: failureFromJson(failure) };
      }
    }
  }
}

function questionOf({ interface: name, fn, args }: HostCall): Question {
  return { interface: name, fn, args, key: `${name}#${fn} ${jsonText(argsJson(args))}` };
}

function argsJson(args: readonly WitValue[]): Json {
  return args.map(witToJson);
}

function placeKey({ flowId, flowPath, nodeId }: NodePlace): string {
  return JSON.stringify([flowPath, flowId, nodeId]);
}

async function readText(path: string, dir: string): Promise<string> {
  try {
    return await readRegularText(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) {
      throw new RunnerError("artifacts.read", `"${dir}" is no run directory`, {
        place: dir,
        hint: "Give the directory of a run that was run with --record",
      });
    }
    if (!(error instanceof Deno.errors.NotFound)) throw ioError("read", path, error);
    throw new RunnerError("artifacts.read", `Run "${dir}" left no ${TAPE_FILE}`, {
      place: path,
      hint: "Run it with --record",
      cause: error,
    });
  }
}

function checkVersion(head: Json, path: string): void {
  const version = member(head, "version");
  if (typeof version !== "number") throw new SyntaxError("its first line has no version");
  if (version <= TAPE_VERSION) return;
  throw new RunnerError(
    "artifacts.read",
    `Version ${version} of the tape is newer than ${TAPE_VERSION}, the newest known`,
    { hint: "Replay it with the version of the runner that recorded it, or a newer one", place: `${path}:1` },
  );
}

function parsed<T>(line: string, place: string, read: (json: Json) => T): T {
  try {
    return read(JSON.parse(line));
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    throw damaged(place, messageOf(error));
  }
}

function damaged(place: string, why: string): RunnerError {
  return new RunnerError("artifacts.read", `Run artifact "${place}" is damaged: ${why}`, {
    hint: "Give the directory of a run whose files were not edited",
    place,
  });
}
