/** What a tools mock changes about the findings of a pack: nodes that it answers need no service. Never asks it anything. */

import type { Finding } from "./base/finding.ts";
import { isOpen } from "./flow/callee.ts";
import type { Flow, ServiceKind } from "./flow/flow.ts";
import { serviceCall } from "./flow/service.ts";
import type { ToolsMock } from "./host/tools/mock.ts";
import { scriptHint } from "./host/tools/script_files.ts";

/**
 * The findings without the warnings about nodes that the mock answers. Where only the run will tell the name of a
 * node's script, the mock gets the benefit of the doubt; where the script is not there, the hint says where to write it.
 */
export async function findingsWithTools(
  findings: readonly Finding[],
  flows: ReadonlyMap<string, Flow>,
  mock: ToolsMock,
): Promise<Finding[]> {
  const left: Finding[] = [];
  for (const finding of findings) {
    const kind = serviceOf(finding, flows);
    if (kind === undefined) {
      left.push(finding);
      continue;
    }
    const call = serviceCall(kind, kind.mapping);
    const named = typeof kind.mapping === "string" ? kind.mapping : call.tool + call.action;
    if (isOpen(named) || await mock.has(call)) continue;
    left.push({ ...finding, hint: scriptHint(mock.scriptOf(call)) });
  }
  return left;
}

/** The service that a finding misses, if it is about one. */
export function serviceOf(
  { code, severity, flow, node }: Finding,
  flows: ReadonlyMap<string, Flow>,
): ServiceKind | undefined {
  if (code !== "node.kind" || severity !== "warning") return undefined;
  const kind = flows.get(flow ?? "")?.nodes.get(node ?? "")?.kind;
  return kind?.type === "service" ? kind : undefined;
}
