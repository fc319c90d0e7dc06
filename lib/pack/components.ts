/**
 * Finds the entry of every component that a manifest lists: where its layout puts it, or where the table of
 * component sources says. Never fetches: a component that is not in the pack is a finding.
 */

import { blake3Hex, sha256Hex } from "../base/digest.ts";
import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { isArray, type Json, type JsonObject, member, stringMember } from "../base/json.ts";
import { MANIFEST } from "./entries.ts";
import type { ComponentSpec, Manifest } from "./manifest.ts";
import type { PackSource } from "./source.ts";

/** A component of a pack. */
export interface PackComponent {
  /** The id that flows name. */
  readonly id: string;
  /** Its version. */
  readonly version?: string;
  /** The world that the manifest claims; what the bytes export is another matter. */
  readonly world?: string;
  /** The entry it is read from. */
  readonly entry: string;
  /** Its size, when the entry is there. */
  readonly size?: number;
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

const SOURCES = "greentic.pack.component_sources@v1";

/** Resolves every component of a manifest against the entries of its source. */
export async function resolveComponents(manifest: Manifest, source: PackSource): Promise<ResolvedComponents> {
  const findings: Finding[] = [];
  const table = sourceTable(manifest.extensions.get(SOURCES), findings);
  const specs = manifest.components.length > 0 ? manifest.components : [...table.values()].map(sourceSpec);
  const components = new Map<string, PackComponent>();
  for (const spec of specs) {
    if (components.has(spec.id)) {
      findings.push({
        severity: "warning",
        code: "manifest.invalid",
        message: `Component "${spec.id}" is listed twice; the first is used`,
        place: MANIFEST,
      });
      continue;
    }
    const { entry, bytes, fault } = await locate(spec, { listed: table.get(spec.id), source });
    if (fault !== undefined) {
      const { code, message, place, hint } = fault;
      findings.push({
        severity: "error",
        code,
        message,
        ...(place === undefined ? {} : { place }),
        ...(hint === undefined ? {} : { hint }),
      });
    }
    components.set(spec.id, packComponent(spec, { entry, bytes, fault }));
  }
  return { components: [...components.values()], findings };
}

interface Located {
  readonly entry: string;
  readonly bytes: Uint8Array | undefined;
  readonly fault: RunnerError | undefined;
}

function packComponent(spec: ComponentSpec, { entry, bytes, fault }: Located): PackComponent {
  return Object.freeze({
    ...spec,
    entry,
    ...(bytes === undefined ? {} : { size: bytes.length }),
    bytes() {
      // A copy each time: nobody can change what was verified.
      return bytes === undefined || fault !== undefined
        ? Promise.reject(fault ?? missing(spec.id, entry))
        : Promise.resolve(new Uint8Array(bytes));
    },
  });
}

/** One row of the table of component sources. */
interface ListedSource {
  readonly id: string;
  readonly reference: string;
  readonly digest: string | undefined;
  /** The entry that holds the bytes, when they are in the pack. */
  readonly entry: string | undefined;
}

async function locate(
  spec: ComponentSpec,
  { listed, source }: { listed: ListedSource | undefined; source: PackSource },
): Promise<Located> {
  const entry = listed?.entry ?? spec.entry;
  const bytes = await source.read(entry);
  if (bytes === undefined) {
    const remote = listed !== undefined && listed.entry === undefined;
    return { entry, bytes, fault: remote ? notBundled(listed) : missing(spec.id, entry) };
  }
  const expected = listed?.digest;
  if (expected === undefined || await hasDigest(bytes, expected)) return { entry, bytes, fault: undefined };
  const fault = new RunnerError(
    "verify.digest",
    `Component "${spec.id}" does not have the digest ${expected}`,
    {
      place: entry,
      hint: "Build the pack again",
    },
  );
  return { entry, bytes, fault };
}

function missing(id: string, entry: string): RunnerError {
  return new RunnerError(
    "pack.missing_entry",
    `Component "${id}" is absent: the pack has no entry "${entry}"`,
    {
      place: entry,
      hint: "Build the pack again with this component",
    },
  );
}

function notBundled({ id, reference, digest }: ListedSource): RunnerError {
  const which = digest === undefined ? reference : `${reference} (${digest})`;
  return new RunnerError("pack.missing_entry", `Component "${id}" is not in the pack but at ${which}`, {
    place: MANIFEST,
    hint: "Build the pack with its components bundled",
  });
}

async function hasDigest(bytes: Uint8Array, expected: string): Promise<boolean> {
  const [, algorithm = "sha256", hex = ""] = /^(?:([^:]+):)?(.*)$/.exec(expected) ?? [];
  if (algorithm !== "sha256" && algorithm !== "blake3") return false;
  const found = algorithm === "sha256" ? await sha256Hex(bytes) : await blake3Hex(bytes);
  return found === hex.toLowerCase();
}

/** The rows of the table by component id; a row is also found by its name. */
function sourceTable(payload: Json | undefined, findings: Finding[]): Map<string, ListedSource> {
  const table = new Map<string, ListedSource>();
  if (payload === undefined) return table;
  const rows = member(payload, "components");
  if (member(payload, "schema_version") !== 1 || !isArray(rows)) {
    const message = `Extension "${SOURCES}" is not of schema_version 1 with a list of components`;
    findings.push({ severity: "error", code: "manifest.invalid", message, place: MANIFEST });
    return table;
  }
  for (const row of rows) {
    const listed = listedSource(row);
    if (listed === undefined) {
      const message = `Extension "${SOURCES}" has a row without name, source or artifact`;
      findings.push({ severity: "error", code: "manifest.invalid", message, place: MANIFEST });
    } else if (!table.has(listed.id)) {
      table.set(listed.id, listed);
    }
  }
  return table;
}

function listedSource(row: Json): ListedSource | undefined {
  const name = stringMember(row, "name"), reference = stringMember(row, "source");
  const artifact = member(row, "artifact");
  const entry = stringMember(member(artifact, "inline"), "wasm_path");
  if (name === undefined || reference === undefined || (artifact !== "remote" && entry === undefined)) {
    return undefined;
  }
  const id = stringMember(row, "component_id") ?? name;
  return { id, reference, digest: stringMember(member(row, "resolved"), "digest"), entry };
}

function sourceSpec({ id, entry }: ListedSource): ComponentSpec {
  return { id, version: "0.0.0", entry: entry ?? `components/${id}.wasm` };
}
