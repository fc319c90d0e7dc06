/**
 * Runs a recorded run again from its tape alone: every answer of the host, every reading of a clock and every random draw
 * is the one that was recorded, so that what differs is what the pack does. Never reaches the network, a file of guests or
 * the environment.
 */

import { type ErrorCode, RunnerError } from "./base/errors.ts";
import { isArray, isObject, type Json, type JsonObject, member, stringMember } from "./base/json.ts";
import type { Limits } from "./base/limits.ts";
import type { OnProgress } from "./base/progress.ts";
import type { RunResult } from "./base/result.ts";
import { WorkerPool } from "./component/worker_pool.ts";
import { readSnapshot } from "./engine/snapshot.ts";
import { readOptions } from "./kept_options.ts";
import { changeParts } from "./kept_parts.ts";
import { checkNames, object, string } from "./option_checks.ts";
import { type ComponentsOptions, resolveOptions, type RunOptions, type SigningPolicy } from "./options.ts";
import { isGone } from "./pack/archive_file.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import { failureFromJson } from "./record/failure_json.ts";
import type { RecordedEvent } from "./record/line_writer.ts";
import { readTranscript } from "./record/read.ts";
import { absolutePath, isSamePlace } from "./record/run_dir.ts";
import { firstDifference, type RunDifference } from "./record/run_difference.ts";
import { MIN_SECRET_CHARS } from "./record/secret_forms.ts";
import { standIn } from "./record/stand_in.ts";
import { readTape, type Tape } from "./record/tape_reader.ts";
import { isAddress, mergedOptions, packSource } from "./resumption.ts";
import { executeRun } from "./run.ts";
import type { ResumePoint } from "./waiting.ts";

/** Options of a replay. What they leave out is as it was in the recorded run. */
export interface ReplayOptions {
  /** The pack to run, changed or not. @default the pack of the recorded run, as it is now */
  readonly pack?: PackInput;
  /** Where components come from, to try a changed one in the place of the pack's. @default as recorded */
  readonly components?: ComponentsOptions;
  /** How much the pack must prove. @default as recorded */
  readonly signing?: SigningPolicy;
  /** Whom to trust. @default as recorded */
  readonly trust?: readonly string[];
  /**
   * Secrets by name, for components that look at what a secret is: the tape has none. Those that are left out get
   * made-up values of the same length. @default {{}}
   */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Run directory of the replay. @default `.greentic/runs/<time>_<id>` in the working directory */
  readonly artifactsDir?: string;
  /** Where prepared components are kept between runs; null for nowhere. @default as recorded */
  readonly cacheDir?: string | null;
  /** Limits in the place of those recorded. @default as recorded */
  readonly limits?: Partial<Limits>;
  /** Gets every transcript line after it was written. */
  readonly transcript?: (line: JsonObject) => void;
  /** Hears what takes long before the flow begins. What it throws is ignored. @default nobody */
  readonly progress?: OnProgress;
  /** Stops the replay; its status becomes `cancelled`. */
  readonly signal?: AbortSignal;
}

/** What came of a replay. */
export interface ReplayReport {
  /** How the replayed run ended: `run.json` of its run directory. */
  readonly result: RunResult;
  /** The first thing that it did otherwise, or null when it did the same. */
  readonly difference: RunDifference | null;
  /** The run directory of the recorded run, absolute. */
  readonly recorded: string;
}

/** Every option, so that a misspelt one is told. */
const OPTION_NAMES: Readonly<Record<keyof ReplayOptions, true>> = {
  pack: true,
  components: true,
  signing: true,
  trust: true,
  secrets: true,
  artifactsDir: true,
  cacheDir: true,
  limits: true,
  transcript: true,
  progress: true,
  signal: true,
};

/** What a tape says of its run. */
export interface TapedRun {
  readonly tape: Tape;
  /** Its run directory, absolute. */
  readonly dir: string;
  /** How it was run, as far as a replay repeats it. */
  readonly options: RunOptions;
  /** Where its pack was, or null when the tape does not say. */
  readonly source: string | null;
  /** Secrets and what stands for them, which the record of the replay hides. */
  readonly hidden: readonly string[];
  /** Why the run was not granted what it needed, or null. */
  readonly refusal: RunnerError | null;
  /** What the run went on from, if it was resumed. */
  readonly resume: ResumePoint | null;
}

/** What `replayRun` of the module does; `lib/on_demand.ts` says what that is. */
export async function replayRun(runDir: string, options: ReplayOptions = {}): Promise<ReplayReport> {
  checkNames("option", Object.keys(object("options", options)), Object.keys(OPTION_NAMES));
  for (const [name, value] of Object.entries(object("secrets", options.secrets ?? {}))) {
    string(`secrets.${name}`, value);
  }
  const held = options.pack === undefined ? undefined : heldInput(options.pack);
  return await replayTaped(await readTaped(runDir, options.secrets), {
    ...options,
    ...held && { pack: held },
  });
}

/**
 * Reads the tape of a run.
 *
 * @throws {RunnerError} `artifacts.read`.
 */
