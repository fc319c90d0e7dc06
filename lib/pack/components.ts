/**
 * Finds the bytes of every component that a manifest lists: a file that the user put in its place, a folder of
 * components that the user named, or the pack itself. Digests are checked wherever one is pinned. Never fetches: a
 * component that is nowhere is a finding, with the reference and digest under which it can be had.
 */

import { blake3Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { JsonObject } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import type { ComponentOrigin, PinnedBy } from "../base/result.ts";
import {
  type FoundFile,
  inFolder,
  mapped,
  namedIds,
  readMap,
  requireFolder,
  type ResolutionOptions,
} from "./component_files.ts";
import { type Found, type Pin, PinCheck, pinOf } from "./component_pins.ts";
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
  /** The digest that is demanded of it. Its bytes have it, unless a file takes its place on purpose. */
  readonly pinned?: string;
  /** Who demands it. */
  readonly pinnedBy?: PinnedBy;
  /** Where it can be had, as the lock or the table of sources says. */
  readonly reference?: string;
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
  const { mentioned, source } = context;
  const { dir } = context.resolution;
  if (dir !== null) await requireFolder(dir);
  const resolution = source.kind === "component" ? irreplaceable(context.resolution) : context.resolution;
  const findings: Finding[] = [];
  const table = readSources(manifest.extensions.get(SOURCES), findings);
  const lock = await lockOf(resolution);
  const files = await readMap(resolution.map);
  const listed = uniqueSpecs(manifest, lock?.rows ?? table, findings);
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
  const pins = new PinCheck();
  const hashes = new Map(manifest.digests.map((listed) => [listed.entry, listed]));
  let held = 0;
  for (const spec of specs) {
    const locked = lock?.rows.find(spec.id);
    if (lock !== null && locked === undefined) {
      const message = `Component "${spec.id}" is not in the lock file`;
      findings.push({ severity: "warning", code: "lock.invalid", message, place: lock.path });
    }
    const row = table.find(spec.id);
    const pin = pinOf({ locked, row, listed: hashes.get(spec.entry) });
    const more = { pin, reference: locked?.reference ?? row?.reference };
    const file = Object.hasOwn(files, spec.id) ? files[spec.id] : undefined;
    const found = await find(spec, { ...context, resolution, file, locked, row });
    if ("finding" in found) {
      findings.push(found.finding);
      components.push(absent(spec, found, more));
      continue;
    }
    components.push(present(spec, found, more));
    // What was named for flows that nobody has signed needs no pin.
    if (mentioned !== null && pin === undefined) continue;
    const bundled = source.entry(entryOf(spec, { source, locked, row })) !== undefined;
    if (await pins.holds(found, { id: spec.id, pin, bundled, judge: context.judge })) held++;
  }
  if (held > 0) {
    const reason = `${held} of ${specs.length} components have the digest that pins them`;
    context.judge.pass({ check: "components", verdict: "verified", place: lock?.path ?? MANIFEST, reason });
  }
  return { components, findings };
}

/** The lock that a user named, with its path. */
async function lockOf(
  { lock, allowMissingHash }: ResolutionOptions,
): Promise<{ path: string; rows: SourceTable } | null> {
  return lock === null ? null : { path: lock, rows: await readLock(lock, { allowMissingHash }) };
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

/** That a component is nowhere. */
interface NotFound {
  readonly entry: string;
  readonly finding: Finding;
}

interface FindContext extends ResolveContext {
  /** The file that takes the component's place. */
  readonly file: string | undefined;
  /** What the lock says of the component. */
  readonly locked: ListedSource | undefined;
  /** What the table of sources says of it. */
  readonly row: ListedSource | undefined;
}

async function find(spec: ComponentSpec, context: FindContext): Promise<Found | NotFound> {
  const { source, resolution, limits, file, locked, row } = context;
  if (file !== undefined) return outside(await mapped(file, limits), "map");
  if (resolution.dir !== null) {
    const [, sha256] = /^(?:sha256:)?([0-9a-f]{64})$/i.exec((locked ?? row)?.digest ?? "") ?? [];
    const entries = [locked?.entry, row?.entry, spec.entry].filter((entry) => entry !== undefined);
    const inDir = await inFolder(resolution.dir, {
      id: spec.id,
      entries,
      sha256: sha256?.toLowerCase(),
      limits,
    });
    if (inDir !== undefined) return outside(inDir, "dir");
  }
  const entry = entryOf(spec, context);
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
  const elsewhere = locked ?? row;
  const bundled = elsewhere === undefined || locked?.entry !== undefined || row?.entry !== undefined;
  return { entry, finding: bundled ? missing(spec.id, entry) : remote(elsewhere) };
}

/** The entry that holds a component in the pack, if it is there. */
function entryOf(
  spec: ComponentSpec,
  { source, locked, row }: Pick<FindContext, "source" | "locked" | "row">,
): string {
  // A bare component has the one that it is. The packer's lock says nothing of entries, so the table still does.
  return source.kind === "component" ? spec.entry : locked?.entry ?? row?.entry ?? spec.entry;
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

function present(spec: ComponentSpec, found: Found, more: Said): PackComponent {
  const { origin, entry, size } = found;
  return Object.freeze({
    ...spec,
    origin,
    entry,
    size,
    ...said(more),
    // A copy each time: nobody can change what was verified.
    bytes: async () => new Uint8Array(await found.read()),
  });
}

/** What is said of a component beside the pack's bytes. */
interface Said {
  readonly pin: Pin | undefined;
  readonly reference: string | undefined;
}

function said({ pin, reference }: Said): Pick<PackComponent, "pinned" | "pinnedBy" | "reference"> {
  return {
    ...(pin === undefined ? {} : { pinned: pin.digest, pinnedBy: pin.by }),
    ...(reference === undefined ? {} : { reference }),
  };
}

function absent(spec: ComponentSpec, { entry, finding }: NotFound, more: Said): PackComponent {
  const { code, message, place, hint } = finding;
  const error = () =>
    new RunnerError(code, message, {
      ...(place === undefined ? {} : { place }),
      ...(hint === undefined ? {} : { hint }),
    });
  return Object.freeze({
    ...spec,
    origin: "pack",
    entry,
    ...said(more),
    bytes: () => Promise.reject(error()),
  });
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
  const at = reference === undefined ? "somewhere else" : `at ${reference}`;
  const which = digest === undefined ? at : `${at} (${digest})`;
  return {
    severity: "error",
    code: "pack.missing_entry",
    message: `Component "${id}" is not in the pack but ${which}`,
    place: MANIFEST,
    hint: `Fetch it and add --components-map ${id}=FILE, or build the pack with its components bundled`,
  };
}
