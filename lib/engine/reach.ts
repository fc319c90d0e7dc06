/**
 * What a flow can reach: the flows it calls and the components that any of them may call, so that only these are
 * prepared. Never runs anything; a name that is only known when the flow runs reaches everything it could mean.
 */

import type { Invocation } from "../base/call.ts";
import type { ProviderSource } from "../base/flow_source.ts";
import type { Json } from "../base/json.ts";
import { calleeOf, flowNamed, isOpen, providerNamed } from "../flow/callee.ts";
import type { Flow } from "../flow/flow.ts";
import { needsHandlebars } from "../flow/template.ts";
import type { FlowProgram } from "./program.ts";

/** The flows and components that a run may need. */
export interface Reach {
  /** The entry flow and every flow that it can call, in order of discovery. */
  readonly flows: readonly Flow[];
  /** The components of the pack that these flows can call, and how. */
  readonly components: readonly { readonly id: string; readonly via: Invocation["via"] }[];
  /** Whether any of their nodes has a template. */
  readonly templates: boolean;
}

/** Finds what a flow can reach. */
export function reach(program: FlowProgram, entry: Flow): Reach {
  const flows = new Set([entry]);
  const components = new Map<string, { id: string; via: Invocation["via"] }>();
  function add(id: string, via: Invocation["via"]): void {
    if (program.components.has(id)) components.set(`${via} ${id}`, { id, via });
  }
  // A set that grows while it is walked is walked to its end.
  for (const flow of flows) {
    for (const { kind } of flow.nodes.values()) {
      if (kind.type === "component") add(calleeOf(kind, program.components).component, "component");
      if (kind.type === "provider") {
        for (const provider of providersOf(kind.mapping, program.providers)) {
          add(provider.component, "provider");
        }
      }
      // A jump without a flow stays where it is.
      if (kind.type === "flow_call" || kind.type === "goto" && flowNamed(kind.mapping) !== undefined) {
        for (const called of flowsOf(kind.mapping, program.flows)) flows.add(called);
      }
    }
  }
  const templates = [...flows].some(({ nodes }) =>
    [...nodes.values()].some(({ kind }) => needsHandlebars(kind.mapping))
  );
  return { flows: [...flows], components: [...components.values()], templates };
}

function providersOf(mapping: Json, providers: readonly ProviderSource[]): readonly ProviderSource[] {
  const name = providerNamed(mapping);
  if (name === undefined || isOpen(name)) return providers;
  return providers.filter((provider) => provider.type === name);
}

function flowsOf(mapping: Json, flows: ReadonlyMap<string, Flow>): Iterable<Flow> {
  const name = flowNamed(mapping);
  if (name === undefined || isOpen(name)) return flows.values();
  const flow = flows.get(name);
  return flow === undefined ? [] : [flow];
}
