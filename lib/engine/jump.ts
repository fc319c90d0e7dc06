/** Where a jump leads, in the reference's words when it leads nowhere. Never jumps. */

import type { Json } from "../base/json.ts";
import { someNames } from "../base/names.ts";
import type { Flow } from "../flow/flow.ts";
import type { Jump } from "./control.ts";
import { Fault } from "./fault.ts";

/** Where a jump leads. */
export interface JumpTarget {
  readonly flow: Flow;
  readonly node: string;
  /** The input that the flow goes on with. */
  readonly input: Json;
}

/** What is jumped from: the flow, the flows that there are, and how often it has jumped before. */
export interface JumpOrigin {
  readonly flow: Flow;
  readonly flows: ReadonlyMap<string, Flow>;
  readonly redirects: number;
}

/** Finds the target of a jump; throws a `Fault` when there is none, or when it is one jump too many. */
export function findTarget(
  { flow: flowId, node, input, maxRedirects }: Jump,
  { flow, flows, redirects }: JumpOrigin,
): JumpTarget {
  const target = flowId === undefined ? flow : flows.get(flowId);
  if (target === undefined) {
    throw new Fault("flow.not_found", `unknown_flow:${flowId}`, {
      hint: `The flows of the pack are: ${someNames(flows.keys())}`,
    });
  }
  if (node !== undefined && !target.nodes.has(node)) {
    throw new Fault("flow.node_not_found", `unknown_node:${node}`, {
      hint: `The nodes of flow "${target.id}" are: ${someNames(target.nodes.keys())}`,
    });
  }
  if (redirects >= maxRedirects) {
    throw new Fault("flow.redirect_limit", `The flow has jumped ${redirects} times already`, {
      hint: `Raise "max_redirects" of the jump, which is ${maxRedirects}`,
      causes: ["redirect_limit"],
    });
  }
  return { flow: target, node: node ?? target.start, input };
}
