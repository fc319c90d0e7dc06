/**
 * What can be done with packs, runs and caches. What that takes is loaded when it is asked for, so that importing the
 * module costs little. Does nothing of it itself, but to copy what its caller could change meanwhile. Long by what it
 * documents: each function is one call.
 */

import type { JsonObject } from "./base/json.ts";
import type { BuildOptions, PackBuild } from "./build.ts";
import type { CacheFile, CacheWarmup, PruneOptions } from "./cache.ts";
import type { DoctorOptions, DoctorReport } from "./doctor.ts";
import type { PackInspection } from "./inspect.ts";
import type { LintReport } from "./lint.ts";
import { object } from "./option_checks.ts";
import type { RunOptions } from "./options.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import type { PermissionPlan, PermissionsOptions } from "./permissions.ts";
import type { ReplayOptions, ReplayReport } from "./replay.ts";
import type { DiffOptions, RunsDifference } from "./run_diff.ts";
import type { SignedPack, SignOptions } from "./sign.ts";
import type { VerifyReport } from "./verify.ts";

/**
 * Verifies a pack: container, SBOM, signature, certificate, trust, manifest, and the digests that the manifest has of
 * flows, components and their manifests.
 *
 * @param source What names the pack, as for `runPack`.
 * @param options `signing`, `trust`, `components`, `limits` and `signal` matter here.
 * @returns All verdicts. A pack that is refused is a report, not an exception.
 * @throws {RunnerError} when there is no pack to verify, or an option is wrong.
 *
 * @example
 * ```ts
 * import { verifyPack } from "@greentic/runner";
 *
 * const report = await verifyPack("fixtures/packs/demo.gtpack", { signing: "strict" });
 * console.log(report.ok, report.verdicts.map(({ check, verdict }) => `${check}: ${verdict}`));
 * ```
 */
export async function verifyPack(source: PackInput, options: RunOptions = {}): Promise<VerifyReport> {
  const held = heldInput(source);
  const module = await import("./verify.ts");
  return await module.verifyPack(held, options);
}

/**
 * Checks flows: documents, routes, kinds of nodes, names of components and flows, payloads, templates.
 *
 * @param source A pack, a folder of sources, or a flow file, as for `runPack`.
 * @param options `components`, `limits`, `signal` and those of verification matter here.
 * @returns All findings with file, line, flow and node.
 * @throws {RunnerError} when there is nothing to check: no such file, or a pack that is refused; `run.cancelled`.
 *
 * @example
 * ```ts
 * import { lintPack } from "@greentic/runner";
 *
 * const { ok, findings } = await lintPack("fixtures/sources/hello");
 * console.log(ok, findings.map(({ place, message }) => `${place}: ${message}`));
 * ```
 */
export async function lintPack(source: PackInput, options: RunOptions = {}): Promise<LintReport> {
  const held = heldInput(source);
  const module = await import("./lint.ts");
  return await module.lintPack(held, options);
}

/**
 * Opens and verifies a pack and tells what it contains. A component without a pack is asked for its operations, and has
 * 5 s to answer unless `limits.nodeTimeoutMs` says otherwise.
 *
 * @throws {RunnerError} when the pack is refused.
 *
 * @example
 * ```ts
 * import { inspectPack } from "@greentic/runner";
 *
 * const pack = await inspectPack("fixtures/packs/demo.gtpack");
 * console.log(pack.id, pack.flows.map((flow) => flow.id));
 * ```
 */
export async function inspectPack(source: PackInput, options: RunOptions = {}): Promise<PackInspection> {
  const held = heldInput(source);
  const module = await import("./inspect.ts");
  return await module.inspectPack(held, options);
}

/**
 * A flow of a pack as a diagram in Mermaid's text form.
 *
 * @param flowId The flow; without it the pack's entry flow.
 * @throws {RunnerError} when the pack is refused, or the flow is not there or cannot be read.
 *
 * @example
 * ```ts
 * import { flowChart } from "@greentic/runner";
 *
 * console.log(await flowChart("fixtures/packs/demo.gtpack"));
 * ```
 */
export async function flowChart(
  source: PackInput,
  flowId: string | null = null,
  options: RunOptions = {},
): Promise<string> {
  const held = heldInput(source);
  const module = await import("./inspect.ts");
  return await module.flowChart(held, flowId, options);
}

/**
 * Examines whether a run with these options could begin, and what it would lack on its way.
 *
 * @param source What names the pack, as for `runPack`.
 * @param options Those of the run.
 * @returns Everything that was found. Whatever would stop the run is an error among the findings, not an exception.
 * @throws {RunnerError} when there is no pack to examine or it may not be read, or an option is wrong; `run.cancelled`.
 *
 * @example
 * ```ts
 * import { doctorPack } from "@greentic/runner";
 *
 * const { ok, findings } = await doctorPack("fixtures/packs/kinds.gtpack", { entryFlow: "host" });
 * console.log(ok, findings.map(({ severity, message, hint }) => `${severity}: ${message}. ${hint ?? ""}`));
 * ```
 */
