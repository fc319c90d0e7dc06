/**
 * Reads a folder of sources: its description, flows, components and assets, as far as they have no fault. Everything
 * that is wrong with any of them is found at once. Never writes, and never opens what it read as a pack.
 */

import { type Finding, findingOf } from "./base/finding.ts";
import type { Limits } from "./base/limits.ts";
import { parseYaml } from "./base/yaml.ts";
import { BuildError } from "./build_error.ts";
import { readComponents } from "./build_components.ts";
import { carriedFiles, noPlace } from "./build_files.ts";
import { tolerant } from "./build_findings.ts";
import { leftOut } from "./build_left_out.ts";
import { readFlows } from "./build_flows.ts";
import { secretsFile, secretsOf } from "./build_secrets.ts";
import type { LoadedFlow } from "./flow/link.ts";
import { namedIds, PACK_ONLY, type ResolutionOptions } from "./pack/component_files.ts";
import { PACK_YAML } from "./pack/entries.ts";
import { stemOf } from "./pack/open_source.ts";
import type { FlowInput, PackSpec } from "./pack/pack_spec.ts";
import { type PackDescription, readPackYaml } from "./pack/pack_yaml.ts";
import { fileIdentifier } from "./pack/shape.ts";
import { SourceFolder, TooManySources } from "./pack/source_folder.ts";

/** The date of everything whose date does not matter. */
export const NO_DATE = "1980-01-01T00:00:00Z";

/** What was found in a folder of sources. */
export interface ReadSources {
  /** What a pack is made of; without the flows and components that have a fault. */
  readonly spec: PackSpec;
  /** The flows that have none, with where they come from. */
  readonly checked: readonly LoadedFlow[];
  /** What can be told of the flows that have one. */
  readonly drafts: readonly LoadedFlow[];
  /** The first of all flows, also when it has a fault. */
  readonly entryFlow: string | null;
  /** What is wrong with any of it. */
  readonly findings: Finding[];
}

/** How a folder of sources is read. */
export interface ReadOptions {
  readonly limits: Limits;
  readonly layout: "legacy" | "new";
  readonly date: string;
  /**
   * Where components may come from that flows call and the folder has not. Given when nobody asked for a pack: the
   * folder may then do without a description. @default {undefined}
   */
  readonly resolution?: ResolutionOptions;
}

/** Reads a folder of sources; throws a {@linkcode BuildError} only when nothing in it can be judged, or all is too much. */
export async function readSources(folder: string, options: ReadOptions): Promise<ReadSources> {
  const findings: Finding[] = [];
  const sources = new SourceFolder(folder, options.limits);
  try {
    const description = await readDescription(sources, findings, options.resolution !== undefined);
    const spec = await packSpec(sources, description, { ...options, findings });
    // Who only runs a folder wants no pack, and misses nothing in it.
    if (options.resolution === undefined) findings.push(...await leftOut(sources));
    return { ...spec, findings };
  } catch (error) {
    if (!(error instanceof TooManySources)) throw error;
    throw new BuildError(folder, [...findings, findingOf(error)]);
  }
}

/** What `pack.yaml` says. Without it nothing else can be judged, so its faults end the build. */
async function readDescription(
  sources: SourceFolder,
  findings: Finding[],
  loose: boolean,
): Promise<PackDescription> {
  await requireFolder(sources);
  const written = await tolerant(() => sources.text(PACK_YAML), findings);
  const text = written === undefined && findings.length === 0 && loose
    ? `pack_id: ${fileIdentifier(stemOf(sources.path), "folder")}\nversion: 0.0.0`
    : written;
  if (text === undefined && findings.length === 0) {
    findings.push({
      severity: "error",
      code: "build.pack_yaml",
      message: `Folder "${sources.path}" has no ${PACK_YAML}`,
      place: sources.path,
      hint: `Write one with the lines "pack_id: my.pack" and "version: 0.1.0"`,
    });
  }
  const document = text === undefined
    ? undefined
    : await tolerant(() => Promise.resolve(parseYaml(text, PACK_YAML)), findings);
  const description = document === undefined ? undefined : readPackYaml(document, findings);
  if (description === undefined) throw new BuildError(sources.path, findings);
  return description;
}

