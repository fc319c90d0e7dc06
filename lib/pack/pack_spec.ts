/** What a pack is built from, as plain data. */

import type { JsonObject } from "../base/json.ts";
import type { SigningOptions } from "./sign.ts";

/** One flow to build in. */
export interface FlowInput {
  /** Its id. */
  readonly id: string;
  /**
   * Its document. In the older layout what `flow.json` holds; in the new one the compiled model in its JSON form,
   * with nodes as a map or as an array in order.
   */
  readonly document: JsonObject;
  /** What an author wrote; only the older layout has a place for it. @default {the document as JSON} */
  readonly yaml?: string;
  /** Words to find it by; only the new layout has a place for them. @default none */
  readonly tags?: readonly string[];
}

/** One component to build in. */
export interface ComponentInput {
  /** Its id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
  /** The world it claims. */
  readonly world: string;
  /** The component. */
  readonly bytes: Uint8Array;
  /** Further fields of its record, which win over the defaults. */
  readonly record?: JsonObject;
}

/** One pack to build. */
export interface PackSpec {
  /** The layout of its manifest. */
  readonly layout: "legacy" | "new";
  /** Its id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
  /** Its name for people. @default {the id, in the older layout} */
  readonly name?: string;
  /** Its kind. @default {"application", in the new layout} */
  readonly kind?: string;
  /** What it is for; only the older layout has a place for it. */
  readonly description?: string;
  /** Who publishes it. */
  readonly publisher?: string;
  /** When it is built, RFC 3339 in UTC; written in the older layout only. */
  readonly createdAt: string;
  /** The flows to start with; only the older layout has a place for them. @default {all flows} */
  readonly entryFlows?: readonly string[];
  /** Its flows. */
  readonly flows: readonly FlowInput[];
  /** Its components. */
  readonly components: readonly ComponentInput[];
  /** Files under `assets/`, by their path there. */
  readonly assets?: ReadonlyMap<string, Uint8Array>;
  /** Further entries by their whole name. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Extensions of the new layout by key, each with `kind`, `version` and `inline`. */
  readonly extensions?: JsonObject;
  /** Secrets that the new layout asks for. */
  readonly secretRequirements?: readonly JsonObject[];
  /** Other packs that it needs: `alias`, `pack_id`, `version_req`, `required_capabilities`; new layout only. */
  readonly dependencies?: readonly JsonObject[];
  /** Flows that install and upgrade it; new layout only. */
  readonly bootstrap?: JsonObject;
  /** Whether to list the components' manifests with their digests; new layout only. @default {false} */
  readonly componentManifests?: boolean;
  /** Whether to write an inventory. @default {true} */
  readonly sbom?: boolean;
  /** Signs the pack. @default {unsigned} */
  readonly signing?: SigningOptions;
}