export async function doctorPack(source: PackInput, options: DoctorOptions = {}): Promise<DoctorReport> {
  const held = heldInput(source);
  const module = await import("./doctor.ts");
  return await module.doctorPack(held, options);
}

/**
 * Plans the permissions of a command on a pack.
 *
 * @param source What names the pack, as for `runPack`; the folder of sources for `build`. For `resume`, `replay` and
 * `report` it may be a run directory.
 * @param options Those of the command.
 * @returns The least that the command needs once the pack's components are prepared; without a cache also what preparing
 * them takes.
 * @throws {RunnerError} when the pack may not be read, is refused, or an option is wrong.
 *
 * @example
 * ```ts
 * import { packPermissions } from "@greentic/runner";
 *
 * const { line, warmup } = await packPermissions("fixtures/packs/demo.gtpack");
 * console.log(line); // --allow-read=fixtures/packs/demo.gtpack,.greentic --allow-write=.greentic/runs
 * console.log(warmup?.line);
 * ```
 */
export async function packPermissions(
  source: PackInput,
  options: PermissionsOptions = {},
): Promise<PermissionPlan> {
  const held = heldInput(source);
  const module = await import("./permissions.ts");
  return await module.packPermissions(held, options);
}

/**
 * Builds a pack from a folder with `pack.yaml`, flows (`flows/*.ygtc`, `.yaml` or `.json`), components
 * (`components/<id>.wasm`) and assets (`assets/`). Only `pack_id` and `version` must be written down; the rest is
 * found in its folders.
 *
 * @throws {BuildError} with all findings, each with its file and line.
 *
 * @example
 * ```ts
 * import { buildPack } from "@greentic/runner";
 *
 * const { archive, digest } = await buildPack("fixtures/sources/hello");
 * console.log(archive.length, digest);
 * ```
 */
export async function buildPack(folder: string, options: BuildOptions = {}): Promise<PackBuild> {
  const module = await import("./build.ts");
  return await module.buildPack(folder, options);
}

/**
 * A copy of an archive with a new signature. The same key, date and archive give the same bytes.
 *
 * @throws {RunnerError} `pack.*` or `verify.*` for an archive that contradicts itself: nobody should sign one.
 *
 * @example
 * ```ts
 * import { signPack, verifyPack } from "@greentic/runner";
 *
 * const date = new Date().toISOString();
 * const { archive, publicKey } = await signPack("fixtures/packs/demo-unsigned.gtpack", { key: "dev", date });
 * const { ok } = await verifyPack(archive, { signing: "strict", trust: [publicKey] });
 * console.log(ok); // true
 * ```
 */
export async function signPack(source: PackInput, options: SignOptions): Promise<SignedPack> {
  const held = heldInput(source);
  const module = await import("./sign.ts");
  return await module.signPack(held, options);
}

/**
 * Runs a recorded run again, offline, and compares what it does with what was recorded. The run must have been run with
 * `record: true` (`--record`). Its pack may have changed: that is what a replay is for.
 *
 * @param runDir The run directory of the recorded run.
 * @param options What is to be different.
 * @returns How it went, and the first difference.
 * @throws {RunnerError} `artifacts.read` when there is no tape, or it is damaged or newer; `pack.not_found`; and
 * `option.invalid`.
 *
 * @example
 * ```ts
 * import { replayRun, runPack } from "@greentic/runner";
 *
 * const { artifactsDir } = await runPack("fixtures/packs/demo.gtpack", { input: { name: "Ada" }, record: true });
 * const { difference } = await replayRun(artifactsDir);
 * console.log(difference); // null: it did the same
 * ```
 */
export async function replayRun(runDir: string, options: ReplayOptions = {}): Promise<ReplayReport> {
  const { pack, ...others } = object("options", options);
  const held = pack === undefined ? others : { ...others, pack: heldInput(pack) };
  const module = await import("./replay.ts");
  return await module.replayRun(runDir, held);
}

/**
 * Compares two runs by what their run directories tell: how they ended, what they were given, the way they took, and for
 * every node what went in, came out and was asked of the host. Times, generated ids, run directories and what came from
 * the cache are no differences. A run that was killed is compared as far as it came.
 *
 * @param a The run directory of the first run, or a file in it such as `run.json`.
 * @param b The same of the second run.
 * @param options What does not count.
 * @returns All differences, and what both runs took.
 * @throws {RunnerError} `artifacts.read` when a transcript is absent, or a file is damaged or newer: the message says of
 * which run; `permission.missing`, and `option.invalid`.
 *
 * @example
 * ```ts
 * import { diffRuns, runPack } from "@greentic/runner";
 *
 * const pack = "fixtures/packs/demo.gtpack";
 * const first = await runPack(pack, { input: { name: "Ada" } });
 * const second = await runPack(pack, { input: { name: "Bob" } });
 * const { same, differences } = await diffRuns(first.artifactsDir, second.artifactsDir);
 * console.log(same, differences.map(({ place, path, a, b }) => [place, path, a, b]));
 * ```
 */
