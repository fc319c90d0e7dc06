/**
 * A pack that was opened: verified, or visibly waived. Holds the bytes that were verified, so what runs is what
 * was checked. Never made by anyone but `openPack`.
 */

import { RunnerError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { FlowSource, ProviderSource } from "../base/flow_source.ts";
import type { Verdict } from "../base/verdict.ts";
import type { PackComponent, ResolvedComponents } from "./components.ts";
import type { Layout, Manifest, SecretRequirement } from "./manifest.ts";
import type { PackEntry, PackSource } from "./source.ts";
import type { VerifyPolicy } from "./verify.ts";

/** Everything a pack is made of. */
export interface PackParts {
  /** What the manifest says. */
  readonly manifest: Manifest;
  /** The bytes that were verified. */
  readonly source: PackSource;
  /** The flow documents. */
  readonly flows: readonly FlowSource[];
  /** What is wrong with single flows. */
  readonly flowFindings: readonly Finding[];
  /** The components, found in the source. */
  readonly resolved: ResolvedComponents;
  /** The policy in force. */
  readonly policy: VerifyPolicy;
  /** Every verdict. */
  readonly verdicts: readonly Verdict[];
}

/** An opened pack. */
export class Pack {
  /** The pack's id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
  /** Its name for people. */
  readonly name?: string;
  /** Its kind, such as `application`. */
  readonly kind?: string;
  /** What it is for. */
  readonly description?: string;
  /** Who published it. */
  readonly publisher?: string;
  /** Which layout its manifest has; `component`: it is a bare component. */
  readonly layout: Layout;
  /** How it was given, what it is called in messages, and its size in bytes. */
  readonly source: { readonly kind: PackSource["kind"]; readonly label: string; readonly bytes: number };
  /** `sha256:` and the digest of the archive, or of a folder's listing. */
  readonly digest: string;
  /** The flows to start with, best first. */
  readonly entryFlows: readonly string[];
  /** The flow documents. */
  readonly flows: readonly FlowSource[];
  /** What is wrong with single flows. */
  readonly flowFindings: readonly Finding[];
  /** The components. */
  readonly components: readonly PackComponent[];
  /** What is wrong with single components. */
  readonly componentFindings: readonly Finding[];
  /** The providers it declares. */
  readonly providers: readonly ProviderSource[];
  /** The secrets it asks for. */
  readonly secrets: readonly SecretRequirement[];
  /** The policy in force and every verdict. */
  readonly verification: { readonly policy: VerifyPolicy; readonly verdicts: readonly Verdict[] };
  /** The files. */
  readonly entries: readonly PackEntry[];
  readonly #source: PackSource;

  /** Made by `openPack`, after verification. */
  constructor(parts: PackParts) {
    const { manifest, source, resolved } = parts;
    this.id = manifest.id;
    this.version = manifest.version;
    if (manifest.name !== undefined) this.name = manifest.name;
    if (manifest.kind !== undefined) this.kind = manifest.kind;
    if (manifest.description !== undefined) this.description = manifest.description;
    if (manifest.publisher !== undefined) this.publisher = manifest.publisher;
    this.layout = manifest.layout;
    this.source = Object.freeze({ kind: source.kind, label: source.label, bytes: source.bytes });
    this.digest = source.digest;
    this.entryFlows = manifest.entryFlows;
    this.flows = parts.flows;
    this.flowFindings = parts.flowFindings;
    this.components = resolved.components;
    this.componentFindings = resolved.findings;
    this.providers = manifest.providers;
    this.secrets = manifest.secrets;
    this.verification = Object.freeze({ policy: parts.policy, verdicts: Object.freeze([...parts.verdicts]) });
    this.entries = source.entries;
    this.#source = source;
  }

  /** A copy of a file's bytes; throws `pack.missing_entry` when there is none of that name. */
  async read(name: string): Promise<Uint8Array> {
    const bytes = await this.#source.read(name);
    if (bytes !== undefined) return new Uint8Array(bytes);
    throw new RunnerError("pack.missing_entry", `Pack "${this.id}" has no entry "${name}"`, { place: name });
  }
}
