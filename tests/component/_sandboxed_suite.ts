/** The suites over workers without permissions: run by `sandboxed_host_test.ts`, since Deno needs a flag for them. */

import type { ComponentHostOptions } from "../../lib/component/component.ts";
import { WorkerHost } from "../../lib/component/worker_host.ts";
import { WorkerPool } from "../../lib/component/worker_pool.ts";
import { hostSuite, type StartedHost } from "./host_suite.ts";
import { worldsSuite } from "./worlds_suite.ts";

function start(options: ComponentHostOptions): StartedHost {
  const pool = new WorkerPool();
  const host = new WorkerHost({ ...options, isolation: "sandboxed" }, { pool, compiled: new Map() });
  return {
    host,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      pool[Symbol.dispose]();
    },
  };
}

hostSuite("sandboxed WorkerHost", start);
worldsSuite("sandboxed WorkerHost", start);