export async function diffRuns(a: string, b: string, options: DiffOptions = {}): Promise<RunsDifference> {
  const module = await import("./run_diff.ts");
  return await module.diffRuns(a, b, options);
}

/**
 * The report of a run as the text of an HTML file, which opens from disk and reaches for nothing outside of itself: what
 * failed and what helps, the flow with the way that was taken, a timeline of nodes, attempts and host calls with what went
 * in and came out, verification, components, logs, limits. It is made from the run directory alone, also from that of a
 * run which was killed, and has no secrets where the record has none.
 *
 * @param runDir The run directory: `artifactsDir` of a result.
 * @throws {RunnerError} `artifacts.read` when there is no record that can be read, `permission.missing`, and
 * `option.invalid`.
 *
 * @example
 * ```ts
 * import { reportRun, runPack } from "@greentic/runner";
 *
 * const { artifactsDir } = await runPack("fixtures/packs/demo.gtpack", { input: { name: "Ada" } });
 * await Deno.writeTextFile(`${artifactsDir}/report.html`, await reportRun(artifactsDir));
 * ```
 */
export async function reportRun(runDir: string): Promise<string> {
  const module = await import("./report.ts");
  return await module.reportRun(runDir);
}

/**
 * Prepares the components of a pack, so that its first run needs no transpiler: those that `entryFlow` can reach, or else
 * those that any of its flows can.
 *
 * @param source What names the pack, as for `runPack`.
 * @param options `cacheDir`, `entryFlow`, `limits`, `components`, `progress`, `signal` and those of verification matter
 * here.
 * @throws {RunnerError} for a pack that is refused, a component that cannot run here, or a cache that cannot be written.
 *
 * @example
 * ```ts
 * import { warmUpCache } from "@greentic/runner";
 *
 * const { components } = await warmUpCache("fixtures/packs/demo.gtpack");
 * console.log(components.map(({ id, cacheHit }) => `${id}: ${cacheHit ? "was there" : "prepared"}`));
 * ```
 */
export async function warmUpCache(source: PackInput, options: RunOptions = {}): Promise<CacheWarmup> {
  const held = heldInput(source);
  const module = await import("./cache.ts");
  return await module.warmUpCache(held, options);
}

/**
 * Tells what is in a cache: which files can be used, which are damaged, outdated or left over.
 *
 * @param cacheDir The folder. @default `.greentic/cache`
 * @throws {RunnerError} `permission.missing` when the folder may not be read.
 *
 * @example
 * ```ts
 * import { listCache } from "@greentic/runner";
 *
 * for (const { name, state, bytes } of await listCache()) console.log(state, bytes, name);
 * ```
 */
export async function listCache(cacheDir?: string): Promise<CacheFile[]> {
  const module = await import("./cache.ts");
  return await module.listCache(cacheDir);
}

/**
 * Removes from a cache what is of no use: damaged and outdated components, notes about components that are gone, what
 * killed processes left; and what the options ask for beside. Files that no cache wrote stay.
 *
 * @param cacheDir The folder. @default `.greentic/cache`
 * @returns What was removed, or with `dryRun` what would be.
 * @throws {RunnerError} `permission.missing` when the folder may not be read and written.
 *
 * @example
 * ```ts
 * import { pruneCache } from "@greentic/runner";
 *
 * const removed = await pruneCache(undefined, { olderThanMs: 30 * 24 * 60 * 60 * 1000, dryRun: true });
 * console.log(removed.map(({ name }) => name));
 * ```
 */
export async function pruneCache(cacheDir?: string, options: PruneOptions = {}): Promise<CacheFile[]> {
  const module = await import("./cache.ts");
  return await module.pruneCache(cacheDir, options);
}

/**
 * The recordings of a folder as an HTTP Archive (HAR 1.2), which browsers' tools and many others show. Answers stand in
 * the order in which they were recorded, without secrets, as they were recorded.
 *
 * @param dir The folder: `mocks.http.dir`, or `--recordings`.
 * @throws {RunnerError} `recording.invalid` for a folder or a recording that cannot be read, `permission.missing`.
 *
 * @example
 * ```ts
 * import { recordingsToHar } from "@greentic/runner";
 *
 * const har = await recordingsToHar("fixtures/recordings");
 * console.log(JSON.stringify(har, null, 2));
 * ```
 */
export async function recordingsToHar(dir: string): Promise<JsonObject> {
  const module = await import("./recordings.ts");
  return await module.recordingsToHar(dir);
}
