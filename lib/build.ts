/**
 * Builds a pack from a folder of sources: `pack.yaml`, flows, components, assets. Everything that is wrong with any
 * of them is found at once. The same sources give the same bytes.
 */

import { sha256Hex } from "./base/digest.ts";
import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { parseYaml } from "./base/yaml.ts";
import { readComponents } from "./build_components.ts";
import { carriedFiles, noPlace } from "./build_files.ts";
import { tolerant } from "./build_findings.ts";
import { readFlows } from "./build_flows.ts";
import type { LoadedFlow } from "./flow/link.ts";
import { secretsFile, secretsOf } from "./build_secrets.ts";
import { checkNames, object, oneOf, type ResolvedOptions, resolveOptions } from "./options.ts";
import { buildPack as packBytes } from "./pack/build.ts";
import { type SigningKey, signingOptions } from "./pack/keys.ts";
import { namedIds, PACK_ONLY, type ResolutionOptions } from "./pack/component_files.ts";
import { openPack } from "./pack/open.ts";
import { stemOf } from "./pack/open_source.ts";
import type { FlowInput, PackSpec } from "./pack/pack_spec.ts";
import { PACK_YAML } from "./pack/entries.ts";
import { type PackDescription, readPackYaml } from "./pack/pack_yaml.ts";
import { fileIdentifier } from "./pack/shape.ts";
import { MAX_COMMON_NAME } from "./pack/sign.ts";
import { SourceFolder } from "./pack/source_folder.ts";
import type { Limits } from "./base/limits.ts";

/** How a pack is built. */
export interface BuildOptions {
  /** The layout of its manifest. @default {"new"} */
  readonly layout?: "legacy" | "new";
  /** The key that signs it. @default unsigned */
  readonly signing?: SigningKey;
  /**
   * When it is built and signed, RFC 3339 in UTC: written into packs of the older layout and into signatures. A fixed
   * date, so that the same sources give the same bytes. @default {"1980-01-01T00:00:00Z"}
   */
  readonly date?: string;
  /** Limits; those left out keep their defaults. */
  readonly limits?: Partial<Limits>;
}

/** A pack that was built. */
export interface PackBuild {
  /** The pack's id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
  /** Which layout its manifest has. */
  readonly layout: "legacy" | "new";
  /** The archive. */
  readonly archive: Uint8Array;
  /** `sha256:` and the hex digest of the archive. */
  readonly digest: string;
  /** The ids of its flows. */
  readonly flows: readonly string[];
  /** The ids of its components. */
  readonly components: readonly string[];
  /** What is odd about its sources, but did not stop the build. */
  readonly findings: readonly Finding[];
}

/** Sources that no pack can be built from, with everything that is wrong with them. */
export class BuildError extends RunnerError {
  /** All findings, warnings included, in the order of the sources. */
  readonly findings: readonly Finding[];

  /** Creates the error from all findings. */
  constructor(folder: string, findings: readonly Finding[]) {
    const { length } = findings.filter(({ severity }) => severity === "error");
    const errors = length === 1 ? "an error" : `${length} errors`;
    super("build.failed", `Pack cannot be built: its sources have ${errors}`, {
      place: folder,
      hint: "Mend what the findings name and build again",
    });
    this.name = "BuildError";
    this.findings = findings;
  }
}

/** The date of everything whose date does not matter. */
export const NO_DATE = "1980-01-01T00:00:00Z";

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
  checkNames("build option", Object.keys(object("options", options)), [
    "layout",
    "signing",
    "date",
    "limits",
  ]);
  const { date = NO_DATE, signing } = options;
  const layout = oneOf("layout", options.layout ?? "new", ["new", "legacy"]);
  checkDate(date);
  const resolved = resolveOptions({ limits: options.limits ?? {} });
  const { limits } = resolved;
  const { spec, findings } = await readSources(folder, { limits, layout, date });
  if (findings.some(({ severity }) => severity === "error")) throw new BuildError(folder, findings);
  const key = signing === undefined ? undefined : await signingOptions(signing, {
    signedAt: date,
    commonName: commonNameOf(spec),
  });
  const archive = await packBytes(key === undefined ? spec : { ...spec, signing: key });
  await checkBuilt(archive, resolved, findings);
  if (findings.some(({ severity }) => severity === "error")) throw new BuildError(folder, findings);
  return {
    id: spec.id,
    version: spec.version,
    layout,
    archive,
    digest: `sha256:${await sha256Hex(archive)}`,
    flows: spec.flows.map(({ id }) => id),
    components: spec.components.map(({ id }) => id),
    findings,
  };
}

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

/** Reads a folder of sources; throws a {@linkcode BuildError} only when nothing in it can be judged. */
export async function readSources(folder: string, options: ReadOptions): Promise<ReadSources> {
  const findings: Finding[] = [];
  const sources = new SourceFolder(folder, options.limits);
  const description = await readDescription(sources, findings, options.resolution !== undefined);
  return { ...await packSpec(sources, description, { ...options, findings }), findings };
}

/** The pack of a folder whose sources may have faults: what has one is left out. */
export async function buildLoosely(
  folder: string,
  options: Pick<ReadOptions, "limits"> & Required<Pick<ReadOptions, "resolution">>,
): Promise<{ archive: Uint8Array } & Pick<ReadSources, "findings" | "entryFlow">> {
  const read = await readSources(folder, { ...options, layout: "new", date: NO_DATE });
  return { archive: await packBytes(read.spec), findings: read.findings, entryFlow: read.entryFlow };
}

/** The name in the certificate: the publisher's or the pack's, as much as there is room for, and no half of a letter. */
function commonNameOf({ publisher, id }: PackSpec): string {
  return (publisher || id).slice(0, MAX_COMMON_NAME).replace(/[\ud800-\udbff]$/, "");
}

/** Opens what was built, as a runner will: what it refuses must not leave the builder. */
async function checkBuilt(archive: Uint8Array, options: ResolvedOptions, findings: Finding[]): Promise<void> {
  await tolerant(
    () => openPack({ name: "the pack that was built", bytes: archive }, { ...options, signal: undefined }),
    findings,
  );
}

/** Throws unless a date is RFC 3339 in UTC. */
export function checkDate(date: string): void {
  const written = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(date)?.[1];
  const time = Date.parse(date);
  // A day that its month does not have would become another.
  if (written !== undefined && !Number.isNaN(time) && new Date(time).toISOString().startsWith(written)) {
    return;
  }
  throw new RunnerError("option.invalid", `Date "${date}" is not of the form 2026-01-31T12:00:00Z`);
}

/** What `pack.yaml` says. Without it nothing else can be judged, so its faults end the build. */
async function readDescription(
  sources: SourceFolder,
  findings: Finding[],
  loose: boolean,
): Promise<PackDescription> {
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
