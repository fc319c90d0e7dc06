/** What a flow begins with: its parameters and variables. Never looks at its nodes. */

import { type Json, type JsonObject, omit } from "../base/json.ts";
import type { Flow } from "../flow/flow.ts";
import { Fault } from "./fault.ts";
import type { FlowState } from "./state.ts";
import type { FlowStart } from "./program.ts";

/** What templates of a flow find under `parameters`; those of the run belong to the flow it starts with. */
export function parametersOf(flow: Flow, { flowId, parameters = {} }: FlowStart): JsonObject {
  const own = omit(flow.parameters, ["vars_init"]);
  return flow.id === flowId ? { ...own, ...parameters } : own;
}

/** The variables of a flow that a run or a call starts; throws when one that it requires was not given. */
export function firstVariables(flow: Flow, given: JsonObject, { called }: { called: boolean }): JsonObject {
  const vars: [string, Json][] = [];
  const missing: string[] = [];
  for (const [name, { default: fallback, required }] of flow.variables) {
    const value = Object.hasOwn(given, name) ? given[name] : fallback;
    if (value !== undefined) vars.push([name, value]);
    else if (required) missing.push(name);
  }
  if (missing.length === 0) return Object.fromEntries(vars);
  throw new Fault("flow.variable", `required flow variable not provided: ${missing.join(", ")}`, {
    hint: called
      ? `Give "${missing[0]}" a default: a run gives variables only to the flow that it starts with`
      : `Add --parameter ${missing[0]}=VALUE or the option parameters`,
    place: `flow ${flow.id}`,
  });
}

/** Gives a flow that is jumped to the variables that nothing has set yet. Nobody could give it those it requires. */
export function addVariables(flow: Flow, state: FlowState): void {
  for (const [name, { default: fallback }] of flow.variables) {
    if (fallback !== undefined && !Object.hasOwn(state.vars, name)) state.setVar(name, fallback);
  }
}
