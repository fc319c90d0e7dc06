/** What files that hold flows are called. */

/** What the name of a flow file has behind it when it is a sidecar: what nodes were resolved to. */
export const SIDECAR_SUFFIX = ".resolve.summary.json";

const FLOW_FILE_REGEXP = /\.(?:ygtc|ya?ml|json)$/i;
const SIDECAR_REGEXP = /\.resolve(?:\.summary)?\.json$/i;

/** Whether a file of this name holds a flow: `.ygtc`, `.yaml`, `.yml`, `.json`, and no sidecar of one. */
export function isFlowName(name: string): boolean {
  return FLOW_FILE_REGEXP.test(name) && !SIDECAR_REGEXP.test(name);
}