async function requireFolder(sources: SourceFolder): Promise<void> {
  const { path } = sources;
  const fault = await sources.fault();
  if (fault === undefined) return;
  const message = `Folder "${path}" ${fault}`, hint = `Name the folder that holds ${PACK_YAML}`;
  throw new BuildError(path, [{ severity: "error", code: "build.missing_file", message, place: path, hint }]);
}

async function packSpec(
  sources: SourceFolder,
  description: PackDescription,
  { layout, date, resolution = PACK_ONLY, findings }: ReadOptions & { readonly findings: Finding[] },
): Promise<Omit<ReadSources, "findings">> {
  const { id, version, name, kind, publisher, dependencies, bootstrap } = description;
  const { inputs: components, ids } = await readComponents(sources, description, findings);
  const { entryFlow, flows, checked, drafts } = await readFlows(sources, description, {
    target: {
      layout,
      components: ids.union(await namedIds(resolution)),
      open: dependencies.length > 0,
    },
    findings,
  });
  if (flows.length === 0 && findings.length === 0) warnNoFlow(findings, layout);
  checkBootstrap(description, { flows, ids, findings });
  const modern = layout === "new";
  if (!modern) noPlaceFor(description, findings);
  const listed = await secretsFile(sources, findings);
  const secretRequirements = secretsOf([...description.secretRequirements, ...listed], components);
  const spec: PackSpec = {
    layout,
    id,
    version,
    ...(name === undefined ? {} : { name }),
    ...(modern && kind !== undefined ? { kind } : {}),
    ...(description.description === undefined ? {} : { description: description.description }),
    ...(publisher === undefined ? {} : { publisher }),
    createdAt: date,
    flows,
    components,
    files: await carriedFiles(sources, description, { layout, findings }),
    ...(modern
      ? {
        extensions: description.extensions,
        secretRequirements,
        dependencies,
        ...(bootstrap === undefined ? {} : { bootstrap }),
        componentManifests: true,
      }
      : {}),
  };
  return { spec, checked, drafts, entryFlow };
}

/** What installs and upgrades a pack must be in it. */
function checkBootstrap(
  { bootstrap = {}, bootstrapLine }: PackDescription,
  { flows, ids, findings }: { flows: readonly FlowInput[]; ids: ReadonlySet<string>; findings: Finding[] },
): void {
  const flowIds = new Set(flows.map(({ id }) => id));
  for (const [field, id] of Object.entries(bootstrap)) {
    const known = field === "installer_component" ? ids : flowIds;
    if (known.has(String(id))) continue;
    const message = `Field "bootstrap.${field}" names "${id}", which is not in the pack`;
    findings.push({
      severity: "error",
      code: "build.pack_yaml",
      message,
      place: `${PACK_YAML}:${bootstrapLine}`,
    });
  }
}

function warnNoFlow(findings: Finding[], layout: "legacy" | "new"): void {
  findings.push({
    severity: layout === "legacy" ? "error" : "warning",
    code: "flow.none",
    message: "The pack has no flow",
    place: PACK_YAML,
    hint: "Put one into flows/, such as flows/main.ygtc",
  });
}

/** The older layout has no place for some of what `pack.yaml` can say; nothing of it is dropped in silence. */
function noPlaceFor(description: PackDescription, findings: Finding[]): void {
  const { extensions, dependencies, secretRequirements, bootstrap, kind } = description;
  const lost = [
    Object.keys(extensions).length > 0 && "extensions",
    dependencies.length > 0 && "dependencies",
    secretRequirements.length > 0 && "secret_requirements",
    bootstrap !== undefined && "bootstrap",
    kind !== undefined && kind !== "application" && "kind",
  ];
  for (const field of lost.filter((name) => name !== false)) {
    findings.push(noPlace(field, PACK_YAML));
  }
}
