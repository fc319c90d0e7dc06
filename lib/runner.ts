/**
 * The runner as callers hold it: one run at once through `runPack`, a live run through `startRun`, and `Runner`,
 * which keeps workers and compiled components warm between runs. What carries out a run is loaded with the first one.
 * Never prints, prompts or exits. Long by what it documents for callers.
 */

import type { WarmParts } from "./component/worker_host.ts";
import type { RunResult } from "./base/result.ts";
import { object } from "./option_checks.ts";
import { type DevProfile, type MocksConfig, resolveOptions, type RunOptions } from "./options.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import type { RecordedEvent } from "./record/line_writer.ts";
import type { ResumeOptions, Resumption } from "./resumption.ts";
import type { RunParts } from "./run.ts";
import type { WaitingRun } from "./waiting.ts";

/**
 * Runs a pack and leaves a record in the run directory. A failed flow is a result.
 *
 * @param source Path of an archive or a folder, a `file:` URL, the bytes of an archive, or files by name.
 * @param options What to run, for whom, and within which limits.
 * @returns How the run ended, its output, every node, and where the record lies.
 * @throws {RunnerError} for a pack that is refused, an option that is wrong, or a host that is broken.
 *
 * @example
 * ```ts
 * import { runPack } from "@greentic/runner";
 *
 * const result = await runPack("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
 * console.log(result.status, result.output);
 * ```
 *
 * @example What takes long before the flow begins is told by the option `progress`.
 * ```ts
 * import { runPack } from "@greentic/runner";
 *
 * await runPack("fixtures/packs/demo.gtpack", {
 *   progress(progress) {
 *     if (progress.type === "preparing") console.log(`preparing ${progress.number} of ${progress.of}`);
 *   },
 * });
 * ```
 */
export async function runPack(source: PackInput, options: RunOptions = {}): Promise<RunResult> {
  const plan = { source: heldInput(source), resolved: resolveOptions(options) };
  await using warm = new Warm();
  return await execute(plan, { warm });
}

/**
 * Goes on with a run that waits for input. The rest of it is a run of its own, with its own run directory.
 *
 * @param runDir The run directory of the run that waited, or a snapshot file.
 * @param options `input` is the answer. Secrets are not kept: give them again.
 * @returns How the rest of the run went.
 * @throws {RunnerError} `flow.snapshot` when the run does not wait, or its pack or flow is another; and as
 * {@linkcode runPack}.
 *
 * @example
 * ```ts
 * import { resumeRun, runPack } from "@greentic/runner";
 *
 * const asked = await runPack("fixtures/packs/order.gtpack");
 * if (asked.status === "waiting") {
 *   const answered = await resumeRun(asked.artifactsDir, { input: { dish: "soup" } });
 *   console.log(answered.waiting?.reason);
 * }
 * ```
 */
export async function resumeRun(runDir: string, options: ResumeOptions = {}): Promise<RunResult> {
  const held = heldPack(options);
  await using warm = new Warm();
  return await execute(await resumption(readLater(runDir), held), { warm });
}

/** A run that is under way: iterate over its events, await its result. */
export interface LiveRun extends AsyncIterable<RecordedEvent> {
  /** How the run ended; rejects as {@linkcode runPack} does. */
  readonly result: Promise<RunResult>;
  /** What `run.json` says, also when `result` rejects; null when no run directory could be made. */
  readonly record: Promise<RunResult | null>;
}

/**
 * Starts a run and hands out its events as they happen. Events wait until they are taken, so take them all or
 * use {@linkcode runPack}. To stop the run, abort `options.signal`.
 *
 * @throws {RunnerError} at once for a wrong option; everything else comes through `result`.
 *
 * @example
 * ```ts
 * import { startRun } from "@greentic/runner";
 *
 * const run = startRun("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
 * for await (const { event } of run) console.log(event.type);
 * console.log((await run.result).status);
 * ```
 */
export function startRun(source: PackInput, options: RunOptions = {}): LiveRun {
  return live((listen) => hearRun(source, options, listen));
}