export async function readTaped(
  runDir: string,
  secrets: Readonly<Record<string, string>> = {},
): Promise<TapedRun> {
  if (typeof runDir !== "string" || runDir === "") {
    throw new RunnerError("option.invalid", "The run to replay is no path", {
      hint: "Give the run directory of a run that was recorded whole",
    });
  }
  const dir = absolutePath(runDir);
  const tape = await readTape(dir);
  const hidden = tellSecrets(tape, secrets);
  const header = tape.header(changeParts);
  const damaged = (what: string, cause?: RunnerError) =>
    new RunnerError("artifacts.read", `The tape's ${what}`, {
      place: `${dir}/tape.jsonl:1`,
      ...(cause === undefined ? {} : { cause }),
    });
  const kept = member(header, "options");
  if (!isObject(kept)) throw damaged("first line has no options");
  const turns = member(header, "turns");
  return {
    tape,
    dir,
    source: stringMember(header, "pack_source") ?? null,
    hidden,
    resume: resumeOf(header),
    refusal: refusalOf(member(header, "refused") ?? null),
    options: {
      ...readOptions(offline(kept), damaged),
      ...texts(header, { entryFlow: "entry_flow", entrypoint: "entrypoint", entryNode: "entry_node" }),
      ...texts(header, { operation: "operation" }),
      input: member(header, "input") ?? null,
      turns: isArray(turns) ? turns : [],
    },
  };
}

/** How a replay is run, without the folders that guests were given: it opens none of them. */
export function untouched({ options, resume }: TapedRun, given: RunOptions): RunOptions {
  const flow = resume === null ? {} : { entryFlow: resume.snapshot.next_flow ?? resume.snapshot.flow_id };
  const merged = mergedOptions({ ...options, ...flow }, given);
  return { ...merged, wasi: { ...merged.wasi, dirs: [] } };
}

/** Where the pack of a recorded run was, or null when the tape does not say. */
export function sourceOf({ source }: TapedRun): string | URL | null {
  return source !== null && isAddress(source) ? URL.parse(source) : source;
}

/** Runs a run again whose tape was read; `listen` hears every event of it as it is recorded. */
export async function replayTaped(
  taped: TapedRun,
  options: ReplayOptions,
  listen?: (event: RecordedEvent) => void,
): Promise<ReplayReport> {
  const { tape, dir, hidden, refusal, resume } = taped;
  const { pack, secrets: _, ...given } = options;
  const resolved = resolveOptions(mergedOptions(taped.options, given));
  if (resolved.artifactsDir !== null && isSamePlace(resolved.artifactsDir, dir)) {
    throw new RunnerError("option.invalid", "A replay cannot have the run directory of the recorded run", {
      place: dir,
      hint: "Give another to --artifacts-dir or the option artifactsDir, or leave it out",
    });
  }
  const source = pack ?? await packSource(taped.source, dir);
  // Of a run that cannot begin there is nothing to compare.
  if (typeof pack === "string" && await isGone(pack)) {
    throw new RunnerError("pack.not_found", "Pack does not exist", { place: pack });
  }
  // Read first: a run that cannot be compared need not be repeated.
  const before = await readTranscript(dir);
  using pool = new WorkerPool();
  const kept: RunResult[] = [];
  const result = await executeRun(source, resolved, {
    warm: { pool, compiled: new Map() },
    settled: (record) => void kept.push(record),
    ...(listen === undefined ? {} : { listen }),
    replay: { tape, hidden, refusal },
    ...(resume === null ? {} : { resume }),
  }).catch((error: unknown) => {
    const [record] = kept;
    // What stops a run before its flow is in its record, and may be what was recorded.
    if (record === undefined || !(error instanceof RunnerError)) throw error;
    return record;
  });
  const difference = firstDifference(before, await readTranscript(result.artifactsDir));
  return { result, difference, recorded: dir };
}

/** Tells the tape's seal values for its secrets: what is given, and what is made up for the rest. Returns all of them. */
function tellSecrets({ secrets, seal }: Tape, given: Readonly<Record<string, string>>): string[] {
  const counts = new Map<string, number>();
  return secrets.filter(({ name }) => !name.startsWith("put/")).map(({ name, length }) => {
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const known = nth === 1 && Object.hasOwn(given, name) ? given[name] : undefined;
    if (known !== undefined && known.length < MIN_SECRET_CHARS) {
      throw new RunnerError(
        "option.invalid",
        `Secret "${name}" has less than ${MIN_SECRET_CHARS} characters`,
        {
          hint: "Leave it out: a value is made up for it",
        },
      );
    }
    const value = known ?? standIn(nth === 1 ? name : `${name}#${nth}`, length);
    seal.add(name, value);
    return value;
  });
}

/** The options of a run without what would reach beyond its tape. */
function offline(options: JsonObject): JsonObject {
  const mocks = member(options, "mocks");
  const { tools, telemetry } = isObject(mocks) ? mocks : {};
  return {
    ...options,
    allow: [],
    secrets: { allowMissing: true },
    state: {},
    mocks: {
      // Guests read the recorded clock; beyond it, one that stands still.
      time: true,
      ...(tools === undefined ? {} : { tools }),
      ...(telemetry === undefined ? {} : { telemetry }),
    },
  };
}

function texts(header: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(names).flatMap(([option, name]): [string, Json][] => {
      const text = stringMember(header, name);
      return text === undefined ? [] : [[option, text]];
    }),
  );
}

/** Why a run may not be granted what it needs. */
const REFUSALS: readonly ErrorCode[] = [
  ...["secret.missing", "secrets.invalid", "state.file", "recording.invalid"] as const,
  ...["permission.missing", "option.invalid", "limit.memory", "artifacts.write"] as const,
];

function refusalOf(json: Json): RunnerError | null {
  if (!isObject(json)) return null;
  const { code, message, hint, place, causes } = failureFromJson(json);
  return new RunnerError(REFUSALS.find((known) => known === code) ?? "internal", message, {
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(causes === undefined ? {} : { rows: causes }),
  });
}

function resumeOf(header: JsonObject): ResumePoint | null {
  const resume = member(header, "resume");
  if (!isObject(resume)) return null;
  return {
    snapshot: readSnapshot(member(resume, "snapshot") ?? null),
    sealed: false,
    parent: stringMember(resume, "parent") ?? "",
    packDigest: null,
    components: {},
    given: [],
    allowPackChange: true,
  };
}
