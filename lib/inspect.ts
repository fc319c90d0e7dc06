/**
 * Tells what a pack contains without running any of it: identity, verdicts, flows with their nodes, components
 * with what they export and want.
 */

import { failureOfError } from "./base/call.ts";
import { sha256Hex } from "./base/digest.ts";
import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import type { Json, JsonObject } from "./base/json.ts";
import { callableWorlds, readShape } from "./component/world.ts";
import { type FlowNode, nodeLabel, type Routing } from "./flow/flow.ts";
import { resolveOptions, type RunOptions } from "./options.ts";
import { openPack } from "./pack/open.ts";
import type { PackInput } from "./pack/open_source.ts";
import type { Pack } from "./pack/pack.ts";
import type { PackComponent } from "./pack/components.ts";
import { loadProgram } from "./program.ts";
import type { Verdict } from "./base/verdict.ts";

/** One node of a flow. */
export interface NodeInspection {
  /** The node's id. */
  readonly id: string;
  /** Its kind or component. */
  readonly component: string;
  /** The component called in the end, when `component` is only a kind. */
  readonly target: string | null;
  /** Where it goes on, in words: `-> next`, `ok -> a, else -> b`, `end`. */
  readonly routing: string;
}

/** One flow. */
export interface FlowInspection {
  /** The flow's id. */
  readonly id: string;
  /** Its kind, or null when it cannot be read. */
  readonly kind: string | null;
  /** Where it starts, or null when it cannot be read. */
  readonly start: string | null;
  /** Its nodes in order. */
  readonly nodes: readonly NodeInspection[];
}

/** One component. */
export interface ComponentInspection {
  /** The id by which flows refer to it. */
  readonly id: string;
  /** Its version, when the manifest has one. */
  readonly version: string | null;
  /** The entry it is read from. */
  readonly entry: string;
  /** Its size in bytes, or null when its entry is absent. */
  readonly size: number | null;
  /** `sha256:` and the hex digest, or null when its entry is absent. */
  readonly digest: string | null;
  /** The worlds through which flows can call it. */
  readonly worlds: readonly string[];
  /** What it imports beside WASI. */
  readonly imports: readonly string[];
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
  readonly layout: "legacy" | "new";
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
  /** Names of the secrets that the manifest asks for. */
  readonly secrets: readonly string[];
  /** The files with their sizes in bytes. */
  readonly entries: readonly { readonly name: string; readonly size: number }[];
  /** What is wrong with flows and components. */
  readonly findings: readonly Finding[];
}

/**
 * Opens and verifies a pack and tells what it contains.
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
  const { limits, policy, trust, signal } = resolveOptions(options);
  const pack = await openPack(source, { limits, policy, trust, ...(signal === null ? {} : { signal }) })
    .catch((error: unknown) => {
      throw signal?.aborted
        ? new RunnerError("run.cancelled", "Inspection was cancelled", { cause: error })
        : error;
    });
  const program = loadProgram(pack);
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
    components: await Promise.all(pack.components.map(inspectComponent)),
    providers: pack.providers.map(({ type, component }) => ({ type, component })),
    secrets: pack.secrets.map(({ key }) => key),
    entries: pack.entries.map(({ name, size }) => ({ name, size })),
    findings: findingsOf(pack, program.findings),
  };
}

/** What a pack contains, as JSON. */
export function inspectionJson(inspection: PackInspection): JsonObject {
  const { entryFlows, ...rest } = inspection;
  const json: Json = JSON.parse(JSON.stringify({ ...rest, entry_flows: entryFlows }));
  return json as JsonObject;
}

function findingsOf(pack: Pack, parsed: ReadonlyMap<string, readonly Finding[]>): Finding[] {
  return [...pack.flowFindings, ...pack.componentFindings, ...[...parsed.values()].flat()];
}

function inspectFlow(
  id: string,
  flow: { kind: string; start: string; nodes: ReadonlyMap<string, FlowNode> } | undefined,
): FlowInspection {
  if (flow === undefined) return { id, kind: null, start: null, nodes: [] };
  return { id, kind: flow.kind, start: flow.start, nodes: Array.from(flow.nodes.values(), inspectNode) };
}

function inspectNode({ id, kind, routing }: FlowNode): NodeInspection {
  const target = kind.type === "component" && kind.exec ? kind.component : null;
  return { id, component: nodeLabel(kind), target, routing: routingText(routing) };
}

function routingText(routing: Routing): string {
  switch (routing.type) {
    case "next":
      return `-> ${routing.to}`;
    case "end":
      return "end";
    case "branch": {
      const cases = [...routing.onStatus].map(([status, to]) => `${status} -> ${to}`);
      return [...cases, ...(routing.default === undefined ? [] : [`else -> ${routing.default}`])].join(", ");
    }
    case "custom":
      return routing.entries.map((entry) => {
        const guard = entry.status ?? entry.condition?.text ?? "else";
        return `${guard} -> ${entry.to ?? "end"}`;
      }).join(", ");
  }
}

async function inspectComponent(
  { id, version, entry, size, bytes }: PackComponent,
): Promise<ComponentInspection> {
  const known = { id, version: version ?? null, entry, size: size ?? null };
  let digest: string | null = null;
  try {
    const content = await bytes();
    digest = `sha256:${await sha256Hex(content)}`;
    const shape = readShape(content, entry);
    const worlds = callableWorlds(shape).map((world) => world.interface);
    const list = shape.exports.join(", ") || "nothing";
    return {
      ...known,
      digest,
      worlds,
      imports: shape.imports.filter((name) => !name.startsWith("wasi:")),
      problem: worlds.length > 0 ? null : `exports no world that flows can call, only: ${list}`,
    };
  } catch (error) {
    return { ...known, digest, worlds: [], imports: [], problem: failureOfError(error).message };
  }
}
