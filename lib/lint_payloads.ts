/**
 * Checks the payloads of built-in nodes that are written out, without templates, by what the engine itself reads in
 * them. Never renders.
 */

import type { ErrorCode } from "./base/errors.ts";
import type { Finding } from "./base/finding.ts";
import { isObject, type Json, omit, textsIn } from "./base/json.ts";
import { Fault } from "./engine/fault.ts";
import { PROVIDER_MAPS, readFlowCall, readGoto, readProviderCall, readStateKey } from "./engine/payload.ts";
import { isOpen } from "./flow/callee.ts";
import type { NodeKind } from "./flow/flow.ts";
import type { LoadedFlow } from "./flow/link.ts";
import { Report } from "./flow/report.ts";

/** What is wrong with payloads, whatever the values of a run are. */
export function payloadFindings(flows: readonly LoadedFlow[]): Finding[] {
  return flows.flatMap(({ flow, source }) => {
    const report = new Report(source);
    for (const { id, kind } of flow.nodes.values()) {
      const fault = faultOf(kind);
      if (fault === undefined) continue;
      const { code, message, hint, causes = [] } = fault.failure;
      const what = [message, ...causes].join(": ");
      report.error(code as ErrorCode, what, { node: id, ...(hint === undefined ? {} : { hint }) });
    }
    return report.findings;
  });
}

function faultOf({ type, mapping }: NodeKind): Fault | undefined {
  // The maps of a provider are rendered after all else, and say nothing of whom it calls.
  const payload = type === "provider" && isObject(mapping) ? omit(mapping, PROVIDER_MAPS) : mapping;
  if (textsIn(payload).some(isOpen)) return undefined;
  try {
    read(type, payload);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Which providers there are is known where flows are linked.
    return error.failure.code === "node.component" ? undefined : error;
  }
}

function read(type: NodeKind["type"], payload: Json): void {
  switch (type) {
    case "flow_call":
      return void readFlowCall(payload);
    case "goto":
      return void readGoto(payload);
    case "state_get":
    case "state_set":
      return void readStateKey(payload);
    case "provider":
      return void readProviderCall(payload, []);
  }
}
