/**
 * Opens a pack: source, limits, verification, manifest, flows and components, in this order. Nothing of a pack
 * that verification refuses is decoded. Never runs guest code and never fetches what a pack refers to.
 */

import { type ErrorCode, RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { type FlowSource, isCompiled } from "../base/flow_source.ts";
import type { Json } from "../base/json.ts";
import { readJsonDocument } from "../base/json_document.ts";
import type { Limits } from "../base/limits.ts";
import { quoted } from "../base/paths.ts";
import type { OnProgress } from "../base/progress.ts";
import { bareManifest } from "./bare_component.ts";
import type { ResolutionOptions } from "./component_files.ts";
import { resolveComponents } from "./components.ts";
import { MANIFEST, PACK_YAML } from "./entries.ts";
import type { FlowSpec, Manifest } from "./manifest.ts";
import { checkComponentManifests, checkManifestHashes } from "./manifest_digests.ts";
import { checkManifestSignatures } from "./manifest_signature.ts";
import { openSource } from "./open_source.ts";
import { heldInput, type PackInput } from "./pack_input.ts";
import { Pack } from "./pack.ts";
import { readDocument } from "./read_document.ts";
import { readManifest } from "./read_manifest.ts";
import type { PackSource, SourceKind } from "./source.ts";
import { readTrust, type TrustStore } from "./trust.ts";
import { Judge, Verdicts, type VerifyOptions, verifySource } from "./verify.ts";

/** How a pack is opened: every value resolved. */
export interface OpenOptions extends VerifyOptions {
  /** The limits in force. */
  readonly limits: Limits;
  /** Where components may come from beside the pack. */
  readonly resolution: ResolutionOptions;
  /** Whether the components that a user names are the pack's too, as for sources. @default {false} */
  readonly extensible?: boolean;
  /** The operation that a bare component is called with, or null when it is not to be called. */
  readonly operation: string | null;
  /** Whether nobody else has the bytes that are given, so that they need no copy. @default {false} */
  readonly held?: boolean | undefined;
  /** Hears how much of the pack was read. @default {null} */
  readonly progress?: OnProgress | null;
  /** Stops the work; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens and verifies a pack. Throws `PackRefused` with all verdicts when the container, verification or the
 * manifest refuses it, and a plain error when it cannot be reached at all.
 */
export async function openPack(input: PackInput, options: OpenOptions): Promise<Pack> {
  const { policy, signal, operation } = options;
  const verdicts = new Verdicts(options.onVerdict);
  const opening: Opening = { ...options, verdicts, judge: new Judge({ policy, verdicts }) };
  const held = options.held === true ? input : heldInput(input);
  const trust = await readTrust(options.trust);
  const source = await openContainer(held, opening);
  if (source.kind !== "component" && operation !== null) {
    const what = source.kind === "flow" ? "a flow, which says what it calls" : "a pack, which has flows";
    throw new RunnerError("option.invalid", `Operation "${operation}" is named for ${what}`, {
      place: source.label,
      hint: "Leave --op out; name the flow with --flow",
    });
  }
  const loose = LOOSE[source.kind];
  const manifest = loose === undefined
    ? await verifiedManifest(source, { ...opening, store: trust })
    : await looseManifest(source, { ...opening, loose });
  signal?.throwIfAborted();
  const flowFindings: Finding[] = [...manifest.flowFindings];
  const flows = await loadFlows(manifest.flows, { source, limits: options.limits, findings: flowFindings });
  // A loose flow has no manifest to list its components: it has those that the user names.
  const extensible = source.kind === "flow" || opening.extensible === true;
  const mentioned = extensible ? mentionedIn(flows) : null;
  const resolved = await resolveComponents(manifest, { ...opening, source, mentioned });
  verdicts.throwIfRefused();
  return new Pack({ manifest, source, flows, flowFindings, resolved, policy, verdicts: verdicts.all });
}

/** Whether an id stands anywhere in flows. A folder may hold many components, of which no more are read. */
function mentionedIn(flows: readonly FlowSource[]): (id: string) => boolean {
  const texts = flows.map(({ document, resolved }) =>
    JSON.stringify([document, ...resolved?.values() ?? []])
  );
  return (id) => texts.some((text) => text.includes(JSON.stringify(id).slice(1, -1)));
}

interface Opening extends OpenOptions {
  readonly verdicts: Verdicts;
  readonly judge: Judge;
}

async function openContainer(input: PackInput, options: Opening): Promise<PackSource> {
  const { limits, signal, progress, verdicts, judge } = options;
  signal?.throwIfAborted();
  try {
    const source = await openSource(input, { limits, progress, signal });
    const loose = LOOSE[source.kind];
    const reason = loose === undefined
      ? `${source.entries.length} ${source.entries.length === 1 ? "file" : "files"} in ${source.bytes} bytes`
      : `${loose} of ${source.bytes} bytes`;
    judge.pass({ check: "container", verdict: "verified", place: source.label, reason });
    return source;
  } catch (error) {
    // What cannot be reached was not checked, so there is no verdict on it.
    if (!(error instanceof RunnerError) || !isContainerFault(error)) throw error;
    refuse("container", error, verdicts);
    throw error;
  }
}

function isContainerFault(error: RunnerError): boolean {
  return error.code.startsWith("pack.") && error.code !== "pack.not_found";
}

/** Notes a verdict for what cannot be read at all, and throws it with all verdicts. */
function refuse(check: string, error: RunnerError, verdicts: Verdicts): void {
  const { place = "", message, code } = error;
  verdicts.refuse({ check, verdict: "mismatch", place, reason: message, code }, error);
  verdicts.throwIfRefused();
}

/** What is no pack, and has nothing that could vouch for it, with its name in sentences. */
const LOOSE: Partial<Record<SourceKind, string>> = { component: "a bare component", flow: "a loose flow" };

async function looseManifest(
  source: PackSource,
  { verdicts, judge, operation, loose }: Opening & { readonly loose: string },
): Promise<Manifest> {
  const reason = `${loose} is not signed`;
  const place = source.label;
  judge.waivable({ check: "signature", verdict: "unsigned", place, reason, code: "verify.unsigned" });
  verdicts.throwIfRefused();
  if (source.kind === "component") return bareManifest(source, operation);
  // What reads YAML is loaded only for a flow that nobody has compiled.
  return await (await import("./loose_flow.ts")).looseManifest(source);
}

/** What to do with a folder or an archive that has no manifest, by what it has. */
function otherHint(source: PackSource): string {
  const label = quoted(source.label);
  if (source.entry(PACK_YAML) !== undefined) {
    return `This is the folder of a pack's sources: greentic-runner build ${label} -o my.gtpack`;
  }
  if (source.entry("transcript.jsonl") !== undefined) {
    return `This is the record of a run: greentic-runner report ${label} shows it`;
  }
  return "Give a pack or the folder that holds its manifest";
}

async function verifiedManifest(
  source: PackSource,
  options: Opening & { readonly store: TrustStore },
): Promise<Manifest> {
  const { verdicts, judge, store, limits } = options;
  const bytes = await manifestBytes(source, options);
  if (bytes === undefined) {
    const reason = "the pack has no manifest";
    const error = new RunnerError("manifest.missing", `Pack has no entry "${MANIFEST}"`, {
      place: MANIFEST,
      hint: otherHint(source),
    });
    verdicts.refuse(
      { check: "manifest", verdict: "mismatch", place: MANIFEST, reason, code: error.code },
      error,
    );
  }
  await verifySource(source, { trust: store, judge, limits });
  verdicts.throwIfRefused();
  const manifest = decoded(bytes ?? new Uint8Array(), verdicts);
  const reason = `${manifest.layout} layout, ${manifest.id} ${manifest.version}`;
  judge.pass({ check: "manifest", verdict: "verified", place: MANIFEST, reason });
  checkManifestHashes(manifest, source, judge);
  await checkComponentManifests(manifest, source, judge);
  await noteManifestSignatures({ bytes: bytes!, signatures: manifest.signatures }, store, judge);
  return manifest;
}

async function manifestBytes(
  source: PackSource,
  { limits, verdicts }: Opening,
): Promise<Uint8Array | undefined> {
  try {
    return await readDocument(source, MANIFEST, limits);
  } catch (error) {
    if (error instanceof RunnerError) refuse("manifest", error, verdicts);
    throw error;
  }
}

function decoded(bytes: Uint8Array, verdicts: Verdicts): Manifest {
  try {
    return readManifest(bytes);
  } catch (error) {
    if (error instanceof RunnerError) refuse("manifest", error, verdicts);
    throw error;
  }
}

/** These signatures cover no file but the manifest, so they are told and checked, and none of them is asked for. */
async function noteManifestSignatures(
  manifest: { readonly bytes: Uint8Array; readonly signatures: readonly Json[] },
  trust: TrustStore,
  judge: Judge,
): Promise<void> {
  const found = { check: "manifest_signatures", place: MANIFEST };
  for (const { keyId, result, reason } of await checkManifestSignatures(manifest, trust)) {
    const named = `signature "${keyId}": ${reason}`;
    if (result === "trusted") judge.pass({ ...found, verdict: "verified", reason: named });
    else if (result === "broken") {
      const message = `Signature "${keyId}" of the manifest is broken: ${reason}`;
      judge.mismatch({ ...found, reason: named, code: "verify.manifest_signature" }, message);
    } else {
      judge.pass({ ...found, verdict: "skipped", reason: `${named}; the pack's own signature decides` });
    }
  }
}

interface Loading {
  readonly source: PackSource;
  readonly limits: Limits;
  readonly findings: Finding[];
}

async function loadFlows(specs: readonly FlowSpec[], loading: Loading): Promise<FlowSource[]> {
  const flows: FlowSource[] = [];
  const places = new Map<string, string>();
  for (const spec of specs) {
    if (spec.form === "inline") {
      flows.push(spec.flow);
      continue;
    }
    const { id, entry, yaml } = spec;
    const twin = places.get(entry);
    places.set(entry, id);
    // A document says its own id, so it can be that of one flow only.
    const document = twin === undefined ? await flowDocument(entry, loading) : {
      code: "flow.invalid" as const,
      fault: `has the document of flow "${twin}"`,
    };
    if ("json" in document) {
      const entries = { document: entry, ...(yaml === undefined ? {} : { yaml }) };
      const form = isCompiled(document.json) ? "compiled" : "authored";
      flows.push({ id, form, document: document.json, place: entry, entries });
    } else {
      const { code, fault } = document;
      loading.findings.push({
        severity: "error",
        code,
        message: `Flow "${id}" ${fault}`,
        place: entry,
        flow: id,
      });
    }
  }
  return flows;
}

/** The JSON of a flow's document, or why there is none. */
async function flowDocument(
  entry: string,
  { source, limits }: Loading,
): Promise<{ json: Json } | { code: ErrorCode; fault: string }> {
  const { size } = source.entry(entry) ?? {};
  if (size === undefined) {
    return { code: "pack.missing_entry", fault: "has no document: flow not found in pack" };
  }
  if (size > limits.maxDocumentBytes) {
    return {
      code: "pack.limit.document",
      fault: `has a document over the limit maxDocumentBytes of ${limits.maxDocumentBytes}`,
    };
  }
  const read = readJsonDocument((await source.read(entry))!);
  return "json" in read ? read : { code: "flow.invalid", fault: read.fault };
}
