/**
 * A run from beginning to end, to be read from top to bottom: open and verify, load, resolve, execute, settle.
 * The one file that knows every part; it wires them and does none of their work.
 */

import { abortCause, failureOfError } from "./base/call.ts";
import { breather } from "./base/clock.ts";
import { messageOf, RunnerError, withTexts } from "./base/errors.ts";
import type { RunResult } from "./base/result.ts";
import { Ahead } from "./component/ahead.ts";
import { startTranspiler } from "./component/transpiler.ts";
import { type WarmParts, WorkerHost } from "./component/worker_host.ts";
import { runFlow } from "./engine/engine.ts";
import type { RunEnding } from "./engine/program.ts";
import { reach } from "./engine/reach.ts";
import { type Flow, type FlowNode, nodeLabel } from "./flow/flow.ts";
import { recordedFlow } from "./flow_record.ts";
import { startHandlebars } from "./flow/handlebars.ts";
import type { ToolsMock } from "./host/tools/mock.ts";
import type { ResolvedOptions } from "./options.ts";
import { openPack } from "./pack/open.ts";
import type { Pack } from "./pack/pack.ts";
import { isSurelyCold } from "./preparation.ts";
import { inputLabel, stemOf } from "./pack/open_source.ts";
import type { PackInput } from "./pack/pack_input.ts";
import {
  allFindings,
  checkParameters,
  chooseFlow,
  chooseStart,
  entryFlowId,
  type LoadedProgram,
  loadProgram,
  reportFindings,
} from "./program.ts";
import type { DeclaredNode } from "./record/node_records.ts";
import type { RecordedEvent } from "./record/line_writer.ts";
import type { RunEnd } from "./record/recorder.ts";
import { RunDeadline } from "./run_deadline.ts";
import { runIdentity } from "./run_identity.ts";
import { createHost, RunGrants } from "./run_host.ts";
import { type Replay, type RunTape, runTape } from "./run_tape.ts";
import { startTrace } from "./run_trace.ts";
import { tapeHeader } from "./tape_header.ts";
import { RunProgress } from "./run_progress.ts";
import { RunRecord } from "./run_record.ts";
import { type PackedInput, packedInput } from "./sources.ts";
import {
  checkResumedComponents,
  checkResumedFlow,
  checkResumedPack,
  type ResumePoint,
  unsealed,
  waitingJson,
} from "./waiting.ts";

/** What a run is carried out with, beside its options. */
export interface RunParts {
  /** Workers and compiled components, which outlive the run when its caller keeps them. */
  readonly warm: WarmParts;
  /** Hears every event as it is recorded. */
  readonly listen?: (event: RecordedEvent) => void;
  /** Gets what `run.json` says, also when the run throws. */
  readonly settled?: (result: RunResult) => void;
  /** What a resumed run goes on from. */
  readonly resume?: ResumePoint;
  /** What a replay gets in the place of the world. */
  readonly replay?: Replay;
}

/**
 * Runs a pack, whose bytes nobody else may have, and leaves a record. A failed flow is a result.
 *
 * @throws {RunnerError} for a pack, option or host that stops the run before its flow; `run.json` says so too.
 */
export async function executeRun(
  source: PackInput,
  options: ResolvedOptions,
  parts: RunParts,
): Promise<RunResult> {
  const label = inputLabel(source), parentRun = parts.resume?.parent ?? null;
  const record = new RunRecord(options, { label, parentRun });
  if (parts.listen !== undefined) record.recorder.subscribe(parts.listen);
  const progress = new RunProgress(options, { fallbackId: stemOf(label), parentRun });
  const trace = await startTrace(options, record);
  const tape = await runTape(options, record, parts.replay);
  async function settle(end: RunEnd): Promise<RunResult> {
    const { record: kept, result } = record.settle(end);
    const fault = await trace?.finish(kept) ?? null;
    const told = fault === null ? {} : { exportFault: fault };
    parts.settled?.({ ...kept, ...told });
    return { ...result, ...told };
  }
  using deadline = new RunDeadline(options);
  const { signal } = deadline;
  const attempt = await carryOut(source, options, { ...parts, record, progress, signal, tape }).then(
    (result) => ({ result }),
    (thrown: unknown) => ({ thrown }),
  );
  if ("result" in attempt) {
    const { result } = attempt;
    const snapshot = result.status === "waiting"
      ? await record.keepSnapshot(waitingJson(result.snapshot, {
        pack: progress.pack!,
        source,
        used: progress.components,
        options: progress.opened,
      }))
      : null;
    return await settle(progress.ended(result, snapshot));
  }
  const error = runnerError(attempt.thrown);
  // Of a run that ended before it was granted anything, the tape tells how it was run, and what it was not granted.
  if (options.record) {
    const refused = progress.stage === "resolve" && !signal.aborted ? failureOfError(error) : null;
    await record.startTape(() => tapeHeader(source, options, { pack: progress.pack, refused }));
  }
  if (signal.aborted) return await settle(progress.stopped(abortCause(signal.reason)));
  await settle(progress.failed(error));
  throw withTexts(error, record.secrecy.scrub.text);
}

interface Stage extends RunParts {
  readonly tape: RunTape;
  readonly record: RunRecord;
  readonly progress: RunProgress;
  readonly signal: AbortSignal;
}

