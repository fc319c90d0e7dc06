/** The suites over workers without permissions: run by `sandboxed_host_test.ts`, since Deno needs a flag for them. */

import type { ComponentHostOptions } from "../../lib/component/component.ts";
import { hostSuite, type StartedHost, startWorkerHost } from "./host_suite.ts";
import { worldsSuite } from "./worlds_suite.ts";

function start(options: ComponentHostOptions): StartedHost {
  return startWorkerHost({ ...options, isolation: "sandboxed" });
}

hostSuite("sandboxed WorkerHost", start);
worldsSuite("sandboxed WorkerHost", start);
