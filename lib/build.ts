/**
 * Builds a pack from a folder of sources: `pack.yaml`, flows, components, assets. Everything that is wrong with any
 * of them is found at once. The same sources give the same bytes.
 */

import { sha256Hex } from "./base/digest.ts";
import { RunnerError } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import type { Limits } from "./base/limits.ts";
import { quoted } from "./base/paths.ts";
import { BuildError } from "./build_error.ts";
import { tolerant } from "./build_findings.ts";
import { NO_DATE, type ReadOptions, type ReadSources, readSources } from "./build_sources.ts";
import { contentFindings } from "./lint_flows.ts";
import { checkNames, object, oneOf } from "./option_checks.ts";
import { type ResolvedOptions, resolveOptions } from "./options.ts";
import { buildPack as packBytes } from "./pack/build.ts";
import { type SigningKey, signingOptions } from "./pack/keys.ts";
import { openPack } from "./pack/open.ts";
import type { PackSpec } from "./pack/pack_spec.ts";
import { MAX_COMMON_NAME } from "./pack/sign.ts";

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

/** What `buildPack` of the module does; `lib/on_demand.ts` says what that is. */
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
  const { spec, checked: flows, drafts, findings } = await readSources(folder, { limits, layout, date });
  findings.push(...await contentFindings({ flows, drafts }));
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

/**
 * The pack of a folder whose sources may have faults: what has one is left out.
 *
 * @throws {RunnerError} `build.failed` when nothing can be built, with the first reason as its cause.
 */
export async function buildLoosely(
  folder: string,
  options: Pick<ReadOptions, "limits"> & Required<Pick<ReadOptions, "resolution">>,
): Promise<{ archive: Uint8Array } & Pick<ReadSources, "findings" | "entryFlow">> {
  const read = await readSources(folder, { ...options, layout: "new", date: NO_DATE }).catch(
    (error: unknown) => {
      throw error instanceof BuildError ? withReason(error, folder) : error;
    },
  );
  return { archive: await packBytes(read.spec), findings: read.findings, entryFlow: read.entryFlow };
}

/** Nobody who runs a folder is shown its findings, so the error has the first itself. */
function withReason(error: BuildError, folder: string): RunnerError {
  const { code, message, findings } = error;
  const [first, ...others] = findings.filter(({ severity }) => severity === "error");
  if (first === undefined) return error;
  const all = `greentic-runner lint ${quoted(folder)} tells all of them`;
  const { place = folder } = first;
  return new RunnerError(code, message, {
    place: folder,
    hint: others.length > 0 ? all : first.hint ?? all,
    cause: new RunnerError(first.code, `${place}: ${first.message}`),
  });
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