/**
 * Goes on with a run that waits for input, as {@linkcode resumeRun} does, and hands out its events as they happen, as
 * {@linkcode startRun} does. To stop it, abort `options.signal`.
 *
 * @param runDir The run directory of the run that waited, or a snapshot file.
 * @param options `input` is the answer.
 * @returns The rest of the run. Everything that is wrong, options too, comes through `result`: only the snapshot tells how
 * the run is run.
 *
 * @example
 * ```ts
 * import { runPack, startResume } from "@greentic/runner";
 *
 * const { artifactsDir } = await runPack("fixtures/packs/order.gtpack");
 * for await (const { event } of startResume(artifactsDir, { input: { dish: "soup" } })) console.log(event.type);
 * ```
 */
export function startResume(runDir: string, options: ResumeOptions = {}): LiveRun {
  return live((listen) => hearResume(readLater(runDir), options, listen));
}

/** A run that is under way, for whoever hears its events as they happen: they stand in one order with its progress. */
export type HeardRun = Pick<LiveRun, "result" | "record">;

/** Hears an event the moment it is recorded. */
type Listen = (event: RecordedEvent) => void;

/** {@linkcode startRun} for a listener, with the warm parts of a runner or parts of its own. */
export function hearRun(
  source: PackInput,
  options: RunOptions,
  listen: Listen,
  runner: Runner | null = null,
): HeardRun {
  const plan = { source: heldInput(source), resolved: resolveOptions(options) };
  return heard(() => plan, listen, runner === null ? null : warmOf(runner));
}

/** {@linkcode startResume} for a listener, and for a run that may have been read already. */
export function hearResume(
  read: () => Promise<WaitingRun>,
  options: ResumeOptions,
  listen: Listen,
): HeardRun {
  // What is wrong with them comes through the result, too.
  const held = Promise.try(() => heldPack(options));
  return heard(async () => await resumption(read, await held), listen);
}

/** Queues the events of a run for whoever iterates over them. */
function live(start: (listen: Listen) => HeardRun): LiveRun {
  const { readable, writable } = new TransformStream<RecordedEvent, RecordedEvent>(
    undefined,
    undefined,
    new CountQueuingStrategy({ highWaterMark: Infinity }),
  );
  const writer = writable.getWriter();
  // A reader that went away is no reason to end the run.
  const { result, record } = start((event) => void writer.write(event).catch(() => {}));
  const close = () => writer.close().catch(() => {});
  result.then(close, close);
  return { result, record, [Symbol.asyncIterator]: () => readable[Symbol.asyncIterator]() };
}

/** Starts what a function plans, with warm parts that outlive the run or parts of its own. */
function heard(plan: () => Plan | Promise<Plan>, listen: Listen, kept: Warm | null = null): HeardRun {
  const record = Promise.withResolvers<RunResult | null>();
  async function run(): Promise<RunResult> {
    await using own = new AsyncDisposableStack();
    const warm = kept ?? own.use(new Warm());
    try {
      return await execute(await plan(), {
        warm,
        listen,
        settled: record.resolve,
      });
    } finally {
      record.resolve(null); // without effect when the run has settled
    }
  }
  const result = run();
  result.catch(() => {}); // whoever wants the rejection awaits `result`
  return { result, record: record.promise };
}

/** What is to be run: a pack, or the rest of a run that waited. */
type Plan = Omit<Resumption, "resume"> & Partial<Pick<Resumption, "resume">>;

/** Carries out a run. */
async function execute(
  { source, resolved, ...resume }: Plan,
  { warm, ...parts }: Omit<RunParts, "warm" | "resume" | "replay"> & { readonly warm: Warm },
): Promise<RunResult> {
  const ready = await warm.parts();
  // It starts while what carries out a run is loaded.
  ready.pool.warmUp(resolved.isolation);
  const { executeRun } = await import("./run.ts");
  return await executeRun(source, resolved, { ...parts, ...resume, warm: ready });
}

/** How a run goes on. */
async function resumption(
  ...of: Parameters<typeof import("./resumption.ts").resumption>
): Promise<Resumption> {
  const module = await import("./resumption.ts");
  return await module.resumption(...of);
}

/** Reads a run that waits. */
function readLater(runDir: string): () => Promise<WaitingRun> {
  return async () => await (await import("./waiting.ts")).readWaiting(runDir);
}

/** Options with a pack that their owner cannot change while what takes it is loaded. */
function heldPack(options: ResumeOptions): ResumeOptions {
  const { pack, ...others } = object("options", options);
  return pack === undefined ? others : { ...others, pack: heldInput(pack) };
}

