/**
 * Opens a pack: source, limits, verification, manifest, flows and components, in this order. Nothing of a pack
 * that verification refuses is decoded. Never runs guest code and never fetches.
 */

import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { FlowSource } from "../base/flow_source.ts";
import { type Json, MAX_JSON_DEPTH, withinDepth } from "../base/json.ts";
import type { Limits } from "../base/limits.ts";
import { resolveComponents } from "./components.ts";
import { MANIFEST } from "./entries.ts";
import type { FlowSpec, Manifest } from "./manifest.ts";
import { openSource, type PackInput } from "./open_source.ts";
import { Pack } from "./pack.ts";
import { readManifest } from "./read_manifest.ts";
import type { PackSource } from "./source.ts";
import { Verdicts, type VerifyOptions, verifySource } from "./verify.ts";

/** How a pack is opened: every value resolved. */
export interface OpenOptions extends VerifyOptions {
  /** The limits in force. */
  readonly limits: Limits;
  /** Stops the work; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens and verifies a pack. Throws `PackRefused` with all verdicts when the container, verification or the
 * manifest refuses it, and a plain error when it cannot be reached at all.
 */
export async function openPack(input: PackInput, options: OpenOptions): Promise<Pack> {
  const verdicts = new Verdicts(options.onVerdict);
  const source = await openContainer(input, { ...options, verdicts });
  const manifest = await verifiedManifest(source, { ...options, verdicts });
  options.signal?.throwIfAborted();
  const flowFindings: Finding[] = [...manifest.flowFindings];
  const flows = await loadFlows(manifest.flows, { source, findings: flowFindings });
  const resolved = await resolveComponents(manifest, source);
  const digest = await source.digest();
  const { policy } = options;
  return new Pack({
    manifest,
    source,
    digest,
    flows,
    flowFindings,
    resolved,
    policy,
    verdicts: verdicts.all,
  });
}

type Opening = OpenOptions & { readonly verdicts: Verdicts };

async function openContainer(input: PackInput, { limits, signal, verdicts }: Opening): Promise<PackSource> {
  signal?.throwIfAborted();
  try {
    const source = await openSource(input, { limits, signal });
    const reason = `${source.entries.length} files in ${source.bytes} bytes`;
    verdicts.pass({ check: "container", verdict: "verified", place: source.label, reason });
    return source;
  } catch (error) {
    // What cannot be reached was not checked, so there is no verdict on it.
    if (!(error instanceof RunnerError) || !isContainerFault(error)) throw error;
    const { place = "", message } = error;
    verdicts.refuse({ check: "container", verdict: "mismatch", place, reason: message }, error);
    verdicts.throwIfRefused();
    throw error;
  }
}

function isContainerFault(error: RunnerError): boolean {
  return error.code.startsWith("pack.") && error.code !== "pack.not_found";
}

async function verifiedManifest(source: PackSource, options: Opening): Promise<Manifest> {
  const { verdicts } = options;
  const bytes = await source.read(MANIFEST);
  if (bytes === undefined) {
    const reason = "the pack has no manifest";
    const error = new RunnerError("manifest.missing", `Pack has no entry "${MANIFEST}"`, {
      place: MANIFEST,
      hint: "Give a pack or the folder that holds its manifest",
    });
    verdicts.refuse({ check: "manifest", verdict: "mismatch", place: MANIFEST, reason }, error);
  }
  await verifySource(source, options);
  verdicts.throwIfRefused();
  try {
    const manifest = readManifest(bytes ?? new Uint8Array());
    const reason = `${manifest.layout} layout, ${manifest.id} ${manifest.version}`;
    verdicts.pass({ check: "manifest", verdict: "verified", place: MANIFEST, reason });
    return manifest;
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    verdicts.refuse(
      { check: "manifest", verdict: "mismatch", place: MANIFEST, reason: error.message },
      error,
    );
    verdicts.throwIfRefused();
    throw error;
  }
}

async function loadFlows(
  specs: readonly FlowSpec[],
  { source, findings }: { source: PackSource; findings: Finding[] },
): Promise<FlowSource[]> {
  const flows: FlowSource[] = [];
  for (const spec of specs) {
    if (spec.form === "inline") {
      flows.push(spec.flow);
      continue;
    }
    const { id, entry } = spec;
    const document = flowDocument(await source.read(entry));
    if (typeof document === "string") {
      const code = document === ABSENT ? "pack.missing_entry" : "flow.invalid";
      findings.push({ severity: "error", code, message: `Flow "${id}" ${document}`, place: entry });
    } else {
      flows.push({ id, form: "authored", document: document.json, place: entry });
    }
  }
  return flows;
}

const ABSENT = "has no document in the pack";

/** The JSON in these bytes, or why there is none. */
function flowDocument(bytes: Uint8Array | undefined): { json: Json } | string {
  if (bytes === undefined) return ABSENT;
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return "is no JSON in UTF-8";
  }
  return withinDepth(json) ? { json } : `is nested deeper than ${MAX_JSON_DEPTH}`;
}
