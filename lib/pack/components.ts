/**
 * Finds the bytes of every component that a manifest lists: a file that the user put in its place, a folder of
 * components that the user named, or the pack itself. Digests are checked wherever one is pinned. Never fetches: a
 * component that is nowhere is a finding, with the reference and digest under which it can be had.
 */

import { blake3Hex, sha256Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { JsonObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import type { ComponentOrigin } from "../base/result.ts";
import {
  type FoundFile,
  inFolder,
  mapped,
  namedIds,
  readMap,
  requireFolder,
  type ResolutionOptions,
} from "./component_files.ts";
import { type ListedSource, readSources, SOURCES, type SourceTable } from "./component_sources.ts";
import { MANIFEST } from "./entries.ts";
import { readLock } from "./lock.ts";
import type { ComponentSpec, Manifest } from "./manifest.ts";
import type { PackSource } from "./source.ts";
import type { Judge } from "./verify.ts";

/** A component of a pack. */
export interface PackComponent {
  /** The id that flows name. */
  readonly id: string;
  /** Its version. */
  readonly version?: string;
  /** The world that the manifest claims; what the bytes export is another matter. */
  readonly world?: string;
  /** Where its bytes come from. */
  readonly origin: ComponentOrigin;
  /** The entry it is read from, or the path of a file outside of the pack. */
  readonly entry: string;
  /** Its size, when it is there. */
  readonly size?: number;
  /** The digest that a lock file or the table of sources pins, and that its bytes have. */
  readonly pinned?: string;
  /** The manifest's record of it. */
  readonly record?: JsonObject;
  /** A copy of its bytes; throws what the finding of this component says. */
  bytes(): Promise<Uint8Array>;
}

/** The components of a pack and what is wrong with them. */
export interface ResolvedComponents {
  /** The components, in the manifest's order. */
  readonly components: readonly PackComponent[];
  /** What is wrong with single components. */
  readonly findings: readonly Finding[];
}

/** What resolution works with. */
export interface ResolveContext {
  /** The pack's bytes. */
  readonly source: PackSource;
  /** What the user named. */
  readonly resolution: ResolutionOptions;
  /**
   * Whether flows mention a component that the user named beside those that the manifest lists; null when only those
   * that it lists are taken.
   */
  readonly mentioned: ((id: string) => boolean) | null;
  /** The limits in force. */
  readonly limits: Limits;
  /** Takes a verdict on every digest. */
  readonly judge: Judge;
}

/** Resolves every component of a manifest. */
export async function resolveComponents(
  manifest: Manifest,
  context: ResolveContext,
): Promise<ResolvedComponents> {
  const { mentioned } = context;
  const { dir, lock, allowMissingHash } = context.resolution;
  if (dir !== null) await requireFolder(dir);
  const resolution = context.source.kind === "component"
    ? irreplaceable(context.resolution)
    : context.resolution;
  const findings: Finding[] = [];
  const table = readSources(manifest.extensions.get(SOURCES), findings);
  const locked = lock === null ? undefined : await readLock(lock, { allowMissingHash });
  const files = await readMap(resolution.map);
  const listed = uniqueSpecs(manifest, locked ?? table, findings);
  const known = new Set(listed.map(({ id }) => id));
  const named = mentioned === null ? [] : await namedIds(resolution);
  const added = [...named].filter((id) => !known.has(id) && (Object.hasOwn(files, id) || mentioned!(id)));
  const specs = [...listed, ...added.map((id) => ({ id, entry: `${id}.wasm` }))];
  for (const id of added) known.add(id);
  for (const id of Object.keys(files)) {
    if (known.has(id)) continue;
    const message = `Component "${id}" of the components map is not in the pack`;
    findings.push({ severity: "warning", code: "components.map", message });
  }
  const components: PackComponent[] = [];
  const digests = new Map<string, Promise<string>>();
  let held = 0;
  for (const spec of specs) {
    const pin = locked?.find(spec.id);
    if (locked !== undefined && pin === undefined) {
      const message = `Component "${spec.id}" is not in the lock file`;
      findings.push({ severity: "warning", code: "lock.invalid", message, place: lock ?? "" });
    }
    const row = table.find(spec.id);
    const file = Object.hasOwn(files, spec.id) ? files[spec.id] : undefined;
    const found = await find(spec, { ...context, resolution, file, pin, row });
    if ("finding" in found) {
      findings.push(found.finding);
      components.push(absent(spec, found));
      continue;
    }
    // A file that takes a component's place on purpose is not what the pack's own table pins.
    const digest = pin?.digest ?? (found.origin === "map" ? undefined : row?.digest);
    // What was named for flows that nobody has signed needs no pin.
    const holds = mentioned !== null && digest === undefined ||
      await checkDigest(found, { spec, digest, digests, judge: context.judge });
    if (holds && digest !== undefined) held++;
    components.push(present(spec, found, holds ? digest : undefined));
  }
  if (held > 0) {
    const reason = `${held} of ${specs.length} components have the digest that pins them`;
    context.judge.pass({ check: "components", verdict: "verified", place: lock ?? MANIFEST, reason });
  }
  return { components, findings };
}

/** A bare component is what was asked for, so nothing takes its place; a lock still says what it must be. */
function irreplaceable(resolution: ResolutionOptions): ResolutionOptions {
  return { ...resolution, map: null, dir: null };
}

function uniqueSpecs(
  { components }: Manifest,
  listed: SourceTable,
  findings: Finding[],
): ComponentSpec[] {
  if (components.length === 0) {
    return Array.from(listed.rows, ({ id, entry }) => {
      return { id, version: "0.0.0", entry: entry ?? `components/${id}.wasm` };
    });
  }
  const specs = new Map<string, ComponentSpec>();
  for (const spec of components) {
    if (!specs.has(spec.id)) {
      specs.set(spec.id, spec);
      continue;
    }
    const message = `Component "${spec.id}" is listed twice; the first is used`;
    findings.push({ severity: "warning", code: "manifest.invalid", message, place: MANIFEST });
  }
  return [...specs.values()];
}

/** A component's bytes, and where they were found. */
interface Found {
  readonly origin: ComponentOrigin;
  readonly entry: string;
  readonly size: number;
  readonly blake3: () => Promise<string>;
  readonly read: () => Promise<Uint8Array>;
}

/** That a component is nowhere. */
interface NotFound {
  readonly entry: string;
  readonly finding: Finding;
}

interface FindContext extends ResolveContext {
  /** The file that takes the component's place. */
  readonly file: string | undefined;
  /** What the lock says of the component. */
  readonly pin: ListedSource | undefined;
  /** What the table of sources says of it. */
  readonly row: ListedSource | undefined;
}

async function find(spec: ComponentSpec, context: FindContext): Promise<Found | NotFound> {
  const { source, resolution, limits, file, pin, row } = context;
  if (file !== undefined) return outside(await mapped(file, limits), "map");
  if (resolution.dir !== null) {
    const [, sha256] = /^(?:sha256:)?([0-9a-f]{64})$/i.exec((pin ?? row)?.digest ?? "") ?? [];
    const entries = [pin?.entry, row?.entry, spec.entry].filter((entry) => entry !== undefined);
    const inDir = await inFolder(resolution.dir, {
      id: spec.id,
      entries,
      sha256: sha256?.toLowerCase(),
      limits,
    });
    if (inDir !== undefined) return outside(inDir, "dir");
  }
  // The packer's lock says nothing of entries, so the table still does. A bare component has the one that it is.
  const entry = source.kind === "component" ? spec.entry : pin?.entry ?? row?.entry ?? spec.entry;
  const listed = source.entry(entry);
  if (listed !== undefined) {
    return {
      origin: "pack",
      entry,
      size: listed.size,
      blake3: () => Promise.resolve(listed.blake3),
      read: async () => (await source.read(entry))!,
    };
  }
  const elsewhere = pin ?? row;
  const bundled = elsewhere === undefined || pin?.entry !== undefined || row?.entry !== undefined;
  return { entry, finding: bundled ? missing(spec.id, entry) : remote(elsewhere) };
}

function outside({ path, bytes }: FoundFile, origin: ComponentOrigin): Found {
  return {
    origin,
    entry: path,
    size: bytes.length,
    blake3: () => blake3Hex(bytes),
    read: () => Promise.resolve(bytes),
  };
}

function present(spec: ComponentSpec, found: Found, pinned: string | undefined): PackComponent {
  const { origin, entry, size } = found;
  return Object.freeze({
    ...spec,
    origin,
    entry,
    size,
    ...(pinned === undefined ? {} : { pinned }),
    // A copy each time: nobody can change what was verified.
    bytes: async () => new Uint8Array(await found.read()),
  });
}

function absent(spec: ComponentSpec, { entry, finding }: NotFound): PackComponent {
  const { code, message, place, hint } = finding;
  const error = () =>
    new RunnerError(code, message, {
      ...(place === undefined ? {} : { place }),
      ...(hint === undefined ? {} : { hint }),
    });
  return Object.freeze({ ...spec, origin: "pack", entry, bytes: () => Promise.reject(error()) });
}

function missing(id: string, entry: string): Finding {
  return {
    severity: "error",
    code: "pack.missing_entry",
    message: `Component "${id}" is absent: the pack has no entry "${entry}"`,
    place: entry,
    hint: "Build the pack again with this component",
  };
}

function remote({ id, reference, digest }: ListedSource): Finding {
  const which = digest === undefined ? reference : `${reference} (${digest})`;
  return {
    severity: "error",
    code: "pack.missing_entry",
    message: `Component "${id}" is not in the pack but at ${which}`,
    place: MANIFEST,
    hint: `Fetch it and add --components-map ${id}=FILE, or build the pack with its components bundled`,
  };
}

/** The SHA-256 digest of a file, computed once however many components it is. */
function sha256Of({ entry, read }: Found, digests: Map<string, Promise<string>>): Promise<string> {
  let digest = digests.get(entry);
  if (digest === undefined) digests.set(entry, digest = read().then(sha256Hex));
  return digest;
}

/** Notes what the digest of a component says, and whether it holds. */
async function checkDigest(
  found: Found,
  { spec, digest, digests, judge }: {
    spec: ComponentSpec;
    digest: string | undefined;
    digests: Map<string, Promise<string>>;
    judge: Judge;
  },
): Promise<boolean> {
  const place = found.entry, check = "components";
  if (digest === undefined) {
    if (found.origin !== "pack") {
      const reason = `component "${spec.id}" comes from outside of the pack, and nothing pins its digest`;
      judge.waivable(
        { check, verdict: "untrusted", place, reason, code: "verify.component_unpinned" },
        "Pin the component in a lock file and name it with --lock, or use the policy devok",
      );
    }
    return true;
  }
  const [, algorithm = "sha256", hex = ""] = /^(?:([^:]+):)?(.*)$/.exec(digest) ?? [];
  const actual = algorithm === "blake3"
    ? await found.blake3()
    : algorithm === "sha256"
    ? await sha256Of(found, digests)
    : undefined;
  if (actual === hex.toLowerCase()) return true;
  const reason = actual === undefined
    ? `its digest is pinned as ${digest}, which is neither sha256 nor blake3`
    : `its digest is ${algorithm}:${actual}, pinned is ${digest}`;
  judge.mismatch(
    { check, place, reason: `component "${spec.id}": ${reason}`, code: "verify.component_digest" },
    `Component "${spec.id}" is not the one that was pinned: ${reason}`,
  );
  return false;
}
