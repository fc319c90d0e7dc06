/** A flow document as a pack or a file holds it, before it is parsed: the value that `pack` hands to `flow`. */

import type { Json } from "./json.ts";

/** One flow document. */
export interface FlowSource {
  /** The flow's id as the manifest lists it. */
  readonly id: string;
  /** `compiled`: the model of the manifest in its JSON form, nodes as an array in order; `authored`: what an author or an older packer wrote. */
  readonly form: "compiled" | "authored";
  /** The document. */
  readonly document: Json;
  /** Where it stands, for findings: `manifest.cbor`, `flows/demo/flow.json`. */
  readonly place: string;
}

/** A provider that a pack declares: what `provider.invoke` looks up. */
export interface ProviderSource {
  /** The provider type, which inline declarations also use as the provider's id. */
  readonly type: string;
  /** The id of the component that serves it. */
  readonly component: string;
  /** The world or interface it exports. */
  readonly world: string;
}
