/** A flow document as a pack or a file holds it, before it is parsed: the value that `pack` hands to `flow`. */

import { isArray, isObject, type Json, member } from "./json.ts";

/** Where the parts of a flow document stand in its file, as lines from 1. */
export interface FlowLines {
  /** The document. */
  readonly flow: number;
  /** Its nodes, by id. */
  readonly nodes: ReadonlyMap<string, number>;
  /** The line of what keys lead to, within a node when one is named; of what is above it where there is none such. */
  readonly at?: (path: readonly (string | number)[], node?: string) => number;
}

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
  /** Lines of the place, when it is a file that an author wrote. @default unknown */
  readonly lines?: FlowLines;
  /** The entries of the pack that hold the document and, if any, what its author wrote. @default none */
  readonly entries?: { readonly document: string; readonly yaml?: string };
  /** The ids of its nodes in the order of their author. @default none: authored nodes are sorted by id */
  readonly order?: readonly string[];
  /** Components by node, for nodes that name an operation alone: what a resolve sidecar says. @default none */
  readonly resolved?: ReadonlyMap<string, string>;
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

/** Whether a document is the compiled model already: its nodes have a component with an id. */
export function isCompiled(document: Json): boolean {
  const nodes = member(document, "nodes");
  const listed = isArray(nodes) ? nodes : isObject(nodes) ? Object.values(nodes) : [];
  return listed.length > 0 && listed.every((node) => isObject(member(node, "component")));
}
