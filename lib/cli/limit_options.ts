/** The options that set limits: their names and defaults are those of the limits themselves. */

import { DEFAULT_LIMITS, LIMIT_FLAGS, type LimitName, limitUnit } from "../base/limits.ts";
import type { Option } from "./option.ts";

const TEXTS: Readonly<Record<LimitName, string>> = {
  nodeTimeoutMs: "time of one node",
  runTimeoutMs: "time of the run",
  maxSteps: "nodes started",
  maxCallDepth: "depth of flows calling flows",
  maxMemoryBytes: "memory of a component",
  maxTableElements: "elements of all tables of a component together",
  maxCoreInstances: "core modules that a call instantiates",
  maxHandles: "files, streams and timers that a call holds at a time",
  maxHostCalls: "host calls of a call",
  maxValueBytes: "size of one value",
  maxRunBytes: "size of all values of the run",
  maxHttpBodyBytes: "body of an HTTP response, unpacked",
  httpTimeoutMs: "time of an HTTP request with its redirects",
  maxLogBytes: "captured output of one node",
  maxTemplateChars: "output of one template",
  maxArchiveBytes: "size of the archive",
  maxEntryBytes: "size of one file in the archive, unpacked",
  maxDocumentBytes: "size of a manifest, an SBOM or a flow",
  maxEntries: "number of files in the archive",
  maxRatio: "ratio of unpacked to packed size of a file",
};

/** The limits of archives. */
const OF_ARCHIVES: readonly LimitName[] = [
  ...["maxArchiveBytes", "maxEntryBytes", "maxDocumentBytes", "maxEntries", "maxRatio"] as const,
];

/** The option that sets a limit. */
export function limitOption(limit: LimitName): Option {
  const flag = LIMIT_FLAGS[limit];
  return {
    name: flag.slice(2),
    value: limit.endsWith("Ms") ? "MS" : "N",
    ...(limit === "nodeTimeoutMs" ? { also: ["timeout"] } : {}),
    text: `${TEXTS[limit]} (default ${DEFAULT_LIMITS[limit] / limitUnit(limit)})`,
  };
}

/** The options that set the limits of archives. */
export const ARCHIVE_LIMITS: readonly Option[] = OF_ARCHIVES.map(limitOption);

/** The options that set the limits of what runs. */
export const RUN_LIMITS: readonly Option[] = (Object.keys(TEXTS) as LimitName[])
  .filter((limit) => !OF_ARCHIVES.includes(limit)).map(limitOption);
