/**
 * Finds what is wrong within the nodes of flows whatever the values of a run are: payloads and templates that cannot
 * work, routes that can hardly be meant. Needs flows that were parsed, and runs none of them.
 */

import type { Finding } from "./base/finding.ts";
import { templateFindings } from "./flow/check_templates.ts";
import { loadHandlebars } from "./flow/handlebars.ts";
import type { LoadedFlow } from "./flow/link.ts";
import { payloadFindings } from "./lint_payloads.ts";
import { routeFindings } from "./lint_routes.ts";

/** What was read of some flows. */
export interface ReadableFlows {
  /** Those without a fault. */
  readonly flows: readonly LoadedFlow[];
  /** What can be told of those with one. */
  readonly drafts: readonly LoadedFlow[];
}

/** What is wrong within the nodes of flows, also of those that have another fault. */
export async function contentFindings({ flows, drafts }: ReadableFlows): Promise<Finding[]> {
  const readable = [...flows, ...drafts];
  return [
    ...payloadFindings(readable),
    ...routeFindings(readable),
    ...templateFindings(readable, await loadHandlebars()),
  ];
}
