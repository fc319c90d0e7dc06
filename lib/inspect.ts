/**
 * Tells what a pack contains without running any of it: identity, verdicts, flows with their nodes, components
 * with what they export and want.
 */

import { failureOfError } from "./base/call.ts";
import { sha256Hex } from "./base/digest.ts";
import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { isArray, type Json, type JsonObject, member, stringMember } from "./base/json.ts";
import type { ComponentOrigin, PinnedBy } from "./base/result.ts";
import { callableWorlds, readShape } from "./component/world.ts";
import { describeComponent } from "./describe.ts";
import { type OpenedPack, openedPack } from "./opened.ts";
import { type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { mermaidChart } from "./flow/mermaid.ts";
import { capabilityNames } from "./pack/capability_names.ts";
import type { Layout, SecretRequirement } from "./pack/manifest.ts";
import { type FlowInspection, inspectFlow } from "./inspect_flow.ts";
import { hostsOf, secretsOf } from "./inspect_wants.ts";
import { heldInput, type PackInput } from "./pack/pack_input.ts";
import type { Pack } from "./pack/pack.ts";
import type { PackComponent } from "./pack/components.ts";
import { allFindings, chooseFlow, loadProgram } from "./program.ts";
import type { Verdict } from "./base/verdict.ts";

/** One component. */
export interface ComponentInspection {
  /** The id by which flows refer to it. */
  readonly id: string;
  /** Its version, when the manifest has one. */
  readonly version: string | null;
  /** Where its bytes come from. */
  readonly origin: ComponentOrigin;
  /** The entry it is read from, or the path of a file outside of the pack. */
  readonly entry: string;
  /** Its size in bytes, or null when its entry is absent. */
  readonly size: number | null;
  /** `sha256:` and the hex digest, or null when its entry is absent. */
  readonly digest: string | null;
  /** The digest that is demanded of it, or null. */
  readonly pinned: string | null;
  /** Who demands it: a lock file, the table of component sources, or the older manifest; null when nobody does. */
  readonly pinnedBy: PinnedBy | null;
  /** Where it can be had, such as `oci://registry/name@sha256:…`, as a lock or the table says; null when none does. */
  readonly reference: string | null;
  /** The worlds through which flows can call it. */
  readonly worlds: readonly string[];
  /** What it imports beside WASI. */
  readonly imports: readonly string[];
  /** Its operations, as the manifest lists them; a bare component is asked for them. */
  readonly operations: readonly string[];
  /** What the manifest says it may do, such as `host:http` or `wasi:random`. */
  readonly capabilities: readonly string[];
  /** Why it cannot run, or null. */
  readonly problem: string | null;
}

/** What a pack contains. */
export interface PackInspection {
  /** The pack's id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
  /** Its name for people. */
  readonly name: string | null;
  /** Its kind, such as `application`. */
  readonly kind: string | null;
  /** Which layout its manifest has. */
  readonly layout: Layout;
  /** `sha256:` and the hex digest of the archive. */
  readonly digest: string;
  /** Every verification check with its verdict. */
  readonly verdicts: readonly Verdict[];
  /** The flows to start with, best first. */
  readonly entryFlows: readonly string[];
  /** The flows. */
  readonly flows: readonly FlowInspection[];
  /** The components. */
  readonly components: readonly ComponentInspection[];
  /** Provider types with the components that serve them. */
  readonly providers: readonly { readonly type: string; readonly component: string }[];
  /** The secrets that the manifest and its components ask for. */
  readonly secrets: readonly SecretRequirement[];
  /** Hosts that flows name in addresses, and that the pack's hints ask for, such as `https://api.example.com`. */
  readonly hosts: readonly string[];
  /** The files with their sizes in bytes. */
  readonly entries: readonly { readonly name: string; readonly size: number }[];
  /** What is wrong with flows and components. */
  readonly findings: readonly Finding[];
}

/** What `inspectPack` of the module does; `lib/on_demand.ts` says what that is. */
export async function inspectPack(source: PackInput, options: RunOptions = {}): Promise<PackInspection> {
  const all = resolveOptions(options);
  const { signal } = all;
  const patience = options.limits?.nodeTimeoutMs ?? PATIENCE_MS;
  const { pack, packed } = await open(source, all);
  const program = await loadProgram(pack);
  // One after another: each is read whole, and there may be many.
  const components: ComponentInspection[] = [];
  const looks = new Map<string, Look>();
  for (const component of pack.components) {
    if (signal?.aborted) throw cancelled(signal.reason);
    components.push(await inspectComponent(component, { pack, looks, options: withPatience(all, patience) }));
  }
  if (signal?.aborted) throw cancelled(signal.reason);
  const findings = [...packed.findings ?? allFindings(pack, program)];
  return {
    id: pack.id,
    version: pack.version,
    name: pack.name ?? null,
    kind: pack.kind ?? null,
    layout: pack.layout,
    digest: pack.digest,
    verdicts: pack.verification.verdicts,
    entryFlows: pack.entryFlows,
    flows: pack.flows.map(({ id }) => inspectFlow(id, program.flows.get(id))),
    components,
    providers: pack.providers.map(({ type, component }) => ({ type, component })),
    secrets: secretsOf(pack),
    hosts: await hostsOf(pack, findings),
    entries: pack.entries.map(({ name, size }) => ({ name, size })),
    findings,
  };
}

/** How long a component may take to tell its operations, unless the time of nodes is given, in milliseconds. */
const PATIENCE_MS = 5000;

function withPatience(options: ResolvedOptions, nodeTimeoutMs: number): ResolvedOptions {
  return { ...options, limits: { ...options.limits, nodeTimeoutMs } };
}

async function open(source: PackInput, options: ResolvedOptions): Promise<OpenedPack> {
  try {
    return await openedPack(heldInput(source), options);
  } catch (error) {
    throw options.signal?.aborted ? cancelled(error) : error;
  }
}

function cancelled(cause: unknown): RunnerError {
  return new RunnerError("run.cancelled", "Inspection was cancelled", { cause });
}

/** What `flowChart` of the module does; `lib/on_demand.ts` says what that is. */
export async function flowChart(
  source: PackInput,
  flowId: string | null = null,
  options: RunOptions = {},
): Promise<string> {
  const { pack, packed } = await open(source, resolveOptions(options));
  const program = await loadProgram(pack);
  const findings = packed.findings ?? allFindings(pack, program);
  return mermaidChart(chooseFlow({ pack, program, findings }, flowId));
}

/** What a pack contains, as JSON. */
export function inspectionJson(inspection: PackInspection): JsonObject {
  const { entryFlows, components, ...rest } = inspection;
  const listed = components.map(({ pinnedBy, ...component }) => ({ ...component, pinned_by: pinnedBy }));
  const json: Json = JSON.parse(JSON.stringify({ ...rest, entry_flows: entryFlows, components: listed }));
  return json as JsonObject;
}

/** What the bytes of a component say: the same for every component that is read from them. */
interface Look {
  readonly digest: string;
  readonly worlds: readonly string[];
  readonly imports: readonly string[];
  readonly problem: string | null;
}

async function look({ entry, bytes }: PackComponent): Promise<Look> {
  const content = await bytes();
  const digest = `sha256:${await sha256Hex(content)}`;
  try {
    const shape = readShape(content, entry);
    const worlds = callableWorlds(shape).map((world) => world.interface);
    const list = shape.exports.join(", ") || "nothing";
    return {
      digest,
      worlds,
      imports: shape.imports.filter((name) => !name.startsWith("wasi:")),
      problem: worlds.length > 0 ? null : `exports no world that flows can call, only: ${list}`,
    };
  } catch (error) {
    return { digest, worlds: [], imports: [], problem: failureOfError(error).message };
  }
}

async function inspectComponent(
  component: PackComponent,
  { pack, looks, options }: { pack: Pack; looks: Map<string, Look>; options: ResolvedOptions },
): Promise<ComponentInspection> {
  const { id, version, origin, entry, size, pinned, pinnedBy, reference, record } = component;
  const known = {
    id,
    version: version ?? null,
    origin,
    entry,
    size: size ?? null,
    pinned: pinned ?? null,
    pinnedBy: pinnedBy ?? null,
    reference: reference ?? null,
    operations: operationsOf(record),
    capabilities: capabilityNames(record ?? {}),
  };
  const place = `${origin} ${entry}`;
  try {
    const found = looks.get(place) ?? await look(component);
    looks.set(place, found);
    // A component without a pack has nobody but itself to say what it can do.
    if (pack.layout !== "component" || found.problem !== null) return { ...known, ...found };
    const said = await describeComponent(component, options);
    return "operations" in said
      ? { ...known, ...found, operations: said.operations }
      : { ...known, ...found, problem: `its operations are not known: ${said.problem}` };
  } catch (error) {
    return { ...known, digest: null, worlds: [], imports: [], problem: failureOfError(error).message };
  }
}

function operationsOf(record: JsonObject | undefined): string[] {
  const listed = member(record, "operations");
  return (isArray(listed) ? listed : []).flatMap((item) => stringMember(item, "name") ?? []);
}