async function carryOut(source: PackInput, options: ResolvedOptions, stage: Stage): Promise<RunEnding> {
  const { record, progress, signal, warm, resume, tape } = stage;
  const { limits, identity, templates, componentInput, cacheDir, input, turns, isolation } = options;
  options.progress?.({ type: "stage", stage: progress.stage });
  const { emit } = record;

  const ahead = new Ahead(cacheDir, warm.compiled, runIdentity(source, options));
  const made = ahead.start(warm.pool.warmUp(isolation));
  if (isSurelyCold(cacheDir)) startTranspiler();
  const packed = await packedInput(source, options);
  const pack = progress.pack = await openPack(packed.input, {
    ...options,
    extensible: packed.extensible,
    held: true,
    signal,
    onVerdict(verdict) {
      if (verdict.check !== "container") progress.stage = "verify";
      progress.verdicts.push(verdict);
      emit({ type: "verify", verdict });
    },
  });

  progress.stage = "load";
  const tools = await toolsMock(options, stage);
  const { program, flow, startAt } = await load({ pack, packed, tools }, options, stage);

  progress.stage = "resolve";
  // A run that waited after a jump goes on in the flow that it jumped to.
  const first = program.flows.get(resume?.snapshot.next_flow ?? flow.id) ?? flow;
  const reached = reach(program, first);
  if (tape.refusal !== null) throw tape.refusal;
  using grants = await RunGrants.open(options, { pack, reached, record, signal });
  const open = resume === undefined ? { options } : await unsealed(options, resume, record.seal);
  progress.opened = open.options;
  if (options.record) {
    const resumed = "snapshot" in open ? { snapshot: open.snapshot, parent: resume!.parent } : null;
    await record.startTape(() => tapeHeader(source, open.options, { pack, resume: resumed }));
  }
  record.keepFlows(reached.flows.map(recordedFlow));
  const { table, preopens } = await createHost(grants, open.options, { pack, tape, hide: record.hide, emit });
  const { parameters, wasi: { dirs: _, ...wasi } } = open.options;
  await using components = new WorkerHost({
    components: pack.components,
    offers: table.offers,
    answer: table.answer,
    emit,
    progress: options.progress,
    recorder: tape.recorder,
    player: tape.player,
    identity,
    wasi: { ...wasi, preopens },
    limits,
    componentInput,
    isolation,
    cacheDir,
  }, warm);
  await made;
  progress.components = await components.prepare(reached.components);
  await ahead.note(await components.keys());
  if (resume !== undefined) checkResumedComponents(resume, progress.components);
  signal.throwIfAborted();

  progress.stage = "execute";
  // It is loaded while the first component works, on another thread.
  if (reached.templates) startHandlebars();
  const services = tools === null ? {} : { services: tools };
  const { now, sleep } = tape;
  return await runFlow(
    program,
    {
      ...{ flowId: flow.id, packId: pack.id, startAt, input, parameters, turns, limits, templates },
      ...("snapshot" in open ? { resume: open.snapshot } : {}),
    },
    { invoker: components, ...services, emit, now, sleep, breathe: breather(), signal },
  );
}

/** What answers nodes that need a service, or null. */
async function toolsMock(
  { mocks, limits }: ResolvedOptions,
  { record, tape }: Stage,
): Promise<ToolsMock | null> {
  if (mocks.tools === null) return null;
  const { ToolsMock } = await import("./host/tools/mock.ts");
  return new ToolsMock(mocks.tools.dir, { emit: record.emit, limits, around: tape.aroundScript });
}

/** What is run of a pack: its flows, the one that is asked for, and the node to start at. */
async function load(
  { pack, packed, tools }: { pack: Pack; packed: PackedInput; tools: ToolsMock | null },
  options: ResolvedOptions,
  { record: { emit, recorder }, progress, resume }: Stage,
): Promise<{ program: LoadedProgram; flow: Flow; startAt: string }> {
  if (resume !== undefined) checkResumedPack(resume, pack);
  const program = await loadProgram(pack);
  const found = packed.findings ?? allFindings(pack, program);
  const findings = tools === null
    ? found
    : await (await import("./tools.ts")).findingsWithTools(found, program.flows, tools);
  reportFindings(findings, emit);
  const asked = options.entryFlow ?? resume?.snapshot.flow_id ?? packed.entryFlow;
  progress.flowId = entryFlowId(pack, asked);
  const flow = chooseFlow({ pack, program, findings }, asked);
  recorder.setEntryFlow(flow.id);
  if (resume !== undefined) checkResumedFlow(resume, flow);
  checkParameters(flow, options.parameters);
  const startAt = chooseStart(flow, options);
  for (const { id, nodes } of program.flows.values()) {
    recorder.declareNodes(id, Array.from(nodes.values(), declaredNode));
  }
  return { program, flow, startAt };
}

function declaredNode({ id, kind }: FlowNode): DeclaredNode {
  const target = kind.type === "component" && kind.exec ? { target: kind.component } : {};
  return { nodeId: id, component: nodeLabel(kind), ...target };
}

/** Errors of this library as they are; anything else is a fault of ours, and keeps its cause. */
function runnerError(thrown: unknown): RunnerError {
  if (thrown instanceof RunnerError) return thrown;
  return new RunnerError("internal", `Runner failed: ${messageOf(thrown)}`, { cause: thrown });
}
