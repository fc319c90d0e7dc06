/**
 * Runs Greentic packs (`.gtpack`): opens and verifies the zip bundle, walks the chosen flow, calls its WebAssembly
 * components in a sandbox, answers their host calls, and leaves a run directory that tells everything.
 *
 * ```ts
 * import { runPack } from "@greentic/runner";
 *
 * const result = await runPack("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
 * console.log(result.status); // success
 * console.log(result.output); // what the flow answered
 * console.log(result.artifactsDir); // where the record lies
 * ```
 *
 * As a command: `deno run -A jsr:@greentic/runner run my.gtpack`.
 *
 * @module
 */

export { type LiveRun, resumeRun, Runner, runPack, startResume, startRun } from "./lib/runner.ts";
export type { ResumeOptions } from "./lib/resumption.ts";
export type { ReplayOptions, ReplayReport } from "./lib/replay.ts";
export type { RunDifference } from "./lib/record/run_difference.ts";
export type {
  ComparedRun,
  CostPair,
  DifferenceSubject,
  DiffOptions,
  NodeCost,
  RunCost,
  RunsDifference,
  ValueDifference,
} from "./lib/run_diff.ts";
export {
  buildPack,
  diffRuns,
  doctorPack,
  flowChart,
  inspectPack,
  lintPack,
  listCache,
  packPermissions,
  pruneCache,
  recordingsToHar,
  replayRun,
  reportRun,
  signPack,
  verifyPack,
  warmUpCache,
} from "./lib/on_demand.ts";
export type { VerifyReport } from "./lib/verify.ts";
export type { BuildOptions, PackBuild } from "./lib/build.ts";
export { BuildError } from "./lib/build_error.ts";
export type { CacheFile, CacheWarmup, PruneOptions } from "./lib/cache.ts";
export type { LintReport } from "./lib/lint.ts";
export type {
  DoctorCode,
  DoctorFinding,
  DoctorOptions,
  DoctorReport,
  DoctorSubject,
  PlannedValue,
} from "./lib/doctor.ts";
export type {
  PermissionGrant,
  PermissionNote,
  PermissionPlan,
  PermissionReason,
  PermissionsOptions,
  PermissionWarmUp,
  PlannedCommand,
} from "./lib/permissions.ts";
export type { SignedPack, SignOptions } from "./lib/sign.ts";
export type { SigningKey } from "./lib/pack/keys.ts";
export {
  type ComponentsOptions,
  desktopDefaults,
  type DevProfile,
  type MocksConfig,
  type RunOptions,
  type SecretsMock,
  type SecretsOptions,
  type SigningPolicy,
  type StateOptions,
  type TenantContext,
  type TimeMock,
  type WasiDir,
  type WasiOptions,
} from "./lib/options.ts";
export type { HttpMock, HttpMode, HttpModeName, OnExpired, ToolsMock } from "./lib/mocks_options.ts";
export type { OtlpOptions } from "./lib/otlp_options.ts";
export { DEFAULT_LIMITS, type LimitName, type Limits } from "./lib/base/limits.ts";
export type {
  ComponentOrigin,
  ComponentUse,
  NodeFailure,
  NodeSummary,
  PinnedBy,
  RunResult,
  RunStage,
  RunStatus,
  RunTurn,
} from "./lib/base/result.ts";
export type { CallMetrics, Failure, NodePlace } from "./lib/base/call.ts";
export type { Json, JsonObject } from "./lib/base/json.ts";
export type { Finding } from "./lib/base/finding.ts";
export type {
  OnProgress,
  PreparedProgress,
  PreparingProgress,
  Progress,
  ReadingProgress,
  StageProgress,
} from "./lib/base/progress.ts";
export type { Verdict, VerdictKind } from "./lib/base/verdict.ts";
export { type ErrorCode, RunnerError, type RunnerErrorOptions } from "./lib/base/errors.ts";
export type {
  FlowJumpedEvent,
  FlowResumedEvent,
  FlowWaitedEvent,
  HostCalledEvent,
  HostReturnedEvent,
  LogEvent,
  NodeEndedEvent,
  NodeFailedEvent,
  NodeStartedEvent,
  RunEvent,
  VerifyEvent,
  WarningEvent,
} from "./lib/base/events.ts";
export type { RecordedEvent } from "./lib/record/line_writer.ts";
export type { ComponentInspection, PackInspection } from "./lib/inspect.ts";
export type { FlowInspection, NodeInspection } from "./lib/inspect_flow.ts";
export type { NamedBytes, PackInput } from "./lib/pack/pack_input.ts";
export type { Layout, SecretRequirement } from "./lib/pack/manifest.ts";
export { VERSION } from "./lib/base/version.ts";

if (import.meta.main) await import("./cli.ts");
