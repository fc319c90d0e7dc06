/**
 * A component without a pack, dressed as one: a manifest with the component and, when an operation is named, a
 * flow of one node that hands the run's input to it. Never looks into the component.
 */

import type { FlowSpec, Manifest } from "./manifest.ts";
import { fileIdentifier } from "./shape.ts";
import type { PackSource } from "./source.ts";

/** The id of the one flow and of its one node. */
const FLOW = "main", NODE = "call";

/** What the manifest of a pack with this component alone would say. */
export function bareManifest(source: PackSource, operation: string | null): Manifest {
  const entry = source.entries[0]?.name ?? "";
  const id = fileIdentifier(entry.replace(/\.wasm$/, ""), "component");
  const flows = operation === null ? [] : [oneNodeFlow(id, operation, source.label)];
  return {
    layout: "component",
    id,
    version: "0.0.0",
    entryFlows: flows.map(() => FLOW),
    flows,
    flowFindings: [],
    components: [{ id, entry }],
    providers: [],
    secrets: [],
    extensions: new Map(),
    digests: [],
    signatures: [],
  };
}

function oneNodeFlow(component: string, operation: string, place: string): FlowSpec {
  const node = {
    id: NODE,
    component: { id: component, operation },
    input: { mapping: "{{entry}}" },
    routing: "end",
  };
  const document = { id: FLOW, kind: "job", entrypoints: { default: NODE }, nodes: [node] };
  return { form: "inline", flow: { id: FLOW, form: "compiled", document, place } };
}
