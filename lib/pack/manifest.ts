/**
 * What a manifest of either layout says, in one shape. Never says which layout wrote a field which way: that is
 * the affair of the two readers.
 */

import type { Finding } from "../base/finding.ts";
import type { FlowSource, ProviderSource } from "../base/flow_source.ts";
import type { Json, JsonObject } from "../base/json.ts";

/** A secret that a pack asks for. */
export interface SecretRequirement {
  /** The key that components ask for. */
  readonly key: string;
  /** Whether the pack cannot do without. */
  readonly required: boolean;
  /** What it is for. */
  readonly description?: string;
}

/** A component as the manifest lists it. */
export interface ComponentSpec {
  /** The id that flows name. */
  readonly id: string;
  /** Its version. */
  readonly version?: string;
  /** The world that the manifest claims. */
  readonly world?: string;
  /** The entry it is read from unless a source table says otherwise. */
  readonly entry: string;
  /** The manifest's record. */
  readonly record?: JsonObject;
}

/** A flow as the manifest lists it: the document itself, or the entry that holds it. */
export type FlowSpec =
  | { readonly form: "inline"; readonly flow: FlowSource }
  | {
    readonly form: "entry";
    readonly id: string;
    readonly entry: string;
    /** The entry of what its author wrote. */
    readonly yaml?: string;
  };

/** A digest that a manifest has of an entry. */
export interface ListedDigest {
  /** The entry. */
  readonly entry: string;
  /** `blake3:` or `sha256:` and hex, or whatever else stands there. */
  readonly digest: string;
}

/** Which layout a pack has; `component` and `flow`: it is one of these alone, without a manifest. */
export type Layout = "legacy" | "new" | "component" | "flow";

/** What a manifest says. */
export interface Manifest {
  /** Which layout it has. */
  readonly layout: Layout;
  /** The pack's id. */
  readonly id: string;
  /** The pack's version. */
  readonly version: string;
  /** Its name for people. */
  readonly name?: string;
  /** Its kind. */
  readonly kind?: string;
  /** What it is for. */
  readonly description?: string;
  /** Who published it. */
  readonly publisher?: string;
  /** The flows to start with, best first. */
  readonly entryFlows: readonly string[];
  /** Its flows, in order. */
  readonly flows: readonly FlowSpec[];
  /** What is wrong with single flows. */
  readonly flowFindings: readonly Finding[];
  /** Its components, in order. */
  readonly components: readonly ComponentSpec[];
  /** The providers it declares. */
  readonly providers: readonly ProviderSource[];
  /** The secrets it asks for. */
  readonly secrets: readonly SecretRequirement[];
  /** Payloads of the extensions by key. */
  readonly extensions: ReadonlyMap<string, Json>;
  /** Digests of flows and components; the older layout has them. */
  readonly digests: readonly ListedDigest[];
  /** Signatures of the manifest itself; the new layout has them. */
  readonly signatures: readonly Json[];
}