/** What makes the second run of a process faster than its first. */
class Warm implements AsyncDisposable {
  #parts: Promise<WarmParts> | undefined;

  /** The warm parts, made when they are first asked for. */
  parts(): Promise<WarmParts> {
    return this.#parts ??= warmParts();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pool } = await this.parts();
    pool[Symbol.dispose]();
  }
}

async function warmParts(): Promise<WarmParts> {
  const { WorkerPool } = await import("./component/worker_pool.ts");
  return { pool: new WorkerPool(), compiled: new Map() };
}

/** The warm parts of a runner, which are nobody's affair outside of this file. */
let warmOf: (runner: Runner) => Warm;

/**
 * Runs packs one after another or side by side, keeping workers and compiled components warm. Immutable: a setter
 * returns another runner that shares the warm parts. Dispose of any one of them to end the workers of all: idle
 * workers keep the process alive.
 *
 * @example
 * ```ts
 * import { Runner } from "@greentic/runner";
 *
 * await using runner = new Runner().profile({ tenantId: "acme" });
 * const first = await runner.runPackWith("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
 * const second = await runner.runPackWith("fixtures/packs/demo.gtpack", { input: { name: "Bob" } });
 * console.log(first.output, second.output);
 * ```
 */
export class Runner implements AsyncDisposable {
  readonly #options: RunOptions;
  readonly #warm: Warm;

  static {
    warmOf = (runner) => runner.#warm;
  }

  /** Creates a runner whose runs have these options unless a run says otherwise; `shared` lends its warm parts. */
  constructor(options: RunOptions = {}, shared: Runner | null = null) {
    this.#options = options;
    this.#warm = shared === null ? new Warm() : shared.#warm;
  }

  /** A runner with another profile. */
  profile(profile: DevProfile): Runner {
    return this.configure((options) => ({ ...options, profile }));
  }

  /** A runner with other mocks. */
  withMocks(mocks: MocksConfig): Runner {
    return this.configure((options) => ({ ...options, mocks }));
  }

  /** A runner with the options that a function makes of this one's. */
  configure(change: (options: RunOptions) => RunOptions): Runner {
    return new Runner(change(this.#options), this);
  }

  /** Runs a pack with this runner's options. */
  runPack(source: PackInput): Promise<RunResult> {
    return this.runPackWith(source, {});
  }

  /** Runs a pack with some options replaced. */
  async runPackWith(source: PackInput, options: RunOptions): Promise<RunResult> {
    const plan = { source: heldInput(source), resolved: resolveOptions({ ...this.#options, ...options }) };
    return await execute(plan, { warm: this.#warm });
  }

  /**
   * Starts a run with some options replaced and hands out its events as they happen, as {@linkcode startRun} does.
   *
   * @throws {RunnerError} at once for a wrong option; everything else comes through `result`.
   *
   * @example
   * ```ts
   * import { Runner } from "@greentic/runner";
   *
   * await using runner = new Runner();
   * const run = runner.startRun("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
   * for await (const { event } of run) console.log(event.type);
   * console.log((await run.result).status);
   * ```
   */
  startRun(source: PackInput, options: RunOptions = {}): LiveRun {
    return live((listen) => hearRun(source, { ...this.#options, ...options }, listen, this));
  }

  /**
   * Goes on with a run that waits, as it was run. What it has not kept, such as secrets, is as this runner has it.
   *
   * @param options `input` is the answer; what else is given takes the place of what was.
   * @throws {RunnerError} as {@linkcode resumeRun}.
   *
   * @example
   * ```ts
   * import { Runner } from "@greentic/runner";
   *
   * await using runner = new Runner();
   * const asked = await runner.runPack("fixtures/packs/order.gtpack");
   * const answered = await runner.resume(asked.artifactsDir, { input: { dish: "soup" } });
   * console.log(answered.waiting?.reason);
   * ```
   */
  async resume(runDir: string, options: ResumeOptions = {}): Promise<RunResult> {
    const held = heldPack(options);
    return await execute(await resumption(readLater(runDir), held, this.#options), { warm: this.#warm });
  }

  /** Ends the warm workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#warm[Symbol.asyncDispose]();
  }
}
